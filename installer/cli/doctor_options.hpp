// What `doctor` and `egress` are asked for on the command line.
#pragma once

#include <string>
#include <vector>

namespace CLI {
class App;
}

namespace cosigner::cli {

struct DoctorOptions {
  std::string report_file;
  std::string cpuid_file;
  std::string user;
  bool offline = false;
  bool strict = false;
  std::vector<std::string> only;
  std::string explain;
  std::string match_file;
  std::string capture_file;
  std::string replay_file;
};

struct EgressOptions {
  std::string format = "text";
  bool prove = false;
};

void add_doctor_options(CLI::App& app, DoctorOptions& out);
void add_egress_options(CLI::App& app, EgressOptions& out);

}  // namespace cosigner::cli
