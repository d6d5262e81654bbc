// The service log of the stand-in, in the shape of published samples:
//   customer_cosigner:24 INFO 26/11/2026 10:20:28,123 gateway.cpp(57) lab::gateway::poll - text
// Ten files of 4 MB. In serve mode the lines also go to stdout (the container's log), otherwise to stderr.
#pragma once
#include <string>

namespace lab {

class Journal {
 public:
  Journal(std::string path, bool serving) : path_(std::move(path)), serving_(serving) {}

  void info(const char* where, const std::string& text) { add("INFO", where, text); }
  void error(const char* where, const std::string& text) { add("ERROR", where, text); }
  void fatal(const char* where, const std::string& text) { add("FATAL", where, text); }

 private:
  void add(const char* level, const char* where, const std::string& text);
  void rotate() const;

  std::string path_;
  bool serving_;
};

}  // namespace lab
