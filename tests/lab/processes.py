"""The lab's own processes: started together, ended exactly, found again by id and start time."""

import ctypes
import json
import os
import signal
import socket
import subprocess
import time

_PR_SET_PDEATHSIG = 1


def start_time(pid):
    """Start of a process in clock ticks since boot; None when it is gone (or only waits to be reaped)."""
    try:
        with open(f"/proc/{pid}/stat") as f:
            fields = f.read().rsplit(")", 1)[1].split()
    except OSError:
        return None
    return None if fields[0] == "Z" else int(fields[19])


def free_ports(count):
    """Loopback ports that nobody uses at this moment."""
    sockets = []
    for _ in range(count):
        s = socket.socket()
        s.bind(("127.0.0.1", 0))
        sockets.append(s)
    ports = [s.getsockname()[1] for s in sockets]
    for s in sockets:
        s.close()
    return ports


def wait_listening(port, seconds=60):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
            return
        except OSError:
            time.sleep(0.1)
    raise RuntimeError(f"nothing listens on port {port} after {seconds} s")


def _die_with_parent():
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)


class Group:
    """Children of this process; RUN/pids.json names them for a later `down`."""

    def __init__(self, run):
        self._path = os.path.join(run, "pids.json")
        self._log_folder = os.path.join(run, "logs")
        os.makedirs(self._log_folder, exist_ok=True)
        self._children = {}

    def start(self, name, command):
        with open(os.path.join(self._log_folder, name + ".out"), "ab") as out:
            child = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=out, stderr=out, preexec_fn=_die_with_parent,
                                     start_new_session=True, env={**os.environ, "PYTHONDONTWRITEBYTECODE": "1"})
        self._children[name] = child
        self._write()

    def _write(self):
        ids = {"supervisor": os.getpid(), **{n: c.pid for n, c in self._children.items()}}
        with open(self._path + ".new", "w") as f:
            json.dump({name: [pid, start_time(pid)] for name, pid in ids.items()}, f)
        os.replace(self._path + ".new", self._path)

    def ended(self):
        """Name of a child that ended, or None."""
        return next((name for name, child in self._children.items() if child.poll() is not None), None)

    def stop(self):
        for child in self._children.values():
            if child.poll() is None:
                child.terminate()
        for child in self._children.values():
            try:
                child.wait(10)
            except subprocess.TimeoutExpired:
                child.kill()
                child.wait()
        if os.path.exists(self._path):
            os.remove(self._path)


def running(run):
    """{name: pid} of a lab's processes that are still the ones it started."""
    try:
        with open(os.path.join(run, "pids.json")) as f:
            known = json.load(f)
    except (OSError, ValueError):
        return {}
    return {name: pid for name, (pid, started) in known.items() if started is not None and start_time(pid) == started}


def end(run, seconds=30):
    """End a lab: its supervisor first, which ends the rest, then whatever of its own is left. True = all are gone."""
    known = {name: (pid, start_time(pid)) for name, pid in running(run).items()}

    def alive():
        return {name: pid for name, (pid, started) in known.items() if start_time(pid) == started}

    for send in (signal.SIGTERM, signal.SIGKILL):
        now = alive()
        targets = [now["supervisor"]] if send == signal.SIGTERM and "supervisor" in now else now.values()
        for pid in targets:
            os.kill(pid, send)
        deadline = time.monotonic() + seconds
        while alive() and time.monotonic() < deadline:
            time.sleep(0.1)
    return not alive()
