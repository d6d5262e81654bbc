# Initial cache of the sanitizer build: the second compiler too, so that one build holds both to the rules.
set(CMAKE_C_COMPILER clang-14 CACHE STRING "")
set(CMAKE_CXX_COMPILER clang++-14 CACHE STRING "")
set(COSIGNER_SANITIZE ON CACHE BOOL "")
set(CMAKE_BUILD_TYPE Debug CACHE STRING "")
