#include "container/daemon_settings.hpp"

#include <nlohmann/json.hpp>

#include "base/json.hpp"
#include "base/text.hpp"

namespace cosigner::container {

using nlohmann::json;

namespace {

class Merge {
 public:
  explicit Merge(json settings) : settings_(std::move(settings)) {}

  /// A value that nobody set; one that is set otherwise stays, and `consequence` says what that means.
  void want(const char* key, const json& value, const std::string& consequence) {
    const auto found = settings_.find(key);
    if (found == settings_.end()) {
      settings_[key] = value;
      added_.push_back(key);
    } else if (*found != value && !consequence.empty()) {
      kept_.push_back(std::string(key) + ": " + consequence);
    }
  }

  void want_bounded_logs() {
    want("log-driver", "json-file", "container logs go elsewhere, so their size is not bounded from here");
    if (settings_["log-driver"] != "json-file") return;
    json options = settings_.contains("log-opts") && settings_["log-opts"].is_object() ? settings_["log-opts"] : json::object();
    const json before = options;
    for (const auto& [key, value] : {std::pair("max-size", "500m"), std::pair("max-file", "6"), std::pair("mode", "non-blocking"), std::pair("max-buffer-size", "4m")}) {
      const bool needs_mode = std::string_view(key) == "max-buffer-size" && options.value("mode", json()) != "non-blocking";
      if (!options.contains(key) && !needs_mode) options[key] = value;
    }
    if (options == before) return;
    settings_["log-opts"] = options;
    added_.push_back("log-opts");
  }

  MergedSettings result(const std::optional<std::string>& current) && {
    MergedSettings merged;
    merged.changed = !added_.empty();
    merged.text = merged.changed ? settings_.dump(2, ' ', false, json::error_handler_t::replace) + "\n" : current.value_or("");
    merged.wants_live_restore = settings_.value("live-restore", json()) == true;
    merged.added = std::move(added_);
    merged.kept = std::move(kept_);
    return merged;
  }

 private:
  json settings_;
  std::vector<std::string> added_;
  std::vector<std::string> kept_;
};

Error malformed(const std::string& why) {
  return make_error("engine.settings_malformed", "/etc/docker/daemon.json is not what the engine can read: " + why,
                    "Correct the file by hand; it is not overwritten.");
}

}  // namespace

Result<MergedSettings> merge_daemon_settings(const std::optional<std::string>& current) {
  json settings = json::object();
  if (current && !trimmed(*current).empty()) {
    auto parsed = parse_json(*current);
    if (!parsed) return malformed(parsed.error().message);
    if (!parsed->is_object()) return malformed("it holds no object");
    settings = std::move(*parsed);
  }
  Merge merge(std::move(settings));
  merge.want("live-restore", true, "a restart of the engine stops the co-signer");
  merge.want("userland-proxy", false, "");
  merge.want_bounded_logs();
  return std::move(merge).result(current);
}

}  // namespace cosigner::container
