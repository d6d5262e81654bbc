"""The guest's root file system: packages, the files laid over it, and the two kinds of Debian 12.

The root is a plain folder made by mmdebstrap (needs root). Its text is part of the image's
content key, so every change here makes a new image. Debian 11 is guest_bullseye.py.
"""
import dataclasses
import pathlib
import shlex
import subprocess
import uuid

# What a small Debian cloud image has, plus chrony (the lab's clock needs a client that takes a
# port) and ca-certificates (the lab's CA must be trusted). No gnupg: the product must not need
# it. No libpam-systemd: each ssh connection would start a user manager, seconds under emulation.
PACKAGES = ("linux-image-cloud-amd64 initramfs-tools systemd systemd-sysv dbus udev "
            "openssh-server openssh-sftp-server iproute2 apt kmod sudo ca-certificates chrony procps "
            "e2fsprogs less").split()

# /etc/fstab must be there before the kernel's initrd is made, or the initrd has no fsck.
EARLY = {
    "etc/fstab": "/dev/vda / ext4 errors=remount-ro 0 1\n",
    # A short list instead of "most": the initrd is unpacked under emulation at every boot.
    "etc/initramfs-tools/conf.d/vm": "MODULES=list\n",
    "etc/initramfs-tools/modules": "virtio_pci\nvirtio_blk\next4\ncrc32c_generic\n",
}

HOSTS = "127.0.0.1 localhost\n127.0.1.1 {name}\n::1 localhost ip6-localhost ip6-loopback\n"

LATE = {
    "etc/hostname": "sgx-vm\n",
    "etc/hosts": HOSTS.format(name="sgx-vm"),
    "etc/resolv.conf": "nameserver 10.0.2.3\n",
    "etc/systemd/network/10-user.network":
        "[Match]\nName=eth0\n[Network]\nAddress=10.0.2.15/24\nGateway=10.0.2.2\n"
        "IPv6AcceptRA=no\nLinkLocalAddressing=no\n",
    "etc/ssh/sshd_config.d/vm.conf":
        "UseDNS no\nPasswordAuthentication no\nPermitRootLogin prohibit-password\nMaxSessions 50\n",
    "etc/modules-load.d/sgx_stub.conf": "sgx_stub\n",
    "etc/apt/apt.conf.d/10languages": 'Acquire::Languages "none";\n',
    "etc/default/locale": "LANG=C.UTF-8\n",
    "etc/chrony/sources.d/README": "The lab writes lab.sources here.\n",
}

# Timers that would take the dpkg lock or write at times no test chose.
MASKED = ("apt-daily.timer apt-daily-upgrade.timer e2scrub_all.timer e2scrub_reap.service "
          "fstrim.timer dpkg-db-backup.timer").split()

COMMANDS = (
    "systemctl enable systemd-networkd systemd-networkd-wait-online ssh chrony",
    "systemctl mask " + " ".join(MASKED),
    "sed -i '/^pool /d' /etc/chrony/chrony.conf",
    "apt-cache gencaches",
)

# Ubuntu 22.04's own words, over Debian's files: the product reads these to choose its way.
UBUNTU = {
    "usr/lib/os-release":
        'PRETTY_NAME="Ubuntu 22.04.5 LTS"\nNAME="Ubuntu"\nVERSION_ID="22.04"\n'
        'VERSION="22.04.5 LTS (Jammy Jellyfish)"\nVERSION_CODENAME=jammy\nID=ubuntu\nID_LIKE=debian\n'
        'HOME_URL="https://www.ubuntu.com/"\nSUPPORT_URL="https://help.ubuntu.com/"\n'
        'BUG_REPORT_URL="https://bugs.launchpad.net/ubuntu/"\n'
        'PRIVACY_POLICY_URL="https://www.ubuntu.com/legal/terms-and-policies/privacy-policy"\n'
        'UBUNTU_CODENAME=jammy\n',
    "etc/lsb-release":
        'DISTRIB_ID=Ubuntu\nDISTRIB_RELEASE=22.04\nDISTRIB_CODENAME=jammy\n'
        'DISTRIB_DESCRIPTION="Ubuntu 22.04.5 LTS"\n',
    "etc/issue":
        "SIMULATION: a Debian 12 root file system with the os-release of Ubuntu 22.04.\n"
        "Kernel, libraries and packages are Debian's.\n\\n \\l\n",
}


@dataclasses.dataclass(frozen=True)
class Release:
    suite: str
    kinds: dict             # name -> the files that make it this kind
    options: tuple = ()     # of mmdebstrap
    commands: tuple = COMMANDS
    headers: bool = False   # whether the kernel and its headers are fetched to work/debs as well


BOOKWORM = Release("bookworm", headers=True, kinds={
    "debian12": {"etc/issue": "SIMULATION: Debian 12, emulated machine, SGX device names only.\n\\n \\l\n"},
    "ubuntu2204": UBUNTU,
})


def write_tree(root: pathlib.Path, files: dict, mode: int = 0o644):
    """Replaces each file; a name that is a link in the root stays a link to what we write."""
    for name, text in files.items():
        path = root / name
        path.parent.mkdir(mode=0o755, parents=True, exist_ok=True)
        path.unlink(missing_ok=True)
        path.write_text(text, encoding="utf-8")
        path.chmod(mode)


def _late_files(sources_text: str, public_key: str) -> dict:
    return LATE | {
        "etc/apt/sources.list.d/debian.sources": sources_text,
        "etc/apt/sources.list": "# see sources.list.d/debian.sources\n",
        "etc/machine-id": uuid.uuid4().hex + "\n",
        "root/.ssh/authorized_keys": public_key,
    }


def make(work: pathlib.Path, release: Release, sources_text: str, public_key: str, proxy: str, overlay=None) -> pathlib.Path:
    """Builds the root in work/root, with `overlay` (a folder) laid over it before the release's commands run.
    `proxy` is the archive cache's URL. Raises CalledProcessError; the log is work/build.log."""
    early, late, root = work / "early", work / "late", work / "root"
    for folder, files in ((early, EARLY), (late, _late_files(sources_text, public_key))):
        folder.mkdir(mode=0o755)
        write_tree(folder, files)
    (late / "root/.ssh").chmod(0o700)
    (late / "root").chmod(0o700)
    sources = work / "debian.sources"
    sources.write_text(sources_text, encoding="utf-8")
    copy = "tar -C {} --owner=0 --group=0 -cf - . | tar -C \"$1\" -xpf - --no-overwrite-dir"
    laid = [late, overlay] if overlay else [late]
    hooks = [f"--essential-hook={copy.format(shlex.quote(str(early)))}",
             "--customize-hook=rm -f \"$1\"/etc/apt/sources.list.d/* \"$1\"/etc/resolv.conf",
             *(f"--customize-hook={copy.format(shlex.quote(str(folder)))}" for folder in laid),
             *(f"--customize-hook=chroot \"$1\" sh -c {shlex.quote(line)}" for line in release.commands)]
    if release.headers:
        hooks.append(f"--customize-hook={_headers_hook(work)}")
    command = ["mmdebstrap", "--mode=root", "--variant=minbase", "--format=directory", *release.options,
               "--skip=cleanup/apt/lists", "--include=" + ",".join(PACKAGES),
               *hooks, release.suite, str(root), str(sources)]
    environment = {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "LANG": "C.UTF-8", "http_proxy": proxy,
                   "DEBIAN_FRONTEND": "noninteractive", "SYSTEMD_OFFLINE": "1"}
    with open(work / "build.log", "ab") as log:
        subprocess.run(command, check=True, env=environment, stdin=subprocess.DEVNULL,
                       stdout=log, stderr=subprocess.STDOUT)
    return root


def _headers_hook(work: pathlib.Path) -> str:
    """Fetches the kernel just installed and its headers, to the build folder and not the guest."""
    (work / "debs").mkdir(mode=0o777)
    debs = shlex.quote(str(work / "debs"))
    return ("set -e; v=$(ls \"$1\"/lib/modules); mkdir \"$1\"/tmp/h; chroot \"$1\" sh -c \""
            "cd /tmp/h && apt-get -q -o APT::Sandbox::User=root download linux-image-$v linux-headers-$v "
            "linux-headers-${v%%-cloud-amd64}-common "
            "linux-kbuild-${v%%.0-*}\"; mv \"$1\"/tmp/h/*.deb " + debs + "; rmdir \"$1\"/tmp/h")
