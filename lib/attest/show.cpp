#include "attest/show.hpp"

#include <nlohmann/json.hpp>

#include "attest/quote.hpp"
#include "attest/report_body.hpp"
#include "base/encoding.hpp"
#include "base/json.hpp"

namespace cosigner::attest {
namespace {

using Rows = std::vector<std::pair<std::string, std::string>>;

Rows rows_of(const SgxReport& report) {
  return {{"mrenclave", to_hex(report.mrenclave)},         {"mrsigner", to_hex(report.mrsigner)},
          {"isvprodid", std::to_string(report.isvprodid)}, {"isvsvn", std::to_string(report.isvsvn)},
          {"attributes", to_hex(report.attributes)},       {"miscselect", to_hex(report.miscselect)},
          {"debug", report.is_debug() ? "yes" : "no"},     {"cpusvn", to_hex(report.cpusvn)},
          {"report_data", to_hex(report.report_data)}};
}

Rows rows_of(const TdReport& report) {
  return {{"mrtd", to_hex(report.mrtd)},
          {"mrseam", to_hex(report.mrseam)},
          {"mrsignerseam", to_hex(report.mrsignerseam)},
          {"tee_tcb_svn", to_hex(report.tee_tcb_svn)},
          {"td_attributes", to_hex(report.td_attributes)},
          {"xfam", to_hex(report.xfam)},
          {"debug", report.is_debug() ? "yes" : "no"},
          {"report_data", to_hex(report.report_data)}};
}

std::string_view kind_of(CertificationKind kind) {
  switch (kind) {
    case CertificationKind::ppid_clear: return "1 (PPID in the clear)";
    case CertificationKind::ppid_rsa2048: return "2 (PPID encrypted, RSA-2048)";
    case CertificationKind::ppid_rsa3072: return "3 (PPID encrypted, RSA-3072)";
    case CertificationKind::pck_chain: return "5 (PCK certificate chain)";
  }
  return "";
}

Rows rows_of(const Quote& quote) {
  Rows rows = {{"version", std::to_string(quote.version)},
               {"tee", std::string(name_of(quote.tee))},
               {"certification", std::string(kind_of(quote.certification_kind))}};
  const Rows body =
      quote.tee == Tee::sgx ? rows_of(read_sgx_report(quote.body)) : rows_of(read_td_report(quote.body, quote.body_kind));
  rows.insert(rows.end(), body.begin(), body.end());
  const SgxReport qe = read_sgx_report(quote.qe_report);
  rows.emplace_back("qe_mrsigner", to_hex(qe.mrsigner));
  rows.emplace_back("qe_isvsvn", std::to_string(qe.isvsvn));
  return rows;
}

}  // namespace

Result<std::string> unverified_text(std::string_view bytes) {
  const Quote quote = TRY(parse_quote(bytes));
  std::string text =
      "NOT VERIFIED: what the quote says of itself. Anybody can write such a quote; `cosigner attest verify` tells whether it is "
      "genuine.\n";
  for (const auto& [name, value] : rows_of(quote))
    text += "  " + name + std::string(name.size() < 14 ? 14 - name.size() : 1, ' ') + value + "\n";
  return text;
}

Result<std::string> unverified_document(std::string_view bytes) {
  const Quote quote = TRY(parse_quote(bytes));
  nlohmann::json fields = nlohmann::json::object();
  for (const auto& [name, value] : rows_of(quote)) fields[name] = value;
  return to_json_line({{"schema", "cosigner.quote/1"}, {"verified", false}, {"unverified", fields}});
}

}  // namespace cosigner::attest
