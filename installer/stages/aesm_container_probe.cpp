#include <algorithm>

#include "base/crypto.hpp"
#include "base/text.hpp"
#include "host/regular_text.hpp"
#include "installer/stages/aesm_container.hpp"
#include "installer/stages/aesm_settings.hpp"
#include "installer/stages/aesm_talk.hpp"
#include "installer/stages/cosigner_container.hpp"
#include "profile/forms.hpp"
#include "sgx/device_nodes.hpp"
#include "sgx/qcnl.hpp"

namespace cosigner::stages {
namespace {

constexpr std::size_t small_file = 64 * 1024;
constexpr const char* aesm_role = "aesm";
constexpr const char* settings_label = "cosigner.settings";
constexpr std::uint64_t space_for_image = 1'000'000'000;

std::string role_of(const host::Container& container) {
  const auto label = container.spec.labels.find(role_label);
  return label == container.spec.labels.end() ? std::string() : label->second;
}

bool has_word(const std::string& text) { return lower(text).find("aesm") != std::string::npos; }
bool has_word(const std::vector<std::string>& texts) {
  return std::any_of(texts.begin(), texts.end(), [](const std::string& text) { return has_word(text); });
}

/// /var/run is a link to /run.
Path real_place(const Path& path) { return path.is_within("/var/run") ? Path(path.text().substr(4)) : path; }

/// The folder, a part of it, or what it lies in.
bool writes_to(const host::ContainerSpec& spec, const Path& folder) {
  return std::any_of(spec.mounts.begin(), spec.mounts.end(), [&](const host::Mounted& mount) {
    const Path place = real_place(Path(mount.source));
    const bool is_of_machine = !mount.source.empty();  // or it lies in memory
    return is_of_machine && !mount.read_only && (place.is_within(folder) || folder.is_within(place));
  });
}

/// Clients map the folder too, and may write there to connect. What makes the daemon the daemon is its program; of a container that is seen
/// in its name, its command or its image's name.
Result<bool> is_daemon(const host::HostView& host, const host::Container& container) {
  const host::ContainerSpec& spec = container.spec;
  std::vector<std::string> words = spec.command;
  words.insert(words.end(), spec.entrypoint.begin(), spec.entrypoint.end());
  if (has_word(spec.name) || has_word(words)) return true;
  const auto image = TRY(host.containers().image(spec.image_id));
  return image && (has_word(image->repo_tags) || has_word(image->repo_digests));
}

bool comes_back(const host::Container& container) { return container.running || container.state == "restarting" || container.spec.restart_policy != "no"; }

/// In the way by its name alone is a container only where ours is to get that name.
Status sort_in(const host::HostView& host, const profile::Settings& settings, host::Container container, AesmContainerFacts& facts) {
  const profile::Profile& profile = settings.profile;
  const std::string& name = container.spec.name;
  const std::string role = role_of(container);
  if (role == aesm_role) {
    if (name == profile.aesm_container.name) facts.ours = std::move(container);
    else facts.strays.push_back(name);
    return {};
  }
  const bool is_cosigners = !role.empty() || name == profile.cosigner.container_name || name == profile.cosigner.init_name;
  const bool takes_our_name = name == profile.aesm_container.name && is_container_wanted(settings);
  const bool shares = writes_to(container.spec, real_place(Path(profile.aesm_socket).parent())) && comes_back(container);
  if (shares && !is_cosigners && TRY(is_daemon(host, container))) facts.rivals.push_back(name);
  else if (takes_our_name) facts.namesake = name;
  else if (shares && !is_cosigners) facts.sharers.push_back(name);
  return {};
}

Status look_at_containers(const host::HostView& host, const profile::Settings& settings, AesmContainerFacts& facts) {
  for (const std::string& name : TRY(host.containers().names())) {
    auto container = TRY(host.containers().container(name));
    if (container) TRY(sort_in(host, settings, std::move(*container), facts));
  }
  return {};
}

/// A machine without an engine has no containers; one whose engine is down has those that the engine brings back.
Status note_unseen(const host::HostView& host, const engine::StageContext& context, Error error, AesmContainerFacts& facts) {
  std::vector<std::string> ours;
  for (const auto& [key, entry] : context.ledger.entries)
    if (entry.kind == "container" && entry.stage == "sgx-packages") ours.push_back(entry.subject);
  const bool is_down = error.code == "engine.unreachable";
  if (is_down && ours.empty()) return {};
  facts.unseen = std::move(error);
  if (is_down && !TRY(host.services().states({engine_unit}))[engine_unit].found) return {};
  facts.hidden = std::move(ours);
  return {};
}

TaggedImage wanted_image(const profile::Settings& settings) {
  const profile::AesmContainer& facts = settings.profile.aesm_container;
  const std::string& name = settings.answers.legacy_epid ? facts.epid_image : facts.image;
  const auto known = facts.digests.find(name);
  const std::string of_profile = known == facts.digests.end() ? "" : known->second;
  return {name, facts.tag, settings.answers.aesm_digest.empty() ? of_profile : settings.answers.aesm_digest, "aesm.image", space_for_image};
}

/// A certificate service on this very machine is reached only from the machine's own network.
bool is_on_this_machine(const std::string& qcnl) {
  if (qcnl.empty()) return false;  // the library's own fallback is nobody's wish
  const std::string name = profile::host_of_url(sgx::read_qcnl(qcnl).pccs_url);
  return name == "localhost" || name.rfind("127.", 0) == 0 || name == "[::1]" || name == "::1";
}

std::vector<host::DeviceMapping> devices_of(const host::HostView& host) {
  std::vector<host::DeviceMapping> out;
  for (const auto* names : {&sgx::enclave_nodes(), &sgx::provision_nodes()}) {
    const std::string node(sgx::find_node(host.devices(), *names).name.path);
    out.push_back({node, node});
  }
  return out;
}

Status compare(const host::HostView& host, const engine::StageContext& context, AesmContainerFacts& facts) {
  const std::string id = facts.image.here ? facts.image.here->id : facts.ours->spec.image_id;
  const host::ContainerSpec wanted = TRY(aesm_container_spec(host, context.settings, id));
  facts.differences = differences(wanted, facts.ours->spec);
  const auto label = facts.ours->spec.labels.find(settings_label);
  if (label == facts.ours->spec.labels.end() || label->second != wanted.labels.at(settings_label)) facts.differences.emplace_back("settings that it has read");
  return {};
}

Status look_at_wanted(const host::HostView& host, const engine::StageContext& context, AesmContainerFacts& facts) {
  const profile::Profile& profile = context.settings.profile;
  facts.engine = TRY(probe_engine(host, context));
  facts.image = TRY(probe_pinned_image(host, context, wanted_image(context.settings), facts.engine.info));
  const auto folder = TRY(host.files().stat(real_place(Path(profile.aesm_socket).parent())));
  facts.has_folder = folder && folder->kind == host::FileKind::directory;
  facts.has_rule_folder = TRY(host.files().stat(aesm_folder_rule_path.parent())).has_value();
  const auto states = TRY(host.services().states({profile.aesm_unit}));
  if (const auto unit = states.find(profile.aesm_unit); unit != states.end()) facts.daemon.unit = unit->second;
  if (!facts.ours) return {};
  TRY(compare(host, context, facts));
  if (facts.ours->running && facts.differences.empty()) look_for_answer(host, profile.aesm_socket, facts.daemon);
  return {};
}

}  // namespace

bool is_container_wanted(const profile::Settings& settings) { return settings.answers.aesm == "container"; }

Result<host::ContainerSpec> aesm_container_spec(const host::HostView& host, const profile::Settings& settings, const std::string& image_id) {
  const auto qcnl = TRY(host::regular_text(host.files(), qcnl_path, small_file));
  const auto conf = TRY(host::regular_text(host.files(), aesmd_conf_path, small_file));
  const std::string folder = Path(settings.profile.aesm_socket).parent().text();
  host::ContainerSpec spec;
  spec.name = settings.profile.aesm_container.name;
  spec.image_id = image_id;
  if (is_on_this_machine(qcnl)) spec.network = "host";
  spec.mounts = {{folder, folder, false}};  // the folder: the socket in it is made anew at each start (facts, section 6)
  if (!qcnl.empty()) spec.mounts.push_back({qcnl_path.text(), qcnl_path.text(), true});
  if (!conf.empty()) spec.mounts.push_back({aesmd_conf_path.text(), aesmd_conf_path.text(), true});
  spec.devices = devices_of(host);
  spec.group_ids = TRY(device_groups(host, spec.devices));
  spec.restart_policy = "always";
  spec.init_process = true;
  spec.log_options = {{"max-size", "10m"}, {"max-file", "3"}};
  spec.labels = {{role_label, aesm_role}, {spec_label, fingerprint_of(spec)}, {settings_label, sha256_hex(qcnl + '\0' + conf)}};
  return spec;
}

Result<AesmContainerFacts> probe_aesm_container(const host::HostView& host, const engine::StageContext& context) {
  AesmContainerFacts facts;
  auto looked = look_at_containers(host, context.settings, facts);
  if (!looked.ok()) TRY(note_unseen(host, context, std::move(looked).error(), facts));
  facts.folder_rule = TRY(host.files().read(aesm_folder_rule_path, small_file));
  facts.guard = TRY(host.files().read(aesm_guard_path, small_file));
  if (is_container_wanted(context.settings)) TRY(look_at_wanted(host, context, facts));
  return facts;
}

}  // namespace cosigner::stages
