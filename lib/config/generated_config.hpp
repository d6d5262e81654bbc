// /etc/cosigner/config.json: the JSON configuration that a set-up leaves behind (contracts, section 5).
//
// It is the answers, with secrets as references, plus one block `generated` that says what came of them; `setup --answers` ignores that
// block. Schema "cosigner.config/1". No time of writing is in it: the same machine and answers give the same bytes.
#pragma once

#include <string>
#include <vector>

#include "base/result.hpp"

namespace cosigner::config {

struct GeneratedUser {
  std::string user_id;
  std::string callback_url;   // empty: no callback, everything is signed
  std::string callback_auth;  // as in the answers; empty without a callback
  friend bool operator==(const GeneratedUser&, const GeneratedUser&) = default;
};

struct Generated {
  std::string environment;  // profile name
  bool simulation = false;
  std::string image;        // reference with tag
  std::string image_digest;
  std::string image_id;
  std::string revision;
  std::vector<GeneratedUser> users;
  std::string paired_at;    // ISO 8601 UTC
  std::string gateway;
  std::vector<std::string> sign_urls;
  std::string transport;    // "websocket" or "long-polling"
  std::string proxy;        // of the container; empty: none
  std::string data_dir;
  std::string container;
  std::string attested_by;  // "this_program", "vendor", "nobody"
  std::string physical_device_id;
  friend bool operator==(const Generated&, const Generated&) = default;
};

/// `answers_json` is an object of the answers' schema. Fails with `config.answers_malformed`.
Result<std::string> write_config(const std::string& answers_json, const Generated& generated);

/// The generated block of a file. Fails with `config.malformed` (also for another schema).
Result<Generated> read_generated(const std::string& text);

/// True when both are JSON and mean the same: order of members and white space do not count.
bool means_the_same(const std::string& one, const std::string& other);

}  // namespace cosigner::config
