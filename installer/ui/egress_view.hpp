// The list of outbound hosts and ports, in the forms that people and firewalls read.
#pragma once

#include <string>
#include <vector>

namespace cosigner::ui {

struct EgressLine {
  std::string host;
  int port = 443;
  std::string protocol;
  std::string when;  // "install", "always", "optional"
  std::string owner;
  std::string reason;
  std::vector<std::string> addresses;  // for nftables, which knows no names
};

std::string egress_text(const std::vector<EgressLine>& lines, const std::vector<std::string>& notes);
std::string egress_csv(const std::vector<EgressLine>& lines);
std::string egress_document(const std::vector<EgressLine>& lines, const std::vector<std::string>& notes);

/// A whole ruleset of its own table for `nft -f`: outbound traffic is these servers, names, time and answers, and nothing else.
/// Names are resolved to what they are now, so the set must be loaded again when they change.
std::string egress_nftables(const std::vector<EgressLine>& lines);

}  // namespace cosigner::ui
