// su of the stand-in image: "su [-] USER -c COMMAND", root to another user only. Unlike the usual su it keeps the
// supplementary groups it was started with, root's own aside: that is how the engine grants the group of the SGX
// nodes (GroupAdd).
#include <grp.h>
#include <sys/types.h>
#include <unistd.h>

#include <array>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <sstream>
#include <string>
#include <vector>

namespace {

bool find_user(const std::string& name, uid_t& uid, gid_t& gid) {
  std::ifstream file("/etc/passwd");
  std::string line;
  while (std::getline(file, line)) {
    if (line.rfind(name + ":", 0) != 0) continue;
    std::istringstream fields(line);
    std::string skip;
    std::string user;
    std::string group;
    std::getline(fields, skip, ':');
    std::getline(fields, skip, ':');
    std::getline(fields, user, ':');
    std::getline(fields, group, ':');
    uid = static_cast<uid_t>(std::atoi(user.c_str()));
    gid = static_cast<gid_t>(std::atoi(group.c_str()));
    return true;
  }
  return false;
}

void drop_root_group() {
  std::array<gid_t, 64> all{};
  const int count = getgroups(static_cast<int>(all.size()), all.data());
  std::vector<gid_t> kept;
  for (int i = 0; i < count; ++i) {
    if (all[static_cast<std::size_t>(i)] != 0) kept.push_back(all[static_cast<std::size_t>(i)]);
  }
  if (setgroups(kept.size(), kept.data()) != 0) std::fprintf(stderr, "su: groups are kept as they are\n");
}

}  // namespace

int main(int argc, char** argv) {
  std::string user;
  std::string command;
  for (int i = 1; i < argc; ++i) {
    const std::string arg = argv[i];
    if (arg == "-c" && i + 1 < argc) {
      command = argv[++i];
    } else if (arg == "-s" && i + 1 < argc) {
      ++i;
    } else if (arg.empty() || arg[0] != '-') {
      user = arg;
    }
  }
  uid_t uid = 0;
  gid_t gid = 0;
  drop_root_group();
  if (user.empty() || !find_user(user, uid, gid) || setgid(gid) != 0 || setuid(uid) != 0) {
    std::fprintf(stderr, "su: cannot become %s\n", user.c_str());
    return 1;
  }
  if (command.empty()) {
    execl("/bin/sh", "sh", static_cast<char*>(nullptr));
  } else {
    execl("/bin/sh", "sh", "-c", command.c_str(), static_cast<char*>(nullptr));
  }
  return 127;
}
