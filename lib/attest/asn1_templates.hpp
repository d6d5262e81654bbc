// OpenSSL ASN.1 templates for certificates and revocation lists.
//
// OpenSSL's own X509 decodes every public key on reading and builds canonical names, which costs more than all signatures of a
// verification (facts of DCAP, section 9). These templates read the same grammar (RFC 5280, sections 4.1 and 5.1) with the same
// decoder, and leave alone what is compared byte for byte: the signed part and the names stay DER.
#pragma once

#include <openssl/asn1.h>
#include <openssl/asn1t.h>
#include <openssl/x509.h>

#include <memory>
#include <string_view>

namespace cosigner::attest::asn1 {

struct Validity {
  ASN1_TIME* not_before;
  ASN1_TIME* not_after;
};

struct KeyInfo {
  X509_ALGOR* algorithm;
  ASN1_BIT_STRING* key;
};

struct Certificate {  // TBSCertificate
  ASN1_INTEGER* version;
  ASN1_INTEGER* serial;
  X509_ALGOR* algorithm;
  ASN1_TYPE* issuer;
  Validity* validity;
  ASN1_TYPE* subject;
  KeyInfo* key;
  STACK_OF(X509_EXTENSION) * extensions;
};

struct Revoked {
  ASN1_INTEGER* serial;
  ASN1_TIME* date;
  ASN1_STRING* extensions;  // SEQUENCE, DER: most entries of a list have the same, which is then read once
};
/// SEQUENCE OF Revoked, each as sent: a stack of ASN1_STRING.
using RevokedEntries = OPENSSL_STACK;

struct RevocationList {  // TBSCertList
  ASN1_INTEGER* version;
  X509_ALGOR* algorithm;
  ASN1_TYPE* issuer;
  ASN1_TIME* this_update;
  ASN1_TIME* next_update;
  RevokedEntries* revoked;
  STACK_OF(X509_EXTENSION) * extensions;
};

struct NameAttribute {
  ASN1_OBJECT* type;
  ASN1_TYPE* value;
};

/// Name: SEQUENCE OF SET OF NameAttribute. OpenSSL reads it as a stack of stacks.
using Name = OPENSSL_STACK;

const ASN1_ITEM* certificate_item();
const ASN1_ITEM* revocation_list_item();
const ASN1_ITEM* revoked_item();
const ASN1_ITEM* name_item();

/// Frees by the template it was read with.
template <const ASN1_ITEM* (*Item)()>
struct FreeItem {
  void operator()(void* value) const { ASN1_item_free(static_cast<ASN1_VALUE*>(value), Item()); }
};
template <class T, const ASN1_ITEM* (*Item)()>
using Owned = std::unique_ptr<T, FreeItem<Item>>;

/// The value that fills all of `der`; null when it does not read or something follows.
template <class T, const ASN1_ITEM* (*Item)()>
Owned<T, Item> read(std::string_view der) {
  const auto* at = reinterpret_cast<const unsigned char*>(der.data());
  const auto* end = at + der.size();
  Owned<T, Item> value(reinterpret_cast<T*>(ASN1_item_d2i(nullptr, &at, static_cast<long>(der.size()), Item())));
  if (at != end) value.reset();
  return value;
}

/// The same into a value that is there already: what it had allocated is used again. Null afterwards when it does not read.
template <class T, const ASN1_ITEM* (*Item)()>
void read_into(Owned<T, Item>& value, std::string_view der) {
  const auto* at = reinterpret_cast<const unsigned char*>(der.data());
  const auto* end = at + der.size();
  auto* place = reinterpret_cast<ASN1_VALUE*>(value.release());
  value.reset(reinterpret_cast<T*>(ASN1_item_d2i(&place, &at, static_cast<long>(der.size()), Item())));
  if (at != end) value.reset();
}

}  // namespace cosigner::attest::asn1
