// A machine whose kernel is older than the SGX driver: an Ubuntu 20.04 of Alibaba's kind g7t, whose /dev cannot execute, and what a reboot
// makes of it.
#pragma once

#include "host_scene.hpp"

namespace cosigner::scene {

inline const std::string old_release = "5.4.0-216-generic";
inline const std::string new_release = "5.15.0-139-generic";
inline const std::string newer_kernel = "linux-generic-hwe-20.04";  // needs the image's package
inline const std::string new_image = "linux-image-" + new_release;
inline const std::string new_initrd = "/boot/initrd.img-" + new_release;  // without it the boot loader has no entry

class OldHost : public HostScene {
 public:
  OldHost();
  /// The machine starts anew: memory and what lies in it is gone, the newest kernel runs (unless the boot loader's default is another),
  /// and a kernel with SGX shows its devices.
  void reboot();
  /// As the command does: what a reboot needed is settled at the end of the run.
  report::RunReport run_all();

  bool boots_old_kernel = false;
  std::string device_of_new_kernel = "/dev/sgx_enclave";
};

}  // namespace cosigner::scene
