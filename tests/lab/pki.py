"""Certificates of the lab: one CA, one server certificate a name, a second CA that nobody trusts, and self-signed ones.

Made once per run directory with the openssl command. Everything is valid from two days ago, because a guest's
clock may be behind the host's, for two years.
"""

import os
import subprocess
from datetime import datetime, timedelta, timezone

import names

_CONFIG = """
[ca]
default_ca = lab
[lab]
database = {base}/index.txt
new_certs_dir = {base}/issued
rand_serial = yes
default_md = sha256
policy = any
copy_extensions = none
unique_subject = no
[any]
commonName = supplied
[authority]
basicConstraints = critical, CA:TRUE
keyUsage = critical, keyCertSign, cRLSign
subjectKeyIdentifier = hash
[server]
basicConstraints = critical, CA:FALSE
keyUsage = critical, digitalSignature
extendedKeyUsage = serverAuth
subjectKeyIdentifier = hash
authorityKeyIdentifier = keyid
subjectAltName = {san}
"""


def _run(*command):
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)


def stamp(offset):
    return (datetime.now(timezone.utc) + offset).strftime("%Y%m%d%H%M%SZ")


class Authority:
    """A certificate authority in one folder: ca.pem, ca.key and what it issued."""

    def __init__(self, folder, subject):
        self.folder = folder
        self.subject = subject
        self.certificate = os.path.join(folder, "ca.pem")
        self._key = os.path.join(folder, "ca.key")
        if not os.path.exists(self.certificate):
            self._create()

    def _create(self):
        os.makedirs(os.path.join(self.folder, "issued"), exist_ok=True)
        open(os.path.join(self.folder, "index.txt"), "w").close()
        self._new_key(self._key)
        self._sign(self.subject, self._key, self.certificate, "authority", "DNS:unused", selfsign=True)

    def issue(self, name, folder, days_before=2, days_after=730):
        """Write folder/name.pem (leaf and CA) and folder/name.key; keeps what is there."""
        chain, key = os.path.join(folder, name + ".pem"), os.path.join(folder, name + ".key")
        if os.path.exists(chain):
            return chain, key
        os.makedirs(folder, exist_ok=True)
        self._new_key(key)
        self._sign(name, key, chain + ".leaf", "server", f"DNS:{name}, DNS:localhost, IP:127.0.0.1",
                   days_before=days_before, days_after=days_after)
        with open(chain + ".new", "wb") as out:
            for part in (chain + ".leaf", self.certificate):
                with open(part, "rb") as source:
                    out.write(source.read())
        os.remove(chain + ".leaf")
        os.rename(chain + ".new", chain)
        return chain, key

    @staticmethod
    def _new_key(path):
        _run("openssl", "genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256", "-out", path)
        os.chmod(path, 0o600)

    def _sign(self, subject, key, out, section, san, selfsign=False, days_before=2, days_after=730):
        config, request = os.path.join(self.folder, "ca.cnf"), os.path.join(self.folder, "request.pem")
        with open(config, "w") as f:
            f.write(_CONFIG.format(base=self.folder, san=san))
        _run("openssl", "req", "-new", "-key", key, "-subj", f"/CN={subject}", "-out", request)
        command = ["openssl", "ca", "-batch", "-notext", "-config", config, "-in", request, "-out", out,
                   "-keyfile", self._key, "-extensions", section,
                   "-startdate", stamp(-timedelta(days=days_before)), "-enddate", stamp(timedelta(days=days_after))]
        command += ["-selfsign"] if selfsign else ["-cert", self.certificate]
        _run(*command)
        os.remove(request)


def self_signed(name, folder):
    """(certificate, key) of a server that vouches for itself; keeps what is there."""
    certificate, key = os.path.join(folder, name + ".pem"), os.path.join(folder, name + ".key")
    if not os.path.exists(certificate):
        os.makedirs(folder, exist_ok=True)
        _run("openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "365", "-subj", f"/CN={name}",
             "-addext", f"subjectAltName=DNS:{name}", "-keyout", key, "-out", certificate)
    return certificate, key


def make(folder):
    """All certificates of a run: the lab's CA with good ones, and the untrusted CA with the same names."""
    good = Authority(os.path.join(folder, "lab"), "Lab certificate authority (simulation)")
    wrong = Authority(os.path.join(folder, "other"), "Some other authority (simulation)")
    for name, _, _ in names.SERVED_BY:
        good.issue(name, os.path.join(folder, "good"))
        wrong.issue(name, os.path.join(folder, "wrong"))
    good.issue("localhost", os.path.join(folder, "good"))
    wrong.issue("localhost", os.path.join(folder, "wrong"))
    self_signed(names.PCCS_SELF_HOST, os.path.join(folder, "self"))
    return good.certificate
