"""A lab, a guest and the program in it: what every scene starts from.

    with Scene("debian12") as scene:             # lab up, fresh VM, program copied in
        run = scene.setup()                      # unattended, with a fresh token; JSON events parsed
        assert run.code == 0 and run.effects > 0
        scene.save("converged")                  # for other scenes; ends this one
"""
import dataclasses
import json
import os
import pathlib
import shutil
import subprocess
import sys
import time

import cache_dirs
from vm import VM, GuestError

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent.parent
LAB = HERE.parent / "lab" / "lab.py"
PROGRAM = pathlib.Path(os.environ.get("COSIGNER_BINARY", ROOT / "build-static" / "cosigner"))
GUEST_PROGRAM = "/root/cosigner"
PROFILE = "/root/lab/lab-profile.json"
QUOTE_PROFILE, QUOTE_ANSWERS = "/root/lab/quote-profile.json", "/root/lab/answers-quote.json"
ANSWERS = {"debian12": "/root/lab/answers-debian.json", "ubuntu2204": "/root/lab/answers-ubuntu.json"}
# For whoever runs an enclave of their own: the same for every kind, but Debian 11, which has no suite of its own at the vendor.
NODE_ANSWERS = {"debian12": "/root/lab/answers-node.json", "ubuntu2204": "/root/lab/answers-node.json", "debian11": "/root/lab/answers-node-debian11.json"}
NODE_USER = "oasis"
SETUP_SECONDS = 3600  # an install of the engine alone takes minutes under emulation, more on a busy machine


@dataclasses.dataclass
class Run:
    code: int
    events: list
    text: str
    errors: str
    seconds: float

    @property
    def effects(self) -> int:
        return self.last.get("effects", -1)

    @property
    def last(self) -> dict:
        finished = [e for e in self.events if e.get("event") == "run_finished"]
        return finished[-1] if finished else {}

    def slowest(self, count=4) -> list:
        """The longest steps and stages, as "name seconds"."""
        took = [(e["took_ms"] / 1000, e["stage"] + (f" {e['step']}" if "step" in e else "")) for e in self.events
                if e.get("event") in ("step_finished", "stage_finished") and e.get("took_ms")]
        return [f"{name} {seconds:.0f} s" for seconds, name in sorted(took, reverse=True)[:count]]

    def explain(self) -> str:
        return f"exit {self.code} after {self.seconds:.0f} s\n{self.text[-6000:]}\n{self.errors[-3000:]}"


class Laboratory:
    """The lab's processes, in a run directory of their own."""

    def __init__(self, name: str):
        self.folder = cache_dirs.new_run_dir(f"lab-{name}")

    def _call(self, *arguments, check=True) -> str:
        done = subprocess.run([sys.executable, "-B", str(LAB), arguments[0], "--run-dir", str(self.folder), *arguments[1:]],
                              stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=1200, check=False)
        if check and done.returncode != 0:
            raise RuntimeError(f"lab {' '.join(arguments)}: {done.stdout[-1500:]}{done.stderr[-1500:]}")
        return done.stdout

    def up(self):
        self._call("up", "--detach")

    def down(self):
        self._call("down", check=False)

    def token(self, *arguments) -> str:
        return self._call("token", *arguments).strip()

    def switch(self, *assignments):
        self._call("set", *assignments)

    def log(self, name: str) -> list:
        return [json.loads(line) for line in self._call("log", name, check=False).splitlines() if line.startswith("{")]

    @property
    def registry_user(self) -> str:
        return json.loads(self.map.read_text(encoding="utf-8"))["registry"]["username"]

    @property
    def map(self) -> pathlib.Path:
        return self.folder / "lab.json"


class Scene:
    laboratory = Laboratory

    def __init__(self, kind="debian12", name=None, state=None, lab=None):
        """`state`: a folder saved by another scene, with the `lab` that it was saved with (its keys and addresses)."""
        self.kind, self.name, self._state = kind, name or kind, state
        self._own_lab = lab is None
        self.lab = lab or self.laboratory(self.name)
        self.vm = None

    def __enter__(self) -> "Scene":
        try:
            if self._own_lab:
                self.lab.up()
            self.vm = VM.restore(self._state, lab=self.lab.map, name=self.name) if self._state else VM(self.kind, self.lab.map, self.name)
            self.vm.start()
            if not self._state:
                self.vm.push(PROGRAM, GUEST_PROGRAM, 0o755)
            return self
        except BaseException:
            self.close()
            raise

    def __exit__(self, *_):
        self.close()

    def close(self):
        if self.vm:
            self.vm.close()
        if self._own_lab:
            self.lab.down()

    def save(self, folder) -> pathlib.Path:
        return self.vm.save(folder)

    def put_token(self, *arguments):
        """A pairing token as a person would bring it: the hour begins now, by the guest's clock."""
        now = self.vm.run("date +%s").out.strip()
        token = self.lab.token("--at", now, *arguments)
        self.vm.run("umask 077; cat > /root/lab/token", token + "\n")
        return token

    def run(self, *words, stdin=None, timeout=SETUP_SECONDS) -> Run:
        """The program with `--json`: its lines as events."""
        done = self.vm.run([GUEST_PROGRAM, *words, "--json"], stdin, timeout, check=False)
        events = []
        for line in done.out.splitlines():
            if line.startswith("{"):
                events.append(json.loads(line))
        return Run(done.rc, events, done.out, done.err, done.seconds)

    def setup(self, *words, stdin=None) -> Run:
        return self.run("setup", "--profile", PROFILE, "--answers", ANSWERS[self.kind], *words, stdin=stdin)

    def node(self, *words) -> Run:
        """Set-up of a host for a node: driver, packages, devices, no co-signer."""
        return self.run("setup", "--answers", NODE_ANSWERS[self.kind], *words)

    def answer(self, **parts):
        """Says these answers of the node's host instead: an object replaces the members it names, and a member that is None goes."""
        path = NODE_ANSWERS[self.kind]
        value = json.loads(self.vm.run(["cat", path]).out)
        for name, part in parts.items():
            value[name] = {k: v for k, v in {**value.get(name, {}), **part}.items() if v is not None} if isinstance(part, dict) else part
        self.vm.run(f"cat > {path}", json.dumps(value, indent=1))

    def reboots_itself(self, *words):
        """A set-up that ends with a reboot of the machine: until the guest is up again."""
        before = self.vm.boot_id()
        argv = self.vm.argv([GUEST_PROGRAM, "setup", "--answers", NODE_ANSWERS[self.kind], "--json", *words])
        done = subprocess.run(argv, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=SETUP_SECONDS, check=False)
        try:
            self.vm.await_reboot(before)
        except GuestError as error:
            raise GuestError(f"{error}\n{done.stdout[-3000:]}{done.stderr[-2000:]}") from error

    def start_setup(self, *words) -> subprocess.Popen:
        """In the background, for a scene that interrupts it."""
        argv = self.vm.argv([GUEST_PROGRAM, "setup", "--profile", PROFILE, "--answers", ANSWERS[self.kind], "--json", *words])
        return subprocess.Popen(argv, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)

    def wait_for_event(self, process: subprocess.Popen, wanted, seconds=1800) -> dict:
        """The first event for which `wanted(event)` holds."""
        limit = time.monotonic() + seconds
        seen = []
        for line in process.stdout:
            seen.append(line)
            if line.startswith("{") and wanted(event := json.loads(line)):
                return event
            if time.monotonic() > limit:
                break
        raise GuestError("the run ended without the awaited event:\n" + "".join(seen[-30:]))


def keep_logs(scene: Scene, target: pathlib.Path):
    """What a failed scene leaves for a reader: console, program's logs, lab's logs."""
    target.mkdir(parents=True, exist_ok=True)
    if scene.vm:
        for command, name in (("cat /var/log/cosigner/* 2>/dev/null", "run.log"), ("journalctl -b --no-pager | tail -n 400", "journal.txt")):
            try:
                (target / name).write_text(scene.vm.run(command, check=False, timeout=120).out, encoding="utf-8")
            except (GuestError, OSError):
                pass
        shutil.copytree(scene.vm.logs, target / "vm", dirs_exist_ok=True, ignore=shutil.ignore_patterns("*.qcow2"))
    if (scene.lab.folder / "logs").is_dir():
        shutil.copytree(scene.lab.folder / "logs", target / "lab", dirs_exist_ok=True)
