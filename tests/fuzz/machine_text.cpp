// Texts of the machine: what dpkg, apt, the kernel, the firmware and the SGX packages left there. None of them can fail but by
// its code.
#include "apt/apt_settings.hpp"
#include "apt/source_list.hpp"
#include "base/json.hpp"
#include "container/daemon_settings.hpp"
#include "container/reference.hpp"
#include "fuzz/harness/rules.hpp"
#include "fuzz/harness/target.hpp"
#include "host/posix/account_files.hpp"
#include "host/posix/apt_text.hpp"
#include "host/posix/dpkg_status.hpp"
#include "host/posix/mount_table.hpp"
#include "host/posix/unit_states.hpp"
#include "profile/this_platform.hpp"
#include "sgx/aesmd_conf.hpp"
#include "sgx/cpuid_facts.hpp"
#include "sgx/cpuid_text.hpp"
#include "sgx/qcnl.hpp"

#include <nlohmann/json.hpp>

using namespace cosigner;
using namespace cosigner::fuzz;

namespace {

void judge_dpkg(std::string_view text) {
  for (const auto& [name, package] : host::parse_dpkg_status(text)) {
    require(!name.empty() && name == package.name, "a package under another name");
    (void)host::is_half_done(package);
  }
}

void judge_mounts(std::string_view text) {
  const auto mounts = host::parse_mountinfo(text);
  for (const auto& mount : mounts)
    require(!mount.point.text().empty() && mount.point.text().front() == '/', "a mount without a place");
  require(host::deepest_mount(mounts, Path("/dev/sgx_enclave")).point.text().front() == '/', "no mount holds a path");
}

void judge_cpuid(std::string_view text) {
  const auto dumps = sgx::parse_cpuid_text(text);
  if (!dumps) return require_plain(dumps.error());
  require(!dumps->empty(), "a dump without a processor");
  for (const auto& dump : *dumps) {
    const auto facts = sgx::judge_cpuid(dump);
    if (facts.brand) require_plain(shown(*facts.brand), "a brand");
    require(facts.epc.has_value() == facts.epc_bytes.has_value(), "enclave memory that is half known");
    if (facts.verdict == sgx::Verdict::on) require(facts.offered.value_or(false), "SGX that is on and not offered");
  }
  (void)sgx::do_agree(*dumps);
}

void judge_qcnl(std::string_view text) {
  (void)sgx::read_qcnl(text);
  (void)sgx::region_of_instance(text);
  for (const auto provider : {sgx::QuoteProvider::intel, sgx::QuoteProvider::azure, sgx::QuoteProvider::pccs}) {
    const sgx::WantedProvider wanted{provider, "https://pccs.example:8081/sgx/certification/v4/", true};
    const std::string once = write_qcnl(text, wanted);
    require(is_configured(once, wanted), "what was written is not what was wanted");
    require(sgx::read_qcnl(once).syntax == sgx::QcnlSyntax::json, "what was written is no JSON");
    require(write_qcnl(once, wanted) == once, "what was written changes when it is written again");
  }
}

void judge_aesmd(std::string_view text) {
  for (const auto& bad : sgx::read_aesmd_conf(text).bad_lines)
    require(bad.line > 0 && bad.column > 0 && !bad.why.empty(), "a bad line without a reason");
}

void judge_os_release(std::string_view text) { (void)profile::parse_os_release(std::string(text)); }

void judge_apt(std::string_view text) {
  for (const auto& source : apt::parse_source_list("a.list", text)) require(source.line > 0, "a source without a line");
  for (const auto& source : apt::parse_source_paragraphs("a.sources", text))
    (void)apt::has_same_origin(source, "https://download.example/x");
  (void)apt::weak_settings(apt::parse_apt_conf(text));
  if (const auto progress = host::parse_apt_status(text)) {
    require_plain(progress->what, "apt's progress");
    require(!progress->percent || (*progress->percent >= 0 && *progress->percent <= 100), "a percentage that is none");
  }
  (void)host::parse_policy_candidate(text);
  require_plain(host::describe_apt_failure(text, "install"));
}

void judge_accounts(std::string_view text) {
  for (const auto& user : host::parse_passwd(text)) require(!user.name.empty(), "a user without a name");
  for (const auto& group : host::parse_group(text)) require(!group.name.empty(), "a group without a name");
  require(host::parse_unit_states(text, {"docker.service", "aesmd.service"}).size() <= 2, "a unit that nobody asked for");
}

void judge_daemon(std::string_view text) {
  const auto merged = container::merge_daemon_settings(std::string(text));
  if (!merged) return require_plain(merged.error());
  require(parse_json(merged->text, {.bytes = 64 << 20}).ok(), "settings that the engine cannot read");
  const auto again = container::merge_daemon_settings(merged->text);
  require(again.ok() && !again->changed, "settings change when they are merged again");
}

void judge_reference(std::string_view text) {
  const auto reference = container::parse_reference(text);
  if (!reference) return require_plain(reference.error());
  const std::string full = reference->name() + (reference->tag.empty() ? "" : ":" + reference->tag) +
                           (reference->digest.empty() ? "" : "@" + reference->digest);
  const auto again = container::parse_reference(full);
  require(again.ok() && *again == *reference, "a reference changes when it is written");
}

}  // namespace

FUZZ_TARGET(machine_text) {
  static constexpr void (*judges[])(std::string_view) = {judge_dpkg,   judge_mounts,     judge_cpuid, judge_qcnl,
                                                         judge_aesmd,  judge_os_release, judge_apt,   judge_accounts,
                                                         judge_daemon, judge_reference};
  const unsigned choice = take_choice(input, 10);
  judges[choice](input);
}
