#include "attest/report_body.hpp"

#include "attest/byte_reader.hpp"

namespace cosigner::attest {
namespace {

std::string field(std::string_view body, std::size_t offset, std::size_t size) { return std::string(body.substr(offset, size)); }

}  // namespace

SgxReport read_sgx_report(std::string_view body) {
  SgxReport report;
  report.cpusvn = field(body, 0, 16);
  report.miscselect = field(body, 16, 4);
  report.attributes = field(body, 48, 16);
  report.mrenclave = field(body, 64, 32);
  report.mrsigner = field(body, 128, 32);
  report.isvprodid = static_cast<std::uint16_t>(little_endian(body.substr(256, 2)));
  report.isvsvn = static_cast<std::uint16_t>(little_endian(body.substr(258, 2)));
  report.report_data = field(body, 320, 64);
  return report;
}

TdReport read_td_report(std::string_view body, BodyKind kind) {
  TdReport report;
  report.tee_tcb_svn = field(body, 0, 16);
  report.mrseam = field(body, 16, 48);
  report.mrsignerseam = field(body, 64, 48);
  report.seam_attributes = field(body, 112, 8);
  report.td_attributes = field(body, 120, 8);
  report.xfam = field(body, 128, 8);
  report.mrtd = field(body, 136, 48);
  report.mrconfigid = field(body, 184, 48);
  report.mrowner = field(body, 232, 48);
  report.mrownerconfig = field(body, 280, 48);
  for (std::size_t i = 0; i < 4; ++i) report.rtmr[i] = field(body, 328 + 48 * i, 48);
  report.report_data = field(body, 520, 64);
  if (kind == BodyKind::td_10) return report;
  report.tee_tcb_svn2 = field(body, 584, 16);
  report.mrservicetd = field(body, 600, 48);
  return report;
}

}  // namespace cosigner::attest
