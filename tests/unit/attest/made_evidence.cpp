#include "unit/attest/made_evidence.hpp"

#include "base/crypto.hpp"
#include "base/encoding.hpp"

namespace attest_test {
namespace {

using nlohmann::json;

std::string little(std::size_t value, int bytes) {
  std::string out;
  for (int i = 0; i < bytes; ++i) out += static_cast<char>((value >> (8 * i)) & 0xFFu);
  return out;
}

std::string repeated(char c, std::size_t count) { return std::string(count, c); }

void apply(const ChangeBytes& change, std::string& bytes) {
  if (change) change(bytes);
}

json components_of(const std::array<std::uint8_t, 16>& values) {
  json out = json::array();
  for (const std::uint8_t each : values) out.push_back({{"svn", each}});
  return out;
}

json level_of(const Wishes& wishes, int lower, const std::string& status, const char* date) {
  auto components = wishes.platform.components;
  components[0] = static_cast<std::uint8_t>(components[0] - lower);
  json tcb = {{"sgxtcbcomponents", components_of(components)}, {"pcesvn", wishes.platform.pcesvn}};
  if (wishes.tee == attest::Tee::tdx) tcb["tdxtcbcomponents"] = components_of({5, 0, 7});
  return {{"tcb", tcb}, {"tcbDate", date}, {"tcbStatus", status}, {"advisoryIDs", {"INTEL-SA-00001"}}};
}

json enclave_level(int svn, const std::string& status, const char* advisory) {
  return {{"tcb", {{"isvsvn", svn}}}, {"tcbDate", "2025-03-12T00:00:00Z"}, {"tcbStatus", status}, {"advisoryIDs", {advisory}}};
}

json make_tcb_info(const Wishes& wishes) {
  const bool tdx = wishes.tee == attest::Tee::tdx;
  json out = {{"id", tdx ? "TDX" : "SGX"},
              {"version", 3},
              {"issueDate", to_iso(noon - 10 * day)},
              {"nextUpdate", to_iso(noon + 20 * day)},
              {"fmspc", to_hex(wishes.platform.fmspc)},
              {"pceId", to_hex(wishes.platform.pceid)},
              {"tcbType", 0},
              {"tcbEvaluationDataNumber", 20},
              {"tcbLevels",
               {level_of(wishes, 0, wishes.platform_status, "2025-06-11T00:00:00Z"),
                level_of(wishes, 1, "OutOfDate", "2023-06-11T00:00:00Z")}}};
  if (!tdx) return out;
  const json module = {{"mrsigner", repeated('0', 96)}, {"attributes", repeated('0', 16)}, {"attributesMask", repeated('F', 16)}};
  out["tdxModule"] = module;
  json identity = module;
  identity["id"] = "TDX_01";
  identity["tcbLevels"] = {enclave_level(5, wishes.module_status, "INTEL-SA-00003"),
                           enclave_level(2, "OutOfDate", "INTEL-SA-00004")};
  out["tdxModuleIdentities"] = json::array({identity});  // one in braces alone is an array for one compiler, itself for the other
  return out;
}

json make_qe_identity(const Wishes& wishes) {
  return {{"id", wishes.tee == attest::Tee::tdx ? "TD_QE" : "QE"},
          {"version", 2},
          {"issueDate", to_iso(noon - 9 * day)},
          {"nextUpdate", to_iso(noon + 21 * day)},
          {"tcbEvaluationDataNumber", 20},
          {"miscselect", "00000000"},
          {"miscselectMask", "FFFFFFFF"},
          {"attributes", "11000000000000000000000000000000"},
          {"attributesMask", "FBFFFFFFFFFFFFFF0000000000000000"},
          {"mrsigner", to_hex(repeated('\x8C', 32))},
          {"isvprodid", 1},
          {"tcbLevels", {enclave_level(8, wishes.qe_status, "INTEL-SA-00002"), enclave_level(6, "OutOfDate", "INTEL-SA-00002")}}};
}

std::string changed_json(json value, const Change& change, const std::string& member, const MadeKey& key) {
  if (change) change(value);
  return signed_json(member, value.dump(), key);
}

std::string sgx_body(const std::string& mrsigner, std::uint16_t product, std::uint16_t svn, const std::string& attributes,
                     const std::string& report_data) {
  std::string body(384, '\0');
  body.replace(48, 16, attributes);
  body.replace(64, 32, repeated('\x11', 32));
  body.replace(128, 32, mrsigner);
  body.replace(256, 2, little(product, 2));
  body.replace(258, 2, little(svn, 2));
  body.replace(320, 64, report_data);
  return body;
}

std::string td_body(attest::BodyKind kind) {
  std::string body(kind == attest::BodyKind::td_10 ? 584u : kind == attest::BodyKind::td_15 ? 648u : 885u, '\0');
  body.replace(0, 3, std::string("\x05\x01\x07", 3));
  body.replace(136, 48, repeated('\x22', 48));
  body.replace(520, 64, repeated('\x33', 64));
  if (kind != attest::BodyKind::td_10) body.replace(584, 3, std::string("\x05\x01\x07", 3));
  if (kind != attest::BodyKind::td_10)
    body.replace(600, 48, repeated('\x44', 48));  // MRSERVICETD: not zero, and no reason to refuse
  return body;
}

std::string signed_part(const Wishes& wishes) {
  static const std::string vendor = from_hex("939A7233F79C4CA9940A0DB3957F0607").value();
  std::string head = little(static_cast<std::size_t>(wishes.version), 2) + little(2, 2) +
                     little(wishes.tee == attest::Tee::sgx ? 0 : 0x81, 4) + little(0, 4) + vendor + repeated('\x05', 20);
  apply(wishes.header, head);
  std::string body =
      wishes.tee == attest::Tee::sgx
          ? sgx_body(repeated('\x12', 32), 3, 7, from_hex("0500000000000000e700000000000000").value(), repeated('\x33', 64))
          : td_body(wishes.body_kind);
  apply(wishes.body, body);
  if (wishes.version == 5) head += little(static_cast<std::size_t>(wishes.body_kind) + 1, 2) + little(body.size(), 4);
  return head + body;
}

std::string make_quote(const Wishes& wishes, const std::string& chain) {
  const std::string content = signed_part(wishes);
  std::string auth = repeated('\x07', 32);
  const std::string key = wishes.named_key->xy();
  std::string qe = sgx_body(repeated('\x8C', 32), 1, 8, from_hex("1500000000000000e700000000000000").value(),
                            sha256(key + auth) + repeated('\0', 32));
  apply(wishes.qe_report, qe);
  const std::string qe_signature = wishes.qe_report_key->sign_raw(qe);
  apply(wishes.auth_data, auth);
  const std::string data = wishes.certification_type == 5 ? chain + '\0' : wishes.certification_data;
  const std::string proof = qe + qe_signature + little(auth.size(), 2) + auth +
                            little(static_cast<std::size_t>(wishes.certification_type), 2) + little(data.size(), 4) + data;
  std::string signature = wishes.quote_key->sign_raw(content);
  apply(wishes.signature, signature);
  std::string rest = signature + key + (wishes.version == 3 ? proof : little(6, 2) + little(proof.size(), 4) + proof);
  return content + little(rest.size(), 4) + rest;
}

}  // namespace

const Keys& keys() {
  static const Keys all;
  return all;
}

Wishes::Wishes() {
  const std::string root_name = "Intel SGX Root CA", ca_name = "Intel SGX PCK Platform CA";
  const auto year = 365 * day;
  const Keys& k = keys();
  platform.ppid = repeated('\x50', 16);
  platform.cpusvn = repeated('\x51', 16);
  platform.pceid = repeated('\0', 2);
  platform.fmspc = from_hex("00aabbccdd00").value();
  platform.components = {7, 9, 3, 3, 255, 255, 1};
  platform.pcesvn = 13;
  platform.sgx_type = 1;
  platform.platform_instance = repeated('\x52', 16);
  platform.dynamic_platform = false;
  platform.cached_keys = true;
  platform.smt_enabled = true;
  root = {root_name, root_name, noon - 3 * year, noon + 9 * year, true, 1, "keyCertSign,cRLSign", "", false, "A001"};
  ca = {ca_name, root_name, noon - 2 * year, noon + 5 * year, true, 0, "keyCertSign,cRLSign", "", false, "A002"};
  leaf = {"Intel SGX PCK Certificate",       ca_name, noon - year, noon + 4 * year, false, -1,
          "digitalSignature,nonRepudiation", "",      false,       "A003"};
  signer = {"Intel SGX TCB Signing",           root_name, noon - year, noon + 3 * year, false, -1,
            "digitalSignature,nonRepudiation", "",        false,       "A004"};
  root_crl = {root_name, noon - 30 * day, noon + 300 * day, true, {}, "05", ""};
  pck_crl = {ca_name, noon - 8 * day, noon + 22 * day, true, {"B001", "B002"}, "05", ""};
  leaf_key = qe_report_key = &k.leaf;
  ca_issuer = signer_issuer = root_crl_key = sent_root_key = &k.root;
  leaf_issuer = pck_crl_key = &k.ca;
  signer_key = json_key = &k.signer;
  quote_key = named_key = &k.attestation;
}

std::string signed_json(const std::string& member, const std::string& inner, const MadeKey& key) {
  return "{\"" + member + "\":" + inner + ",\"signature\":\"" + to_hex(key.sign_raw(inner)) + "\"}";
}

MadeEvidence make(const Wishes& wishes) {
  CertificateWish leaf = wishes.leaf;
  if (leaf.sgx_extension.empty()) leaf.sgx_extension = make_sgx_extension(wishes.platform);
  if (leaf.sgx_extension == "none") leaf.sgx_extension.clear();
  const std::string root = to_pem(make_certificate(wishes.root, keys().root, keys().root));
  const bool same_root = wishes.sent_root_key == &keys().root;
  const std::string sent_root =
      same_root ? root : to_pem(make_certificate(wishes.root, *wishes.sent_root_key, *wishes.sent_root_key));
  const std::string ca = to_pem(make_certificate(wishes.ca, keys().ca, *wishes.ca_issuer));
  std::string chain = to_pem(make_certificate(leaf, *wishes.leaf_key, *wishes.leaf_issuer)) + ca + sent_root;
  apply(wishes.chain, chain);
  MadeEvidence out;
  out.root = attest::custom_root(root).value();
  out.quote = make_quote(wishes, chain);
  out.collateral.tcb_info = changed_json(make_tcb_info(wishes), wishes.tcb_info, "tcbInfo", *wishes.json_key);
  out.collateral.qe_identity = changed_json(make_qe_identity(wishes), wishes.qe_identity, "enclaveIdentity", *wishes.json_key);
  out.collateral.tcb_signing_chain =
      to_pem(make_certificate(wishes.signer, *wishes.signer_key, *wishes.signer_issuer)) + sent_root;
  out.collateral.root_crl = make_crl(wishes.root_crl, *wishes.root_crl_key);
  out.collateral.pck_crl = make_crl(wishes.pck_crl, *wishes.pck_crl_key);
  if (wishes.certification_type < 4) out.collateral.pck_chain = chain;
  return out;
}

attest::Attestation verify(const MadeEvidence& evidence, const attest::Policy& policy, Time at) {
  return attest::verify(evidence.quote, evidence.collateral, {at, evidence.root, policy, {}, {}, {}, nullptr});
}

}  // namespace attest_test
