"""What a test changes in a running lab: one JSON file of "SUBJECT.NAME": "VALUE", read again when it changes."""

import json
import os
import tempfile

KNOWN = {
    # of every TLS host (SUBJECT = host name, or * for all)
    "throttle": "bytes a second for bodies",
    "status": "answer every request with this status",
    "cut": "end the connection after this many bytes of a body",
    "certificate": "good | wrong (same name, other authority)",
    "delay": "seconds before an answer",
    "match": "the four above only for paths that contain this text",
    "variant": "serve the files below variants/NAME first (frozen, other-key, rotated, two-keys, unsigned)",
    "redirect": "answer with 302 to this address",
    # of the public registry (SUBJECT = ghcr.io)
    "master": "first | next (the tag names another build)",
    "login": "none | token (as the real one: a token for nothing must be fetched first)",
    # of the gateway (SUBJECT = gateway)
    "pair": "ok | expired | used | 500-once | 500 | 409 | malformed",
    "first-user": "yes | no (loader download refused)",
    "attestation": "ok | out-of-date | revoked",
    "artefact": "good | truncated | wrong-signature",
    "clock-offset": "seconds that the clock of the gateway, or of ntp, is ahead of the host's",
    "poll-seconds": "how long /msg holds a request",
    "callback-url": "pretend that the callback of all users was changed to this",
    # of the certificate service (SUBJECT = pcs)
    "pcs-status": "answer certification requests with this status",
    "registered": "yes | no (nobody knows the platform: no certificate for it)",
    "tcb": "up-to-date | out-of-date | revoked (the level of the lab's platform)",
    "revoked": "platform (the PCK revocation list names its certificate)",
    "collateral": "good | expired | older (an earlier evaluation, still in date)",
    "lifetime": "seconds that TCB info and QE identity are good for from now",
    # of the quoting enclave's double (SUBJECT = quoting)
    "enclave": "good | other-signer | old-svn | debug",
    "quote": "good | replayed | tampered | other-platform | other-key | other-root",
    # of the callback handler (SUBJECT = callback)
    "action": "APPROVE | REJECT | RETRY | IGNORE | silent",
    "chain": "pinned | chain | other (which certificate the handler serves)",
}


class Switches:
    def __init__(self, run):
        self.path = os.path.join(run, "control", "switches.json")
        self._seen = None
        self._values = {}

    def _refresh(self):
        try:
            stat = os.stat(self.path)
        except FileNotFoundError:
            self._values = {}
            return
        if (stat.st_mtime_ns, stat.st_ino) != self._seen:
            with open(self.path) as f:
                self._values = json.load(f)
            self._seen = (stat.st_mtime_ns, stat.st_ino)

    def get(self, subject, name, default=None):
        self._refresh()
        return self._values.get(f"{subject}.{name}", self._values.get(f"*.{name}", default))

    def number(self, subject, name, default=0):
        value = self.get(subject, name)
        return default if value in (None, "") else int(value)

    def set(self, key, value):
        """value None removes the switch."""
        subject, _, name = key.rpartition(".")
        if not subject or name not in KNOWN:
            raise ValueError(f"unknown switch {key}; names are: " + ", ".join(sorted(KNOWN)))
        self._refresh()
        values = {**self._values, key: value}
        values = {k: v for k, v in values.items() if v is not None}
        os.makedirs(os.path.dirname(self.path), exist_ok=True)
        handle, scratch = tempfile.mkstemp(dir=os.path.dirname(self.path))
        with os.fdopen(handle, "w") as f:
            json.dump(values, f, indent=1, sort_keys=True)
        os.replace(scratch, self.path)

    def clear(self):
        if os.path.exists(self.path):
            os.remove(self.path)
