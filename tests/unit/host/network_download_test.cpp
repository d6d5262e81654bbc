#include <sys/stat.h>

#include <catch2/catch.hpp>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "base/crypto.hpp"
#include "host/posix/curl_network.hpp"
#include "kit/https_double.hpp"

using namespace cosigner;
using namespace cosigner::host;
using doubles::answer;
using doubles::HttpsDouble;
using doubles::Peer;
using doubles::Question;

namespace {

class Folder {
 public:
  Folder() {
    std::string pattern = (std::filesystem::temp_directory_path() / "download.XXXXXX").string();
    REQUIRE(mkdtemp(pattern.data()) != nullptr);
    path_ = pattern;
  }
  ~Folder() { std::filesystem::remove_all(path_); }
  std::string operator/(const std::string& name) const { return path_ + "/" + name; }

 private:
  std::string path_;
};

std::string text_of(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::stringstream text;
  text << file.rdbuf();
  return text.str();
}

void put(const std::string& path, const std::string& text) { std::ofstream(path, std::ios::binary) << text; }

const std::string content = [] {
  std::string text;
  for (int at = 0; at < 50000; ++at) text += std::to_string(at);
  return text;
}();

/// Serves `content`, resumed where asked; notes the range of each request.
class Source {
 public:
  std::string range;
  bool resumes = true;
  HttpsDouble server{[this](const Question& question, Peer& peer) {
    range = question.headers.count("range") ? question.headers.at("range") : "";
    if (question.path == "/missing") return void(peer.send(answer(404, "no such page")));
    if (question.path == "/cut") return void(peer.send(answer(200, content).substr(0, 100000)));
    if (range.empty() || !resumes) return void(peer.send(answer(200, content)));
    const std::size_t from = std::stoul(range.substr(6));
    if (from >= content.size()) return void(peer.send(answer(416, "")));
    peer.send(answer(206, content.substr(from), "Content-Range: bytes " + std::to_string(from) + "-" + std::to_string(content.size() - 1) + "/" + std::to_string(content.size()) + "\r\n"));
  }};

  Status fetch(const std::string& path, const std::string& target, const std::optional<std::string>& digest, std::uint64_t limit = 10'000'000,
               const ProgressSink& progress = {}) {
    HttpRequest request;
    request.url = server.url(path);
    request.extra_ca_pem = HttpsDouble::authority();
    request.only_extra_ca = true;
    return CurlNetwork(nullptr).download(request, target, digest, limit, progress);
  }
};

}  // namespace

TEST_CASE("download: the file is whole, ours alone, and nothing else is left beside it") {
  const Folder folder;
  Source source;
  std::uint64_t last = 0;
  std::optional<std::uint64_t> total;
  REQUIRE(source.fetch("/x", folder / "f", sha256_hex(content), 10'000'000, [&](const Progress& progress) {
    CHECK(progress.done >= last);
    last = progress.done;
    total = progress.total;
  }));
  CHECK(text_of(folder / "f") == content);
  CHECK(last == content.size());
  CHECK(total == content.size());
  struct stat seen{};
  REQUIRE(stat((folder / "f").c_str(), &seen) == 0);
  CHECK((seen.st_mode & 07777) == 0600);
  CHECK_FALSE(std::filesystem::exists(folder / "f.partial"));
}

TEST_CASE("download: what was cut off goes on where it ended, when a digest proves the whole") {
  const Folder folder;
  Source source;
  CHECK(source.fetch("/cut", folder / "f", sha256_hex(content)).error().code == "network.connection_lost");
  REQUIRE(std::filesystem::exists(folder / "f.partial"));
  REQUIRE(source.fetch("/x", folder / "f", sha256_hex(content)));
  CHECK(source.range.rfind("bytes=", 0) == 0);
  CHECK(source.range != "bytes=0-");
  CHECK(text_of(folder / "f") == content);
}

TEST_CASE("download: without a digest, or from a server that does not resume, it begins anew") {
  const Folder folder;
  Source source;
  put(folder / "f.partial", "other bytes");
  REQUIRE(source.fetch("/x", folder / "f", std::nullopt));
  CHECK(source.range.empty());
  CHECK(text_of(folder / "f") == content);
  source.resumes = false;
  put(folder / "g.partial", content.substr(0, 1000));
  REQUIRE(source.fetch("/x", folder / "g", sha256_hex(content)));
  CHECK(text_of(folder / "g") == content);
}

TEST_CASE("download: a partial file that is already whole is only checked") {
  const Folder folder;
  Source source;
  put(folder / "f.partial", content);
  REQUIRE(source.fetch("/x", folder / "f", sha256_hex(content)));
  CHECK(text_of(folder / "f") == content);
}

TEST_CASE("download: a wrong digest leaves neither the file nor a partial one to go on with") {
  const Folder folder;
  Source source;
  CHECK(source.fetch("/x", folder / "f", std::string(64, '0')).error().code == "network.digest_mismatch");
  CHECK_FALSE(std::filesystem::exists(folder / "f"));
  CHECK_FALSE(std::filesystem::exists(folder / "f.partial"));
}

TEST_CASE("download: a status that is no file, and a file that is too large, leave an older target alone") {
  const Folder folder;
  Source source;
  put(folder / "f", "old");
  const auto missing = source.fetch("/missing", folder / "f", std::nullopt);
  CHECK(missing.error().code == "network.download_refused");
  CHECK(missing.error().message.find("404") != std::string::npos);
  CHECK(source.fetch("/x", folder / "f", std::nullopt, 1000).error().code == "network.answer_too_large");
  CHECK(text_of(folder / "f") == "old");
  CHECK_FALSE(std::filesystem::exists(folder / "f.partial"));
}

TEST_CASE("download: a link in the partial file's place, or a folder that others may write to, is not written through") {
  const Folder folder;
  Source source;
  put(folder / "victim", "precious");
  std::filesystem::create_symlink(folder / "victim", folder / "f.partial");
  CHECK(source.fetch("/x", folder / "f", std::nullopt).error().code == "host.path_unsafe");
  CHECK(text_of(folder / "victim") == "precious");
  std::filesystem::create_directory(folder / "open");
  std::filesystem::permissions(folder / "open", std::filesystem::perms::all);
  CHECK(source.fetch("/x", folder / "open/f", std::nullopt).error().code == "host.path_unsafe");
}
