"""What a run did, seen from outside the program: files newer than its start, traffic in the lab's logs, engine events."""
import dataclasses
import time

OWN_PATHS = ("/etc/cosigner", "/var/lib/cosigner", "/var/log/cosigner", "/etc/apt", "/var/lib/apt", "/var/lib/dpkg", "/etc/docker",
             "/etc/systemd/system", "/lib/systemd/system", "/etc/sgx_default_qcnl.conf", "/etc/aesmd.conf", "/etc/group", "/etc/passwd",
             "/opt/intel", "/databases/cosigner/config", "/databases/cosigner/enclave", "/databases/cosigner/db")
# What a run without effects may write: one log line and the last report (contracts, section 5).
ALLOWED = ("/var/log/cosigner", "/var/lib/cosigner/last-run.json")


@dataclasses.dataclass
class Footprint:
    changed: list      # paths newer than the start, beyond what is allowed
    requests: list     # requests that reached a lab server
    engine: list       # lines of engine events, beyond our own question
    children: int      # processes and threads started in the guest meanwhile, less those of an equal idle span


class Watch:
    """`with Watch(scene) as watch: scene.setup()`, then `watch.footprint`."""

    def __init__(self, scene):
        self.scene, self.footprint = scene, None

    def __enter__(self):
        vm = self.scene.vm
        vm.run("touch /run/watch-start; sleep 1.1")
        self._requests = {name: len(self.scene.lab.log(name)) for name in ("web",)}
        self._since = vm.run("date +%s").out.strip()
        self._forks, self._began = self._fork_count(), time.monotonic()
        return self

    def _fork_count(self) -> int:
        return int(self.scene.vm.run("sed -n 's/^processes //p' /proc/stat").out)

    def __exit__(self, kind, *_):
        if kind:
            return
        vm = self.scene.vm
        children, span = self._fork_count() - self._forks, time.monotonic() - self._began
        idle = self._fork_count()
        vm.run(["sleep", f"{span:.1f}"])  # one command, as the run was: the shell, the connection and the guest's own work count on both sides
        children -= self._fork_count() - idle
        paths = " ".join(OWN_PATHS)
        found = vm.run(f"find {paths} -newer /run/watch-start 2>/dev/null", check=False).out.split()
        changed = [p for p in found if not any(p == a or p.startswith(a + "/") for a in ALLOWED) and p != "/var/lib/cosigner"]
        requests = [r for name, count in self._requests.items() for r in self.scene.lab.log(name)[count:]]
        until = vm.run("date +%s").out.strip()
        engine = vm.run(f"docker events --since {self._since} --until {until} 2>/dev/null", check=False).out.splitlines()
        engine = [line for line in engine if " exec_" not in line]
        self.footprint = Footprint(changed, requests, engine, children)
