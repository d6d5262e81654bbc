"""Platforms that exist only here: certificates in form as Intel's, under roots of the lab's own making, in RUN/attestation.

Two roots with the same names (one is the lab profile's, the other is nobody's), under the first two platforms. Made once a run;
everything is valid from two days ago, because a guest's clock may be behind the host's, for two years.
"""

import os
import subprocess
import time
from datetime import datetime, timezone

import der

DAY = 86400
FMSPC = bytes.fromhex("00906ed50000")
COMPONENTS, PCESVN = [7, 9, 3, 3, 255, 255, 1, *[0] * 9], 13
PLATFORMS = {"this": (b"STAND-IN ppid 1!", 0xA003), "another": (b"STAND-IN ppid 2!", 0xA007)}  # PPID, serial of its certificate
ROOT, AUTHORITY, SIGNER = "Intel SGX Root CA", "Intel SGX PCK Platform CA", "Intel SGX TCB Signing"


def sign(key, data):
    """ECDSA over SHA-256, as DER."""
    return subprocess.run(["openssl", "dgst", "-sha256", "-sign", key], input=data, check=True, capture_output=True).stdout


def sign_raw(key, data):
    """The same as r and s, 32 bytes each."""
    signature, numbers, at = sign(key, data), b"", 2
    for _ in range(2):
        size = signature[at + 1]
        numbers += int.from_bytes(signature[at + 2:at + 2 + size], "big").to_bytes(32, "big")
        at += 2 + size
    return numbers


def point_of(key):
    """X and Y of the public key."""
    return subprocess.run(["openssl", "pkey", "-in", key, "-pubout", "-outform", "DER"], check=True, capture_output=True).stdout[-64:]


def moment(at):
    return der.der(0x17, datetime.fromtimestamp(at, timezone.utc).strftime("%y%m%d%H%M%SZ").encode())


def name(common_name):
    rest = (("2.5.4.10", "STAND-IN of a simulation lab"), ("2.5.4.6", "US"))
    return der.sequence(der.attribute("2.5.4.3", common_name), *(der.attribute(number, text) for number, text in rest))


def sealed(key, content):
    """Content with its signature, as certificates and revocation lists have it."""
    return der.sequence(content, der.ECDSA_WITH_SHA256, der.der(0x03, b"\0", sign(key, content)))


class Hierarchy:
    """One root with all below it, in a folder: KEY.key and NAME.der."""

    def __init__(self, folder):
        self.folder = folder
        if not os.path.exists(self._path("made")):
            self._make()

    def _path(self, file):
        return os.path.join(self.folder, file)

    def key(self, who):
        return self._path(who + ".key")

    def certificate(self, who):
        with open(self._path(who + ".der"), "rb") as f:
            return f.read()

    def pem(self, *whose):
        return der.pem("CERTIFICATE", *(self.certificate(who) for who in whose))

    def _make(self):
        os.makedirs(self.folder, exist_ok=True)
        for who in ("root", "authority", "signer", "quoting", *PLATFORMS):
            subprocess.run(["openssl", "genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256", "-out", self.key(who)],
                           check=True, capture_output=True)
        self._issue("root", "root", ROOT, ROOT, 0xA001, is_authority=True)
        self._issue("authority", "root", AUTHORITY, ROOT, 0xA002, is_authority=True)
        self._issue("signer", "root", SIGNER, ROOT, 0xA004)
        for who, (ppid, serial) in PLATFORMS.items():
            extension = der.sgx_extension(COMPONENTS, PCESVN, FMSPC, ppid)
            self._issue(who, "authority", "Intel SGX PCK Certificate", AUTHORITY, serial, der.extension(der.SGX_ARC, extension))
        open(self._path("made"), "w").close()

    def _issue(self, who, by, subject, issuer, serial, *more, is_authority=False):
        now = int(time.time())
        extensions = [der.extension(der.BASIC_CONSTRAINTS, der.CA_CONSTRAINTS if is_authority else der.LEAF_CONSTRAINTS, True),
                      der.extension(der.KEY_USAGE, der.CA_USAGE if is_authority else der.LEAF_USAGE, True), *more]
        content = der.sequence(der.der(0xA0, der.integer(2)), der.integer(serial), der.ECDSA_WITH_SHA256, name(issuer),
                               der.sequence(moment(now - 2 * DAY), moment(now + 730 * DAY)), name(subject),
                               der.public_key(point_of(self.key(who))), der.der(0xA3, der.sequence(*extensions)))
        with open(self._path(who + ".der"), "wb") as f:
            f.write(sealed(self.key(by), content))


def trusted(run):
    """The hierarchy whose root the lab's profile names."""
    return Hierarchy(os.path.join(run, "attestation", "trusted"))


def unknown(run):
    return Hierarchy(os.path.join(run, "attestation", "unknown"))


def make(run):
    """Both hierarchies, and the time that collateral of this start of the lab is reckoned from."""
    trusted(run), unknown(run)
    with open(os.path.join(run, "attestation", "issued"), "w") as f:
        f.write(str(int(time.time())))


def issued(run):
    with open(os.path.join(run, "attestation", "issued")) as f:
        return int(f.read())
