// The run log below /var/log/cosigner: one file (0600) a run that changes something, one line in runs.log for every run. Bounded in count and
// bytes. What is written passes the redactor.
#pragma once

#include <memory>
#include <string>

#include "host/files.hpp"
#include "report/events.hpp"
#include "report/redactor.hpp"

namespace cosigner::report {

struct LogLimits {
  std::size_t files = 20;
  std::size_t bytes_per_file = 4 * 1024 * 1024;
  std::size_t bytes_of_index = 256 * 1024;
};

/// A failure to write is kept and told by `trouble`: a full log disk must not stop a repair.
class RunLog : public EventSink {
 public:
  RunLog(host::Files& files, const Redactor& redactor, const Path& directory = "/var/log/cosigner", const LogLimits& limits = {});
  ~RunLog() override;
  void on(const Event& event, Time at) override;
  const std::optional<Error>& trouble() const { return trouble_; }

 private:
  class Lines;
  void flush();
  void open_file(Time at);
  void append(const Path& file, const std::string& text);
  void finish(const RunFinished& finished, Time at);
  void drop_oldest();

  host::Files& files_;
  const Redactor& redactor_;
  Path directory_;
  LogLimits limits_;
  std::unique_ptr<Lines> lines_;
  std::string run_id_;
  std::string file_name_;  // empty until the first effect
  std::size_t written_ = 0;
  std::optional<Error> trouble_;
};

}  // namespace cosigner::report
