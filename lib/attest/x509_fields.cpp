#include "attest/x509_fields.hpp"

#include <openssl/err.h>
#include <openssl/obj_mac.h>
#include <openssl/objects.h>

namespace cosigner::attest {
namespace {

bool is_encoded_as(const asn1::Signed* frame, std::string_view der) {
  unsigned char* encoded = nullptr;
  const int length = ASN1_item_i2d(reinterpret_cast<const ASN1_VALUE*>(frame), &encoded, asn1::signed_item());
  const bool same = length >= 0 && der == std::string_view(reinterpret_cast<char*>(encoded), static_cast<std::size_t>(length));
  OPENSSL_free(encoded);
  return same;
}

bool is_whole_bytes(const ASN1_BIT_STRING* bits) {
  constexpr long unused_bits = 0x07, unused_bits_known = ASN1_STRING_FLAG_BITS_LEFT;
  return (bits->flags & unused_bits_known) != 0 && (bits->flags & unused_bits) == 0;
}

std::string iso_of(std::string_view digits) {
  const auto part = [&](std::size_t at) { return std::string(digits.substr(at, 2)); };
  return std::string(digits.substr(0, 4)) + "-" + part(4) + "-" + part(6) + "T" + part(8) + ":" + part(10) + ":" + part(12) + "Z";
}

bool is_common_name(const asn1::NameAttribute* attribute) { return OBJ_obj2nid(attribute->type) == NID_commonName; }

}  // namespace

std::string_view bytes_of(const ASN1_STRING* text) {
  return {reinterpret_cast<const char*>(ASN1_STRING_get0_data(text)), static_cast<std::size_t>(ASN1_STRING_length(text))};
}

std::optional<SignedFrame> read_signed_frame(std::string_view der) {
  const auto frame = asn1::read<asn1::Signed, asn1::signed_item>(der);
  const bool sound =
      frame && is_ecdsa_with_sha256(frame->algorithm) && is_whole_bytes(frame->signature) && is_encoded_as(frame.get(), der);
  ERR_clear_error();
  if (!sound) return std::nullopt;
  auto content = sequence_of(frame->content);
  if (!content) return std::nullopt;
  return SignedFrame{std::move(*content), std::string(bytes_of(frame->signature))};
}

bool is_ecdsa_with_sha256(const X509_ALGOR* algorithm) {
  return OBJ_obj2nid(algorithm->algorithm) == NID_ecdsa_with_SHA256 && algorithm->parameter == nullptr;
}

std::optional<Time> time_of(const ASN1_TIME* time) {
  const int type = ASN1_STRING_type(time);
  std::string digits(bytes_of(time));
  if (type == V_ASN1_UTCTIME && digits.size() == 13) digits.insert(0, digits[0] >= '5' ? "19" : "20");  // RFC 5280, 4.1.2.5.1
  if (digits.size() != 15 || digits.back() != 'Z') return std::nullopt;
  for (std::size_t i = 0; i < 14; ++i) {
    if (digits[i] < '0' || digits[i] > '9') return std::nullopt;
  }
  if (digits.substr(0, 4) < "1950") return std::nullopt;
  return parse_time(iso_of(digits));
}

std::optional<std::string> unsigned_of(const ASN1_INTEGER* number) {
  if (ASN1_STRING_type(number) != V_ASN1_INTEGER) return std::nullopt;  // V_ASN1_NEG_INTEGER
  const std::string_view bytes = bytes_of(number);
  const std::size_t first = bytes.find_first_not_of('\0');
  return first == std::string_view::npos ? std::string() : std::string(bytes.substr(first));
}

std::optional<std::string> sequence_of(const ASN1_TYPE* value) {
  if (value->type != V_ASN1_SEQUENCE) return std::nullopt;
  return std::string(bytes_of(value->value.sequence));
}

std::optional<std::string> p256_coordinates_of(const asn1::KeyInfo* key) {
  const ASN1_TYPE* curve = key->algorithm->parameter;
  if (OBJ_obj2nid(key->algorithm->algorithm) != NID_X9_62_id_ecPublicKey) return std::nullopt;
  if (curve == nullptr || curve->type != V_ASN1_OBJECT || OBJ_obj2nid(curve->value.object) != NID_X9_62_prime256v1)
    return std::nullopt;
  const std::string_view point = bytes_of(key->key);
  if (!is_whole_bytes(key->key) || point.size() != 65 || point[0] != '\x04') return std::nullopt;
  return std::string(point.substr(1));
}

std::optional<std::string> common_name_of(std::string_view name) {
  const auto parts = asn1::read<asn1::Name, asn1::name_item>(name);
  ERR_clear_error();
  std::optional<std::string> found;
  for (int i = 0; i < OPENSSL_sk_num(parts.get()); ++i) {
    const auto* part = static_cast<const OPENSSL_STACK*>(OPENSSL_sk_value(parts.get(), i));
    for (int j = 0; j < OPENSSL_sk_num(part); ++j) {
      const auto* attribute = static_cast<const asn1::NameAttribute*>(OPENSSL_sk_value(part, j));
      if (!is_common_name(attribute)) continue;
      const int type = attribute->value->type;
      if (found || (type != V_ASN1_UTF8STRING && type != V_ASN1_PRINTABLESTRING)) return std::nullopt;
      found = std::string(bytes_of(attribute->value->value.asn1_string));
    }
  }
  return found;
}

}  // namespace cosigner::attest
