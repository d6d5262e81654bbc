"""OpenPGP keys of the lab's repositories, and signatures with them.

The Intel stand-in key is RSA-2048 and ends 110 days from now, because the real one is that near to its end; the
Docker stand-in key does not end; "other" is a key that nobody was told to trust. All were made 60 days ago (gpg is
told so), so that an index of the past can carry a signature of its own day.
"""

import json
import os
import shutil
import subprocess
import tempfile
import time
from datetime import datetime, timezone

_AGE_DAYS = 60
KEYS = {
    "intel": ("Simulation lab, packages (not Intel)", "170d"),
    "intel-next": ("Simulation lab, packages from next year on (not Intel)", "800d"),
    "docker": ("Simulation lab, engine (not Docker)", "0"),
    "other": ("Somebody else of the simulation lab", "460d"),
}


class Keyring:
    """The keys of one run, in DIR: NAME.asc (public, armoured), NAME.sec (secret), keys.json (fingerprints)."""

    def __init__(self, folder):
        self.folder = folder
        self._home = None
        self._table = os.path.join(folder, "keys.json")
        self.fingerprints, self._ends = self._known()
        missing = [name for name in KEYS if name not in self.fingerprints]
        if missing:
            self._create(missing)

    def _known(self):
        if not os.path.exists(self._table):
            return {}, {}
        with open(self._table) as f:
            known = json.load(f)
        return known["fingerprints"], known["ends"]

    def __enter__(self):
        # A short path: the agent's socket name must fit in 108 bytes.
        self._home = tempfile.mkdtemp(prefix="labgpg")
        for name in KEYS:
            self._gpg("--import", os.path.join(self.folder, name + ".sec"))
        return self

    def __exit__(self, *_):
        self._end(self._home)
        self._home = None

    @staticmethod
    def _end(home):
        subprocess.run(["gpgconf", "--homedir", home, "--kill", "all"], capture_output=True)
        shutil.rmtree(home, ignore_errors=True)

    def _gpg(self, *arguments, home=None, when=None):
        command = ["gpg", "--homedir", home or self._home, *(["--faked-system-time", f"{int(when)}!"] if when else []), "--batch", "--yes", "--quiet", "--no-tty",
                   "--pinentry-mode", "loopback", "--passphrase", ""]
        return subprocess.run([*command, *arguments], check=True, capture_output=True).stdout

    def _create(self, missing):
        os.makedirs(self.folder, mode=0o700, exist_ok=True)
        home = tempfile.mkdtemp(prefix="labgpg")
        try:
            for name in missing:
                user, expiry = KEYS[name]
                self._gpg("--quick-generate-key", user, "rsa2048", "sign", expiry, home=home,
                          when=time.time() - _AGE_DAYS * 86400)
                listing = self._gpg("--with-colons", "--list-keys", user, home=home).decode()
                self.fingerprints[name] = next(line.split(":")[9] for line in listing.splitlines() if line.startswith("fpr"))
                self._ends[name] = next(line.split(":")[6] for line in listing.splitlines() if line.startswith("pub"))
                for suffix, verb in (("asc", "--export"), ("sec", "--export-secret-keys")):
                    data = self._gpg("--armor", verb, self.fingerprints[name], home=home)
                    with open(os.path.join(self.folder, f"{name}.{suffix}"), "wb") as f:
                        f.write(data)
                os.chmod(os.path.join(self.folder, name + ".sec"), 0o600)
        finally:
            self._end(home)
        with open(self._table, "w") as f:
            json.dump({"fingerprints": self.fingerprints, "ends": self._ends}, f)

    def expiry(self, name):
        """ISO 8601 UTC; None for a key that does not end."""
        ends = self._ends[name]
        return datetime.fromtimestamp(int(ends), timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ") if ends else None

    def public(self, *names):
        """Armoured key block of one key or several in one file."""
        if len(names) == 1:
            with open(os.path.join(self.folder, names[0] + ".asc"), "rb") as f:
                return f.read()
        return self._gpg("--armor", "--export", *(self.fingerprints[n] for n in names))

    def sign_release(self, folder, key, when):
        """Write InRelease and Release.gpg beside folder/Release; when: the time that the signatures carry."""
        release = os.path.join(folder, "Release")
        user = ["--local-user", self.fingerprints[key], "--digest-algo", "SHA256"]
        self._gpg(*user, "--clearsign", "--output", os.path.join(folder, "InRelease"), release, when=when)
        self._gpg(*user, "--armor", "--detach-sign", "--output", release + ".gpg", release, when=when)
