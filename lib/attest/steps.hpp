// The numbered steps of a verification, as facts of DCAP, section 4 count them; below a number, our own order. Steps that come
// from the threat model instead carry its row (A1, A2, N4, N5).
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"

namespace cosigner::attest {

enum class StepResult { pass, fail, skip };
std::string_view name_of(StepResult result);

struct Step {
  std::string_view id;  // "2.3"
  std::string_view title;
  StepResult result = StepResult::skip;
  std::string evidence;  // what was seen, of verified things only; or the broken rule
};

/// The record of one verification: every step of the catalog once. A step that nothing was said about was not reached.
class Steps {
 public:
  Steps();
  void pass(std::string_view id, std::string evidence);
  void skip(std::string_view id, std::string reason);
  /// Records a failure with the Error's message, a success with `evidence`, and hands the result on.
  template <class T>
  Result<T> check(std::string_view id, Result<T> result, std::string evidence = {}) {
    if (result.ok())
      pass(id, std::move(evidence));
    else
      fail(id, result.error());
    return result;
  }
  const std::vector<Step>& all() const { return steps_; }

 private:
  void fail(std::string_view id, const Error& error);
  Step& find(std::string_view id);
  std::vector<Step> steps_;
};

}  // namespace cosigner::attest
