#include "attest/collateral_cache.hpp"

#include <nlohmann/json.hpp>

#include "attest/json_members.hpp"
#include "base/crypto.hpp"
#include "base/json.hpp"

namespace cosigner::attest {
namespace {

constexpr host::FileAttributes private_file{{0600}, {}};
constexpr host::FileAttributes private_directory{{0700}, {}};
constexpr std::size_t most_answers = 32;  // a machine has five or six
const char* const schema = "cosigner.collateral-cache/1";
const char* const index_name = "index.json";

bool is_blob_name(std::string_view name) {
  return name.size() == 64 && name.find_first_not_of("0123456789abcdef") == std::string_view::npos;
}

std::optional<std::string> read_blob(const host::FilesView& files, const std::optional<std::string>& name) {
  if (!name || !is_blob_name(*name)) return std::nullopt;
  auto bytes = files.read(cache_directory / *name);
  if (!bytes.ok() || !*bytes || sha256_hex(**bytes) != *name) return std::nullopt;
  return std::move(**bytes);
}

nlohmann::json to_index(const CollateralAnswers& answers) {
  nlohmann::json list = nlohmann::json::object();
  for (const auto& [url, answer] : answers)
    list[url] = {{"body", sha256_hex(answer.body)}, {"issuers", sha256_hex(answer.issuers)}};
  return {{"schema", schema}, {"answers", list}};
}

std::map<std::string, std::string> to_blobs(const CollateralAnswers& answers) {
  std::map<std::string, std::string> blobs;
  for (const auto& [url, answer] : answers) {
    blobs[sha256_hex(answer.body)] = answer.body;
    blobs[sha256_hex(answer.issuers)] = answer.issuers;
  }
  return blobs;
}

}  // namespace

CollateralAnswers read_cache(const host::FilesView& files) {
  CollateralAnswers out;
  const auto text = files.read(cache_directory / index_name);
  if (!text.ok() || !*text) return out;
  const auto index = parse_json(**text);
  if (!index.ok() || text_member(*index, "schema") != schema) return out;
  const nlohmann::json* answers = find_member(*index, "answers");
  if (answers == nullptr || !answers->is_object()) return out;
  for (const auto& [url, names] : answers->items()) {
    auto body = read_blob(files, text_member(names, "body")), issuers = read_blob(files, text_member(names, "issuers"));
    if (body && issuers) out[url] = {std::move(*body), std::move(*issuers)};
  }
  return out;
}

Status keep_cache(host::Files& files, const CollateralAnswers& answers) {
  CollateralAnswers all = answers;
  const CollateralAnswers before = read_cache(files);
  all.insert(before.begin(), before.end());
  if (all.size() > most_answers) all = answers;
  const auto blobs = to_blobs(all);
  TRY(files.make_dir(cache_directory, private_directory));
  for (const auto& [name, bytes] : blobs) TRY(files.write_atomic(cache_directory / name, bytes, private_file));
  TRY(files.write_atomic(cache_directory / index_name, to_json_line(to_index(all)), private_file));
  for (const std::string& name : TRY(files.list(cache_directory))) {
    if (name != index_name && blobs.count(name) == 0) TRY(files.remove(cache_directory / name));
  }
  return {};
}

}  // namespace cosigner::attest
