"""Local users at our files (threats L1, L2): entries that were there before us, swaps while we work, locks on what everybody may read."""

import ctypes
import fcntl
import os
import signal
import stat
import subprocess
import threading
import time

import chrooted
from run import require

_OLD = "kept as it was\n"
# path, the stage after which it is there, whether it is a directory
PATHS = (
    ("/run/cosigner", "hardware", True), ("/run/cosigner/lock", "hardware", False), ("/run/cosigner/status.json", "hardware", False),
    ("/var/lib/cosigner", "hardware", True), ("/var/lib/cosigner/journal.jsonl", "hardware", False), ("/var/lib/cosigner/last-run.json", "hardware", False),
    ("/var/lib/cosigner/bin", "hardware", True), ("/var/lib/cosigner/bin/cosigner", "hardware", False), ("/var/lib/cosigner/backup", "sgx-packages", True),
    ("/usr/local/bin/cosigner", "hardware", False), ("/var/log/cosigner", "hardware", True), ("/var/log/cosigner/runs.log", "hardware", False), ("/etc/cosigner", "hardware", True),
    ("/etc/apt/keyrings/intel-sgx.gpg", "apt-repo", False), ("/etc/apt/sources.list.d/intel-sgx.sources", "apt-repo", False),
    ("/etc/apt/preferences.d/intel-sgx", "apt-repo", False), ("/etc/sgx_default_qcnl.conf", "sgx-packages", False), ("/etc/docker/daemon.json", "image", False),
    ("/databases", "pairing", True), ("/databases/cosigner", "pairing", True), ("/databases/cosigner/db", "pairing", True), ("/run/cosigner/pair", "pairing", True),
    ("/etc/cosigner/config.json", "config", False), ("/etc/systemd/system/cosigner-check.service", "service", False),
)
KINDS = ("link", "link to a directory", "directory", "pipe", "his file", "hard link")


def _victims(world):
    os.makedirs(world.path("victim/folder"))
    world.put("victim/file", _OLD, 0o604)
    os.chown(world.path("victim/file"), chrooted.STRANGER + 1, chrooted.STRANGER + 1)


def _state(world):
    out = {}
    for name in ("victim", "victim/file", "victim/folder"):
        seen = os.lstat(world.path(name))
        out[name] = (stat.filemode(seen.st_mode), seen.st_uid, seen.st_gid)
    return out, world.text("victim/file"), sorted(os.listdir(world.path("victim"))), os.listdir(world.path("victim/folder"))


def _plant(world, path, kind):
    full = world.path(path)
    os.makedirs(os.path.dirname(full), exist_ok=True)
    if os.path.lexists(full):
        subprocess.run(["rm", "-rf", full], check=True)
    if kind == "hard link":
        os.link(world.path("victim/file"), full)
        return
    if kind == "link":
        os.symlink("/victim/file", full)
    elif kind == "link to a directory":
        os.symlink("/victim/folder", full)
    elif kind == "directory":
        os.mkdir(full, 0o777)
        os.chmod(full, 0o777)
    elif kind == "pipe":
        os.mkfifo(full, 0o666)
    else:
        world.put(path, "his\n", 0o666)
    os.lchown(full, chrooted.STRANGER, chrooted.STRANGER)


def _planted(world, path, stage, is_folder, kind):
    """The run ends by itself, with success or a named error; what the entry led to is untouched; nothing of the stranger's is used."""
    if path.endswith("/backup"):  # a machine without a record, and a foreign file that has to be kept
        subprocess.run(["rm", "-rf", world.path("var/lib/cosigner")], check=True)
        world.put("etc/sgx_default_qcnl.conf", '{"pccs_url": "https://elsewhere.example/"}\n')
    _plant(world, path, kind)
    before = _state(world)
    done = chrooted.setup(world, "--until", stage, seconds=300)
    require(_state(world) == before, f"what the entry led to was changed: {before} / {_state(world)}\n{done}")
    require(done.code not in (70, 99) and 0 <= done.code < 126, f"ended with {done.code}: {done.err[-800:]}")
    full = world.path(path)
    seen = os.lstat(full) if os.path.lexists(full) else None
    is_ours = seen and seen.st_uid in (0, 2000) and not seen.st_mode & 0o022 and (stat.S_ISDIR if is_folder else stat.S_ISREG)(seen.st_mode)
    # Ours now, or refused and named: as the run's error, or as what could not be written at its end.
    require(done.code == 0 and is_ours or path in done.err + done.out,
            f"exit {done.code}, it is {stat.filemode(seen.st_mode) if seen else 'gone'} and nothing names it:\n{done.out[-600:]}{done.err[-600:]}")
    return done.code


def planted(world, path, stage, is_folder, kinds):
    """Each kind in turn; without the last one the next run ends with 0."""
    chrooted.change_answers(world, start=False)
    _victims(world)
    codes = []
    for kind in kinds:
        try:
            codes.append(f"{kind} {_planted(world, path, stage, is_folder, kind)}")
        except Exception as error:
            error.args = (f"{kind}: {error.args[0] if error.args else error}", *error.args[1:])
            raise
    subprocess.run(["rm", "-rf", world.path(path)], check=True)
    again = chrooted.setup(world, "--until", stage, seconds=300)
    require(again.code == 0, f"{codes}, and without the entry {again.code}:\n{again.out[-900:]}{again.err[-600:]}")
    return ", ".join(codes)


_RACED = ("var/log/cosigner", "var/lib/cosigner/bin", "var/lib/cosigner/backup", "etc/cosigner", "etc/apt/preferences.d")


def _exchange(libc, one, other):
    return libc.renameat2(-100, one.encode(), -100, other.encode(), 2)  # AT_FDCWD, RENAME_EXCHANGE


def raced(world, seconds):
    """A racer exchanges our folders for links to somebody else's, all the time, while runs write into them."""
    require(chrooted.setup(world, "--until", "sgx-packages").code == 0, "the first run did not converge")
    _victims(world)
    before, ended, swaps = _state(world), threading.Event(), [0]
    libc = ctypes.CDLL(None, use_errno=True)
    for name in _RACED:
        os.symlink("/victim/folder", world.path(name) + ".link")
        os.lchown(world.path(name) + ".link", chrooted.STRANGER, chrooted.STRANGER)

    def race():
        while not ended.is_set():
            for name in _RACED:
                swaps[0] += 2
                _exchange(libc, world.path(name), world.path(name) + ".link")
                time.sleep(0.0007)
                _exchange(libc, world.path(name), world.path(name) + ".link")
            time.sleep(0.0003)

    racer, codes, end = threading.Thread(target=race), [], time.monotonic() + seconds
    racer.start()
    try:
        while time.monotonic() < end or len(codes) < 3:
            for name in ("var/lib/cosigner/bin/cosigner", "etc/apt/preferences.d/intel-sgx"):
                try:
                    os.unlink(world.path(name))
                except OSError:
                    pass
            codes.append(chrooted.setup(world, "--until", "sgx-packages").code)
            require(_state(world) == before, f"a swap led outside: {_state(world)} after {codes}")
    finally:
        ended.set()
        racer.join()
    require(all(0 <= code < 126 and code != 70 for code in codes), f"exit codes {codes}")
    require(len(codes) >= 3 and swaps[0] > 100, f"only {len(codes)} runs and {swaps[0]} swaps: nothing was raced")
    require(chrooted.setup(world, "--until", "sgx-packages").code == 0, "without the racer the next run does not end with 0")
    return f"{len(codes)} runs, {swaps[0]} swaps, {codes.count(0)} ended with 0"


def _lock_all():
    held = []
    for top in ("/run/cosigner", "/var/lib/cosigner", "/var/log", "/etc/cosigner", "/etc/apt"):
        for folder, _, files in os.walk(top):
            for name in [folder, *(os.path.join(folder, f) for f in files)]:
                try:
                    handle = os.open(name, os.O_RDONLY | os.O_NONBLOCK)
                    fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
                    held.append(handle)
                except OSError:
                    continue
    return held


def locked_by_nobody(world):
    """Another user holds a lock on everything of ours that he can open, and cannot open the one that counts."""
    require(chrooted.setup(world, "--until", "hardware").code == 0, "the first run did not converge")
    lock = os.lstat(world.path("run/cosigner/lock"))
    require(stat.S_IMODE(lock.st_mode) == 0o600 and lock.st_uid == 0, f"the lock is {stat.filemode(lock.st_mode)} of {lock.st_uid}")

    def open_lock():
        for flags in (os.O_RDONLY, os.O_WRONLY, os.O_RDWR):
            try:
                os.open("/run/cosigner/lock", flags)
                return 1
            except PermissionError:
                continue
        try:
            os.open("/run/cosigner/mine", os.O_CREAT | os.O_WRONLY)
            return 2
        except PermissionError:
            return 0

    require(chrooted.as_stranger(world, open_lock) == 0, "another user opens the lock, or makes files beside it")
    ready, release = os.pipe(), os.pipe()
    holder = os.fork()
    if holder == 0:
        def hold():
            os.write(ready[1], bytes([min(len(_lock_all()), 255)]))
            os.read(release[0], 1)
        try:
            os.chroot(world.root)
            os.setgroups([])
            os.setgid(chrooted.STRANGER)
            os.setuid(chrooted.STRANGER)
            hold()
        finally:
            os._exit(0)
    try:
        count = os.read(ready[0], 1)[0]
        require(count >= 3, f"he could lock only {count} entries: nothing was tried")
        done = chrooted.setup(world, "--until", "apt-repo", seconds=300)
        require(done.code == 0, f"setup ends with {done.code}:\n{done.err[-800:]}{done.out[-800:]}")
        status = chrooted.call(world, "status", user=chrooted.STRANGER, seconds=300)
        require(status.code in (15, 17, 21, 14), f"status as another user: {status}")
    finally:
        os.kill(holder, signal.SIGKILL)
        os.waitpid(holder, 0)
    return f"{count} entries locked by another user"
