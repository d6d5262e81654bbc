#include "kit/fake_files.hpp"

#include "base/crypto.hpp"
#include "base/text.hpp"
#include "host/posix/path_rules.hpp"
#include "kit/unit_files.hpp"

namespace cosigner::kit {

using host::FileAttributes;
using host::FileKind;
using host::is_fixed_prefix;
using host::link_target;
using host::parts_of;

namespace {

Error unsafe(const Path& path, const std::string& why) {
  return make_error("host.path_unsafe", path.text() + " " + why, "Look at who made it, move it away and run again.");
}

}  // namespace

std::optional<Entry> FakeFiles::entry_at(const Path& path) const {
  const auto found = model_.entries.find(path.text());
  if (found != model_.entries.end()) return found->second;
  const std::string below = path == Path("/") ? "/" : path.text() + "/";
  const auto next = model_.entries.lower_bound(below);
  const bool implied = path == Path("/") || (next != model_.entries.end() && next->first.compare(0, below.size(), below) == 0);
  if (!implied) return std::nullopt;
  return Entry{FileKind::directory, {{0755}, {}}, "", {}};
}

/// The real place of the directory that holds `path`, its links resolved as far as the purpose allows.
Result<Path> FakeFiles::directory_of(const Path& path, Purpose purpose) const {
  if (!path.is_plain()) return unsafe(path, "is no plain absolute path");
  Path place("/");
  int links = 0;
  std::vector<std::string> rest = parts_of(path.parent());
  for (std::size_t i = 0; i < rest.size(); ++i) {
    const Path next = place / rest[i];
    const std::optional<Entry> entry = entry_at(next);
    if (!entry || entry->kind != FileKind::link) {
      if (entry && entry->kind != FileKind::directory) return unsafe(next, "is no directory");
      place = next;
      continue;
    }
    const bool by_root = entry->attributes.owner.uid == 0 && entry_at(place)->attributes.owner.uid == 0;
    if (!by_root || (purpose == Purpose::writing && !is_fixed_prefix(next)) || ++links > host::max_links)
      return unsafe(next, "is a symbolic link");
    std::string whole = link_target(next, entry->content).text();
    for (std::size_t k = i + 1; k < rest.size(); ++k) whole += "/" + rest[k];
    rest = parts_of(Path(whole));
    place = Path("/");
    i = static_cast<std::size_t>(-1);
  }
  return place;
}

/// For reading: the place after links of root's.
Result<Path> FakeFiles::followed(const Path& path) const {
  Path place = path;
  for (int links = 0; links <= host::max_links; ++links) {
    const Path directory = TRY(directory_of(place, Purpose::reading));
    const Path real = place == Path("/") ? place : directory / place.name();
    const std::optional<Entry> entry = entry_at(real);
    if (!entry || entry->kind != FileKind::link) return real;
    const std::optional<Entry> parent = entry_at(directory);
    const bool by_root = entry->attributes.owner.uid == 0 && parent && parent->attributes.owner.uid == 0;
    if (!by_root || (parent->attributes.mode.bits & 0022u) != 0) return unsafe(path, "is a symbolic link");
    place = link_target(real, entry->content);
  }
  return unsafe(path, "has too many symbolic links");
}

Result<std::optional<host::FileStat>> FakeFiles::stat(const Path& path) const {
  const Path directory = TRY(directory_of(path, Purpose::reading));
  const std::optional<Entry> entry = entry_at(path == Path("/") ? path : directory / path.name());
  if (!entry) return std::optional<host::FileStat>();
  return std::optional(host::FileStat{entry->kind, entry->attributes, entry->content.size(), 1, entry->modified});
}

Result<std::optional<std::string>> FakeFiles::read(const Path& path, std::size_t limit) const {
  const std::optional<Entry> entry = entry_at(TRY(followed(path)));
  if (!entry) return std::optional<std::string>();
  if (entry->kind != FileKind::regular) return unsafe(path, "is no regular file");
  if (entry->content.size() > limit)
    return make_error("host.file_too_large", path.text() + " has more than " + std::to_string(limit) + " bytes");
  return std::optional(entry->content);
}

Result<std::vector<std::string>> FakeFiles::list(const Path& path) const {
  const Path place = TRY(followed(path));
  const std::optional<Entry> entry = entry_at(place);
  std::vector<std::string> names;
  if (!entry) return names;
  if (entry->kind != FileKind::directory) return unsafe(path, "is no directory");
  const std::string below = place == Path("/") ? "/" : place.text() + "/";
  std::set<std::string> seen;
  for (auto next = model_.entries.lower_bound(below); next != model_.entries.end(); ++next) {
    if (next->first.compare(0, below.size(), below) != 0) break;
    const std::string rest = next->first.substr(below.size());
    if (!rest.empty()) seen.insert(rest.substr(0, rest.find('/')));
  }
  names.assign(seen.begin(), seen.end());
  return names;
}

Result<std::optional<std::string>> FakeFiles::sha256(const Path& path) const {
  const std::optional<std::string> content = TRY(read(path, static_cast<std::size_t>(-1)));
  if (!content) return std::optional<std::string>();
  return std::optional(sha256_hex(*content));
}

Result<host::Mount> FakeFiles::mount_of(const Path& path) const {
  host::Mount best{Path("/"), "ext4", {"rw", "relatime"}};
  for (const host::Mount& mount : model_.mounts)
    if (path.is_within(mount.point) && mount.point.text().size() >= best.point.text().size()) best = mount;
  return best;
}

Result<std::uint64_t> FakeFiles::free_space(const Path&) const { return model_.free_space; }

/// Where an entry of this path may be written; the checks of the real walker.
Result<Path> FakeFiles::writable(const Path& path, const FileAttributes& attributes) const {
  const Path directory = TRY(directory_of(path, Purpose::writing));
  const host::Trust trust{0, attributes.owner.uid};
  for (Path place = directory;; place = place.parent()) {
    const std::optional<Entry> entry = entry_at(place);
    if (!entry)
      return make_error("host.io_failed", "the directory " + place.text() + " does not exist", "Make the directory first.");
    const std::string why = distrust_of(place, entry->attributes, trust);
    if (!why.empty()) return unsafe(place, why);
    if (place == Path("/")) break;
  }
  const host::Mount mount = TRY(mount_of(directory));
  for (const std::string& option : mount.options)
    if (option == "ro")
      return make_error("host.read_only", path.text() + " lies on a read-only mount", "Mount it writable and run again.");
  return directory / path.name();
}

Status FakeFiles::put(const Path& place, Entry entry) {
  const auto old = model_.entries.find(place.text());
  const std::uint64_t before = old == model_.entries.end() ? 0 : old->second.content.size();
  const std::uint64_t after = entry.content.size();
  if (after > before + model_.free_space)
    return make_error("host.disk_full", "no space is left for " + place.text() + " (" + std::to_string(after) + " bytes)",
                      "Free space on that disk and run again.");
  model_.free_space = model_.free_space + before - after;
  entry.modified = model_.now;
  model_.entries[place.text()] = std::move(entry);
  unit_file_changed(model_, place);
  return {};
}

/// A directory that was only implied stays when its last entry goes.
void FakeFiles::keep_parent(const Path& place) {
  const Path parent = place.parent();
  if (parent == Path("/") || model_.entries.count(parent.text()) != 0 || !entry_at(parent)) return;
  model_.entries[parent.text()] = Entry{FileKind::directory, {{0755}, {}}, "", model_.now};
}

void FakeFiles::erase(const Path& place) {
  const auto old = model_.entries.find(place.text());
  if (old == model_.entries.end()) return;
  model_.free_space += old->second.content.size();
  model_.entries.erase(old);
  unit_file_changed(model_, place);
}

Status FakeFiles::write_atomic(const Path& path, std::string_view content, const FileAttributes& attributes) {
  return log_.write<void>("files.write_atomic", path.text(), [&]() -> Status {
    const Path place = TRY(writable(path, attributes));
    const std::optional<Entry> old = entry_at(place);
    if (old && old->kind != FileKind::regular) return unsafe(path, "is there already and no regular file");
    return put(place, Entry{FileKind::regular, attributes, std::string(content), {}});
  });
}

Status FakeFiles::append_durable(const Path& path, std::string_view content, const FileAttributes& attributes) {
  return log_.write<void>("files.append_durable", path.text(), [&]() -> Status {
    const Path place = TRY(writable(path, attributes));
    const std::optional<Entry> old = entry_at(place);
    if (!old) return put(place, Entry{FileKind::regular, attributes, std::string(content), {}});
    if (old->kind != FileKind::regular) return unsafe(path, "is there already and no regular file");
    if (old->attributes.owner.uid != attributes.owner.uid) return unsafe(path, "belongs to another user");
    return put(place, Entry{FileKind::regular, old->attributes, old->content + std::string(content), {}});
  });
}

Status FakeFiles::make_parents(const Path& directory) {
  if (entry_at(directory)) return {};
  TRY(make_parents(directory.parent()));
  const Path place = TRY(writable(directory, FileAttributes{{0755}, {}}));
  return put(place, Entry{FileKind::directory, {{0755}, {}}, "", {}});
}

Status FakeFiles::make_dir(const Path& path, const FileAttributes& attributes) {
  return log_.write<void>("files.make_dir", path.text(), [&]() -> Status {
    TRY(make_parents(TRY(directory_of(path, Purpose::writing))));
    const Path place = TRY(writable(path, attributes));
    const std::optional<Entry> old = entry_at(place);
    if (old && old->kind != FileKind::directory) return unsafe(path, "is there already and no directory");
    return put(place, Entry{FileKind::directory, attributes, "", {}});
  });
}

Status FakeFiles::set_attributes(const Path& path, const FileAttributes& attributes) {
  return log_.write<void>("files.set_attributes", path.text(), [&]() -> Status {
    const Path place = TRY(writable(path, attributes));
    std::optional<Entry> entry = entry_at(place);
    if (!entry) return make_error("host.io_failed", path.text() + " does not exist");
    if (entry->kind == FileKind::link) return unsafe(path, "is a symbolic link");
    entry->attributes = attributes;
    const Time modified = entry->modified;
    TRY(put(place, *entry));
    model_.entries[place.text()].modified = modified;
    return {};
  });
}

Status FakeFiles::remove(const Path& path) {
  return log_.write<void>("files.remove", path.text(), [&]() -> Status {
    const Path place = TRY(directory_of(path, Purpose::writing)) / path.name();
    const std::optional<Entry> entry = entry_at(place);
    if (!entry) return {};
    if (entry->kind == FileKind::directory && !TRY(list(place)).empty())
      return make_error("host.io_failed", path.text() + " is a directory that is not empty");
    keep_parent(place);
    erase(place);
    return {};
  });
}

Status FakeFiles::remove_tree(const Path& path) {
  return log_.write<void>("files.remove_tree", path.text(), [&]() -> Status {
    const Path place = TRY(directory_of(path, Purpose::writing)) / path.name();
    std::vector<std::string> gone;
    for (const auto& [name, entry] : model_.entries)
      if (Path(name).is_within(place)) gone.push_back(name);
    keep_parent(place);
    for (const std::string& name : gone) erase(Path(name));
    return {};
  });
}

Status FakeFiles::rename(const Path& from, const Path& to) {
  return log_.write<void>("files.rename", from.text() + " " + to.text(), [&]() -> Status {
    const Path source = TRY(directory_of(from, Purpose::writing)) / from.name();
    const Path target = TRY(writable(to, FileAttributes{}));
    if (!entry_at(source)) return make_error("host.io_failed", from.text() + " does not exist");
    std::map<std::string, Entry> moved;
    for (const auto& [name, entry] : model_.entries)
      if (Path(name).is_within(source)) moved[target.text() + name.substr(source.text().size())] = entry;
    for (const auto& [name, entry] : moved) model_.entries.erase(source.text() + name.substr(target.text().size()));
    for (auto& [name, entry] : moved) model_.entries[name] = std::move(entry);
    unit_file_changed(model_, source);
    unit_file_changed(model_, target);
    return {};
  });
}

}  // namespace cosigner::kit
