#include "installer/checks/catalog.hpp"

#include "installer/checks/machine.hpp"
#include "installer/checks/processor.hpp"
#include "installer/checks/system.hpp"

namespace cosigner::checks {

const std::vector<engine::Check>& all_checks() {
  static const std::vector<engine::Check> checks = {
      {"cpu.vendor", "The processor is Intel's", "", look_at_vendor},
      {"cpu.sgx", "SGX is switched on", "cpu.vendor", look_at_sgx},
      {"cpu.alike", "All logical CPUs say the same about SGX", "cpu.sgx", look_at_agreement},
      {"cpu.flc", "Flexible launch control is there", "cpu.sgx", look_at_launch_control},
      {"cpu.epc", "There is enough enclave memory", "cpu.sgx", look_at_epc},
      {"machine.cores", "There are enough processor cores", "", look_at_cores},
      {"machine.ram", "There is enough memory", "", look_at_ram},
      {"machine.disk", "There is enough free disk space", "", look_at_disk},
      {"os.known", "The profile knows this operating system", "", look_at_os},
      {"os.kernel", "The kernel brings its own SGX driver", "", look_at_kernel},
      {"clock.sane", "The clock is not behind this program", "", look_at_clock},
      {"clock.synchronised", "The clock is kept right", "clock.sane", look_at_clock_sync},
      {"dev.exec", "/dev allows to execute", "", look_at_dev_mount},
      {"dev.enclave", "The enclave device can be opened", "cpu.sgx", look_at_enclave_node},
      {"dev.provision", "The provisioning device can be opened", "dev.enclave", look_at_provision_node},
  };
  return checks;
}

}  // namespace cosigner::checks
