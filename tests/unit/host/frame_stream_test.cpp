#include "host/posix/frame_stream.hpp"

#include <catch2/catch.hpp>

using namespace cosigner;
using namespace cosigner::host;

namespace {

std::string frame(char kind, const std::string& text) {
  std::string head = {kind, 0, 0, 0, 0, 0, static_cast<char>(text.size() >> 8), static_cast<char>(text.size() & 0xff)};
  return head + text;
}

/// What arrives when the bytes come in pieces of `size`; the code of the error, or nothing.
std::string fed(const std::string& bytes, std::size_t size, std::string& text) {
  FrameStream frames([&text](const Untrusted& piece) -> Status {
    text += piece.raw();
    return {};
  });
  for (std::size_t at = 0; at < bytes.size(); at += size) {
    if (const Status status = frames.feed(std::string_view(bytes).substr(at, size)); !status.ok()) return status.error().code;
  }
  return "";
}

}  // namespace

TEST_CASE("frames give the same text however the bytes are cut") {
  const std::string bytes = frame(1, "out\n") + frame(2, "err\n") + frame(1, "") + frame(1, std::string(700, 'x'));
  for (std::size_t size = 1; size <= bytes.size(); ++size) {
    std::string text;
    CHECK(fed(bytes, size, text).empty());
    CHECK(text == "out\nerr\n" + std::string(700, 'x'));
  }
}

TEST_CASE("a stream without frames is malformed, and a frame that is cut off gives what came") {
  std::string text;
  CHECK(fed("plain text of a terminal", 5, text) == "engine.answer_malformed");
  CHECK(text.empty());
  CHECK(fed(frame(1, "whole\n") + frame(1, "half").substr(0, 10), 100, text).empty());
  CHECK(text == "whole\nha");
}

TEST_CASE("a frame that says it is as long as can be needs no memory") {
  std::string text;
  CHECK(fed(std::string("\1\0\0\0\xff\xff\xff\xff" "abc", 11), 4, text).empty());
  CHECK(text == "abc");
}

TEST_CASE("what the reader says ends the stream") {
  FrameStream frames([](const Untrusted&) -> Status { return make_error("test.enough", "", ""); });
  CHECK(frames.feed(frame(1, "a")).error().code == "test.enough");
}
