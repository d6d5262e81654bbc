#include "host/posix/apt_command.hpp"

#include <algorithm>

namespace cosigner::host {
namespace {

using Arguments = std::vector<std::string>;

void add_settings(Arguments& arguments, const std::vector<std::string>& settings) {
  for (const std::string& setting : settings) {
    arguments.emplace_back("-o");
    arguments.push_back(setting);
  }
}

/// What must not depend on the host's own configuration. Options of the call are read before it, so that they cannot weaken it.
Arguments apt_get() {
  Arguments arguments = {"/usr/bin/apt-get", "-y", "-q", "-c=/proc/self/fd/" + std::to_string(apt_options_descriptor)};
  add_settings(arguments, {"Acquire::AllowInsecureRepositories=false", "Acquire::AllowWeakRepositories=false",
                           "Acquire::AllowDowngradeToInsecureRepositories=false", "APT::Get::AllowUnauthenticated=false",
                           "Acquire::https::Verify-Peer=true", "Acquire::https::Verify-Host=true",
                           "Acquire::Check-Valid-Until=true", "Acquire::Retries=2", "DPkg::Lock::Timeout=60", "Dpkg::Use-Pty=0",
                           "APT::Color=0", "APT::Status-Fd=" + std::to_string(apt_status_descriptor)});
  return arguments;
}

void keep_own_configuration(Arguments& arguments) {
  add_settings(arguments, {"Dpkg::Options::=--force-confdef", "Dpkg::Options::=--force-confold"});
}

}  // namespace

bool is_package_name(const std::string& name) {
  const std::size_t sign = std::min(name.find('='), name.size());
  const auto plain = [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'); };
  const auto of_name = [&](char c) { return plain(c) || c == '+' || c == '.' || c == '-'; };
  const auto of_version = [&](char c) { return of_name(c) || (c >= 'A' && c <= 'Z') || c == ':' || c == '~'; };
  const auto after = name.begin() + static_cast<std::ptrdiff_t>(sign);
  if (sign < 2 || !plain(name[0]) || name[sign - 1] == '-') return false;
  if (!std::all_of(name.begin(), after, of_name)) return false;
  return sign == name.size() || (sign + 1 < name.size() && std::all_of(after + 1, name.end(), of_version));
}

bool is_apt_setting(const std::string& text) {
  const std::size_t sign = text.find('=');
  if (sign == 0 || sign == std::string::npos) return false;
  const auto of_name = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == ':' || c == '-' || c == '_' ||
           c == '.';
  };
  const auto printable = [](char c) { return c > 0x20 && c < 0x7f && c != '"' && c != ';' && c != '{' && c != '}'; };
  const auto split_at = text.begin() + static_cast<std::ptrdiff_t>(sign);
  return std::all_of(text.begin(), split_at, of_name) && std::all_of(split_at, text.end(), printable);
}

std::string options_document(const AptOptions& options) {
  std::string text = "// of this call\n";
  for (const std::string& option : options.settings) {
    const std::size_t sign = option.find('=');
    text += option.substr(0, sign) + " \"" + option.substr(sign + 1) + "\";\n";
  }
  if (options.proxy.empty()) return text;
  for (const std::string_view scheme : {"http", "https"}) {  // a later line wins
    text.append("Acquire::").append(scheme).append("::Proxy \"").append(options.proxy.reveal("apt's proxy, by descriptor")).append("\";\n");
  }
  return text;
}

std::vector<std::string> update_command(const Path* source_file) {
  Arguments arguments = apt_get();
  if (source_file != nullptr)
    add_settings(arguments,
                 {"Dir::Etc::SourceList=" + source_file->text(), "Dir::Etc::SourceParts=/dev/null", "APT::Get::List-Cleanup=0"});
  arguments.emplace_back("update");
  return arguments;
}

std::vector<std::string> install_command(const InstallRequest& request) {
  Arguments arguments = apt_get();
  keep_own_configuration(arguments);
  arguments.insert(arguments.end(), {"--no-remove", request.recommends ? "--install-recommends" : "--no-install-recommends"});
  if (request.allow_downgrade) arguments.emplace_back("--allow-downgrades");
  arguments.emplace_back("install");
  arguments.insert(arguments.end(), request.names.begin(), request.names.end());
  return arguments;
}

std::vector<std::string> remove_command(const std::vector<std::string>& names) {
  Arguments arguments = apt_get();
  keep_own_configuration(arguments);
  arguments.insert(arguments.end(), {"--no-auto-remove", "remove"});
  arguments.insert(arguments.end(), names.begin(), names.end());
  return arguments;
}

std::vector<std::string> configure_command() {
  return {"/usr/bin/dpkg", "--force-confdef", "--force-confold", "--configure", "-a"};
}

std::vector<std::string> repair_command() {
  Arguments arguments = apt_get();
  keep_own_configuration(arguments);
  arguments.insert(arguments.end(), {"--no-install-recommends", "-f", "install"});
  return arguments;
}

}  // namespace cosigner::host
