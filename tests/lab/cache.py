"""Results that cost time, kept outside the tree under a name made from everything they are made of.

A cached folder appears whole (renamed into place) or not at all; nothing in it is ever changed afterwards. What
nobody asked for in two weeks is removed when its kind is made anew (a run directory links into the cache).
"""

import hashlib
import os
import shutil
import tempfile
import time

_KEPT_SECONDS = 14 * 86400


def root():
    base = os.environ.get("XDG_CACHE_HOME") or os.path.join(os.path.expanduser("~"), ".cache")
    return os.path.join(base, "cosigner", "lab")


def key_of(paths, *words):
    """Hash of files (folders: all files below, by relative name) and of words."""
    digest = hashlib.sha256()
    for word in words:
        digest.update(repr(word).encode() + b"\0")
    for path in paths:
        for name in sorted(_files(path)):
            digest.update(os.path.relpath(name, os.path.dirname(path)).encode() + b"\0")
            with open(name, "rb") as f:
                digest.update(hashlib.sha256(f.read()).digest())
    return digest.hexdigest()[:24]


def _files(path):
    if os.path.isfile(path):
        yield path
    for folder, subfolders, files in os.walk(path):
        subfolders[:] = [s for s in subfolders if s != "__pycache__"]
        for name in files:
            yield os.path.join(folder, name)


def _forget(kind):
    for name in os.listdir(root()):
        path = os.path.join(root(), name)
        if name.startswith((kind + "-", f".{kind}-")) and time.time() - os.stat(path).st_mtime > _KEPT_SECONDS:
            shutil.rmtree(path, ignore_errors=True)


def folder(kind, key, make):
    """The cached folder kind-key; make(path) fills a scratch folder when it is not there yet."""
    target = os.path.join(root(), f"{kind}-{key}")
    if os.path.isdir(target):
        os.utime(target)
        return target
    os.makedirs(root(), exist_ok=True)
    _forget(kind)
    scratch = tempfile.mkdtemp(prefix=f".{kind}-", dir=root())
    os.chmod(scratch, 0o755)
    try:
        make(scratch)
        try:
            os.rename(scratch, target)
        except OSError:
            if not os.path.isdir(target):  # another lab was faster: its result is the same
                raise
    finally:
        shutil.rmtree(scratch, ignore_errors=True)
    return target
