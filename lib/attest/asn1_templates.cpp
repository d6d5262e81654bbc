#include "attest/asn1_templates.hpp"

namespace cosigner::attest::asn1 {

// The macros of OpenSSL read as the grammar that they are; the formatter would take them, and what follows them, for other C++.
// clang-format off
ASN1_SEQUENCE(Validity) = {
    ASN1_SIMPLE(Validity, not_before, ASN1_TIME),
    ASN1_SIMPLE(Validity, not_after, ASN1_TIME),
} static_ASN1_SEQUENCE_END(Validity)

ASN1_SEQUENCE(KeyInfo) = {
    ASN1_SIMPLE(KeyInfo, algorithm, X509_ALGOR),
    ASN1_SIMPLE(KeyInfo, key, ASN1_BIT_STRING),
} static_ASN1_SEQUENCE_END(KeyInfo)

// Unique identifiers (RFC 5280, 4.1.2.8) are left out on purpose: Intel's certificates have none, and one with them does not read.
ASN1_SEQUENCE(Certificate) = {
    ASN1_EXP_OPT(Certificate, version, ASN1_INTEGER, 0),
    ASN1_SIMPLE(Certificate, serial, ASN1_INTEGER),
    ASN1_SIMPLE(Certificate, algorithm, X509_ALGOR),
    ASN1_SIMPLE(Certificate, issuer, ASN1_ANY),
    ASN1_SIMPLE(Certificate, validity, Validity),
    ASN1_SIMPLE(Certificate, subject, ASN1_ANY),
    ASN1_SIMPLE(Certificate, key, KeyInfo),
    ASN1_EXP_SEQUENCE_OF_OPT(Certificate, extensions, X509_EXTENSION, 3),
} static_ASN1_SEQUENCE_END(Certificate)

// A string type of OpenSSL's may be of any tag that its mask names; one of the tag SEQUENCE keeps the bytes as they came.
IMPLEMENT_ASN1_MSTRING(SequenceAsSent, B_ASN1_SEQUENCE)

ASN1_SEQUENCE(Revoked) = {
    ASN1_SIMPLE(Revoked, serial, ASN1_INTEGER),
    ASN1_SIMPLE(Revoked, date, ASN1_TIME),
    ASN1_OPT(Revoked, extensions, SequenceAsSent),
} static_ASN1_SEQUENCE_END(Revoked)

ASN1_SEQUENCE(RevocationList) = {
    ASN1_OPT(RevocationList, version, ASN1_INTEGER),
    ASN1_SIMPLE(RevocationList, algorithm, X509_ALGOR),
    ASN1_SIMPLE(RevocationList, issuer, ASN1_ANY),
    ASN1_SIMPLE(RevocationList, this_update, ASN1_TIME),
    ASN1_OPT(RevocationList, next_update, ASN1_TIME),
    ASN1_SEQUENCE_OF_OPT(RevocationList, revoked, SequenceAsSent),
    ASN1_EXP_SEQUENCE_OF_OPT(RevocationList, extensions, X509_EXTENSION, 0),
} static_ASN1_SEQUENCE_END(RevocationList)

ASN1_SEQUENCE(NameAttribute) = {
    ASN1_SIMPLE(NameAttribute, type, ASN1_OBJECT),
    ASN1_SIMPLE(NameAttribute, value, ASN1_ANY),
} static_ASN1_SEQUENCE_END(NameAttribute)

ASN1_ITEM_TEMPLATE(NamePart) = ASN1_EX_TEMPLATE_TYPE(ASN1_TFLG_SET_OF, 0, attributes, NameAttribute)
static_ASN1_ITEM_TEMPLATE_END(NamePart)

ASN1_ITEM_TEMPLATE(Name) = ASN1_EX_TEMPLATE_TYPE(ASN1_TFLG_SEQUENCE_OF, 0, parts, NamePart)
static_ASN1_ITEM_TEMPLATE_END(Name)

const ASN1_ITEM* certificate_item() {
  return ASN1_ITEM_rptr(Certificate);
}
const ASN1_ITEM* revoked_item() { return ASN1_ITEM_rptr(Revoked); }
const ASN1_ITEM* revocation_list_item() { return ASN1_ITEM_rptr(RevocationList); }
const ASN1_ITEM* name_item() { return ASN1_ITEM_rptr(Name); }

}  // namespace cosigner::attest::asn1
