// The files of a MachineModel. Directories that only follow from an entry below them count as 0755 of root.
#pragma once

#include "kit/call_log.hpp"
#include "kit/model.hpp"

namespace cosigner::kit {

class FakeFiles : public host::Files {
 public:
  FakeFiles(MachineModel& model, CallLog& log) : model_(model), log_(log) {}

  Result<std::optional<host::FileStat>> stat(const Path& path) const override;
  Result<std::optional<std::string>> read(const Path& path, std::size_t limit) const override;
  Result<std::vector<std::string>> list(const Path& path) const override;
  Result<std::optional<std::string>> sha256(const Path& path) const override;
  Result<host::Mount> mount_of(const Path& path) const override;
  Result<std::uint64_t> free_space(const Path& path) const override;

  Status write_atomic(const Path& path, std::string_view content, const host::FileAttributes& attributes) override;
  Status append_durable(const Path& path, std::string_view content, const host::FileAttributes& attributes) override;
  Status make_dir(const Path& path, const host::FileAttributes& attributes) override;
  Status set_attributes(const Path& path, const host::FileAttributes& attributes) override;
  Status remove(const Path& path) override;
  Status remove_tree(const Path& path) override;
  Status rename(const Path& from, const Path& to) override;

 private:
  enum class Purpose { reading, writing };
  std::optional<Entry> entry_at(const Path& path) const;
  Result<Path> directory_of(const Path& path, Purpose purpose) const;
  Result<Path> followed(const Path& path) const;
  Result<Path> writable(const Path& path, const host::FileAttributes& attributes) const;
  Status make_parents(const Path& directory);
  Status put(const Path& place, Entry entry);
  void keep_parent(const Path& place);
  void erase(const Path& place);

  MachineModel& model_;
  CallLog& log_;
};

}  // namespace cosigner::kit
