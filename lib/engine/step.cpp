// What each step is called, is about and amounts to. Kept apart from carrying it out, so that a plan can be shown without a machine.
#include "engine/step.hpp"

#include "base/crypto.hpp"
#include "base/text.hpp"

namespace cosigner::engine {
namespace {

template <class... Handlers>
struct Overloaded : Handlers... {
  using Handlers::operator()...;
};
template <class... Handlers>
Overloaded(Handlers...) -> Overloaded<Handlers...>;

std::string octal(host::FileMode mode) {
  std::string digits;
  for (std::uint32_t bits = mode.bits; bits != 0; bits >>= 3) digits.insert(digits.begin(), static_cast<char>('0' + (bits & 7u)));
  return "0" + digits;
}

std::string owned(const host::FileAttributes& attributes) {
  return "mode " + octal(attributes.mode) + " owner " + std::to_string(attributes.owner.uid) + ":" + std::to_string(attributes.owner.gid);
}

std::string verb_name(host::UnitVerb verb) {
  static constexpr const char* names[] = {"enable", "disable", "start", "stop", "restart", "reload", "unmask", "daemon-reload"};
  return names[static_cast<std::size_t>(verb)];
}

std::string path_list(const std::vector<Path>& paths) {
  std::vector<std::string> texts;
  texts.reserve(paths.size());
  for (const auto& path : paths) texts.push_back(path.text());
  return joined(texts, " ");
}

std::string arguments_text(const Custom& step) {
  std::string out;
  for (const auto& [name, value] : step.arguments) out.append(" ").append(name).append("=").append(value);
  return out;
}

}  // namespace

std::string kind_of(const Step& step) {
  return std::visit(Overloaded{
                        [](const MakeDirectory&) -> std::string { return "directory"; },
                        [](const WriteFile&) -> std::string { return "file"; },
                        [](const SetAttributes&) -> std::string { return "attributes"; },
                        [](const RemoveEntry&) -> std::string { return "file"; },
                        [](const RefreshLists&) -> std::string { return "package lists"; },
                        [](const InstallPackages&) -> std::string { return "packages"; },
                        [](const RemovePackages&) -> std::string { return "packages"; },
                        [](const FinishPackages&) -> std::string { return "package repair"; },
                        [](const UnitAction&) -> std::string { return "unit"; },
                        [](const AddGroup&) -> std::string { return "group"; },
                        [](const AddMember&) -> std::string { return "group member"; },
                        [](const Download&) -> std::string { return "download"; },
                        [](const PullImage&) -> std::string { return "image"; },
                        [](const LoadImage&) -> std::string { return "image"; },
                        [](const CreateNetwork&) -> std::string { return "network"; },
                        [](const RemoveContainer&) -> std::string { return "container"; },
                        [](const Remember&) -> std::string { return "record"; },
                        [](const Custom& custom) -> std::string { return custom.name; },
                    },
                    step.payload);
}

std::string subject_of(const Step& step) {
  return std::visit(Overloaded{
                        [](const MakeDirectory& s) { return s.path.text(); },
                        [](const WriteFile& s) { return s.path.text(); },
                        [](const SetAttributes& s) { return s.path.text(); },
                        [](const RemoveEntry& s) { return s.path.text(); },
                        [](const RefreshLists& s) { return s.source_files.empty() ? std::string("of all sources") : path_list(s.source_files); },
                        [](const InstallPackages& s) { return joined(s.request.names, " "); },
                        [](const RemovePackages& s) { return joined(s.names, " "); },
                        [](const FinishPackages&) { return std::string("dpkg"); },
                        [](const UnitAction& s) { return s.unit.empty() ? std::string("systemd") : s.unit; },
                        [](const AddGroup& s) { return s.name; },
                        [](const AddMember& s) { return s.user + " in " + s.group; },
                        [](const Download& s) { return s.target.text(); },
                        [](const PullImage& s) { return s.reference; },
                        [](const LoadImage& s) { return s.archive.text(); },
                        [](const CreateNetwork& s) { return s.name; },
                        [](const RemoveContainer& s) { return s.name; },
                        [](const Remember& s) { return s.name; },
                        [](const Custom& s) {
                          const auto subject = s.arguments.find("subject");
                          return subject == s.arguments.end() ? s.name : subject->second;
                        },
                    },
                    step.payload);
}

std::string effect_of(const Step& step) {
  return std::visit(Overloaded{
                        [](const MakeDirectory& s) { return "make directory " + s.path.text() + " " + owned(s.attributes); },
                        [](const WriteFile& s) { return "write " + s.path.text() + " " + owned(s.attributes) + " sha256 " + sha256_hex(s.content); },
                        [](const SetAttributes& s) { return "set " + s.path.text() + " " + owned(s.attributes); },
                        [](const RemoveEntry& s) { return (s.tree ? "remove tree " : "remove ") + s.path.text(); },
                        [](const RefreshLists& s) { return s.source_files.empty() ? std::string("apt-get update") : "apt-get update of " + path_list(s.source_files); },
                        [](const InstallPackages& s) { return "apt-get install " + joined(s.request.names, " "); },
                        [](const RemovePackages& s) { return "apt-get remove " + joined(s.names, " "); },
                        [](const FinishPackages&) { return std::string("dpkg --configure -a; apt-get -f install"); },
                        [](const UnitAction& s) { return "systemctl " + verb_name(s.verb) + (s.unit.empty() ? "" : " " + s.unit); },
                        [](const AddGroup& s) { return "add system group " + s.name; },
                        [](const AddMember& s) { return "add " + s.user + " to group " + s.group; },
                        [](const Download& s) { return "download " + s.request.url + " to " + s.target.text(); },
                        [](const PullImage& s) { return "pull " + s.reference; },
                        [](const LoadImage& s) { return "load " + s.archive.text(); },
                        [](const CreateNetwork& s) { return "create network " + s.name; },
                        [](const RemoveContainer& s) { return "remove container " + s.name; },
                        [](const Remember& s) { return "record " + s.name + "=" + s.value; },
                        [](const Custom& s) { return s.name + arguments_text(s); },
                    },
                    step.payload);
}

std::string fingerprint_of(const Step& step) { return sha256_hex(kind_of(step) + "\n" + subject_of(step) + "\n" + effect_of(step)); }

}  // namespace cosigner::engine
