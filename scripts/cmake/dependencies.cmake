# The libraries, each behind one interface target of ours. COSIGNER_STATIC (scripts/build-static) lists archives by hand,
# because the distribution's export files name shared libraries.
option(COSIGNER_STATIC "link the one-file program" OFF)
set(COSIGNER_CURL_PREFIX "" CACHE PATH "where the rebuilt libcurl lies (scripts/build-static)")

foreach(dep openssl curl archive protobuf threads)
  add_library(dep_${dep} INTERFACE)
endforeach()

find_package(Threads REQUIRED)
target_link_libraries(dep_threads INTERFACE Threads::Threads)

if(COSIGNER_STATIC)
  target_include_directories(dep_curl SYSTEM BEFORE INTERFACE ${COSIGNER_CURL_PREFIX}/include)
  target_compile_definitions(dep_curl INTERFACE CURL_STATICLIB)
  target_compile_definitions(dep_archive INTERFACE LIBARCHIVE_STATIC)
  target_link_libraries(dep_openssl INTERFACE libssl.a libcrypto.a)
  target_link_libraries(dep_curl INTERFACE ${COSIGNER_CURL_PREFIX}/lib/libcurl.a libnghttp2.a libcares.a libssl.a libcrypto.a libz.a)
  target_link_libraries(dep_archive INTERFACE libarchive.a libz.a)
  target_link_libraries(dep_protobuf INTERFACE libprotobuf-lite.a)
else()
  target_link_libraries(dep_openssl INTERFACE ssl crypto)
  target_link_libraries(dep_curl INTERFACE curl)
  target_link_libraries(dep_archive INTERFACE archive)
  target_link_libraries(dep_protobuf INTERFACE protobuf-lite)
endif()
