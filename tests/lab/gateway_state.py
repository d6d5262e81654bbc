"""What the gateway's double knows: tokens used, devices, sessions. Dumped for assertions, without secrets."""

import json
import os
import secrets
import tempfile
import threading
import time


class State:
    def __init__(self, run):
        self.path = os.path.join(run, "state", "gateway.json")
        self.lock = threading.RLock()
        self.used = set()      # jti of tokens spent
        self.devices = {}      # userId -> device record
        self._refresh = {}     # refresh token -> userId
        self._access = {}      # access token -> userId
        self.nonces = {}       # deviceId -> challenge bytes
        self.pair_tries = 0
        self.attestations = 0
        self.dump()

    def pair(self, claims, request):
        """Record a pairing; (deviceId, refreshToken)."""
        with self.lock:
            user = claims["userId"]
            self.used.add(claims["jti"])
            refresh = secrets.token_urlsafe(24)
            self._refresh = {t: u for t, u in self._refresh.items() if u != user}
            self._refresh[refresh] = user
            self.devices[user] = {
                "deviceId": secrets.token_hex(16), "issued": claims["iat"], "firstUser": claims.get("firstUser", False),
                "physicalDeviceId": request.get("physicalDeviceId"), "version": request.get("version"),
                "kind": request.get("kind"), "recoveryPublicKey": request.get("recoveryPublicKey"),
                "callback": callback_fields(request), "attested": False, "publicKey": None, "paired": time.time(),
                "lastSeen": None, "transport": None, "workspace": "Lab workspace", "proxied": False}
            self.dump()
            return self.devices[user]["deviceId"], refresh

    def log_in(self, user, device, refresh):
        with self.lock:
            record = self.devices.get(user)
            if self._refresh.get(refresh) != user or not record or record["deviceId"] != device:
                return None
            access = secrets.token_urlsafe(24)
            self._access[access] = user
            return access

    def user_of(self, access):
        with self.lock:
            return self._access.get(access)

    def seen(self, user, transport):
        with self.lock:
            self.devices[user]["lastSeen"] = time.time()
            self.devices[user]["transport"] = transport
            self.dump()

    def dump(self):
        with self.lock:
            os.makedirs(os.path.dirname(self.path), exist_ok=True)
            document = {"devices": self.devices, "tokensUsed": len(self.used), "pairTries": self.pair_tries,
                        "attestations": self.attestations}
            handle, scratch = tempfile.mkstemp(dir=os.path.dirname(self.path))
            with os.fdopen(handle, "w") as f:
                json.dump(document, f, indent=1)
            os.replace(scratch, self.path)


def callback_fields(request):
    return {k: request.get(k) or "" for k in ("callbackUrl", "callbackPublicKey", "callbackCert", "callbackRootCA")}
