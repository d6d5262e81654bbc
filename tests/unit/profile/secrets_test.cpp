#include <catch2/catch.hpp>

#include "kit/fake_host.hpp"
#include "profile/secret_owner.hpp"
#include "profile/settings.hpp"

using namespace cosigner;
using namespace cosigner::profile;

namespace {

kit::FakeHost host_with(const std::string& path, std::uint32_t mode, const std::string& content, host::FileKind kind = host::FileKind::regular) {
  kit::MachineModel model;
  for (const auto* folder : {"/", "/run", "/run/credentials", "/run/credentials/unit"}) {
    kit::Entry entry;
    entry.kind = host::FileKind::directory;
    entry.attributes = {{0755}, {}};
    model.entries[folder] = entry;
  }
  kit::Entry entry;
  entry.kind = kind;
  entry.attributes = {{mode}, {}};
  entry.content = content;
  model.entries[path] = entry;
  return kit::FakeHost(model);
}

SecretRef file_reference() { return {SecretRef::Kind::file, "/run/token", {}}; }

}  // namespace

TEST_CASE("a secret file of root alone is opened, its last line feed cut, and the watcher told") {
  const auto host = host_with("/run/token", 0600, "hush-hush\n");
  std::string seen;
  watch_opened_secrets([&](const Secret& secret) { seen = std::string(secret.reveal("test")); });
  const auto secret = open_secret(file_reference(), host, "");
  watch_opened_secrets(nullptr);
  REQUIRE(secret.ok());
  CHECK(secret->reveal("test") == "hush-hush");
  CHECK(seen == "hush-hush");
}

TEST_CASE("a secret that others may read, a link and an empty file are refused without their content") {
  CHECK(open_secret(file_reference(), host_with("/run/token", 0640, "hush"), "").error().code == "answers.secret_unsafe");
  CHECK(open_secret(file_reference(), host_with("/run/token", 0604, "hush"), "").error().code == "answers.secret_unsafe");
  CHECK_FALSE(open_secret(file_reference(), host_with("/run/token", 0600, "/etc/shadow", host::FileKind::link), "").ok());
  CHECK(open_secret(file_reference(), host_with("/run/token", 0600, "\n"), "").error().code == "answers.secret_unreadable");
  CHECK(open_secret(file_reference(), host_with("/run/other", 0600, "x"), "").error().code == "answers.secret_unreadable");
}

TEST_CASE("a secret file belongs to root or to whoever gave the answers, has one name and a bounded size") {
  auto host = host_with("/run/token", 0600, "hush-hush");
  auto& entry = host.model.entries.at("/run/token");
  entry.attributes.owner = {1000, 1000};
  CHECK(open_secret(file_reference(), host, "").error().code == "answers.secret_unsafe");
  believe_secret_files_of(1000);
  CHECK(open_secret(file_reference(), host, "").ok());
  believe_secret_files_of(1001);
  CHECK(open_secret(file_reference(), host, "").error().code == "answers.secret_unsafe");
  believe_secret_files_of(std::nullopt);
  CHECK(open_secret(file_reference(), host_with("/run/token", 0600, std::string(64 * 1024, 'x')), "").ok());
  CHECK(open_secret(file_reference(), host_with("/run/token", 0600, std::string(64 * 1024 + 1, 'x')), "").error().code == "answers.secret_unsafe");
  for (const auto kind : {host::FileKind::directory, host::FileKind::fifo, host::FileKind::character_device, host::FileKind::socket}) {
    CHECK(open_secret(file_reference(), host_with("/run/token", 0600, "x", kind), "").error().code == "answers.secret_unsafe");
  }
}

TEST_CASE("a credential is looked for in systemd's folder only") {
  const auto host = host_with("/run/credentials/unit/token", 0400, "hush");
  CHECK(open_secret({SecretRef::Kind::credential, "token", {}}, host, "/run/credentials/unit").ok());
  CHECK_FALSE(open_secret({SecretRef::Kind::credential, "token", {}}, host, "").ok());
  CHECK_FALSE(open_secret({SecretRef::Kind::credential, "../../token", {}}, host, "/run/credentials/unit").ok());
}

TEST_CASE("a text reference gives pasted text, or the file, or says that it is not there") {
  CHECK(open_text({"", "-----BEGIN X"}, host_with("/run/x", 0600, "")).value() == "-----BEGIN X");
  CHECK(open_text({"/run/x", ""}, host_with("/run/x", 0644, "pem")).value() == "pem");
  CHECK(open_text({"/run/y", ""}, host_with("/run/x", 0644, "pem")).error().code == "answers.file_unreadable");
}
