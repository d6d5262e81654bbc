#include "engine/executor.hpp"

#include "base/crypto.hpp"

namespace cosigner::engine {
namespace {

class Hand {
 public:
  Hand(const Step& step, const Stage& stage, host::Host& host, const StageContext& context, const host::ProgressSink& progress)
      : step_(step), stage_(stage), host_(host), context_(context), progress_(progress) {
    outcome_.ownership = step.ownership;
  }

  Result<StepOutcome> carry_out() {
    TRY(std::visit([this](const auto& payload) { return act(payload); }, step_.payload));
    return std::move(outcome_);
  }

 private:
  Status act(const MakeDirectory& s) { return host_.change_files().make_dir(s.path, s.attributes); }

  Status act(const WriteFile& s) {
    if (s.keep_previous) TRY(keep_previous(s));
    return host_.change_files().write_atomic(s.path, s.content, s.attributes);
  }

  /// A file that the ledger does not know as ours is the operator's: it is kept, under a name that its content decides, so that a
  /// crash between keeping and replacing keeps the same file again and never our own.
  Status keep_previous(const WriteFile& s) {
    const auto previous = TRY(host_.files().read(s.path));
    if (!previous || *previous == s.content || context_.ledger.find("file", s.path.text()) != nullptr) return {};
    std::string name = s.path.text().substr(1);
    for (char& c : name) c = c == '/' ? '_' : c;
    const Path kept = backup_directory / (name + "." + sha256_hex(*previous).substr(0, 12));
    TRY(host_.change_files().make_dir(backup_directory, {{0700}, {}}));
    TRY(host_.change_files().write_atomic(kept, *previous, {{0600}, {}}));
    outcome_.ownership = "replaced";
    outcome_.backup = kept.text();
    return {};
  }

  Status act(const SetAttributes& s) { return host_.change_files().set_attributes(s.path, s.attributes); }
  Status act(const RemoveEntry& s) { return s.tree ? host_.change_files().remove_tree(s.path) : host_.change_files().remove(s.path); }
  Status act(const RefreshLists& s) { return host_.change_packages().update(s.source_files, TRY(with_login(s.options)), progress_); }
  Status act(const InstallPackages& s) {
    host::InstallRequest request = s.request;
    request.options = TRY(with_login(s.request.options));
    return host_.change_packages().install(request, progress_);
  }
  Status act(const RemovePackages& s) { return host_.change_packages().remove(s.names, progress_); }
  Status act(const FinishPackages&) { return host_.change_packages().finish_interrupted(progress_); }
  Status act(const UnitAction& s) { return host_.change_services().run(s.verb, s.unit); }
  Status act(const AddGroup& s) { return host_.change_accounts().add_system_group(s.name); }
  Status act(const AddMember& s) { return host_.change_accounts().add_member(s.user, s.group); }
  Status act(const Download& s) { return host_.fetch().download(s.request, s.target, s.sha256, s.size_limit, progress_); }
  Status act(const PullImage& s) { return host_.change_containers().pull(s.reference, s.login, progress_); }
  Status act(const LoadImage& s) {
    TRY(host_.change_containers().load(s.archive.text(), progress_));
    return {};
  }
  Status act(const CreateNetwork& s) { return host_.change_containers().create_network(s.name); }
  Status act(const RemoveContainer& s) { return host_.change_containers().remove(s.name); }
  /// A step is data that people see, so the proxy's login joins it only here and lives as long as the call.
  Result<host::AptOptions> with_login(host::AptOptions options) const {
    const profile::Answers& answers = context_.settings.answers;
    if (answers.proxy_url.empty() || answers.proxy_username.empty()) return options;
    Secret password;
    if (answers.proxy_password.is_set()) password = TRY(profile::open_secret(answers.proxy_password, host_, context_.credentials_directory));
    options.proxy = profile::proxy_with_login(answers, password);
    return options;
  }

  Status act(const Remember& s) {
    outcome_.remember[s.name] = s.value;
    return {};
  }
  Status act(const Custom& s) {
    outcome_.remember = TRY(stage_.apply(s, host_, context_, progress_));
    return {};
  }

  const Step& step_;
  const Stage& stage_;
  host::Host& host_;
  const StageContext& context_;
  const host::ProgressSink& progress_;
  StepOutcome outcome_;
};

}  // namespace

Result<StepOutcome> execute(const Step& step, const Stage& stage, host::Host& host, const StageContext& context, const host::ProgressSink& progress) {
  return Hand(step, stage, host, context, progress).carry_out();
}

}  // namespace cosigner::engine
