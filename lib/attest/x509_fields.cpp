#include "attest/x509_fields.hpp"

#include <openssl/err.h>
#include <openssl/objects.h>

#include <algorithm>
#include <array>

namespace cosigner::attest {
namespace {

constexpr std::string_view ecdsa_with_sha256_oid("\x2A\x86\x48\xCE\x3D\x04\x03\x02", 8);  // 1.2.840.10045.4.3.2
constexpr std::string_view ec_public_key_oid("\x2A\x86\x48\xCE\x3D\x02\x01", 7);          // 1.2.840.10045.2.1
constexpr std::string_view prime256v1_oid("\x2A\x86\x48\xCE\x3D\x03\x01\x07", 8);         // 1.2.840.10045.3.1.7
constexpr std::string_view common_name_oid("\x55\x04\x03", 3);                            // 2.5.4.3

std::string_view view_of(const unsigned char* begin, const unsigned char* end) {
  return {reinterpret_cast<const char*>(begin), static_cast<std::size_t>(end - begin)};
}

/// A SEQUENCE at the beginning of some bytes; `head` is 0 when there is none.
struct Sequence {
  std::size_t head = 0, size = 0;  // of tag and length, and of the whole
};
Sequence sequence_at(std::string_view der) {
  constexpr int is_bad = 0x80, is_constructed = V_ASN1_CONSTRUCTED;  // what ASN1_get_object returns; 0x21 is an indefinite length
  const auto* at = reinterpret_cast<const unsigned char*>(der.data());
  const auto* begin = at;
  long length = 0;
  int tag = 0, tag_class = 0;
  const int form = ASN1_get_object(&at, &length, &tag, &tag_class, static_cast<long>(der.size()));
  if ((form & is_bad) != 0) ERR_clear_error();
  if (form != is_constructed || tag != V_ASN1_SEQUENCE || tag_class != V_ASN1_UNIVERSAL) return {};
  const auto head = static_cast<std::size_t>(at - begin);
  return {head, head + static_cast<std::size_t>(length)};
}

struct FreeParts {
  void operator()(X509_ALGOR* value) const { X509_ALGOR_free(value); }
  void operator()(ASN1_BIT_STRING* value) const { ASN1_BIT_STRING_free(value); }
};

/// Whether the frame is the one DER spelling of its parts: its head, and what follows the content. The content, by far the
/// longest, is compared as bytes wherever it matters.
bool is_der(std::string_view head, std::string_view tail, std::size_t content, const X509_ALGOR* algorithm,
            const ASN1_BIT_STRING* signature) {
  std::array<unsigned char, 256> encoded{};  // real ones: about 90 bytes
  const int tail_size = i2d_X509_ALGOR(algorithm, nullptr) + i2d_ASN1_BIT_STRING(signature, nullptr);
  if (tail_size < 0 || static_cast<std::size_t>(tail_size) != tail.size() || tail.size() > encoded.size()) return false;
  unsigned char* end = encoded.data();
  if (i2d_X509_ALGOR(algorithm, &end) < 0 || i2d_ASN1_BIT_STRING(signature, &end) < 0) return false;
  if (view_of(encoded.data(), end) != tail) return false;
  end = encoded.data();
  ASN1_put_object(&end, 1, static_cast<int>(content) + tail_size, V_ASN1_SEQUENCE, V_ASN1_UNIVERSAL);
  return view_of(encoded.data(), end) == head;
}

bool is_whole_bytes(const ASN1_BIT_STRING* bits) {
  constexpr long unused_bits = 0x07, unused_bits_known = ASN1_STRING_FLAG_BITS_LEFT;
  return (bits->flags & unused_bits_known) != 0 && (bits->flags & unused_bits) == 0;
}

/// YYYYMMDDHHMMSSZ as ISO 8601. A list has a date for each of its entries, so nothing is allocated for one.
std::array<char, 20> iso_of(std::string_view digits) {
  std::array<char, 20> out{};
  std::size_t from = 0;
  for (std::size_t at = 0; at < out.size(); ++at) {
    constexpr std::string_view form = "....-..-..T..:..:..Z";
    out[at] = form[at] == '.' ? digits[from++] : form[at];
  }
  return out;
}

bool is_common_name(const asn1::NameAttribute* attribute) { return oid_of(attribute->type) == common_name_oid; }

}  // namespace

std::string_view bytes_of(const ASN1_STRING* text) {
  return {reinterpret_cast<const char*>(ASN1_STRING_get0_data(text)), static_cast<std::size_t>(ASN1_STRING_length(text))};
}

std::string_view oid_of(const ASN1_OBJECT* object) {
  return {reinterpret_cast<const char*>(OBJ_get0_data(object)), OBJ_length(object)};
}

std::optional<SignedFrame> read_signed_frame(std::string_view der) {
  const Sequence frame = sequence_at(der);
  if (frame.head == 0 || frame.size != der.size()) return std::nullopt;
  const Sequence content = sequence_at(der.substr(frame.head));
  if (content.head == 0) return std::nullopt;
  const std::string_view tail = der.substr(frame.head + content.size);
  const auto* at = reinterpret_cast<const unsigned char*>(tail.data());
  const auto* end = at + tail.size();
  const std::unique_ptr<X509_ALGOR, FreeParts> algorithm(d2i_X509_ALGOR(nullptr, &at, static_cast<long>(tail.size())));
  const std::unique_ptr<ASN1_BIT_STRING, FreeParts> signature(
      algorithm ? d2i_ASN1_BIT_STRING(nullptr, &at, static_cast<long>(end - at)) : nullptr);
  const bool sound = algorithm && signature && at == end && is_ecdsa_with_sha256(algorithm.get()) &&
                     is_whole_bytes(signature.get()) &&
                     is_der(der.substr(0, frame.head), tail, content.size, algorithm.get(), signature.get());
  if (!sound) {
    ERR_clear_error();
    return std::nullopt;
  }
  return SignedFrame{der.substr(frame.head, content.size), std::string(bytes_of(signature.get()))};
}

bool is_ecdsa_with_sha256(const X509_ALGOR* algorithm) {
  return oid_of(algorithm->algorithm) == ecdsa_with_sha256_oid && algorithm->parameter == nullptr;
}

std::optional<Time> time_of(const ASN1_TIME* time) {
  const int type = ASN1_STRING_type(time);
  const std::string_view sent = bytes_of(time);
  std::array<char, 15> place{};
  const bool is_short = type == V_ASN1_UTCTIME && sent.size() == 13;
  if ((!is_short && sent.size() != place.size()) || sent.back() != 'Z') return std::nullopt;
  const std::string_view century = !is_short ? "" : sent[0] >= '5' ? "19" : "20";  // RFC 5280, 4.1.2.5.1
  std::copy(sent.begin(), sent.end(), std::copy(century.begin(), century.end(), place.begin()));
  const std::string_view digits(place.data(), place.size());
  for (std::size_t i = 0; i < 14; ++i) {
    if (digits[i] < '0' || digits[i] > '9') return std::nullopt;
  }
  if (digits.substr(0, 4) < "1950") return std::nullopt;
  const auto iso = iso_of(digits);
  return parse_time(std::string_view(iso.data(), iso.size()));
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
  if (oid_of(key->algorithm->algorithm) != ec_public_key_oid) return std::nullopt;
  if (curve == nullptr || curve->type != V_ASN1_OBJECT || oid_of(curve->value.object) != prime256v1_oid) return std::nullopt;
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
