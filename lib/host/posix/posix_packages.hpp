// The one apt chokepoint. A child that may be running dpkg is never signalled: cancelling waits for its end.
#pragma once

#include "base/cancel.hpp"
#include "host/packages.hpp"
#include "host/posix/path_walker.hpp"

namespace cosigner::host {

class PosixPackages : public Packages {
 public:
  /// `walker` must outlive this; `cancel` may be null. Below a --root folder nothing is executed (`packages.failed`).
  PosixPackages(const PathWalker& walker, const CancelToken* cancel, std::chrono::seconds lock_wait = std::chrono::minutes(10))
      : walker_(walker), cancel_(cancel), lock_wait_(lock_wait) {}

  Result<std::map<std::string, Package>> installed() const override;
  Result<bool> interrupted() const override;
  Result<bool> has_lists(const std::string& list_prefix) const override;
  Result<std::optional<std::string>> candidate(const std::string& name) const override;

  Status update(const std::vector<Path>& source_files, const AptOptions& options,
                const ProgressSink& progress) override;
  Status install(const InstallRequest& request, const ProgressSink& progress) override;
  Status remove(const std::vector<std::string>& names, const ProgressSink& progress) override;
  Status finish_interrupted(const ProgressSink& progress) override;

 private:
  Status require_machine() const;
  Status run(const std::vector<std::string>& argv, const AptOptions& options, const std::string& doing,
             const ProgressSink& progress, const PackageOrigin* origin = nullptr) const;
  Status fetch_anew(const PackageOrigin& origin, AptOptions options, const ProgressSink& progress);

  const PathWalker& walker_;
  const CancelToken* cancel_;
  std::chrono::seconds lock_wait_;
};

}  // namespace cosigner::host
