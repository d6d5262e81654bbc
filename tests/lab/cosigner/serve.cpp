#include "serve.hpp"

#include <signal.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include <csignal>

#include "gateway.hpp"
#include "keys.hpp"
#include "store.hpp"

namespace lab {
namespace {

volatile std::sig_atomic_t stop_asked = 0;
volatile std::sig_atomic_t update_asked = 0;

void on_stop(int) { stop_asked = 1; }
void on_update(int) { update_asked = 1; }

void catch_signals() {
  struct sigaction action {};
  action.sa_handler = on_stop;
  sigaction(SIGTERM, &action, nullptr);
  sigaction(SIGINT, &action, nullptr);
  action.sa_handler = on_update;
  sigaction(SIGUSR1, &action, nullptr);
}

// What an image that was taken over would do in the folders it shares with the host.
void plant_links(const Place& place) {
  const std::string log = place.base + "/log/";
  const std::string db = place.base + "/db/";
  if (symlink("/etc/shadow", (log + "customer_cosigner.log.1").c_str()) != 0 || symlink("/", (db + "elsewhere").c_str()) != 0 ||
      mkfifo((log + "pipe.log").c_str(), 0600) != 0 || link(place.database().c_str(), (log + "hard.log").c_str()) != 0) {
    return;  // they are there already
  }
}

// Contact once; text of the first contact is written each start, later ones once a minute.
void contact(Gateway& gateway, Journal& journal, const nlohmann::json& user, time_t& last_note) {
  const auto text = [&](const char* key) { return user.value(key, std::string()); };
  if (last_note == 0 && !gateway.log_in(text("userId"), text("deviceId"), text("refreshToken"))) {
    sleep(3);
    return;
  }
  const Reply reply = gateway.call("GET", "/msg?useBatch=true", "", 90);
  if (!reply.good) {
    last_note = 0;
    sleep(3);
    return;
  }
  const time_t now = time(nullptr);
  if (last_note == 0 || now - last_note >= 60) {
    journal.info("gateway.cpp(101) lab::gateway::poll", "Contact with " + gateway.host() + ", user " + text("userId"));
    last_note = now;
  }
}

void update_enclave(const Place& place, Gateway& gateway, Journal& journal) {
  const Reply reply = gateway.call("GET", "/enclave/main?version=" + program_version(place), "", 120);
  const bool done = reply.good && write_file(place.enclave(), reply.body, 0640);
  journal.info("enclave.cpp(95) lab::enclave::update", done ? "enclave updated" : "enclave not updated");
}

int sick(Journal& journal) {
  sleep(3);
  journal.fatal("enclave.cpp(33) lab::enclave::load", "Failed to load enclave, error 0x2006");
  return 1;
}

}  // namespace

int run_serve(const Place& place, Journal& journal) {
  constexpr const char* here = "main.cpp(58) lab::serve";
  catch_signals();
  journal.info(here, "customer_cosigner " + program_version(place) + " STAND-IN of a simulation lab starts");
  const std::string variant = lab_setting(place, "variant");
  if (variant == "sick") return sick(journal);
  const std::string problem = enclave_problem(place);
  if (!problem.empty()) {
    journal.fatal("enclave.cpp(22) lab::enclave::load", problem);
    return 1;
  }
  const auto store = load_store(place);
  if (!store || store->is_null() || (*store)["users"].empty()) {
    journal.fatal(here, store ? "the database is unreadable" : "no database, the device was never paired");
    return 1;
  }
  if (!read_file(place.enclave()) || !read_file(place.loader())) {
    journal.fatal("enclave.cpp(40) lab::enclave::load", "an enclave file is missing");
    return 1;
  }
  if (variant == "links") plant_links(place);
  Gateway gateway(place, journal);
  time_t last_note = 0;
  while (stop_asked == 0) {
    if (update_asked != 0) {
      update_asked = 0;
      update_enclave(place, gateway, journal);
    }
    if (variant == "mute") {
      sleep(5);
    } else {
      contact(gateway, journal, (*store)["users"][0], last_note);
    }
  }
  journal.info(here, "stopped");
  return 0;
}

}  // namespace lab
