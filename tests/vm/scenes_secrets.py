"""Secrets in a guest: a whole set-up with canaries, searched for in the guest and, after power-off, on its raw disk.

The secrets come by ssh's standard input into the guest's /run, which is memory; the guest has no swap. The one place where a secret may
lie is the engine's own proxy file, with the proxy's password: its place on the disk is asked for, and nothing else is excused.
"""
import json
import pathlib
import re
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "lab"))

import canary  # noqa: E402
from scene import GUEST_PROGRAM, Laboratory, Scene  # noqa: E402
from scenes_default import converges, must  # noqa: E402

FOLDER = "/run/canary"
ANSWERS = "/root/lab/answers-canary.json"
ENGINE_PROXY = "/etc/systemd/system/docker.service.d/cosigner-proxy.conf"
BLOCK = 4096
# Looks at all processes over and over while its file is there. The needles are in files, so that it does not find itself.
# Of a process whose environment holds the proxy's password it says who its ancestors are; one that has ended meanwhile is only counted.
WATCH = f"""touch {FOLDER}/watch; nohup sh -c '
line() {{
  pid=$1 names=
  while [ "$pid" -gt 1 ] 2>/dev/null && read -r name <"/proc/$pid/comm"; do
    names="$names/$name"
    pid=$(sed -n "s/^PPid:[[:space:]]*//p" "/proc/$pid/status")
  done
  echo "$names"
}}
while [ -e {FOLDER}/watch ]; do
  {{
    grep -aslF -f {FOLDER}/needles /proc/[0-9]*/cmdline
    grep -aslF -f {FOLDER}/needles-not-the-engines /proc/[0-9]*/environ
    grep -aslF -f {FOLDER}/needles /proc/[0-9]*/environ | while read -r found; do
      pid=${{found%/*}}; ancestors=$(line "${{pid##*/}}" 2>/dev/null)
      if [ -e "$found" ]; then echo "proxy $ancestors"; else echo "proxy gone"; fi
    done
  }} >>{FOLDER}/seen
  echo look >>{FOLDER}/looks
  sleep 0.5
done' >/dev/null 2>&1 </dev/null &"""
SAID_BY = [["plan", "--diff"], ["plan", "--json"], ["status"], ["status", "--json"], ["history"], ["config", "show"], ["logs"], ["logs", "--raw"]]
ENGINE_SAYS = "docker inspect $(docker ps -aq) $(docker images -q); docker info 2>&1; docker logs cosigner 2>&1"


class DiscreetLaboratory(Laboratory):
    """The lab, but its registry password is not put on the guest's disk."""

    @property
    def map(self) -> pathlib.Path:
        document = json.loads((self.folder / "lab.json").read_text(encoding="utf-8"))
        document["files"] = [item for item in document["files"] if not item["target"].endswith("/registry-password")]
        path = self.folder / "lab-discreet.json"
        path.write_text(json.dumps(document), encoding="utf-8")
        return path

    def registry_password(self) -> str:
        return (self.folder / "keys" / "registry-password").read_text(encoding="utf-8")


class DiscreetScene(Scene):
    laboratory = DiscreetLaboratory


def write_answers(scene):
    """The lab's answers, with secrets from /run and a download proxy with a login."""
    lines = (scene.lab.folder / "answers-debian.json").read_text(encoding="utf-8").splitlines()
    answers = json.loads("\n".join(line for line in lines if not line.strip().startswith("//")))
    answers["pairing"]["token"] = {"file": f"{FOLDER}/token"}
    answers["registry"]["password"] = {"file": f"{FOLDER}/registry-password"}
    answers["proxy"] = {"url": "http://proxy.lab.example:3128", "username": "lab-proxy", "password": {"file": f"{FOLDER}/proxy-password"}}
    scene.vm.run(f"cat > {ANSWERS}", json.dumps(answers))


def bring_secrets(scene) -> dict:
    """Makes them, and puts them into the guest's memory; by name."""
    vm = scene.vm
    must(not vm.run("swapon --show --noheadings").out.strip(), "the guest has no swap")
    vm.run(f"mkdir -m 700 {FOLDER}")
    must(vm.run(f"stat -f -c %T {FOLDER}").out.strip() == "tmpfs", "what is in /run stays in memory")
    now = vm.run("date +%s").out.strip()
    secrets = {"token": scene.lab.token("--at", now), "registry password": scene.lab.registry_password(), "proxy password": canary.password()}
    for name, text in secrets.items():
        vm.run(f"umask 077; cat > {FOLDER}/{name.replace(' ', '-')}", text + "\n")
    return {**secrets, "token's signature": secrets["token"].rpartition(".")[2]}


def write_needles(vm, name, canaries):
    lines = [needle for needle in canaries.needles() if b"\n" not in needle and b"\0" not in needle]
    vm.run(f"umask 077; cat > {FOLDER}/{name}", b"\n".join(lines) + b"\n")


def is_the_engines(seen: str) -> bool:
    """The engine gets its proxy's login by its environment, and so does what it starts of itself. systemd's child is it, before it becomes it."""
    return bool(re.fullmatch(r"proxy (/[^/]+)*/(dockerd|\(dockerd\))", seen))


def search_processes(scene, figures):
    vm = scene.vm
    vm.run(f"rm -f {FOLDER}/watch; sleep 2")
    looks = int(vm.run(f"wc -l <{FOLDER}/looks").out)
    must(looks >= 10, f"the processes were looked at {looks} times")
    seen = vm.run(f"sort {FOLDER}/seen").out.splitlines()
    engines, gone = sum(map(is_the_engines, seen)), seen.count("proxy gone")
    must(engines > gone, f"the engine's processes were recognised: {engines}, and {gone} had ended before they were")
    found = sorted({line for line in seen if line != "proxy gone" and not is_the_engines(line)})
    must(not found, f"secrets in command lines or environments: {found[:10]}")
    figures.update({"looks at processes": looks, "engine's processes with its proxy login": engines, "ended before they were recognised": gone})


def search_words(scene, canaries, run):
    """What was said, to whom it may be: the run, the other verbs, the engine, the journal of the system."""
    vm = scene.vm
    said = {"the run": run.text + run.errors, "the engine": vm.run(ENGINE_SAYS).out, "the system's journal": vm.run("journalctl --no-pager -o export", timeout=1800).out}
    for words in SAID_BY:
        done = vm.run([GUEST_PROGRAM, *words], check=False, timeout=1800)
        must(done.rc == 0, f"{words} ended with {done.rc}: {done.out[-500:]}{done.err[-500:]}")
        said[" ".join(words)] = done.out + done.err
    found = [(where, form) for where, text in said.items() for form in canaries.find(text)]
    must(not found, f"secrets were said: {found}")


def search_memory_files(scene):
    """/run, where nothing may be left but what the operator brought."""
    found = scene.vm.run(f"grep -rasl -D skip -F -f {FOLDER}/needles /run /dev/shm /tmp --exclude-dir=canary", check=False, timeout=1800).out.split()
    # systemd keeps units' settings of /etc in memory, not in /run.
    must(not found, f"secrets in memory files: {found}")


def blocks_of(scene, path) -> list:
    """Ranges of the disk, in bytes, where a file lies."""
    listing = scene.vm.run(f"sync; filefrag -b{BLOCK} -v {path}").out
    ranges = []
    for line in listing.splitlines():
        found = re.match(r"\s*\d+:\s*\d+\.\.\s*\d+:\s*(\d+)\.\.\s*(\d+):", line)
        if found:
            ranges.append((int(found[1]) * BLOCK, (int(found[2]) + 1) * BLOCK))
    must(ranges, f"where {path} lies is known:\n{listing}")
    return ranges


def search_disk(scene, canaries, excused) -> int:
    """The guest is off. Only what it wrote is read: the image below it is older than the secrets."""
    hits, size = canaries.find_in_disk(scene.vm.disk, layers=1)
    excusable = [hit for hit in hits if hit[1].startswith("proxy password") and any(first <= hit[0] < last for first, last in excused)]
    must(excusable, "the disk was really read: the engine's proxy file is on it")
    left = [hit for hit in hits if hit not in excusable]
    must(not left, f"secrets on the raw disk: {left[:20]}")
    return size


def no_secret_stays(scene, figures: dict):
    """A whole set-up with canaries for token, registry and proxy: none is found in the guest or, after power-off, on its raw disk."""
    vm = scene.vm
    write_answers(scene)
    secrets = bring_secrets(scene)
    canaries = canary.Canaries(secrets)
    write_needles(vm, "needles", canaries)
    write_needles(vm, "needles-not-the-engines", canary.Canaries({name: text for name, text in secrets.items() if name != "proxy password"}))
    must(vm.run(f"grep -lF -f {FOLDER}/needles {FOLDER}/token {FOLDER}/registry-password {FOLDER}/proxy-password").out.count("\n") == 3, "what is there is found")
    vm.run(WATCH)
    run = scene.run("setup", "--answers", ANSWERS, "--verbose")
    converges(run)
    figures["setup s"] = round(run.seconds)
    requests = scene.lab.log("proxy")
    must(any(r.get("status") == 200 for r in requests), f"downloads went through the proxy: {requests[:3]}")
    search_processes(scene, figures)
    search_words(scene, canaries, run)
    search_memory_files(scene)
    excused = blocks_of(scene, ENGINE_PROXY)
    vm.power_off()
    figures["disk MB read"] = round(search_disk(scene, canaries, excused) / 1e6)


no_secret_stays.scene_class = DiscreetScene
CHAINS = []
ALONE = [("debian12", no_secret_stays)]
