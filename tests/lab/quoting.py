"""The double of a machine's quoting enclave: 64 bytes of report data in, a quote of the stand-in co-signer's enclave out.

  POST https://quoting.lab.example/quote {"reportData": "128 hex digits"}  ->  {"quote": base64}

A real one would be in the machine; this one is outside, so that a test can change it. Switches of `quoting`: `enclave` (whose report
it is) and `quote` (what is wrong with the quote).
"""

import base64
import hashlib
import json
import os
import struct

import collateral
import enclaves
import platforms

VENDOR_ID = bytes.fromhex("939A7233F79C4CA9940A0DB3957F0607")
PRODUCT, SVN = 2, 5
SIGNER, OTHER_SIGNER = (hashlib.sha256(b"STAND-IN signer of the simulation lab" + more).digest() for more in (b"", b", another"))
_INIT, _DEBUG, _MODE64, _XFRM = 1, 2, 4, 0xE7


def measurement(run):
    return hashlib.sha256(enclaves.load(run, "main")[0]).digest()


def report(mrenclave, mrsigner, product, svn, flags, report_data):
    """An enclave's report body, 384 bytes."""
    attributes = struct.pack("<QQ", flags, _XFRM)
    return (bytes(48) + attributes + mrenclave + bytes(32) + mrsigner + bytes(96) + struct.pack("<HH", product, svn) + bytes(60) + report_data)


def make_quote(run, report_data, enclave="good", platform="this", hierarchy=None):
    """A genuine quote, version 3 with the chain in it."""
    hierarchy = hierarchy or platforms.trusted(run)
    flags = _INIT | _MODE64 | (_DEBUG if enclave == "debug" else 0)
    body = report(measurement(run), OTHER_SIGNER if enclave == "other-signer" else SIGNER, PRODUCT, SVN - 1 if enclave == "old-svn" else SVN, flags,
                  report_data)
    content = struct.pack("<HHIHH", 3, 2, 0, 0, 0) + VENDOR_ID + b"STAND-IN QE id.." + bytes(4) + body
    key, auth = platforms.point_of(hierarchy.key("quoting")), b"\7" * 32
    qe = report(bytes(32), collateral.QE_SIGNER, collateral.QE_PRODUCT, collateral.QE_SVN, _INIT | _MODE64 | 0x10,
                hashlib.sha256(key + auth).digest() + bytes(32))
    chain = hierarchy.pem(platform, "authority", "root") + b"\0"
    proof = qe + platforms.sign_raw(hierarchy.key(platform), qe) + struct.pack("<H", len(auth)) + auth + struct.pack("<HI", 5, len(chain)) + chain
    rest = platforms.sign_raw(hierarchy.key("quoting"), content) + key + proof
    return content + struct.pack("<I", len(rest)) + rest


def _replayed(run):
    """The last good quote that was handed out; when there was none, one for an earlier question of nobody's."""
    path = os.path.join(run, "attestation", "last-quote")
    if not os.path.exists(path):
        return make_quote(run, hashlib.sha256(b"an earlier question").digest() + bytes(32))
    with open(path, "rb") as f:
        return f.read()


def quote_for(run, switches, report_data):
    """As the switches want it."""
    what, enclave = switches.get("quoting", "quote", "good"), switches.get("quoting", "enclave", "good")
    if what == "replayed":
        return _replayed(run)
    if what == "other-key":
        report_data = hashlib.sha256(b"the key of another co-signer").digest() + bytes(32)
    quote = make_quote(run, report_data, enclave, "another" if what == "other-platform" else "this",
                       platforms.unknown(run) if what == "other-root" else None)
    if what == "tampered":
        at = 48 + 64  # in the measurement
        return quote[:at] + bytes([quote[at] ^ 1]) + quote[at + 1:]
    if what == "good" and enclave == "good":
        with open(os.path.join(run, "attestation", "last-quote"), "wb") as f:
            f.write(quote)
    return quote


def answer(handler):
    try:
        asked = bytes.fromhex(json.loads(handler.body())["reportData"])
    except (ValueError, KeyError, TypeError):
        asked = b""
    if handler.command != "POST" or handler.plain_path != "/quote" or len(asked) != 64:
        handler.answer_json(400, {"message": "not a question for a quote", "code": 4000})
        return
    quote = quote_for(handler.server.run_folder, handler.server.switches, asked)
    handler.answer_json(200, {"quote": base64.b64encode(quote).decode()})
