"""`doctor` and `egress` on a converged machine: nothing fails, one broken thing changes its own rows and no others, and the printed
outbound rules are enough for a whole set-up."""
import json
import pathlib

from scene import GUEST_PROGRAM, ROOT, SETUP_SECONDS, ANSWERS, PROFILE, Scene
from scenes_default import converges, fresh_install, must

UNKNOWNS = ROOT / "tests/golden/vm/doctor_unknowns.txt"
DOCTOR_SECONDS = 300


def look(scene, *words) -> dict:
    """The document, with the exit code as "code", of a guest whose clock is right: on a starved host it may be off for a moment."""
    scene.vm.wait_clock()
    done = scene.vm.run([GUEST_PROGRAM, "doctor", "--profile", PROFILE, "--answers", ANSWERS[scene.kind], *words, "--json"], None, DOCTOR_SECONDS, check=False)
    must(done.out.startswith("{"), f"doctor answers with a document: exit {done.rc}\n{done.out[-2000:]}{done.err[-2000:]}")
    document = json.loads(done.out)
    document["code"] = done.rc
    return document


def by_id(document) -> dict:
    return {check["id"]: check for check in document["checks"]}


def look_when_broken(scene) -> dict:
    """On a starved host a server of the lab may be slow for a moment: then once more."""
    document = look(scene)
    return look(scene) if any("did not answer in time" in (check["evidence"] or "") for check in document["checks"]) else document


def unknowns_are_the_known_ones(scene: Scene, figures: dict):
    """What cannot be looked at in this guest is the list that is kept in the tree, and --strict ends 3 because of it."""
    document = look(scene)
    must(document["code"] == 0, f"on a converged machine nothing fails: exit {document['code']}")
    unknown = sorted(check["id"] for check in document["checks"] if check["result"] == "unknown")
    must(all(check["because"] for check in document["checks"] if check["result"] in ("unknown", "skip")), "each unknown and skip says why")
    text = "".join(f"{name}\n" for name in unknown)
    if not UNKNOWNS.exists():
        written = pathlib.Path("/var/tmp/doctor_unknowns.txt")
        written.write_text(text, encoding="utf-8")
        raise AssertionError(f"there is no {UNKNOWNS.relative_to(ROOT)} yet; what was seen is in {written}:\n{text}")
    must(text == UNKNOWNS.read_text(encoding="utf-8"), f"the unknowns are the known ones, not\n{text}")
    must(look(scene, "--strict")["code"] == (3 if unknown else 0), "--strict counts them as failed")
    figures["unknown"] = len(unknown)


def capture_replays(scene: Scene, figures: dict):
    """A capture made here gives the same answer on another machine, byte for byte, and holds no name of this one."""
    here = scene.vm.run([GUEST_PROGRAM, "doctor", "--offline", "--verbose", "--capture", "/root/capture"], None, DOCTOR_SECONDS, check=False)
    scene.vm.run("install -m 755 /root/cosigner /opt/program; install -m 644 -o nobody /root/capture /opt/capture")
    again = scene.vm.run(["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", "/opt/program", "doctor", "--verbose", "--replay", "/opt/capture"],
                         None, DOCTOR_SECONDS, check=False)
    must(again.out == here.out and again.rc == here.rc, f"the same answer: exit {here.rc} and {again.rc}\n{here.out[-1500:]}\n---\n{again.out[-1500:]}")
    text = scene.vm.run("cat /root/capture").out
    for name in (scene.vm.run("cat /etc/hostname").out.strip(), scene.vm.run("cat /etc/machine-id").out.strip()):
        must(name not in text, f"the capture does not name this machine ({name[:4]}…)")
    figures["capture bytes"] = len(text)


# name, what breaks it, what undoes it, rows that change themselves, and which of them must be worse than pass. Lines are the guest's shell.
BREAKAGES = [
    ("a member of the group docker", "useradd -m eve; usermod -aG docker eve", "userdel -r eve 2>/dev/null", ["security.engine_group"]),
    ("an engine's socket for everybody", "chmod 666 /run/docker.sock", "chmod 660 /run/docker.sock", ["security.engine_socket"]),
    ("an engine's port", "systemd-run --quiet --unit lab-listener systemd-socket-activate -l 0.0.0.0:2375 /bin/cat; sleep 4; grep -q ':0947 ' /proc/net/tcp",
     "systemctl stop lab-listener", ["security.engine_port", "security.ports"]),
    ("a person of the co-signer's id", "useradd -u 2000 bob", "userdel -rf bob 2>/dev/null; true", ["security.uid"]),
    ("a sub-uid range over the co-signer's id", "cp -p /etc/subuid /root/kept 2>/dev/null || : >/root/kept; echo carol:1500:1000 >>/etc/subuid", "cat /root/kept >/etc/subuid", ["security.uid"]),
    ("root by password", "mkdir -p /etc/ssh/sshd_config.d; echo 'PermitRootLogin yes' >/etc/ssh/sshd_config.d/00-x.conf", "rm /etc/ssh/sshd_config.d/00-x.conf", ["security.root_login"]),
    ("a token in user-data", "mkdir -p /var/lib/cloud/instance; printf '#cloud-config\\n# eyJ%060d.%060d.%060d\\n' 1 2 3 >/var/lib/cloud/instance/user-data.txt",
     "rm -r /var/lib/cloud/instance", ["security.user_data"]),
    ("a container with the engine's socket", "docker create --name stranger -v /run/docker.sock:/s $(docker images -q | head -1) /x >/dev/null", "docker rm stranger >/dev/null",
     ["security.containers"]),
    ("a container with the signer's data", "docker create --name stranger -v /databases:/d $(docker images -q | head -1) /x >/dev/null", "docker rm stranger >/dev/null",
     ["security.containers"]),
    ("a container with SGX_AESM_ADDR", "docker create --name stranger -e SGX_AESM_ADDR=1 $(docker images -q | head -1) /x >/dev/null", "docker rm stranger >/dev/null", ["aesm.alone"]),
    ("a set-up container left behind", "docker create --name cosigner-init $(docker images -q | head -1) /x >/dev/null", "docker rm cosigner-init >/dev/null", ["cosigner.init"]),
    ("apt without checks", "echo 'APT::Get::AllowUnauthenticated \"true\";' >/etc/apt/apt.conf.d/99x", "rm /etc/apt/apt.conf.d/99x", ["apt.settings"]),
    ("another suite", "f=$(ls /etc/apt/sources.list.d/*sgx*.sources); cp -p $f /root/kept; sed -i 's/^Suites:.*/Suites: sid/' $f",
     "cp -p /root/kept $(ls /etc/apt/sources.list.d/*sgx*.sources)", ["sgx.suite"]),
    ("a source without a key check", "echo 'deb [trusted=yes] file:/opt/intel/sgx_debian_local_repo bookworm main' >/etc/apt/sources.list.d/x.list", "rm /etc/apt/sources.list.d/x.list", ["sgx.source"]),
    ("a keyring without its key", "f=$(ls /etc/apt/keyrings/*sgx*); cp -p $f /root/kept; : >$f", "cp -p /root/kept $(ls /etc/apt/keyrings/*sgx*)", ["sgx.keyring"]),
    ("no pins", "f=$(ls /etc/apt/preferences.d/*sgx*); mv $f /root/kept; echo $f >/root/kept.name", "mv /root/kept $(cat /root/kept.name)", ["sgx.pins"]),
    ("an aesmd.conf that the daemon refuses", "cp -p /etc/aesmd.conf /root/kept; echo 'default quoting type=ecdsa_256' >>/etc/aesmd.conf", "cp -p /root/kept /etc/aesmd.conf", ["aesm.conf"]),
    ("a comma too few in the provider's settings", "cp -p /etc/sgx_default_qcnl.conf /root/kept; printf '{\\n \"pccs_url\": \"https://x/\"\\n \"use_secure_cert\": true\\n}\\n' >/etc/sgx_default_qcnl.conf",
     "cp -p /root/kept /etc/sgx_default_qcnl.conf", ["qcnl.file"]),
    ("a misspelt key in the provider's settings", "cp -p /etc/sgx_default_qcnl.conf /root/kept; sed -i '0,/{/s//{ \"Retry_times\": 6,/' /etc/sgx_default_qcnl.conf",
     "cp -p /root/kept /etc/sgx_default_qcnl.conf", ["qcnl.keys"]),
    ("a provider of version 3", "cp -p /etc/sgx_default_qcnl.conf /root/kept; sed -i 's,/v4/,/v3/,' /etc/sgx_default_qcnl.conf", "cp -p /root/kept /etc/sgx_default_qcnl.conf", ["qcnl.url"]),
    ("the daemon stopped", "systemctl stop aesmd", "systemctl start aesmd; sleep 8", ["aesm.unit"]),
    ("the daemon disabled", "systemctl disable aesmd 2>/dev/null", "systemctl enable aesmd 2>/dev/null", ["aesm.enabled"]),
    ("SGX_AESM_ADDR for everybody", "cp -p /etc/environment /root/kept 2>/dev/null || : >/root/kept; echo SGX_AESM_ADDR=1 >>/etc/environment", "cp -p /root/kept /etc/environment", ["aesm.address"]),
    ("a folder of somebody else's", "chown 1:1 /databases/cosigner/log", "chown 2000:2000 /databases/cosigner/log", ["cosigner.folders"]),
    ("the co-signer stopped", "docker stop -t 20 cosigner >/dev/null", "docker start cosigner >/dev/null; sleep 20", ["cosigner.container"]),
    ("the engine disabled", "systemctl disable docker.service docker.socket 2>/dev/null", "systemctl enable docker.service docker.socket 2>/dev/null", ["engine.enabled"]),
    ("an engine's settings file that is torn", "cp -p /etc/docker/daemon.json /root/kept; echo '{' >/etc/docker/daemon.json", "cp -p /root/kept /etc/docker/daemon.json", ["engine.settings"]),
    ("nosgx at the next look", "mkdir -p /run/cmd; sed 's/$/ nosgx/' /proc/cmdline | tr -d '\\n' >/run/cmd/line; mount --bind /run/cmd/line /proc/cmdline", "umount /proc/cmdline", ["kernel.parameters"]),
    ("a kernel that does not run yet", "touch /boot/vmlinuz-99$(uname -r | sed 's/^[0-9]*//')", "rm /boot/vmlinuz-99*", ["os.reboot"]),
    ("a reboot that waits", ": >/run/reboot-required", "rm /run/reboot-required", ["os.reboot"]),
    ("an old rule of udev's", "echo 'SUBSYSTEM==\"misc\",KERNEL==\"enclave\",MODE=\"0666\"' >/etc/udev/rules.d/91-sgx-enclave.rules", "rm /etc/udev/rules.d/91-sgx-enclave.rules", ["dev.modes"]),
    ("a name that has no address", "cp -p /etc/hosts /root/kept; sed -i '/mobile-api.fireblocks.io/d' /etc/hosts", "cat /root/kept >/etc/hosts", ["net.gateway"]),
]

#: Rows that a breakage may change beside its own, as one cause has several signs.
ALSO = {
    "aesm.unit": {"aesm.socket", "aesm.folder", "aesm.log"}, "cosigner.container": {"cosigner.log", "cosigner.restarts", "cosigner.devices", "cosigner.groups"},
    "sgx.source": {"sgx.lists"}, "sgx.suite": {"sgx.lists"}, "sgx.keyring": {"sgx.key_expiry"}, "qcnl.file": {"qcnl.url", "qcnl.keys", "qcnl.owner", "net.quote_provider", "qcnl.cache"},
    "qcnl.keys": {"qcnl.cache"}, "qcnl.url": {"qcnl.cache", "qcnl.owner", "qcnl.answer"}, "engine.settings": {"engine.logs", "engine.live_restore"}, "aesm.conf": {"sgx.settings_files"},
    "cosigner.init": {"security.containers"}, "kernel.parameters": set(), "security.engine_group": {"security.ports"},
}


def children_of(document, ids) -> set:
    found = set(ids)
    for check in document["checks"]:  # parents come first
        if check["parent"] in found:
            found.add(check["id"])
    return found


def one_broken_thing(scene: Scene, figures: dict):
    """More than thirty things broken one at a time: each changes its own rows and what lies below them, and mended all is as before."""
    sound = by_id(look(scene))
    wrong = []
    for name, make, undo, rows in BREAKAGES:
        scene.vm.run(make)
        try:
            document = look_when_broken(scene)
        finally:
            scene.vm.run(undo, check=False)
        seen = by_id(document)
        allowed = children_of(document, set(rows).union(*(ALSO.get(row, set()) for row in rows)))
        changed = {i for i in seen if i not in sound or seen[i]["result"] != sound[i]["result"]}
        for row in rows:
            if seen[row]["result"] not in ("warn", "fail") or seen[row]["result"] == sound[row]["result"]:
                wrong.append(f"{name}: {row} is {seen[row]['result']} ({seen[row]['evidence'] or seen[row]['because']})")
            elif not seen[row]["remedy"]:
                wrong.append(f"{name}: {row} has no remedy")
        wrong += [f"{name}: {row} became {seen[row]['result']} too ({seen[row]['evidence'] or seen[row]['because']})" for row in sorted(changed - allowed)]
        fails = any(check["result"] == "fail" for check in document["checks"])
        if document["code"] != (3 if fails else 0):
            wrong.append(f"{name}: exit {document['code']}")
    after = by_id(look(scene))
    wrong += [f"mended, {i} is {after[i]['result']} ({after[i]['evidence'] or after[i]['because']})" for i in after if after[i]["result"] != sound[i]["result"]]
    must(not wrong, "\n".join(wrong))
    figures["breakages"] = len(BREAKAGES)


def load_rules(scene, without=""):
    """The printed rules as the guest's only outbound ones; `without` drops the rules of one host."""
    words = [GUEST_PROGRAM, "egress", "--profile", PROFILE, "--answers", ANSWERS[scene.kind], "--format", "nftables"]
    lines, dropped, skipping = [], 0, False
    for line in scene.vm.run(words, None, DOCTOR_SECONDS).out.splitlines():
        if line.lstrip().startswith("#") and ":" in line:
            skipping = bool(without) and line.split()[1] == without
        if skipping and " daddr " in line:
            dropped += 1
            continue
        lines.append(line)
    must(not without or dropped, f"there is a rule for {without}")
    scene.vm.run("nft -f -", "table inet cosigner_egress\ndelete table inet cosigner_egress\n" + "\n".join(lines) + "\n")


def printed_rules_are_enough(scene: Scene, figures: dict):
    """From a bare machine with the printed outbound rules alone the whole set-up goes through; with one dropped its own line fails."""
    scene.vm.run("command -v nft >/dev/null || { apt-get update -q && apt-get install -y -q nftables; } >/dev/null 2>&1", timeout=900)
    load_rules(scene)
    scene.put_token()
    run = scene.run("setup", "--profile", PROFILE, "--answers", ANSWERS[scene.kind], timeout=SETUP_SECONDS)
    converges(run, "set-up behind the printed rules")
    refused = scene.vm.run("nft list table inet cosigner_egress").out
    must("policy drop" in refused, "the rules were in force to the end")
    must(by_id(look(scene))["net.gateway"]["result"] == "pass", "the gateway is reached")
    load_rules(scene, without="registry.gitlab.com")
    seen = by_id(look(scene, "--only", "net"))
    must(seen["net.registry"]["result"] == "fail" and "registry.gitlab.com" in seen["net.registry"]["evidence"], f"the registry's line fails: {seen['net.registry']}")
    others = [i for i in seen if i != "net.registry" and seen[i]["result"] == "fail"]
    must(not others, f"and no other: {others}")
    scene.vm.run("nft delete table inet cosigner_egress")


CHAINS = [("debian12", fresh_install, [unknowns_are_the_known_ones, capture_replays, one_broken_thing])]
ALONE = [("debian12", printed_rules_are_enough)]
