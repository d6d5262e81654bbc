"""A person at a terminal, and what happens to it (threats L9): the echo is back after every way out of the token's question, the
token is nowhere in /proc, and nothing that the terminal shows holds it."""

import os
import pty
import select
import signal
import subprocess
import termios
import time

import chrooted
from run import require

_CANARY = "eyJhbGciOiJIUzI1NiJ9.CANARYcanaryCANARY.c2lnbmF0dXJl"


class Terminal:
    """The program as leader of a session of its own on a pseudo-terminal; the slave stays open here, so that its modes can be read."""

    def __init__(self, world, *words, env=None):
        self.master, self.slave = pty.openpty()
        self.seen = b""
        variables = {"TERM": "xterm", **(env or {})}
        given = ["/bin/busybox", "env", *(f"{k}={v}" for k, v in variables.items())]

        def own_session():
            os.setsid()
            signal.signal(signal.SIGHUP, signal.SIG_DFL)  # a test run under nohup ignores it, and a child inherits that
            import fcntl
            fcntl.ioctl(0, termios.TIOCSCTTY, 0)
        self.process = subprocess.Popen(["chroot", world.root, *given, "/cosigner", *words], stdin=self.slave, stdout=self.slave, stderr=self.slave, preexec_fn=own_session)

    def has_echo(self):
        return bool(termios.tcgetattr(self.slave)[3] & termios.ECHO)

    def read(self, seconds):
        if select.select([self.master], [], [], seconds)[0]:
            self.seen += os.read(self.master, 65536)

    def expect(self, text, seconds=240):
        end = time.monotonic() + seconds
        while text.encode() not in self.seen:
            require(time.monotonic() < end, f"{text!r} was not asked: {self.seen[-1500:].decode(errors='replace')}")
            require(self.process.poll() is None or select.select([self.master], [], [], 0)[0], f"it ended with {self.process.returncode} before {text!r}: {self.seen[-1500:].decode(errors='replace')}")
            self.read(0.2)

    def type(self, text):
        os.write(self.master, text.encode())

    def wait_for(self, condition, what, seconds=60):
        end = time.monotonic() + seconds
        while not condition():
            require(time.monotonic() < end, what)
            self.read(0.05)

    def end(self, seconds=120):
        """Its code; negative for a signal."""
        self.wait_for(lambda: self.process.poll() is not None, "it does not end", seconds)
        return self.process.returncode

    def close(self):
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        for handle in (self.master, self.slave):
            os.close(handle)


def _state_of(pid):
    with open(f"/proc/{pid}/stat") as f:
        return f.read().rsplit(")", 1)[1].split()[0]


def at_token(world, **more):
    """A machine where all before pairing is done, and `pair` at its question for the token."""
    if not os.path.exists(world.path("var/lib/cosigner/journal.jsonl")):
        chrooted.change_answers(world, pairing=None)
        done = chrooted.setup(world)
        require(done.code == 21, f"the preparation ended with {done.code}: {done.out[-800:]}{done.err[-500:]}")
    terminal = Terminal(world, "pair", "--profile", "/root/lab/profile.json", **more)
    try:
        _up_to_token(terminal)
    except BaseException:
        terminal.close()
        raise
    return terminal


def _up_to_token(terminal):
    answered = 0
    while b"airing token:" not in terminal.seen or b"(not shown)" not in terminal.seen:
        terminal.read(0.2)
        asked = terminal.seen.count(b"[y/n]") + terminal.seen.count(b"[y/N]")
        if asked > answered:
            answered = asked
            terminal.type("y\n")
        require(terminal.process.poll() is None, f"it ended before the question: {terminal.seen[-1500:].decode(errors='replace')}")
    terminal.wait_for(lambda: not terminal.has_echo(), "the echo is on at the token's question")


def echo_after_signals(world):
    for number, codes in ((signal.SIGINT, (130,)), (signal.SIGTERM, (143,)), (signal.SIGHUP, (129, 130, 143))):
        terminal = at_token(world)
        try:
            terminal.type(_CANARY)
            time.sleep(1)  # a kernel worker carries it over; what arrives when the echo is on again, the kernel itself shows
            os.kill(terminal.process.pid, number)
            code = terminal.end()
            require(code in codes, f"{number.name}: ended with {code}")
            require(terminal.has_echo(), f"{number.name}: the echo stays off")
            require(_CANARY.encode() not in terminal.seen, f"{number.name}: the token was shown")
        finally:
            terminal.close()


def echo_after_keys(world):
    terminal = at_token(world)
    try:
        terminal.type(_CANARY + "\x03")
        require(terminal.end() == 130, f"Ctrl-C ended with {terminal.process.returncode}")
        require(terminal.has_echo(), "the echo stays off after Ctrl-C")
        require(_CANARY.encode() not in terminal.seen, "the token was shown")
    finally:
        terminal.close()
    terminal = at_token(world)
    try:
        terminal.type("\x04")
        require(terminal.end() == 130 and terminal.has_echo(), f"the end of the input: {terminal.process.returncode}, echo {terminal.has_echo()}")
    finally:
        terminal.close()


def echo_while_stopped(world):
    terminal = at_token(world)
    try:
        pid = terminal.process.pid
        for _ in range(2):
            os.kill(pid, signal.SIGTSTP)
            # The leader of a session without a parent in it is an orphan, which the kernel does not stop by SIGTSTP: then it just goes on.
            terminal.wait_for(lambda: _state_of(pid) == "T" or not terminal.has_echo(), "neither stopped nor going on")
            if _state_of(pid) == "T":
                require(terminal.has_echo(), "the echo is off while it is stopped")
                os.kill(pid, signal.SIGCONT)
                terminal.wait_for(lambda: not terminal.has_echo(), "the echo stays on after it goes on")
        asked = terminal.seen.count(b"(not shown)")
        terminal.type(_CANARY + "\n")  # no token: it is asked for again
        terminal.wait_for(lambda: terminal.seen.count(b"(not shown)") > asked and not terminal.has_echo(), "a wrong token is not asked for again")
        require(_CANARY.encode() not in terminal.seen, "the token was shown")
        os.kill(pid, signal.SIGTERM)
        terminal.end()
        require(terminal.has_echo(), "the echo stays off")
    finally:
        terminal.close()


_JOB_SHELL = """import os, signal, sys, time
signal.signal(signal.SIGTTOU, signal.SIG_IGN)
child = os.fork()
if child == 0:
    os.setpgid(0, 0)
    os.tcsetpgrp(0, os.getpid())
    signal.signal(signal.SIGTTOU, signal.SIG_DFL)
    os.execvp(sys.argv[1], sys.argv[1:])
print("child", child, flush=True)
while True:
    _, status = os.waitpid(child, os.WUNTRACED)
    if not os.WIFSTOPPED(status):
        break
    os.tcsetpgrp(0, os.getpid())
    print("shell has it", flush=True)
    sys.stdin.readline()
    os.tcsetpgrp(0, child)
    os.kill(child, signal.SIGCONT)
print("shell ended", flush=True)
"""


class ShellTerminal(Terminal):
    """The program as a job of a shell with job control, as a person has it: it can be stopped by Ctrl-Z and taken up again."""

    def __init__(self, world, *words):
        self.master, self.slave = pty.openpty()
        self.seen = b""

        def own_session():
            os.setsid()
            signal.signal(signal.SIGHUP, signal.SIG_DFL)  # a test run under nohup ignores it, and a child inherits that
            import fcntl
            fcntl.ioctl(0, termios.TIOCSCTTY, 0)
        command = ["python3", "-c", _JOB_SHELL, "chroot", world.root, "/bin/busybox", "env", "TERM=xterm", "/cosigner", *words]
        self.process = subprocess.Popen(command, stdin=self.slave, stdout=self.slave, stderr=self.slave, preexec_fn=own_session)


def stopped_by_its_shell(world):
    at_token(world).close()
    terminal = ShellTerminal(world, "pair", "--profile", "/root/lab/profile.json")
    try:
        _up_to_token(terminal)
        child = int(terminal.seen.split(b"child ")[1].split()[0])
        for _ in range(2):
            shells = terminal.seen.count(b"shell has it")
            terminal.type("\x1a")
            terminal.wait_for(lambda: terminal.seen.count(b"shell has it") > shells, "Ctrl-Z does not give the terminal back")
            require(_state_of(child) == "T", f"after Ctrl-Z it is {_state_of(child)}")
            require(terminal.has_echo(), "the echo is off in the shell's hands")
            terminal.type("\n")
            terminal.wait_for(lambda: not terminal.has_echo(), "the echo stays on after it was taken up again")
        # The parent is killed: the session hangs up, and the program ends by itself.
        terminal.process.kill()
        terminal.process.wait()
        terminal.wait_for(lambda: not os.path.exists(f"/proc/{child}") or _state_of(child) == "Z", "it goes on without its terminal")
    finally:
        terminal.close()


def nothing_in_proc(world):
    """While the token is being asked for and after it was typed: command lines and environments of all processes."""
    at_token(world).close()
    snapshot = "var/lib/cosigner/answers.json"
    chrooted.change_answers(world, snapshot, registry={"username": "reader", "password": {"env": "REGISTRY_PASSWORD"}})
    terminal = at_token(world, env={"REGISTRY_PASSWORD": "canary-of-the-registry"})
    try:
        terminal.type(_CANARY)
        found, looked = [], 0
        for pid in filter(str.isdigit, os.listdir("/proc")):
            try:
                if os.readlink(f"/proc/{pid}/root") != world.root:
                    continue
                looked += 1
                for name in ("cmdline", "environ"):
                    with open(f"/proc/{pid}/{name}", "rb") as f:
                        text = f.read()
                    found += [f"{pid}/{name}"] if b"canary-of-the-registry" in text or _CANARY.encode() in text else []
            except OSError:
                continue
        require(looked >= 1, "no process of the world was seen")
        require(not found, f"a secret is in {found}")
        os.kill(terminal.process.pid, signal.SIGINT)
        require(terminal.end() == 130, "it does not end by SIGINT")
        require(b"canary-of-the-registry" not in terminal.seen and _CANARY.encode() not in terminal.seen, "a secret was shown")
    finally:
        terminal.close()


CASES = (
    ("the echo is back after SIGINT, SIGTERM and SIGHUP at the token's question", echo_after_signals),
    ("the echo is back after Ctrl-C and the end of the input at the token's question", echo_after_keys),
    ("a program that leads its session survives SIGTSTP at the token's question, and the echo is back at its end", echo_while_stopped),
    ("stopped by Ctrl-Z the echo is the shell's, taken up again it is off, and a killed shell ends the program", stopped_by_its_shell),
    ("neither the token nor a password of the environment is in any process's command line or environment", nothing_in_proc),
)
