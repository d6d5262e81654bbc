"""Commands in the guest over one multiplexed ssh connection (a key exchange costs seconds under
emulation, a command over the open connection a fraction of one)."""
import contextlib
import dataclasses
import pathlib
import shlex
import socket
import subprocess
import time

import cache_dirs
import qemu


class GuestError(RuntimeError):
    pass


@dataclasses.dataclass(frozen=True)
class Done:
    rc: int
    out: str
    err: str
    seconds: float


class Link:
    def __init__(self, port: int, sockets: pathlib.Path, logs: pathlib.Path):
        self.port, self._socket, self._logs = port, sockets / "ssh", logs
        self._master = None

    def argv(self, command=None, tty: bool = False) -> list:
        """The ssh command line for `command` (text for the guest's shell, or a list of words)."""
        words = ["ssh", "-F", "/dev/null", "-S", str(self._socket), "-i", str(cache_dirs.ssh_key()), "-p", str(self.port),
                 "-o", "StrictHostKeyChecking=no", "-o", "UserKnownHostsFile=/dev/null",
                 "-o", "LogLevel=ERROR", "-o", "BatchMode=yes", "-o", "ConnectTimeout=120",
                 "-o", "ServerAliveInterval=30", "-o", "ServerAliveCountMax=20"]
        if tty:
            words.append("-tt")
        words.append("root@127.0.0.1")
        if command is not None:
            words.append(command if isinstance(command, str) else shlex.join(command))
        return words

    def _banner(self) -> bool:
        """Whether sshd itself answers: the forwarded port is open from QEMU's start."""
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", self.port), 10) as probe:
            probe.settimeout(20)
            return probe.recv(4) == b"SSH-"
        return False

    def connect(self, alive, timeout: float):
        """Waits for the guest's sshd and opens the connection. `alive()` false ends the wait."""
        self.drop()
        limit = time.monotonic() + timeout
        while time.monotonic() < limit:
            if not alive():
                raise GuestError("QEMU ended before ssh answered; see console.log and qemu.log")
            if self._banner() and self._open_master(limit):
                return
            time.sleep(0.5)
        raise GuestError(f"no ssh after {timeout:.0f} s; see {self._logs / 'console.log'}")

    def _open_master(self, limit: float) -> bool:
        argv = self.argv()
        argv[1:1] = ["-M", "-N", "-o", "ControlPersist=no"]
        with open(self._logs / "ssh.log", "ab") as log:
            self._master = qemu.start_bound(argv, stdout=log, stderr=subprocess.STDOUT)
        while time.monotonic() < limit and self._master.poll() is None:
            if self._socket.exists():
                return True
            time.sleep(0.05)
        self.drop()
        return False

    def drop(self):
        """Ends the connection; a guest that is gone does not hold this up."""
        if self._master and self._master.poll() is None:
            self._master.terminate()
            try:
                self._master.wait(5)
            except subprocess.TimeoutExpired:
                self._master.kill()
                self._master.wait()
        self._master = None
        self._socket.unlink(missing_ok=True)

    def run(self, command, stdin=None, timeout: float = 900, check: bool = True) -> Done:
        """`stdin`: text, bytes, an open file or None. A time-out leaves the command running in
        the guest. Raises GuestError on a time-out and, with `check`, on a non-zero end."""
        feed = {"input": stdin.encode() if isinstance(stdin, str) else stdin or b""}
        if hasattr(stdin, "fileno"):
            feed = {"stdin": stdin}
        started = time.monotonic()
        try:
            done = subprocess.run(self.argv(command), **feed, capture_output=True, timeout=timeout, check=False)
        except subprocess.TimeoutExpired as error:
            raise GuestError(f"no end after {timeout:.0f} s: {command}") from error
        out, err = (text.decode("utf-8", "replace") for text in (done.stdout, done.stderr))
        if check and done.returncode != 0:
            raise GuestError(f"{command}: ended with {done.returncode}\n{out[-2000:]}{err[-2000:]}")
        return Done(done.returncode, out, err, time.monotonic() - started)
