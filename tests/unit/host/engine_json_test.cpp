#include "host/posix/engine_json.hpp"

#include <catch2/catch.hpp>

#include "base/encoding.hpp"

using namespace cosigner;
using namespace cosigner::host;

namespace {

const std::string digest(64, 'a');

ContainerSpec full_spec() {
  ContainerSpec spec;
  spec.name = "t1";
  spec.image_id = "sha256:" + digest;
  spec.hostname = "h";
  spec.network = "ours";
  spec.user = "svc";
  spec.entrypoint = {"/bin/x"};
  spec.command = {"--serve"};
  spec.environment = {{"X", "1=2"}, {"Y", ""}};
  spec.mounts = {{"/databases/d", "/data", false}, {"/run/p", "/p", true}};
  spec.devices = {{"/dev/sgx_enclave", "/dev/sgx/enclave"}};
  spec.group_ids = {"12"};
  spec.labels = {{"a", "b"}};
  spec.restart_policy = "always";
  spec.init_process = true;
  spec.memory_limit = 268435456;
  spec.pids_limit = 100;
  spec.log_options = {{"max-size", "10m"}};
  return spec;
}

/// An inspect answer around the two parts that a create body gives, as the engine of 20.10 writes them.
std::string inspected(const std::string& config, const std::string& host_config) {
  return R"({"Id":"d39e1e3624de05aec2be348ad77ced2d708981bea9175aef09619298a6639f53","Name":"/t1","Image":"sha256:)" + digest +
         R"(","RestartCount":2,"State":{"Status":"running","Running":true,"ExitCode":0,"StartedAt":"2026-11-26T10:42:36.538100438Z"},"Config":)" + config +
         R"(,"HostConfig":)" + host_config + "}";
}

const char* const engine_config =
    R"({"Hostname":"h","User":"svc","Env":["X=1=2","Y=","PATH=/bin"],"Cmd":["--serve"],"Entrypoint":["/bin/x"],"Labels":{"a":"b","image.label":"1"}})";
const char* const engine_host_config =
    R"({"Binds":null,"LogConfig":{"Type":"json-file","Config":{"max-size":"10m"}},"NetworkMode":"ours","RestartPolicy":{"Name":"always","MaximumRetryCount":0},
        "CapAdd":null,"GroupAdd":["12"],"IpcMode":"private","PidMode":"","Privileged":false,"SecurityOpt":["no-new-privileges"],"Memory":268435456,
        "Devices":[{"PathOnHost":"/dev/sgx_enclave","PathInContainer":"/dev/sgx/enclave","CgroupPermissions":"rw"}],"PidsLimit":100,"Init":true,
        "Mounts":[{"Type":"bind","Source":"/databases/d","Target":"/data"},{"Type":"bind","Source":"/run/p","Target":"/p","ReadOnly":true}]})";

ImageDefaults image_defaults() {
  ImageDefaults defaults;
  defaults.environment = {{"PATH", "/bin"}};
  defaults.labels = {{"image.label", "1"}};
  defaults.entrypoint = {"/p"};
  return defaults;
}

}  // namespace

TEST_CASE("the lower of the two newest API versions is spoken") {
  CHECK(agree_on_api({"20.10.24", "1.41", "1.12"}).value() == "1.41");
  CHECK(agree_on_api({"29.0.0", "1.52", "1.44"}).value() == "1.45");
}

TEST_CASE("an engine that is too old or too new for us is refused with what it speaks") {
  const auto old = agree_on_api({"19.03", "1.40", "1.12"});
  CHECK(old.error().code == "engine.api_unsupported");
  CHECK(old.error().message.find("1.12 to 1.40") != std::string::npos);
  CHECK(agree_on_api({"40", "1.60", "1.50"}).error().code == "engine.api_unsupported");
  CHECK(agree_on_api({"x", "latest", ""}).error().code == "engine.answer_malformed");
}

TEST_CASE("a container is read back as the specification that it was created from, without what its image brings") {
  const auto seen = parse_container(inspected(engine_config, engine_host_config), image_defaults());
  REQUIRE(seen);
  CHECK(seen->spec == full_spec());
  CHECK(seen->running);
  CHECK(seen->restart_count == 2);
  CHECK(to_iso(seen->started) == "2026-11-26T10:42:36Z");
}

TEST_CASE("a create body names the image by id, binds by mounts and never asks for privileges") {
  const std::string body = create_body(full_spec());
  CHECK(body.find("\"Image\":\"sha256:" + digest + "\"") != std::string::npos);
  CHECK(body.find(R"("Privileged":false)") != std::string::npos);
  CHECK(body.find(R"("SecurityOpt":["no-new-privileges"])") != std::string::npos);
  CHECK(body.find(R"({"ReadOnly":true,"Source":"/run/p","Target":"/p","Type":"bind"})") != std::string::npos);
  CHECK(body.find(R"("Env":["X=1=2","Y="])") != std::string::npos);
}

TEST_CASE("a container with more rights than any of ours asks for never compares equal") {
  const auto with = [](const std::string& right) {
    std::string config = engine_host_config;
    config.insert(1, right + ",");
    const std::size_t old = config.find("\"" + right.substr(1, right.find('"', 1)), right.size() + 2);
    if (old != std::string::npos) config.replace(old, config.find(',', old) - old + 1, "");
    return parse_container(inspected(engine_config, config), image_defaults());
  };
  for (const char* right : {R"("Privileged":true)", R"("CapAdd":["SYS_ADMIN"])", R"("PidMode":"host")", R"("IpcMode":"host")",
                            R"("PortBindings":{"80/tcp":[{"HostPort":"80"}]})", R"("DeviceCgroupRules":["c 1:3 rwm"])"}) {
    const auto seen = with(right);
    INFO(right);
    REQUIRE(seen);
    CHECK_FALSE(seen->spec == full_spec());
  }
}

TEST_CASE("a bind of the older kind counts as a mount") {
  const auto seen = parse_container(inspected(R"({})", R"({"Binds":["/var/run/docker.sock:/s","/a:/b:ro,z"]})"), {});
  REQUIRE(seen);
  CHECK(seen->spec.mounts == std::vector<Mounted>{{"/var/run/docker.sock", "/s", false}, {"/a", "/b", true}});
}

TEST_CASE("answers of the wrong shape are malformed, not a crash") {
  for (const char* text : {"", "[]", "null", "{}", R"({"Id":5})", R"({"Id":"../../etc"})", R"({"Id":"sha256:zz"})", "{\"Id\":\"a", R"({"Id":{"Id":"a"}})"}) {
    INFO(text);
    CHECK(parse_id(text).ok() == false);
    CHECK(parse_image(text).error().code == "engine.answer_malformed");
    CHECK(parse_container(text, {}).error().code == "engine.answer_malformed");
    CHECK(parse_version(text).error().code == "engine.answer_malformed");
    CHECK(parse_distribution(text).error().code == "engine.answer_malformed");
  }
}

TEST_CASE("fields of the wrong kind read as empty") {
  const auto seen = parse_container(inspected(R"({"Env":{"a":1},"Labels":["x"],"Cmd":7})", R"({"Mounts":"no","Devices":[1,null],"PidsLimit":null,"Memory":-1})"), {});
  REQUIRE(seen);
  CHECK(seen->spec.environment.empty());
  CHECK(seen->spec.memory_limit == 0);
  CHECK(seen->spec.pids_limit == 0);
}

TEST_CASE("an image is known by its id, digests and labels") {
  const auto image = parse_image(R"({"Id":"sha256:)" + digest + R"(","RepoTags":[],"RepoDigests":["r/x@sha256:1"],"Config":{"Labels":{"l":"v"}}})");
  REQUIRE(image);
  CHECK(image->repo_digests == std::vector<std::string>{"r/x@sha256:1"});
  CHECK(image->labels.at("l") == "v");
}

TEST_CASE("what somebody added to the insecure registries is told, the loopback that is always there is not") {
  const EngineVersion version{"20.10", "1.41", "1.12"};
  const auto info = parse_info(R"({"DockerRootDir":"/var/lib/docker","Driver":"overlay2","LiveRestoreEnabled":true,"RegistryConfig":{
      "InsecureRegistryCIDRs":["127.0.0.0/8","10.0.0.0/8"],"Mirrors":["https://m/"],
      "IndexConfigs":{"docker.io":{"Secure":true},"registry.example":{"Secure":false}}}})", version);
  REQUIRE(info);
  CHECK(info->insecure_registries == std::vector<std::string>{"10.0.0.0/8", "registry.example"});
  CHECK(info->mirrors == std::vector<std::string>{"https://m/"});
  CHECK(info->live_restore);
  CHECK(info->root_dir == "/var/lib/docker");
}

TEST_CASE("a login travels as padded base64url of JSON, quotes in the password included") {
  const RegistryLogin login{"registry.example", "reader", Secret(std::string("p\"\xc3\xbf\xc3\xbe?>~"))};
  const std::string header = registry_auth_header(login);
  CHECK(header.size() % 4 == 0);
  CHECK(header.find_first_of("+/") == std::string::npos);
  const auto text = from_base64url(header);
  REQUIRE(text);
  CHECK(*text == "{\"username\":\"reader\",\"password\":\"p\\\"\xc3\xbf\xc3\xbe?>~\",\"serveraddress\":\"registry.example\"}");
  CHECK(*text == auth_body(login));
}

TEST_CASE("frames of two streams are taken apart, in order and within the limit") {
  const std::string bytes = std::string("\1\0\0\0\0\0\0\4out\n\2\0\0\0\0\0\0\4err\n\1\0\0\0\0\0\0\2ab", 8 + 4 + 8 + 4 + 8 + 2);
  const auto all = parse_frames(bytes, 100);
  REQUIRE(all);
  CHECK(all->out == "out\nab");
  CHECK(all->err == "err\n");
  CHECK(all->both == "out\nerr\nab");
  CHECK(parse_frames(bytes, 5)->both == "out\ne");
  CHECK(parse_frames(bytes.substr(0, 13), 100)->both == "out\n");
  CHECK(parse_frames("plain text of a terminal", 100).error().code == "engine.answer_malformed");
  CHECK(parse_frames(std::string("\1\0\0\0\xff\xff\xff\xff" "abc", 11), 100)->out == "abc");
}

TEST_CASE("containers are listed by their first name") {
  CHECK(*parse_container_names(R"([{"Names":["/cosigner"]},{"Names":["/a","/b"]},{"Names":[]},{}])") == std::vector<std::string>{"cosigner", "a"});
  CHECK(parse_container_names("[]")->empty());
  CHECK(parse_container_names("{}").error().code == "engine.answer_malformed");
  CHECK(parse_container_names("[").error().code == "engine.answer_malformed");
}
