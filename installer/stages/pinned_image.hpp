// An image that is wanted by its tag: resolved once over TLS, accepted by a human, an answer or the profile, and from then on this digest
// and no other (contracts 6). What the image stage and AESM's container share, and all of it that the latter needs.
//
// Blocks with `image.digest_unaccepted`, `image.tag_moved`, `image.disk_full`, `image.reference_malformed`, `engine.registry_insecure`.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "container/reference.hpp"
#include "engine/stage.hpp"

namespace cosigner::stages {

/// --accept-digest or a typed yes.
bool is_accepted_digest(const profile::Settings& settings, const std::string& digest);

/// `image.digest_unaccepted`; offered_digest reads from it what a person may accept.
Error digest_unaccepted(const container::ImageRef& reference, const std::string& digest);
std::optional<std::string> offered_digest(const Error& error);

/// `image.tag_moved`, with both values. `what`: "revision 1.2", or the tagged reference.
Error tag_moved(const std::string& what, const std::string& pinned, const std::string& stated);

struct TaggedImage {
  std::string name;           // "registry.example/team/image"
  std::string tag;
  std::string stated_digest;  // of the answers, else of the profile; empty: neither
  std::string memory;         // ledger names: MEMORY (the tagged reference), MEMORY.digest, MEMORY.id, MEMORY.accepted ("REFERENCE DIGEST")
  std::uint64_t space = 0;    // bytes that it needs, packed and unpacked
};

struct PinnedImageFacts {
  TaggedImage wanted;
  container::ImageRef reference;  // its digest is empty while none is known
  std::optional<Error> refused;   // moved tag, malformed reference
  std::optional<host::Image> here;
  std::optional<std::string> resolved;  // looked at only when it is not here and no digest is known
  std::optional<Error> trouble;         // the registry could not be asked
  std::uint64_t free_space = 0;
};

/// `engine`: nothing when none answers; then only what answers, profile and ledger say is known.
Result<PinnedImageFacts> probe_pinned_image(const host::HostView& host, const engine::StageContext& context, const TaggedImage& wanted, const std::optional<host::EngineInfo>& engine);

/// Accept, pull, pin. After these steps the image may still not be here: the plan then `continues`. The pin is the custom step
/// "image pin", whose apply gives `pinned_image_values` of a fresh probe. Pure.
void plan_pinned_image(const PinnedImageFacts& facts, const engine::StageContext& context, const host::EngineInfo& engine, engine::StagePlan& plan);

/// What is remembered of an image that is here, all at once.
engine::Remembered pinned_image_values(const PinnedImageFacts& facts);

}  // namespace cosigner::stages
