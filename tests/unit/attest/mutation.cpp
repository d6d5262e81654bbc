#include "unit/attest/mutation.hpp"

#include <algorithm>
#include <stdexcept>

#include "attest/pem.hpp"
#include "attest/quote.hpp"
#include "attest/signed_json.hpp"
#include "base/encoding.hpp"

namespace attest_test {
namespace {

using nlohmann::json;

std::optional<std::string>& file_of(EvidenceFolder& evidence, const std::string& name) {
  const bool is_list = name == "pck_crl" || name == "root_ca_crl";
  auto* found = evidence.collateral.find(is_list ? name + ".der" : name);
  if (found == nullptr) throw std::runtime_error("the mutation names an unknown file " + name);
  return *found;
}

std::string u32(std::size_t value) {
  std::string out;
  for (int i = 0; i < 4; ++i) out += static_cast<char>((value >> (8 * i)) & 0xFFu);
  return out;
}

std::vector<std::string> pem_blocks(const std::string& text) {
  std::vector<std::string> out;
  const std::string begin = "-----BEGIN CERTIFICATE-----", end = "-----END CERTIFICATE-----";
  for (std::size_t at = text.find(begin); at != std::string::npos; at = text.find(begin, at + 1))
    out.push_back(text.substr(at, text.find(end, at) + end.size() - at) + "\n");
  return out;
}

std::string quote_chain(const std::string& quote) { return std::string(attest::parse_quote(quote).value().certification_data); }

/// Version 3 with 32 bytes of authentication data, as all bases are.
std::string with_chain(const std::string& quote, const json& order) {
  const auto blocks = pem_blocks(quote_chain(quote));
  std::string chain;
  for (const auto& index : order) chain += blocks.at(index.get<std::size_t>());
  chain += '\0';
  return quote.substr(0, 432) + u32(1052 - 436 + chain.size()) + quote.substr(436, 1048 - 436) + u32(chain.size()) + chain;
}

void change_bytes(std::string& bytes, const json& op) {
  const std::string what = op["op"];
  const auto offset = op.value("offset", std::size_t(0));
  if (what == "xor") bytes.at(offset) = static_cast<char>(bytes.at(offset) ^ op["value"].get<int>());
  if (what == "write")
    bytes.replace(offset, op["hex"].get<std::string>().size() / 2, from_hex(op["hex"].get<std::string>()).value());
  if (what == "truncate") bytes.resize(op["length"].get<std::size_t>());
  if (what == "append") bytes += from_hex(op["hex"].get<std::string>()).value();
  if (what == "set_chain") bytes = with_chain(bytes, op["certs"]);
}

std::string replaced(std::string text, const std::string& find, const std::string& by) {
  const std::size_t at = text.find(find);
  if (at == std::string::npos) throw std::runtime_error("the mutation's text is not there");
  return text.replace(at, find.size(), by);
}

std::string wrapped(const std::string& text, const std::string& key, const std::string& style) {
  const auto cut = attest::cut_signed_json(text, key, attest::Refusal::tcb_info_invalid).value();
  const std::string inner(cut.inner), signature = "\"signature\":\"" + to_hex(cut.signature) + "\"", member = "\"" + key + "\":";
  if (style == "spaces-and-newlines")
    return " {\n  \"" + key + "\" : " + inner + " ,\n  \"signature\" : \"" + to_hex(cut.signature) + "\"\n}\n";
  if (style == "signature-first") return "{" + signature + "," + member + inner + "}";
  json evil = json::parse(inner);
  for (auto& level : evil["tcbLevels"]) level["tcbStatus"] = "UpToDate";
  if (style == "evil-duplicate-before") return "{" + member + evil.dump() + "," + member + inner + "," + signature + "}";
  if (style == "evil-duplicate-after") return "{" + member + inner + "," + member + evil.dump() + "," + signature + "}";
  throw std::runtime_error("unknown style " + style);
}

std::string with_signature(const std::string& text, const json& op) {
  const std::string label = "\"signature\":\"";
  const std::size_t at = text.find(label) + label.size();
  std::string digits = text.substr(at, 128);
  const std::string what = op["op"];
  if (what == "signature_case")
    std::transform(digits.begin(), digits.end(), digits.begin(),
                   [](unsigned char c) { return static_cast<char>(std::toupper(c)); });
  if (what == "signature_cut") digits.resize(op["length"].get<std::size_t>());
  if (what == "signature_flip")
    digits[op["index"].get<std::size_t>()] = digits[op["index"].get<std::size_t>()] == '0' ? '1' : '0';
  return text.substr(0, at) + digits + text.substr(at + 128);
}

std::string sorted_inner(const std::string& text, const std::string& key) {
  const auto cut = attest::cut_signed_json(text, key, attest::Refusal::tcb_info_invalid).value();
  return "{\"" + key + "\":" + json::parse(cut.inner).dump() + ",\"signature\":\"" + to_hex(cut.signature) + "\"}";
}

std::string set_text(const json& op) {
  if (op.contains("text")) return op["text"];
  const std::string pattern = op["text_pattern"];  // HEAD N*[ TAIL
  const std::size_t at = pattern.find("N*[");
  return pattern.substr(0, at) + std::string(op["repeat"].get<std::size_t>(), '[') + pattern.substr(at + 3);
}

std::string der_of(const std::string& list) {
  if (list[0] == 0x30) return list;
  const auto blocks = attest::read_pem(list, "X509 CRL");
  return blocks ? blocks->at(0) : from_hex(list).value();
}

void change_text(EvidenceFolder& evidence, const json& op, const std::string& vectors) {
  auto& file = file_of(evidence, op["file"]);
  const std::string what = op["op"];
  if (what == "replace_text")
    file = replaced(*file, op["find"], op["replace"]);
  else if (what == "wrap_outer")
    file = wrapped(*file, op["key"], op["style"]);
  else if (what == "sort_inner_keys")
    file = sorted_inner(*file, op["key"]);
  else if (what.rfind("signature_", 0) == 0)
    file = with_signature(*file, op);
  else if (what == "set_text")
    file = set_text(op);
  else if (what == "copy_from") {
    EvidenceFolder other = read_evidence(vectors + "/" + op["vector"].get<std::string>());
    file = file_of(other, op["file"]);
  } else if (what == "copy_from_file")
    file = *file_of(evidence, op["source"]);
  else if (what == "delete")
    file.reset();
  else if (what == "set_to_quote_chain")
    file = quote_chain(evidence.quote);
  else if (what == "der_xor") {
    file = der_of(*file);
    char& byte = file->at(file->size() - op["offset_from_end"].get<std::size_t>());
    byte = static_cast<char>(byte ^ op["value"].get<int>());
  } else
    throw std::runtime_error("unknown operation " + what);
}

void change_time(EvidenceFolder& evidence, const json& op) {
  const std::string what = op["op"];
  if (what == "time") {
    evidence.expected["time"] = op["value"];
    return;
  }
  const std::string limit = evidence.expected[what == "time_from" ? "collateral_valid_from" : "collateral_valid_until"];
  evidence.expected["time"] = parse_time(limit).value().time_since_epoch().count() + op["delta"].get<long>();
}

}  // namespace

EvidenceFolder mutated(EvidenceFolder evidence, const json& operations, const std::string& vectors) {
  for (const json& op : operations) {
    const std::string what = op["op"];
    if (what == "swap")
      std::swap(file_of(evidence, op["files"][0]), file_of(evidence, op["files"][1]));
    else if (what.rfind("time", 0) == 0)
      change_time(evidence, op);
    else if (op["file"] == "quote.bin")
      change_bytes(evidence.quote, op);
    else
      change_text(evidence, op, vectors);
  }
  return evidence;
}

}  // namespace attest_test
