"""Double of the mobile gateway (all three environments' names).

  python3 gateway.py RUN_DIR PORT

Calls and meanings: README.md, "The gateway". State is in memory, dumped to state/gateway.json after each change.
"""

import base64
import hashlib
import json
import os
import secrets
import subprocess
import sys
import time

import enclaves
import tokens
from gateway_state import State, callback_fields
from switches import Switches
from tls_server import Certificates, Handler, Server


class Refused(Exception):
    def __init__(self, status, message, code, **more):
        super().__init__(message)
        self.status, self.document = status, {"message": message, "code": code, **more}


def check_callback(fields):
    """Which field a gateway would not take; its own, simple rules."""
    url = fields["callbackUrl"]
    if url and not url.startswith(("https://", "http://")):
        raise Refused(422, "callbackUrl is not a URL", 4220, field="callbackUrl")
    for name, mark in (("callbackPublicKey", "PUBLIC KEY"), ("callbackCert", "CERTIFICATE"), ("callbackRootCA", "CERTIFICATE")):
        if fields[name] and f"-----BEGIN {mark}-----" not in fields[name]:
            raise Refused(422, f"{name} is not PEM", 4221, field=name)


def der_of(pem):
    result = subprocess.run(["openssl", "pkey", "-pubin", "-outform", "DER"], input=pem.encode(), capture_output=True)
    return result.stdout if result.returncode == 0 else b""


class Gateway(Handler):
    def handle_request(self):
        self.state = self.server.state
        try:
            self._route()
        except Refused as refusal:
            self.answer_json(refusal.status, refusal.document)

    def _route(self):
        path, method = self.plain_path, self.command
        table = {
            ("GET", "/healthz"): lambda: self.answer_json(200, {"status": "ok", "standIn": True}),
            ("HEAD", "/healthz"): lambda: self.answer_json(200, {}),
            ("GET", "/"): lambda: self.answer_json(200, {"standIn": True}),
            ("HEAD", "/"): lambda: self.answer_json(200, {}),
            ("POST", "/pair_device"): self._pair,
            ("POST", "/access_token"): self._access_token,
            ("POST", "/attestation/challenge"): self._challenge,
            ("POST", "/attestation/quote"): self._quote,
            ("GET", "/enclave/loader"): lambda: self._enclave("loader"),
            ("GET", "/enclave/main"): lambda: self._enclave("main"),
            ("GET", "/devices"): self._devices,
            ("GET", "/msg"): self._messages,
            ("PUT", "/msg"): lambda: self.answer_json(200, {}),
            ("GET", "/get_service_certificates"): lambda: self._with_user() and self.answer_json(200, {}),
        }
        if (method, path) in table:
            table[(method, path)]()
        elif method == "PUT" and path.startswith("/devices/") and path.endswith("/callback"):
            self._callback(path.split("/")[2])
        else:
            raise Refused(404, "no such call", 4040)

    def _switch(self, name, default):
        return self.server.switches.get("gateway", name, default)

    def _json(self):
        try:
            document = json.loads(self.body())
        except ValueError:
            document = None
        if not isinstance(document, dict):
            raise Refused(400, "malformed request", 4000)
        return document

    def _with_user(self):
        user = self.state.user_of(self.headers.get("x-access-token") or "")
        if user is None:
            raise Refused(401, "access token missing or revoked, re-enrol", 4010)
        return user

    def _pair_switch(self):
        mode = self._switch("pair", "ok")
        with self.state.lock:
            self.state.pair_tries += 1
            first = self.server.mode_seen != mode
            self.server.mode_seen = mode
        self.state.dump()
        if mode == "500" or (mode == "500-once" and first):
            raise Refused(500, "internal error", 5000)
        refusals = {"expired": (410, "pairing token expired", 4100), "used": (401, "pairing token already used", 4011),
                    "409": (409, "user is already paired", 4090), "malformed": (400, "malformed request", 4000)}
        if mode in refusals:
            raise Refused(*refusals[mode])

    def _pair(self):
        request = self._json()
        self._pair_switch()
        claims = tokens.read(self.server.run_folder, str(request.get("pairingToken") or ""))
        if claims is None or request.get("userId") != claims["userId"] or not request.get("physicalDeviceId"):
            raise Refused(400, "malformed pairing request", 4001)
        now = time.time() + self.server.switches.number("gateway", "clock-offset")
        if claims["exp"] < now:
            raise Refused(500, "internal error", 5001)  # as the original: an expired token is a 500
        if claims["jti"] in self.state.used:
            raise Refused(401, "pairing token already used", 4011)
        known = self.state.devices.get(claims["userId"])
        if known and claims["iat"] <= known["issued"]:
            raise Refused(409, "user is already paired", 4090)  # a token issued later is a re-enrolment
        check_callback(callback_fields(request))
        device, refresh = self.state.pair(claims, request)
        self.answer_json(200, {"deviceId": device, "refreshToken": refresh, "workspace": "Lab workspace"})

    def _access_token(self):
        request = self._json()
        access = self.state.log_in(request.get("userId"), request.get("deviceId"), request.get("refreshToken"))
        if access is None:
            raise Refused(401, "device is revoked, re-enrol the user", 4012)
        self.answer_json(200, {"accessToken": access, "expiresIn": 3600})

    def _challenge(self):
        user = self._with_user()
        nonce = secrets.token_bytes(32)
        with self.state.lock:
            self.state.nonces[user] = nonce
        self.answer_json(200, {"nonce": base64.b64encode(nonce).decode(), "expiresIn": 300})

    def _quote(self):
        user, request = self._with_user(), self._json()
        mode = self._switch("attestation", "ok")
        if mode != "ok":
            status = {"out-of-date": "OutOfDate", "revoked": "Revoked"}.get(mode, mode)
            raise Refused(403, "update firmware and microcode, then attest again", 4030, tcbStatus=status)
        with self.state.lock:
            nonce = self.state.nonces.pop(user, None)
        try:
            quote = base64.b64decode(request.get("quote") or "", validate=True)
        except ValueError:
            quote = b""
        wanted = hashlib.sha256((nonce or b"") + der_of(request.get("publicKey") or "")).digest() + bytes(32)
        if nonce is None or quote[:2] != b"\x03\x00" or quote[368:432] != wanted:
            raise Refused(403, "report data does not match the challenge", 4031, tcbStatus="Mismatch")
        with self.state.lock:
            self.state.attestations += 1
            self.state.devices[user].update(attested=True, publicKey=request["publicKey"])
            self.state.dump()
        self.answer_json(200, {"verdict": "accepted", "tcbStatus": "UpToDate", "advisories": [],
                               "sealedDbKey": base64.b64encode(secrets.token_bytes(32)).decode()})

    def _enclave(self, kind):
        user = self._with_user()
        if kind == "loader" and (self._switch("first-user", "yes") == "no" or not self.state.devices[user]["firstUser"]):
            raise Refused(401, "user may not initialise a machine", 4013)
        data, signature = enclaves.load(self.server.run_folder, kind)
        mode = self._switch("artefact", "good")
        if mode == "truncated":
            data = data[:len(data) // 2]
        if mode == "wrong-signature":
            signature = signature[:-1] + bytes([signature[-1] ^ 1])
        digest = base64.b64encode(hashlib.sha256(data).digest()).decode()
        self.answer(200, data, {"Content-Type": "application/octet-stream", "Digest": "sha-256=" + digest,
                                "X-Signature": base64.b64encode(signature).decode()})

    def _callback(self, target):
        if self._with_user() != target:
            raise Refused(401, "another user's callback", 4014)
        fields = callback_fields(self._json())
        check_callback(fields)
        with self.state.lock:
            self.state.devices[target]["callback"] = fields
            self.state.dump()
        self.answer_json(200, {})

    def _devices(self):
        self._with_user()
        changed = self._switch("callback-url", None)
        with self.state.lock:
            answer = [{"workspace": d["workspace"], "userId": user, "callbackUrl": changed or d["callback"]["callbackUrl"],
                       "status": "READY" if d["attested"] else "PENDING_DEVICE_SETUP", "lastSeen": d["lastSeen"]}
                      for user, d in self.state.devices.items()]
        self.answer_json(200, answer)

    def _messages(self):
        user = self._with_user()
        self.state.seen(user, self.headers.get("X-Transport"))
        time.sleep(self.server.switches.number("gateway", "poll-seconds", 10))
        self.answer_json(200, [])


def main():
    run, port = sys.argv[1], int(sys.argv[2])
    switches = Switches(run)
    certificates = Certificates(os.path.join(run, "pki"), lambda name: switches.get(name, "certificate", "good"))
    server = Server(port, Gateway, run, "gateway", switches, certificates, "localhost")
    server.state, server.mode_seen = State(run), None
    server.serve_forever()


if __name__ == "__main__":
    main()
