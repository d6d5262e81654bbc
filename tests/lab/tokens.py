"""Pairing tokens: JWTs that the lab issues and its gateway can check without asking anybody.

Signed with HS256 under a key of the run directory (the real one's algorithm is not public and nobody but the gateway checks it).
"""

import base64
import hashlib
import hmac
import json
import os
import secrets
import time
import uuid

DEFAULT_USER = "5b7f0c1e-2a44-4f0d-9c3b-6f1d2a3e4b5c"


def _b64(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def _unb64(text):
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def _key(run):
    path = os.path.join(run, "keys", "token.key")
    if not os.path.exists(path):
        os.makedirs(os.path.dirname(path), exist_ok=True)
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "wb") as f:
            f.write(secrets.token_bytes(32))
    with open(path, "rb") as f:
        return f.read()


def issue(run, user=None, minutes=60, at=None, first=True):
    """A token for user (a GUID; a fixed one by default), issued at `at` (epoch seconds, default now)."""
    issued = int(time.time() if at is None else at)
    claims = {"userId": user or DEFAULT_USER, "iat": issued, "exp": issued + int(minutes * 60), "jti": uuid.uuid4().hex,
              "firstUser": first, "tenantId": "lab-workspace"}
    text = _b64(json.dumps({"alg": "HS256", "typ": "JWT"}).encode()) + "." + _b64(json.dumps(claims).encode())
    return text + "." + _b64(hmac.new(_key(run), text.encode(), hashlib.sha256).digest())


def read(run, token):
    """Claims of a token this run issued; None for anything else."""
    try:
        text, _, signature = token.rpartition(".")
        if not hmac.compare_digest(_unb64(signature), hmac.new(_key(run), text.encode(), hashlib.sha256).digest()):
            return None
        return json.loads(_unb64(text.split(".")[1]))
    except (ValueError, IndexError):
        return None
