"""Builds the stand-in packages with dpkg-deb into pool folders, one a codename; kept in the cache."""

import os
import random
import shutil
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.dirname(HERE))
sys.path.insert(0, HERE)

import cache  # noqa: E402
import catalog  # noqa: E402
import programs  # noqa: E402

_EPOCH = "1767225600"  # a fixed build time, so that equal sources give equal packages

_NOT_ELF = b"/* GNU ld script: STAND-IN of a simulation lab */\n"  # ldconfig passes over such files without a word


def _write(path, data, mode):
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "wb") as f:
        f.write(data)
    os.chmod(path, mode)


def _read(*parts):
    with open(os.path.join(HERE, *parts), "rb") as f:
        return f.read()


def _control(name, package, version):
    lines = [f"Package: {name}", f"Version: {version}", "Architecture: amd64", "Section: libs", "Priority: optional",
             "Maintainer: Simulation lab <lab@lab.example>"]
    if package.depends:
        lines.append("Depends: " + ", ".join(package.depends))
    if package.recommends:
        lines.append("Recommends: " + ", ".join(package.recommends))
    lines.append(f"Description: STAND-IN of a simulation lab: {package.description}")
    lines.append(" Has the name, dependencies and files of the original and none of its code.")
    return ("\n".join(lines) + "\n").encode()


def build_package(name, package, version, target, scratch):
    """Write target/name_version_amd64.deb."""
    tree = os.path.join(scratch, name)
    shutil.rmtree(tree, ignore_errors=True)
    for path, source in package.files.items():
        _write(os.path.join(tree, path), _read("files", source), 0o755 if source.endswith(".sh") else 0o644)
    for path, size in package.payload.items():
        seed = random.Random(f"{name} {path}")
        _write(os.path.join(tree, path), _NOT_ELF + seed.randbytes(size), 0o644)
    if name == "sgx-aesm-service":
        program = os.path.join(tree, catalog.AESM, "aesm_service")
        shutil.copyfile(programs.aesm_service(), program)
        os.chmod(program, 0o755)
    _write(os.path.join(tree, "DEBIAN", "control"), _control(name, package, version), 0o644)
    if package.conffiles:
        _write(os.path.join(tree, "DEBIAN", "conffiles"), ("\n".join(package.conffiles) + "\n").encode(), 0o644)
    for script in ("preinst", "postinst", "prerm", "postrm"):
        if os.path.exists(os.path.join(HERE, "scripts", f"{name}.{script}")):
            _write(os.path.join(tree, "DEBIAN", script), _read("scripts", f"{name}.{script}"), 0o755)
    os.chmod(tree, 0o755)
    subprocess.run(["dpkg-deb", "--root-owner-group", "-Zgzip", "-z1", "-b", tree, target], check=True,
                   stdout=subprocess.DEVNULL, env={**os.environ, "SOURCE_DATE_EPOCH": _EPOCH})
    shutil.rmtree(tree)


def _build_all(out):
    scratch = os.path.join(out, ".scratch")
    for codename in catalog.CODENAMES:
        pool = os.path.join(out, codename)
        os.makedirs(pool)
        for name, package in catalog.PACKAGES.items():
            build_package(name, package, f"{package.version}-{codename}1", pool, scratch)
        for name, package in catalog.FOREIGN.items():
            build_package(name, package, package.version, pool, scratch)
        old = catalog.PACKAGES["libsgx-enclave-common"]
        build_package("libsgx-enclave-common", old, f"{catalog.OLDER_PSW}-{codename}1", pool, scratch)
    shutil.rmtree(scratch, ignore_errors=True)


def pools():
    """Folder that holds one folder of packages a codename."""
    key = cache.key_of([HERE, os.path.join(os.path.dirname(HERE), "aesm")])
    return cache.folder("packages", key, _build_all)


if __name__ == "__main__":
    print(pools())
