"""A person at a terminal of the guest: a pseudo-terminal of 80 columns, over ssh, with everything that was seen.

    with Terminal(scene, "cosigner setup --profile F") as person:
        person.sees("Go on?"); person.types("y")
        code = person.ends()
"""
import fcntl
import os
import pty
import re
import select
import signal
import struct
import subprocess
import termios
import time

_QUIET = 1800  # seconds without the awaited words, on a machine that does many other things
_MARK = "terminal-after"


class Terminal:
    def __init__(self, scene, command: str, columns=80, environment=""):
        # The shell around the program says what it left behind: its code, and whether the terminal still echoes.
        tail = f"; echo \"{_MARK} $? $(stty -a | grep -o -- '-*\\becho\\b')\""
        self._argv = scene.vm.argv(f"stty cols {columns} rows 24; env TERM=xterm-256color {environment} {command}{tail}", tty=True)
        self.text = ""
        self._from = 0
        self._columns = columns

    def __enter__(self) -> "Terminal":
        self._master, slave = pty.openpty()
        fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", 24, self._columns, 0, 0))
        self._process = subprocess.Popen(self._argv, stdin=slave, stdout=slave, stderr=slave, start_new_session=True)
        os.close(slave)
        return self

    def __exit__(self, *_):
        if self._process.poll() is None:
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()
        os.close(self._master)

    def _read(self, seconds) -> bool:
        if not select.select([self._master], [], [], seconds)[0]:
            return False
        try:
            more = os.read(self._master, 65536)
        except OSError:  # the other side closed
            return False
        self.text += more.decode("utf-8", "replace")
        return bool(more)

    def sees(self, words: str, seconds=_QUIET) -> str:
        """Waits until the words appear after the last awaited ones; what came before them."""
        limit = time.monotonic() + seconds
        while (at := self.text.find(words, self._from)) < 0:
            if time.monotonic() > limit or (not self._read(1) and self._process.poll() is not None):
                raise AssertionError(f"never seen: {words!r}; the end of what was:\n{self.text[-3000:]}")
        before = self.text[self._from:at]
        self._from = at + len(words)
        return before

    def types(self, line: str):
        os.write(self._master, line.encode() + b"\r")

    def presses_control_c(self):
        os.write(self._master, b"\x03")

    def answers(self, *pairs):
        """(question, line) one after another; without a line the words are only waited for."""
        for question, line in pairs:
            self.sees(question)
            if line is not None:
                self.types(line)

    def ends(self, seconds=_QUIET) -> int:
        """The program's exit code; also holds that the terminal echoes again."""
        self.sees(_MARK, seconds)
        limit = time.monotonic() + 60
        while not (found := re.match(r" (\d+) (-?echo)", self.text[self._from:])) and time.monotonic() < limit:
            self._read(1)
        assert found and found.group(2) == "echo", f"the terminal echoes again: {self.text[-500:]!r}"
        return int(found.group(1))

    def lines_wider_than(self, columns: int) -> list:
        """Lines of the transcript that are wider, without escape sequences and what a carriage return took back."""
        plain = re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", self.text)
        return [part for line in plain.split("\n") for part in line.split("\r") if len(part) > columns]
