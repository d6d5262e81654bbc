"""The boot loader of a guest whose kernel changes. A guest has none of its own: its disk is one
file system without a boot sector, so a boot loader's job is done from outside, by a GRUB that the
harness makes and QEMU starts in a kernel's place. Like an installed one it starts what the disk
names now, by the links /vmlinuz and /initrd.img that Debian's kernel packages keep, at each
power-on. A guest's own reboot ends QEMU, and the harness powers it on again (vm.VM.await_reboot).

For the other guests QEMU loads one kernel itself, which is a second faster.
"""
import pathlib
import subprocess

COMMAND_LINE = "root=/dev/vda rw console=ttyS0 net.ifnames=0 mitigations=off loglevel=4 panic=-1"
GRUB = pathlib.Path("/usr/lib/grub/i386-pc")
CONFIGURATION = f"""serial --unit=0 --speed=115200
terminal_output serial
set root=hd0
linux /vmlinuz {COMMAND_LINE}
initrd /initrd.img
boot
"""


def make(work: pathlib.Path, target: pathlib.Path):
    """One file that QEMU takes for a kernel: GRUB's own Linux header, then GRUB."""
    settings, core = work / "grub.cfg", work / "core.img"
    settings.write_text(CONFIGURATION, encoding="ascii")
    subprocess.run(["grub-mkimage", "-O", "i386-pc", "-d", str(GRUB), "-p", "/", "-c", str(settings), "-o", str(core),
                    "biosdisk", "ext2", "linux", "serial", "terminal"], check=True)
    target.write_bytes((GRUB / "lnxboot.img").read_bytes() + core.read_bytes())
