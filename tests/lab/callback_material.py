"""Keys and certificates of the five callback schemes, made once a run below RUN/callback.

  handler.key, handler-public.pem   RSA-2048: schemes publicKey and both hybrids
  pinned/NAME.pem                   self-signed, served on guest port 8444: certificate, hybridCertificate
  root-ca.pem, chain/NAME.pem       own root and leaf, served on guest port 8445: rootCa, hybridRootCa
Guest port 8443 serves a certificate of the lab's authority: publicKey.
"""

import os
import shutil
import subprocess

import names
import pki


def _openssl(*arguments):
    subprocess.run(["openssl", *arguments], check=True, capture_output=True)


def make(run):
    folder = os.path.join(run, "callback")
    public = os.path.join(folder, "handler-public.pem")
    if os.path.exists(public):
        return
    os.makedirs(folder, exist_ok=True)
    pki.self_signed(names.CALLBACK_HOST, os.path.join(folder, "pinned"))
    root = pki.Authority(os.path.join(folder, "root"), "Callback root (simulation)")
    root.issue(names.CALLBACK_HOST, os.path.join(folder, "chain"))
    shutil.copyfile(root.certificate, os.path.join(folder, "root-ca.pem"))
    key = os.path.join(folder, "handler.key")
    _openssl("genpkey", "-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:2048", "-out", key)
    _openssl("pkey", "-in", key, "-pubout", "-out", public)


def sign(run, text):
    """RS256 signature of the handler's key."""
    return subprocess.run(["openssl", "dgst", "-sha256", "-sign", os.path.join(run, "callback", "handler.key")],
                          input=text, check=True, capture_output=True).stdout
