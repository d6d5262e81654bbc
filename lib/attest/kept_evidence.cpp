#include "attest/kept_evidence.hpp"

#include "attest/quote.hpp"
#include "attest/report_body.hpp"
#include "attest/verify.hpp"
#include "base/encoding.hpp"
#include "base/text.hpp"

namespace cosigner::attest {
namespace {

constexpr host::FileAttributes private_file{{0600}, {}};
constexpr host::FileAttributes private_directory{{0700}, {}};

std::string to_pem(std::string_view der) {
  constexpr std::size_t width = 64;
  const std::string text = to_base64(der);
  std::string out = "-----BEGIN PUBLIC KEY-----\n";
  for (std::size_t at = 0; at < text.size(); at += width) out += text.substr(at, width) + "\n";
  return out + "-----END PUBLIC KEY-----\n";
}

}  // namespace

std::map<std::string, std::string> to_files(const Evidence& evidence) {
  std::map<std::string, std::string> files = to_files(evidence.collateral);
  files["quote.bin"] = evidence.asked.quote;
  files["nonce.hex"] = to_hex(evidence.asked.nonce) + "\n";
  files["public_key.pem"] = to_pem(evidence.asked.public_key);
  files["policy.json"] = evidence.policy_text + "\n";
  files["verdict.json"] = to_json_document(evidence.attestation) + "\n";
  return files;
}

bool answers_kept_question(const host::FilesView& files, const Path& folder, const AskedQuote& asked) {
  const auto nonce_text = files.read(folder / "nonce.hex"), key_text = files.read(folder / "public_key.pem");
  if (!nonce_text.ok() || !*nonce_text || !key_text.ok() || !*key_text) return false;
  const auto nonce = from_hex(trimmed(**nonce_text));
  const auto key = find_public_key(**key_text);
  const auto quote = parse_quote(asked.quote);
  if (!nonce || *nonce == asked.nonce || !key.ok() || !quote.ok() || quote->tee != Tee::sgx) return false;
  return read_sgx_report(quote->body).report_data == bound_report_data(*nonce, *key);
}

Status keep_files(host::Files& files, const Path& folder, const std::map<std::string, std::string>& content) {
  TRY(files.make_dir(folder, private_directory));
  for (const std::string& name : TRY(files.list(folder))) {
    if (content.count(name) == 0) TRY(files.remove(folder / name));
  }
  for (const auto& [name, bytes] : content) TRY(files.write_atomic(folder / name, bytes, private_file));
  return {};
}

Result<Marks> read_memory(const host::FilesView& files) {
  const auto text = TRY(files.read(seen_collateral_file));
  if (!text) return Marks();
  return read_memory_text(*text);
}

Status keep_memory(host::Files& files, const Marks& marks) {
  TRY(files.make_dir(attestation_directory, private_directory));
  return files.write_atomic(seen_collateral_file, to_memory_text(marks), private_file);
}

}  // namespace cosigner::attest
