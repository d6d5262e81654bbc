// Where the stand-in finds its folders: relative to its own program file, so that the same program runs in the
// container (/opt/fireblocks/customer_cosigner) and in a self-check's temporary prefix.
#pragma once
#include <optional>
#include <string>

namespace lab {

struct Place {
  std::string base;  // folder of the program

  std::string database() const { return base + "/db/secrets.db"; }
  std::string log_file() const { return base + "/log/customer_cosigner.log"; }
  std::string loader() const { return base + "/enclave/ra_loader_enclave.signed.so"; }
  std::string enclave() const { return base + "/enclave/enclave.signed.so"; }
  std::string backup_folder() const { return base + "/../../../backup"; }
  std::string lab_file(const std::string& name) const { return base + "/lab/" + name; }
};

Place find_place();

std::optional<std::string> read_file(const std::string& path);
bool write_file(const std::string& path, const std::string& data, unsigned mode);  // whole or not at all

// First line of a file of the image's lab folder; empty when there is none.
std::string lab_setting(const Place& place, const std::string& name);

// The enclave device as the image knows it; empty when one of the two can be opened, else what is wrong.
std::string enclave_problem(const Place& place);

}  // namespace lab
