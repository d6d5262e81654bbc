// How many quotes a second: bytes in, verdict out, against what the signatures alone allow on the same core at the same time.
//
// Three ways: everything anew (9 signatures), with collateral verified before (3), with the PCK certificate known too (2). Each
// of five rounds measures the bare signature check and then the three ways, so that a noisy machine slows both; medians of the
// rounds are compared. Captured evidence is read from $COSIGNER_REAL_DATA/dcap.
#include <benchmark/benchmark.h>
#include <openssl/ec.h>
#include <openssl/evp.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <map>

#include "attest/verify.hpp"

using namespace cosigner;

namespace {

struct Evidence {
  std::string quote;
  attest::CollateralTexts collateral;
  Time at{};
};

std::optional<std::string> read_file(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  if (!in) return std::nullopt;
  return std::string{std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
}

Evidence read_evidence(const std::string& name, long long at) {
  const char* data = std::getenv("COSIGNER_REAL_DATA");
  const std::string folder = std::string(data == nullptr ? "" : data) + "/dcap/vectors/" + name + "/";
  Evidence out;
  out.quote = read_file(folder + "quote.bin").value_or("");
  for (const std::string_view file : attest::collateral_file_names()) {
    if (auto bytes = read_file(folder + std::string(file))) *out.collateral.find(file) = std::move(*bytes);
  }
  out.at = Time(std::chrono::seconds(at));
  return out;
}

const attest::Policy& any_status() {
  static const attest::Policy policy = [] {
    attest::Policy all;
    all.accepted_statuses = attest::all_statuses();
    return all;
  }();
  return policy;
}

void anew(benchmark::State& state, const Evidence& evidence) {
  for (auto _ : state) {
    const auto result = attest::verify(evidence.quote, evidence.collateral,
                                       {evidence.at, attest::intel_root(), any_status(), {}, {}, {}, nullptr});
    if (!result.is_accepted()) state.SkipWithError("not accepted");
  }
}

void reused(benchmark::State& state, const Evidence& evidence, attest::VerifiedCollateral::Leaf leaf) {
  const auto kept = attest::VerifiedCollateral::from(evidence.quote, evidence.collateral, attest::intel_root(), leaf);
  if (!kept.ok()) return state.SkipWithError("not verified");
  for (auto _ : state) {
    const auto result = kept->verify(evidence.quote, {evidence.at, attest::intel_root(), any_status(), {}, {}, {}, nullptr});
    if (!result.is_accepted()) state.SkipWithError("not accepted");
  }
}

/// What `openssl speed ecdsap256` counts: one check of a signature over a given digest.
void bare_signature(benchmark::State& state) {
  EVP_PKEY* key = EVP_EC_gen("prime256v1");
  unsigned char digest[32] = {1, 2, 3}, signature[80];
  std::size_t size = sizeof signature;
  EVP_PKEY_CTX* context = EVP_PKEY_CTX_new(key, nullptr);
  if (EVP_PKEY_sign_init(context) != 1 || EVP_PKEY_sign(context, signature, &size, digest, sizeof digest) != 1 ||
      EVP_PKEY_verify_init(context) != 1)
    return state.SkipWithError("no signature");
  for (auto _ : state) {
    if (EVP_PKEY_verify(context, signature, size, digest, sizeof digest) != 1) state.SkipWithError("wrong");
  }
  EVP_PKEY_CTX_free(context);
  EVP_PKEY_free(key);
}

/// Keeps the CPU time of every run by name, and prints as usual.
class Collector : public benchmark::ConsoleReporter {
 public:
  void ReportRuns(const std::vector<Run>& runs) override {
    for (const Run& run : runs) seconds[run.run_name.function_name].push_back(run.GetAdjustedCPUTime() * 1e-6);
    ConsoleReporter::ReportRuns(runs);
  }
  double median(const std::string& name) {
    auto& values = seconds[name];
    std::sort(values.begin(), values.end());
    return values.empty() ? 0 : values[values.size() / 2];
  }
  std::map<std::string, std::vector<double>> seconds;
};

void print_shares(Collector& collector) {
  const double signature = collector.median("bare_signature");
  for (const auto& [name, values] : collector.seconds) {
    const int signatures = name.find("/anew") != std::string::npos ? 9 : name.find("/leaf_too") != std::string::npos ? 2 : 3;
    const double each = collector.median(name);
    if (name == "bare_signature" || each == 0) continue;
    std::printf("%-48s %7.0f a second, %5.1f %% of what %d signatures allow (%.0f)\n", name.c_str(), 1 / each,
                100 * signatures * signature / each, signatures, 1 / (signatures * signature));
  }
}

}  // namespace

int main(int argc, char** argv) {
  benchmark::Initialize(&argc, argv);
  static const Evidence first = read_evidence("sgx-01-processor-confswhardening", 1751328000),
                        third = read_evidence("sgx-03-swhardening-v3", 1684165303);
  if (first.quote.empty() || third.quote.empty()) {
    std::printf("bench attest: no captured evidence (COSIGNER_REAL_DATA is not set)\n");
    return 0;
  }
  using Leaf = attest::VerifiedCollateral::Leaf;
  benchmark::RegisterBenchmark("bare_signature", bare_signature)->Unit(benchmark::kMicrosecond)->MinTime(0.3);
  for (const auto& [name, evidence] : {std::pair<std::string, const Evidence*>{"sgx-01", &first}, {"sgx-03", &third}}) {
    benchmark::RegisterBenchmark((name + "/anew").c_str(), [e = evidence](benchmark::State& s) { anew(s, *e); })
        ->Unit(benchmark::kMicrosecond)
        ->MinTime(0.3);
    benchmark::RegisterBenchmark((name + "/collateral_kept").c_str(),
                                 [e = evidence](benchmark::State& s) { reused(s, *e, Leaf::verify_anew); })
        ->Unit(benchmark::kMicrosecond)
        ->MinTime(0.3);
    benchmark::RegisterBenchmark((name + "/leaf_too").c_str(), [e = evidence](benchmark::State& s) { reused(s, *e, Leaf::keep); })
        ->Unit(benchmark::kMicrosecond)
        ->MinTime(0.3);
  }
  Collector collector;
  for (int round = 0; round < 5; ++round) benchmark::RunSpecifiedBenchmarks(&collector);
  print_shares(collector);
  return 0;
}
