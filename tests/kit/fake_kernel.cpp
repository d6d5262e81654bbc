#include "kit/fake_kernel.hpp"

#include <algorithm>

#include "base/text.hpp"
#include "host/platform_id.hpp"

namespace cosigner::kit {

Status FakeKernel::allow_executing(const Path& mount_point) {
  return log_.write<void>("kernel.allow_executing", mount_point.text(), [&]() -> Status {
    for (auto& mount : model_.mounts) {
      if (mount.point != mount_point) continue;
      mount.options.erase(std::remove(mount.options.begin(), mount.options.end(), "noexec"), mount.options.end());
      return {};
    }
    return make_error("kernel.failed", "nothing is mounted at " + mount_point.text());
  });
}

Status FakeKernel::apply_device_rules() {
  return log_.write<void>("kernel.apply_device_rules", "", [&]() -> Status {
    if (model_.device_rules) model_.device_rules(model_);
    return {};
  });
}

Status FakeKernel::run_driver_installer(const Path& file, const host::ProgressSink&) {
  if (model_.driver_begun) TRY(log_.write<void>("kernel.driver_begun", file.text(), [&] { return model_.driver_begun(model_); }));
  return log_.write<void>("kernel.run_driver_installer", file.text(), [&]() -> Status {
    const auto found = model_.entries.find(file.text());
    if (found == model_.entries.end() || (found->second.attributes.mode.bits & 0100) == 0) return make_error("kernel.failed", file.text() + " cannot be executed");
    return model_.driver_installer ? model_.driver_installer(model_) : Status();
  });
}

bool FakeKernel::is_there(const std::string& path) const {
  const auto below = model_.entries.lower_bound(path + "/");
  return model_.entries.count(path) != 0 || (below != model_.entries.end() && below->first.rfind(path + "/", 0) == 0);
}

Status FakeKernel::remove_dkms_driver(const std::string& name, const std::string& version) {
  return log_.write<void>("kernel.remove_dkms_driver", name + "/" + version, [&]() -> Status {
    const std::string folder = "/var/lib/dkms/" + name + "/" + version;
    if (!is_there(folder)) return {};
    const auto source = model_.entries.find(folder + "/source");
    if (!is_there("/usr/sbin/dkms") || source == model_.entries.end() || !is_there(source->second.content + "/dkms.conf")) return make_error("kernel.failed", "dkms cannot remove " + name);
    for (auto at = model_.entries.begin(); at != model_.entries.end();) {
      const bool is_below = at->first == folder || at->first.rfind(folder + "/", 0) == 0;
      at = is_below ? model_.entries.erase(at) : std::next(at);
    }
    return {};
  });
}

Status FakeKernel::index_modules() {
  return log_.write<void>("kernel.index_modules", "", [&]() -> Status {
    for (auto& [name, entry] : model_.entries) {
      const Path path(name);
      if (path.name() != "modules.dep") continue;
      std::string kept;
      for (const std::string_view line : lines_of(entry.content)) {
        const Path module = path.parent() / line.substr(0, line.find(':'));
        if (model_.entries.count(module.text()) != 0) kept.append(line).append("\n");
      }
      entry.content = kept;
    }
    return {};
  });
}

Status FakeKernel::retrieve_platform_id(const Path& target) {
  return log_.write<void>("kernel.retrieve_platform_id", target.text(), [&]() -> Status {
    if (!host::is_platform_id(model_.platform_id)) return make_error("kernel.failed", "the tool wrote something that is no PCK id");
    model_.entries[target.text()] = {host::FileKind::regular, {{0600}, {}}, model_.platform_id, model_.now};
    return {};
  });
}

Status FakeKernel::reboot() {
  return log_.write<void>("kernel.reboot", "", [&]() -> Status {
    ++model_.reboots;
    return {};
  });
}

}  // namespace cosigner::kit
