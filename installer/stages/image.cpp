#include "installer/stages/image.hpp"

#include "base/text.hpp"

namespace cosigner::stages {
namespace {

using engine::StagePlan;
using engine::Step;
using report::Outcome;

/// Room for the image packed and unpacked, with something left for the engine itself.
constexpr std::uint64_t space_for_image = 3'000'000'000;
constexpr const char* image_title = "The co-signer's image is here";

void find(StagePlan& plan, const char* id, const char* title, Outcome outcome, std::string evidence, std::string remedy = {}) {
  plan.findings.push_back({id, title, outcome, std::move(evidence), std::move(remedy), {}, {}});
}

/// All four at once: a digest without its revision would be believed for another one.
std::map<std::string, std::string> pinned_values(const WantedImage& wanted, const std::string& id) {
  if (wanted.source == "archive")
    return {{"image.reference", ""}, {"image.digest", ""}, {"image.id", id}, {"image.revision", wanted.revision}, {"image.archive", wanted.archive_sha256}};
  return {{"image.reference", wanted.reference.by_digest()}, {"image.digest", wanted.reference.digest}, {"image.id", id}, {"image.revision", wanted.revision}, {"image.archive", ""}};
}

bool is_remembered(const state::Ledger& ledger, const std::map<std::string, std::string>& values) {
  for (const auto& [name, value] : values)
    if (ledger.value(name) != value) return false;
  return true;
}

void plan_pin(const ImageProbe& probe, const state::Ledger& ledger, StagePlan& plan) {
  const WantedImage& wanted = probe.wanted;
  find(plan, "image.here", image_title, Outcome::pass, "revision " + wanted.revision + " is here, " + (wanted.reference.digest.empty() ? probe.here->id : wanted.reference.digest));
  if (is_remembered(ledger, pinned_values(wanted, probe.here->id))) return;
  Step step;
  step.id = "pin";
  step.payload = engine::Custom{"image pin", {{"subject", wanted.reference.by_tag()}, {"digest", wanted.reference.digest}, {"id", probe.here->id}}};
  step.why = "from now on this revision is this image and no other";
  step.undo = "forgotten with the journal";
  step.ownership = "";
  plan.steps.push_back(std::move(step));
}

void plan_load(const ImageProbe& probe, const profile::Answers& answers, StagePlan& plan) {
  if (!probe.archive_sha256) {
    plan.blocked = make_error("image.archive_missing", "the image archive " + answers.image_archive + " is not there", "Put the file there or correct image.archive.");
    return;
  }
  if (*probe.archive_sha256 != answers.image_archive_sha256) {
    plan.blocked = make_error("image.archive_mismatch", answers.image_archive + " has SHA-256 " + *probe.archive_sha256 + ", not " + answers.image_archive_sha256,
                              "Fetch the archive again, or correct image.archiveSha256 after comparing it with its source.");
    return;
  }
  Step step;
  step.id = "load";
  step.payload = engine::Custom{"image load", {{"subject", answers.image_archive}, {"sha256", answers.image_archive_sha256}}};
  step.why = "the image of the archive is not here";
  step.undo = "the image is removed";
  plan.steps.push_back(std::move(step));
}

void plan_pull(const ImageProbe& probe, const profile::Settings& settings, StagePlan& plan) {
  if (probe.wanting) {
    plan.waiting = probe.wanting;
    return;
  }
  if (probe.trouble) {
    plan.blocked = probe.trouble;
    return;
  }
  container::ImageRef reference = probe.wanted.reference;
  if (reference.digest.empty()) {
    reference.digest = probe.resolved.value_or("");
    find(plan, "image.digest", "The image's digest is known", Outcome::pass, reference.by_tag() + " is " + reference.digest + " now");
    if (!is_accepted_digest(settings, reference.digest)) {
      plan.blocked = digest_unaccepted(probe.wanted.reference, reference.digest);
      return;
    }
    Step accept;
    accept.id = "accept";
    accept.payload = engine::Remember{"image.accepted", probe.wanted.revision + " " + reference.digest};
    accept.why = "the digest was accepted; from now on the tag is not asked again";
    accept.undo = "forgotten with the journal";
    accept.ownership = "";
    plan.steps.push_back(std::move(accept));
  }
  Step step;
  step.id = "pull";
  step.payload = engine::PullImage{reference.by_digest(), probe.login};
  step.why = "revision " + probe.wanted.revision + " is not here";
  step.undo = "the image is removed";
  plan.steps.push_back(std::move(step));
}

void plan_arrival(const ImageProbe& probe, const profile::Settings& settings, StagePlan& plan) {
  if (probe.free_space < space_for_image) {
    plan.blocked = make_error("image.disk_full", "the engine keeps its images in " + probe.engine.info->root_dir + ", where " + to_people_size(probe.free_space) + " are free; " + to_people_size(space_for_image) + " are needed",
                              "Free disk space there.");
    return;
  }
  if (probe.wanted.source == "archive") plan_load(probe, settings.answers, plan);
  else plan_pull(probe, settings, plan);
}

/// An image that the next steps bring is a thing to do; one that cannot be had is a failure.
void plan_missing(const ImageProbe& probe, const profile::Settings& settings, StagePlan& plan) {
  plan_arrival(probe, settings, plan);
  find(plan, "image.here", image_title, plan.blocked ? Outcome::fail : Outcome::skip, "revision " + probe.wanted.revision + " of the co-signer's image is not here yet");
  if (!plan.blocked) plan.findings.back().because = plan.waiting ? "a password is waited for" : "it will be fetched";
}

class ImageStage : public engine::Stage {
 public:
  std::string id() const override { return "image"; }
  std::string title() const override { return "Container engine and co-signer image"; }

  Result<StagePlan> look(const host::HostView& host, const engine::StageContext& context) const override {
    const ImageProbe probe = TRY(probe_image(host, context));
    return plan_image(probe, context);
  }

  Result<engine::Remembered> apply(const engine::Custom& step, host::Host& host, const engine::StageContext& context, const host::ProgressSink& progress) const override {
    if (step.name == "image pin") return pin(host, context);
    if (step.name == "image load") return load(host, context, progress);
    return engine::Stage::apply(step, host, context, progress);
  }

 private:
  /// Looked at once more: between plan and step another image could have taken the name (threats R1).
  static Result<engine::Remembered> pin(host::Host& host, const engine::StageContext& context) {
    const ImageProbe probe = TRY(probe_image(host, context));
    if (!probe.here) return make_error("engine.image_not_found", "the image went away before it could be pinned", "Run the command again.");
    return pinned_values(probe.wanted, probe.here->id);
  }

  static Result<engine::Remembered> load(host::Host& host, const engine::StageContext& context, const host::ProgressSink& progress) {
    const ImageProbe probe = TRY(probe_image(host, context));
    const profile::Answers& answers = context.settings.answers;
    if (probe.archive_sha256 != answers.image_archive_sha256)
      return make_error("image.archive_mismatch", answers.image_archive + " changed while it was looked at", "Fetch the archive again.");
    const auto ids = TRY(host.change_containers().load(answers.image_archive, progress));
    if (ids.size() != 1)
      return make_error("image.archive_ambiguous", answers.image_archive + " holds " + std::to_string(ids.size()) + " images instead of one", "Save the co-signer's image alone.");
    return pinned_values(probe.wanted, ids.front());
  }
};

}  // namespace

StagePlan plan_image(const ImageProbe& probe, const engine::StageContext& context) {
  StagePlan plan;
  if (probe.wanted.refused) {
    plan.blocked = probe.wanted.refused;
    return plan;
  }
  plan_engine(probe.engine, context.settings, plan);
  if (plan.blocked) return plan;
  if (!probe.engine.info) {
    plan.continues = true;
    find(plan, "image.here", image_title, Outcome::unknown, "revision " + probe.wanted.revision + " is looked for when the engine answers");
    return plan;
  }
  if (!plan.steps.empty()) plan.continues = true;
  if (probe.here) plan_pin(probe, context.ledger, plan);
  else plan_missing(probe, context.settings, plan);
  return plan;
}

std::unique_ptr<engine::Stage> make_image_stage() { return std::make_unique<ImageStage>(); }

}  // namespace cosigner::stages
