"""Debian's engine under the names of Docker's own source: docker-ce, docker-ce-cli, containerd.io.

The contents are the distribution's (fetched by this machine's own apt), the control data and maintainer scripts
are ours: a package that carried docker.io's scripts would call itself docker.io. Kept in the cache.
"""

import os
import shutil
import subprocess

import cache

HERE = os.path.dirname(os.path.abspath(__file__))
_SOURCES = ("docker.io", "containerd", "runc")
SUITES = {"bookworm": "debian.12", "jammy": "ubuntu.22.04", "noble": "ubuntu.24.04"}

_ENABLE = """#!/bin/sh
set -e
if [ "$1" = configure ]; then
    {before}
    if command -v deb-systemd-helper >/dev/null; then
        deb-systemd-helper enable {units} >/dev/null || true
    fi
    if [ -d /run/systemd/system ]; then
        systemctl --system daemon-reload || true
        systemctl start {units} || true
    fi
fi
"""
_STOP = """#!/bin/sh
set -e
if [ "$1" = remove ] && [ -d /run/systemd/system ]; then
    systemctl stop {units} || true
    systemctl disable {units} || true
fi
"""
_GROUP = "getent group docker >/dev/null || addgroup --system docker"

_PACKAGES = {
    "containerd.io": dict(
        version="1.6.20", depends="libc6 (>= 2.34), libseccomp2 (>= 2.5.0)", units="containerd.service", before=":",
        relations=["Provides: containerd, runc", "Conflicts: containerd, runc", "Replaces: containerd, runc"]),
    "docker-ce-cli": dict(
        version="5:20.10.24", depends="libc6 (>= 2.34)", units=None, before=None,
        relations=["Conflicts: docker.io", "Replaces: docker.io"]),
    "docker-ce": dict(
        version="5:20.10.24", units="docker.socket docker.service", before=_GROUP,
        depends="containerd.io, docker-ce-cli, iptables, libc6 (>= 2.34), libdevmapper1.02.1, libsystemd0, adduser, tini",
        relations=["Conflicts: docker.io", "Replaces: docker.io", "Recommends: apparmor, ca-certificates"]),
}


def _fetch(folder):
    subprocess.run(["apt-get", "download", "-q", *_SOURCES], cwd=folder, check=True, capture_output=True)
    trees = {}
    for name in _SOURCES:
        deb = next(f for f in os.listdir(folder) if f.startswith(name + "_"))
        trees[name] = os.path.join(folder, name)
        subprocess.run(["dpkg-deb", "-x", os.path.join(folder, deb), trees[name]], check=True)
    return trees


def _move(tree, path, target):
    destination = os.path.join(target, path)
    os.makedirs(os.path.dirname(destination), exist_ok=True)
    shutil.move(os.path.join(tree, path), destination)


def _split(trees, folder):
    """Folders of the three packages' contents, without the parts nobody needs."""
    out = {name: os.path.join(folder, name) for name in _PACKAGES}
    for path in ("etc/init.d", "usr/share", "usr/bin/dnet", "usr/sbin/ovrouter"):
        for tree in trees.values():
            full = os.path.join(tree, path)
            shutil.rmtree(full) if os.path.isdir(full) else os.path.exists(full) and os.remove(full)
    _move(trees["docker.io"], "usr/bin/docker", out["docker-ce-cli"])
    shutil.move(trees["docker.io"], out["docker-ce"])
    shutil.copytree(trees["containerd"], out["containerd.io"], symlinks=True)
    shutil.copytree(trees["runc"], out["containerd.io"], symlinks=True, dirs_exist_ok=True)
    return out


def _script(tree, name, text):
    path = os.path.join(tree, "DEBIAN", name)
    with open(path, "w") as f:
        f.write(text)
    os.chmod(path, 0o755)


def _pack(name, tree, suite, target):
    data = _PACKAGES[name]
    version = f"{data['version']}-1~{SUITES[suite]}~{suite}"
    os.makedirs(os.path.join(tree, "DEBIAN"), exist_ok=True)
    control = [f"Package: {name}", f"Version: {version}", "Architecture: amd64", "Section: admin", "Priority: optional",
               "Maintainer: Simulation lab <lab@lab.example>", f"Depends: {data['depends']}", *data["relations"],
               "Description: the distribution's engine re-wrapped for a simulation lab"]
    with open(os.path.join(tree, "DEBIAN", "control"), "w") as f:
        f.write("\n".join(control) + "\n")
    if data["units"]:
        _script(tree, "postinst", _ENABLE.format(**data))
        _script(tree, "prerm", _STOP.format(**data))
    conffiles = [f"/{p}" for p in ("etc/default/docker", "etc/containerd/config.toml") if os.path.exists(os.path.join(tree, p))]
    if conffiles:
        with open(os.path.join(tree, "DEBIAN", "conffiles"), "w") as f:
            f.write("\n".join(conffiles) + "\n")
    subprocess.run(["dpkg-deb", "--root-owner-group", "-Zgzip", "-z1", "-b", tree, target], check=True,
                   capture_output=True, env={**os.environ, "SOURCE_DATE_EPOCH": "1767225600"})


def _make(out):
    work = os.path.join(out, ".work")
    os.makedirs(work)
    trees = _split(_fetch(work), os.path.join(work, "split"))
    for suite in SUITES:
        os.makedirs(os.path.join(out, suite))
        for name, tree in trees.items():
            _pack(name, tree, suite, os.path.join(out, suite))
    shutil.rmtree(work)


def pools():
    """Folder that holds one folder of packages a suite. Needs the machine's apt lists to be there."""
    uris = subprocess.run(["apt-get", "download", "--print-uris", *_SOURCES], check=True, capture_output=True, text=True)
    words = [line.split()[1:] for line in uris.stdout.splitlines()]  # file name, size, hash: not the address
    return cache.folder("docker", cache.key_of([os.path.join(HERE, "rewrap.py")], words), _make)


if __name__ == "__main__":
    print(pools())
