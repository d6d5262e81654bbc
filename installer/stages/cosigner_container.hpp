// The co-signer's containers as the image contract wants them (contracts 6; facts 9.2, 9.3), built in one place.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "engine/stage.hpp"
#include "host/host.hpp"
#include "profile/settings.hpp"

namespace cosigner::stages {

/// Where the one-shot container sees the directory of its document.
inline constexpr const char* document_directory_inside = "/run/cosigner-pair";

/// Labels of every container that is ours: what it is ("main", "one-shot", "aesm"), and the fingerprint of what it was made from.
inline constexpr const char* role_label = "cosigner.role";
inline constexpr const char* spec_label = "cosigner.spec";
std::string fingerprint_of(const host::ContainerSpec& spec);

/// The groups that own the device nodes on this host, as numbers: whom the image runs as needs them, and does not know them by name.
Result<std::vector<std::string>> device_groups(const host::HostView& host, const std::vector<host::DeviceMapping>& devices);

/// The pinned image on this machine, by what the `image` stage remembered; nothing when it is not here or no engine answers.
Result<std::optional<host::Image>> find_pinned_image(const host::HostView& host, const engine::StageContext& context);

/// A container by name; nothing when it is not there or no engine answers (then nothing can be there either).
Result<std::optional<host::Container>> find_container(const host::HostView& host, const std::string& name);

/// The revision (tag) that is wanted: the answers', else the profile's.
std::string wanted_revision(const profile::Settings& settings);

/// Absolute path of the executable inside the image.
std::string program_path(const profile::Settings& settings);

/// "1" or "0": WebSockets are off behind a proxy and for handlers that retry (facts 7).
std::string websocket_switch(const profile::Answers& answers);

/// The main container. Reads the devices' groups; nothing else.
Result<host::ContainerSpec> main_spec(const host::HostView& host, const profile::Settings& settings, const std::string& image_id);

/// The one-shot container that runs the executable with `arguments` and sees `document_directory` (host path; empty: none) read-only.
Result<host::ContainerSpec> one_shot_spec(const host::HostView& host, const profile::Settings& settings, const std::string& image_id,
                                          const std::vector<std::string>& arguments, const std::string& document_directory);

/// Names of the properties in which `seen` is not what is wanted; what the engine or the image adds by itself does not count.
std::vector<std::string> differences(const host::ContainerSpec& wanted, const host::ContainerSpec& seen);

}  // namespace cosigner::stages
