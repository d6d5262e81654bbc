#include "installer/stages/node_access.hpp"

#include <map>

#include "base/text.hpp"
#include "installer/checks/catalog.hpp"
#include "installer/stages/aesm_talk.hpp"
#include "sgx/node_rules.hpp"

namespace cosigner::stages {
namespace {

using engine::Disruption;

constexpr std::uint32_t group_only = 0660, everybody = 0666;
constexpr std::size_t rule_limit = 256 * 1024;
// The order of udev: a file of the same name in an earlier folder stands for the later ones.
constexpr const char* rule_folders[] = {"/etc/udev/rules.d", "/run/udev/rules.d", "/usr/local/lib/udev/rules.d", "/usr/lib/udev/rules.d", "/lib/udev/rules.d"};

struct Node {
  const char* path;
  const char* kernel_name;
  const char* group;
  bool is_enclave;
};

constexpr Node nodes[] = {{"/dev/sgx_enclave", "sgx_enclave", enclave_group, true},
                          {"/dev/sgx_provision", "sgx_provision", provision_group, false},
                          {"/dev/sgx/enclave", "enclave", enclave_group, true},
                          {"/dev/sgx/provision", "provision", provision_group, false}};

std::string octal(std::uint32_t bits) {
  std::string out;
  for (int shift = 9; shift >= 0; shift -= 3) out += static_cast<char>('0' + ((bits >> shift) & 7));
  return out;
}

/// Older rules open the enclave device to everybody; that is told, and left.
bool is_good_mode(const Node& node, std::uint32_t mode) { return mode == group_only || (node.is_enclave && mode == everybody); }

bool is_brought_by(const sgx::NodeRule& rule, const Node& node) {
  if (node.is_enclave && rule.mode == everybody) return true;
  return rule.group == node.group && rule.mode == group_only;
}

/// Texts of all rule files but ours, in udev's order.
Result<std::vector<std::string>> installed_rules(const host::FilesView& files) {
  std::map<std::string, Path> by_name;
  for (const char* folder : rule_folders) {
    for (const auto& name : TRY(files.list(folder))) {
      const bool is_rule = name.size() > 6 && name.substr(name.size() - 6) == ".rules";
      if (is_rule && name != own_rule_file.name()) by_name.emplace(name, Path(folder) / name);
    }
  }
  std::vector<std::string> texts;
  for (const auto& [name, path] : by_name) {
    const auto text = files.read(path, rule_limit);  // a link to /dev/null switches a file off
    if (text.ok() && *text) texts.push_back(**text);
  }
  return texts;
}

std::string line_of(const Node& node) {
  return std::string("SUBSYSTEM==\"misc\", KERNEL==\"") + node.kernel_name + "\", GROUP=\"" + node.group + "\", MODE=\"0660\"\n";
}

struct Seen {
  bool is_there = false;
  bool is_right = false;
  bool is_open = false;
  std::string evidence;
};

Result<Seen> look_at(const host::HostView& host, const Node& node) {
  Seen seen;
  const auto stat = TRY(host.files().stat(node.path));
  const auto group = TRY(host.accounts().group(node.group));
  if (!stat || stat->kind != host::FileKind::character_device || !group) return seen;
  const auto& [mode, owner] = stat->attributes;
  seen.is_there = true;
  seen.is_open = node.is_enclave && mode.bits == everybody;
  seen.is_right = seen.is_open || (owner.gid == group->gid && is_good_mode(node, mode.bits));
  seen.evidence = std::string(node.path) + " has mode " + octal(mode.bits) + " and group " + std::to_string(owner.gid) + " instead of 0660 and " + node.group + " (" + std::to_string(group->gid) + ")";
  return seen;
}

Result<std::vector<std::string>> wrong_nodes(const host::HostView& host) {
  std::vector<std::string> out;
  for (const Node& node : nodes) {
    const Seen seen = TRY(look_at(host, node));
    if (seen.is_there && !seen.is_right) out.push_back(seen.evidence);
  }
  return out;
}

}  // namespace

Result<NodeAccessFacts> probe_node_access(const host::HostView& host, const engine::StageContext& context) {
  NodeAccessFacts facts;
  const bool is_ours = context.ledger.find("file", own_rule_file.text()) != nullptr;
  std::vector<const Node*> in_question;
  for (const Node& node : nodes) {
    const Seen seen = TRY(look_at(host, node));
    if (!seen.is_there) continue;
    if (seen.is_open) facts.open_node = node.path;
    if (!seen.is_right) facts.wrong.push_back(seen.evidence);
    if (!seen.is_right || (is_ours && !seen.is_open)) in_question.push_back(&node);
  }
  facts.is_rule_right = true;
  if (in_question.empty()) return facts;
  const auto rules = TRY(installed_rules(host.files()));
  for (const Node* node : in_question) {
    if (!is_brought_by(sgx::rule_of_node(rules, node->kernel_name), *node)) facts.rule_text += line_of(*node);
  }
  if (facts.rule_text.empty()) return facts;
  facts.rule_text = "# Written by cosigner setup: who may use the SGX devices.\n" + facts.rule_text;
  const auto text = TRY(host.files().read(own_rule_file, rule_limit));
  facts.is_rule_right = text && *text == facts.rule_text;
  facts.has_rule_folder = TRY(host.files().stat(own_rule_file.parent())).has_value();
  return facts;
}

void judge_node_access(const NodeAccessFacts& facts, engine::StagePlan& plan) {
  if (!facts.wrong.empty()) {
    plan.findings.push_back({"sgx.node_modes", "The devices belong to their groups", report::Outcome::warn, joined(facts.wrong, "; "), "", "", "", {"B8", "B10"}});
  } else if (!facts.open_node.empty()) {
    plan.findings.push_back({"sgx.node_modes", "The devices belong to their groups", report::Outcome::warn, "every user may use " + facts.open_node + ", by an older rule; it is left so",
                             checks::remedy("udev_rule_old"), "", "", {"B20"}});
  }
}

std::vector<engine::Step> plan_node_access(const NodeAccessFacts& facts) {
  std::vector<engine::Step> steps;
  if (!facts.is_rule_right) {
    if (!facts.has_rule_folder)
      steps.push_back({"device-rule-folder", engine::MakeDirectory{own_rule_file.parent(), {{0755}, {}}}, "udev reads the rules of this machine there.", "Remove it when it is empty.", Disruption::none, true, "created"});
    steps.push_back({"device-rule", engine::WriteFile{own_rule_file, facts.rule_text, {{0644}, {}}, "file", true, false}, "The rules that are installed do not give the devices to their groups.",
                     "Remove the file.", Disruption::none, true, "created"});
  }
  if (!facts.is_rule_right || !facts.wrong.empty()) {
    steps.push_back({"device-rules", engine::Custom{"device rules", {{"subject", "SGX devices"}}}, "udev gave the devices their owners before its rules or groups were there.", "Nothing to undo.",
                     Disruption::none, true, ""});
  }
  return steps;
}

Status apply_device_rules(host::Host& host, const engine::StageContext&) {
  TRY(host.change_kernel().apply_device_rules());
  const auto wrong = TRY(wrong_nodes(host));
  if (wrong.empty()) return {};
  return make_error("sgx.node_modes", "udev has applied its rules, and still " + joined(wrong, "; "), checks::remedy("node_modes"));
}

}  // namespace cosigner::stages
