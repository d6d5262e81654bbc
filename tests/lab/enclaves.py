"""The two "enclaves" that the gateway hands out, with detached signatures of the lab's vendor key, made once a run."""

import os
import random
import subprocess

SIZES = {"loader": 1 << 20, "main": 6 << 20}


def _openssl(*arguments):
    subprocess.run(["openssl", *arguments], check=True, capture_output=True)


def make(run):
    folder = os.path.join(run, "enclaves")
    key, public = os.path.join(folder, "vendor.key"), os.path.join(folder, "vendor.pem")
    if os.path.exists(public):
        return
    os.makedirs(folder, exist_ok=True)
    _openssl("genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256", "-out", key)
    for kind, size in SIZES.items():
        path = os.path.join(folder, kind)
        with open(path, "wb") as f:
            f.write(b"STAND-IN enclave " + kind.encode() + b"\n" + random.Random(kind).randbytes(size))
        _openssl("dgst", "-sha256", "-sign", key, "-out", path + ".sig", path)
    _openssl("pkey", "-in", key, "-pubout", "-out", public)


def load(run, kind):
    """(bytes, signature)"""
    path = os.path.join(run, "enclaves", kind)
    with open(path, "rb") as body, open(path + ".sig", "rb") as signature:
        return body.read(), signature.read()
