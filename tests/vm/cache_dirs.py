"""Where the harness keeps what outlives a run, and the locks that let two runs share it.

Everything lies under ${XDG_CACHE_HOME:-~/.cache}/cosigner/vm:
    key/       the ssh key of this cache (never in the repository)
    images/    base images, one folder for each content key
    archive/   packages fetched through the archive cache
    states/    golden states, if the caller names no other place
    run/       one folder a VM; logs only, once the VM is closed
"""
import contextlib
import fcntl
import os
import pathlib
import shutil
import subprocess
import time

LOG_DAYS = 7


def root() -> pathlib.Path:
    base = os.environ.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache")
    return make(pathlib.Path(base) / "cosigner" / "vm")


def make(path: pathlib.Path) -> pathlib.Path:
    path.mkdir(mode=0o700, parents=True, exist_ok=True)
    return path


@contextlib.contextmanager
def lock(name: str):
    """Held across processes; released by the kernel if the holder dies."""
    with open(root() / f"{name}.lock", "w", encoding="ascii") as handle:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield


def ssh_key() -> pathlib.Path:
    """The private key of this cache; its public half is part of every image."""
    key = make(root() / "key") / "id_ed25519"
    with lock("key"):
        if not key.exists():
            subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "vm-harness",
                            "-f", str(key)], check=True)
    return key


def new_run_dir(name: str) -> pathlib.Path:
    """A fresh folder for one VM. Log folders of closed VMs go after a week."""
    runs = make(root() / "run")
    limit = time.time() - LOG_DAYS * 86400
    for old in runs.iterdir():
        with contextlib.suppress(OSError):
            if old.stat().st_mtime < limit and not (old / "disk.qcow2").exists():
                shutil.rmtree(old, ignore_errors=True)
    stamp = time.strftime("%Y%m%d-%H%M%S")
    for number in range(1000):
        folder = runs / f"{stamp}-{name}-{os.getpid()}-{number}"
        with contextlib.suppress(FileExistsError):
            folder.mkdir(mode=0o700)
            return folder
    raise RuntimeError("no free run folder")
