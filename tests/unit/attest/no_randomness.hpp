// The system's random generator fails for as long as this lives.
#pragma once

namespace attest_test {

class NoRandomness {
 public:
  NoRandomness();
  ~NoRandomness();
  NoRandomness(const NoRandomness&) = delete;
  NoRandomness& operator=(const NoRandomness&) = delete;

 private:
  const void* before_;
};

}  // namespace attest_test
