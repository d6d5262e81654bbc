"""Debian 11 as an old machine has it: kernel 5.10, which knows no SGX, systemd 247, and a newer
kernel to be had from its package sources.

The SGX device names belong to the newer kernel alone: the module for it lies where it will look,
before it is installed. Release and updates are Debian's own; for the newer kernel see
kernel_archive.py.
"""
import pathlib
import shutil

import guest_root
import kernel_archive

# Only the one source is asked: the lists of the others are there and cost seconds.
_UPDATE = ("apt-get -q -o Dir::Etc::SourceList=/{source} -o Dir::Etc::SourceParts=/dev/null "
           "-o APT::Get::List-Cleanup=0 update").format(source=kernel_archive.SOURCE_FILE)

BULLSEYE = guest_root.Release(
    "bullseye",
    # As installations of Debian 11 are: /bin, /lib and so on are links. No package of Debian 11 makes them.
    options=("--setup-hook=cd \"$1\" && for d in bin sbin lib lib32 lib64 libx32; do mkdir -p usr/$d && ln -s usr/$d $d; done",),
    commands=(_UPDATE, *guest_root.COMMANDS),
    kinds={"debian11": {
        "etc/issue": "SIMULATION: Debian 11, emulated machine; SGX device names only, with the newer kernel.\n\\n \\l\n",
        # The entry in modules-load.d names a module that the old kernel has not: that is no failure.
        "etc/modprobe.d/sgx_stub.conf": "install sgx_stub /sbin/modprobe --quiet --ignore-install sgx_stub || true\n",
    }})


def overlay(work: pathlib.Path, kernel: pathlib.Path) -> pathlib.Path:
    """What is laid over the root; `kernel` is the folder that Debian 12's image keeps for us: the
    kernel's package and the module for it."""
    target = work / "overlay"
    target.mkdir(mode=0o755)
    package = next(kernel.glob("linux-image-*.deb"))
    version = package.name.split("_")[0].removeprefix("linux-image-")
    kernel_archive.make(work, target, package)
    extra = target / "usr/lib/modules" / version / "extra"
    extra.mkdir(mode=0o755, parents=True)
    shutil.copy(kernel / "sgx_stub.ko", extra)
    return target
