#include "sgx/aesm.hpp"

#include <optional>

#include "aesm.pb.h"

namespace cosigner::sgx {
namespace {

constexpr std::size_t key_id_size = 256;
constexpr std::size_t algorithm_offset = 154;
constexpr std::size_t frame_size = 4;
constexpr std::uint32_t timeout_us = 240'000'000;  // of preparing quotes, where the daemon may have to ask over the network

std::string framed(const wire::Request& request) {
  const std::string body = request.SerializeAsString();
  std::string out;
  for (std::size_t i = 0; i < frame_size; ++i) out += static_cast<char>(static_cast<unsigned char>(body.size() >> (8 * i)));
  return out + body;
}

std::uint32_t little_endian(std::string_view bytes) {
  std::uint32_t value = 0;
  for (std::size_t i = bytes.size(); i-- > 0;) value = (value << 8) | static_cast<unsigned char>(bytes[i]);
  return value;
}

Error malformed(const std::string& what) {
  return make_error("sgx.aesm_malformed", "the SGX service daemon's answer cannot be used: " + what,
                    "Restart it with `systemctl restart aesmd`, and check that its package is of the configured source.");
}

Error failed(std::uint32_t code) {
  const AesmCode row = explain_aesm_code(code);
  Error error = make_error("sgx.aesm_error", "the SGX service daemon reports error " + std::to_string(code) + ": " + std::string(row.meaning),
                           std::string(row.remedy));
  error.retryable = row.retryable;
  return error;
}

Result<wire::Response> parse(std::string_view answer) {
  if (answer.size() < frame_size) return malformed(answer.empty() ? "it closed the connection without an answer" : "it is cut short");
  const std::uint32_t length = little_endian(answer.substr(0, frame_size));
  if (length > aesm_answer_limit || answer.size() != frame_size + length) return malformed("its length does not fit");
  wire::Response response;
  if (!response.ParseFromArray(answer.data() + frame_size, static_cast<int>(length))) return malformed("it is not a message");
  if (response.has_unsupported() && response.unsupported().error_code() == 0) return malformed("it calls the question unknown and a success");
  if (response.has_unsupported()) return failed(response.unsupported().error_code());
  return response;
}

}  // namespace

std::uint32_t error_code_in(std::string_view answer) {
  wire::Response response;
  if (answer.size() < frame_size || answer.size() > aesm_answer_limit + frame_size) return 0;
  if (!response.ParseFromArray(answer.data() + frame_size, static_cast<int>(answer.size() - frame_size))) return 0;
  if (response.has_unsupported()) return response.unsupported().error_code();
  if (response.has_key_count()) return response.key_count().error_code();
  if (response.has_key_ids()) return response.key_ids().error_code();
  return response.has_init_quote() ? response.init_quote().error_code() : 0;
}

std::string ask_key_count() {
  wire::Request request;
  request.mutable_key_count();
  return framed(request);
}

std::string ask_key_ids(std::uint32_t count) {
  wire::Request request;
  request.mutable_key_ids()->set_buf_size(static_cast<std::uint32_t>(key_id_size) * count);
  return framed(request);
}

std::string ask_init_quote(std::string_view key_id) {
  wire::Request request;
  auto* question = request.mutable_init_quote();
  question->set_att_key_id(std::string(key_id));
  question->set_b_pub_key_id(false);
  question->set_buf_size(0);
  question->set_timeout(timeout_us);
  return framed(request);
}

Result<std::uint32_t> read_key_count(std::string_view answer) {
  const wire::Response response = TRY(parse(answer));
  if (!response.has_key_count()) return malformed("it answers another question");
  if (response.key_count().error_code() != 0) return failed(response.key_count().error_code());
  const std::uint32_t count = response.key_count().att_key_id_num();
  if (count > 64) return malformed("it offers more than 64 keys");
  return count;
}

Result<std::vector<KeyId>> read_key_ids(std::string_view answer) {
  const wire::Response response = TRY(parse(answer));
  if (!response.has_key_ids()) return malformed("it answers another question");
  if (response.key_ids().error_code() != 0) return failed(response.key_ids().error_code());
  const std::string& all = response.key_ids().att_key_ids();
  if (all.size() % key_id_size != 0) return malformed("its key ids are cut short");
  std::vector<KeyId> out;
  for (std::size_t at = 0; at < all.size(); at += key_id_size) {
    const std::string bytes = all.substr(at, key_id_size);
    out.push_back({bytes, little_endian(std::string_view(bytes).substr(algorithm_offset, 4))});
  }
  return out;
}

Status read_init_quote(std::string_view answer) {
  const wire::Response response = TRY(parse(answer));
  if (!response.has_init_quote()) return malformed("it answers another question");
  if (response.init_quote().error_code() != 0) return failed(response.init_quote().error_code());
  return {};
}

}  // namespace cosigner::sgx
