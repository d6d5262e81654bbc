#include "report/run_log.hpp"

#include <spdlog/pattern_formatter.h>
#include <spdlog/sinks/base_sink.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <mutex>

#include "report/event_text.hpp"

namespace cosigner::report {
namespace {

constexpr host::FileAttributes log_file{{0600}, {}};
constexpr host::FileAttributes log_directory{{0750}, {}};

/// Keeps formatted lines until they are written through the host's port, which has the path rules.
class Buffer : public spdlog::sinks::base_sink<std::mutex> {
 public:
  std::string take() {
    const std::lock_guard<std::mutex> lock(mutex_);
    std::string text;
    text.swap(text_);
    return text;
  }

 protected:
  void sink_it_(const spdlog::details::log_msg& message) override {
    spdlog::memory_buf_t formatted;
    formatter_->format(message, formatted);
    text_.append(formatted.data(), formatted.size());
  }
  void flush_() override {}

 private:
  std::string text_;
};

spdlog::level::level_enum level_of(const Event& event) {
  if (const auto* finished = std::get_if<StageFinished>(&event)) return finished->error ? spdlog::level::err : spdlog::level::info;
  if (const auto* finished = std::get_if<RunFinished>(&event)) return finished->code == ExitCode::ok ? spdlog::level::info : spdlog::level::err;
  return std::holds_alternative<StepProgressed>(event) ? spdlog::level::debug : spdlog::level::info;
}

/// "20261126T101731Z": sorts by time.
std::string stamp_of(Time at) {
  std::string text = to_iso(at);
  text.erase(std::remove_if(text.begin(), text.end(), [](char c) { return c == '-' || c == ':'; }), text.end());
  return text;
}

}  // namespace

class RunLog::Lines {
 public:
  Lines() : buffer_(std::make_shared<Buffer>()), logger_("run", buffer_) {
    logger_.set_level(spdlog::level::debug);
    buffer_->set_formatter(std::make_unique<spdlog::pattern_formatter>("%Y-%m-%dT%H:%M:%SZ %L %v", spdlog::pattern_time_type::utc, "\n"));
  }
  void add(Time at, spdlog::level::level_enum level, const std::string& line) {
    logger_.log(spdlog::log_clock::time_point(at.time_since_epoch()), spdlog::source_loc{}, level, spdlog::string_view_t(line.data(), line.size()));
  }
  std::string take() { return buffer_->take(); }

 private:
  std::shared_ptr<Buffer> buffer_;
  spdlog::logger logger_;
};

RunLog::RunLog(host::Files& files, const Redactor& redactor, const Path& directory, const LogLimits& limits)
    : files_(files), redactor_(redactor), directory_(directory), limits_(limits), lines_(std::make_unique<Lines>()) {}

RunLog::~RunLog() = default;

void RunLog::on(const Event& event, Time at) {
  if (const auto* started = std::get_if<RunStarted>(&event)) run_id_ = started->run_id;
  if (std::holds_alternative<StepStarted>(event) && file_name_.empty()) open_file(at);
  for (const auto& line : event_text(event, Detail::verbose)) lines_->add(at, level_of(event), redactor_.scrub(line));
  // Progress is worth a line, not a synced write.
  if (!std::holds_alternative<StepProgressed>(event)) flush();
  if (const auto* finished = std::get_if<RunFinished>(&event)) finish(*finished, at);
}

void RunLog::open_file(Time at) {
  if (auto made = files_.make_dir(directory_, log_directory); !made.ok()) trouble_ = std::move(made).error();
  drop_oldest();
  file_name_ = stamp_of(at) + "-" + run_id_ + ".log";
}

void RunLog::flush() {
  if (file_name_.empty() || written_ > limits_.bytes_per_file) return;
  std::string text = lines_->take();
  if (text.empty()) return;
  written_ += text.size();
  if (written_ > limits_.bytes_per_file) text = "the rest of this run is not logged: the file has reached its limit\n";
  append(directory_ / file_name_, text);
}

void RunLog::append(const Path& file, const std::string& text) {
  if (auto done = files_.append_durable(file, text, log_file); !done.ok() && !trouble_) trouble_ = std::move(done).error();
}

void RunLog::finish(const RunFinished& finished, Time at) {
  const Path index = directory_ / "runs.log";
  const auto stat = files_.stat(index);
  if (stat.ok() && *stat && (*stat)->size > limits_.bytes_of_index) {
    if (auto moved = files_.rename(index, directory_ / "runs.log.1"); !moved.ok()) trouble_ = std::move(moved).error();
  }
  if (file_name_.empty()) {
    if (auto made = files_.make_dir(directory_, log_directory); !made.ok()) trouble_ = std::move(made).error();
  }
  append(index, to_iso(at) + " " + run_id_ + " " + finished.report.verb + " exit " + std::to_string(static_cast<int>(finished.code)) + " effects " +
                    std::to_string(finished.report.effects) + (file_name_.empty() ? std::string() : " " + file_name_) + "\n");
}

void RunLog::drop_oldest() {
  const auto names = files_.list(directory_);
  if (!names.ok()) return;
  std::vector<std::string> logs;
  for (const auto& name : *names) {
    if (name.size() > 4 && name.substr(name.size() - 4) == ".log" && name != "runs.log") logs.push_back(name);
  }
  std::sort(logs.begin(), logs.end());
  for (std::size_t at = 0; at + limits_.files <= logs.size(); ++at) {
    if (auto removed = files_.remove(directory_ / logs[at]); !removed.ok()) trouble_ = std::move(removed).error();
  }
}

}  // namespace cosigner::report
