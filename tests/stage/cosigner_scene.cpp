#include "cosigner_scene.hpp"

#include <catch2/catch.hpp>
#include <memory>
#include <nlohmann/json.hpp>

#include "base/encoding.hpp"
#include "base/json.hpp"
#include "installer/stages/attestation.hpp"
#include "installer/stages/callback.hpp"
#include "installer/stages/config.hpp"
#include "installer/stages/pairing.hpp"
#include "installer/stages/service.hpp"
#include "profile/profile_json.hpp"

namespace cosigner::scene {
namespace {

using kit::MachineModel;

const std::string database = "/databases/cosigner/db/secrets.db";
const std::string service_log = "/databases/cosigner/log/customer_cosigner.log";

std::string line(const std::string& level, const std::string& text) {
  return "customer_cosigner:24 " + level + " 26/11/2026 10:20:28,123 file.cpp(57) ns::method - " + text + "\n";
}

void put_service_file(MachineModel& model, const std::string& path, const std::string& content) {
  model.entries[path] = {host::FileKind::regular, {{0600}, {2000, 2000}}, content, model.now};
}

host::ExecOutput ended(int code, const std::string& text) { return {code, Untrusted(text), Untrusted()}; }

std::string failure_of(const std::string& enrolment) {
  if (enrolment == "expired")
    return line("ERROR", "POST /pair_device: http status 500, fault") + line("FATAL", "Failed to pair device, HTTP status 500");
  if (enrolment == "used") return line("FATAL", "Failed to pair device, HTTP status 401");
  if (enrolment == "not-first") return line("FATAL", "Failed to download loader enclave, http status 401");
  if (enrolment == "refused") return line("FATAL", "failed attestation, status OutOfDate, please try microcode update");
  if (enrolment == "unreachable") return line("ERROR", "Couldn't resolve host mobile-api.fireblocks.io");
  if (enrolment == "disk-full") return line("FATAL", "IO Exception: status code = 28");
  return {};
}

/// The document as the executable sees it: through the bind mount, read as the service's user.
nlohmann::json read_document(const MachineModel& model, const host::Container& container, const std::string& inside) {
  for (const auto& mount : container.spec.mounts) {
    if (inside.rfind(mount.target + "/", 0) != 0) continue;
    const auto found = model.entries.find(mount.source + inside.substr(mount.target.size()));
    if (found == model.entries.end() || found->second.attributes != host::FileAttributes{{0600}, {2000, 2000}}) return {};
    return parse_json(found->second.content).value_or(nlohmann::json());
  }
  return {};
}

host::ExecOutput enrol(MachineModel& model, const host::Container& container, const Behaviour& how, const std::string& file) {
  const nlohmann::json document = read_document(model, container, file);
  if (!document.is_object()) return ended(1, line("FATAL", "cannot read the configuration file"));
  const std::string failure = failure_of(how.enrolment);
  put_service_file(model, service_log, failure.empty() ? line("INFO", "attested, TCB status UpToDate") : failure);
  if (how.enrolment == "hangs") return ended(-1, "");
  if (!failure.empty()) return ended(1, failure);
  if (how.enrolment == "no-database") return ended(0, "");
  if (model.entries.count(database) != 0) return ended(1, line("FATAL", "the database exists already"));
  put_service_file(model, database, document.dump());
  return ended(0, line("INFO", "initialized, MPC setup waits for the workspace Owner's approval"));
}

host::ExecOutput list_devices(const MachineModel& model, const Behaviour& how) {
  const auto found = model.entries.find(database);
  if (found == model.entries.end()) return ended(1, "no database\n");
  const auto document = parse_json(found->second.content).value_or(nlohmann::json());
  const std::string url = document.is_object() ? document.value("callbackUrl", std::string()) : std::string();
  const std::string id = how.serving == "liar" ? "00000000-0000-4000-8000-00000000dead" : user;
  return ended(0, "WORKSPACE | USER ID | CALLBACK URL\nLab | " + id + " | " + (url.empty() ? "-" : url) + "\n");
}

host::ExecOutput update(MachineModel& model, const host::Container& container, const Behaviour& how, const std::string& file) {
  const nlohmann::json change = read_document(model, container, file);
  const auto found = model.entries.find(database);
  if (how.update != "ok" || !change.is_object() || found == model.entries.end())
    return ended(1, line("ERROR", "callback refused"));
  nlohmann::json document = parse_json(found->second.content).value_or(nlohmann::json());
  document.update(change);
  found->second.content = document.dump();
  return ended(0, "");
}

host::ExecOutput serve(const Behaviour& how) {
  if (how.serving == "loop") return ended(1, line("FATAL", "Failed to load enclave, error 0x2006"));
  if (how.serving == "fatal") return ended(-1, line("FATAL", "queue is full"));
  if (how.serving == "revoked")
    return ended(
        -1,
        line("ERROR", "POST /access_token at mobile-api.fireblocks.io: http status 401, device is revoked, re-enrol the user"));
  if (how.serving == "mute") return ended(-1, line("INFO", "starts"));
  return ended(-1, line("INFO", "Contact with mobile-api.fireblocks.io, user " + user));
}

void make_directories(MachineModel& model) {
  for (const char* directory : {"/", "/etc", "/etc/cosigner", "/etc/systemd", "/etc/systemd/system", "/root", "/run",
                                "/run/cosigner", "/var", "/var/lib", "/var/lib/cosigner", "/dev"}) {
    model.entries[directory] = {host::FileKind::directory, {{0755}, {}}, "", {}};
  }
}

}  // namespace

std::string make_token(const std::string& user_id, long long issued, long long expires) {
  const std::string claims =
      "{\"userId\":\"" + user_id + "\",\"iat\":" + std::to_string(issued) + ",\"exp\":" + std::to_string(expires) + "}";
  return to_base64url("{\"alg\":\"HS256\",\"typ\":\"JWT\"}") + "." + to_base64url(claims) + "." +
         to_base64url("canary-signature-of-32-bytes-now");
}

Scene::Scene() {
  auto profile = profile::builtin_profile("global");
  REQUIRE(profile);
  settings.profile = std::move(profile).value();
  settings.answers.acknowledge_no_callback = true;
  settings.answers.callback_decided = true;
  MachineModel& model = host.model;
  make_directories(model);
  model.mounts = {{Path("/run"), "tmpfs", {"rw", "nosuid"}}};
  model.entries["/dev/sgx_enclave"] = {host::FileKind::character_device, {{0660}, {0, 125}}, "", {}};
  model.entries["/dev/sgx_provision"] = {host::FileKind::character_device, {{0660}, {0, 126}}, "", {}};
  put("/etc/machine-id", "0123456789abcdef0123456789abcdef\n");
  host::EngineInfo engine;
  engine.version = "20.10.24";
  engine.api_version = "1.41";
  model.engine = engine;
  const auto& image_facts = settings.profile.image;
  model.images[image_id] =
      host::Image{image_id, {image_facts.registry + "/" + image_facts.repository + "@" + image_digest}, {}, {}};
  model.container_program = program();
  auto loaded = state::Journal::load(host, journal_file);
  REQUIRE(loaded);
  state::Record image;
  image.kind = state::Record::Kind::done;
  image.stage = "image";
  image.step = "pin";
  image.remember = {{"image.id", image_id}, {"image.digest", image_digest}};
  REQUIRE(loaded->append(host, image).ok());
  put_token();
}

void Scene::put(const Path& path, const std::string& content, host::FileAttributes attributes) {
  host.model.entries[path.text()] = {host::FileKind::regular, attributes, content, host.model.now};
}

void Scene::put_token(long long age_seconds) {
  const long long issued = host.model.now.time_since_epoch().count() - age_seconds;
  token = make_token(user, issued, issued + 3600);
  put(token_file, token + "\n", {{0600}, {}});
  settings.answers.pairing_token.kind = profile::SecretRef::Kind::file;
  settings.answers.pairing_token.where = token_file.text();
}

report::RunReport Scene::run(const std::vector<const engine::Stage*>& stages, std::optional<engine::Disruption> budget) {
  auto loaded = state::Journal::load(host, journal_file);
  REQUIRE(loaded);
  state::Journal journal = std::move(loaded).value();
  engine::Run run({host, journal, settings, ears, cancel, "", "0.1.0", "root setup"}, "setup");
  run.set_budget(budget);
  run.start();
  run.go(stages);
  return run.finish();
}

report::RunReport Scene::run_all(std::optional<engine::Disruption> budget) {
  const auto pairing = stages::make_pairing_stage();
  const auto callback = stages::make_callback_stage();
  const auto attestation = stages::make_attestation_stage();
  const auto config = stages::make_config_stage();
  const auto service = stages::make_service_stage();
  return run({pairing.get(), callback.get(), attestation.get(), config.get(), service.get()}, budget);
}

state::Ledger Scene::ledger() const {
  auto loaded = state::Journal::load(host, journal_file);
  REQUIRE(loaded);
  return loaded->ledger();
}

std::string Scene::file(const Path& path) const {
  const auto found = host.model.entries.find(path.text());
  return found == host.model.entries.end() ? std::string() : found->second.content;
}

std::string Scene::everything_kept() const {
  std::string all;
  for (const auto& [path, entry] : host.model.entries) {
    if (path != token_file.text() && path != database) all += path + "\n" + entry.content + "\n";
  }
  for (const auto& [name, container] : host.model.containers) {
    for (const auto& word : container.spec.command) all += word + "\n";
    for (const auto& [key, value] : container.spec.environment) all += key + "=" + value + "\n";
  }
  for (const auto& [name, log] : host.model.container_logs) all += log;
  for (const auto& call : host.log.calls()) all += call + "\n";
  for (const auto& event : ears.heard) {
    if (const auto* found = std::get_if<report::StageFound>(&event)) {
      for (const auto& finding : found->findings) all += finding.evidence + finding.remedy + "\n";
    }
    if (const auto* step = std::get_if<report::StepStarted>(&event)) all += step->subject + step->why + "\n";
    if (const auto* stage = std::get_if<report::StageFinished>(&event); stage != nullptr && stage->error)
      all += stage->error->message + stage->error->remedy + "\n";
  }
  return all;
}

void Scene::want_callback(profile::CallbackAuth auth) {
  const Time now = host.model.now;
  const auto span = std::chrono::hours(24 * 30);
  const kit::MadeKey ca_key = kit::MadeKey::curve("prime256v1");
  const kit::MadeKey key = kit::MadeKey::rsa();
  const auto root = kit::make_certificate({"Root", "", now - span, now + span, true}, ca_key, "Root", ca_key);
  const auto leaf =
      kit::make_certificate({"handler.example", "DNS:handler.example", now - span, now + span, false}, key, "Root", ca_key);
  handler_pem = leaf.pem;
  put("/root/key.pem", key.public_pem());
  put("/root/leaf.pem", leaf.pem);
  put("/root/root.pem", root.pem);
  profile::CallbackAnswers callback;
  callback.url = "https://handler.example:8443/approve";
  callback.auth = auth;
  using profile::CallbackAuth;
  if (auth == CallbackAuth::public_key || auth == CallbackAuth::hybrid_certificate || auth == CallbackAuth::hybrid_root_ca)
    callback.public_key.file = "/root/key.pem";
  if (auth == CallbackAuth::certificate || auth == CallbackAuth::hybrid_certificate) callback.certificate.file = "/root/leaf.pem";
  if (auth == CallbackAuth::root_ca || auth == CallbackAuth::hybrid_root_ca) callback.root_ca.file = "/root/root.pem";
  settings.answers.callback = callback;
  settings.answers.acknowledge_no_callback = false;
  host.model.addresses["handler.example"] = {"192.0.2.7"};
  host.model.served["handler.example:8443"] = {
      {leaf.pem}, auth == CallbackAuth::public_key, auth == CallbackAuth::public_key ? "" : "unknown issuer"};
}

kit::ContainerProgram Scene::program() const {
  const auto how = behaviour;
  return [how](MachineModel& model, const host::Container& container, const std::vector<std::string>& argv) {
    if (argv.empty() || argv[0] != "/opt/fireblocks/customer_cosigner/customer_cosigner") return ended(127, "no such program");
    const std::string flag = argv.size() > 1 ? argv[1] : "";
    if (flag == "--initial-config-file") return enrol(model, container, *how, argv.at(2));
    if (flag == "--update-config") return update(model, container, *how, argv.at(2));
    if (flag == "--list-devices") return list_devices(model, *how);
    return flag.empty() ? serve(*how) : ended(1, "usage");
  };
}

}  // namespace cosigner::scene
