"""The scenes that take long or are many: the six repairs, interruptions of a fresh install, pairing an hour later."""

from scene import Scene
from scenes_default import converges, fresh_install, must, repairs


def image_deleted(scene: Scene, figures: dict):
    """The image is deleted under a stopped co-signer: it is pulled again by the pinned digest."""
    scene.vm.run("docker rm -f cosigner >/dev/null; docker rmi -f $(docker images -q) >/dev/null")
    figures["repair s"] = round(repairs(scene, "a deleted image").seconds)


def source_list_edited(scene: Scene, figures: dict):
    """Somebody edited the package source: it is ours again, and packages are not touched."""
    before = scene.vm.run("stat -c %Y /var/lib/dpkg/status").out
    scene.vm.run("sed -i 's/^Suites:.*/Suites: sid/' /etc/apt/sources.list.d/*sgx*.sources")
    figures["repair s"] = round(repairs(scene, "an edited package source").seconds)
    must(scene.vm.run("stat -c %Y /var/lib/dpkg/status").out == before, "dpkg had nothing to do")


def key_truncated(scene: Scene, figures: dict):
    """The keyring file was cut: it is written again from the accepted key."""
    scene.vm.run("truncate -s 10 $(sed -n 's/^Signed-By: *\\([^ ,]*\\).*/\\1/p' /etc/apt/sources.list.d/*sgx*.sources)")
    figures["repair s"] = round(repairs(scene, "a truncated key file").seconds)


def aesm_stopped(scene: Scene, figures: dict):
    """AESM was stopped and disabled: enabled, started and answering again."""
    scene.vm.run("systemctl disable --now aesmd >/dev/null 2>&1")
    figures["repair s"] = round(repairs(scene, "a stopped AESM").seconds)
    must(scene.vm.run("systemctl is-enabled aesmd").out.strip() == "enabled", "AESM starts at boot again")


def configuration_deleted(scene: Scene, figures: dict):
    """The generated configuration was deleted: it is written again, and the co-signer is not interrupted."""
    before = scene.vm.run("docker inspect -f '{{.State.StartedAt}}' cosigner").out
    scene.vm.run("rm /etc/cosigner/config.json")
    figures["repair s"] = round(repairs(scene, "a deleted configuration").seconds)
    must(scene.vm.run("docker inspect -f '{{.State.StartedAt}}' cosigner").out == before, "the container ran on")


def killed_in_a_fresh_install(scene: Scene, figures: dict):
    """SIGKILL while packages are being installed, then a reboot: the next run takes it to the end."""
    scene.put_token()
    process = scene.start_setup()
    scene.wait_for_event(process, lambda e: e.get("event") == "step_started" and e.get("stage") == "image" and e.get("kind") == "packages")
    scene.vm.run("sleep 20; kill -9 $(awk '{print $1}' /run/cosigner/lock)", check=False)
    process.wait(600)
    scene.vm.reboot()
    scene.put_token()
    run = scene.setup()
    converges(run, "after SIGKILL and reboot")
    figures["second try s"] = round(run.seconds)


def power_cut_in_an_install(scene: Scene, figures: dict):
    """The power goes while dpkg unpacks: dpkg is mended first, then the install goes on."""
    scene.put_token()
    process = scene.start_setup()
    scene.wait_for_event(process, lambda e: e.get("event") == "step_started" and e.get("stage") == "image" and e.get("kind") == "packages")
    scene.vm.run("sleep 45", check=False)
    scene.vm.kill_power()
    process.kill()
    process.wait(60)
    scene.vm.power_on()
    scene.put_token()
    run = scene.setup()
    converges(run, "after a power cut")
    figures["after the cut s"] = round(run.seconds)


def pair_an_hour_later(scene: Scene, figures: dict):
    """No token yet: everything before pairing converges, exit 21; `pair` an hour later finishes."""
    scene.vm.run("rm -f /root/lab/token; sed -i '/\"token\"/d' /root/lab/answers-*.json")
    run = scene.run("setup", "--profile", "/root/lab/lab-profile.json", "--answers", "/root/lab/answers-debian.json")
    must(run.code == 21, f"the run waits for a human: {run.explain()}")
    scene.vm.set_clock(3700)
    now = scene.vm.run("date +%s").out.strip()
    token = scene.lab.token("--at", now)
    paired = scene.run("pair", "--profile", "/root/lab/lab-profile.json", "--answers", "/root/lab/answers-debian.json", stdin=token + "\n")
    converges(paired, "pair finishes")
    figures["pair s"] = round(paired.seconds)


def cancelled_by_control_c(scene: Scene, figures: dict):
    """SIGINT in the middle ends with 130; the next run goes on."""
    scene.vm.run("docker rm -f cosigner >/dev/null; docker rmi -f $(docker images -q) >/dev/null")
    scene.lab.switch("registry.gitlab.com.throttle=4000000")
    process = scene.start_setup()
    scene.wait_for_event(process, lambda e: e.get("event") == "step_progressed" and e.get("stage") == "image" and (e.get("done") or 0) > 0)
    scene.vm.run("kill -INT $(awk '{print $1}' /run/cosigner/lock)")
    process.communicate(timeout=300)
    must(process.returncode == 130, f"exit 130, not {process.returncode}")
    scene.lab.switch("registry.gitlab.com.throttle=")
    figures["after Ctrl-C s"] = round(repairs(scene, "a cancelled run").seconds)


def rising(run, stage, number) -> list:
    """(step, what is going on, number) of the stage's progress, bytes with their total only; within one of these no number may fall."""
    values = []
    for event in run.events:
        if event.get("event") == "step_progressed" and event.get("stage") == stage and event.get(number) is not None and (number != "done" or event["total"]):
            must(number != "done" or event["done"] <= event["total"], f"no more than there is: {event}")
            values.append((event["step"], event["what"], event[number]))
    for one, other in zip(values, values[1:]):
        must(one[:2] != other[:2] or other[2] >= one[2], f"{stage}: progress goes back from {one} to {other}")
    return sorted(set(values))


def progress_is_true(scene: Scene, figures: dict):
    """On a slow line the events count the bytes of archive and image against their totals, and apt's own percent."""
    scene.vm.run("rm -rf /opt/intel/sgx_debian_local_repo; docker rm -f cosigner >/dev/null; docker rmi -f $(docker images -q) >/dev/null")
    scene.vm.run("DEBIAN_FRONTEND=noninteractive apt-get -y -q remove docker-ce docker-ce-cli containerd.io >/dev/null; apt-get clean", timeout=900)
    scene.lab.switch("download.01.org.throttle=500000", "registry.gitlab.com.throttle=3000000")
    run = scene.setup()
    scene.lab.switch("download.01.org.throttle=", "registry.gitlab.com.throttle=")
    converges(run, "a slow line is no error")
    archive, image = rising(run, "apt-repo", "done"), [v for v in rising(run, "image", "done") if v[0] == "pull"]
    percent = rising(run, "image", "percent")
    figures.update({"archive counts": len(archive), "image counts": len(image), "apt percents": len(percent)})
    must(len(archive) >= 10 and len(image) >= 10, f"at least ten rising counts each: {archive} {image}")
    must(len(percent) >= 10 and all(value <= 100 for _, _, value in percent), f"apt tells its percent: {percent}")


CHAINS = [("debian12", fresh_install, [progress_is_true, image_deleted, source_list_edited, key_truncated, aesm_stopped, configuration_deleted, cancelled_by_control_c])]
ALONE = [("debian12", killed_in_a_fresh_install), ("debian12", power_cut_in_an_install), ("debian12", pair_an_hour_later)]
