"""Base images: built once, cached by content, found again by every later run.

An image folder holds what one release's guests boot from: one KIND.qcow2 per kind (sparse, 40 GB,
ext4 on /dev/vda without partitions), and either vmlinuz and initrd.img, which QEMU loads itself,
or a boot loader that starts what the disk names. Its name is the hash of all that goes into it:
the recipe's code, the kernel module's sources, the machine's Debian sources and the public ssh
key. Building needs root, happens in a temporary folder beside it, and ends with one rename under
a lock. Packages get newer only when the key changes or the folder is removed.

Debian 11's image is made of parts of Debian 12's (kernel/: a kernel's package and the module for
it), so that one is built first.
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
import boot_loader
import cache_dirs
import guest_bullseye
import guest_disk
import guest_root
import kernel_module

BOOKWORM, BULLSEYE = guest_root.BOOKWORM, guest_bullseye.BULLSEYE
KINDS = {kind: release for release in (BOOKWORM, BULLSEYE) for kind in release.kinds}


def _recipe(*names) -> str:
    """The code that makes the content, without its comments."""
    here = pathlib.Path(__file__).resolve().parent
    return "\0".join(ast.unparse(ast.parse((here / name).read_text(encoding="utf-8"))) for name in names)


# Read when the code is loaded: an edit while this process runs must not name another image.
RECIPES = {BOOKWORM.suite: _recipe("guest_root.py", "kernel_module.py", "guest_disk.py"),
           BULLSEYE.suite: _recipe("guest_bullseye.py", "kernel_archive.py", "boot_loader.py")}


@dataclasses.dataclass(frozen=True)
class Image:
    kind: str
    key: str
    folder: pathlib.Path

    @property
    def disk(self) -> pathlib.Path:
        return self.folder / f"{self.kind}.qcow2"

    @property
    def ends_at_reboot(self) -> bool:
        """Whether QEMU ends when the guest reboots, to be started anew."""
        return (self.folder / "loader").exists()

    @property
    def boot(self) -> list:
        """QEMU's words for what starts the guest's kernel. After a reset QEMU would look through what it
        translated of the former kernel whenever the next one changes a page: minutes in place of seconds."""
        if self.ends_at_reboot:
            return ["-kernel", str(self.folder / "loader"), "-action", "reboot=shutdown"]
        return ["-kernel", str(self.folder / "vmlinuz"), "-initrd", str(self.folder / "initrd.img"),
                "-append", boot_loader.COMMAND_LINE]


def content_key(release, sources_text: str, public_key: str, base: Image | None) -> str:
    parts = [RECIPES[release.suite], kernel_module.sources_text(), sources_text, public_key, base.key if base else ""]
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()[:20]


def ensure(kind: str = "debian12") -> Image:
    """The image of that kind, built if it is missing (about two minutes)."""
    if kind not in KINDS:
        raise ValueError(f"unknown kind {kind}; there are {', '.join(KINDS)}")
    release, sources = KINDS[kind], apt_sources.read()
    archive_hosts = apt_sources.origins(sources)
    base = ensure("debian12") if release is BULLSEYE else None
    text = apt_sources.guest_text(apt_sources.of_bullseye(sources), ended=True) if base else apt_sources.guest_text(sources)
    public_key = cache_dirs.ssh_key().with_suffix(".pub").read_text(encoding="ascii")
    key = content_key(release, text, public_key, base)
    folder = cache_dirs.make(cache_dirs.root() / "images") / key
    if not folder.exists():
        with cache_dirs.lock("image"):
            if not folder.exists():
                proxy = f"http://127.0.0.1:{archive_cache.shared(archive_hosts).port}"
                _build(folder, release, lambda work, done: _fill(work, done, release, base, (text, public_key, proxy)))
    return Image(kind, key, folder)


def _fill(work: pathlib.Path, done: pathlib.Path, release, base: Image | None, arguments: tuple):
    """Makes in `done` what the release's image holds, but the log."""
    if base:
        root = guest_root.make(work, release, *arguments, guest_bullseye.overlay(work, base.folder / "kernel"))
        boot_loader.make(work, done / "loader")
    else:
        root = guest_root.make(work, release, *arguments)
        version = kernel_module.install(work, root)
        shutil.copy(root / f"boot/vmlinuz-{version}", done / "vmlinuz")
        shutil.copy(root / f"boot/initrd.img-{version}", done / "initrd.img")
        (done / "kernel").mkdir(mode=0o700)
        for path in (work / "module/sgx_stub.ko", *(work / "debs").glob("linux-image-*.deb")):
            shutil.copy(path, done / "kernel")
    for kind, files in release.kinds.items():
        guest_root.write_tree(root, files)
        guest_disk.make(work, root, done / f"{kind}.qcow2")


def _build(folder: pathlib.Path, release, fill):
    if os.geteuid() != 0:
        raise PermissionError("the VM image has to be built by root once: run `cli.py image` with sudo, "
                              "with XDG_CACHE_HOME set to your own cache")
    started = time.monotonic()
    print(f"vm image: building {release.suite} (about two minutes, once)", file=sys.stderr, flush=True)
    work = pathlib.Path(tempfile.mkdtemp(prefix=".build-", dir=folder.parent))
    work.chmod(0o755)  # apt's download user walks through it
    try:
        done = work / "done"
        done.mkdir(mode=0o700)
        fill(work, done)
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
