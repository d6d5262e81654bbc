#include "state/machine.hpp"

#include "base/crypto.hpp"
#include "base/text.hpp"
#include "state/journal.hpp"

namespace cosigner::state {
namespace {

/// Hashed with our own prefix, because /etc/machine-id must not be given to others (machine-id(5)).
std::string hashed(std::string_view value) { return sha256_hex("cosigner machine " + std::string(trimmed(value))).substr(0, 32); }

std::string part(std::string_view identity, std::string_view name) {
  for (const std::string_view piece : split(identity, ';')) {
    if (piece.substr(0, name.size()) == name) return std::string(piece.substr(name.size()));
  }
  return {};
}

}  // namespace

bool is_same_machine(std::string_view one, std::string_view other) {
  bool compared = false;
  for (const std::string_view name : {std::string_view("machine-id="), std::string_view("product="), }) {
    const std::string left = part(one, name);
    const std::string right = part(other, name);
    if (left.empty() || right.empty()) continue;
    if (left != right) return false;
    compared = true;
  }
  return compared;
}

Result<std::string> machine_identity(const host::HostView& host) {
  std::string identity;
  const auto machine_id = host.files().read("/etc/machine-id", 4096);
  if (machine_id && machine_id->has_value() && !trimmed(**machine_id).empty()) identity = "machine-id=" + hashed(**machine_id);
  const auto product = host.files().read("/sys/class/dmi/id/product_uuid", 4096);
  if (product && product->has_value() && !trimmed(**product).empty()) identity += ";product=" + hashed(**product);
  if (identity.empty()) {
    return make_error("state.machine_unknown", "this machine has neither /etc/machine-id nor a product UUID",
                      "Run `systemd-machine-id-setup`, then run again.");
  }
  return identity;
}

}  // namespace cosigner::state
