// What the doctor alone reads: logs, the kernel's table of sockets, the quote provider's settings as people are told of them, and
// the order of package versions.
#include "apt/version_order.hpp"
#include "base/text.hpp"
#include "fuzz/harness/rules.hpp"
#include "fuzz/harness/target.hpp"
#include "installer/checks/matching.hpp"
#include "installer/checks/tcp_table.hpp"
#include "sgx/qcnl_report.hpp"

using namespace cosigner;
using namespace cosigner::fuzz;

namespace {

void judge_log(std::string_view text) {
  const std::size_t lines = lines_of(text).size();
  for (const auto& match : checks::find_troubles(text)) {
    require(match.trouble != nullptr && match.places > 0 && match.places <= lines, "a trouble in more lines than there are");
    require(match.line > 0 && match.line <= lines, "a trouble in a line that is not there");
    require(text.find(match.excerpt) != std::string_view::npos, "an excerpt of another text");
  }
}

void judge_sockets(std::string_view text) {
  unsigned before = 0;
  for (const auto& listener : checks::listeners_in(text)) {
    require(listener.port <= 65535, "a port that is none");
    require(listener.port >= before, "ports out of their order");
    before = listener.port;
  }
}

void judge_settings(std::string_view text) {
  const auto report = sgx::report_qcnl(text);
  const auto settings = sgx::read_qcnl(text);
  require(report.settings.pccs_url == settings.pccs_url, "people are told of another provider than the library goes by");
  if (settings.syntax == sgx::QcnlSyntax::json) require(report.trouble.empty(), "a trouble in a file that can be read");
}

void judge_versions(std::string_view text) {
  const auto parts = split(text, '\n');
  for (std::size_t i = 0; i < parts.size() && i < 6; ++i) {
    require(apt::compare_versions(parts[i], parts[i]) == 0, "a version differs from itself");
    require(apt::upstream_numbers(parts[i]).find_first_not_of("0123456789.") == std::string_view::npos, "numbers with letters");
    for (std::size_t j = 0; j < i; ++j) {
      const int there = apt::compare_versions(parts[i], parts[j]), back = apt::compare_versions(parts[j], parts[i]);
      require((there < 0) == (back > 0) && (there == 0) == (back == 0), "an order that depends on who asks");
      for (std::size_t k = 0; k < j; ++k) {
        const int onward = apt::compare_versions(parts[j], parts[k]);
        if (there <= 0 && onward <= 0) require(apt::compare_versions(parts[i], parts[k]) <= 0, "an order that goes round");
      }
    }
  }
}

}  // namespace

FUZZ_TARGET(doctor_text) {
  static constexpr void (*judges[])(std::string_view) = {judge_log, judge_sockets, judge_settings, judge_versions};
  judges[take_choice(input, 4)](input);
}
