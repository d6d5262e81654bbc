// The stage `image`: a container engine, and the co-signer's image by its digest (contracts 6, "Image sources").
//
// Sources in this order: already here; an archive file with its SHA-256; an own mirror with a digest; the registry with the login that
// was given. A tag is resolved once, shown, accepted and pinned: what the stage remembers is image.reference, image.digest,
// image.id, image.revision (and image.archive for an archive). No traffic when the pinned image is here.
//
// Blocks with `engine.*` and with `image.digest_unaccepted`, `image.tag_moved`, `image.downgrade_refused`, `image.archive_mismatch`,
// `image.archive_missing`, `image.disk_full`, `engine.login_needed`.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "container/reference.hpp"
#include "engine/stage.hpp"
#include "installer/stages/docker_engine.hpp"
#include "installer/stages/pinned_image.hpp"

namespace cosigner::stages {

/// Which image is wanted, from answers, profile and ledger alone.
struct WantedImage {
  std::string source;  // "registry", "mirror", "archive"
  container::ImageRef reference;  // its digest is empty while none is known
  std::string revision;
  std::string archive_sha256;
  bool is_pinned = false;        // the digest is the remembered one of this revision
  std::optional<Error> refused;  // moved tag, downgrade, unusable reference
};

/// `is_azure`: this machine is one of Azure's, whose image is another. Pure.
WantedImage choose_image(const profile::Settings& settings, const state::Ledger& ledger, bool is_azure);

struct ImageProbe {
  EngineFacts engine;
  WantedImage wanted;
  std::optional<host::Image> here;

  // Only looked at when the image is not here:
  std::optional<host::RegistryLogin> login;
  std::optional<std::string> resolved;   // digest that the registry gives for the tag
  std::optional<Error> trouble;          // the registry or a secret could not be asked
  std::optional<Error> wanting;          // a human has to bring the password first
  std::uint64_t free_space = 0;
  std::optional<std::string> archive_sha256;  // of the file as it is
};

Result<ImageProbe> probe_image(const host::HostView& host, const engine::StageContext& context);

/// Pure.
engine::StagePlan plan_image(const ImageProbe& probe, const engine::StageContext& context);

std::unique_ptr<engine::Stage> make_image_stage();

}  // namespace cosigner::stages
