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

find_program(COSIGNER_CCACHE ccache)
if(COSIGNER_CCACHE)
  set(CMAKE_CXX_COMPILER_LAUNCHER ${COSIGNER_CCACHE})
  set(CMAKE_C_COMPILER_LAUNCHER ${COSIGNER_CCACHE})
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
