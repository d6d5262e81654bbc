// A text that must not be seen: tokens, passwords, private keys.
//
// It has no stream operator and no JSON conversion, wipes itself, and gives its bytes only to `reveal(purpose)`, so that
// every place that needs the bytes can be found by one search and says why. The redactor in `report` knows the literal values.
#pragma once

#include <string>
#include <string_view>

namespace cosigner {

class Secret {
 public:
  Secret() = default;
  /// Takes the bytes over and wipes the given string.
  explicit Secret(std::string&& bytes);
  Secret(const Secret& other);
  Secret& operator=(const Secret& other);
  Secret(Secret&& other) noexcept;
  Secret& operator=(Secret&& other) noexcept;
  ~Secret();

  bool empty() const { return bytes_.empty(); }
  std::size_t size() const { return bytes_.size(); }
  /// The bytes, for as long as this object lives. `purpose` is for the reader of the code.
  std::string_view reveal(std::string_view purpose) const;
  /// The last `count` characters, for telling two secrets apart on a screen; empty when that would be more than a quarter.
  std::string tail(std::size_t count) const;

  friend bool operator==(const Secret& left, const Secret& right);

 private:
  void wipe() noexcept;
  std::string bytes_;
};

/// Overwrites the text's whole buffer in a way that the compiler keeps, then empties it.
void wipe_text(std::string& text) noexcept;

}  // namespace cosigner
