#include <algorithm>

#include "base/text.hpp"
#include "installer/checks/catalog.hpp"
#include "installer/cli/capture_scrub.hpp"
#include "installer/cli/doctor_processor.hpp"
#include "installer/cli/dump_host.hpp"
#include "installer/cli/prepare.hpp"
#include "installer/cli/say.hpp"
#include "installer/cli/verbs.hpp"
#include "profile/profile_json.hpp"
#include "sgx/cpuid_text.hpp"
#include "state/journal.hpp"

namespace cosigner::cli {
namespace {

Error unknown_id(const std::string& id, const std::vector<std::string>& known) {
  const auto nearest = nearest_name(id, known);
  return make_error("usage.check_unknown",
                    "there is no check of that name" + (nearest ? "; did you mean \"" + *nearest + "\"?" : std::string()),
                    "Run `cosigner doctor --verbose` for the checks and their ids.");
}

Result<engine::CheckChoice> choice_of(const DoctorOptions& options) {
  engine::CheckChoice choice;
  choice.offline = options.offline;
  std::vector<std::string> known;
  for (const auto& check : checks::all_checks()) {
    known.push_back(check.id);
    const std::string group = check.id.substr(0, check.id.find('.'));
    if (std::find(known.begin(), known.end(), group) == known.end()) known.push_back(group);
  }
  for (const std::string& id : options.only) {
    if (std::find(known.begin(), known.end(), id) == known.end()) return unknown_id(id, known);
    choice.only.insert(id);
  }
  return choice;
}

/// Names that a page for others must not show.
std::vector<std::string> private_words(const host::HostView& host, const profile::Settings& settings) {
  const auto& answers = settings.answers;
  const auto host_of = [](const std::string& url) {
    const std::size_t start = url.find("://");
    const std::string rest = start == std::string::npos ? url : url.substr(start + 3);
    return rest.substr(0, rest.find_first_of("/?#"));
  };
  std::vector<std::string> words = {answers.sgx_user,
                                    answers.registry_username,
                                    answers.proxy_username,
                                    host_of(answers.proxy_url),
                                    host_of(answers.container_proxy_url),
                                    host_of(answers.pccs_url),
                                    host_of(answers.image_mirror),
                                    host_of(answers.repository_mirror)};
  if (answers.callback) words.push_back(host_of(answers.callback->url));
  const auto name = host.files().read("/etc/hostname", 256);
  if (name && *name) words.emplace_back(trimmed(**name));
  words.erase(std::remove_if(words.begin(), words.end(), [](const std::string& word) { return word.empty(); }), words.end());
  return words;
}

Result<report::ExitCode> show(const Invocation& invocation, Environment& environment, const host::HostView& host,
                              const profile::Settings& settings, const engine::CheckChoice& choice,
                              const checks::Libraries& libraries) {
  ui::DoctorView view;
  view.verbose = invocation.verbose;
  view.quiet = invocation.quiet;
  const auto dumps = checks::read_cpuid(host, settings);
  put_processor(dumps && !dumps->empty() ? sgx::judge_cpuid(dumps->front()) : sgx::CpuidFacts{}, view);
  if (settings.profile.simulation) view.notes.push_back("SIMULATION: the profile \"" + settings.profile.name + "\" is for a lab");
  for (auto& checked : engine::run_checks(checks::all_checks(libraries), host, settings, choice))
    view.findings.push_back(std::move(checked.finding));
  if (!invocation.doctor.report_file.empty()) {
    const std::vector<std::pair<std::string, std::string>> about = {{"program", std::string("cosigner ") + COSIGNER_VERSION},
                                                                    {"time", to_iso(host.clock().now())},
                                                                    {"profile", settings.profile.base}};
    TRY(environment.operator_files.create(invocation.doctor.report_file,
                                          ui::doctor_page(view, about, private_words(host, settings)), environment.person()));
  }
  if (invocation.json)
    environment.terminal.out(ui::doctor_document(view));
  else
    environment.terminal.out(ui::doctor_text(view));
  return ui::doctor_code(view.findings, invocation.doctor.strict);
}

Result<report::ExitCode> judge_dump(const Invocation& invocation, Environment& environment) {
  const std::string& name = invocation.doctor.cpuid_file;
  const auto file = TRY(environment.operator_files.read(name, sgx::cpuid_text_limit, environment.person()));
  if (!file) return make_error("usage.file_absent", name + " is not there", "Name a file that holds the output of `cpuid -r`.");
  Prepared prepared = TRY(prepare(invocation, environment, false));
  prepared.settings.profile.simulation = false;  // the dump alone is judged
  const DumpHost host(environment.host, TRY(sgx::parse_cpuid_text(file->bytes)));
  engine::CheckChoice choice = TRY(choice_of(invocation.doctor));
  if (choice.only.empty()) choice.only = {"cpu"};
  return show(invocation, environment, host, prepared.settings, choice, environment.libraries);
}

/// What the checks go by, without what belongs to the operator: the same for a capture and for its replay.
Result<profile::Settings> settings_of_capture(const host::RememberingHost& capture) {
  profile::Settings settings;
  settings.profile = TRY(profile::builtin_profile(capture.noted("profile")));
  auto& answers = settings.answers;
  answers.sgx_user = capture.noted("user");
  answers.quote_provider = capture.noted("provider");
  answers.image_source = capture.noted("image-source");
  answers.image_digest = capture.noted("image-digest");
  answers.docker_install = capture.noted("engine");
  answers.repository_suite = capture.noted("suite");
  return settings;
}

void note_settings(const profile::Settings& settings, const std::string& user, host::RememberingHost& capture) {
  capture.note("profile", settings.profile.base);
  capture.note("user", user);
  capture.note("provider", settings.answers.quote_provider);
  capture.note("image-source", settings.answers.image_source);
  capture.note("image-digest", settings.answers.image_digest);
  capture.note("engine", settings.answers.docker_install);
  capture.note("suite", settings.answers.repository_suite);
}

/// "libcurl 7.88.1;openssl 3.0.19"
void note_libraries(const checks::Libraries& libraries, host::RememberingHost& capture) {
  std::string text;
  for (const auto& [name, version] : libraries) text += joined({name, version}, " ") += ";";
  capture.note("libraries", text);
}

checks::Libraries libraries_of_capture(const host::RememberingHost& capture) {
  checks::Libraries out;
  const std::string text = capture.noted("libraries");
  for (const std::string_view each : split(text, ';')) {
    const std::size_t blank = each.find(' ');
    if (blank != std::string_view::npos) out.emplace_back(each.substr(0, blank), each.substr(blank + 1));
  }
  return out;
}

Result<report::ExitCode> replay(const Invocation& invocation, Environment& environment) {
  const std::string& name = invocation.doctor.replay_file;
  const auto file = TRY(environment.operator_files.read(name, host::capture_limit, environment.person()));
  if (!file)
    return make_error("usage.file_absent", name + " is not there", "Name a file that `cosigner doctor --capture FILE` wrote.");
  const auto capture = TRY(host::RememberingHost::from_capture(file->bytes));
  engine::CheckChoice choice = TRY(choice_of(invocation.doctor));
  choice.offline = choice.offline || capture->noted("offline") == "yes";
  return show(invocation, environment, *capture, TRY(settings_of_capture(*capture)), choice, libraries_of_capture(*capture));
}

/// Own servers are not tried: their names would have to be in the file.
Result<report::ExitCode> capture_machine(const Invocation& invocation, Environment& environment,
                                         const profile::Settings& settings, engine::CheckChoice choice) {
  const host::Scrub scrub = capture_scrub();
  host::RememberingHost capture(environment.host, scrub);
  const std::string& user = settings.answers.sgx_user;
  note_settings(settings, user.empty() ? "" : scrub("user", user), capture);
  choice.offline = choice.offline || !settings.answers.proxy_url.empty();
  if (!user.empty()) capture.name_user(capture.noted("user"), user);
  capture.note("offline", choice.offline ? "yes" : "no");
  note_libraries(environment.libraries, capture);
  const auto code = TRY(show(invocation, environment, capture, TRY(settings_of_capture(capture)), choice, environment.libraries));
  TRY(environment.operator_files.create(invocation.doctor.capture_file, capture.to_capture(), environment.person()));
  return code;
}

/// A log of somebody's, which may be large and hostile.
Result<report::ExitCode> match(const Invocation& invocation, Environment& environment) {
  const std::string& name = invocation.doctor.match_file;
  std::string text;
  if (name == "-") {
    const Secret bytes = TRY(environment.terminal.read_all(checks::matched_file_limit));
    text = bytes.reveal("a log that was given on standard input");
  } else {
    auto file = TRY(environment.operator_files.read(name, checks::matched_file_limit, environment.person()));
    if (!file) return make_error("usage.file_absent", name + " is not there", "Name a log file, or - for standard input.");
    text = std::move(file->bytes);
  }
  std::vector<ui::MatchedTrouble> found;
  for (const auto& each : checks::find_troubles(text)) {
    const auto& trouble = *each.trouble;
    found.push_back({trouble.id, trouble.symptom, trouble.cause, trouble.remedy, each.line, each.places, each.excerpt});
  }
  environment.terminal.out(invocation.json ? ui::match_document(found) : ui::match_text(found));
  return report::ExitCode::ok;
}

/// The digest that this machine pinned is in its journal, which only root may read.
void take_pinned_digest(const host::HostView& host, profile::Settings& settings) {
  const auto journal = state::Journal::load(host, journal_file);
  if (!journal.ok() || !settings.answers.image_digest.empty()) return;
  settings.answers.image_digest = journal->ledger().value("image.digest");
}

Result<report::ExitCode> doctor_or_error(const Invocation& invocation, Environment& environment) {
  const DoctorOptions& options = invocation.doctor;
  if (!options.explain.empty()) {
    const std::string text = checks::explain(options.explain);
    if (text.empty()) return unknown_id(options.explain, checks::explained_ids());
    environment.terminal.out(text);
    return report::ExitCode::ok;
  }
  if (!options.match_file.empty()) return match(invocation, environment);
  if (!options.cpuid_file.empty()) return judge_dump(invocation, environment);
  if (!options.replay_file.empty()) return replay(invocation, environment);
  const engine::CheckChoice choice = TRY(choice_of(options));
  Prepared prepared = TRY(prepare(invocation, environment, false));
  say_notes(invocation, environment, prepared.notes);
  if (!options.user.empty()) prepared.settings.answers.sgx_user = options.user;
  take_pinned_digest(environment.host, prepared.settings);
  if (!options.capture_file.empty()) return capture_machine(invocation, environment, prepared.settings, choice);
  const host::RememberingHost host(environment.host);  // each question costs once, however many checks ask it
  return show(invocation, environment, host, prepared.settings, choice, environment.libraries);
}

}  // namespace

report::ExitCode run_doctor(const Invocation& invocation, Environment& environment) {
  const auto code = doctor_or_error(invocation, environment);
  return code.ok() ? *code : say_error(invocation, environment, code.error());
}

}  // namespace cosigner::cli
