// dpkg and apt on a MachineModel. Each package that an install brings is a writing call of its own, so that a power cut leaves
// a half, and so is the unpacking of those that have something to unpack; everything that can be refused is refused before the first of them. Lists bring the index (InRelease) that the web or the
// folder of the source has, unless the one here is newer, as apt does.
#pragma once

#include "kit/call_log.hpp"
#include "kit/model.hpp"

namespace cosigner::kit {

class FakePackages : public host::Packages {
 public:
  FakePackages(MachineModel& model, CallLog& log) : model_(model), log_(log) {}

  Result<std::map<std::string, host::Package>> installed() const override;
  Result<bool> interrupted() const override;
  Result<bool> has_lists(const std::string& list_prefix) const override;
  Result<std::optional<std::string>> candidate(const std::string& name) const override;

  Status update(const std::vector<Path>& source_files, const host::AptOptions& options,
                const host::ProgressSink& progress) override;
  Status install(const host::InstallRequest& request, const host::ProgressSink& progress) override;
  Status remove(const std::vector<std::string>& names, const host::ProgressSink& progress) override;
  Status finish_interrupted(const host::ProgressSink& progress) override;

 private:
  bool is_offered(const AvailablePackage& package) const;
  bool is_installed(const std::string& name) const;
  Status ready() const;
  Status fetch_lists(const std::string& source_file);
  void put_index(const std::string& source_text);
  bool lacks_a_file(const std::vector<std::string>& names) const;
  Status collect(const std::string& wanted, const host::InstallRequest& request, bool asked,
                 std::vector<std::string>& order) const;
  Status unpack(const std::vector<std::string>& names);
  void put(const std::string& name);
  void note_options(const host::AptOptions& options);

  MachineModel& model_;
  CallLog& log_;
};

/// dpkg's order of versions (Debian Policy 5.6.12): negative, zero or positive.
int compare_versions(const std::string& left, const std::string& right);

}  // namespace cosigner::kit
