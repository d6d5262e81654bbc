"""A fresh VM for one test.

    sys.path.insert(0, "tests/vm"); from vm import VM
    with VM(kind="debian12", lab="lab.json") as vm:      # boots, applies the lab
        vm.push("build-static/cosigner", "/root/cosigner", 0o755)
        done = vm.run("/root/cosigner setup --answers /root/answers.json", check=False)
        state = vm.save("states/converged")              # the VM is off now
    with VM.restore("states/converged") as vm: ...       # seconds, any number at once

Any number run side by side: ports are free ones, files lie in the VM's own folders. Nothing in
here judges time; a shared machine makes everything slower, so waits are long.
"""
import contextlib
import json
import os
import pathlib
import shutil
import subprocess
import tempfile
import time

import apt_sources
import archive_cache
import cache_dirs
import image
import qemu
from lab_map import Lab
from ssh_link import Done, GuestError, Link

__all__ = ["VM", "Done", "GuestError"]
BOOT_SECONDS = 2400  # 35 s of work when alone, eleven minutes beside twenty compilers


class VM:
    def __init__(self, kind="debian12", lab=None, name="vm", memory_mb=4096, cpus=2, state=None, proxy=True):
        """`lab`: path of a lab.json, a dict, or None. `state`: folder of a saved state (its kind
        and size win). `proxy`: whether the guest's apt is pointed at the archive cache."""
        self._state = pathlib.Path(state).resolve() if state else None
        if self._state:
            saved = json.loads((self._state / "machine.json").read_text(encoding="utf-8"))
            kind, memory_mb, cpus = saved["kind"], saved["memory_mb"], saved["cpus"]
        self.lab, self._proxy = Lab(lab), proxy
        self._image = image.ensure(kind)
        if self._state and saved["image"] != self._image.key:
            raise GuestError(f"{self._state} was saved from another image; save it again")
        self.logs = cache_dirs.new_run_dir(name)
        self._sockets = cache_dirs.new_socket_dir(self.logs)
        self._machine = qemu.Machine(kind, memory_mb, cpus, self.logs / "disk.qcow2", self._sockets, self.logs,
                                     0, self.lab.forwards)
        self._process, self._link = None, None

    @classmethod
    def restore(cls, state, lab=None, name="vm", proxy=True) -> "VM":
        """A new VM that goes on where `save` stopped; use it in a `with`, as any other."""
        return cls(lab=lab, name=name, state=state, proxy=proxy)

    def __enter__(self) -> "VM":
        try:
            return self.start()
        except BaseException:
            self.close()
            raise

    def __exit__(self, *_):
        self.close()

    # Life ---------------------------------------------------------------------------------

    def start(self) -> "VM":
        """First start: makes the disk, boots or restores, sets the clock, applies the lab."""
        qemu.make_overlay(self._state / "disk.qcow2" if self._state else self._image.disk, self._machine.disk)
        if self._state:
            self._machine.incoming = self._state / "memory"
        self._power_up()
        if self._state:
            self._process.qmp.wait_status("paused")
            self._machine.incoming = None
            self._process.qmp.command("cont")
        self._connect()
        if self._state:
            self.set_clock()  # before anything else: the guest still lives at the time of saving
        else:
            self.wait_booted()
        self.apply_lab()
        if self._state:
            self.ask_clock()
        return self

    def _power_up(self):
        for last in (False, False, True):
            self._machine.ssh_port = archive_cache.free_port()
            try:
                self._process = qemu.Process(self._machine, self._image)
                break
            except RuntimeError as error:  # another copy took the port between asking and binding
                if last or "forwarding rule" not in str(error):
                    raise
        self._link = Link(self._machine.ssh_port, self._sockets, self.logs)

    def _connect(self):
        self._link.connect(self._process.alive, BOOT_SECONDS)

    def wait_booted(self) -> str:
        """Until systemd has nothing left to start; `running` or `degraded`."""
        return self.run("systemctl is-system-running --wait", check=False, timeout=BOOT_SECONDS).out.strip()

    def reboot(self):
        """An orderly reboot of the guest."""
        before = self.boot_id()
        self.run("systemctl reboot", check=False)
        self.await_reboot(before)

    def await_reboot(self, before: str, seconds: float = BOOT_SECONDS):
        """Until a guest that reboots, asked by us or by itself, is up again and has another boot id than
        `before`. Where QEMU ends with the guest's reboot (image.Image.boot) it is started anew."""
        if self._image.ends_at_reboot:
            try:
                self._process.wait(seconds)
            except subprocess.TimeoutExpired as error:
                raise GuestError("the guest did not reboot") from error
            self._link.drop()
            self.power_on()
            return
        self._link.drop()
        limit = time.monotonic() + seconds
        while time.monotonic() < limit:
            self._connect()
            with contextlib.suppress(GuestError):
                if self.boot_id() != before:
                    self.wait_booted()
                    return
            time.sleep(1)
        raise GuestError("the guest did not reboot")

    def boot_id(self) -> str:
        return self.run("cat /proc/sys/kernel/random/boot_id", timeout=120).out.strip()

    def kill_power(self):
        """The power cut: SIGKILL to this VM's QEMU. What the guest had not written is lost."""
        self._process.kill()
        self._link.drop()

    def power_off(self):
        """An orderly end; afterwards the disk may be read (`disk`)."""
        self.run("systemctl poweroff", check=False)
        self._process.wait(BOOT_SECONDS)
        self._link.drop()

    def power_on(self):
        """Boots the same disk again, after a power cut or a power-off."""
        self._power_up()
        self._connect()
        self.wait_booted()

    def save(self, folder) -> pathlib.Path:
        """Freezes this VM into `folder` (made; replaced if there) and ends it. Restore it with
        `VM.restore`. The frozen disk rests on the image, or on the state this VM came from."""
        target = pathlib.Path(folder).resolve()
        target.parent.mkdir(parents=True, exist_ok=True)
        part = pathlib.Path(tempfile.mkdtemp(prefix=".state-", dir=target.parent))
        self.run("sync")
        self._link.drop()
        self._process.qmp.save_to(part / "memory")
        self._process.qmp.command("quit")
        self._process.wait(120)
        shutil.move(self._machine.disk, part / "disk.qcow2")
        facts = {"kind": self._machine.kind, "memory_mb": self._machine.memory_mb,
                 "cpus": self._machine.cpus, "image": self._image.key}
        (part / "machine.json").write_text(json.dumps(facts), encoding="utf-8")
        shutil.rmtree(target, ignore_errors=True)
        os.rename(part, target)
        return target

    def close(self):
        """Leaves no process and no file but the logs. Harmless twice."""
        if self._process:
            self._process.kill()
        if self._link:
            self._link.drop()
        cache_dirs.release(self.logs)

    # The guest ----------------------------------------------------------------------------

    @property
    def disk(self) -> pathlib.Path:
        return self._machine.disk

    @property
    def pid(self) -> int:
        return self._process.pid

    def run(self, command, stdin=None, timeout=900, check=True) -> Done:
        """Runs text (for root's shell) or a list of words; see ssh_link.Link.run."""
        return self._link.run(command, stdin, timeout, check)

    def argv(self, command=None, tty=False) -> list:
        """The command line that runs `command` in the guest, for a caller with its own terminal."""
        return self._link.argv(command, tty)

    def push(self, source, target: str, mode: int = 0o644):
        with open(source, "rb") as handle:
            self.run(f"cat > {target}.part && chmod {mode:o} {target}.part && mv {target}.part {target}", handle)

    def pull(self, source: str, target):
        with open(target, "wb") as out:
            subprocess.run(self.argv(["cat", source]), stdin=subprocess.DEVNULL, stdout=out, check=True, timeout=900)

    def set_clock(self, offset: float = 0):
        """This machine's time plus `offset` seconds. With an offset the guest's clock daemon is
        stopped, or it would take the time back."""
        if offset:
            self.run("systemctl stop chrony", check=False)
        self.run(f"date -s @{time.time() + offset:.2f}")

    def ask_clock(self):
        """The guest's clock daemon asks anew: what `set_clock` says is late by the way into the guest."""
        if self.lab.has_clock:
            self.run("systemctl restart chrony")
            self.wait_clock()

    def wait_clock(self):
        """Until the guest's clock daemon says that the clock is right within a tenth of a second."""
        if self.lab.has_clock:
            self.run("chronyc -n waitsync 120 0.1 0 1", timeout=300)

    def apply_lab(self, lab=None):
        """Names, CA, clock source, files, apt's way to the archive cache. Addresses a lab
        forwards are fixed when QEMU starts, so another lab must use the same ones."""
        if lab is not None:
            self.lab = Lab(lab)
        origins = apt_sources.origins(apt_sources.read())
        port = archive_cache.shared(origins).port if self._proxy else None
        self.run(Lab.apply_command(), self.lab.archive(origins, port))
