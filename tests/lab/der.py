"""DER by hand, as much as X.509 certificates and revocation lists of elliptic curves need: for what no command line makes, such as
Intel's extension, and for bytes that a test wants exactly so."""

import base64


def der(tag, *parts):
    content = b"".join(parts)
    size = bytes([len(content)]) if len(content) < 128 else None
    if size is None:
        digits = len(content).to_bytes((len(content).bit_length() + 7) // 8, "big")
        size = bytes([0x80 | len(digits)]) + digits
    return bytes([tag]) + size + content


def oid(dotted):
    first, second, *rest = (int(part) for part in dotted.split("."))
    out = bytes([first * 40 + second])
    for number in rest:
        digits = [number & 0x7F]
        while number := number >> 7:
            digits.append(0x80 | number & 0x7F)
        out += bytes(reversed(digits))
    return der(0x06, out)


def integer(number, tag=0x02):
    return der(tag, number.to_bytes(number.bit_length() // 8 + 1, "big"))


def sequence(*parts):
    return der(0x30, *parts)


def attribute(number, text):
    return der(0x31, sequence(oid(number), der(0x0C, text.encode())))


def extension(number, value, critical=False):
    return sequence(oid(number), *([der(0x01, b"\xff")] if critical else []), der(0x04, value))


def public_key(point):
    """SubjectPublicKeyInfo of a point of P-256, 64 bytes."""
    return sequence(sequence(oid("1.2.840.10045.2.1"), oid("1.2.840.10045.3.1.7")), der(0x03, b"\0\x04" + point))


def pem(label, *blocks):
    return "".join(f"-----BEGIN {label}-----\n{base64.encodebytes(block).decode()}-----END {label}-----\n" for block in blocks).encode()


ECDSA_WITH_SHA256 = sequence(oid("1.2.840.10045.4.3.2"))
CA_CONSTRAINTS, LEAF_CONSTRAINTS = sequence(der(0x01, b"\xff"), integer(1)), sequence()
CA_USAGE, LEAF_USAGE = der(0x03, b"\1\6"), der(0x03, b"\6\xc0")
BASIC_CONSTRAINTS, KEY_USAGE, CRL_NUMBER = "2.5.29.19", "2.5.29.15", "2.5.29.20"


# Intel's extension of a PCK certificate: pairs of object identifier and value.
SGX_ARC = "1.2.840.113741.1.13.1"


def sgx_pair(suffix, value):
    return sequence(oid(SGX_ARC + suffix), value)


def sgx_extension(components, pcesvn, fmspc, ppid=bytes(16), cpusvn=bytes(range(16)), instance=bytes(16)):
    """Of a platform; with `instance` None of a processor."""
    tcb = sequence(*(sgx_pair(f".2.{i + 1}", integer(svn)) for i, svn in enumerate(components)),
                   sgx_pair(".2.17", integer(pcesvn)), sgx_pair(".2.18", der(0x04, cpusvn)))
    members = [sgx_pair(".1", der(0x04, ppid)), sgx_pair(".2", tcb), sgx_pair(".3", der(0x04, b"\0\0")), sgx_pair(".4", der(0x04, fmspc)),
               sgx_pair(".5", integer(1, 0x0A))]
    if instance is not None:
        flags = sequence(*(sgx_pair(f".7.{i}", der(0x01, b"\xff")) for i in (1, 2, 3)))
        members += [sgx_pair(".6", der(0x04, instance)), sgx_pair(".7", flags)]
    return sequence(*members)
