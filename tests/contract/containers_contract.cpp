#include <algorithm>
#include <catch2/catch.hpp>

#include "contract/engines.hpp"
#include "host/posix/engine_containers.hpp"

using namespace cosigner;
using contract::EngineUnderTest;
using contract::for_each_engine;

namespace {

const host::ProgressSink quiet = [](const host::Progress&) {};

/// The image is here afterwards; its id.
std::string require_image(const EngineUnderTest& engine) {
  REQUIRE(engine.containers.pull(engine.reference, engine.login, quiet));
  const auto image = engine.containers.image(engine.reference);
  REQUIRE(image);
  REQUIRE(image->has_value());
  return (*image)->id;
}

host::ContainerSpec spec_of(const std::string& image_id) {
  host::ContainerSpec spec;
  spec.name = "contract-case";
  spec.image_id = image_id;
  spec.hostname = "contract-case";
  spec.network = "contract-net";
  spec.environment = {{"MODE", "a=b"}};
  spec.mounts = {{"/tmp", "/data", true}};
  spec.devices = {{"/dev/null", "/dev/sgx/enclave"}};
  spec.group_ids = {"12"};
  spec.labels = {{"contract.case", "yes"}};
  spec.memory_limit = 64u << 20;
  spec.pids_limit = 50;
  spec.log_options = {{"max-file", "2"}, {"max-size", "1m"}};
  return spec;
}

/// A container of the name is created and removed again on every way out of the test.
class Created {
 public:
  Created(const EngineUnderTest& engine, const host::ContainerSpec& spec) : engine_(engine), name_(spec.name) {
    REQUIRE(engine.containers.remove(name_));
    REQUIRE(engine.containers.create_network(spec.network));
    const auto id = engine.containers.create(spec);
    REQUIRE(id);
    id_ = *id;
  }
  ~Created() { (void)engine_.containers.remove(name_); }
  const std::string& id() const { return id_; }

 private:
  const EngineUnderTest& engine_;
  std::string name_;
  std::string id_;
};

host::Container look(const EngineUnderTest& engine, const std::string& name) {
  const auto found = engine.containers.container(name);
  REQUIRE(found);
  REQUIRE(found->has_value());
  return **found;
}

}  // namespace

TEST_CASE("containers: an engine tells its versions and where it keeps its images") {
  for_each_engine([](const EngineUnderTest& engine) {
    INFO(engine.title);
    const auto info = engine.containers.engine();
    REQUIRE(info);
    REQUIRE(info->has_value());
    CHECK_FALSE((*info)->api_version.empty());
    CHECK((*info)->root_dir.rfind('/', 0) == 0);
  });
}

TEST_CASE("containers: without an engine there is nothing, and what needs one says so") {
  host::EngineContainers nobody("/nonexistent/engine.sock", nullptr);
  const auto info = nobody.engine();
  REQUIRE(info);
  CHECK_FALSE(info->has_value());
  CHECK(nobody.image("x:1").error().code == "engine.unreachable");
  CHECK(nobody.start("x").error().code == "engine.unreachable");
}

TEST_CASE("containers: a tag resolves to its digest for a good login only, and nothing is pulled") {
  for_each_engine([](const EngineUnderTest& engine) {
    INFO(engine.title);
    const auto digest = engine.containers.resolve_tag(engine.tag, engine.login);
    REQUIRE(digest);
    CHECK(engine.reference.substr(engine.reference.find('@') + 1) == *digest);
    CHECK(engine.containers.resolve_tag(engine.reference, engine.login).value_or("") == *digest);
    CHECK(engine.containers.resolve_tag(engine.tag, std::nullopt).error().code == "engine.login_refused");
    CHECK(engine.containers.resolve_tag(engine.tag + "-none", engine.login).error().code == "engine.image_not_found");
  });
}

TEST_CASE("containers: a wrong password is found by asking for the login alone") {
  for_each_engine([](const EngineUnderTest& engine) {
    INFO(engine.title);
    host::RegistryLogin wrong = engine.login;
    wrong.password = Secret(std::string("wrong"));
    CHECK(engine.containers.check_login(engine.login).ok());
    CHECK(engine.containers.check_login(wrong).error().code == "engine.login_refused");
  });
}

TEST_CASE("containers: an image is pulled by digest, found by it, and then needs no login any more") {
  for_each_engine([](const EngineUnderTest& engine) {
    INFO(engine.title);
    std::uint64_t last = 0;
    std::string phase;
    bool rises = true;
    const auto watch = [&](const host::Progress& progress) {
      rises = rises && (progress.what != phase || progress.done >= last);
      phase = progress.what;
      last = progress.done;
    };
    REQUIRE(engine.containers.pull(engine.reference, engine.login, watch));
    CHECK(rises);
    const auto image = engine.containers.image(engine.reference);
    REQUIRE(image);
    REQUIRE(image->has_value());
    CHECK((*image)->repo_digests == std::vector<std::string>{engine.reference});
    CHECK(engine.containers.image((*image)->id)->has_value());
    CHECK(engine.containers.pull(engine.reference, std::nullopt, quiet).ok());
  });
}

TEST_CASE("containers: a digest that the registry has not is no image") {
  for_each_engine([](const EngineUnderTest& engine) {
    INFO(engine.title);
    const std::string other = engine.reference.substr(0, engine.reference.find('@')) + "@sha256:" + std::string(64, '0');
    CHECK(engine.containers.pull(other, engine.login, quiet).error().code == "engine.image_not_found");
    CHECK_FALSE(engine.containers.image(other)->has_value());
  });
}

TEST_CASE("containers: an archive gives the ids of its images") {
  for_each_engine([](const EngineUnderTest& engine) {
    INFO(engine.title);
    const auto ids = engine.containers.load(engine.archive, quiet);
    REQUIRE(ids);
    REQUIRE(ids->size() == 1);
    CHECK(engine.containers.image(ids->front())->has_value());
    CHECK(engine.containers.load("/nonexistent.tar", quiet).error().code == "engine.archive_unreadable");
  });
}

TEST_CASE("containers: a container is read back as the specification that it was created from") {
  for_each_engine([](const EngineUnderTest& engine) {
    INFO(engine.title);
    const host::ContainerSpec spec = spec_of(require_image(engine));
    const Created created(engine, spec);
    const host::Container seen = look(engine, spec.name);
    CHECK(seen.id == created.id());
    CHECK(seen.state == "created");
    CHECK_FALSE(seen.running);
    CHECK(seen.spec == spec);
  });
}

TEST_CASE("containers: a serving container runs, answers, logs, stops and is gone after removal") {
  for_each_engine([](const EngineUnderTest& engine) {
    INFO(engine.title);
    const host::ContainerSpec spec = spec_of(require_image(engine));
    const Created created(engine, spec);
    REQUIRE(engine.containers.start(spec.name));
    CHECK(engine.containers.start(spec.name).ok());
    CHECK(look(engine, spec.name).running);
    const auto answer = engine.containers.ask(spec.name, {"/p", "--version"}, "", std::chrono::seconds(20));
    REQUIRE(answer);
    CHECK(answer->exit_code == 0);
    CHECK(answer->out.raw() == "p 1.0\n");
    const auto failed = engine.containers.exec(spec.name, {"/p", "--fail"}, "0", std::chrono::seconds(20));
    REQUIRE(failed);
    CHECK(failed->exit_code == 3);
    CHECK(failed->out.raw() == "out line\n");
    CHECK(failed->err.raw() == "err line\n");
    CHECK(engine.containers.logs(spec.name, 10, std::nullopt)->raw().find("serving\n") != std::string::npos);
    REQUIRE(engine.containers.stop(spec.name, std::chrono::seconds(5)));
    CHECK(look(engine, spec.name).state == "exited");
    CHECK(engine.containers.ask(spec.name, {"/p", "--version"}, "", std::chrono::seconds(5)).error().code ==
          "engine.container_failed");
    REQUIRE(engine.containers.remove(spec.name));
    CHECK(engine.containers.remove(spec.name).ok());
    CHECK(engine.containers.stop(spec.name, std::chrono::seconds(1)).ok());
    CHECK_FALSE(engine.containers.container(spec.name)->has_value());
  });
}

TEST_CASE("containers: a program that ends leaves its exit code") {
  for_each_engine([](const EngineUnderTest& engine) {
    INFO(engine.title);
    host::ContainerSpec spec = spec_of(require_image(engine));
    spec.command = {"--fail"};
    const Created created(engine, spec);
    REQUIRE(engine.containers.start(spec.name));
    host::Container seen = look(engine, spec.name);
    for (int tries = 0; seen.state == "running" && tries < 1000; ++tries) seen = look(engine, spec.name);
    CHECK(seen.state == "exited");
    CHECK(seen.exit_code == 3);
    const auto text = engine.containers.logs(spec.name, 10, std::nullopt);
    REQUIRE(text);
    CHECK(text->raw().find("out line\n") != std::string::npos);
    CHECK(text->raw().find("err line\n") != std::string::npos);
  });
}

TEST_CASE("containers: a log is read piece by piece, its last lines only when asked, and a follow ends with the container") {
  for_each_engine([](const EngineUnderTest& engine) {
    INFO(engine.title);
    host::ContainerSpec spec = spec_of(require_image(engine));
    spec.command = {"--fail"};
    const Created created(engine, spec);
    REQUIRE(engine.containers.start(spec.name));
    std::string text;
    const host::LogSink keep = [&text](const Untrusted& piece) -> Status {
      text += piece.raw();
      return {};
    };
    REQUIRE(engine.containers.read_log(spec.name, 10, true, keep));  // by its end the container has ended too
    CHECK(text.find("out line\n") != std::string::npos);
    CHECK(text.find("err line\n") != std::string::npos);
    text.clear();
    REQUIRE(engine.containers.read_log(spec.name, 1, false, keep));
    CHECK(text.size() == 9);
    text.clear();
    REQUIRE(engine.containers.read_log(spec.name, 0, false, keep));
    CHECK(text.empty());
    CHECK(engine.containers.read_log("contract-none", 5, false, keep).error().code == "engine.container_failed");
  });
}

TEST_CASE("containers: who follows the log of a serving container ends it by an error of its own") {
  for_each_engine([](const EngineUnderTest& engine) {
    INFO(engine.title);
    const host::ContainerSpec spec = spec_of(require_image(engine));
    const Created created(engine, spec);
    REQUIRE(engine.containers.start(spec.name));
    const Status ended = engine.containers.read_log(spec.name, 100, true, [](const Untrusted& piece) -> Status {
      if (piece.raw().find("serving") == std::string_view::npos) return {};
      return make_error("test.enough", "seen", "");
    });
    REQUIRE_FALSE(ended.ok());
    CHECK(ended.error().code == "test.enough");
  });
}

TEST_CASE("containers: a taken name, a missing image and a missing container are told apart") {
  for_each_engine([](const EngineUnderTest& engine) {
    INFO(engine.title);
    const host::ContainerSpec spec = spec_of(require_image(engine));
    const Created created(engine, spec);
    CHECK(engine.containers.create(spec).error().code == "engine.container_failed");
    host::ContainerSpec other = spec;
    other.name = "contract-other";
    other.image_id = "sha256:" + std::string(64, '0');
    CHECK(engine.containers.create(other).error().code == "engine.image_not_found");
    CHECK(engine.containers.start("contract-none").error().code == "engine.container_failed");
    CHECK(engine.containers.logs("contract-none", 5, std::nullopt).error().code == "engine.container_failed");
  });
}

TEST_CASE("containers: a network made twice is there once") {
  for_each_engine([](const EngineUnderTest& engine) {
    INFO(engine.title);
    REQUIRE(engine.containers.create_network("contract-net"));
    REQUIRE(engine.containers.create_network("contract-net"));
    CHECK(*engine.containers.has_network("contract-net"));
    CHECK_FALSE(*engine.containers.has_network("contract-nowhere"));
  });
}
