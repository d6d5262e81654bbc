// What dpkg and apt write, and the command lines that apt gets.
#include <algorithm>
#include <catch2/catch.hpp>

#include "host/posix/apt_command.hpp"
#include "host/posix/apt_text.hpp"
#include "host/posix/dpkg_status.hpp"

using namespace cosigner;
using namespace cosigner::host;

namespace {

bool has_pair(const std::vector<std::string>& arguments, const std::string& setting) {
  const auto found = std::find(arguments.begin(), arguments.end(), setting);
  return found != arguments.begin() && found != arguments.end() && *(found - 1) == "-o";
}

bool has(const std::vector<std::string>& arguments, const std::string& argument) {
  return std::find(arguments.begin(), arguments.end(), argument) != arguments.end();
}

}  // namespace

TEST_CASE("packages of a foreign architecture are not ours") {
  const auto packages = parse_dpkg_status(
      "Package: libc6\nStatus: install ok installed\nArchitecture: i386\nVersion: 1\n\n"
      "Package: libc6\nStatus: install ok installed\nArchitecture: amd64\nVersion: 2\n\n"
      "Package: tzdata\nStatus: hold ok installed\nArchitecture: all\nVersion: 3\nDescription: x\n Package: fake\n Version: 9");
  REQUIRE(packages.size() == 2);
  CHECK(packages.at("libc6").version == "2");
  CHECK(packages.at("tzdata").version == "3");
  CHECK(packages.at("tzdata").status == "installed");
}

TEST_CASE("a package that must be installed again is half done, whatever else its status says") {
  const auto packages = parse_dpkg_status(
      "Package: a\nStatus: install reinstreq half-installed\nArchitecture: amd64\nVersion: 1\n\n"
      "Package: b\nStatus: install reinstreq installed\nArchitecture: amd64\nVersion: 1\n");
  CHECK(is_half_done(packages.at("a")));
  CHECK(is_half_done(packages.at("b")));
}

TEST_CASE("a damaged status file gives what is readable in it") {
  CHECK(parse_dpkg_status("").empty());
  CHECK(parse_dpkg_status("\n\n\n").empty());
  CHECK(parse_dpkg_status("Status: install ok installed\n").empty());
  CHECK(parse_dpkg_status("Package: a\nStatus:\n\nPackage: b\nStatus: install ok installed").size() == 1);
}

TEST_CASE("apt's progress lines become progress, everything else nothing") {
  const auto download = parse_apt_status("dlstatus:3:42.5:Retrieving file 3 of 12 (2min remaining)");
  REQUIRE(download);
  CHECK(download->what == "downloading packages");
  CHECK(*download->percent == Approx(42.5));
  const auto install = parse_apt_status("pmstatus:libc6:amd64:10.7143:Unpacking libc6:amd64 (amd64)");
  REQUIRE(install);
  CHECK(install->what == "installing libc6");
  CHECK(*install->percent == Approx(10.7143));
  for (const char* line : {"", "pmerror:/x.deb:50:trouble", "pmconffile:/etc/x:50:'a' 'b' 1 1", "dlstatus:1", "dlstatus:1:much:x",
                           "dlstatus:1:101:x", "pmstatus:::"})
    CHECK_FALSE(parse_apt_status(line));
}

TEST_CASE("a package's name in a progress line cannot reach the terminal raw") {
  const auto seen = parse_apt_status("pmstatus:a\x1b[2J:5:x");
  REQUIRE(seen);
  CHECK(seen->what.find('\x1b') == std::string::npos);
}

TEST_CASE("the candidate is what apt-cache policy names, and (none) is none") {
  CHECK(*parse_policy_candidate("hello:\n  Installed: (none)\n  Candidate: 2.10-3\n  Version table:\n") == "2.10-3");
  CHECK_FALSE(parse_policy_candidate("hello:\n  Installed: 2.10-3\n  Candidate: (none)\n"));
  CHECK_FALSE(parse_policy_candidate(""));
}

TEST_CASE("each cause that apt names has its code") {
  struct Case {
    const char* said;
    const char* code;
  };
  const Case cases[] = {
      {"E: Could not get lock /var/lib/dpkg/lock-frontend. It is held by process 12 (apt)", "packages.lock_held"},
      {"E: Unable to locate package libsgx-none", "packages.not_found"},
      {"E: Package 'x' has no installation candidate", "packages.not_found"},
      {"E: Version '9' for 'hello' was not found", "packages.not_found"},
      {"E: dpkg was interrupted, you must manually run 'dpkg --configure -a' to correct the problem. ", "packages.interrupted"},
      {"E: Unmet dependencies. Try 'apt --fix-broken install' with no packages", "packages.interrupted"},
      {"E: You don't have enough free space in /var/cache/apt/archives/.", "packages.disk_full"},
      {"dpkg: error processing archive x.deb (--unpack):\n cannot copy: failed to write (No space left on device)",
       "packages.disk_full"},
      {"W: GPG error: https://a b InRelease: The following signatures couldn't be verified because the public key is not "
       "available: NO_PUBKEY 1",
       "packages.signature_invalid"},
      {"E: The repository 'https://a b Release' is not signed.", "packages.signature_invalid"},
      {"E: Failed to fetch https://a/x.deb  Hash Sum mismatch", "packages.signature_invalid"},
      {"E: Release file for https://a/InRelease is not valid yet (invalid for another 5min).", "packages.signature_invalid"},
      {"E: Failed to fetch https://a/InRelease  Temporary failure resolving 'a'", "packages.source_unreachable"},
      {"E: Failed to fetch https://download.01.org/intel-sgx/sgx_repo/ubuntu/pool/main/libs/libsgx-urts/libsgx-urts_2.25.100.3-jammy1_amd64.deb  404  Not Found [IP: 192.0.2.1 443]\n"
       "E: Unable to fetch some archives, maybe run apt-get update or try with --fix-missing?",
       "packages.lists_stale"},
      {"E: Failed to fetch file:/srv/sgx/pool/main/libsgx-urts_2.25_amd64.deb  File not found - /srv/sgx/pool/main/libsgx-urts_2.25_amd64.deb (2: No such file or directory)", "packages.lists_stale"},
      {"E: Failed to fetch https://a/dists/x/main/binary-amd64/Packages  404  Not Found [IP: 192.0.2.1 443]", "packages.source_unreachable"},
      {"Err:1 https://a b InRelease\n  Certificate verification failed: The certificate is NOT trusted.",
       "packages.source_unreachable"},
      {"The following packages have unmet dependencies:\n x : Depends: y\nE: Unable to correct problems, you have held broken "
       "packages.",
       "packages.conflict"},
      {"E: Packages need to be removed but remove is disabled.", "packages.conflict"},
      {"E: Packages were downgraded and -y was used without --allow-downgrades.", "packages.conflict"},
      {"E: Sub-process /usr/bin/dpkg returned an error code (1)", "packages.failed"},
      {"", "packages.failed"},
  };
  for (const Case& one : cases) {
    INFO(one.said);
    const Error error = describe_apt_failure(one.said, "install x");
    CHECK(error.code == one.code);
    CHECK_FALSE(error.remedy.empty());
  }
}

namespace {

const PackageOrigin sgx_origin = {"/etc/apt/sources.list.d/intel-sgx.sources", "download.01.org_", {"libsgx*", "sgx-*"}, "jammy"};

/// As dpkg 1.20 to 1.22 and apt 2.0 to 2.7 say it.
std::string overlap_of(const std::string& archive, const std::string& owner) {
  return "Unpacking libsgx-urts (2.26.100.0-jammy1) ...\n"
         "dpkg: error processing archive " + archive + " (--unpack):\n"
         " trying to overwrite '/usr/lib/x86_64-linux-gnu/libsgx_urts.so.2', which is also in package " + owner + "\n"
         "dpkg-deb: error: paste subprocess was killed by signal (Broken pipe)\n"
         "Errors were encountered while processing:\n " + archive + "\nE: Sub-process /usr/bin/dpkg returned an error code (1)\n";
}

}  // namespace

TEST_CASE("a file that moved between packages is a conflict with both names, and of the source's own the older one is to be purged") {
  for (const char* archive : {"/var/cache/apt/archives/libsgx-urts_2.26.100.0-jammy1_amd64.deb", "/tmp/apt-dpkg-install-uFxk3p/12-libsgx-urts_2.26.100.0-jammy1_amd64.deb"}) {
    const Error error = describe_apt_failure(overlap_of(archive, "libsgx-enclave-common 2.9.101.2-jammy1"), "install x", &sgx_origin);
    CHECK(error.code == "packages.conflict");
    CHECK(error.message.find("/usr/lib/x86_64-linux-gnu/libsgx_urts.so.2 of libsgx-urts 2.26.100.0-jammy1 is also in libsgx-enclave-common 2.9.101.2-jammy1") != std::string::npos);
    CHECK(error.remedy == "Run `apt-get purge libsgx-enclave-common`, which is the older one, then run again.");
  }
  const Error newer_owner = describe_apt_failure(overlap_of("/x/libsgx-urts_2.25.100.3-jammy1_amd64.deb", "libsgx-enclave-common 2.26.100.0-jammy1"), "install x", &sgx_origin);
  CHECK(newer_owner.remedy.find("apt-get update") != std::string::npos);
  CHECK(newer_owner.remedy.find("purge libsgx-enclave-common") == std::string::npos);
}

TEST_CASE("a file of somebody else's package is a conflict for which no package is named for removal") {
  const std::string archive = "/var/cache/apt/archives/libsgx-dcap-default-qpl_1.23.100.0-jammy1_amd64.deb";
  for (const auto* origin : {&sgx_origin, static_cast<const PackageOrigin*>(nullptr)}) {
    const Error error = describe_apt_failure(overlap_of(archive, "az-dcap-client 1.12.3"), "install x", origin);
    CHECK(error.code == "packages.conflict");
    CHECK(error.message.find("az-dcap-client 1.12.3") != std::string::npos);
    CHECK(error.remedy.find("purge") == std::string::npos);
  }
  const Error crafted = describe_apt_failure(overlap_of(archive, "libsgx-x;reboot 1"), "install x", &sgx_origin);
  CHECK(crafted.remedy.find("reboot") == std::string::npos);
}

TEST_CASE("a library that is not installable means packages of another suite, and the remedy names this system's") {
  const std::string said = "Reading package lists...\nSome packages could not be installed. This may mean that you have\nrequested an impossible situation\n"
      "The following packages have unmet dependencies:\n sgx-aesm-service : Depends: libprotobuf17 (>= 3.6.1) but it is not installable\n"
      "                    Recommends: libsgx-aesm-launch-plugin but it is not going to be installed\nE: Unable to correct problems, you have held broken packages.\n";
  const Error error = describe_apt_failure(said, "install x", &sgx_origin);
  CHECK(error.code == "packages.conflict");
  CHECK(error.message.find("libprotobuf17") != std::string::npos);
  CHECK(error.remedy.find("this one's suite is jammy") != std::string::npos);
  PackageOrigin without = sgx_origin;
  without.system_suite.clear();
  CHECK(describe_apt_failure(said, "install x", &without).remedy.find("no suite for this system") != std::string::npos);
  CHECK(describe_apt_failure(said, "install x").remedy.find("suite") == std::string::npos);
  const std::string foreign = "The following packages have unmet dependencies:\n docker-ce : Depends: libx but it is not installable\nE: Unable to correct problems, you have held broken packages.\n";
  CHECK(describe_apt_failure(foreign, "install x", &sgx_origin).remedy.find("suite") == std::string::npos);
}

TEST_CASE("what apt complains of is shown in one bounded line without control characters") {
  const Error error = describe_apt_failure("noise\nE: bad \x1b]0;title\x07 thing\nE: " + std::string(5000, 'x'), "install x");
  CHECK(error.message.find("E: bad") != std::string::npos);
  CHECK(error.message.find('\x1b') == std::string::npos);
  CHECK(error.message.find('\n') == std::string::npos);
  CHECK(error.message.find("noise") == std::string::npos);
  CHECK(error.message.size() < 1200);
}

TEST_CASE("an update that only warned of a failed fetch has failed") {
  CHECK(update_was_partial(
      "W: Failed to fetch https://a/InRelease  Could not resolve 'a'\nW: Some index files failed to download.\n"));
  CHECK(update_was_partial("Err:1 https://a b InRelease\n"));
  CHECK_FALSE(update_was_partial(
      "Hit:1 https://a b InRelease\nReading package lists...\nW: Target Packages is configured multiple times\n"));
}

TEST_CASE("weak settings of the host are overridden in every call of apt") {
  const std::vector<std::vector<std::string>> calls = {update_command(nullptr), install_command({{"a"}, false, false, {}}),
                                                       remove_command({"a"}), repair_command()};
  for (const auto& call : calls) {
    CHECK(call.front() == "/usr/bin/apt-get");
    for (const char* setting :
         {"Acquire::AllowInsecureRepositories=false", "Acquire::AllowDowngradeToInsecureRepositories=false",
          "APT::Get::AllowUnauthenticated=false", "Acquire::https::Verify-Peer=true", "Acquire::https::Verify-Host=true"})
      CHECK(has_pair(call, setting));
    // The call's own options are read from a file named before the settings, so that they lose against them.
    CHECK(call[3].substr(0, 3) == "-c=");
  }
}

TEST_CASE("an update of one source leaves the lists of all others alone") {
  const Path file("/etc/apt/sources.list.d/x.sources");
  const auto call = update_command(&file);
  CHECK(has_pair(call, "Dir::Etc::SourceList=/etc/apt/sources.list.d/x.sources"));
  CHECK(has_pair(call, "Dir::Etc::SourceParts=/dev/null"));
  CHECK(has_pair(call, "APT::Get::List-Cleanup=0"));
  CHECK_FALSE(has_pair(update_command(nullptr), "Dir::Etc::SourceParts=/dev/null"));
}

TEST_CASE("an install asks nothing, keeps configuration files, removes nothing and downgrades only when told") {
  const auto call = install_command({{"a", "b=1"}, false, false, {}});
  CHECK(has(call, "-y"));
  CHECK(has(call, "--no-remove"));
  CHECK(has(call, "--no-install-recommends"));
  CHECK_FALSE(has(call, "--allow-downgrades"));
  CHECK(has_pair(call, "Dpkg::Options::=--force-confold"));
  CHECK(std::vector<std::string>(call.end() - 3, call.end()) == std::vector<std::string>{"install", "a", "b=1"});
  CHECK(has(install_command({{"a"}, true, true, {}}), "--allow-downgrades"));
  CHECK(has(install_command({{"a"}, true, true, {}}), "--install-recommends"));
}

TEST_CASE("only names of packages are taken as names of packages") {
  for (const char* name : {"libc6", "g++", "libsgx-urts=2.25.100.3-jammy1", "docker.io", "a1=1:2~3+b4"})
    CHECK(is_package_name(name));
  for (const char* name : {"", "a", "-o", "libc6-", "Libc6", "a b", "a=", "./x.deb", "a*", "task^", "a/stable", "ab;x", "ab=1 2"})
    CHECK_FALSE(is_package_name(name));
}

TEST_CASE("a call's options are plain settings, kept out of the argument list") {
  CHECK(is_apt_setting("Acquire::https::Proxy=http://user:secret@proxy:3128"));
  for (const char* text : {"", "x", "=x", "A=b\"; B \"c", "A=b\nc", "A b=c", "-c=/x\x7f"}) CHECK_FALSE(is_apt_setting(text));
  const AptOptions options{{"Acquire::https::Proxy=http://proxy:3128"}, Secret(std::string("http://user:secret@proxy:3128"))};
  const std::string document = options_document(options);
  CHECK(document.find("Acquire::https::Proxy \"http://user:secret@proxy:3128\";") > document.find("Acquire::https::Proxy \"http://proxy:3128\";"));
  const auto call = install_command({{"a"}, false, false, options});
  for (const std::string& argument : call) CHECK(argument.find("secret") == std::string::npos);
}
