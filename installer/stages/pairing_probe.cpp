// What the pairing stage looks at. Secrets are opened only while pairing is pending, and wiped before the probe returns.
#include "base/text.hpp"
#include "base/untrusted.hpp"
#include "installer/stages/cosigner_container.hpp"
#include "installer/stages/one_shot.hpp"
#include "installer/stages/pairing.hpp"
#include "installer/stages/quote_policy.hpp"
#include "pairing/token.hpp"

namespace cosigner::stages {
namespace {

Result<DataFolder> probe_folder(const host::HostView& host, const Path& path, const profile::CosignerContract& contract) {
  DataFolder folder;
  folder.path = path;
  const auto stat = TRY(host.files().stat(path));
  if (!stat) return folder;
  folder.there = true;
  const std::uint32_t mode = stat->attributes.mode.bits;
  const bool owner = stat->attributes.owner == host::Owner{contract.data_uid, contract.data_gid};
  folder.right = owner && (mode & 0700u) == 0700u && (mode & 0022u) == 0;
  return folder;
}

/// "name:start:count" of /etc/subuid: a range that a container of somebody else may map into.
bool range_holds(std::string_view line, std::uint32_t uid) {
  const auto parts = split(line, ':');
  if (parts.size() != 3) return false;
  const auto start = parse_number(parts[1]);
  const auto count = parse_number(parts[2]);
  return start && count && uid >= *start && uid - *start < *count;
}

Result<std::optional<std::string>> probe_uid(const host::HostView& host, std::uint32_t uid) {
  const auto user = TRY(host.accounts().user_by_id(uid));
  if (user) return std::optional<std::string>("the user " + shown(Untrusted(user->name)));
  const std::string ranges = TRY(host.files().read("/etc/subuid")).value_or("");
  for (const std::string_view line : lines_of(ranges)) {
    if (range_holds(line, uid)) return std::optional<std::string>("the range of /etc/subuid of " + shown(Untrusted(std::string(split(line, ':').front()))));
  }
  return std::optional<std::string>();
}

Result<bool> probe_database(const host::HostView& host, const std::string& data_dir) {
  const auto stat = TRY(host.files().stat(Path(data_dir + "/db/secrets.db")));
  return stat && stat->kind == host::FileKind::regular && stat->size > 0;
}

void probe_token(const host::HostView& host, const engine::StageContext& context, PairingFacts& facts) {
  const profile::SecretRef& reference = context.settings.answers.pairing_token;
  if (!reference.is_set()) return;
  const auto token = profile::open_secret(reference, host, context.credentials_directory);
  if (!token.ok()) {
    facts.token_error = token.error();
    return;
  }
  const Time now = host.clock().now();
  const auto checked = pairing::check_token(*token, now);
  if (!checked.ok()) {
    facts.token_error = checked.error();
    return;
  }
  facts.token_user = checked->user_id;
  facts.token_shown = checked->shown();
  facts.token_warning = pairing::token_warning(*checked, now);
}

}  // namespace

Result<PairingFacts> probe_pairing(const host::HostView& host, const engine::StageContext& context) {
  const profile::CosignerContract& contract = context.settings.profile.cosigner;
  PairingFacts facts;
  facts.folders.push_back(TRY(probe_folder(host, contract.data_dir, contract)));
  for (const std::string name : {"db", "config", "log", "backup", "enclave"}) {
    facts.folders.push_back(TRY(probe_folder(host, Path(contract.data_dir) / name, contract)));
  }
  facts.database = TRY(probe_database(host, contract.data_dir));
  facts.users = remembered_users(context.ledger);
  facts.device_id = context.ledger.value("pairing.physical_device_id");
  facts.leftovers = TRY(plan_leftovers(host, context));
  if (facts.paired()) return facts;

  facts.uid_owner = TRY(probe_uid(host, contract.data_uid));
  if (context.settings.profile.enclave.mode == "quote") {  // before the token is spent
    if (auto policy = wanted_policy(host, context); !policy.ok()) facts.policy_missing = std::move(policy).error();
  }
  if (const auto image = TRY(find_pinned_image(host, context))) facts.image_id = image->id;
  if (facts.image_id) facts.network = TRY(host.containers().has_network(contract.network));
  if (facts.database) return facts;
  facts.clock = TRY(probe_clock(host, context));
  probe_token(host, context, facts);
  if (!facts.token_user.empty()) {
    facts.callback = probe_callback_wish(host, context.settings);
    facts.callback_problems = check_callback(host, context.settings, facts.callback);
    if (auto memory = require_memory(host); !memory.ok()) facts.memory_error = std::move(memory).error();
  }
  return facts;
}

}  // namespace cosigner::stages
