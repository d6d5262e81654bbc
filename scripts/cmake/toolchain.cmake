# Language level, warnings as errors, sanitizers, hardening.
set(CMAKE_CXX_STANDARD 20)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS ON)  # statement expressions: TRY() in base/result.hpp
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)
set(CMAKE_POSITION_INDEPENDENT_CODE ON)

if(NOT CMAKE_BUILD_TYPE)
  set(CMAKE_BUILD_TYPE Debug CACHE STRING "" FORCE)
endif()
set(CMAKE_CXX_FLAGS_DEBUG "-O0 -g1")  # -g1: line numbers in traces, half the link time of -g

# Paths are hashed relative to the repository, so that a fresh clone in another folder is served from the same cache.
find_program(COSIGNER_CCACHE ccache)
if(COSIGNER_CCACHE)
  set(launcher ${CMAKE_COMMAND} -E env CCACHE_BASEDIR=${CMAKE_SOURCE_DIR} CCACHE_NOHASHDIR=1 ${COSIGNER_CCACHE})
  set(CMAKE_CXX_COMPILER_LAUNCHER ${launcher})
  set(CMAKE_C_COMPILER_LAUNCHER ${launcher})
endif()

add_library(cosigner_flags INTERFACE)
target_compile_options(cosigner_flags INTERFACE -Wall -Wextra -Wconversion -Wshadow -Werror -fstack-protector-strong)
target_include_directories(cosigner_flags INTERFACE ${CMAKE_SOURCE_DIR}/lib ${CMAKE_SOURCE_DIR})
target_compile_definitions(cosigner_flags INTERFACE SPDLOG_FMT_EXTERNAL FMT_HEADER_ONLY COSIGNER_VERSION="${PROJECT_VERSION}")

option(COSIGNER_SANITIZE "AddressSanitizer and UndefinedBehaviorSanitizer" OFF)
if(COSIGNER_SANITIZE)
  add_compile_options(-fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer)
  add_link_options(-fsanitize=address,undefined)
endif()

option(COSIGNER_FUZZ "libFuzzer programs of tests/fuzz instead of the tests (clang)" OFF)
if(COSIGNER_FUZZ)
  add_compile_options(-fsanitize=fuzzer-no-link)
endif()

# The one-file program and every other optimised build: checked calls, and code that nobody calls can be dropped.
# Debian's compiler may predefine the macro in a hardened environment, hence the undefine.
if(NOT CMAKE_BUILD_TYPE STREQUAL "Debug" AND NOT COSIGNER_SANITIZE)
  add_compile_options(-U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=2 -ffunction-sections -fdata-sections)
endif()
