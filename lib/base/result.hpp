// What a call that can fail returns: a value, or an Error that an operator can act on.
//
// No exception crosses a room (house, section 4). An Error has a stable code (`room.noun_adjective`), a message with the
// value seen, and one imperative sentence that says what to do. Nothing may branch on the message.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace cosigner {

struct Error {
  std::string code;                  // stable and documented, e.g. "apt.key_expired"
  std::string message;               // what is wrong, with the value seen; never a secret, never raw library text
  std::string remedy;                // one sentence, imperative; may be empty for causes that another error explains
  std::vector<std::string> context;  // where it happened, innermost first, e.g. "stage apt-repo", "file /etc/x"
  std::shared_ptr<const Error> cause;
  bool retryable = false;  // the same call may succeed later without any change on the machine

  /// Adds where it happened and gives the error back, so that it can be used in a return statement.
  Error within(std::string place) && {
    context.push_back(std::move(place));
    return std::move(*this);
  }
  /// This error, with `other` kept as a further cause (clean-up that failed too).
  Error followed_by(Error other) && {
    if (!cause) cause = std::make_shared<const Error>(std::move(other));
    return std::move(*this);
  }
};

/// Shorthand for the usual case. `remedy` is one imperative sentence.
inline Error make_error(std::string_view code, std::string message, std::string remedy = {}) {
  Error error;
  error.code = code;
  error.message = std::move(message);
  error.remedy = std::move(remedy);
  return error;
}

template <class T>
class [[nodiscard]] Result {
 public:
  Result(T value) : state_(std::in_place_index<0>, std::move(value)) {}      // NOLINT: implicit by design
  Result(Error error) : state_(std::in_place_index<1>, std::move(error)) {}  // NOLINT: implicit by design

  bool ok() const { return state_.index() == 0; }
  explicit operator bool() const { return ok(); }

  T& value() & { return std::get<0>(state_); }
  const T& value() const& { return std::get<0>(state_); }
  T value() && { return std::get<0>(std::move(state_)); }
  T& operator*() & { return value(); }
  const T& operator*() const& { return value(); }
  T* operator->() { return &value(); }
  const T* operator->() const { return &value(); }

  Error& error() & { return std::get<1>(state_); }
  const Error& error() const& { return std::get<1>(state_); }
  Error error() && { return std::get<1>(std::move(state_)); }

  T value_or(T other) && { return ok() ? std::get<0>(std::move(state_)) : std::move(other); }

  /// Adds where it happened when this is an error; a value passes through.
  Result within(std::string place) && {
    if (!ok()) error().context.push_back(std::move(place));
    return std::move(*this);
  }

 private:
  std::variant<T, Error> state_;
};

template <>
class [[nodiscard]] Result<void> {
 public:
  Result() = default;
  Result(Error error) : error_(std::move(error)) {}  // NOLINT: implicit by design

  bool ok() const { return !error_.has_value(); }
  explicit operator bool() const { return ok(); }
  void value() const {}

  Error& error() & { return *error_; }
  const Error& error() const& { return *error_; }
  Error error() && { return std::move(*error_); }

  Result within(std::string place) && {
    if (error_) error_->context.push_back(std::move(place));
    return std::move(*this);
  }

 private:
  std::optional<Error> error_;
};

using Status = Result<void>;

}  // namespace cosigner

// The value of a Result, or return its error from the enclosing function. A statement expression (GNU), which both of our
// compilers have; the counter keeps nested uses from shadowing each other.
#define COSIGNER_TRY_CAT2(a, b) a##b
#define COSIGNER_TRY_CAT(a, b) COSIGNER_TRY_CAT2(a, b)
#define COSIGNER_TRY_AS(name, expr)                        \
  ({                                                       \
    auto name = (expr);                                    \
    if (!name.ok()) return std::move(name).error();        \
    std::move(name).value();                               \
  })
#define TRY(expr) COSIGNER_TRY_AS(COSIGNER_TRY_CAT(try_result_, __COUNTER__), expr)
