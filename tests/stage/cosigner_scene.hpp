// A machine on which everything before pairing is done, with a co-signer image whose executable behaves as the image contract says.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "engine/run.hpp"
#include "kit/fake_host.hpp"
#include "kit/made_certificates.hpp"

namespace cosigner::scene {

inline const std::string user = "5b7f0c1e-2a44-4f0d-9c3b-6f1d2a3e4b5c";
inline const std::string image_id = "sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";
inline const std::string image_digest = "sha256:bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb";
inline const Path journal_file = "/var/lib/cosigner/journal.jsonl";
inline const Path token_file = "/root/token";

/// How the executable behaves from now on.
struct Behaviour {
  std::string enrolment = "ok";  // ok | expired | used | not-first | refused | unreachable | hangs | no-database | disk-full
  std::string serving = "ok";    // ok | mute | liar | fatal | loop
  std::string update = "ok";     // ok | refused
};

/// header.payload.signature with these claims; the times are seconds since 1970.
std::string make_token(const std::string& user_id, long long issued, long long expires);

class Ears : public report::EventSink {
 public:
  void on(const report::Event& event, Time) override { heard.push_back(event); }
  std::vector<report::Event> heard;
};

class Scene {
 public:
  Scene();

  /// One `setup` over these stages; the ledger is that of the machine's journal.
  report::RunReport run(const std::vector<const engine::Stage*>& stages, std::optional<engine::Disruption> budget = std::nullopt);
  /// All five late stages.
  report::RunReport run_all(std::optional<engine::Disruption> budget = std::nullopt);
  state::Ledger ledger() const;
  std::string file(const Path& path) const;  // empty when absent
  void put(const Path& path, const std::string& content, host::FileAttributes attributes = {{0644}, {}});
  void put_token(long long age_seconds = 60);
  /// Every byte that outlives the run: files, container descriptions, logs, events.
  std::string everything_kept() const;

  /// Answers with a callback of the given scheme, its files in /root, and a handler that serves what is wanted.
  void want_callback(profile::CallbackAuth auth);

  kit::FakeHost host;
  profile::Settings settings;
  Ears ears;
  CancelToken cancel;
  std::shared_ptr<Behaviour> behaviour = std::make_shared<Behaviour>();
  std::string token;
  std::string handler_pem;

 private:
  kit::ContainerProgram program() const;
};

}  // namespace cosigner::scene
