#include "fuzz/harness/fixtures.hpp"

#include <fstream>
#include <sstream>
#include <stdexcept>

extern const char* const fixtures_folder;

namespace cosigner::fuzz {

std::string fixture(const std::string& name) {
  std::ifstream in(std::string(fixtures_folder) + "/" + name, std::ios::binary);
  if (!in) throw std::runtime_error("no fixture " + name);
  std::ostringstream out;
  out << in.rdbuf();
  return out.str();
}

const apt::PublicKey& fixture_key() {
  static const apt::PublicKey key = apt::read_public_keys(fixture("openpgp/good.gpg")).value().front();
  return key;
}

const std::set<std::string>& signed_texts() {
  static const std::set<std::string> texts = [] {
    std::set<std::string> all{fixture("openpgp/Release"), fixture("openpgp/local.Release"),
                              "-dash line\nblanks at the end\n\nlast\n"};
    std::string older = fixture("openpgp/local.Release");
    older.replace(older.find("Fri, 20 Nov 2026"), 16, "Thu, 01 Oct 2026");
    all.insert(older);
    return all;
  }();
  return texts;
}

}  // namespace cosigner::fuzz
