#include "host/posix/dpkg_status.hpp"

#include "base/text.hpp"

namespace cosigner::host {
namespace {

struct Paragraph {
  std::string_view package, status, version, architecture;
};

void take_line(Paragraph& paragraph, std::string_view line) {
  struct Field {
    std::string_view name;
    std::string_view* value;
  };
  const Field fields[] = {{"Package:", &paragraph.package},
                          {"Status:", &paragraph.status},
                          {"Version:", &paragraph.version},
                          {"Architecture:", &paragraph.architecture}};
  for (const Field& field : fields)
    if (line.substr(0, field.name.size()) == field.name) *field.value = trimmed(line.substr(field.name.size()));
}

void take_paragraph(std::map<std::string, Package>& packages, const Paragraph& paragraph) {
  const bool ours = paragraph.architecture.empty() || paragraph.architecture == "amd64" || paragraph.architecture == "all";
  const std::size_t blank = paragraph.status.rfind(' ');
  if (paragraph.package.empty() || blank == std::string_view::npos || !ours) return;
  // "want flag status": a package that has to be installed again is not done, whatever its status says.
  const bool again = paragraph.status.find(" reinstreq ") != std::string_view::npos;
  const std::string status(again ? "half-installed" : paragraph.status.substr(blank + 1));
  const std::string name(paragraph.package);
  packages[name] = Package{name, std::string(paragraph.version), status};
}

}  // namespace

std::map<std::string, Package> parse_dpkg_status(std::string_view text) {
  std::map<std::string, Package> packages;
  Paragraph paragraph;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    const std::string_view line = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    if (line.empty()) {
      take_paragraph(packages, paragraph);
      paragraph = Paragraph{};
    } else if (line[0] == 'P' || line[0] == 'S' || line[0] == 'V' || line[0] == 'A') {
      take_line(paragraph, line);
    }
  }
  take_paragraph(packages, paragraph);
  return packages;
}

bool is_half_done(const Package& package) {
  return package.status != "installed" && package.status != "config-files" && package.status != "not-installed";
}

}  // namespace cosigner::host
