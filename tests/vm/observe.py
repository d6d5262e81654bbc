"""What a run did, seen from outside the program: files newer than its start, traffic in the lab's logs, engine events."""
import dataclasses
import re
import time

OWN_PATHS = ("/etc/cosigner", "/var/lib/cosigner", "/var/log/cosigner", "/etc/apt", "/var/lib/apt", "/var/lib/dpkg", "/etc/docker",
             "/etc/systemd/system", "/lib/systemd/system", "/etc/sgx_default_qcnl.conf", "/etc/aesmd.conf", "/etc/group", "/etc/passwd",
             "/opt/intel", "/databases/cosigner/config", "/databases/cosigner/enclave", "/databases/cosigner/db")
# What a run without effects may write: one log line and the last report (contracts, section 5).
ALLOWED = ("/var/log/cosigner", "/var/lib/cosigner/last-run.json")


# A run may not touch anything else either; what the guest itself writes meanwhile is known from an idle span of the same length. The
# system's journal is not looked at: daemons write to it whenever they like.
ELSEWHERE = ("find / -xdev \\( -path /proc -o -path /sys -o -path /run -o -path /dev -o -path /tmp -o -path /var/log/journal" +
             "".join(f" -o -path {path}" for path in (*OWN_PATHS, "/var/log/cosigner", "/var/lib/cosigner")) + " \\) -prune -o -newer %s -print")
TRACING = "/sys/kernel/tracing"
CLONE_THREAD = 0x10000


@dataclasses.dataclass
class Footprint:
    changed: list      # paths newer than the start, beyond what is allowed
    elsewhere: list    # the same outside of our paths, beyond what an idle span changes
    requests: list     # requests that reached a lab server
    engine: list       # lines of engine events, beyond our own question
    children: int      # processes that the program and its children started, as the guest's kernel saw them


def children_of(trace: str, name: str) -> int:
    """The processes, not the threads, that descend from the one called `name`, in a trace of task_newtask."""
    family, count = set(), 0
    for line in trace.splitlines():
        found = re.match(r"\s*(.+)-(\d+)\s+\[\d+\].* task_newtask: pid=(\d+) .*clone_flags=([0-9a-f]+)", line)
        if not found:
            continue
        parent, parent_id, child_id, flags = found.groups()
        if parent != name and parent_id not in family:
            continue
        family.add(child_id)
        count += not int(flags, 16) & CLONE_THREAD
    return count


class Watch:
    """`with Watch(scene) as watch: scene.setup()`, then `watch.footprint`."""

    def __init__(self, scene, program="cosigner"):
        self.scene, self.program, self.footprint = scene, program, None

    def __enter__(self):
        vm = self.scene.vm
        vm.run(f"cd {TRACING} && echo 0 > tracing_on && echo > trace && echo 1 > events/task/task_newtask/enable && touch /run/watch-start && sleep 1.1 && echo 1 > tracing_on")
        self._requests = {name: len(self.scene.lab.log(name)) for name in ("web",)}
        self._since, self._began = vm.run("date +%s").out.strip(), time.monotonic()
        return self

    def _elsewhere(self, mark: str) -> set:
        return set(self.scene.vm.run(ELSEWHERE % mark, check=False, timeout=300).out.split("\n")) - {""}

    def __exit__(self, kind, *_):
        vm = self.scene.vm
        trace = vm.run(f"cd {TRACING} && echo 0 > tracing_on && echo 0 > events/task/task_newtask/enable && cat trace").out
        if kind:
            return
        span = time.monotonic() - self._began
        until = vm.run("date +%s").out.strip()
        paths = " ".join(OWN_PATHS)
        found = vm.run(f"find {paths} -newer /run/watch-start 2>/dev/null", check=False).out.split()
        changed = [p for p in found if not any(p == a or p.startswith(a + "/") for a in ALLOWED) and p != "/var/lib/cosigner"]
        elsewhere = self._elsewhere("/run/watch-start")
        vm.run(f"touch /run/idle-start; sleep {span:.1f}")
        elsewhere -= self._elsewhere("/run/idle-start")
        requests = [r for name, count in self._requests.items() for r in self.scene.lab.log(name)[count:]]
        engine = vm.run(f"docker events --since {self._since} --until {until} 2>/dev/null", check=False).out.splitlines()
        engine = [line for line in engine if " exec_" not in line]
        self.footprint = Footprint(changed, sorted(elsewhere), requests, engine, children_of(trace, self.program))
