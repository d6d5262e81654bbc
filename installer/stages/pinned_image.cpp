#include "installer/stages/pinned_image.hpp"

#include <algorithm>

#include "base/text.hpp"
#include "installer/stages/docker_engine.hpp"

namespace cosigner::stages {
namespace {

using engine::StagePlan;
using engine::Step;

constexpr const char* digest_place = "digest ";

/// What a human said yes to: the reference and the digest in one value, so that the two never part.
std::string remembered_yes(const state::Ledger& ledger, const TaggedImage& wanted, const std::string& reference) {
  const std::string value = ledger.value(wanted.memory + ".accepted");
  return value.rfind(reference + " ", 0) == 0 ? value.substr(reference.size() + 1) : "";
}

PinnedImageFacts choose(const engine::StageContext& context, const TaggedImage& wanted) {
  PinnedImageFacts facts;
  facts.wanted = wanted;
  auto reference = container::parse_reference(wanted.name + ":" + wanted.tag);
  if (!reference) {
    facts.refused = std::move(reference).error();
    return facts;
  }
  facts.reference = std::move(*reference);
  const std::string tagged = facts.reference.by_tag();
  const std::string& stated = wanted.stated_digest;
  const std::string pinned = context.ledger.value(wanted.memory) == tagged ? context.ledger.value(wanted.memory + ".digest") : "";
  const bool replaces = !pinned.empty() && !stated.empty() && stated != pinned;
  if (replaces && !is_accepted_digest(context.settings, stated)) facts.refused = tag_moved(tagged, pinned, stated);
  facts.reference.digest = !stated.empty() ? stated : !pinned.empty() ? pinned : remembered_yes(context.ledger, wanted, tagged);
  return facts;
}

Result<std::optional<host::Image>> find_here(const host::HostView& host, const engine::StageContext& context, const PinnedImageFacts& facts) {
  if (facts.reference.digest.empty()) return std::optional<host::Image>();
  auto found = TRY(host.containers().image(facts.reference.by_digest()));
  const std::string id = context.ledger.value(facts.wanted.memory + ".id");
  if (found || id.empty()) return found;
  found = TRY(host.containers().image(id));  // under another name, perhaps; the digest decides (threats R1)
  if (found && !container::has_digest(found->repo_digests, facts.reference.digest)) found.reset();
  return found;
}

void plan_pull(const PinnedImageFacts& facts, const engine::StageContext& context, StagePlan& plan) {
  container::ImageRef reference = facts.reference;
  if (reference.digest.empty()) {
    reference.digest = facts.resolved.value_or("");
    if (!is_accepted_digest(context.settings, reference.digest)) {
      plan.blocked = digest_unaccepted(facts.reference, reference.digest);
      return;
    }
    plan.steps.push_back({"image-accept", engine::Remember{facts.wanted.memory + ".accepted", reference.by_tag() + " " + reference.digest}, "The digest was accepted; from now on the tag is not asked again.",
                          "Forgotten with the journal.", engine::Disruption::none, true, ""});
  }
  plan.steps.push_back({"image-pull", engine::PullImage{reference.by_digest(), std::nullopt}, reference.by_tag() + " is not here.", "The image is removed.", engine::Disruption::none, true, "created"});
}

Error disk_full(const PinnedImageFacts& facts, const host::EngineInfo& engine) {
  return make_error("image.disk_full", "the engine keeps its images in " + engine.root_dir + ", where " + to_people_size(facts.free_space) + " are free; " + to_people_size(facts.wanted.space) + " are needed",
                    "Free disk space there.");
}

bool is_remembered(const state::Ledger& ledger, const engine::Remembered& values) {
  return std::all_of(values.begin(), values.end(), [&](const auto& each) { return ledger.value(each.first) == each.second; });
}

}  // namespace

bool is_accepted_digest(const profile::Settings& settings, const std::string& digest) {
  const auto& accepted = settings.accepted_digests;
  return std::find(accepted.begin(), accepted.end(), digest) != accepted.end();
}

Error digest_unaccepted(const container::ImageRef& reference, const std::string& digest) {
  Error error = make_error("image.digest_unaccepted", "the registry gives for " + reference.by_tag() + " the digest " + digest + ", which nobody has accepted yet",
                           "Compare it with what the vendor published, then run again with --accept-digest " + digest + ".");
  return std::move(error).within(digest_place + digest);
}

std::optional<std::string> offered_digest(const Error& error) {
  if (error.code != "image.digest_unaccepted") return std::nullopt;
  for (const std::string& place : error.context)
    if (place.rfind(digest_place, 0) == 0) return place.substr(std::string_view(digest_place).size());
  return std::nullopt;
}

Error tag_moved(const std::string& what, const std::string& pinned, const std::string& stated) {
  return make_error("image.tag_moved", what + " was pinned to " + pinned + ", and is now said to be " + stated, "If the vendor replaced it, run again with --accept-digest " + stated + ".");
}

Result<PinnedImageFacts> probe_pinned_image(const host::HostView& host, const engine::StageContext& context, const TaggedImage& wanted, const std::optional<host::EngineInfo>& engine) {
  PinnedImageFacts facts = choose(context, wanted);
  if (facts.refused || !engine) return facts;
  facts.here = TRY(find_here(host, context, facts));
  if (facts.here) return facts;
  facts.free_space = TRY(host.files().free_space(engine->root_dir));
  if (!facts.reference.digest.empty()) return facts;  // the pull itself tells what is wrong
  auto digest = host.containers().resolve_tag(facts.reference.by_tag(), std::nullopt);
  if (digest) facts.resolved = *digest;
  else facts.trouble = std::move(digest).error();
  return facts;
}

void plan_pinned_image(const PinnedImageFacts& facts, const engine::StageContext& context, const host::EngineInfo& engine, StagePlan& plan) {
  plan.blocked = facts.refused ? facts.refused : facts.trouble;
  if (!plan.blocked && is_insecure_registry(engine, facts.reference.registry)) plan.blocked = registry_insecure(facts.reference.registry);
  if (plan.blocked) return;
  if (!facts.here) {
    if (facts.free_space < facts.wanted.space) plan.blocked = disk_full(facts, engine);
    else plan_pull(facts, context, plan);
    plan.continues = true;
    return;
  }
  if (is_remembered(context.ledger, pinned_image_values(facts))) return;
  const std::map<std::string, std::string> arguments = {{"subject", facts.reference.by_tag()}, {"digest", facts.reference.digest}, {"id", facts.here->id}};
  plan.steps.push_back({"image-pin", engine::Custom{"image pin", arguments}, "From now on this tag is this image and no other.", "Forgotten with the journal.", engine::Disruption::none, true, ""});
}

engine::Remembered pinned_image_values(const PinnedImageFacts& facts) {
  const std::string& memory = facts.wanted.memory;
  return {{memory, facts.reference.by_tag()}, {memory + ".digest", facts.reference.digest}, {memory + ".id", facts.here ? facts.here->id : ""}};
}

}  // namespace cosigner::stages
