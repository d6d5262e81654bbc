#include "installer/ui/doctor_view.hpp"

#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>

#include "base/text.hpp"
#include "base/untrusted.hpp"
#include "installer/ui/anonymous.hpp"

namespace cosigner::ui {
namespace {

using nlohmann::json;
using report::Finding;
using report::Outcome;

constexpr std::size_t evidence_limit = 600;

json text_or_null(const std::string& text) { return text.empty() ? json() : json(text); }

json json_of(const Fact& fact) {
  if (const auto* flag = std::get_if<bool>(&fact)) return *flag;
  if (const auto* number = std::get_if<std::uint64_t>(&fact)) return *number;
  if (const auto* text = std::get_if<std::string>(&fact)) return *text;
  return {};
}

json json_of(const Facts& facts) {
  json out = json::object();
  for (const auto& [name, fact] : facts) out[name] = json_of(fact);
  return out;
}

std::string hex_of(std::uint64_t number) {
  std::string out;
  do out.insert(out.begin(), "0123456789abcdef"[number & 15]);
  while ((number >>= 4) != 0);
  return "0x" + out;
}

json epc_json(const DoctorView& view) {
  if (!view.epc) return {};
  json out = json::array();
  for (const auto& row : *view.epc) out.push_back({{"base", hex_of(row.base)}, {"size", row.size}, {"property", row.property}});
  return out;
}

json check_json(const Finding& finding) {
  return {{"id", finding.id},
          {"title", finding.title},
          {"result", report::name_of(finding.outcome)},
          {"evidence", text_or_null(finding.evidence)},
          {"remedy", text_or_null(finding.remedy)},
          {"parent", text_or_null(finding.parent)},
          {"because", text_or_null(finding.because)},
          {"catalogue", finding.rows}};
}

std::string mark_of(Outcome outcome) {
  switch (outcome) {
    case Outcome::pass: return "pass";
    case Outcome::warn: return "WARN";
    case Outcome::fail: return "FAIL";
    case Outcome::skip: return "skip";
    case Outcome::unknown: return "????";
  }
  return {};
}

std::map<std::string, int> depths_of(const std::vector<Finding>& findings) {
  std::map<std::string, int> depths;
  for (const auto& finding : findings) {
    const auto parent = depths.find(finding.parent);
    depths[finding.id] = parent == depths.end() ? 0 : parent->second + 1;
  }
  return depths;
}

std::string rows_text(const Finding& finding) {
  return finding.rows.empty() ? std::string() : " [" + joined(finding.rows, " ") + "]";
}

std::string lines_of_finding(const Finding& finding, int depth) {
  const std::string indent(static_cast<std::size_t>(depth) * 2, ' ');
  std::string text = mark_of(finding.outcome) + "  " + indent + finding.title + "  (" + finding.id + ")\n";
  const std::string deeper = "        " + indent;
  if (!finding.evidence.empty()) text += deeper + shown(Untrusted(finding.evidence), evidence_limit) + rows_text(finding) + "\n";
  if (!finding.because.empty())
    text +=
        deeper + shown(Untrusted(finding.because), evidence_limit) + (finding.evidence.empty() ? rows_text(finding) : "") + "\n";
  if (!finding.remedy.empty()) text += deeper + "> " + shown(Untrusted(finding.remedy), evidence_limit) + "\n";
  return text;
}

std::string summary_line(const DoctorCounts& counts) {
  std::string text = std::to_string(counts.pass) + " pass, " + std::to_string(counts.warn) + " warn, " +
                     std::to_string(counts.fail) + " fail, " + std::to_string(counts.skip) + " skipped; ";
  if (counts.unknown == 0) return text + "nothing that could not be looked at\n";
  return text + std::to_string(counts.unknown) + " could not be looked at\n";
}

std::string cell(const std::string& text, const std::vector<std::string>& private_words) {
  return shown_in_markdown(Untrusted(anonymous(text, private_words)), evidence_limit);
}

}  // namespace

DoctorCounts count_of(const std::vector<Finding>& findings) {
  DoctorCounts counts;
  for (const auto& finding : findings) {
    switch (finding.outcome) {
      case Outcome::pass: ++counts.pass; break;
      case Outcome::warn: ++counts.warn; break;
      case Outcome::fail: ++counts.fail; break;
      case Outcome::skip: ++counts.skip; break;
      case Outcome::unknown: ++counts.unknown; break;
    }
  }
  return counts;
}

report::ExitCode doctor_code(const std::vector<Finding>& findings, bool strict) {
  const DoctorCounts counts = count_of(findings);
  return counts.fail > 0 || (strict && counts.unknown > 0) ? report::ExitCode::unsupported_machine : report::ExitCode::ok;
}

std::string doctor_text(const DoctorView& view) {
  std::string text;
  const auto depths = depths_of(view.findings);
  for (const auto& finding : view.findings) {
    const bool is_wrong = finding.outcome == Outcome::warn || finding.outcome == Outcome::fail;
    const bool is_shown = view.quiet ? is_wrong : view.verbose || is_wrong || finding.outcome == Outcome::unknown;
    if (is_shown) text += lines_of_finding(finding, depths.at(finding.id));
  }
  if (view.quiet) return text;
  std::string notes;
  for (const auto& note : view.notes) notes += note + "\n";
  return notes + text + summary_line(count_of(view.findings));
}

std::string doctor_document(const DoctorView& view) {
  json sgx = json_of(view.sgx);
  sgx["epc"] = epc_json(view);
  sgx["epc_bytes"] = view.epc_bytes ? json(*view.epc_bytes) : json();
  json checks = json::array();
  for (const auto& finding : view.findings) checks.push_back(check_json(finding));
  const DoctorCounts counts = count_of(view.findings);
  const json document = {{"schema", "cosigner.doctor/1"},
                         {"cpu", json_of(view.cpu)},
                         {"sgx", sgx},
                         {"checks", checks},
                         {"summary",
                          {{"pass", counts.pass},
                           {"warn", counts.warn},
                           {"fail", counts.fail},
                           {"skip", counts.skip},
                           {"unknown", counts.unknown}}}};
  return document.dump(1, ' ', false, json::error_handler_t::replace) + "\n";
}

std::string doctor_page(const DoctorView& view, const std::vector<std::pair<std::string, std::string>>& about,
                        const std::vector<std::string>& private_words) {
  std::string page = "# SGX host report\n\n";
  for (const auto& [name, value] : about) page += "* " + name + ": " + cell(value, private_words) + "\n";
  for (const auto& note : view.notes) page += "* " + cell(note, private_words) + "\n";
  page +=
      "\n" + summary_line(count_of(view.findings)) + "\n| Result | Check | Seen | Known as | Remedy |\n|---|---|---|---|---|\n";
  for (const auto& finding : view.findings) {
    const std::string seen = finding.evidence.empty() ? finding.because : finding.evidence;
    page += "| " + mark_of(finding.outcome) + " | " + finding.id + " | " + cell(seen, private_words) + " | " +
            joined(finding.rows, " ") + " | " + cell(finding.remedy, private_words) + " |\n";
  }
  return page;
}

}  // namespace cosigner::ui
