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
import tempfile
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


_owned = {}  # folder -> the open lock that says its owner lives; the kernel drops it with the process


def new_run_dir(name: str) -> pathlib.Path:
    """A fresh folder for one VM, ours until `release`."""
    runs = make(root() / "run")
    _sweep(runs)
    stamp = time.strftime("%Y%m%d-%H%M%S")
    for number in range(1000):
        folder = runs / f"{stamp}-{name}-{os.getpid()}-{number}"
        with contextlib.suppress(FileExistsError):
            folder.mkdir(mode=0o700)
            _owned[folder] = open(folder / "owner", "w", encoding="ascii")
            fcntl.flock(_owned[folder], fcntl.LOCK_EX)
            return folder
    raise RuntimeError("no free run folder")


def new_socket_dir(folder: pathlib.Path) -> pathlib.Path:
    """A short path for the sockets of the VM of `folder` (a socket's name has 107 bytes at most)."""
    sockets = pathlib.Path(tempfile.mkdtemp(prefix="cvm-", dir="/tmp"))
    (folder / "sockets").write_text(str(sockets), encoding="ascii")
    return sockets


def release(folder: pathlib.Path):
    """Removes all of a VM's files but its logs."""
    with contextlib.suppress(FileNotFoundError):
        sockets = pathlib.Path((folder / "sockets").read_text(encoding="ascii"))
        if sockets.name.startswith("cvm-"):
            shutil.rmtree(sockets, ignore_errors=True)
    for name in ("disk.qcow2", "sockets", "owner"):
        (folder / name).unlink(missing_ok=True)
    if folder in _owned:
        _owned.pop(folder).close()


def _sweep(runs: pathlib.Path):
    """Removes what killed runs left, and logs older than a week."""
    for old in runs.iterdir():
        with contextlib.suppress(OSError):
            if (old / "owner").exists():
                with open(old / "owner", "r+", encoding="ascii") as handle:
                    fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)  # refused while the owner lives
                    release(old)
            elif old.stat().st_mtime < time.time() - LOG_DAYS * 86400:
                shutil.rmtree(old, ignore_errors=True)
