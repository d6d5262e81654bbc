"""The signed repositories of the lab below the folder that web.py serves.

  www/download.01.org/intel-sgx/sgx_repo/ubuntu           suites focal, jammy, noble; key file intel-sgx-deb.key
  www/download.01.org/intel-sgx/latest/dcap-latest/…      Debian 12's local-repository tarball, its own signed index
  www/download.docker.com/linux/{debian,ubuntu}           component stable; key file gpg
  variants/NAME/HOST/…                                    the same paths, spoiled: served while HOST.variant=NAME
"""

import gzip
import hashlib
import os
import shutil
import subprocess
import sys
import tarfile
from datetime import datetime, timedelta, timezone

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "packages"))

import build  # noqa: E402
import rewrap  # noqa: E402

INTEL = "download.01.org"
DOCKER = "download.docker.com"
UBUNTU_PATH = "intel-sgx/sgx_repo/ubuntu"
TARBALL_FOLDER = "intel-sgx/latest/dcap-latest/linux/distro/Debian12"
TARBALL = TARBALL_FOLDER + "/sgx_debian_local_repo.tgz"
FROZEN_DAYS = 40
UBUNTU_SUITES = ("focal", "jammy", "noble")
# The day after a change of keys: the new one alone in the key file, and on an index that is later than the former one.
ROTATED, ROTATED_KEY, LATER = "rotated", "intel-next", timedelta(minutes=5)


class Suite:
    """One dists/SUITE: where its packages lie, and what its Release file says."""

    def __init__(self, codename, component, pool, pool_path, origin):
        self.codename, self.component, self.origin = codename, component, origin
        self.pool, self.pool_path = pool, pool_path  # folder of packages; its path inside the repository


def _packages_text(suite):
    out = subprocess.run(["apt-ftparchive", "packages", suite.codename], cwd=os.path.dirname(suite.pool),
                         check=True, capture_output=True, text=True).stdout
    return out.replace(f"Filename: {suite.codename}/", f"Filename: {suite.pool_path}/").encode()


def _release_text(suite, files, when):
    lines = [f"Origin: {suite.origin}", f"Label: {suite.origin}", f"Suite: {suite.codename}",
             f"Codename: {suite.codename}", "Date: " + when.strftime("%a, %d %b %Y %H:%M:%S UTC"),
             "Architectures: amd64", f"Components: {suite.component}",
             "Description: STAND-IN of a simulation lab", "SHA256:"]
    for name, data in files.items():
        lines.append(f" {hashlib.sha256(data).hexdigest()} {len(data)} {name}")
    return "\n".join(lines) + "\n"


def write_suite(repository, suite, keyring, key, when, packages):
    """repository/dists/CODENAME with its index and, when key is given, both signatures."""
    base = f"{suite.component}/binary-amd64"
    files = {f"{base}/Packages": packages, f"{base}/Packages.gz": gzip.compress(packages, mtime=0)}
    folder = os.path.join(repository, "dists", suite.codename)
    os.makedirs(os.path.join(folder, base), exist_ok=True)
    for name, data in files.items():
        with open(os.path.join(folder, name), "wb") as f:
            f.write(data)
    with open(os.path.join(folder, "Release"), "w") as f:
        f.write(_release_text(suite, files, when))
    if key:
        keyring.sign_release(folder, key, when.timestamp())


def _link_pool(repository, suite):
    target = os.path.join(repository, suite.pool_path)
    os.makedirs(os.path.dirname(target), exist_ok=True)
    if not os.path.islink(target):
        os.symlink(suite.pool, target)


def _put(root, host, path, data):
    target = os.path.join(root, host, path)
    os.makedirs(os.path.dirname(target), exist_ok=True)
    with open(target, "wb") as f:
        f.write(data)


def _tarball(out, suite, keyring, key, packages, shipped_key, when):
    """The Debian tarball; key None leaves its index unsigned."""
    work = out + ".work"
    repository = os.path.join(work, "sgx_debian_local_repo")
    write_suite(repository, suite, keyring, key, when, packages)
    _put(work, "sgx_debian_local_repo", "keys/intel-sgx.key", shipped_key)
    shutil.copytree(suite.pool, os.path.join(repository, suite.pool_path))
    os.makedirs(os.path.dirname(out), exist_ok=True)
    with tarfile.open(out, "w:gz", compresslevel=1, format=tarfile.GNU_FORMAT) as tar:
        tar.add(repository, "sgx_debian_local_repo", filter=_as_root)
    shutil.rmtree(work)


def _as_root(member):
    member.uid = member.gid = 0
    member.uname = member.gname = "root"
    return member


def _make_intel(run, keyring, now):
    www, variants, pools = os.path.join(run, "www"), os.path.join(run, "variants"), build.pools()
    for codename in UBUNTU_SUITES:
        suite = Suite(codename, "main", os.path.join(pools, codename), f"pool/main/{codename}", "Intel Corporation (lab)")
        packages = _packages_text(suite)
        repository = os.path.join(www, INTEL, UBUNTU_PATH)
        write_suite(repository, suite, keyring, "intel", now, packages)
        _link_pool(repository, suite)
        for variant, key, when in (("frozen", "intel", now - timedelta(days=FROZEN_DAYS)), ("other-key", "other", now),
                                   ("two-keys", "other", now), (ROTATED, ROTATED_KEY, now + LATER)):
            write_suite(os.path.join(variants, variant, INTEL, UBUNTU_PATH), suite, keyring, key, when, packages)
    key_path = UBUNTU_PATH + "/intel-sgx-deb.key"
    _put(www, INTEL, key_path, keyring.public("intel"))
    _put(os.path.join(variants, "other-key"), INTEL, key_path, keyring.public("other"))
    _put(os.path.join(variants, ROTATED), INTEL, key_path, keyring.public(ROTATED_KEY))
    _put(os.path.join(variants, "two-keys"), INTEL, key_path, keyring.public("intel", "other"))
    _make_tarballs(www, variants, pools, keyring, now)


def _make_tarballs(www, variants, pools, keyring, now):
    suite = Suite("bookworm", "main", os.path.join(pools, "bookworm"), "pool/main", "Intel Corporation (lab, local repository)")
    packages = _packages_text(suite)
    for variant, key, shipped, when in ((None, "intel", "intel", now), ("unsigned", None, "intel", now), ("other-key", "other", "other", now),
                                        (ROTATED, ROTATED_KEY, ROTATED_KEY, now + LATER),
                                        ("frozen", "intel", "intel", now - timedelta(days=FROZEN_DAYS))):
        root = os.path.join(variants, variant) if variant else www
        _tarball(os.path.join(root, INTEL, TARBALL), suite, keyring, key, packages, keyring.public(shipped), when)
    _put(www, INTEL, "intel-sgx/latest/version.xml",
         b"<latest><linux>2.26</linux><dcap>1.23</dcap></latest>\n")


def _make_docker(run, keyring, now):
    pools = rewrap.pools()
    for system, suites in (("debian", ("bookworm",)), ("ubuntu", ("jammy", "noble"))):
        for root, key in ((os.path.join(run, "www"), "docker"), (os.path.join(run, "variants", "other-key"), "other")):
            repository = os.path.join(root, DOCKER, "linux", system)
            for codename in suites:
                suite = Suite(codename, "stable", os.path.join(pools, codename), f"dists/{codename}/pool/stable/amd64",
                              "Docker (lab)")
                write_suite(repository, suite, keyring, key, now, _packages_text(suite))
                _link_pool(repository, suite)
            _put(root, DOCKER, f"linux/{system}/gpg", keyring.public(key))


def make(run, keyring):
    """Everything of this module's head below run/www and run/variants; entered keyring."""
    now = datetime.now(timezone.utc) - timedelta(minutes=10)  # a guest's clock may be a little behind
    _make_intel(run, keyring, now)
    _make_docker(run, keyring, now)
