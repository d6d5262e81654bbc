#include "installer/stages/outside_drivers.hpp"

#include <algorithm>

#include "base/text.hpp"

namespace cosigner::stages {
namespace {

using engine::Step;

constexpr std::size_t modules_limit = 1024 * 1024;
constexpr std::size_t index_limit = 16 * 1024 * 1024;  // of a distribution's kernel about 800 KB
constexpr std::size_t list_limit = 64 * 1024;
const Path module_folder = "/lib/modules";
const Path dkms_folder = "/var/lib/dkms";
const Path driver_tree = "/opt/intel/sgxdriver";

bool lists(const std::vector<std::string>& names, std::string_view name) { return std::find(names.begin(), names.end(), name) != names.end(); }

struct Wanted {
  std::vector<std::string> modules;
  std::vector<std::string> dkms;
  std::vector<std::string> packages;
};

Wanted wanted_of(bool keeps_dcap_driver) {
  if (keeps_dcap_driver) return {{"isgx"}, {"isgx"}, {}};
  return {{"isgx", "intel_sgx"}, {"isgx", "sgx", "intel_sgx"}, {"intel-sgx-dkms"}};
}

/// "isgx.ko", "isgx.ko.xz" → "isgx"; empty for what is no module.
std::string module_of(std::string_view file) {
  const std::size_t end = file.find(".ko");
  if (end == std::string_view::npos || (end + 3 != file.size() && file[end + 3] != '.')) return {};
  const std::size_t slash = file.substr(0, end).rfind('/');
  return std::string(slash == std::string_view::npos ? file.substr(0, end) : file.substr(slash + 1, end - slash - 1));
}

Status probe_dkms(const host::FilesView& files, const Wanted& wanted, OutsideDrivers& out) {
  for (const auto& name : wanted.dkms) {
    for (const auto& version : TRY(files.list(dkms_folder / name))) {
      const auto stat = TRY(files.stat(dkms_folder / name / version));
      if (stat && stat->kind == host::FileKind::directory) out.dkms.push_back({name, version});
    }
  }
  return {};
}

Status probe_files(const host::FilesView& files, const Wanted& wanted, OutsideDrivers& out) {
  for (const auto& release : TRY(files.list(module_folder))) {
    for (const char* place : {"kernel/drivers/intel/sgx", "updates", "updates/dkms", "extra"}) {
      const Path folder = module_folder / release / place;
      const auto stat = TRY(files.stat(folder));
      if (!stat || stat->kind != host::FileKind::directory) continue;
      for (const auto& name : TRY(files.list(folder))) {
        if (lists(wanted.modules, module_of(name))) out.files.push_back(folder / name);
      }
    }
  }
  return {};
}

Status probe_list(const host::FilesView& files, const Path& path, const Wanted& wanted, OutsideDrivers& out) {
  const auto stat = TRY(files.stat(path));
  if (!stat || stat->kind != host::FileKind::regular) return {};
  const auto text = TRY(files.read(path, list_limit));
  std::string kept;
  bool names_one = false;
  for (const std::string_view line : lines_of(text ? *text : kept)) {
    const std::string_view words = trimmed(line);
    const bool is_theirs = lists(wanted.modules, words.substr(0, words.find_first_of(" \t")));
    names_one = names_one || is_theirs;
    if (!is_theirs) kept.append(line).append("\n");
  }
  if (names_one) out.lists.push_back({path, kept, stat->attributes});
  return {};
}

Status probe_lists(const host::FilesView& files, const Wanted& wanted, OutsideDrivers& out) {
  TRY(probe_list(files, "/etc/modules", wanted, out));
  const Path folder = "/etc/modules-load.d";
  for (const auto& name : TRY(files.list(folder))) TRY(probe_list(files, folder / name, wanted, out));
  return {};
}

Status probe_index(const host::FilesView& files, const std::string& release, const Wanted& wanted, OutsideDrivers& out) {
  const auto index = TRY(files.read(module_folder / release / "modules.dep", index_limit));
  if (!index) return {};
  for (const std::string_view line : lines_of(*index)) {
    if (lists(wanted.modules, module_of(line.substr(0, line.find(':'))))) out.is_indexed = true;
  }
  return {};
}

Status probe_packages_of(const host::HostView& host, const Wanted& wanted, OutsideDrivers& out) {
  if (wanted.packages.empty()) return {};
  const auto installed = TRY(host.packages().installed());
  for (const auto& name : wanted.packages) {
    const auto found = installed.find(name);
    if (found != installed.end() && found->second.status == "installed") out.packages.push_back(name);
  }
  return {};
}

Step step_of(std::string id, engine::Payload payload, std::string why) {
  Step step{std::move(id), std::move(payload), std::move(why), "Nothing: the kernel has the driver that is wanted."};
  step.ownership = "";
  return step;
}

std::string id_of(const char* what, const std::string& subject) {
  std::string id = std::string(what) + "-" + subject;
  std::replace(id.begin(), id.end(), '/', '-');
  return id;
}

constexpr const char* of_no_use = "A driver from outside the kernel is of no use for DCAP here, and two generations of drivers get into each other's way.";

}  // namespace

Result<std::vector<std::string>> loaded_modules(const host::FilesView& files) {
  std::vector<std::string> names;
  const auto text = TRY(files.read("/proc/modules", modules_limit));
  if (!text) return names;
  for (const std::string_view line : lines_of(*text)) names.emplace_back(line.substr(0, line.find(' ')));
  return names;
}

Result<OutsideDrivers> probe_outside_drivers(const host::HostView& host, const std::string& release, bool keeps_dcap_driver) {
  OutsideDrivers out;
  const Wanted wanted = wanted_of(keeps_dcap_driver);
  for (const auto& name : TRY(loaded_modules(host.files()))) {
    if (lists(wanted.modules, name)) out.loaded.push_back(name);
  }
  TRY(probe_packages_of(host, wanted, out));
  TRY(probe_dkms(host.files(), wanted, out));
  TRY(probe_files(host.files(), wanted, out));
  TRY(probe_lists(host.files(), wanted, out));
  if (!release.empty()) TRY(probe_index(host.files(), release, wanted, out));
  if (!keeps_dcap_driver) out.has_tree = TRY(host.files().stat(driver_tree)).has_value();
  return out;
}

void plan_outside_drivers(const OutsideDrivers& facts, engine::StagePlan& plan) {
  auto& steps = plan.steps;
  const std::size_t before = steps.size();
  if (!facts.packages.empty()) {
    steps.push_back(step_of("driver-packages", engine::RemovePackages{facts.packages}, of_no_use));
    steps.back().interruptible = false;
  }
  for (const auto& entry : facts.dkms) {
    const std::string subject = entry.name + "/" + entry.version;
    steps.push_back(step_of(id_of("dkms", subject), engine::Custom{"dkms driver", {{"subject", subject}, {"name", entry.name}, {"version", entry.version}}},
                            "DKMS would build the driver again for each new kernel."));
    steps.back().interruptible = false;
  }
  for (const auto& list : facts.lists) {
    steps.push_back(step_of(id_of("modules", list.path.name()), engine::WriteFile{list.path, list.text, list.attributes, "file", true, false}, "The driver would be loaded at the next start."));
    steps.back().undo = "Put the kept file back.";
  }
  for (const auto& file : facts.files) steps.push_back(step_of(id_of("module", file.text().substr(1)), engine::RemoveEntry{file, false}, of_no_use));
  if (facts.has_tree) steps.push_back(step_of("driver-tree", engine::RemoveEntry{driver_tree, true}, of_no_use));
  if (!facts.files.empty() || facts.is_indexed) {
    steps.push_back(step_of("index-modules", engine::Custom{"index modules", {{"subject", "modules of the running kernel"}}}, "The kernel must not look for modules that are gone."));
  }
  plan.continues = plan.continues || steps.size() != before;
}

std::optional<Status> remove_outside_driver(const engine::Custom& step, host::Host& host) {
  if (step.name == "dkms driver") return host.change_kernel().remove_dkms_driver(step.arguments.at("name"), step.arguments.at("version"));
  if (step.name == "index modules") return host.change_kernel().index_modules();
  return std::nullopt;
}

}  // namespace cosigner::stages
