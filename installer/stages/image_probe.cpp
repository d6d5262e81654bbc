#include "base/text.hpp"
#include "container/revision.hpp"
#include "installer/stages/image.hpp"

namespace cosigner::stages {
namespace {

/// The chassis asset tag of Azure's machines (facts 9.3).
constexpr const char* azure_asset_tag = "7783-7084-3265-9085-8269-3286-77";

std::string revision_of(const profile::Settings& settings, const state::Ledger& ledger) {
  if (!settings.answers.image_revision.empty()) return settings.answers.image_revision;
  // Nobody asked for a revision: an update since is not taken back by the profile's default.
  const std::string current = ledger.value("image.revision");
  const auto& facts = settings.profile.image;
  return !current.empty() && container::is_downgrade(current, facts.default_revision, facts.revisions) ? current : facts.default_revision;
}

/// The digest that answers or profile state for the revision; the answers' wins.
std::string stated_digest(const profile::Settings& settings, const std::string& revision) {
  if (!settings.answers.image_digest.empty()) return settings.answers.image_digest;
  const auto known = settings.profile.image.digests.find(revision);
  return known == settings.profile.image.digests.end() ? "" : known->second;
}

/// What a human said yes to when the tag was resolved: "REVISION DIGEST", one value so that the two never part.
std::string accepted_digest(const state::Ledger& ledger, const std::string& revision) {
  const std::string value = ledger.value("image.accepted");
  return value.rfind(revision + " ", 0) == 0 ? value.substr(revision.size() + 1) : "";
}

Error downgrade(const std::string& current, const std::string& wanted) {
  return make_error("image.downgrade_refused",
                    "revision " + wanted + " is older than " + current + ", which this machine had already",
                    "Pass --allow-downgrade \"the reason\" if an old revision with its known weaknesses is wanted; the reason is "
                    "kept in the journal.");
}

void choose_digest(const profile::Settings& settings, const state::Ledger& ledger, WantedImage& wanted) {
  const std::string stated = stated_digest(settings, wanted.revision);
  const std::string pinned = ledger.value("image.revision") == wanted.revision ? ledger.value("image.digest") : "";
  const bool replaces = !pinned.empty() && !stated.empty() && stated != pinned;
  if (replaces && !is_accepted_digest(settings, stated)) {
    wanted.refused = tag_moved("revision " + wanted.revision, pinned, stated);
    return;
  }
  const std::string accepted = accepted_digest(ledger, wanted.revision);
  wanted.reference.digest = !stated.empty() ? stated : !pinned.empty() ? pinned : accepted;
  wanted.is_pinned = !pinned.empty() && wanted.reference.digest == pinned;
}

Result<bool> is_azure_machine(const host::HostView& host) {
  const auto tag = TRY(host.files().read("/sys/class/dmi/id/chassis_asset_tag", 4096));
  return tag && trimmed(*tag) == azure_asset_tag;
}

Result<std::optional<host::Image>> find_here(const host::HostView& host, const engine::StageContext& context, const WantedImage& wanted) {
  const std::string id = context.ledger.value("image.id");
  if (wanted.source == "archive") {
    const bool is_loaded = !id.empty() && context.ledger.value("image.archive") == wanted.archive_sha256;
    return is_loaded ? host.containers().image(id) : Result<std::optional<host::Image>>(std::optional<host::Image>());
  }
  if (wanted.reference.digest.empty()) return std::optional<host::Image>();
  auto found = TRY(host.containers().image(wanted.reference.by_digest()));
  if (found || id.empty()) return found;
  // By id it may be here under another registry's name; the digest decides (threats R1).
  found = TRY(host.containers().image(id));
  if (found && !container::has_digest(found->repo_digests, wanted.reference.digest)) found.reset();
  return found;
}

/// Everything about a pull that is about to happen: login, tag, access. Trouble is a blocked plan, not a failure to look.
void look_at_registry(const host::HostView& host, const engine::StageContext& context, ImageProbe& probe) {
  const profile::Answers& answers = context.settings.answers;
  if (!answers.registry_username.empty() && !answers.registry_password.is_set()) {
    probe.wanting = profile::secret_needed("registry.password");
    return;
  }
  if (!answers.registry_username.empty()) {
    auto password = profile::open_secret(answers.registry_password, host, context.credentials_directory);
    if (!password) {
      probe.trouble = std::move(password).error();
      return;
    }
    probe.login = host::RegistryLogin{probe.wanted.reference.registry, answers.registry_username, std::move(*password)};
  }
  const bool knows_digest = !probe.wanted.reference.digest.empty();
  if (knows_digest && probe.login) return;  // the pull itself tells what is wrong
  const std::string question = knows_digest ? probe.wanted.reference.by_digest() : probe.wanted.reference.by_tag();
  auto digest = host.containers().resolve_tag(question, probe.login);
  if (digest) {
    if (!knows_digest) probe.resolved = *digest;
  } else if (digest.error().code == "engine.login_refused" && !probe.login) {
    probe.trouble = make_error("engine.login_needed", "the registry " + probe.wanted.reference.registry + " gives the image only to a login",
                               "Give registry.username and registry.password in the answers, or --registry-user and --registry-password-file.");
  } else {
    probe.trouble = std::move(digest).error();
  }
}

}  // namespace

WantedImage choose_image(const profile::Settings& settings, const state::Ledger& ledger, bool is_azure) {
  const profile::Answers& answers = settings.answers;
  const profile::ImageFacts& facts = settings.profile.image;
  WantedImage wanted;
  wanted.source = answers.image_source;
  wanted.revision = revision_of(settings, ledger);
  wanted.archive_sha256 = answers.image_archive_sha256;
  const std::string repository = is_azure && !facts.azure_repository.empty() ? facts.azure_repository : facts.repository;
  const std::string name = wanted.source == "mirror" ? answers.image_mirror : facts.registry + "/" + repository;
  auto reference = container::parse_reference(name + ":" + wanted.revision);
  if (!reference) {
    wanted.refused = std::move(reference).error();
    return wanted;
  }
  wanted.reference = std::move(*reference);
  const std::string current = ledger.value("image.revision");
  if (settings.downgrade_reason.empty() && container::is_downgrade(current, wanted.revision, facts.revisions)) {
    wanted.refused = downgrade(current, wanted.revision);
    return wanted;
  }
  if (wanted.source != "archive") choose_digest(settings, ledger, wanted);
  return wanted;
}

Result<ImageProbe> probe_image(const host::HostView& host, const engine::StageContext& context) {
  ImageProbe probe;
  probe.engine = TRY(probe_engine(host, context));
  probe.wanted = choose_image(context.settings, context.ledger, TRY(is_azure_machine(host)));
  if (!probe.engine.info || probe.wanted.refused) return probe;
  probe.here = TRY(find_here(host, context, probe.wanted));
  if (probe.here) return probe;
  probe.free_space = TRY(host.files().free_space(probe.engine.info->root_dir));
  if (probe.wanted.source == "archive") probe.archive_sha256 = TRY(host.files().sha256(context.settings.answers.image_archive));
  else look_at_registry(host, context, probe);
  return probe;
}

}  // namespace cosigner::stages
