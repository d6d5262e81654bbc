"""The SGX software below an enclave, for real: an old machine's kernel or a driver from outside it, the devices, AESM as package and as
container. The host is a node's, without a co-signer (profile oasis-node, user oasis)."""
import json
import time

from scene import NODE_USER, Scene
from scenes_default import converges, must

RESUME = "cosigner-resume.service"
DRIVER = "/root/lab/sgx_linux_x64_driver_1.41.bin"
# By the protocol, in the one language that every Debian has: request 21, how many keys of attestation there are. Code 0 and one key.
ASK_AESM = r"""perl -MIO::Socket::UNIX -e '
my $daemon = IO::Socket::UNIX->new(Peer => "/var/run/aesmd/aesm.socket") or die "no daemon at the socket: $!\n";
alarm 30; print $daemon pack("V/a*", "\xaa\x01\x00"); $daemon->flush; local $/; print unpack("H*", substr(<$daemon>, 4)), "\n";'"""
WEAKER = ("key.other_fingerprint", "simulation.on")


def weaker(scene, *ids) -> list:
    """The weakenings to accept: the lab's own and these."""
    return sorted([*WEAKER, *(["source.other_suite"] if scene.kind == "debian11" else []), *ids])


def aesm_answers(scene, seconds=120):
    """The daemon answers, within that time after a boot or a start."""
    limit = time.monotonic() + seconds
    while (done := scene.vm.run(ASK_AESM, check=False)).out.strip() != "aa010408001001":
        must(time.monotonic() < limit, f"AESM answers: {done.out}{done.err}")
        time.sleep(3)


def no_effects(run, what):
    converges(run, what)
    must(run.effects == 0, f"{what}: nothing is left to do, but {run.effects} effects\n{run.explain()}")


def node_may_use_sgx(scene, node="/dev/sgx_enclave"):
    """What the node's operator needs: the user opens the node, and code may run from its mapping."""
    groups = scene.vm.run(["id", "-nG", NODE_USER]).out.split()
    must("sgx" in groups, f"{NODE_USER} is in group sgx: {groups}")
    opened = scene.vm.run(["runuser", "-u", NODE_USER, "--", "sh", "-c", f": <> {node}"], check=False)
    must(opened.rc == 0, f"{NODE_USER} opens {node}: {opened.err}")
    options = scene.vm.run("awk '$2 == \"/dev\" {print $4}' /proc/mounts").out.strip().split(",")
    must("noexec" not in options, f"/dev is not noexec: {options}")


def make_user(scene):
    scene.vm.run(f"useradd -m -s /bin/sh {NODE_USER}")


def node_host(scene: Scene, figures: dict):
    """From a bare machine to a host on which a node's operator has nothing more to do by hand; a second run has no effects."""
    make_user(scene)
    run = scene.node()
    converges(run)
    figures.update({"setup s": round(run.seconds), "effects": run.effects})
    node_may_use_sgx(scene)
    aesm_answers(scene)
    must(scene.vm.run("command -v docker", check=False).rc != 0, "no engine is installed for it")
    again = scene.node()
    no_effects(again, "the second run")
    figures["second run s"] = round(again.seconds, 1)


def waits_for_reboot(scene, run, *words):
    """The run ended with 6, said why, and the unit that goes on afterwards is enabled."""
    must(run.code == 6 and all(word in run.text for word in ("reboot.needed", *words)), f"a reboot is needed, and why: {run.explain()}")
    must(scene.vm.run(["systemctl", "is-enabled", RESUME], check=False).out.strip() == "enabled", "the unit that goes on is enabled")


def resumes_alone(scene, seconds=3600):
    """After the boot: nobody is there, the unit finishes and is gone, and the last run ended 0."""
    limit = time.monotonic() + seconds
    while scene.vm.run(f"test -e /etc/systemd/system/{RESUME} || systemctl -q is-active {RESUME}", check=False).rc == 0:
        state = scene.vm.run(["systemctl", "show", "-p", "ActiveState,Result,ExecMainStatus", RESUME], check=False).out.split()
        must("ActiveState=failed" not in state and time.monotonic() < limit,
             f"the unit finishes: {state}\n" + scene.vm.run(f"journalctl -u {RESUME} --no-pager | tail -n 60", check=False).out)
        time.sleep(5)
    last = json.loads(scene.vm.run("cat /var/lib/cosigner/last-run.json").out)
    must(last["exit_code"] == 0, f"the last run ended 0: {last['exit_code']}")
    enabled = scene.vm.run(["systemctl", "is-enabled", RESUME], check=False).out.strip()
    must(enabled != "enabled" and scene.vm.run(f"find /etc/systemd -name '{RESUME}'").out == "", f"the unit is not started again: {enabled}")


def unit_is_forgotten(scene):
    """What systemd knew of the running unit ends with that boot."""
    must(RESUME not in scene.vm.run("systemctl list-unit-files --no-legend --plain; systemctl list-units --all --no-legend --plain").out, "the unit is gone")


def old_kernel_replaced(scene: Scene, figures: dict):
    """On kernel 5.10 the distribution's newer one is installed and a reboot asked for (6); --reboot does it, the rest goes by itself."""
    make_user(scene)
    first = scene.node()
    waits_for_reboot(scene, first, "5.11")
    figures.update({"to the reboot s": round(first.seconds), "effects": first.effects})
    must(scene.vm.run("dpkg-query -W -f '${Status}' linux-image-6.1-cloud-amd64").out == "install ok installed", "the kernel's package is there")
    must(scene.vm.run("uname -r").out.startswith("5.10."), "and the old kernel still runs")
    again = scene.node()
    must(again.code == 6 and again.effects == 0, f"before the reboot a second run has nothing to do: {again.explain()}")
    began = time.monotonic()
    scene.reboots_itself("--reboot")
    must(scene.vm.run("uname -r").out.startswith("6.1."), "the newer kernel runs")
    resumes_alone(scene)
    figures["reboot to done s"] = round(time.monotonic() - began)
    node_may_use_sgx(scene)
    aesm_answers(scene)
    no_effects(scene.node(), "a run by hand afterwards")
    scene.vm.reboot()
    unit_is_forgotten(scene)
    node_may_use_sgx(scene)
    aesm_answers(scene)
    no_effects(scene.node(), "after one more reboot")


def out_of_tree_driver(scene: Scene, figures: dict):
    """By answer the DCAP driver is built on kernel 5.10 by DKMS and loaded; a file of another hash is refused, and nothing of it runs."""
    make_user(scene)
    good = scene.vm.run(["sha256sum", DRIVER]).out.split()[0]
    sgx = {"driver": "out-of-tree", "driverFile": DRIVER, "driverSha256": "0" * 64}
    scene.answer(sgx=sgx, acceptWeaker=weaker(scene, "driver.out_of_tree"))
    refused = scene.node()
    must(refused.code == 12 and "sgx.driver_mismatch" in refused.text, f"another hash is refused: {refused.explain()}")
    must(scene.vm.run("ls -d /usr/src/sgx-1.41 /opt/intel/sgxdriver", check=False).out == "", "nothing of the file was run")
    scene.answer(sgx={"driverSha256": good})
    run = scene.node()
    converges(run)
    figures.update({"setup s": round(run.seconds), "effects": run.effects})
    status = scene.vm.run("uname -r; dkms status sgx; lsmod | grep -o '^intel_sgx'; test -c /dev/sgx/enclave && echo node; readlink -e /lib/modules/$(uname -r)/build", check=False).out
    must(status.startswith("5.10.") and "installed" in status and "intel_sgx\n" in status and "node\n" in status and "linux-headers" in status,
         f"headers and driver are there, for the old kernel: {status}")
    node_may_use_sgx(scene, "/dev/sgx/enclave")
    aesm_answers(scene)
    no_effects(scene.node(), "the second run")


def legacy_driver_removed(scene: Scene, figures: dict):
    """The driver of the EPID era is found loaded: its traces are removed, a reboot is asked for, and the rest goes by itself."""
    said = scene.vm.run("/root/lab/legacy-isgx.sh", timeout=1800).out
    must("the module is loaded" in said, f"the legacy driver is there: {said}")
    run = scene.node()
    waits_for_reboot(scene, run, "isgx")
    left = scene.vm.run("ls -d /usr/src/*isgx* /var/lib/dkms/isgx; grep -H isgx /etc/modules; find /lib/modules -name 'isgx*'", check=False).out
    must(left == "", f"nothing of it is left to come back: {left}")
    figures["to the reboot s"] = round(run.seconds)
    scene.vm.reboot()
    resumes_alone(scene)
    must("isgx" not in scene.vm.run("lsmod; ls /dev").out, "it is gone")
    aesm_answers(scene)
    no_effects(scene.node(), "a run by hand afterwards")


def aesm_is(scene, container: bool, digest=""):
    """One daemon and never two, the one that is wanted."""
    unit = scene.vm.run("systemctl show -p ActiveState,UnitFileState aesmd.service").out.split()
    there = scene.vm.run("docker inspect -f '{{.State.Running}} {{.Config.Image}} {{.HostConfig.RestartPolicy.Name}}' aesmd", check=False)
    if container:
        must(not {"ActiveState=active", "UnitFileState=enabled"} & set(unit), f"the unit is stopped and disabled: {unit}")
        must(there.rc == 0 and there.out.startswith("true ") and there.out.split()[-1] in ("always", "unless-stopped"), f"the container runs, and again after a boot: {there.out}{there.err}")
        ids = scene.vm.run("docker image inspect -f '{{json .RepoDigests}}' $(docker inspect -f '{{.Image}}' aesmd)").out
        must(digest in ids, f"from the pinned image: {ids}")
    else:
        must({"ActiveState=active", "UnitFileState=enabled"} <= set(unit), f"the unit runs: {unit}")
        must(there.rc != 0, f"no container is left: {there.out}")
    processes = scene.vm.run("pgrep -c aesm_service", check=False).out.strip()
    must(processes == "1", f"one daemon: {processes}")
    aesm_answers(scene)


def aesm_to_a_container_and_back(scene: Scene, figures: dict):
    """AESM from the package to a container of a pinned image, through a reboot, and back; a digest nobody accepted is refused, and named."""
    aesm_is(scene, container=False)
    digest = json.loads(scene.lab.map.read_text(encoding="utf-8"))["digests"]["aesmd-dcap"]
    scene.answer(sgx={"aesm": "container"})
    refused = scene.node()
    must(refused.code == 13 and digest in refused.text, f"without a digest the run is refused, and names it: {refused.explain()}")
    aesm_is(scene, container=False)
    scene.answer(sgx={"aesmDigest": digest})
    run = scene.node()
    converges(run, "AESM as a container")
    figures["to the container s"] = round(run.seconds)
    aesm_is(scene, container=True, digest=digest)
    no_effects(scene.node(), "as a container, again")
    scene.vm.reboot()
    aesm_is(scene, container=True, digest=digest)
    no_effects(scene.node(), "as a container, after a reboot")
    scene.answer(sgx={"aesm": "package", "aesmDigest": None})
    back = scene.node()
    converges(back, "AESM as a package again")
    figures["back s"] = round(back.seconds)
    aesm_is(scene, container=False)
    no_effects(scene.node(), "as a package, again")


def dev_without_programs(scene: Scene, figures: dict):
    """/dev was mounted noexec by hand, in fstab too: remounted, and still so after a reboot."""
    scene.vm.run("mount -o remount,noexec /dev; echo 'udev /dev devtmpfs rw,nosuid,noexec,mode=0755 0 0' >> /etc/fstab; mount -o remount /dev; grep -q ' /dev devtmpfs [^ ]*noexec' /proc/mounts")
    run = scene.node()
    converges(run, "/dev is repaired")
    must(run.effects > 0, "which is an effect")
    figures["repair s"] = round(run.seconds)
    node_may_use_sgx(scene)
    no_effects(scene.node(), "and then all is well")
    scene.vm.reboot()
    node_may_use_sgx(scene)
    no_effects(scene.node(), "after a reboot")


CHAINS = [("debian12", node_host, [aesm_to_a_container_and_back, dev_without_programs]), ("debian11", out_of_tree_driver, [legacy_driver_removed])]
ALONE = [("debian11", old_kernel_replaced)]
