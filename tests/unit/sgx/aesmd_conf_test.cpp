#include "sgx/aesmd_conf.hpp"

#include <catch2/catch.hpp>

#include "kit/aesmd_reader.hpp"

using namespace cosigner;
using namespace cosigner::sgx;

namespace {

using Proxy = AesmdWish::Proxy;

const AesmdWish nothing;
const AesmdWish through_proxy{Proxy::manual, "http://proxy.example:3128", false};
const AesmdWish direct{Proxy::direct, "", false};

/// Files that people have, and files that somebody made to hurt.
std::vector<std::string> texts() {
  return {
      "",
      "\n",
      "#proxy type = direct\n",
      "# as shipped\n#proxy type = direct\n#aesm proxy = http://host:port\n#default quoting type = ecdsa_256\n#qpl log level = error\n",
      "proxy type = manual\naesm proxy = http://other.example:8080\n",
      "proxy type = manual\nproxy type = direct\naesm proxy = https://other.example:1\naesm proxy = http://twice.example\n",
      "PROXY TYPE = direct\nAesm Proxy=http://other.example\n",
      "default quoting type = epid_linkable\nwhitelist url = http://whitelist.example/\nproxy type = default\n",
      "default quoting type = epid_unlinkable",
      "whitelist url = http://whitelist.example/\n",
      "proxy type =direct\n",
      "proxy type =  direct\n",
      "proxy type =\tmanual\nqpl log level = info\n",
      "qpl log level = infoX # tail\n",
      "proxy type = indirect\ncolour = blue\nno sign\n= x\n=\n",
      "proxy type = direct\r\n\r\n# dos\r\nqpl log level = error\r\n",
      "\r\r\r\n \t \n\v\n",
      "#" + std::string(1022, 'c') + "\n",
      "#" + std::string(1023, 'c') + "\n",
      "#" + std::string(5000, 'c') + "\nqpl log level = error\n",
      "aesm proxy = http://" + std::string(3000, 'p') + "\n",
      std::string(70000, '\n'),
      std::string("proxy type = direct\0junk\nqpl log level = info\n\0\n#\0x\n", 51),
      "proxy type = manual\naesm proxy = ftp://other.example\n",
      "aesm proxy = # http://other.example\n",
      "\xff\xfe\x80 = \xc3\x28\n",
      "default quoting type = ecdsa_256\nqpl log level = error\n",
  };
}

}  // namespace

TEST_CASE("every aesmd.conf that is written is taken by the daemon's own grammar, with the proxy that was wanted and nothing of EPID") {
  for (const auto& text : texts()) {
    for (const auto& wish : {nothing, through_proxy, direct}) {
      const std::string written = write_aesmd_conf(text, wish);
      INFO(text.substr(0, 200) << "\n---\n" << written.substr(0, 200));
      const auto read = kit::read_as_daemon(written);
      CHECK(read.is_taken);
      CHECK(read_aesmd_conf(written).bad_lines.empty());
      const auto value = [&](const char* key) {
        const auto found = read.values.find(key);
        return found == read.values.end() ? std::string() : found->second;
      };
      if (wish.proxy == Proxy::manual) CHECK((value("proxy type") == "manual" && value("aesm proxy") == wish.proxy_url));
      if (wish.proxy == Proxy::direct) CHECK((value("proxy type") == "direct" && value("aesm proxy").empty()));
      CHECK(value("default quoting type").rfind("epid", 0) == std::string::npos);
      CHECK(write_aesmd_conf(written, wish) == written);
    }
  }
}

TEST_CASE("an aesmd.conf that the daemon takes and that needs nothing is not touched, to the byte") {
  int taken = 0;
  for (const auto& text : texts()) {
    const auto before = kit::read_as_daemon(text);
    if (!before.is_taken || text.find('\r') != std::string::npos) continue;
    ++taken;
    INFO(text.substr(0, 200));
    if (!read_aesmd_conf(text).bad_lines.empty()) continue;  // stricter than the daemon where the facts leave it open
    CHECK(write_aesmd_conf(text, nothing) == text);
  }
  CHECK(taken > 8);
  CHECK(write_aesmd_conf("proxy type = manual\naesm proxy = http://proxy.example:3128", through_proxy) == "proxy type = manual\naesm proxy = http://proxy.example:3128");
}

TEST_CASE("the operator's good lines and comments of aesmd.conf stay where they are") {
  CHECK(write_aesmd_conf("# mine\nqpl log level = info\nproxy type = default\n# end\n", through_proxy) ==
        "# mine\nqpl log level = info\nproxy type = manual\n# end\naesm proxy = http://proxy.example:3128\n");
  CHECK(write_aesmd_conf("proxy type = manual\naesm proxy = http://proxy.example:3128\n# end\n", direct) == "proxy type = direct\n# end\n");
  CHECK(write_aesmd_conf("# mine\nproxy type =direct\nqpl log level = info\n", nothing) == "# mine\nqpl log level = info\n");
}

TEST_CASE("aesmd.conf of a release with EPID keeps its quoting type and white list when it is kept by wish") {
  AesmdWish legacy = through_proxy;
  legacy.keeps_epid = true;
  legacy.takes_whitelist = true;
  const std::string written = write_aesmd_conf("default quoting type = epid_linkable\nwhitelist url = http://w.example/\nno sign\n", legacy);
  CHECK(written == "default quoting type = epid_linkable\nwhitelist url = http://w.example/\naesm proxy = http://proxy.example:3128\nproxy type = manual\n");
  CHECK(kit::read_as_daemon(written, true).is_taken);
  CHECK_FALSE(kit::read_as_daemon(written).is_taken);
  CHECK(read_aesmd_conf(written, true).bad_lines.empty());
  legacy.takes_whitelist = false;  // release 2.27 has EPID still, and refuses that line
  const std::string of_last = write_aesmd_conf(written, legacy);
  CHECK(of_last.find("epid_linkable") != std::string::npos);
  CHECK(kit::read_as_daemon(of_last, true, false).is_taken);
  CHECK_FALSE(kit::read_as_daemon(written, true, false).is_taken);
}
