"""Base images: built once, cached by content, found again by every later run.

An image folder holds vmlinuz, initrd.img and one KIND.qcow2 per kind (sparse, 40 GB, ext4 on
/dev/vda without partitions; the kernel is started by QEMU itself). Its name is the hash of all
that goes into it: the recipe's code, the kernel module's sources, the machine's Debian sources
and the public ssh key. Building needs root, happens in a temporary folder beside it, and ends
with one rename under a lock. Packages get newer only when the key changes or the folder is
removed.
"""
import ast
import dataclasses
import hashlib
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import time

import apt_sources
import archive_cache
import cache_dirs
import guest_disk
import guest_root
import kernel_module


def _recipe() -> str:
    """The code that makes the content, without its comments."""
    here = pathlib.Path(__file__).resolve().parent
    return "\0".join(ast.unparse(ast.parse((here / name).read_text(encoding="utf-8")))
                     for name in ("guest_root.py", "kernel_module.py", "guest_disk.py"))


# Read when the code is loaded: an edit while this process runs must not name another image.
RECIPE = _recipe()


@dataclasses.dataclass(frozen=True)
class Image:
    kind: str
    key: str
    folder: pathlib.Path

    @property
    def disk(self) -> pathlib.Path:
        return self.folder / f"{self.kind}.qcow2"

    @property
    def kernel(self) -> pathlib.Path:
        return self.folder / "vmlinuz"

    @property
    def initrd(self) -> pathlib.Path:
        return self.folder / "initrd.img"


def content_key(sources_text: str, public_key: str) -> str:
    parts = [RECIPE, kernel_module.sources_text(), sources_text, public_key]
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()[:20]


def ensure(kind: str = "debian12") -> Image:
    """The image of that kind, built if it is missing (about two minutes)."""
    if kind not in guest_root.KINDS:
        raise ValueError(f"unknown kind {kind}; there are {', '.join(guest_root.KINDS)}")
    sources = apt_sources.read()
    text = apt_sources.guest_text(sources)
    public_key = cache_dirs.ssh_key().with_suffix(".pub").read_text(encoding="ascii")
    key = content_key(text, public_key)
    folder = cache_dirs.make(cache_dirs.root() / "images") / key
    if not folder.exists():
        with cache_dirs.lock("image"):
            if not folder.exists():
                _build(folder, text, public_key, archive_cache.shared(apt_sources.origins(sources)))
    return Image(kind, key, folder)


def _build(folder: pathlib.Path, sources_text: str, public_key: str, archive):
    if os.geteuid() != 0:
        raise PermissionError("the VM image has to be built by root once: run `cli.py image` with sudo, "
                              "with XDG_CACHE_HOME set to your own cache")
    started = time.monotonic()
    print("vm image: building (about two minutes, once)", file=sys.stderr, flush=True)
    work = pathlib.Path(tempfile.mkdtemp(prefix=".build-", dir=folder.parent))
    work.chmod(0o755)  # apt's download user walks through it
    try:
        root = guest_root.make(work, sources_text, public_key, f"http://127.0.0.1:{archive.port}")
        version = kernel_module.install(work, root)
        done = work / "done"
        done.mkdir(mode=0o700)
        shutil.copy(root / f"boot/vmlinuz-{version}", done / "vmlinuz")
        shutil.copy(root / f"boot/initrd.img-{version}", done / "initrd.img")
        for kind, files in guest_root.KINDS.items():
            guest_root.write_tree(root, files)
            guest_disk.make(work, root, done / f"{kind}.qcow2")
        shutil.copy(work / "build.log", done)
        os.rename(done, folder)
    except subprocess.CalledProcessError as error:
        kept = folder.parent / f"failed-{folder.name}.log"
        if (work / "build.log").exists():
            shutil.copy(work / "build.log", kept)
        raise RuntimeError(f"vm image: {error.cmd[0]} failed with {error.returncode}; see {kept}") from error
    finally:
        shutil.rmtree(work, ignore_errors=True)
    print(f"vm image: built in {time.monotonic() - started:.0f} s", file=sys.stderr, flush=True)
