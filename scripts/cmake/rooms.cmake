# cosigner_room(NAME DEPS …): the library cosigner_NAME of every .cpp below this directory. A room sees only the rooms that it
# names here; scripts/check-layers holds the includes to the same picture.
set(COSIGNER_ROOMS "" CACHE INTERNAL "the rooms of lib")
function(cosigner_room name)
  cmake_parse_arguments(ROOM "" "" "DEPS" ${ARGN})
  file(GLOB_RECURSE sources CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/${name}/*.cpp)
  if(NOT sources)
    add_library(cosigner_${name} INTERFACE)
    target_link_libraries(cosigner_${name} INTERFACE cosigner_flags ${ROOM_DEPS})
  else()
    add_library(cosigner_${name} STATIC ${sources})
    target_link_libraries(cosigner_${name} PUBLIC cosigner_flags ${ROOM_DEPS})
  endif()
  if(CMAKE_CURRENT_SOURCE_DIR STREQUAL "${CMAKE_SOURCE_DIR}/lib")
    set(COSIGNER_ROOMS ${COSIGNER_ROOMS} cosigner_${name} CACHE INTERNAL "the rooms of lib")
  endif()
endfunction()

# cosigner_protobuf(NAME FILE.proto): compiles the room's message file (lite runtime) into its library; the room includes
# "FILE.pb.h". Our warnings are for our code: the generated file is compiled without them, its header is a system header.
function(cosigner_protobuf name proto)
  get_filename_component(stem ${proto} NAME_WE)
  set(source ${CMAKE_CURRENT_SOURCE_DIR}/${name}/${proto})
  if(NOT EXISTS ${source})
    return()
  endif()
  set(out ${CMAKE_CURRENT_BINARY_DIR}/${name}_messages)
  file(MAKE_DIRECTORY ${out})
  add_custom_command(
    OUTPUT ${out}/${stem}.pb.cc ${out}/${stem}.pb.h
    COMMAND ${COSIGNER_PROTOC} --proto_path=${CMAKE_CURRENT_SOURCE_DIR}/${name} --cpp_out=lite:${out} ${proto}
    DEPENDS ${source}
    VERBATIM)
  add_library(cosigner_${name}_messages STATIC ${out}/${stem}.pb.cc ${out}/${stem}.pb.h)
  target_compile_features(cosigner_${name}_messages PUBLIC cxx_std_20)
  target_include_directories(cosigner_${name}_messages SYSTEM PUBLIC ${out})
  target_link_libraries(cosigner_${name}_messages PUBLIC dep_protobuf)
  get_target_property(kind cosigner_${name} TYPE)
  if(kind STREQUAL "INTERFACE_LIBRARY")
    target_link_libraries(cosigner_${name} INTERFACE cosigner_${name}_messages)
  else()
    target_link_libraries(cosigner_${name} PUBLIC cosigner_${name}_messages)
    add_dependencies(cosigner_${name} cosigner_${name}_messages)
  endif()
endfunction()

# cosigner_test(NAME SOURCES-DIR DEPS …): one Catch2 program a room, so that a change rebuilds one room's tests.
function(cosigner_test name directory)
  cmake_parse_arguments(TEST "" "" "DEPS" ${ARGN})
  file(GLOB_RECURSE sources CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/${directory}/*.cpp)
  if(sources)
    add_executable(test_${name} ${sources})
    target_link_libraries(test_${name} PRIVATE catch_main ${TEST_DEPS})
    target_include_directories(test_${name} PRIVATE ${CMAKE_SOURCE_DIR}/tests)
    add_test(NAME ${name} COMMAND test_${name})
  endif()
endfunction()

# cosigner_bench(FILE DEPS …): the program bench_NAME of tests/bench/NAME.cpp; scripts/bench builds and runs them.
function(cosigner_bench file)
  cmake_parse_arguments(BENCH "" "" "DEPS" ${ARGN})
  get_filename_component(name ${file} NAME_WE)
  add_executable(bench_${name} EXCLUDE_FROM_ALL ${file})
  target_link_libraries(bench_${name} PRIVATE ${BENCH_DEPS})
  target_include_directories(bench_${name} PRIVATE ${CMAKE_SOURCE_DIR}/tests)
endfunction()
