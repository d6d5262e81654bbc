#include "host/posix/linked_libraries.hpp"

#include <ares_version.h>
#include <curl/curl.h>
#include <openssl/crypto.h>

extern "C" {
const char* ares_version(int* version);
}

namespace cosigner::host {

std::vector<std::pair<std::string, std::string>> linked_libraries() {
  const curl_version_info_data* curl = curl_version_info(CURLVERSION_NOW);
  return {{"libcurl", curl->version},
          {"openssl", OpenSSL_version(OPENSSL_VERSION_STRING)},
          {"c-ares", ares_version(nullptr)},
          {"zlib", curl->libz_version == nullptr ? "none" : curl->libz_version}};
}

}  // namespace cosigner::host
