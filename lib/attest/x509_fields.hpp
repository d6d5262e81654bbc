// What certificates and revocation lists have in common: the signed frame, algorithm, time, serial and extensions, taken out of
// OpenSSL's structures and checked against what Intel's own have (facts of DCAP, section 2).
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "attest/asn1_templates.hpp"
#include "base/time.hpp"

namespace cosigner::attest {

struct SignedFrame {
  std::string_view content;  // DER, what the signature covers; within the text that was read
  std::string signature;     // DER of r and s
};

/// The frame that fills all of `der`: ecdsa-with-SHA256 without parameters, DER throughout (it is encoded again and compared, so
/// that one certificate has one spelling), a signature of whole bytes. Nothing otherwise.
std::optional<SignedFrame> read_signed_frame(std::string_view der);

bool is_ecdsa_with_sha256(const X509_ALGOR* algorithm);
/// UTCTime `YYMMDDHHMMSSZ` or GeneralizedTime `YYYYMMDDHHMMSSZ`, nothing more lenient; years 1950 to 9999.
std::optional<Time> time_of(const ASN1_TIME* time);
/// Unsigned big-endian without leading zeros, so that two spellings of a number are equal. Nothing for a negative number.
std::optional<std::string> unsigned_of(const ASN1_INTEGER* number);
std::string_view bytes_of(const ASN1_STRING* text);
/// The identifier's own bytes: comparing them is cheaper than OpenSSL's search for its number.
std::string_view oid_of(const ASN1_OBJECT* object);
/// DER of a SEQUENCE that a template left alone; nothing when it is something else.
std::optional<std::string> sequence_of(const ASN1_TYPE* value);
/// The key's X||Y when it is a P-256 key as an uncompressed point; nothing for RSA, other curves, other forms.
std::optional<std::string> p256_coordinates_of(const asn1::KeyInfo* key);
/// The one common name of a DER name. Nothing when there is none, more than one, or one that is not plain text.
std::optional<std::string> common_name_of(std::string_view name);

}  // namespace cosigner::attest
