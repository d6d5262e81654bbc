// Every writing call of the model host passes here: it is recorded, and a test may let the machine die before or after it, or let
// the call fail. The crash matrix is generated from these records.
#pragma once

#include <functional>
#include <stdexcept>
#include <string>
#include <vector>

#include "base/result.hpp"

namespace cosigner::kit {

/// The machine lost its power. Thrown through everything, as nothing in the product catches it; only tests do.
struct PowerCut {
  int at_call;
};

struct Fault {
  enum class When { before, after };
  enum class What { die, error };
  int call = -1;  // index of the writing call, from 0; -1: none
  When when = When::before;
  What what = What::die;
};

class CallLog {
 public:
  /// Runs `effect` as the writing call `name subject`. Dies or fails where the fault says so.
  template <class T, class Effect>
  Result<T> write(const std::string& name, const std::string& subject, Effect&& effect) {
    const int index = static_cast<int>(calls_.size());
    calls_.push_back(subject.empty() ? name : name + " " + subject);
    const bool here = index == fault_.call;
    if (here && fault_.when == Fault::When::before) {
      if (fault_.what == Fault::What::die) throw PowerCut{index};
      return make_error("fault.injected", "the test let this call fail: " + calls_.back(), "");
    }
    Result<T> result = effect();
    if (here && fault_.when == Fault::When::after) {
      if (fault_.what == Fault::What::die) throw PowerCut{index};
      return make_error("fault.injected", "the test let this call fail after its effect: " + calls_.back(), "");
    }
    return result;
  }

  void set_fault(const Fault& fault) { fault_ = fault; }
  void clear() {
    calls_.clear();
    fault_ = Fault{};
  }
  const std::vector<std::string>& calls() const { return calls_; }

 private:
  std::vector<std::string> calls_;
  Fault fault_;
};

}  // namespace cosigner::kit
