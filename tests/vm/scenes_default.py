"""The scenes of the default tier: one fresh install a kind, the second run, one repair, one SIGKILL in the middle."""
import json

from observe import Watch
from scene import GUEST_PROGRAM, QUOTE_ANSWERS, QUOTE_PROFILE, Scene


def must(condition, message):
    if not condition:
        raise AssertionError(message)


def converges(run, why="the run ends 0"):
    must(run.code == 0, f"{why}: {run.explain()}")
    must(run.last.get("exit_code") == 0, f"the last event says so too: {run.last}")


def repairs(scene, what):
    """After a breakage: one run repairs it, the next has nothing to do."""
    run = scene.setup()
    converges(run, f"{what} is repaired")
    must(run.effects > 0, f"{what}: the repair is an effect")
    print("   slowest: " + ", ".join(run.slowest()), flush=True)
    again = scene.setup()
    converges(again, f"{what}: and then all is well")
    must(again.effects == 0, f"{what}: nothing is left to do, but {again.effects} effects\n{again.explain()}")
    return run


def fresh_install(scene: Scene, figures: dict):
    """From a bare machine to a running, paired co-signer by one command, unattended."""
    scene.put_token()
    run = scene.setup()
    converges(run)
    figures["setup s"] = round(run.seconds)
    figures["effects"] = run.effects
    state = scene.vm.run("docker inspect -f '{{.State.Running}} {{.HostConfig.RestartPolicy.Name}}' cosigner").out.strip()
    must(state == "true always", f"the co-signer runs and starts again by itself: {state}")
    must("cosigner-init" not in scene.vm.run("docker ps -a --format '{{.Names}}'").out, "no one-shot container is left behind")
    must(scene.vm.run("test -e /run/cosigner/pair", check=False).rc != 0, "the initial document is gone")
    mode = scene.vm.run("stat -c '%a %U' /etc/cosigner/config.json /var/lib/cosigner/journal.jsonl").out.split("\n")
    must(mode[:2] == ["600 root", "600 root"], f"configuration and journal are root's alone: {mode}")
    said = scene.vm.run("cosigner status", check=False)
    must(said.rc == 0 and said.out.startswith("Healthy."), f"the program is a command: exit {said.rc}: {said.out}{said.err}")


def second_run(scene: Scene, figures: dict):
    """On the converged machine: exit 0, no effect, although the token died long ago; counted from outside."""
    scene.vm.run("rm -f /root/lab/token")
    with Watch(scene) as watch:
        run = scene.setup()
    converges(run)
    seen = watch.footprint
    figures["second run s"] = round(run.seconds, 1)
    figures["children"] = seen.children
    must(run.effects == 0, f"no effect: {run.explain()}")
    must(not seen.changed, f"nothing newer than the start: {seen.changed}")
    must(not seen.elsewhere, f"nothing elsewhere that an idle span does not change: {seen.elsewhere[:10]}")
    must(seen.children <= 3, f"at most three child processes: {seen.children}")
    must(not seen.requests, f"no request to any lab server: {seen.requests[:5]}")
    must(not seen.engine, f"no engine event but our own question: {seen.engine[:5]}")


def container_removed(scene: Scene, figures: dict):
    """The co-signer's container is gone: it is created and started again, and nothing else is touched."""
    scene.vm.run("docker rm -f cosigner >/dev/null")
    figures["repair s"] = round(repairs(scene, "a removed container").seconds)


def killed_in_a_pull(scene: Scene, figures: dict):
    """SIGKILL in the middle of the image's download: the next run goes on."""
    scene.vm.run("docker rm -f cosigner >/dev/null; docker rmi -f $(docker images -q) >/dev/null")
    scene.lab.switch("registry.gitlab.com.throttle=4000000")
    process = scene.start_setup()
    scene.wait_for_event(process, lambda e: e.get("event") == "step_progressed" and e.get("stage") == "image" and (e.get("done") or 0) > 0)
    scene.vm.run("kill -9 $(awk '{print $1}' /run/cosigner/lock)")
    process.wait(300)
    scene.lab.switch("registry.gitlab.com.throttle=")
    run = repairs(scene, "a run that was killed")
    figures["after SIGKILL s"] = round(run.seconds)


def doctor_finds_nothing(scene: Scene, figures: dict):
    """On the converged machine `doctor` ends 0 and no check fails."""
    scene.vm.wait_clock()
    # By the profile that names the lab's root: what the lab's certificate service says is genuine to that root alone.
    done = scene.vm.run([GUEST_PROGRAM, "doctor", "--profile", QUOTE_PROFILE, "--answers", QUOTE_ANSWERS, "--json"], check=False)
    must(done.out.startswith("{"), f"doctor answers with a document: exit {done.rc} {done.out[-1500:]}{done.err[-1500:]}")
    document = json.loads(done.out)
    bad = [f"{c['id']}: {c['evidence']}" for c in document["checks"] if c["result"] == "fail"]
    must(done.rc == 0 and not bad, f"nothing fails: exit {done.rc}, " + "; ".join(bad))
    figures["doctor s"] = round(done.seconds, 1)
    figures["warnings"] = document["summary"]["warn"]


#: (kind, the scene that makes a state, the scenes that start from it); see run.py.
CHAINS = [("debian12", fresh_install, [second_run, doctor_finds_nothing, container_removed, killed_in_a_pull]), ("ubuntu2204", fresh_install, [])]
ALONE = []
