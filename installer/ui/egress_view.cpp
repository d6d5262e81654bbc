#include "installer/ui/egress_view.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "base/text.hpp"
#include "base/untrusted.hpp"

namespace cosigner::ui {
namespace {

using nlohmann::json;

std::string padded(std::string text, std::size_t width) {
  if (text.size() < width) text.append(width - text.size(), ' ');
  return text;
}

std::string safe(const std::string& text) { return shown(Untrusted(text), 200); }

/// RFC 4180; a cell that a spreadsheet would take for a formula is quoted and begins with an apostrophe.
std::string csv_cell(const std::string& text) {
  const bool is_formula = !text.empty() && std::string_view("=+-@").find(text.front()) != std::string_view::npos;
  std::string out = "\"" + std::string(is_formula ? "'" : "");
  for (const char c : safe(text)) out += c == '"' ? "\"\"" : std::string(1, c);
  return out + "\"";
}

bool is_ipv6(const std::string& address) { return address.find(':') != std::string::npos; }

}  // namespace

std::string egress_text(const std::vector<EgressLine>& lines, const std::vector<std::string>& notes) {
  std::size_t width = 0;
  for (const auto& line : lines) width = std::max(width, safe(line.host).size());
  std::string text = "Outbound connections that this machine needs:\n";
  for (const auto& line : lines) {
    text += "  " + padded(safe(line.host), width) + "  " + padded(std::to_string(line.port) + "/" + line.protocol, 9) + "  " +
            padded(line.when, 8) + "  " + safe(line.reason) + " (" + safe(line.owner) + ")\n";
  }
  for (const auto& note : notes) text += note + "\n";
  return text;
}

std::string egress_csv(const std::vector<EgressLine>& lines) {
  std::string text = "host,port,protocol,when,owner,reason\r\n";
  for (const auto& line : lines) {
    text += csv_cell(line.host) + "," + std::to_string(line.port) + "," + line.protocol + "," + line.when + "," +
            csv_cell(line.owner) + "," + csv_cell(line.reason) + "\r\n";
  }
  return text;
}

std::string egress_document(const std::vector<EgressLine>& lines, const std::vector<std::string>& notes) {
  json rows = json::array();
  for (const auto& line : lines) {
    rows.push_back({{"host", line.host},
                    {"port", line.port},
                    {"protocol", line.protocol},
                    {"when", line.when},
                    {"owner", line.owner},
                    {"reason", line.reason}});
  }
  return json({{"schema", "cosigner.egress/1"}, {"hosts", rows}, {"notes", notes}})
             .dump(1, ' ', false, json::error_handler_t::replace) +
         "\n";
}

std::string egress_nftables(const std::vector<EgressLine>& lines) {
  std::string rules;
  for (const auto& line : lines) {
    rules += "    # " + safe(line.host) + " " + std::to_string(line.port) + ": " + safe(line.reason) + " (" + line.when + ")\n";
    if (line.addresses.empty() && line.protocol == "udp") rules += "    udp dport " + std::to_string(line.port) + " accept\n";
    if (line.addresses.empty() && line.port == 53) rules += "    tcp dport 53 accept\n";
    if (line.addresses.empty() && line.protocol != "udp") rules += "    # its name has no address now\n";
    for (const auto& address : line.addresses) {
      rules += "    " + std::string(is_ipv6(address) ? "ip6" : "ip") + " daddr " + address + " " + line.protocol + " dport " +
               std::to_string(line.port) + " accept\n";
    }
  }
  return "# Outbound rules for `nft -f`. Addresses are those of now: make and load it again when names move.\n"
         "table inet cosigner_egress {\n  chain output {\n    type filter hook output priority 0; policy drop;\n    oifname "
         "\"lo\" accept\n    ct state established,related accept\n"
         "    meta l4proto { icmp, ipv6-icmp } accept\n" +
         rules + "  }\n}\n";
}

}  // namespace cosigner::ui
