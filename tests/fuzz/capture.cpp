// A captured machine, which anybody may have edited: read, asked everything, and written again.
#include "fuzz/harness/rules.hpp"
#include "fuzz/harness/target.hpp"
#include "host/remembering_host.hpp"

using namespace cosigner;
using namespace cosigner::fuzz;

namespace {

/// Our own errors are plain; a remembered one has the words of whoever made the file, and is shown as text that is not ours.
template <class T>
void require_answer(const Result<T>& answer) {
  if (!answer && answer.error().code == "capture.malformed") require_plain(answer.error());
}

void ask_files(const host::HostView& host) {
  require_answer(host.files().stat("/x"));
  require_answer(host.files().read("/x", 100));
  require_answer(host.files().read_part("/x", 7, 100));
  require_answer(host.files().list("/x"));
  require_answer(host.files().sha256("/x"));
  require_answer(host.files().mount_of("/x"));
  require_answer(host.files().free_space("/x"));
}

void ask_programs(const host::HostView& host) {
  require_answer(host.packages().installed());
  require_answer(host.packages().interrupted());
  require_answer(host.services().states({"a.service"}));
  require_answer(host.services().log("a.service", 10));
  require_answer(host.accounts().user("u"));
  require_answer(host.accounts().user_by_id(7));
  require_answer(host.accounts().group("g"));
  require_answer(host.containers().engine());
  require_answer(host.containers().image("i"));
  require_answer(host.containers().container("c"));
  require_answer(host.containers().names());
  require_answer(host.containers().logs("c", 10, std::nullopt));
  require_answer(host.containers().ask("c", {"a"}, "u", std::chrono::seconds(1)));
}

void ask_hardware(const host::HostView& host) {
  require(host.network().reach({{"a", 443, true, {}, {}}}, std::chrono::seconds(1)).size() <= 1'000'000, "too many servers");
  require_answer(host.network().exchange("/s", "q", 10, std::chrono::seconds(1)));
  require_answer(host.devices().cpuid());
  require_answer(host.devices().msr(1));
  require_answer(host.devices().kernel_log());
  (void)host.devices().try_open("/d");
  (void)host.clock().now();
  (void)host.clock().sync();
}

}  // namespace

FUZZ_TARGET(capture) {
  const auto capture = host::RememberingHost::from_capture(input);
  if (!capture) return require_plain(capture.error());
  ask_files(**capture);
  ask_programs(**capture);
  ask_hardware(**capture);
  const std::string once = (*capture)->to_capture();
  const auto again = host::RememberingHost::from_capture(once);
  require(again.ok() && (*again)->to_capture() == once, "a capture changes when it is written again");
}
