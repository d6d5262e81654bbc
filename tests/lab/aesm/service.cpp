#include "service.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <array>

#include "wire.hpp"

namespace lab::aesm {
namespace {

enum Code : unsigned { success = 0, parameter = 3, unavailable = 30, unsupported_key = 38, no_pce = 40, no_provider = 41 };

constexpr std::size_t key_id_size = 256;
constexpr std::size_t algorithm_offset = 154;
constexpr char ecdsa_p256 = 2;

bool opens(const char* path) {
  const int fd = open(path, O_RDWR | O_CLOEXEC);
  if (fd >= 0) close(fd);
  return fd >= 0;
}

// One extended key id: version 0, a 32-byte signer (not a real one), ECDSA P-256.
std::string key_id() {
  std::string id(key_id_size, '\0');
  id[4] = 32;
  for (std::size_t i = 0; i < 32; ++i) id[6 + i] = static_cast<char>(0xA0 + i);
  id[algorithm_offset] = ecdsa_p256;
  return id;
}

Code quoting_state(const Platform& platform) {
  return platform.quoting_installed && platform.enclave_opens ? success : unavailable;
}

std::string key_count(const Platform& platform) {
  std::string out;
  const Code code = quoting_state(platform);
  put_number(out, 1, code);
  if (code == success) put_number(out, 2, 1);
  return out;
}

std::string key_ids(const Platform& platform, const std::vector<Field>& request) {
  std::string out;
  Code code = quoting_state(platform);
  const auto room = find_field(request, 1);
  if (code == success && (!room || room->value < key_id_size)) code = parameter;
  put_number(out, 1, code);
  if (code == success) put_bytes(out, 2, key_id());
  return out;
}

Code init_state(const Platform& platform, const std::vector<Field>& request) {
  if (quoting_state(platform) != success) return unavailable;
  const auto id = find_field(request, 1);
  const auto wants_key = find_field(request, 3);
  if (!id || !id->is_bytes || id->bytes.size() < algorithm_offset + 4 || !wants_key) return parameter;
  if (id->bytes[algorithm_offset] != ecdsa_p256) return unsupported_key;
  if (!platform.provision_opens) return no_pce;
  return platform.provider_installed ? success : no_provider;
}

std::string init_quote(const Platform& platform, const std::vector<Field>& request) {
  std::string out;
  const Code code = init_state(platform, request);
  put_number(out, 1, code);
  if (code != success) return out;
  put_bytes(out, 2, std::string(512, '\x01'));
  put_number(out, 3, 32);
  if (find_field(request, 3)->value != 0) put_bytes(out, 4, std::string(32, '\x02'));
  return out;
}

}  // namespace

Platform probe_platform(const std::string& bundle_folder) {
  Platform platform;
  platform.quoting_installed = true;
  for (const char* bundle : {"ecdsa_quote_service_bundle", "quote_ex_service_bundle", "pce_service_bundle"}) {
    const std::string path = bundle_folder + "/" + bundle + ".so";
    if (access(path.c_str(), R_OK) != 0) platform.quoting_installed = false;
  }
  platform.enclave_opens = opens("/dev/sgx_enclave") || opens("/dev/sgx/enclave");
  platform.provision_opens = opens("/dev/sgx_provision") || opens("/dev/sgx/provision");
  platform.provider_installed = access("/usr/lib/x86_64-linux-gnu/libdcap_quoteprov.so.1", R_OK) == 0;
  return platform;
}

std::optional<std::string> answer(const Platform& platform, std::string_view request) {
  const auto outer = parse_fields(request);
  if (!outer || outer->size() != 1 || !outer->front().is_bytes) return std::nullopt;
  const auto inner = parse_fields(outer->front().bytes);
  if (!inner) return std::nullopt;
  std::string body;
  switch (outer->front().number) {
    case 21: body = key_count(platform); break;
    case 22: body = key_ids(platform, *inner); break;
    case 15: body = init_quote(platform, *inner); break;
    case 1:
    case 2:
    case 3:
    case 10:
    case 11:
    case 16:
    case 17:
    case 19: put_number(body, 1, unavailable); break;
    default: return std::nullopt;
  }
  std::string out;
  put_bytes(out, outer->front().number, body);
  return out;
}

}  // namespace lab::aesm
