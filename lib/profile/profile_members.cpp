#include "profile/profile_members.hpp"

#include <map>
#include <nlohmann/json.hpp>

namespace cosigner::profile {
namespace {

using Keys = std::map<std::string, std::vector<AcceptedKey>>;
using Sources = std::map<std::string, PackageSource>;

void read_key(const std::string& source, ObjectReader& reader, Keys& keys) {
  AcceptedKey key;
  reader.text("fingerprint", key.fingerprint);
  std::string expires;
  reader.text("expires", expires);
  if (!expires.empty()) {
    key.expires = parse_time(expires);
    if (!key.expires) reader.problem("expires", "must be a time such as 2027-03-20T05:53:24Z");
  }
  keys[source].push_back(key);
}

void read_source(ObjectReader& reader, PackageSource& source) {
  if (source.kind.empty()) source.kind = "repository";
  reader.choice("kind", {"repository", "local-archive"}, source.kind);
  reader.text("uri", source.uri);
  reader.text("suite", source.suite);
  reader.text("component", source.component);
  reader.text("keyUrl", source.key_url);
  reader.text("archiveUrl", source.archive_url);
  reader.text("localPath", source.local_path);
  reader.text("keyringPath", source.keyring_path);
  reader.text("sourcePath", source.source_path);
  reader.text("preferencesPath", source.preferences_path);
  reader.texts("packages", source.packages);
}

/// What all platforms share of the named source, then what this platform says.
void read_platform_source(ObjectReader& platform, std::string_view member, const std::string& name, const Sources& shared, const Keys& keys,
                          PackageSource& out) {
  if (const auto found = shared.find(name); found != shared.end()) out = found->second;
  out.name = name;
  platform.object(member, [&](ObjectReader& reader) { read_source(reader, out); });
  if (const auto found = keys.find(name); found != keys.end()) out.keys = found->second;
}

void read_platforms(ObjectReader& root, Profile& out) {
  Keys keys;
  root.lists("keys", [&](const std::string& source, ObjectReader& reader) { read_key(source, reader, keys); });
  Sources shared;
  root.objects("sources", [&](const std::string& name, ObjectReader& reader) { read_source(reader, shared[name]); });
  root.list("platforms", [&](ObjectReader& reader) {
    Platform platform;
    reader.text("osId", platform.os_id);
    reader.text("osVersion", platform.os_version);
    reader.text("codename", platform.codename);
    read_platform_source(reader, "sgx", "intel-sgx", shared, keys, platform.sgx_source);
    read_platform_source(reader, "engine", "docker", shared, keys, platform.engine_source);
    reader.text_map("kernels", platform.kernels);
    out.platforms.push_back(platform);
  });
}

void read_image(ObjectReader& reader, ImageFacts& image) {
  reader.text("registry", image.registry);
  reader.text("repository", image.repository);
  reader.text("azureRepository", image.azure_repository);
  reader.text("defaultRevision", image.default_revision);
  reader.text_map("digests", image.digests);
  reader.texts("revisions", image.revisions);
}

void read_contract(ObjectReader& reader, CosignerContract& contract) {
  reader.text("executable", contract.executable);
  reader.text("workDir", contract.work_dir);
  reader.text("serviceUser", contract.service_user);
  reader.text("dataDir", contract.data_dir);
  reader.number("dataUid", contract.data_uid);
  reader.number("dataGid", contract.data_gid);
  reader.text("containerName", contract.container_name);
  reader.text("initName", contract.init_name);
  reader.text("network", contract.network);
  reader.text("quoteFlag", contract.quote_flag);
  reader.text_map("environment", contract.environment);
  reader.text_map("devices", contract.devices);
}

void read_aesm_container(ObjectReader& reader, AesmContainer& container) {
  reader.text("image", container.image);
  reader.text("epidImage", container.epid_image);
  reader.text("tag", container.tag);
  reader.text("name", container.name);
  reader.text_map("digests", container.digests);
}

void read_hardware(ObjectReader& reader, HardwareFloor& floor) {
  reader.number("minRam", floor.min_ram);
  reader.number("warnRam", floor.warn_ram);
  reader.number("minDisk", floor.min_disk);
  reader.number("warnDisk", floor.warn_disk);
  reader.number("minEpc", floor.min_epc);
  reader.number("warnEpc", floor.warn_epc);
  reader.number("warnCores", floor.warn_cores);
}

void read_attestation(ObjectReader& reader, EnclaveExpectations& enclave) {
  reader.choice("mode", {"service", "quote"}, enclave.mode);
  reader.text("mrsigner", enclave.mrsigner);
  reader.number("productId", enclave.product_id);
  reader.number("minSvn", enclave.min_svn);
  reader.text("mrenclave", enclave.mrenclave);
  reader.text("rootCa", enclave.root_ca_pem);
}

}  // namespace

void read_members(const nlohmann::json& document, const ReadContext& context, Profile& out) {
  ObjectReader root(document, "", context);
  std::string schema;
  root.text("schema", schema);
  if (schema != "cosigner.profile/1") root.problem("schema", "must be \"cosigner.profile/1\"");
  root.known("extends");
  root.text("name", out.name);
  root.text("title", out.title);
  root.flag("simulation", out.simulation);
  root.text("simulationCpuid", out.simulation_cpuid);
  root.texts("stages", out.stages);
  root.object("hosts", [&](ObjectReader& reader) {
    reader.text("gateway", out.hosts.gateway);
    reader.texts("signUrls", out.hosts.sign_urls);
  });
  read_platforms(root, out);
  root.object("packages", [&](ObjectReader& reader) {
    reader.texts("sgx", out.packages.sgx);
    reader.texts("sgxEpid", out.packages.sgx_epid);
    reader.texts("registration", out.packages.registration);
    reader.texts("pckRetrieval", out.packages.pck_retrieval);
    reader.texts("driverBuild", out.packages.driver_build);
    reader.texts("timeService", out.packages.time_service);
    reader.texts("securityUpdates", out.packages.security_updates);
    reader.texts("microcode", out.packages.microcode);
    reader.texts("engine", out.packages.engine);
    reader.texts("engineDistro", out.packages.engine_distro);
  });
  root.object("image", [&](ObjectReader& reader) { read_image(reader, out.image); });
  root.object("cosigner", [&](ObjectReader& reader) { read_contract(reader, out.cosigner); });
  root.object("hardware", [&](ObjectReader& reader) { read_hardware(reader, out.hardware); });
  root.object("attestation", [&](ObjectReader& reader) { read_attestation(reader, out.enclave); });
  root.object("quoteProvider", [&](ObjectReader& reader) { reader.text("intelPcsUrl", out.quote_provider.intel_pcs_url); });
  root.text("engineSocket", out.engine_socket);
  root.text("aesmSocket", out.aesm_socket);
  root.text("aesmUnit", out.aesm_unit);
  root.number("keyWarningDays", out.key_warning_days);
  root.number("keyLookDays", out.key_look_days);
  root.number("indexWarningDays", out.index_warning_days);
  root.object("aesmContainer", [&](ObjectReader& reader) { read_aesm_container(reader, out.aesm_container); });
  root.texts("timeUnits", out.time_units);
  root.number("aesmDropInFromSystemd", out.aesm_drop_in_from_systemd);
}

}  // namespace cosigner::profile
