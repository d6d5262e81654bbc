// For whom the machine is set up: hosts, packages, image and its contract, trust anchors, thresholds. Product data from
// conf/profiles (compiled in) or a file; nothing in it is secret.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/time.hpp"

namespace cosigner::profile {

/// A key that a package source may be signed by. Several, because keys are replaced over the years.
struct AcceptedKey {
  std::string fingerprint;  // 40 hex digits, upper case
  std::optional<Time> expires;  // as known when the profile was made; the key itself is read too
};

/// A third-party package source: what it may deliver and whom we believe.
struct PackageSource {
  std::string name;      // "intel-sgx", "docker"
  std::string kind;      // "repository" or "local-archive"
  std::string uri;       // repository: base URI; "" for local-archive
  std::string suite;     // "": the publisher has none for this system, and only the operator can name another
  std::string component = "main";
  std::string key_url;   // repository: where the key is fetched
  std::string archive_url;  // local-archive: the tarball
  std::string local_path;   // local-archive: where it is unpacked
  std::string keyring_path;
  std::string source_path;
  std::string preferences_path;
  std::vector<AcceptedKey> keys;
  std::vector<std::string> packages;  // patterns that may come from here; all else is denied
};

struct PackageSet {
  std::vector<std::string> sgx;       // minimal DCAP set, named in full
  std::vector<std::string> sgx_epid;  // of the ended EPID stack: removed in a migration, installed only when it is asked for
  std::vector<std::string> registration;  // multi-package registration of bare metal with several sockets
  std::vector<std::string> pck_retrieval;
  std::vector<std::string> driver_build;  // what an out-of-tree driver is built with, beside the kernel's headers
  std::vector<std::string> time_service;
  std::vector<std::string> security_updates;
  std::vector<std::string> microcode;
  std::vector<std::string> engine;    // from Docker's source
  std::vector<std::string> engine_distro;  // by answer "distro"
  friend bool operator==(const PackageSet&, const PackageSet&) = default;
};

/// Operating systems this profile knows, by os-release ID and VERSION_ID.
struct Platform {
  std::string os_id;       // "ubuntu", "debian"
  std::string os_version;  // "22.04", "12"
  std::string codename;    // "jammy", "bookworm"
  PackageSource sgx_source;
  PackageSource engine_source;
  std::map<std::string, std::string> kernels;  // end of a kernel's release ("generic", "cloud-amd64") → package that brings one with SGX
};

struct ImageFacts {
  std::string registry;      // "registry.gitlab.com"
  std::string repository;    // "customer-cosigner/v2/cosigner"
  std::string azure_repository;
  std::string default_revision;
  std::map<std::string, std::string> digests;  // revision → "sha256:…"; empty in production: asked for (contracts 6)
  std::vector<std::string> revisions;          // known ones, oldest first, for the downgrade rule
};

struct HardwareFloor {
  std::uint64_t min_ram = 0, warn_ram = 0;    // bytes
  std::uint64_t min_disk = 0, warn_disk = 0;  // bytes free
  std::uint64_t min_epc = 0, warn_epc = 0;    // bytes
  int warn_cores = 0;
};

struct EnclaveExpectations {
  std::string mode = "service";  // "service" or "quote"
  std::string mrsigner;          // hex; empty: not known
  std::optional<std::uint32_t> product_id;
  std::optional<std::uint32_t> min_svn;
  std::string mrenclave;  // optional pin
  std::string root_ca_pem;  // another root than Intel's built-in one: a weakening, and only of a simulation profile
};

struct CosignerContract {  // the image contract (contracts 6; facts 9.2-9.6)
  std::string executable = "./customer_cosigner";
  std::string work_dir = "/opt/fireblocks/customer_cosigner";
  std::string service_user = "fb_service";
  std::string data_dir = "/databases/cosigner";  // on the host
  std::uint32_t data_uid = 2000;
  std::uint32_t data_gid = 2000;
  std::string container_name = "cosigner";
  std::string init_name = "cosigner-init";
  std::string network = "fireblocks";
  std::string quote_flag;  // of the executable: with 128 hex digits (report data) it prints a quote in base64; empty: it hands out none
  std::map<std::string, std::string> environment;  // further fixed variables
  std::map<std::string, std::string> devices;      // host node → name in the container
};

/// AESM as a container: its images, and how it is called.
struct AesmContainer {
  std::string image;       // "ghcr.io/oasisprotocol/aesmd-dcap"
  std::string epid_image;  // of the ended EPID stack
  std::string tag = "master";
  std::string name = "aesmd";
  std::map<std::string, std::string> digests;  // image → "sha256:…"; empty in production: asked for
};

struct QuoteProviderFacts {
  std::string intel_pcs_url;
};

struct Hosts {
  std::string gateway;  // mobile-api…: the only host a token may go to (threats G2)
  std::vector<std::string> sign_urls;
};

struct Profile {
  std::string name;
  std::string title;
  std::string base;    // the built-in profile that it is or extends: what weakenings are found against
  std::string origin;  // "built-in" or the file's name
  std::string sha256;  // of a file's bytes; empty for built-in ones
  bool simulation = false;
  std::string simulation_cpuid;  // path of a dump; read only when `simulation`
  std::vector<std::string> stages;
  Hosts hosts;
  std::vector<Platform> platforms;
  PackageSet packages;
  ImageFacts image;
  CosignerContract cosigner;
  HardwareFloor hardware;
  EnclaveExpectations enclave;
  QuoteProviderFacts quote_provider;
  std::string engine_socket = "/run/docker.sock";
  std::string aesm_socket = "/var/run/aesmd/aesm.socket";
  std::string aesm_unit = "aesmd.service";
  int key_warning_days = 120;
  int key_look_days = 14;  // in a key's last days its publisher is asked for the next one at every run, when another is listed
  int index_warning_days = 180;  // an index of packages older than this is told; inferred from a release about every quarter
  AesmContainer aesm_container;
  std::vector<std::string> time_units;  // services that keep the clock right; one that is there is taken as it is
  int aesm_drop_in_from_systemd = 0;    // from this version on the daemon's unit needs our drop-in; 0: never
};

}  // namespace cosigner::profile
