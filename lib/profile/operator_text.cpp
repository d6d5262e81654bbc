#include "profile/operator_text.hpp"

#include "base/untrusted.hpp"

namespace cosigner::profile {
namespace {

constexpr std::size_t limit = 1024 * 1024;
constexpr std::uint32_t writable_by_others = 0022;

Error unsafe(const std::string& name, const std::string& why, const std::string& remedy) {
  return make_error("answers.file_unsafe", name + " " + why, remedy);
}

}  // namespace

Result<std::string> read_operator_text(const host::OperatorFilesView& files, const std::string& path, const std::optional<host::Owner>& caller) {
  const std::string name = shown(Untrusted(path));
  auto file = TRY(files.read(path, limit, caller));
  if (!file) return make_error("answers.file_absent", name + " does not exist", "Give the path of an existing file.");
  const auto& stat = file->stat;
  const std::uint32_t uid = stat.attributes.owner.uid;
  if (uid != 0 && !(caller && caller->uid == uid)) {
    return unsafe(name, "belongs to user " + std::to_string(uid), "Make it belong to root or to yourself.");
  }
  if ((stat.attributes.mode.bits & writable_by_others) != 0) {
    return unsafe(name, "can be changed by other users", "Take the right to write away from group and others (chmod go-w).");
  }
  if (stat.links != 1) return unsafe(name, "has more than one name (hard links)", "Copy it to a new file and use that.");
  return std::move(file->bytes);
}

}  // namespace cosigner::profile
