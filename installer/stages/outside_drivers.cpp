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
const Path dkms_program = "/usr/sbin/dkms";
const Path source_folder = "/usr/src";
const Path driver_tree = "/opt/intel/sgxdriver";
constexpr const char* kept_by_dkms = "original_module";  // beside the versions: the kernel's own modules, which DKMS puts back

bool lists(const std::vector<std::string>& names, std::string_view name) { return std::find(names.begin(), names.end(), name) != names.end(); }

struct Wanted {
  std::vector<std::string> not_loaded;  // modules that neither are loaded nor will be at the next start
  std::vector<std::string> not_built;   // modules whose files go
  std::vector<std::string> dkms;
  std::vector<std::string> packages;
};

Wanted wanted_of(DcapDriver dcap) {
  if (dcap == DcapDriver::stays) return {{"isgx"}, {"isgx"}, {"isgx"}, {}};
  Wanted all{{"isgx", "intel_sgx"}, {"isgx", "intel_sgx"}, {"isgx", "sgx", "intel_sgx"}, {"intel-sgx-dkms"}};
  if (dcap == DcapDriver::comes_anew) all.not_loaded = {"isgx"};
  return all;
}

/// "isgx.ko", "isgx.ko.xz" → "isgx"; empty for what is no module.
std::string module_of(std::string_view file) {
  const std::size_t end = file.find(".ko");
  if (end == std::string_view::npos || (end + 3 != file.size() && file[end + 3] != '.')) return {};
  const std::size_t slash = file.substr(0, end).rfind('/');
  return std::string(slash == std::string_view::npos ? file.substr(0, end) : file.substr(slash + 1, end - slash - 1));
}

bool is_directory(const Result<std::optional<host::FileStat>>& stat) { return stat.ok() && *stat && (*stat)->kind == host::FileKind::directory; }

/// Without its program, or without the entry's sources (a link to them, with dkms.conf), DKMS refuses to take an entry away.
bool can_dkms_remove(const host::FilesView& files, const Path& entry) {
  const auto program = files.stat(dkms_program);
  const auto conf = files.stat(entry / "source" / "dkms.conf");
  return program.ok() && program->has_value() && conf.ok() && conf->has_value();
}

Status probe_dkms(const host::FilesView& files, const Wanted& wanted, OutsideDrivers& out) {
  for (const auto& name : wanted.dkms) {
    const Path folder = dkms_folder / name;
    if (!is_directory(files.stat(folder))) continue;
    std::vector<DkmsEntry> whole;
    std::vector<Path> halves;
    for (const auto& version : TRY(files.list(folder))) {
      if (version == kept_by_dkms || !is_directory(files.stat(folder / version))) continue;
      if (can_dkms_remove(files, folder / version)) whole.push_back({name, version});
      else halves.push_back(folder / version);
    }
    if (whole.empty()) halves = {folder};
    out.dkms.insert(out.dkms.end(), whole.begin(), whole.end());
    out.trees.insert(out.trees.end(), halves.begin(), halves.end());
  }
  return {};
}

/// PACKAGE_NAME of a dkms.conf, which is a shell's text.
std::string package_name(std::string_view conf) {
  constexpr std::string_view key = "PACKAGE_NAME=";
  for (const std::string_view line : lines_of(conf)) {
    std::string_view value = trimmed(line);
    if (value.substr(0, key.size()) != key) continue;
    value.remove_prefix(key.size());
    value.remove_prefix(std::min(value.find_first_not_of("\"'"), value.size()));
    return std::string(value.substr(0, value.find_first_of("\"' \t")));
  }
  return {};
}

/// `dkms remove` leaves them. By their own word and not by the entry's link, so that they are also found when only they are left.
Status probe_sources(const host::FilesView& files, const Wanted& wanted, OutsideDrivers& out) {
  for (const auto& name : TRY(files.list(source_folder))) {
    const std::string module = name.substr(0, name.find('-'));
    if (module == name || !lists(wanted.dkms, module)) continue;
    const Path folder = source_folder / name;
    const auto stat = files.stat(folder);
    const auto conf = files.read(folder / "dkms.conf", list_limit);
    const bool is_roots = is_directory(stat) && (*stat)->attributes.owner.uid == 0;
    if (is_roots && conf.ok() && *conf && package_name(**conf) == module) out.trees.push_back(folder);
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
        if (lists(wanted.not_built, module_of(name))) out.files.push_back(folder / name);
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
    const bool is_theirs = lists(wanted.not_loaded, words.substr(0, words.find_first_of(" \t")));
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

/// The index knows modules in every folder. It is only a text: what it names elsewhere than below this kernel's folder is left alone.
Status probe_index(const host::FilesView& files, const std::string& release, const Wanted& wanted, OutsideDrivers& out) {
  const Path folder = module_folder / release;
  const auto index = TRY(files.read(folder / "modules.dep", index_limit));
  if (!index) return {};
  for (const std::string_view line : lines_of(*index)) {
    const std::string_view name = line.substr(0, line.find(':'));
    if (!lists(wanted.not_built, module_of(name))) continue;
    const Path module = name.front() == '/' ? Path(name) : folder / name;
    if (!module.is_plain() || !module.is_within(folder)) continue;
    out.is_indexed = true;
    const auto stat = files.stat(module);
    const bool is_known = std::find(out.files.begin(), out.files.end(), module) != out.files.end();
    if (!is_known && stat.ok() && *stat && (*stat)->kind != host::FileKind::directory) out.files.push_back(module);
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
  Step step{std::move(id), std::move(payload), std::move(why), "Install the driver again."};
  step.ownership = "";
  return step;
}

std::string id_of(const char* what, const std::string& subject) {
  std::string id = std::string(what) + "-" + subject;
  std::replace(id.begin(), id.end(), '/', '-');
  return id;
}

std::string reason(DcapDriver dcap) {
  if (dcap == DcapDriver::comes_anew) return "It is left of an earlier installation, and the driver's installer does not run over that.";
  return "A driver from outside the kernel is of no use for DCAP here, and two generations of drivers get into each other's way.";
}

}  // namespace

Result<std::vector<std::string>> loaded_modules(const host::FilesView& files) {
  std::vector<std::string> names;
  const auto text = TRY(files.read("/proc/modules", modules_limit));
  if (!text) return names;
  for (const std::string_view line : lines_of(*text)) names.emplace_back(line.substr(0, line.find(' ')));
  return names;
}

Result<OutsideDrivers> probe_outside_drivers(const host::HostView& host, const std::string& release, DcapDriver dcap) {
  OutsideDrivers out;
  out.dcap = dcap;
  const Wanted wanted = wanted_of(dcap);
  for (const auto& name : TRY(loaded_modules(host.files()))) {
    if (lists(wanted.not_loaded, name)) out.loaded.push_back(name);
  }
  TRY(probe_packages_of(host, wanted, out));
  TRY(probe_dkms(host.files(), wanted, out));
  TRY(probe_sources(host.files(), wanted, out));
  if (dcap != DcapDriver::stays && TRY(host.files().stat(driver_tree))) out.trees.push_back(driver_tree);
  TRY(probe_files(host.files(), wanted, out));
  TRY(probe_lists(host.files(), wanted, out));
  if (!release.empty()) TRY(probe_index(host.files(), release, wanted, out));
  return out;
}

void plan_outside_drivers(const OutsideDrivers& facts, engine::StagePlan& plan) {
  auto& steps = plan.steps;
  const std::size_t before = steps.size();
  const std::string why = reason(facts.dcap);
  if (!facts.packages.empty()) {
    steps.push_back(step_of("driver-packages", engine::RemovePackages{facts.packages}, why));
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
  for (const auto& file : facts.files) steps.push_back(step_of(id_of("module", file.text().substr(1)), engine::RemoveEntry{file, false}, why));
  for (const auto& tree : facts.trees) steps.push_back(step_of(id_of("driver-tree", tree.text().substr(1)), engine::RemoveEntry{tree, true}, why));
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
