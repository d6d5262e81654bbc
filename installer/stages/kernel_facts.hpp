// Which kernel runs, whether it brings the SGX driver (Linux 5.11 did), and where a newer one comes from.
#pragma once

#include <optional>
#include <string>

#include "engine/stage.hpp"

namespace cosigner::stages {

struct KernelFacts {
  std::string release;             // "5.4.0-26-generic"; empty: could not be read
  std::optional<bool> has_driver;  // nothing: not known
  // Of an older kernel:
  std::string package;    // brings a newer one of this kind; empty: the profile names none
  std::string installed;  // the newest one with the driver that is here and does not run; empty: none, or a package run was cut off
  // Of the package, where no such kernel is here:
  bool is_offered = false;      // a package source offers it
  bool are_lists_old = false;   // the package lists are old or absent
  bool is_newest_here = false;  // it is installed in the version that is offered, and brought no newer kernel
};

Result<KernelFacts> probe_kernel(const host::HostView& host, const engine::StageContext& context);

/// An old kernel, and no doubt about it.
bool is_too_old(const KernelFacts& facts);

/// "6.1.0-13-cloud-amd64" is at least 5.11. Nothing for what is no release.
std::optional<bool> brings_driver(std::string_view release);

}  // namespace cosigner::stages
