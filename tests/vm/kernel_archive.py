"""A package source with the newer kernel that Debian 11's security suite used to offer.

The archives no longer hold that suite as a whole. The package's name is the suite's own; what it
brings is Debian 12's cloud kernel, unchanged, which installs on Debian 11 with the tools there:
real links, a real initrd, a real reboot. Signed by a key made for this one folder.
"""
import hashlib
import os
import pathlib
import re
import subprocess

NAME = "linux-image-6.1-cloud-amd64"
FOLDER = "srv/newer-kernel"
SUITE = "bullseye-newer-kernel"
KEYRING = "usr/share/keyrings/newer-kernel.gpg"
SOURCE = f"Types: deb\nURIs: file:/{FOLDER}\nSuites: {SUITE}\nComponents: main\nSigned-By: /{KEYRING}\n"
SOURCE_FILE = "etc/apt/sources.list.d/newer-kernel.sources"


def _control(deb: pathlib.Path) -> str:
    return subprocess.run(["dpkg-deb", "-f", str(deb)], check=True, capture_output=True, text=True).stdout


def _name_package(work: pathlib.Path, pool: pathlib.Path, kernel: pathlib.Path):
    """The package that names the newest kernel of the series."""
    fields = dict(re.findall(r"^(Package|Version): (.*)$", _control(kernel), re.M))
    tree = work / "name"
    (tree / "DEBIAN").mkdir(mode=0o755, parents=True)
    (tree / "DEBIAN/control").write_text(
        f"Package: {NAME}\nVersion: {fields['Version']}~deb11u1\nArchitecture: amd64\nSection: kernel\nPriority: optional\n"
        f"Maintainer: Lab <lab@lab.example>\nDepends: {fields['Package']}\n"
        "Description: SIMULATION: stands in for Debian 11's package of this name\n", encoding="utf-8")
    subprocess.run(["dpkg-deb", "--root-owner-group", "-b", str(tree), str(pool)], check=True, stdout=subprocess.DEVNULL)


def _packages(base: pathlib.Path) -> bytes:
    entries = []
    for deb in sorted((base / "pool").glob("*.deb")):
        content = deb.read_bytes()
        entries.append(f"{_control(deb).rstrip()}\nFilename: pool/{deb.name}\nSize: {len(content)}\n"
                       f"SHA256: {hashlib.sha256(content).hexdigest()}\n")
    return "\n".join(entries).encode()


def _sign(work: pathlib.Path, dists: pathlib.Path, keyring: pathlib.Path):
    home = work / "gnupg"
    home.mkdir(mode=0o700)
    gpg = ["gpg", "--homedir", str(home), "--batch", "--quiet", "--pinentry-mode", "loopback", "--passphrase", ""]
    try:
        subprocess.run([*gpg, "--quick-generate-key", "Lab kernels <lab@lab.example>", "rsa3072", "sign", "never"], check=True)
        subprocess.run([*gpg, "--clearsign", "-o", str(dists / "InRelease"), str(dists / "Release")], check=True)
        keyring.write_bytes(subprocess.run([*gpg, "--export"], check=True, capture_output=True).stdout)
    finally:
        subprocess.run(["gpgconf", "--homedir", str(home), "--kill", "all"], check=False)


def make(work: pathlib.Path, overlay: pathlib.Path, kernel: pathlib.Path):
    """Writes the source, its key and its entry below `overlay`; `kernel` is the kernel's package."""
    base = overlay / FOLDER
    dists = base / "dists" / SUITE
    index = dists / "main/binary-amd64/Packages"
    for folder in (base / "pool", index.parent, (overlay / KEYRING).parent, (overlay / SOURCE_FILE).parent):
        folder.mkdir(mode=0o755, parents=True)
    os.link(kernel, base / "pool" / kernel.name)
    _name_package(work, base / "pool", kernel)
    content = _packages(base)
    index.write_bytes(content)
    (dists / "Release").write_text(
        f"Origin: Lab\nLabel: SIMULATION\nSuite: {SUITE}\nCodename: {SUITE}\nArchitectures: amd64\nComponents: main\n"
        "Date: Sat, 12 Sep 2026 09:00:00 UTC\n"
        f"SHA256:\n {hashlib.sha256(content).hexdigest()} {len(content)} main/binary-amd64/Packages\n", encoding="ascii")
    _sign(work, dists, overlay / KEYRING)
    (overlay / SOURCE_FILE).write_text(SOURCE, encoding="ascii")
