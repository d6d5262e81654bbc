#include "installer/checks/catalog.hpp"

#include <algorithm>

#include "installer/checks/aesm.hpp"
#include "installer/checks/aesm_container.hpp"
#include "installer/checks/container_engine.hpp"
#include "installer/checks/cosigner.hpp"
#include "installer/checks/device_looks.hpp"
#include "installer/checks/egress.hpp"
#include "installer/checks/firmware.hpp"
#include "installer/checks/kernel.hpp"
#include "installer/checks/machine.hpp"
#include "installer/checks/place.hpp"
#include "installer/checks/processor.hpp"
#include "installer/checks/quote_provider.hpp"
#include "installer/checks/security.hpp"
#include "installer/checks/sgx_software.hpp"
#include "installer/checks/sgx_source.hpp"
#include "installer/checks/system.hpp"
#include "installer/checks/upkeep.hpp"

namespace cosigner::checks {
namespace {

constexpr auto preflight = engine::CheckUse::preflight;
constexpr const char* library_check = "security.libraries";

using List = std::vector<engine::Check>;

List hardware_checks() {
  return {
      {"cpu.vendor", "The processor is Intel's", "", look_at_vendor, preflight},
      {"cpu.sgx", "SGX is switched on", "cpu.vendor", look_at_sgx, preflight},
      {"cpu.alike", "All logical CPUs say the same about SGX", "cpu.sgx", look_at_agreement, preflight},
      {"cpu.flc", "Flexible launch control is there", "cpu.sgx", look_at_launch_control, preflight},
      {"cpu.epc", "There is enough enclave memory", "cpu.sgx", look_at_epc, preflight},
      {"machine.cores", "There are enough processor cores", "", look_at_cores, preflight},
      {"machine.ram", "There is enough memory", "", look_at_ram, preflight},
      {"machine.disk", "There is enough free disk space", "", look_at_disk, preflight},
      {"os.known", "The profile knows this operating system", "", look_at_os, preflight},
      {"os.kernel", "The kernel brings its own SGX driver", "", look_at_kernel, preflight},
      {"clock.sane", "The clock is not behind this program", "", look_at_clock, preflight},
      {"clock.synchronised", "The clock is kept right", "clock.sane", look_at_clock_sync, preflight},
      {"dev.exec", "/dev allows to execute", "", look_at_dev_mount, preflight},
      {"dev.enclave", "The enclave device can be opened", "cpu.sgx", look_at_enclave_node, preflight},
      {"dev.provision", "The provisioning device can be opened", "dev.enclave", look_at_provision_node, preflight},
  };
}

List firmware_checks() {
  return {
      {"machine.place", "It is known where this machine stands", "", look_at_place},
      {"firmware.sgx", "The firmware lets SGX on", "cpu.vendor", look_at_firmware_sgx},
      {"firmware.launch", "The firmware did not lock the launch key", "cpu.flc", look_at_launch_lock},
      {"firmware.production", "The processor is a production part", "cpu.sgx", look_at_production},
      {"firmware.boot", "The machine is booted by UEFI", "", look_at_boot_mode},
      {"firmware.secure_boot", "Secure Boot is not in a driver's way", "", look_at_secure_boot},
      {"firmware.microcode", "The microcode is the firmware's", "cpu.vendor", look_at_microcode},
      {"firmware.threads", "Hyper-threading is off", "cpu.vendor", look_at_threads},
      {"firmware.frequency", "SpeedStep and turbo are off", "cpu.vendor", look_at_frequency},
      {"firmware.graphics", "The processor's graphics is off", "cpu.vendor", look_at_graphics},
      {"firmware.aes", "The processor's AES instructions are on", "cpu.vendor", look_at_aes},
      {"kernel.parameters", "No kernel parameter switches SGX off", "", look_at_kernel_parameters},
      {"kernel.config", "The kernel was built with SGX", "os.kernel", look_at_kernel_config},
      {"kernel.modules", "No SGX driver from outside is loaded", "", look_at_modules},
      {"kernel.dkms", "No SGX driver from outside is built", "", look_at_driver_packages},
      {"kernel.epc", "The kernel took the enclave memory over", "cpu.epc", look_at_kernel_epc},
      {"kernel.log", "The kernel's log has no SGX trouble", "", look_at_kernel_log},
      {"dev.generations", "The devices are of one driver", "", look_at_generations},
      {"dev.modes", "The devices are not open to everybody", "", look_at_node_modes},
      {"dev.enclave_user", "The named user may use the enclave device", "", look_at_enclave_user},
      {"dev.provision_user", "The named user may use the provisioning device", "", look_at_provision_user},
  };
}

List package_checks() {
  return {
      {"apt.settings", "apt's own settings do not weaken its checks", "", look_at_apt_settings},
      {"apt.dpkg", "No package is half installed", "", look_at_dpkg},
      {"apt.log", "The last package run had no known trouble", "", look_at_dpkg_log},
      {"sgx.source", "The SGX packages have one source", "os.known", look_at_source},
      {"sgx.keyring", "The source's keyring holds exactly the pinned key", "sgx.source", look_at_keyring},
      {"sgx.key_expiry", "The source's key does not end soon", "sgx.keyring", look_at_key_expiry},
      {"sgx.suite", "The source's suite is this system's", "sgx.source", look_at_suite},
      {"sgx.pins", "The source may deliver SGX packages only", "sgx.source", look_at_pins},
      {"sgx.lists", "The source's package lists are there and fresh", "sgx.source", look_at_lists},
      {"sgx.packages", "The SGX packages are complete", "", look_at_sgx_packages},
      {"sgx.release", "The SGX packages are of one release", "sgx.packages", of_package(look_at_release)},
      {"sgx.epid", "Nothing of EPID is left", "", look_at_epid_rest},
      {"sgx.provider_library", "The quote provider's library is there", "sgx.packages", of_package(look_at_provider_library)},
      {"sgx.provider_one", "There is one quote provider", "", look_at_provider_conflict},
      {"sgx.settings_files", "The packages' settings files", "sgx.packages", of_package(look_at_edited_files)},
      {"dev.group", "The provisioning device has its group", "sgx.packages", look_at_node_group},
  };
}

List daemon_checks() {
  constexpr auto network = engine::CheckReach::network;
  constexpr auto doctor = engine::CheckUse::doctor;
  return {
      {"aesm.account", "The daemon's user is there and may provision", "sgx.packages", of_package(look_at_aesm_account)},
      {"aesm.program", "The daemon's program is there", "sgx.packages", of_package(look_at_aesm_program)},
      {"aesm.conf", "The daemon's settings can be read", "sgx.packages", look_at_aesm_conf},
      {"aesm.address", "Programs look for the daemon where it is", "sgx.packages", look_at_aesm_address},
      {"aesm.unit", "The daemon runs", "sgx.packages", either(look_at_aesm_unit, look_at_aesm_container)},
      {"aesm.enabled", "The daemon starts with the machine", "sgx.packages", either(look_at_aesm_enabled, look_at_aesm_container_restart)},
      {"aesm.log", "The daemon's log has no known trouble", "sgx.packages", of_package(look_at_aesm_log)},
      {"aesm.folder", "The folder of the daemon's socket is the daemon's", "aesm.unit", look_at_aesm_folder},
      {"aesm.socket", "The daemon's socket is there", "aesm.folder", look_at_aesm_socket},
      {"aesm.answer", "The daemon answers", "aesm.unit", look_at_aesm_answer},
      {"aesm.ecdsa", "The daemon quotes with ECDSA", "aesm.answer", look_at_aesm_ecdsa},
      {"aesm.quote", "The daemon loads Intel's enclaves and can prepare a quote", "aesm.ecdsa", look_at_aesm_quote, doctor,
       network},
      {"qcnl.file", "The quote provider's settings can be read", "sgx.packages", look_at_qcnl_file},
      {"qcnl.keys", "No setting of the quote provider is ignored or refused", "qcnl.file", look_at_qcnl_keys},
      {"qcnl.url", "The quote provider's address is a present one", "qcnl.file", look_at_qcnl_url},
      {"qcnl.owner", "The quote provider is that of this machine's owner", "qcnl.file", look_at_qcnl_owner},
      {"qcnl.cache", "No certificate of an earlier provider is kept", "qcnl.file", look_at_qcnl_cache},
      {"qcnl.cache_folder", "The daemon can keep certificates", "aesm.account", of_package(look_at_qcnl_cache_folder)},
      {"qcnl.answer", "The quote provider answers", "qcnl.url", look_at_provider, doctor, network},
      {"qcnl.identity", "What the quote provider says of the quoting enclave is Intel's word", "qcnl.answer", look_at_qe_identity, doctor, network},
      {"platform.registered", "A machine with several sockets is registered", "cpu.sgx", look_at_registration},
      {"platform.retrieval", "A retrieved platform id is whole", "cpu.sgx", look_at_retrieval},
  };
}

List engine_checks() {
  return {
      {"engine.packages", "The engine's packages do not stand against each other", "", look_at_engine_packages},
      {"engine.settings", "The engine's settings file can be read", "", look_at_engine_settings},
      {"engine.answer", "The container engine answers", "", look_at_engine},
      {"engine.enabled", "The engine starts with the machine", "engine.answer", look_at_engine_enabled},
      {"engine.live_restore", "Containers survive a restart of the engine", "engine.answer", look_at_engine_live_restore},
      {"engine.logs", "Container logs are bounded", "engine.answer", look_at_engine_logs},
      {"engine.storage", "The engine's storage is sound", "engine.answer", look_at_engine_storage},
      {"engine.registries", "No registry or mirror can slip an image in", "engine.answer", look_at_engine_registries},
      {"engine.proxy", "The engine uses the proxy that is wanted", "engine.answer", look_at_engine_proxy},
      {"aesm.alone", "No container stands in the daemon's way", "engine.answer", look_at_other_daemons},
      {"cosigner.init", "No set-up container was left behind", "engine.answer", look_at_init_container},
      {"cosigner.devices", "The container has the SGX devices", "engine.answer", look_at_container_devices},
      {"cosigner.groups", "The container's program may use them", "engine.answer", look_at_container_groups},
      {"cosigner.restarts", "The container is not started again and again", "engine.answer", look_at_restarts},
      {"cosigner.container", "The co-signer's container runs", "engine.answer", look_at_container},
      {"cosigner.image", "The container runs the pinned image", "cosigner.container", look_at_image},
      {"cosigner.restart_policy", "The container comes back after a reboot", "cosigner.container", look_at_restart_policy},
      {"cosigner.dev_exec", "/dev allows to execute in the container", "cosigner.container", look_at_container_dev},
      {"cosigner.log", "The co-signer's log has no known trouble", "cosigner.container", look_at_cosigner_log},
      {"cosigner.folders", "The co-signer's folders are whole and its own", "", look_at_folders},
  };
}

List security_checks() {
  return {
      {"security.engine_group", "Nobody is in the engine's group", "", look_at_engine_group},
      {"security.engine_port", "The engine listens on no network port", "", look_at_engine_ports},
      {"security.engine_socket", "The engine's socket is not open to everybody", "", look_at_socket_mode},
      {"security.containers", "No other container reaches the signer", "engine.answer", look_at_other_containers},
      {"security.uid", "The co-signer's user id is nobody else's", "", look_at_service_uid},
      {"security.ports", "Nothing but SSH can be reached", "", look_at_listeners},
      {"security.root_login", "Root may not log in with a password", "", look_at_root_login},
      {"security.callback", "The callback handler is another machine", "", look_at_callback_place},
      {"security.user_data", "No token lies in the cached user-data", "", look_at_user_data},
      {"security.program", "This program is not old", "", look_at_program_age},
      {library_check, "The system has no newer copy of what is inside this program", "",
       [](const host::HostView& host, const profile::Settings&) { return look_at_libraries(host, {}); }},
      {"os.support", "The system still gets security updates", "", look_at_support},
      {"os.updates", "Security updates are installed by themselves", "", look_at_updates},
      {"os.waiting_updates", "No security update waits to be installed", "", look_at_waiting_updates},
      {"os.reboot", "No update waits for a reboot", "", look_at_pending_reboot},
  };
}

engine::Check reaching(const std::string& id, std::string title) {
  return {id,
          std::move(title),
          "",
          [id](const host::HostView& host, const profile::Settings& settings) { return look_at_egress(id, host, settings); },
          engine::CheckUse::doctor,
          engine::CheckReach::network};
}

List network_checks() {
  return {
      reaching("net.proxy", "The proxy answers"),
      reaching("net.gateway", "The vendor's gateway can be reached"),
      reaching("net.sign_urls", "The vendor's signing addresses can be reached"),
      reaching("net.vendor_certificates", "The vendor's certificates can be fetched"),
      reaching("net.vendor_enclaves", "The vendor's enclaves can be fetched"),
      reaching("net.vendor_uploads", "Logs could be sent to the vendor"),
      reaching("net.callback", "The callback handler can be reached"),
      reaching("net.registry", "The image registry can be reached"),
      reaching("net.registry_cdn", "The image's layers can be fetched"),
      reaching("net.sgx_packages", "The SGX packages can be fetched"),
      reaching("net.engine_packages", "The engine's packages can be fetched"),
      reaching("net.quote_provider", "The quote provider can be reached"),
      reaching("net.intel_root", "Intel's root revocation list can be fetched"),
      reaching("net.os_archive", "The operating system's archive can be reached"),
      {"machine.region", "The cloud's region is known", "machine.place", look_at_region, engine::CheckUse::doctor, engine::CheckReach::network},
      {"clock.servers", "Servers agree with this machine's clock", "", look_at_server_clock, engine::CheckUse::doctor,
       engine::CheckReach::network},
  };
}

}  // namespace

const std::vector<engine::Check>& all_checks() {
  static const List checks = [] {
    List all = hardware_checks();
    for (List more :
         {firmware_checks(), package_checks(), daemon_checks(), engine_checks(), security_checks(), network_checks()}) {
      for (auto& check : more) all.push_back(std::move(check));
    }
    return all;
  }();
  return checks;
}

std::vector<engine::Check> all_checks(Libraries linked) {
  std::vector<engine::Check> checks = all_checks();
  const auto row = std::find_if(checks.begin(), checks.end(), [](const auto& check) { return check.id == library_check; });
  row->look = [linked = std::move(linked)](const host::HostView& host, const profile::Settings&) {
    return look_at_libraries(host, linked);
  };
  return checks;
}

}  // namespace cosigner::checks
