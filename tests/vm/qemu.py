"""One QEMU process: its command line, its start and its end.

Software emulation only: the harness must give the same machine everywhere. The process dies with
the Python process that started it, however that ends.
"""
import concurrent.futures
import dataclasses
import os
import pathlib
import shlex
import signal
import subprocess

import image
from qmp import Qmp

# Measured: "max" and the AVX models cost 40 % more emulated work from boot to ssh, because the
# guest then uses, saves and restores what has to be emulated.
CPU = "Westmere-v1,+rdrand"

# The kernel's "parent died" signal is about the starting *thread*. This one lives as long as
# the process, whatever thread a caller runs in.
_starter = concurrent.futures.ThreadPoolExecutor(1, thread_name_prefix="starter")


def start_bound(command: list, **options) -> subprocess.Popen:
    """Starts a child that is killed when this process ends."""
    return _starter.submit(subprocess.Popen, ["setpriv", "--pdeathsig", "KILL", "--", *command],
                           stdin=subprocess.DEVNULL, **options).result()


@dataclasses.dataclass
class Machine:
    """What has to be the same when a saved state is restored, and what may differ."""
    kind: str
    memory_mb: int
    cpus: int
    disk: pathlib.Path           # overlay of this VM
    sockets: pathlib.Path        # short path: a Unix socket's name is limited to 107 bytes
    logs: pathlib.Path
    ssh_port: int
    forwards: list               # of dicts with guest_ip, guest_port, host_port
    incoming: pathlib.Path | None = None

    def command(self, base: image.Image) -> list:
        net = [f"user,id=n0,hostfwd=tcp:127.0.0.1:{self.ssh_port}-:22"]
        for address in sorted({(f["guest_ip"], int(f["guest_port"]), int(f["host_port"])) for f in self.forwards}):
            net.append("guestfwd=tcp:%s:%d-cmd:socat - TCP4:127.0.0.1:%d" % address)
        command = ["qemu-system-x86_64", "-nodefaults", "-no-user-config", "-display", "none",
                   "-machine", "q35", "-accel", "tcg,thread=multi", "-cpu", CPU,
                   "-smp", str(self.cpus), "-m", str(self.memory_mb), "-rtc", "base=utc",
                   *base.boot,
                   # unsafe: a killed QEMU loses no more than with writeback, only a crash of the host would
                   "-drive", f"if=none,id=d0,format=qcow2,cache=unsafe,discard=unmap,file={self.disk}",
                   "-device", "virtio-blk-pci,drive=d0",
                   "-netdev", ",".join(net), "-device", "virtio-net-pci,netdev=n0,romfile=",
                   "-device", "virtio-rng-pci",
                   "-chardev", f"file,id=c0,append=on,path={self.logs / 'console.log'}", "-serial", "chardev:c0",
                   "-qmp", f"unix:{self.sockets / 'qmp'},server=on,wait=off"]
        if self.incoming:
            command += ["-incoming", f"exec:cat {shlex.quote(str(self.incoming))}"]
        return command


def make_overlay(base: pathlib.Path, target: pathlib.Path):
    subprocess.run(["qemu-img", "create", "-q", "-f", "qcow2", "-F", "qcow2", "-b", str(base), str(target)],
                   check=True)


class Process:
    """A running QEMU. `kill` is the power cut; nothing but this process is touched."""

    def __init__(self, machine: Machine, base: image.Image):
        self.machine = machine
        (machine.sockets / "qmp").unlink(missing_ok=True)
        with open(machine.logs / "qemu.log", "ab") as log:
            self._child = start_bound(machine.command(base), stdout=log, stderr=subprocess.STDOUT)
        try:
            self.qmp = Qmp(machine.sockets / "qmp")
        except Exception as error:
            self.kill()
            tail = (machine.logs / "qemu.log").read_text(errors="replace")[-500:]
            raise RuntimeError(f"QEMU did not start: {tail}") from error

    @property
    def pid(self) -> int:
        return self._child.pid

    def alive(self) -> bool:
        return self._child.poll() is None

    def kill(self):
        if self.alive():
            os.kill(self._child.pid, signal.SIGKILL)
        self._child.wait()
        if hasattr(self, "qmp"):
            self.qmp.close()

    def wait(self, timeout: float):
        """Until the guest has switched itself off."""
        self._child.wait(timeout)
        self.qmp.close()
