#include "installer/stages/out_of_tree.hpp"

#include "base/crypto.hpp"
#include "base/untrusted.hpp"
#include "installer/checks/catalog.hpp"
#include "installer/stages/download_request.hpp"
#include "installer/stages/package_source.hpp"

namespace cosigner::stages {
namespace {

using engine::Disruption;
using engine::Step;

constexpr std::size_t driver_limit = 64 * 1024 * 1024;  // Intel's file has about 100 KB
constexpr host::FileAttributes copy_attributes{{0700}, {}};
constexpr const char* node = "/dev/sgx/enclave";
constexpr const char* firmware_folder = "/sys/firmware/efi";
const Path variable_folder = "/sys/firmware/efi/efivars";  // empty where efivarfs is not mounted
const Path secure_boot_variable = variable_folder / "SecureBoot-8be4df61-93ca-11d2-aa0d-00e098032b8c";
constexpr std::size_t attribute_bytes = 4;  // of an EFI variable, before its value
const Path driver_copy = staging_directory / "sgx-driver.bin";

Error mismatch(const std::string& found, const std::string& wanted) {
  return make_error("sgx.driver_mismatch", "the driver's file has the SHA-256 " + found + ", and sgx.driverSha256 is " + wanted + "; nothing of it was run", checks::remedy("driver_mismatch"));
}

Error absent(const std::string& file) {
  return make_error("sgx.driver_absent", "the driver's file " + shown(Untrusted(file), 200) + " is not there", "Put it there, or correct sgx.driverFile in the answers.");
}

/// Also one that this user may not open, that lies on a mount without the right to execute, or that has no hardware behind it: another
/// installation of the same driver would change none of these.
bool is_node_there(const host::DevicesView& devices) { return devices.try_open(node) != host::OpenResult::absent; }

/// False without UEFI, and where the firmware does not know the variable.
std::optional<bool> probe_secure_boot(const host::FilesView& files) {
  const auto folder = files.stat(firmware_folder);
  if (!folder) return std::nullopt;
  if (!*folder) return false;
  const auto bytes = files.read(secure_boot_variable, 4096);
  if (!bytes) return std::nullopt;
  if (*bytes) return (*bytes)->size() > attribute_bytes && (**bytes)[attribute_bytes] != 0;
  const auto variables = files.list(variable_folder);
  if (!variables || variables->empty()) return std::nullopt;
  return false;
}

Status probe_build(const host::HostView& host, const engine::StageContext& context, const std::string& release, OutOfTreeFacts& facts) {
  const auto installed = TRY(host.packages().installed());
  std::vector<std::string> wanted = context.settings.profile.packages.driver_build;
  wanted.push_back("linux-headers-" + release);
  for (const auto& name : wanted) {
    const auto found = installed.find(name);
    if (found == installed.end() || found->second.status != "installed") facts.missing.push_back(name);
  }
  return {};
}

Step step_of(std::string id, engine::Payload payload, std::string why, std::string undo) {
  Step step{std::move(id), std::move(payload), std::move(why), std::move(undo)};
  step.ownership = "";
  return step;
}

void plan_build(const OutOfTreeFacts& facts, const engine::StageContext& context, engine::StagePlan& plan) {
  host::InstallRequest request;
  request.names = facts.missing;
  request.options = apt_network_options(context.settings);
  plan.steps.push_back({"driver-build", engine::InstallPackages{request}, "The driver is built for the kernel that runs.", "Remove the packages that were not here before.", Disruption::none, false, "created"});
}

void plan_install(const engine::StageContext& context, engine::StagePlan& plan) {
  const auto& answers = context.settings.answers;
  const std::map<std::string, std::string> names = {{"subject", driver_copy.text()}, {"from", answers.sgx_driver_file}, {"sha256", answers.sgx_driver_sha256}};
  auto& steps = plan.steps;
  steps.push_back(step_of("driver-staging", engine::MakeDirectory{staging_directory, {{0700}, {}}}, "What is run must lie where root alone can change it.", "Remove the directory."));
  steps.push_back(step_of("driver-copy", engine::Custom{"copy driver", names}, "Only these very bytes are run, whatever becomes of the file.", "Remove the copy."));
  steps.push_back(step_of("driver-install", engine::Custom{"install driver", {{"subject", driver_copy.text()}, {"sha256", answers.sgx_driver_sha256}}},
                          "The answers want this driver, and the kernel has none.", "Run /opt/intel/sgxdriver/uninstall.sh."));
  steps.back().interruptible = false;
  steps.push_back(step_of("driver-copy-gone", engine::RemoveEntry{driver_copy, false}, "It is not needed any more.", "none"));
}

Status copy_driver(host::Host& host, const engine::StageContext& context) {
  const auto& answers = context.settings.answers;
  const auto bytes = TRY(host.files().read(answers.sgx_driver_file, driver_limit));
  if (!bytes) return absent(answers.sgx_driver_file);
  if (const std::string found = sha256_hex(*bytes); found != answers.sgx_driver_sha256) return mismatch(found, answers.sgx_driver_sha256);
  return host.change_files().write_atomic(driver_copy, *bytes, copy_attributes);
}

Status run_copy(host::Host& host, const engine::StageContext& context, const host::ProgressSink& progress) {
  const auto found = TRY(host.files().sha256(driver_copy));
  const std::string& wanted = context.settings.answers.sgx_driver_sha256;
  if (found != wanted) return mismatch(found.value_or("of no file"), wanted);
  TRY(host.change_kernel().run_driver_installer(driver_copy, progress));
  if (is_node_there(host.devices())) return {};
  return make_error("sgx.driver_ineffective", std::string("the driver's installer ended well, and ") + node + " is still not there", checks::remedy("driver_log"));
}

}  // namespace

bool wants_out_of_tree(const profile::Settings& settings) { return settings.answers.sgx_driver == "out-of-tree"; }

Result<OutOfTreeFacts> probe_out_of_tree(const host::HostView& host, const engine::StageContext& context, const std::string& release) {
  OutOfTreeFacts facts;
  facts.is_there = is_node_there(host.devices());
  const auto copy = host.files().stat(driver_copy);  // root's folder: another user looks in vain
  facts.has_copy = copy.ok() && copy->has_value();
  if (facts.is_there) return facts;
  facts.secure_boot = probe_secure_boot(host.files());
  TRY(probe_build(host, context, release, facts));
  facts.sha256 = TRY(host.files().sha256(context.settings.answers.sgx_driver_file));
  facts.remains = TRY(probe_outside_drivers(host, release, DcapDriver::comes_anew));
  return facts;
}

void plan_out_of_tree(const OutOfTreeFacts& facts, const engine::StageContext& context, engine::StagePlan& plan) {
  const auto& answers = context.settings.answers;
  if (facts.is_there) {
    plan.findings.push_back({"sgx.driver", "The kernel has an SGX driver", report::Outcome::pass, std::string("the driver from outside the kernel, as the answers want it: ") + node, "", "", ""});
    if (facts.has_copy) plan.steps.push_back(step_of("driver-copy-gone", engine::RemoveEntry{driver_copy, false}, "It is not needed any more.", "none"));
    return;
  }
  if (!facts.secure_boot) {
    plan.blocked = make_error("sgx.secure_boot", "whether Secure Boot is on cannot be read, and it would refuse a driver that is not signed",
                              "Run as root with the firmware's variables mounted (`mount -t efivarfs efivarfs " + variable_folder.text() + "`), and look at `mokutil --sb-state`.");
  } else if (*facts.secure_boot) {
    plan.blocked = make_error("sgx.secure_boot", "Secure Boot is on, and refuses a driver that is not signed by a key which this machine knows", checks::remedy("secure_boot_key"));
  } else if (!facts.sha256) {
    plan.blocked = absent(answers.sgx_driver_file);
  } else if (*facts.sha256 != answers.sgx_driver_sha256) {
    plan.blocked = mismatch(*facts.sha256, answers.sgx_driver_sha256);
  }
  if (plan.blocked) return;
  plan_outside_drivers(facts.remains, plan);
  if (!facts.missing.empty()) plan_build(facts, context, plan);
  plan_install(context, plan);
  plan.continues = true;
}

std::optional<Status> install_out_of_tree(const engine::Custom& step, host::Host& host, const engine::StageContext& context, const host::ProgressSink& progress) {
  if (step.name == "copy driver") return copy_driver(host, context);
  if (step.name == "install driver") return run_copy(host, context, progress);
  return std::nullopt;
}

}  // namespace cosigner::stages
