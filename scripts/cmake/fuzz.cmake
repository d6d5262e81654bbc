# Initial cache of the fuzzers: libFuzzer's coverage in every room, sanitizers on.
include(${CMAKE_CURRENT_LIST_DIR}/asan.cmake)
set(COSIGNER_FUZZ ON CACHE BOOL "")
set(CMAKE_BUILD_TYPE Release CACHE STRING "" FORCE)
set(CMAKE_CXX_FLAGS_RELEASE "-O1 -g1" CACHE STRING "")
