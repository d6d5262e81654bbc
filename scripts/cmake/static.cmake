# Initial cache of the one-file program (cmake -C scripts/cmake/static.cmake; scripts/build-static does it).
set(COSIGNER_STATIC ON CACHE BOOL "")
set(COSIGNER_TESTS OFF CACHE BOOL "")
set(CMAKE_BUILD_TYPE Release CACHE STRING "")
set(CMAKE_CXX_FLAGS_RELEASE "-Oz -finline-limit=4 -DNDEBUG" CACHE STRING "") # the limit saves half a percent, about 30 kB
set(CMAKE_C_FLAGS_RELEASE "-Os -DNDEBUG" CACHE STRING "")
