#include "host/posix/curl_network.hpp"

#include "host/posix/curl_errors.hpp"
#include "host/posix/local_socket.hpp"
#include "host/posix/name_resolver.hpp"
#include "host/posix/partial_file.hpp"

namespace cosigner::host {
namespace {

constexpr std::chrono::seconds name_limit{15};

std::string https_url(const std::string& host, int port) {
  const bool is_ipv6 = host.find(':') != std::string::npos;
  return "https://" + (is_ipv6 ? "[" + host + "]" : host) + ":" + std::to_string(port) + "/";
}

Error refused_status(int status) {
  return make_error("network.download_refused", "the server answered with status " + std::to_string(status), "Check the URL.");
}

/// Takes the body of an answer into the file, from where it begins.
class Receiver {
 public:
  Receiver(PartialFile& file, std::uint64_t size_limit) : file_(file), size_limit_(size_limit), asked_from_(file.size()) {}

  std::uint64_t asked_from() const { return asked_from_; }

  Status take(const AnswerHead& head, std::string_view bytes) {
    if (head.status != 200 && head.status != 206) return {};  // an error page: looked at by its status only
    if (!placed_) TRY(place(head));
    placed_ = true;
    if (file_.size() + bytes.size() > size_limit_)
      return make_error("network.answer_too_large", "the file is larger than the " + std::to_string(size_limit_) + " bytes allowed", "Check the URL.");
    return file_.append(bytes);
  }

 private:
  Status place(const AnswerHead& head) {
    if (head.status == 200) return file_.truncate();  // the server does not resume: it begins anew
    const auto range = head.headers.find("content-range");
    const std::string wanted = "bytes " + std::to_string(asked_from_) + "-";
    if (range != head.headers.end() && range->second.rfind(wanted, 0) == 0) return {};
    TRY(file_.truncate());
    Error error = make_error("network.connection_lost", "the server went on at another place than asked for", "Run the command again.");
    error.retryable = true;
    return error;
  }

  PartialFile& file_;
  std::uint64_t size_limit_;
  std::uint64_t asked_from_;
  bool placed_ = false;
};

}  // namespace

Result<std::vector<std::string>> CurlNetwork::resolve(const std::string& host) const { return resolve_name(host, name_limit, cancel_); }

Result<HttpResponse> CurlNetwork::request(const HttpRequest& request) const {
  HttpResponse response;
  Transfer transfer;
  transfer.body_limit = request.body_limit;
  transfer.on_body = [&](const AnswerHead&, std::string_view bytes) -> Status {
    response.body += bytes;
    return {};
  };
  AnswerHead head = TRY(session_.perform(request, transfer));
  response.status = head.status;
  response.headers = std::move(head.headers);
  return response;
}

Result<ServedCertificates> CurlNetwork::served_certificates(const std::string& host, int port, std::chrono::seconds timeout) const {
  const std::string url = https_url(host, port);
  ServedCertificates served;
  for (auto& certificate : TRY(look_at_chain(url, std::nullopt, timeout))) served.chain_pem.push_back(std::move(certificate.pem));
  const auto judged = judge_by_system(url, timeout);
  if (!judged) {
    if (judged.error().code != "network.ca_bundle_missing") return judged.error();
    served.trouble = "this machine has no bundle of certificate authorities";
    return served;
  }
  served.trusted_by_system = *judged == 0;
  if (!served.trusted_by_system) served.trouble = trust_trouble(*judged == -1 ? 0 : *judged);
  return served;
}

Result<std::string> CurlNetwork::exchange(const Path& socket, std::string_view message, std::size_t limit, std::chrono::seconds timeout) const {
  return exchange_locally(socket, message, limit, timeout, cancel_);
}

Status CurlNetwork::download(const HttpRequest& request, const Path& target, const std::optional<std::string>& sha256_hex,
                             std::uint64_t size_limit, const ProgressSink& progress) {
  PartialFile file = TRY(PartialFile::open(target, sha256_hex.has_value()));
  Receiver receiver(file, size_limit);
  Transfer transfer;
  transfer.on_body = [&](const AnswerHead& head, std::string_view bytes) { return receiver.take(head, bytes); };
  transfer.progress = progress;
  transfer.resume_from = file.size();
  transfer.body_limit = size_limit;
  transfer.long_lived = true;
  const auto head = session_.perform(request, transfer);
  if (!head && head.error().code == "network.answer_too_large") TRY(file.discard());
  if (!head) return head.error();  // what came so far is kept for the next try
  const bool was_whole = head->status == 416 && receiver.asked_from() > 0;  // nothing is left to send; the digest decides
  if (head->status != 200 && head->status != 206 && !was_whole) {
    if (file.size() == 0) TRY(file.discard());
    return refused_status(head->status);
  }
  if (head->status == 200 && receiver.asked_from() > 0 && file.size() == receiver.asked_from()) TRY(file.truncate());
  return file.finish(sha256_hex);
}

}  // namespace cosigner::host
