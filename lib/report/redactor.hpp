// The second net before every sink: knows the literal values of the secrets of this run, and what they look like when they are escaped
// for a URL, for JSON, or encoded as base64 or hex. The first net is the type Secret.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/secret.hpp"

namespace cosigner::report {

class Redactor {
 public:
  /// Values shorter than 4 bytes are not searched for: they would match everywhere.
  void add(const Secret& secret);
  /// The text with every known form replaced by "[secret]".
  std::string scrub(std::string_view text) const;
  bool knows_any() const { return !needles_.empty(); }

 private:
  void add_needle(std::string needle);
  std::vector<Secret> needles_;  // longest first, so that no rest of a longer form stays
};

}  // namespace cosigner::report
