#include "installer/checks/aesm_container.hpp"

#include "installer/checks/observing.hpp"
#include "installer/checks/texts.hpp"

namespace cosigner::checks {

bool is_contained(const profile::Settings& settings) { return settings.answers.aesm == "container"; }

Look of_package(Look look) {
  return either(std::move(look), [](const host::HostView&, const profile::Settings&) { return not_needed("AESM runs as a container here"); });
}

Look either(Look look, Look contained) {
  return [look = std::move(look), contained = std::move(contained)](const host::HostView& host, const profile::Settings& settings) {
    return is_contained(settings) ? contained(host, settings) : look(host, settings);
  };
}

Observation look_at_aesm_container(const host::HostView& host, const profile::Settings& settings) {
  const std::string& name = settings.profile.aesm_container.name;
  const auto container = host.containers().container(name);
  if (!container) return unknown(container.error().message);
  if (!*container) return failed("there is no container " + safe(name, 40), remedy("aesm_container"));
  if ((*container)->running) return passed("the container " + safe(name, 40) + " runs");
  return failed("the container " + safe(name, 40) + " is " + safe((*container)->state, 20), remedy("aesm_container"));
}

Observation look_at_aesm_container_restart(const host::HostView& host, const profile::Settings& settings) {
  const auto container = host.containers().container(settings.profile.aesm_container.name);
  if (!container) return unknown(container.error().message);
  if (!*container) return not_needed("there is no such container yet");
  const std::string& policy = (*container)->spec.restart_policy;
  if (policy == "always" || policy == "unless-stopped") return passed("its restart policy is " + policy);
  return warned("its restart policy is " + safe(policy, 20) + ": after the next start of the machine it is gone", remedy("aesm_container"), {"G10"});
}

}  // namespace cosigner::checks
