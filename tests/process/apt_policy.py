"""The machine's own apt on files that the program wrote (threats M1, M2, M5), in a private root, against a repository on loopback and
one in a folder: what is not the source's business is never a candidate, and weak settings of the host weaken nothing."""

import hashlib
import io
import json
import os
import shutil
import subprocess
import tarfile
import threading

import bad_server
import chrooted
import key_server
from run import require

HERE = os.path.dirname(os.path.abspath(__file__))
# name, version offered, version installed (none: not), candidate that is right
_PACKAGES = (("sudo", "99.0", "1.9.13", "1.9.13"), ("base-files", "99.0", "12.4", "12.4"), ("libsgx-enclave-common", "0.5", "2.20", "2.20"), ("sgx-aesm-service", "2.26", None, "2.26"),
             ("evil-helper", "1.0", None, "(none)"))
_hosts_lock = threading.Lock()
_agent_lock = threading.Lock()  # one test must not end the agent that signs for another


def _run(*words, **more):
    return subprocess.run(words, check=True, capture_output=True, timeout=300, **more).stdout


def _paragraph(name, version, path, data):
    return (f"Package: {name}\nVersion: {version}\nArchitecture: amd64\nMaintainer: STAND-IN\nDescription: STAND-IN\nFilename: {path}\nSize: {len(data)}\n"
            f"SHA256: {hashlib.sha256(data).hexdigest()}\n")


def _sign(shared, release, *gpg_home):
    home = gpg_home[0] if gpg_home else os.path.join(shared, "gpg")
    with _agent_lock:
        try:
            return _run("gpg", "--homedir", home, "--batch", "--pinentry-mode", "loopback", "--passphrase", "", "--clearsign", "--output", "-", input=release)
        finally:
            subprocess.run(["gpgconf", "--homedir", home, "--kill", "all"], capture_output=True, timeout=60)


def _repository(folder, shared, suite, home=None, signed=True):
    """dists and pool below `folder`, every index named by a signed Release."""
    pool, text = os.path.join(folder, "pool/main"), []
    os.makedirs(pool)
    for name, version, _, _ in _PACKAGES:
        data = f"content of {name}".encode()
        with open(os.path.join(pool, name + ".deb"), "wb") as f:
            f.write(data)
        text.append(_paragraph(name, version, f"pool/main/{name}.deb", data))
    index = "\n".join(text).encode()
    lists = os.path.join(folder, "dists", suite, "main/binary-amd64")
    os.makedirs(lists)
    with open(os.path.join(lists, "Packages"), "wb") as f:
        f.write(index)
    release = (f"Origin: Intel Corporation\nLabel: Intel SGX, local repo\nSuite: {suite}\nCodename: {suite}\nDate: Thu, 26 Nov 2026 00:00:00 UTC\nArchitectures: amd64\nComponents: main\n"
               f"SHA256:\n {hashlib.sha256(index).hexdigest()} {len(index)} main/binary-amd64/Packages\n").encode()
    top = os.path.join(folder, "dists", suite)
    with open(os.path.join(top, "InRelease" if signed else "Release"), "wb") as f:
        f.write(_sign(shared, release, *([home] if home else [])) if signed else release)


class Apt:
    """The machine's apt in a root of its own, with what the program wrote in `world`."""

    def __init__(self, world, name):
        self.world, self.root = world, world.root + "-" + name
        for folder in ("etc/apt/sources.list.d", "etc/apt/preferences.d", "etc/apt/keyrings", "etc/apt/apt.conf.d", "etc/apt/trusted.gpg.d", "var/lib/apt/lists/partial",
                       "var/cache/apt/archives/partial", "var/lib/dpkg", "var/log/apt"):
            os.makedirs(os.path.join(self.root, folder))
        os.chmod(self.root, 0o755)
        installed = "".join(f"Package: {name}\nStatus: install ok installed\nArchitecture: amd64\nVersion: {there}\nMaintainer: x\nDescription: x\n\n" for name, _, there, _ in _PACKAGES if there)
        self.put("var/lib/dpkg/status", installed)
        for name in ("sources.list.d/intel-sgx.sources", "preferences.d/intel-sgx", "keyrings/intel-sgx.gpg"):
            shutil.copy(world.path("etc/apt/" + name), os.path.join(self.root, "etc/apt", name))
        source = "etc/apt/sources.list.d/intel-sgx.sources"
        with open(os.path.join(self.root, source)) as f:
            text = f.read()
        require(f"Signed-By: /etc/apt/keyrings/intel-sgx.gpg,{_fingerprint(world)}" in text, f"the source does not name file and fingerprint:\n{text}")
        self.put(source, text.replace("/etc/apt/keyrings/", self.root + "/etc/apt/keyrings/").replace("file:/opt/", f"file:{world.root}/opt/"))

    def put(self, name, text):
        with open(os.path.join(self.root, name), "w") as f:
            f.write(text)

    def call(self, program, *words, settings=(), configuration=None):
        """`configuration`: a file of the host's own settings; those of the machine that the tests run on are read before it."""
        ours = (f"Dir={self.root}", f"Dir::State::status={self.root}/var/lib/dpkg/status", "Dir::Bin::Methods=/usr/lib/apt/methods", "Dir::Bin::dpkg=/usr/bin/dpkg", "APT::Architecture=amd64",
                "APT::Sandbox::User=root", f"Acquire::https::CaInfo={bad_server.shared_folder(self.world)}/ca.pem", "Acquire::Retries=0")
        arguments = [program] + [word for setting in (*settings, *ours) for word in ("-o", setting)] + list(words)
        variables = {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL": "C", **({"APT_CONFIG": configuration} if configuration else {})}
        done = subprocess.run(arguments, capture_output=True, timeout=300, env=variables)
        return done.returncode, (done.stdout + done.stderr).decode(errors="replace")

    def candidates(self):
        out = {}
        for name, *_ in _PACKAGES:
            code, text = self.call("apt-cache", "policy", name)
            require(code == 0, f"policy of {name}: {text[-500:]}")
            line = next((line for line in text.splitlines() if "Candidate:" in line), "Candidate: (none)")
            out[name] = line.split(":", 1)[1].strip()
        return out


def _fingerprint(world):
    return json.loads(world.text("root/lab/profile.json"))["keys"]["intel-sgx"][0]["fingerprint"]


class Served:
    """The files of a folder under the package source's real name, for this machine's apt: its hosts file is another one meanwhile."""

    def __init__(self, world, folder):
        def answer(handler):
            path = os.path.join(folder, os.path.relpath(handler.path, "/intel-sgx/sgx_repo/ubuntu"))
            good = ".." not in path and os.path.isfile(path)
            data = open(path, "rb").read() if good else b""
            bad_server.whole(data, 200 if good else 404)(handler)
        self._server = bad_server.BadServer(world, bad_server.shared_folder(world), answer)
        _hosts_lock.acquire()
        subprocess.run(["mount", "--bind", world.path("etc/hosts"), "/etc/hosts"], check=True)

    def close(self):
        subprocess.run(["umount", "/etc/hosts"], check=True)
        _hosts_lock.release()
        self._server.close()


_RIGHT = {name: right for name, _, _, right in _PACKAGES}


def _judge(apt):
    require(apt.candidates() == _RIGHT, f"candidates: {apt.candidates()}\nwanted: {_RIGHT}")
    pins = os.path.join(apt.root, "etc/apt/preferences.d/intel-sgx")
    with open(pins) as f:
        text = f.read()
    require(all(int(line.split(":")[1]) < 1000 for line in text.splitlines() if line.startswith("Pin-Priority")), f"a pin of 1000 or more:\n{text}")
    os.unlink(pins)
    without = apt.candidates()
    require(without["sudo"] == "99.0" and without["evil-helper"] == "1.0", f"without the pins nothing would be wrong either, so nothing was tried: {without}")
    return text


def online_source(world):
    require(chrooted.setup(world, "--until", "apt-repo").code == 0, "the first run does not converge")
    folder = bad_server.own_folder(world, "repository")
    _repository(folder, bad_server.shared_folder(world), "jammy")
    served = Served(world, folder)
    try:
        apt = Apt(world, "apt")
        code, text = apt.call("apt-get", "update")
        require(code == 0 and "Err:" not in text and "W:" not in text, f"apt does not take the source as it was written: {code}\n{text[-1500:]}")
        pins = _judge(apt)
    finally:
        served.close()
    require("Pin: origin download.01.org" in pins, pins)


def signed_by_another(world):
    """The repository is signed by another key, which also stands in the keyring file: file and fingerprint together refuse it."""
    require(chrooted.setup(world, "--until", "apt-repo").code == 0, "the first run does not converge")
    other_home = bad_server.own_folder(world, "other")
    other, _ = key_server.make_signing_key(other_home)
    folder = bad_server.own_folder(world, "repository")
    _repository(folder, bad_server.shared_folder(world), "jammy", os.path.join(other_home, "gpg"))
    served = Served(world, folder)
    try:
        apt = Apt(world, "apt")
        ring = os.path.join(apt.root, "etc/apt/keyrings/intel-sgx.gpg")
        with open(ring, "ab") as f:
            f.write(_run("gpg", "--dearmor", "--output", "-", input=other))
        code, text = apt.call("apt-get", "update")
        require(code != 0 and apt.candidates()["sgx-aesm-service"] == "(none)", f"a second key's signature is accepted: {code}\n{text[-900:]}")
        source = "etc/apt/sources.list.d/intel-sgx.sources"
        with open(os.path.join(apt.root, source)) as f:
            alone = f.read().replace("," + _fingerprint(world), "")
        apt.put(source, alone)
        code, text = apt.call("apt-get", "update")
        require(code == 0 and apt.candidates()["sgx-aesm-service"] == "2.26", f"without the fingerprint it would be refused too, so nothing was tried: {text[-900:]}")
    finally:
        served.close()


_WEAK = """APT::Get::AllowUnauthenticated "true";
Acquire::AllowInsecureRepositories "true";
Acquire::AllowWeakRepositories "true";
Acquire::AllowDowngradeToInsecureRepositories "true";
Acquire::https::Verify-Peer "false";
Acquire::https::Verify-Host "false";
Acquire::Check-Valid-Until "false";
"""


def weak_settings(world):
    """The options of the program's own call, as a child got them, before a configuration that allows everything."""
    world.put("usr/bin/apt-get.real", open(os.path.join(HERE, "commands/apt-get")).read(), 0o755)
    world.put("usr/bin/apt-get", '#!/bin/sh\nfor word in "$@"; do echo "$word"; done >>/var/lib/lab/words\nexec /usr/bin/apt-get.real "$@"\n', 0o755)
    require(chrooted.setup(world, "--until", "apt-repo").code == 0, "the first run does not converge")
    words = world.text("var/lib/lab/words").splitlines()
    settings = [words[at + 1] for at, word in enumerate(words[:-1]) if word == "-o" and not words[at + 1].startswith(("APT::Status-Fd", "Dir::", "DPkg::", "Dpkg::"))]
    require(len(settings) >= 6, f"the call has few options: {words}")
    folder = bad_server.own_folder(world, "repository")
    _repository(folder, bad_server.shared_folder(world), "jammy", signed=False)
    served = Served(world, folder)
    try:
        for by_program in (True, False):
            apt = Apt(world, f"apt-{by_program}")
            apt.put("etc/apt/apt.conf.d/99weak", _WEAK)
            # With Signed-By an unsigned source is refused whatever is set; what is tried here is the options alone.
            source = "etc/apt/sources.list.d/intel-sgx.sources"
            with open(os.path.join(apt.root, source)) as f:
                lines = [line for line in f if not line.startswith("Signed-By")]
            apt.put(source, "".join(lines))
            code, text = apt.call("apt-get", "update", settings=settings if by_program else (), configuration=os.path.join(apt.root, "etc/apt/apt.conf.d/99weak"))
            taken = apt.candidates()["sgx-aesm-service"] == "2.26"
            require(taken != by_program, f"{'our options do not override' if by_program else 'the weak settings alone would refuse too, so nothing was tried'}: {code}\n{text[-900:]}")
            require(not by_program or code != 0, f"our update of an unsigned source ends with 0:\n{text[-900:]}")
    finally:
        served.close()
    world.put("usr/bin/apt-get", open(os.path.join(HERE, "commands/apt-get")).read(), 0o755)
    # Found on the machine they stop the stage before anything of the source is written.
    for text in _WEAK.splitlines()[:5]:
        subprocess.run(["rm", "-f", world.path("etc/apt/sources.list.d/intel-sgx.sources")], check=True)
        world.put("etc/apt/apt.conf.d/99weak", text + "\n")
        done = chrooted.setup(world, "--until", "apt-repo")
        require(done.code == 12 and "apt.host_settings_weak" in done.out + done.err and "99weak line 1" in done.out + done.err, f"{text}: {done.code}: {done.err[-500:]}{done.out[-300:]}")
        require(not os.path.exists(world.path("etc/apt/sources.list.d/intel-sgx.sources")), f"{text}: the source was written")
    os.unlink(world.path("etc/apt/apt.conf.d/99weak"))
    require(chrooted.setup(world, "--until", "apt-repo").code == 0, "without them the run does not end with 0")
    return f"{len(settings)} options"


def local_source(world):
    """Debian's way: the archive unpacked by the program, read by apt from its folder."""
    world.put("etc/os-release", 'PRETTY_NAME="Debian GNU/Linux 12 (bookworm)"\nNAME="Debian GNU/Linux"\nID=debian\nVERSION_ID="12"\nVERSION_CODENAME=bookworm\n')
    folder = bad_server.own_folder(world, "repository")
    _repository(folder, bad_server.shared_folder(world), "bookworm")
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w:gz") as archive:
        archive.add(folder, "sgx_debian_local_repo")
    files = {bad_server.KEY_PATH: bad_server.served_key(), "tgz": packed.getvalue()}
    server = bad_server.BadServer(world, bad_server.shared_folder(world), lambda h: bad_server.whole(files["tgz" if h.path.endswith(".tgz") else h.path])(h))
    try:
        done = chrooted.setup(world, "--until", "apt-repo")
        require(os.path.exists(world.path("etc/apt/preferences.d/intel-sgx")) and os.path.exists(world.path("etc/apt/sources.list.d/intel-sgx.sources")),
                f"no source was written: {done.code}\n{done.out[-900:]}{done.err[-900:]}")
    finally:
        server.close()
    apt = Apt(world, "apt")
    code, text = apt.call("apt-get", "update")
    require(code == 0, f"apt does not take the folder as it was written: {text[-1200:]}")
    # The unpacked folder holds the source's own packages only; the index still names the others.
    pins = _judge(apt)
    require("Pin: release o=Intel" in pins, pins)


CASES = (
    ("this machine's apt takes from the online source what was named, and neither sudo nor an older package", online_source),
    ("this machine's apt takes from the unpacked archive what was named, and neither sudo nor an older package", local_source),
    ("this machine's apt refuses a repository that a second key of the keyring signed", signed_by_another),
    ("settings of the host that allow everything are overridden by every call, and stop the stage", weak_settings),
)
