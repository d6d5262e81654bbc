# The libraries, each behind one interface target of ours. COSIGNER_STATIC (scripts/build-static) names archives by hand,
# because the distribution's export files name shared libraries. spdlog and fmt have no archives there: header-only.
option(COSIGNER_STATIC "link the one-file program" OFF)
set(COSIGNER_CURL_PREFIX "" CACHE PATH "where the rebuilt libcurl lies (scripts/static-curl)")

foreach(dep openssl curl cares archive protobuf threads)
  add_library(dep_${dep} INTERFACE)
endforeach()

find_package(Threads REQUIRED)
target_link_libraries(dep_threads INTERFACE Threads::Threads)
find_program(COSIGNER_PROTOC protoc REQUIRED)

if(COSIGNER_STATIC)
  foreach(archive ssl crypto nghttp2 cares z archive protobuf-lite)
    find_library(ARCHIVE_${archive} NAMES lib${archive}.a REQUIRED)
  endforeach()
  target_link_libraries(dep_openssl INTERFACE ${ARCHIVE_ssl} ${ARCHIVE_crypto})
  target_include_directories(dep_curl SYSTEM BEFORE INTERFACE ${COSIGNER_CURL_PREFIX}/include)
  target_compile_definitions(dep_curl INTERFACE CURL_STATICLIB)
  target_link_libraries(dep_curl INTERFACE ${COSIGNER_CURL_PREFIX}/lib/libcurl.a ${ARCHIVE_nghttp2} ${ARCHIVE_cares}
                                           ${ARCHIVE_ssl} ${ARCHIVE_crypto} ${ARCHIVE_z})
  # Reading tar and gzip needs zlib alone; naming any other format or filter of libarchive would pull ten more libraries.
  target_compile_definitions(dep_archive INTERFACE LIBARCHIVE_STATIC)
  target_link_libraries(dep_archive INTERFACE ${ARCHIVE_archive} ${ARCHIVE_z})
  target_link_libraries(dep_cares INTERFACE ${ARCHIVE_cares})
  target_link_libraries(dep_protobuf INTERFACE ${ARCHIVE_protobuf-lite})
else()
  target_link_libraries(dep_openssl INTERFACE ssl crypto)
  target_link_libraries(dep_curl INTERFACE curl)
  target_link_libraries(dep_cares INTERFACE cares)
  target_link_libraries(dep_archive INTERFACE archive)
  target_link_libraries(dep_protobuf INTERFACE protobuf-lite)
endif()

# cosigner_program(TARGET): what the finished executable is linked with beside its rooms.
function(cosigner_program target)
  set_target_properties(${target} PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR})
  if(COSIGNER_STATIC)
    target_sources(${target} PRIVATE ${CMAKE_SOURCE_DIR}/packaging/static/refusals.c)
    # -static-pie, not -static: the non-PIE start files register every frame table, and the first C++ exception then
    # sorts them all (10 ms; CLI11 throws for --version). Packed relocations save 0.5 MB; a static PIE relocates itself,
    # so no loader of an older host has to know them.
    target_link_options(${target} PRIVATE -static-pie -Wl,--gc-sections -Wl,-O1 -Wl,-z,pack-relative-relocs
                        -Wl,-z,relro,-z,now -Wl,-z,noexecstack -s)
  endif()
endfunction()
