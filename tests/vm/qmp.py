"""A minimal QMP client: one command at a time, events dropped."""
import json
import pathlib
import socket
import time


class QmpError(RuntimeError):
    pass


class Qmp:
    def __init__(self, path: pathlib.Path, timeout: float = 60):
        self._socket = socket.socket(socket.AF_UNIX)
        self._socket.settimeout(timeout)
        self._connect(str(path), timeout)
        self._lines = self._socket.makefile("r", encoding="utf-8")
        self._read()  # greeting
        self.command("qmp_capabilities")

    def _connect(self, path: str, timeout: float):
        limit = time.monotonic() + timeout
        while True:
            try:
                self._socket.connect(path)
                return
            except (FileNotFoundError, ConnectionRefusedError):
                if time.monotonic() > limit:
                    raise
                time.sleep(0.05)

    def _read(self) -> dict:
        line = self._lines.readline()
        if not line:
            raise QmpError("QEMU closed the connection")
        return json.loads(line)

    def command(self, name: str, **arguments):
        request = {"execute": name, "arguments": arguments}
        self._socket.sendall(json.dumps(request).encode() + b"\n")
        while True:
            answer = self._read()
            if "return" in answer:
                return answer["return"]
            if "error" in answer:
                raise QmpError(f"{name}: {answer['error'].get('desc')}")

    def wait_status(self, wanted: str, timeout: float = 300):
        """Until the machine is `running`, `paused` …; raises QmpError after `timeout` seconds."""
        limit = time.monotonic() + timeout
        while (status := self.command("query-status")["status"]) != wanted:
            if time.monotonic() > limit:
                raise QmpError(f"machine is {status}, not {wanted}")
            time.sleep(0.05)

    def save_to(self, path: pathlib.Path, timeout: float = 600):
        """Stops the machine and writes its memory and devices to `path`."""
        self.command("stop")
        self.command("migrate-set-parameters", **{"max-bandwidth": 1 << 40})
        self.command("migrate", uri=f"exec:cat > {path}")
        limit = time.monotonic() + timeout
        while (status := self.command("query-migrate").get("status")) != "completed":
            if status in ("failed", "cancelled") or time.monotonic() > limit:
                raise QmpError(f"saving the machine: {status}")
            time.sleep(0.05)

    def close(self):
        self._lines.close()
        self._socket.close()
