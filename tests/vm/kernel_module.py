"""Builds sgx_stub for the guest's kernel out of Debian's header packages, unpacked in a build
folder: neither the guest nor this machine installs them."""
import pathlib
import re
import shutil
import subprocess

SOURCE = pathlib.Path(__file__).resolve().parent / "sgx_stub"


def sources_text() -> str:
    return "".join((SOURCE / name).read_text(encoding="utf-8") for name in ("Makefile", "sgx_stub.c"))


def _unpack(debs: pathlib.Path, into: pathlib.Path):
    for deb in sorted([*debs.glob("linux-headers-*.deb"), *debs.glob("linux-kbuild-*.deb")]):
        subprocess.run(["dpkg", "-x", str(deb), str(into)], check=True)


def _rebase(headers: pathlib.Path, unpacked: pathlib.Path):
    """The header package's Makefile names its sibling by absolute path."""
    for makefile in headers.glob("Makefile"):
        text = makefile.read_text(encoding="utf-8")
        makefile.write_text(re.sub(r"(?<![\w.])/usr/(src|lib)/linux-", rf"{unpacked}/usr/\1/linux-", text),
                            encoding="utf-8")


def install(work: pathlib.Path, root: pathlib.Path) -> str:
    """Compiles work/module/sgx_stub.ko (work/debs holds the header packages), installs it under
    root/lib/modules, returns the kernel version. Raises CalledProcessError; the log is work/build.log."""
    version = next((root / "lib/modules").iterdir()).name
    unpacked, build = work / "headers", work / "module"
    _unpack(work / "debs", unpacked)
    headers = unpacked / "usr/src" / f"linux-headers-{version}"
    _rebase(headers, unpacked)
    shutil.copytree(SOURCE, build)
    with open(work / "build.log", "ab") as log:
        subprocess.run(["make", f"KDIR={headers}"], cwd=build, check=True,
                       stdout=log, stderr=subprocess.STDOUT)
    target = root / "lib/modules" / version / "extra"
    target.mkdir(mode=0o755, exist_ok=True)
    shutil.copy(build / "sgx_stub.ko", target)
    subprocess.run(["chroot", str(root), "depmod", version], check=True)
    return version
