#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include "base/encoding.hpp"
#include "base/json.hpp"
#include "base/text.hpp"
#include "profile/answers_json.hpp"
#include "profile/profile_json.hpp"
#include "unit/cli/paper_machine.hpp"

using namespace cosigner;
using namespace cosigner::cli;

namespace cosigner::cli {

std::string paper_token(const PaperMachine& machine) {
  const auto end = machine.host.model.now + std::chrono::hours(1);
  const std::string payload =
      "{\"userId\":\"12345678-1234-4234-8234-123456789abc\",\"exp\":" + std::to_string(end.time_since_epoch().count()) + "}";
  return to_base64url("{\"alg\":\"RS256\"}") + "." + to_base64url(payload) + "." + to_base64url(std::string(256, 's'));
}

}  // namespace cosigner::cli

namespace {

const std::string no_callback =
    "{\"version\":1,\"acknowledgeNoCallback\":true,\"pairing\":{\"token\":{\"file\":\"/run/token\"}}}";

void put_token(PaperMachine& machine) {
  kit::Entry entry;
  entry.attributes = {{0600}, {}};
  entry.content = paper_token(machine);
  machine.host.model.entries["/run/token"] = entry;
}

void let_the_image_interrupt_a_running_cosigner(PaperMachine& machine) {
  machine.stage("image").disruption = engine::Disruption::container;
  host::Container container;
  container.spec.name = "cosigner";
  container.running = true;
  container.state = "running";
  machine.host.model.engine = host::EngineInfo{};
  machine.host.model.containers["cosigner"] = container;
}

}  // namespace

TEST_CASE("unattended setup converges, and the second run has no effects, asks nothing and opens no secret") {
  PaperMachine machine;
  put_token(machine);
  machine.files.put("/a.json", no_callback);
  REQUIRE(machine.run({"setup", "--answers", "/a.json"}) == 0);
  CHECK_THAT(machine.terminal.said, Catch::Contains("effects: 5"));
  machine.host.model.entries.erase("/run/token");  // it died long ago
  machine.terminal.said.clear();
  CHECK(machine.run({"setup", "--answers", "/a.json"}) == 0);
  CHECK_THAT(machine.terminal.said, Catch::Contains("effects: 0"));
  CHECK(machine.terminal.reads == 0);
}

TEST_CASE("without a token everything before pairing is done, the run ends with 21, and pair finishes without answers") {
  PaperMachine machine;
  machine.files.put("/a.json", "{\"version\":1,\"acknowledgeNoCallback\":true}");
  CHECK(machine.run({"setup", "--answers", "/a.json"}) == 21);
  CHECK(machine.has("/made/image"));
  CHECK_FALSE(machine.has("/made/pairing"));
  CHECK_THAT(machine.terminal.said, Catch::Contains("cosigner pair"));
  machine.terminal.piped = paper_token(machine);
  CHECK(machine.run({"pair"}) == 0);
  CHECK(machine.has("/made/service"));
  CHECK_FALSE(machine.has("/var/lib/cosigner/answers.json"));
}

TEST_CASE("every problem of the answers is told at once, before root, lock or any change") {
  PaperMachine machine;
  machine.environment.uid = 1000;
  machine.files.put("/a.json", "{\"version\":1,\n\"profil\":1,\n\"start\":7}", 1000);
  CHECK(machine.run({"setup", "--answers", "/a.json"}) == 2);
  CHECK_THAT(machine.terminal.erred,
             Catch::Contains("line 2") && Catch::Contains("line 3") && Catch::Contains("did you mean \"profile\"?"));
  CHECK(machine.locks == 0);
  CHECK(machine.host.log.calls().empty());
}

TEST_CASE("not root is 15, and a held lock is 5, each with its remedy and without a change") {
  PaperMachine machine;
  machine.environment.uid = 1000;
  CHECK(machine.run({"setup"}) == 15);
  CHECK_THAT(machine.terminal.erred, Catch::Contains("sudo cosigner setup"));
  machine.environment.uid = 0;
  machine.lock_error = make_error("lock.held", "another run holds the lock (pid 812)", "Wait for it to end.");
  CHECK(machine.run({"setup"}) == 5);
  CHECK_THAT(machine.terminal.erred, Catch::Contains("pid 812"));
  CHECK(machine.host.log.calls().empty());
}

TEST_CASE("a dead token in the answers is exit 2 before the first change") {
  PaperMachine machine;
  machine.stage("pairing").wants_token = false;
  machine.stage("pairing").blocked = make_error("pairing.token_expired", "the token ended", "Copy a fresh one.");
  put_token(machine);
  machine.files.put("/a.json", no_callback);
  CHECK(machine.run({"setup", "--answers", "/a.json"}) == 2);
  CHECK_FALSE(machine.has("/made/hardware"));
}

TEST_CASE("--until ends after its stage with 0, and an unknown stage is wrong usage") {
  PaperMachine machine;
  CHECK(machine.run({"setup", "--until", "image"}) == 0);
  CHECK(machine.has("/made/image"));
  CHECK_FALSE(machine.has("/made/pairing"));
  CHECK(machine.run({"setup", "--until", "imag"}) == 2);
  CHECK_THAT(machine.terminal.erred, Catch::Contains("did you mean \"image\"?"));
}

TEST_CASE("--record writes what was changed to a new file and refuses one that exists") {
  PaperMachine machine;
  CHECK(machine.run({"setup", "--until", "image", "--record", "/effects.json"}) == 0);
  const auto document = parse_json(machine.files.files.at("/effects.json").bytes);
  REQUIRE(document.ok());
  CHECK((*document)["effects"].size() == 2);
  CHECK((*document)["effects"][0]["subject"] == "/made/hardware");
}

TEST_CASE("while a co-signer runs nothing above aesm is done unattended, unless the budget says so") {
  PaperMachine machine;
  let_the_image_interrupt_a_running_cosigner(machine);
  CHECK(machine.run({"setup", "--until", "image"}) == 22);
  CHECK_FALSE(machine.has("/made/image"));
  CHECK(machine.run({"setup", "--until", "image", "--max-disruption", "container"}) == 0);
}

TEST_CASE("the answers' budget holds like the option's") {
  PaperMachine machine;
  let_the_image_interrupt_a_running_cosigner(machine);
  machine.files.put("/a.json", "{\"version\":1,\"acknowledgeNoCallback\":true,\"maxDisruption\":\"container\"}");
  CHECK(machine.run({"setup", "--until", "image", "--answers", "/a.json"}) == 0);
  CHECK(machine.has("/made/image"));
}

TEST_CASE("with --json every line of standard output is JSON, also when the run cannot begin") {
  PaperMachine machine;
  machine.environment.uid = 1000;
  CHECK(machine.run({"setup", "--json"}) == 15);
  machine.environment.uid = 0;
  CHECK(machine.run({"setup", "--json", "--until", "image"}) == 0);
  std::string last;
  for (const auto line : lines_of(machine.terminal.said)) {
    const auto event = parse_json(line);
    REQUIRE(event.ok());
    last = (*event)["event"].get<std::string>();
  }
  CHECK(last == "run_finished");
  CHECK(machine.terminal.erred.empty());
}

TEST_CASE("at a terminal the plan is shown first, and no is 130 with nothing changed") {
  PaperMachine machine;
  machine.terminal.interactive = true;
  machine.terminal.answers = {"", "", "n"};  // environment, no registry login, go on?
  CHECK(machine.run({"setup"}) == 130);
  CHECK_THAT(machine.terminal.said,
             Catch::Contains("file /made/hardware") && Catch::Contains("Nothing that runs is interrupted."));
  CHECK_FALSE(machine.has("/made/hardware"));
}

TEST_CASE("the interactive way: environment, login, plan, then the token after image, no callback by its sentence, no proxy") {
  PaperMachine machine;
  machine.terminal.interactive = true;
  machine.terminal.answers = {"1", "", "y", "not-a-token", paper_token(machine), "2", "sign everything", "2"};
  CHECK(machine.run({"setup"}) == 0);
  CHECK(machine.terminal.answers.empty());
  CHECK(machine.terminal.hidden_reads == 2);
  CHECK(machine.has("/made/service"));
  const auto said = machine.terminal.said;
  CHECK(said.find("Go on? [y/n]") < said.find("Pairing token:"));
  CHECK_THAT(said + machine.terminal.erred, !Catch::Contains(paper_token(machine)));
}

TEST_CASE("before the first question of a first set-up stands what this is, what is needed at hand, from when on it changes something and how to stop") {
  PaperMachine machine;
  machine.terminal.interactive = true;
  machine.terminal.answers = {"1", "", "n"};
  CHECK(machine.run({"setup"}) == 130);
  const std::string opening = machine.terminal.said.substr(0, machine.terminal.said.find("Which environment"));
  CHECK_THAT(opening, Catch::Contains("sets up a co-signer") && Catch::Contains("login of the image registry") && Catch::Contains("Console") &&
                          Catch::Contains("Nothing is changed before") && Catch::Contains("Go on?") && Catch::Contains("Ctrl-C"));
  const auto lines = lines_of(opening);
  CHECK((lines.size() >= 3 && lines.size() <= 5));
  for (const auto line : lines) CHECK(line.size() <= 80);
}

TEST_CASE("a repair at a terminal is not told what a set-up is, and with --yes no question is promised") {
  PaperMachine machine;
  CHECK(machine.run({"setup", "--until", "hardware"}) == 0);
  machine.terminal.interactive = true;
  machine.terminal.answers = {""};  // no registry login; the environment is known
  CHECK(machine.run({"setup", "--until", "image", "--yes"}) == 0);
  CHECK_THAT(machine.terminal.said, !Catch::Contains("sets up a co-signer") && !Catch::Contains("Go on?") && Catch::Contains("--yes goes on without asking"));
}

TEST_CASE("the plan before \"Go on?\" is compact, and with --verbose it has the reasons and ways back") {
  for (const bool verbose : {false, true}) {
    PaperMachine machine;
    machine.terminal.interactive = true;
    machine.terminal.answers = {"1", "", "n"};
    CHECK(machine.run(verbose ? std::vector<std::string>{"setup", "--verbose"} : std::vector<std::string>{"setup"}) == 130);
    CHECK((machine.terminal.said.find("undo: removed") != std::string::npos) == verbose);
  }
}

TEST_CASE("a proxy is asked for when the download hosts cannot be reached, and one with a password in its URL is refused") {
  PaperMachine machine;
  machine.host.model.addresses.clear();
  machine.host.model.web.clear();
  machine.terminal.width = 200;
  machine.terminal.interactive = true;
  machine.terminal.answers = {"1", "http://me:hush@proxy.example:3128", "http://proxy.example:3128", "", "", "y"};
  CHECK(machine.run({"setup", "--until", "image"}) == 0);
  CHECK(machine.terminal.answers.empty());
  CHECK_THAT(machine.terminal.said,
             Catch::Contains("cannot be reached directly") && Catch::Contains("without user name, password or path"));
}

TEST_CASE("a login that the registry refuses is asked for again at once, and a path is not taken for a password unasked") {
  PaperMachine machine;
  machine.terminal.width = 200;
  const std::string registry = profile::builtin_profile("global")->image.registry;
  machine.host.model.addresses[registry] = {"192.0.2.9"};
  std::vector<std::string> logins;
  machine.host.model.web["https://" + registry + "/v2/"] = [&](kit::MachineModel&,
                                                               const host::HttpRequest& request) -> Result<host::HttpResponse> {
    logins.push_back(request.headers.at(0));
    host::HttpResponse answer;
    answer.status = logins.back() == "Authorization: Basic " + to_base64("reader:right") ? 200 : 401;
    return answer;
  };
  machine.terminal.interactive = true;
  machine.terminal.answers = {"1", "reader", "/root/password", "n", "wrong", "", "right", "n"};
  CHECK(machine.run({"setup"}) == 130);
  CHECK(machine.terminal.answers.empty());
  CHECK(logins.size() == 2);
  CHECK_THAT(machine.terminal.said, Catch::Contains("Password or token of reader at " + registry + ":") &&
                                        Catch::Contains("looks like the path of a file") &&
                                        Catch::Contains("The registry " + registry + " refuses this user name and password."));
}

TEST_CASE("what was answered once is kept beside the configuration file, and whoever misses that file is told") {
  PaperMachine machine;
  machine.files.put("/a.json",
                    "{\"version\":1,\"profile\":\"europe\",\"acknowledgeNoCallback\":true,\"wait\":{\"onlineSeconds\":77},"
                    "\"pairing\":{\"token\":{\"file\":\"/run/token\"}}}");
  put_token(machine);
  REQUIRE(machine.run({"setup", "--answers", "/a.json"}) == 0);
  const auto kept = machine.text_of("/var/lib/cosigner/answers-kept.json");
  CHECK_THAT(kept, Catch::Contains("\"europe\"") && Catch::Contains("77") && !Catch::Contains("/run/token"));
  CHECK(machine.host.files().stat("/var/lib/cosigner/answers-kept.json").value()->attributes.mode.bits == 0600);
  CHECK(machine.run({"setup"}) == 0);  // the model's stages write no configuration file
  CHECK_THAT(machine.terminal.erred, Catch::Contains("/etc/cosigner/config.json is gone; the answers of the last complete set-up "
                                                     "are taken from /var/lib/cosigner/answers-kept.json"));
  CHECK(machine.text_of("/var/lib/cosigner/answers-kept.json") == kept);
}

TEST_CASE("at a terminal a weakening is accepted with its meaning and everything that its id stands for here, and no ends the run") {
  PaperMachine machine;
  const std::string a(64, 'a');
  const std::string b(64, 'b');
  machine.files.put("/lab.json", "{\"schema\":\"cosigner.profile/1\",\"name\":\"lab\",\"extends\":\"global\",\"image\":{\"digests\":{\"2026.09.16\":\"sha256:" + a + "\",\"2026.10.03\":\"sha256:" + b + "\"}}}");
  machine.terminal.interactive = true;
  machine.terminal.width = 200;
  machine.terminal.answers = {"", ""};  // no login; not accepted
  CHECK(machine.run({"setup", "--profile", "/lab.json"}) == 130);
  CHECK(machine.terminal.answers.empty());
  CHECK_FALSE(machine.has("/made/hardware"));
  const auto& said = machine.terminal.said;
  const auto asked = said.find("Weaker than built in, image.profile_digest: the image's digest comes from a profile file instead of the operator");
  REQUIRE(asked != std::string::npos);
  CHECK_THAT(said.substr(asked), Catch::Contains(a) && Catch::Contains(b) && Catch::Contains("Accept this weakening: image.profile_digest?"));
  CHECK_THAT(machine.terminal.erred, Catch::Contains("image.profile_digest was not accepted"));
}

TEST_CASE("that the co-signer needs no proxy is asked once") {
  PaperMachine machine;
  machine.terminal.interactive = true;
  machine.terminal.answers = {"1", "", "y", paper_token(machine), "2", "sign everything", "2"};
  REQUIRE(machine.run({"setup"}) == 0);
  const auto read = profile::read_answers(machine.text_of("/var/lib/cosigner/answers-kept.json"), "kept");
  CHECK(read.problems.empty());
  CHECK(read.answers.container_proxy_decided);
  CHECK(read.answers.container_proxy_url.empty());
}

TEST_CASE("on a converged machine nothing is asked at a terminal either") {
  PaperMachine machine;
  CHECK(machine.run({"setup", "--until", "image"}) == 0);
  machine.terminal.interactive = true;
  CHECK(machine.run({"setup", "--until", "image"}) == 0);
  CHECK(machine.terminal.reads == 0);
}

TEST_CASE("the end of the input in the middle of the questions is 130 and spends nothing") {
  PaperMachine machine;
  machine.terminal.interactive = true;
  machine.terminal.answers = {"1", "", "y"};
  CHECK(machine.run({"setup"}) == 130);
  CHECK(machine.has("/made/image"));
  CHECK_FALSE(machine.has("/made/pairing"));
}

TEST_CASE("a run leaves its report, a status for everybody without identities, and its log") {
  PaperMachine machine;
  CHECK(machine.run({"setup", "--until", "image"}) == 0);
  const auto last = parse_json(machine.text_of("/var/lib/cosigner/last-run.json"));
  REQUIRE(last.ok());
  CHECK((*last)["effects"] == 2);
  const auto status = parse_json(machine.text_of("/run/cosigner/status.json"));
  REQUIRE(status.ok());
  CHECK((*status)["schema"] == "cosigner.status/1");
  CHECK_FALSE(status->contains("users"));
  CHECK(machine.host.files().stat("/run/cosigner/status.json").value()->attributes.mode.bits == 0644);
  CHECK(machine.has("/var/log/cosigner/runs.log"));
}
