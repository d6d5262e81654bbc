#include "sgx/instance_region.hpp"

#include "base/text.hpp"
#include "sgx/qcnl.hpp"

namespace cosigner::sgx {
namespace {

constexpr std::size_t record_limit = 1024 * 1024;  // cloud-init's whole record; the region lies in its first part
constexpr std::size_t answer_limit = 1024;         // a token has less than 100 bytes, a region less than 20
constexpr std::chrono::seconds patience{1};

bool is_known(const std::string& region) { return alibaba_pccs_url(region, true).has_value(); }

host::HttpRequest question(const std::string& path) {
  host::HttpRequest request;
  request.url = std::string(host::instance_service) + path;
  request.body_limit = answer_limit;
  request.timeout = patience;
  return request;
}

/// Letters, digits and what base64 has besides: anything else is no token, and would be a header of its own.
bool is_token(std::string_view text) {
  return !text.empty() && text.find_first_not_of("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/=-_.") == std::string_view::npos;
}

std::string token_of(const host::HostView& host) {
  auto request = question("latest/api/token");
  request.method = "PUT";
  request.headers = {"X-aliyun-ecs-metadata-token-ttl-seconds: 60"};
  const auto answer = host.network().request(request);
  if (!answer || answer->status != 200) return {};
  const std::string token(trimmed(answer->body));
  return is_token(token) ? token : std::string();
}

}  // namespace

std::string recorded_region(const host::HostView& host) {
  const auto record = host.files().read("/run/cloud-init/instance-data.json", record_limit);
  if (!record || !*record) return {};
  const std::string region = region_of_instance(**record);
  return is_known(region) ? region : std::string();
}

std::string instance_region(const host::HostView& host) {
  if (auto recorded = recorded_region(host); !recorded.empty()) return recorded;
  auto request = question("latest/meta-data/region-id");
  if (const auto token = token_of(host); !token.empty()) request.headers = {"X-aliyun-ecs-metadata-token: " + token};
  const auto answer = host.network().request(request);
  if (!answer || answer->status != 200) return {};
  const std::string region(trimmed(answer->body));
  return is_known(region) ? region : std::string();
}

}  // namespace cosigner::sgx
