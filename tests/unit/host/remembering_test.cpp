#include <catch2/catch.hpp>

#include "host/remembering_host.hpp"
#include "kit/fake_host.hpp"

using namespace cosigner;
using namespace cosigner::host;

namespace {

kit::FakeHost machine() {
  kit::MachineModel model;
  model.entries["/etc/x"] = {FileKind::regular, {{0640}, {1, 2}}, "one\ttwo\nthree\\", Time(std::chrono::seconds(7))};
  model.packages["sgx-x"] = {"sgx-x", "2.26", "installed"};
  model.users["eve"] = {"eve", 1001, 1001, "/home/eve"};
  model.groups["docker"] = {"docker", 108, {"eve"}};
  model.units["a.service"].state = {true, "active", "enabled", false};
  model.kernel_log = "line one\nline two\n";
  model.cpuid = {{0, {{0, 0, {1, 2, 3, 4}}}}};
  model.devices["/dev/x"] = OpenResult::permission_denied;
  model.addresses["a.example"] = {"192.0.2.1"};
  model.engine = EngineInfo{};
  Container container;
  container.id = "c1";
  container.spec.name = "app";
  container.spec.environment["TOKEN"] = "secret";
  container.spec.devices = {{"/dev/x", "/dev/y"}};
  container.health = "healthy";
  model.containers["app"] = container;
  return kit::FakeHost(model);
}

/// Asks everything once, and gives what was answered as text.
std::string ask_all(const HostView& host) {
  std::string out;
  const auto file = host.files().stat("/etc/x");
  out += file && *file
             ? std::to_string((*file)->attributes.mode.bits) + std::to_string((*file)->modified.time_since_epoch().count())
             : "none";
  out += host.files().read("/etc/x", 100).value().value_or("none");
  out += host.files().read("/etc/none", 100).value().value_or("absent");
  const auto large = host.files().read("/etc/x", 2);
  out += large ? "read" : large.error().code;
  out += host.packages().installed().value().at("sgx-x").version;
  out += host.services().states({"a.service"}).value().at("a.service").active;
  const auto user = host.accounts().user("eve");
  out += user && *user ? (*user)->name + (*user)->home : "nobody";
  out += host.accounts().group("docker").value()->members.front();
  const auto container = host.containers().container("app").value();
  out += container->spec.environment.at("TOKEN") + container->spec.devices.front().target + *container->health;
  out += host.devices().kernel_log().value()->raw();
  out += std::to_string(host.devices().cpuid().value().front().leaves.front().registers.edx);
  out += std::to_string(static_cast<int>(host.devices().try_open("/dev/x")));
  const auto reached =
      host.network().reach({{"a.example", 443, true, {}, {}}, {"b.example", 443, true, {}, {}}}, std::chrono::seconds(1));
  out += reached[0].error ? "failed" : "reached";
  out += reached[1].error ? reached[1].error->code : "reached";
  return out + to_iso(host.clock().now()) + std::to_string(host.clock().sync().max_error.count());
}

}  // namespace

TEST_CASE("what was asked once is not asked again, and is answered alike") {
  kit::FakeHost host = machine();
  const RememberingHost remembering(host);
  const std::string first = ask_all(remembering);
  CHECK(first == ask_all(host));
  host.model = {};
  CHECK(ask_all(remembering) == first);
}

TEST_CASE("a capture answers without the machine, byte for byte") {
  kit::FakeHost host = machine();
  const RememberingHost remembering(host);
  const std::string first = ask_all(remembering);
  const auto replayed = RememberingHost::from_capture(remembering.to_capture());
  REQUIRE(replayed.ok());
  CHECK(ask_all(**replayed) == first);
  CHECK((*replayed)->to_capture() == remembering.to_capture());
}

TEST_CASE("what was not asked then cannot be answered, and says so") {
  kit::FakeHost host = machine();
  RememberingHost remembering(host);
  remembering.note("profile", "global");
  const auto replayed = RememberingHost::from_capture(remembering.to_capture());
  REQUIRE(replayed.ok());
  CHECK((*replayed)->noted("profile") == "global");
  CHECK((*replayed)->noted("nothing").empty());
  const auto answer = (*replayed)->files().stat("/etc/x");
  REQUIRE_FALSE(answer.ok());
  CHECK(answer.error().code == "capture.not_recorded");
}

TEST_CASE("what is scrubbed is neither kept nor shown to whoever asks") {
  kit::FakeHost host = machine();
  RememberingHost remembering(host, [](const std::string& what, std::string text) {
    return what == "user" ? "user-1" : what.rfind("package ", 0) == 0 ? text : "x";
  });
  remembering.name_user("user-1", "eve");
  CHECK((*remembering.accounts().user("user-1"))->name == "user-1");
  CHECK((*remembering.accounts().group("docker"))->members.front() == "user-1");
  CHECK((*remembering.containers().container("app"))->spec.environment.at("TOKEN") == "x");
  CHECK(*remembering.files().read("/etc/x", 100) == "x");
  const std::string capture = remembering.to_capture();
  for (const char* canary : {"eve", "secret", "three"}) CHECK(capture.find(canary) == std::string::npos);
}

TEST_CASE("a file that is no capture, or a cut one, is refused and never guessed at") {
  CHECK(RememberingHost::from_capture("").error().code == "capture.malformed");
  CHECK(RememberingHost::from_capture("hello\n").error().code == "capture.malformed");
  CHECK(RememberingHost::from_capture("cosigner.capture/1\nno tab\n").error().code == "capture.malformed");
  for (const char* answer : {"", "1:1", "1:19:", "99:", "1:118446744073709551615:", "x", "1:11:1"}) {
    INFO(answer);
    const auto host = RememberingHost::from_capture("cosigner.capture/1\nstat /etc/x\t" + std::string(answer) + "\n");
    REQUIRE(host.ok());
    const auto stat = (*host)->files().stat("/etc/x");
    REQUIRE_FALSE(stat.ok());
    CHECK(stat.error().code == "capture.malformed");
  }
}
