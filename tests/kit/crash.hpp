// The crash matrix: the machine loses its power before and after each writing call of a run, and a test says what must hold then.
#pragma once

#include <catch2/catch.hpp>
#include <string>
#include <vector>

#include "kit/fake_host.hpp"

namespace cosigner::kit {

/// Calls `body` with a fault before and one after every one of `calls`, from index `first` on. Returns how many that were.
template <class Body>
int at_every_call(const std::vector<std::string>& calls, const Body& body, std::size_t first = 0) {
  int cases = 0;
  for (std::size_t call = first; call < calls.size(); ++call) {
    for (const auto when : {Fault::When::before, Fault::When::after}) {
      INFO("call " << call << " " << calls.at(call) << (when == Fault::When::before ? " before" : " after"));
      body(Fault{static_cast<int>(call), when, Fault::What::die});
      ++cases;
    }
  }
  return cases;
}

/// The power goes where `fault` says, in the middle of `run`; a run that comes to its end without it fails the test.
template <class Run>
void die(FakeHost& host, const Fault& fault, const Run& run) {
  host.log.clear();
  host.log.set_fault(fault);
  bool has_died = false;
  try {
    run();
  } catch (const PowerCut&) {
    has_died = true;
  }
  REQUIRE(has_died);
  host.log.clear();
}

}  // namespace cosigner::kit
