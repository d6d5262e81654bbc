"""Quotes, certificates, revocation lists and collateral as the fuzzers begin with them: in form as Intel's, signed by nobody."""
import json
import struct
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent.parent / "lab"))
import der as asn1  # noqa: E402
from der import der, extension, integer, oid, pem, sequence  # noqa: E402

VENDOR = bytes.fromhex("939A7233F79C4CA9940A0DB3957F0607")
# The generator of P-256: a key that everybody knows, and a point of the curve.
POINT = bytes.fromhex("6B17D1F2E12C4247F8BCE6E563A440F277037D812DEB33A0F4A13945D898C296"
                      "4FE342E2FE1A7F9B8EE7EB4A7C0F9E162BCE33576B315ECECBB6406837BF51F5")
ECDSA = asn1.ECDSA_WITH_SHA256
SIGNATURE = der(0x03, b"\0", sequence(integer(7), integer(9)))


def name(common_name):
    return sequence(asn1.attribute("2.5.4.3", common_name))


def validity(since="180521104510Z", until="20491231235959Z"):
    return sequence(der(0x17, since.encode()), der(0x18 if len(until) == 15 else 0x17, until.encode()))


def sgx_extension(platform=True, first_component=255):
    return asn1.sgx_extension([first_component, *range(1, 16)], 13, bytes.fromhex("00606A000000"), instance=bytes(16) if platform else None)


def certificate(subject, issuer, *extensions):
    key = asn1.public_key(POINT)
    content = sequence(der(0xA0, integer(2)), integer(0x22650CD6), ECDSA, name(issuer), validity(), name(subject), key, der(0xA3, sequence(*extensions)))
    return sequence(content, ECDSA, SIGNATURE)


def authority(subject, issuer):
    return certificate(subject, issuer, extension(asn1.BASIC_CONSTRAINTS, asn1.CA_CONSTRAINTS, True), extension(asn1.KEY_USAGE, asn1.CA_USAGE, True))


def leaf():
    return certificate("Intel SGX PCK Certificate", "Intel SGX PCK Platform CA", extension(asn1.BASIC_CONSTRAINTS, asn1.LEAF_CONSTRAINTS, True),
                       extension(asn1.KEY_USAGE, asn1.LEAF_USAGE, True), extension(asn1.SGX_ARC, sgx_extension()))


def chain():
    return pem("CERTIFICATE", leaf(), authority("Intel SGX PCK Platform CA", "Intel SGX Root CA"), authority("Intel SGX Root CA", "Intel SGX Root CA"))


def revocation_list(*serials):
    entries = [sequence(integer(serial), der(0x17, b"250101000000Z"), sequence(extension("2.5.29.21", der(0x0A, b"\1")))) for serial in serials]
    content = sequence(integer(1), ECDSA, name("Intel SGX PCK Platform CA"), der(0x17, b"250601000000Z"), der(0x17, b"250701000000Z"),
                       *([sequence(*entries)] if entries else []), der(0xA0, sequence(extension(asn1.CRL_NUMBER, integer(5)))))
    return sequence(content, ECDSA, SIGNATURE)


def report():
    return bytes(48) + bytes([5]) + bytes(15) + bytes(range(32)) + bytes(32) + bytes(range(32)) + bytes(96) + struct.pack("<HH", 1, 2) + bytes(60) + bytes(64)


def quote(version=3, kind=5, data=None, body=None, tee=0):
    body = body or report()
    data = chain() + b"\0" if data is None else data
    header = struct.pack("<HHIHH", version, 2, tee, 0, 0) + VENDOR + bytes(20)
    if version == 5:
        header += struct.pack("<HI", 1 if len(body) == 384 else 3, len(body))
    certified = report() + bytes(64) + struct.pack("<H", 32) + bytes(32) + struct.pack("<HI", kind, len(data)) + data
    if version > 3:
        certified = struct.pack("<HI", 6, len(certified)) + certified
    rest = bytes(64) + POINT + certified
    return header + body + struct.pack("<I", len(rest)) + rest


def level(status, first, pcesvn, version=3, **more):
    if version == 2:
        tcb = {f"sgxtcbcomp{i + 1:02}svn": first if i == 0 else 1 for i in range(16)}
    else:
        tcb = {"sgxtcbcomponents": [{"svn": first if i == 0 else 1} for i in range(16)]}
    return {"tcb": {**tcb, "pcesvn": pcesvn}, "tcbDate": "2024-03-13T00:00:00Z", "tcbStatus": status, **more}


def tcb_info(version=3):
    head = {"version": version, "issueDate": "2025-06-01T00:00:00Z", "nextUpdate": "2025-07-01T00:00:00Z", "fmspc": "00606a000000", "pceId": "0000",
            "tcbType": 0, "tcbEvaluationDataNumber": 17}
    levels = [level("SWHardeningNeeded", 7, 13, version, advisoryIDs=["INTEL-SA-00615"]), level("OutOfDate", 7, 11, version), level("Revoked", 1, 5, version)]
    return {**({"id": "SGX"} if version == 3 else {}), **head, "tcbLevels": levels}


def tdx_info():
    info = tcb_info()
    for each in info["tcbLevels"]:
        each["tcb"]["tdxtcbcomponents"] = [{"svn": 3}] * 16
    module = {"mrsigner": "00" * 48, "attributes": "00" * 8, "attributesMask": "FF" * 8}
    levels = [{"tcb": {"isvsvn": 4}, "tcbDate": "2024-03-13T00:00:00Z", "tcbStatus": "UpToDate"}]
    return {**info, "id": "TDX", "tdxModule": module, "tdxModuleIdentities": [{"id": "TDX_01", **module, "tcbLevels": levels}]}


def qe_identity():
    levels = [{"tcb": {"isvsvn": svn}, "tcbDate": "2024-03-13T00:00:00Z", "tcbStatus": status} for svn, status in ((8, "UpToDate"), (6, "OutOfDate"), (1, "Revoked"))]
    return {"id": "QE", "version": 2, "issueDate": "2025-06-01T00:00:00Z", "nextUpdate": "2025-07-01T00:00:00Z", "tcbEvaluationDataNumber": 17,
            "miscselect": "00000000", "miscselectMask": "FFFFFFFF", "attributes": "11" + "00" * 15, "attributesMask": "FB" + "FF" * 7 + "00" * 8,
            "mrsigner": "8C" * 32, "isvprodid": 1, "tcbLevels": levels}


def signed(member, inner):
    return json.dumps({member: inner, "signature": "ab" * 64}, separators=(",", ":")).encode()


def inputs():
    """(target, name, bytes)"""
    yield "quote", "v3", quote()
    yield "quote", "v3-padded", quote() + bytes(70)
    yield "quote", "v3-ppid", quote(kind=3, data=bytes(404))
    yield "quote", "v4-tdx", quote(4, body=bytes(584), tee=0x81)
    yield "quote", "v5-td15", quote(5, body=bytes(648), tee=0x81)
    yield "quote", "v5-sgx", quote(5)
    yield "pck_extension", "platform", sgx_extension()
    yield "pck_extension", "processor", sgx_extension(False)
    yield "pck_extension", "one-byte", sgx_extension(True, 127)
    yield "pem_chain", "chain", b"0" + chain()
    yield "pem_chain", "chain-nul", b"0" + chain() + b"\0"
    yield "pem_chain", "leaf", b"1" + leaf()
    yield "pem_chain", "authority", b"1" + authority("Intel SGX Root CA", "Intel SGX Root CA")
    yield "pem_chain", "critical", b"1" + certificate("x", "y", extension("1.2.3.4", b"\5\0", True))
    yield "crl", "empty", revocation_list()
    yield "crl", "three", revocation_list(1, 0x80, 0x22650CD65A9D3489)
    yield "crl", "pem", pem("X509 CRL", revocation_list(1))
    yield "crl", "hex", revocation_list(1).hex().encode() + b"\0"
    yield "tcb_info", "signed", b"0" + signed("tcbInfo", tcb_info())
    yield "tcb_info", "signature-first", b'0 {"signature" : "' + b"AB" * 64 + b'", "tcbInfo":\n{"a":"}\\"{"}} '
    yield "tcb_info", "twice", b'0{"tcbInfo":{"a":1},"tcbInfo":{"a":2}}'
    yield "tcb_info", "deep", b'0{"tcbInfo":' + b'{"a":' * 40
    yield "tcb_info", "v3", b"1" + json.dumps(tcb_info()).encode()
    yield "tcb_info", "v2", b"1" + json.dumps(tcb_info(2)).encode()
    yield "tcb_info", "tdx", b"1" + json.dumps(tdx_info()).encode()
    yield "qe_identity", "signed", b"0" + signed("enclaveIdentity", qe_identity())
    yield "qe_identity", "inner", b"1" + json.dumps(qe_identity()).encode()
    yield "qe_identity", "masked", b"1" + json.dumps({**qe_identity(), "attributesMask": "00" * 16}).encode()
