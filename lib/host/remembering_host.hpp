// A host that asks the machine each question once and remembers the answer. Written to a file, its memory is a capture; read from
// one, it needs no machine: the same checks give the same answers anywhere.
//
// Errors: `capture.malformed` (no capture file, or of another version), `capture.not_recorded` (a question that was not asked
// then).
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>

#include "host/host.hpp"

namespace cosigner::host {

inline constexpr std::size_t capture_limit = 64u * 1024 * 1024;

/// Replaces what must not leave the machine before it is remembered *and* before the checks see it, so that a replay says the
/// same. `what` is "file PATH", "log NAME", "user" (also of groups), "home", "variable NAME", "package NAME" (empty: leave it
/// out), "output" of a program in a container, "argument" and "mount" of a container, "address" of a registry or proxy, "socket"
/// for the SGX daemon's answer.
using Scrub = std::function<std::string(const std::string& what, std::string text)>;

class RememberingHost : public HostView {
 public:
  /// `machine` must outlive this. Without `scrub` everything is remembered as it is, for this process alone.
  explicit RememberingHost(const HostView& machine, Scrub scrub = {});
  /// From a capture: no machine is asked.
  static Result<std::unique_ptr<RememberingHost>> from_capture(std::string_view text);
  ~RememberingHost() override;

  /// Whoever asks for the user `stand_in` means the machine's user `real`, whose name is not remembered.
  void name_user(const std::string& stand_in, const std::string& real);

  /// What the questions were asked with, kept beside the answers; empty when nothing was noted.
  void note(const std::string& name, const std::string& value);
  std::string noted(const std::string& name) const;

  /// Everything asked so far, one answer a line, ordered.
  std::string to_capture() const;

  const FilesView& files() const override;
  const PackagesView& packages() const override;
  const ServicesView& services() const override;
  const AccountsView& accounts() const override;
  const ContainersView& containers() const override;
  const NetworkView& network() const override;
  const ClockView& clock() const override;
  const DevicesView& devices() const override;

 private:
  RememberingHost();
  struct Memory;
  struct Ports;
  std::unique_ptr<Memory> memory_;
  std::unique_ptr<Ports> ports_;
};

}  // namespace cosigner::host
