// The container engines that the contract cases run on: the model always, and a real Docker Engine with a registry when
// tests/contract/real_engine has started them and named them in the environment.
#pragma once

#include <functional>
#include <string>

#include "host/containers.hpp"

namespace cosigner::contract {

/// An engine and what is in the registry behind it: one image whose program serves without arguments, answers --version with
/// "p 1.0", and with --fail prints "out line" and "err line" and ends with 3.
struct EngineUnderTest {
  std::string title;
  host::Containers& containers;
  std::string tag;        // "registry/name:tag"
  std::string reference;  // "registry/name@sha256:…"
  host::RegistryLogin login;
  std::string archive;  // the same image as a file
};

void for_each_engine(const std::function<void(const EngineUnderTest&)>& check);

}  // namespace cosigner::contract
