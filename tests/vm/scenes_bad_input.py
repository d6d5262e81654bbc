"""Bad input on a real machine: each is met with its code and its name, and when the cause is removed `setup` ends with 0."""
import json
import shlex

from scene import ANSWERS, GUEST_PROGRAM, PROFILE, Scene
from scenes_default import converges, fresh_install, must, repairs

REGISTRY = "registry.gitlab.com"
ARCHIVE = "download.01.org"


def met(run, code, name):
    """The run ended with the code, and its last word names the cause."""
    must(run.code == code and name in run.text + run.errors, f"exit {code} with {name}: {run.explain()}")


def no_image(scene):
    scene.vm.run("docker rm -f cosigner >/dev/null; docker rmi -f $(docker images -q) >/dev/null")


def no_source(scene):
    scene.vm.run("rm -rf /opt/intel/sgx_debian_local_repo $(sed -n 's/^Signed-By: *\\([^, ]*\\).*/\\1/p' /etc/apt/sources.list.d/*sgx*.sources)")


def unpaired(scene):
    scene.vm.run("docker rm -f cosigner >/dev/null; rm -f /databases/cosigner/db/secrets.db")


def edit_json(scene, path, change):
    """`change(value)` on a JSON file of the guest; gives a function that puts the old one back."""
    good = scene.vm.run(["cat", path]).out
    value = json.loads("\n".join(line for line in good.splitlines() if not line.strip().startswith("//")))
    change(value)
    scene.vm.run(f"cat > {shlex.quote(path)}", json.dumps(value))
    return lambda: scene.vm.run(f"cat > {shlex.quote(path)}", good)


def fill_disk(scene):
    """All but a few MB; the blocks that are reserved for root are no help then either. What else writes meanwhile may need another try."""
    free = "$(stat -f -c '%f * %S' /)"
    scene.vm.run(f"for left in 4 8 16; do sync; rm -f /fill; fallocate -l $(( {free} - left * 1048576 )) /fill && break; done; test -s /fill")


def tokens_refused(scene: Scene, figures: dict):
    """Tokens that are malformed or expired are exit 2, used and refused ones 9, and a good one ends with 0."""
    unpaired(scene)
    for text in ("not.a.token", "x"):
        scene.vm.run("umask 077; cat > /root/lab/token", text + "\n")
        met(scene.setup(), 2, "pairing.token_malformed")
    scene.put_token("--expired")
    met(scene.setup(), 2, "pairing.token_expired")
    for switch in ("used", "expired", "malformed"):
        scene.put_token()
        scene.lab.switch("gateway.pair=" + switch)
        met(scene.setup(), 9, "pairing.")
    scene.lab.switch("gateway.pair=")
    scene.put_token()
    repairs(scene, "refused tokens")


def answer_keys_refused(scene: Scene, figures: dict):
    """Unknown and duplicate keys of the answers are exit 2 before anything is looked at."""
    path = ANSWERS[scene.kind]
    restore = edit_json(scene, path, lambda value: value.update(profil="x"))
    met(scene.setup(), 2, "answers.invalid")
    restore()
    good = scene.vm.run(["cat", path]).out
    scene.vm.run(f"cat > {path}", good.replace('"version": 1,', '"version": 1, "version": 1,', 1))
    must(scene.setup().code == 2, "a duplicate key is exit 2")
    restore()
    converges(scene.setup(), "the right answers")


def keys_refused(scene: Scene, figures: dict):
    """Another key, a second key in the file, an archive signed by its own key or by none: exit 12 each, and the announced key ends with 0."""
    for variant, name in (("other-key", "apt.key_unknown"), ("two-keys", "apt.key_ambiguous"), ("unsigned", "apt.index_unsigned")):
        no_source(scene)
        scene.lab.switch(f"{ARCHIVE}.variant={variant}")
        met(scene.setup(), 12, name)
    scene.lab.switch(f"{ARCHIVE}.variant=")
    repairs(scene, "refused keys")
    # The key file is right and stays; only the archive is another publisher's.
    scene.vm.run("rm -rf /opt/intel/sgx_debian_local_repo")
    scene.lab.switch(f"{ARCHIVE}.variant=other-key")
    met(scene.setup(), 12, "apt.index_signature_invalid")
    scene.lab.switch(f"{ARCHIVE}.variant=")
    repairs(scene, "an archive signed by its own key")


def registry_refuses(scene: Scene, figures: dict):
    """A registry that refuses, a digest that it has not, and a digest that moved: exit 13, and the pinned image ends with 0."""
    no_image(scene)
    scene.lab.switch(f"{REGISTRY}.status=403")
    met(scene.setup(), 13, "engine.")
    scene.lab.switch(f"{REGISTRY}.status=")

    def other(profile):
        profile["image"]["digests"] = {revision: "sha256:" + "d" * 64 for revision in profile["image"]["digests"]}
    restore = edit_json(scene, PROFILE, other)
    met(scene.setup(), 13, "image.tag_moved")
    restore()
    repairs(scene, "a refusing registry")


def disk_full_at_packages(scene: Scene, figures: dict):
    """The disk fills up while packages are installed: exit 12, and with space the next run ends with 0."""
    # The engine's packages are large enough to fill what is left, at the download or at the unpacking.
    scene.vm.run("docker rm -f cosigner >/dev/null; DEBIAN_FRONTEND=noninteractive apt-get -y -q remove docker-ce docker-ce-cli containerd.io >/dev/null; apt-get clean", timeout=900)
    process = scene.start_setup()
    scene.wait_for_event(process, lambda e: e.get("event") == "step_started" and e.get("stage") == "image" and e.get("kind") == "packages")
    fill_disk(scene)
    out, _ = process.communicate(timeout=1800)
    scene.vm.run("rm -f /fill")
    must(process.returncode == 12 and "disk_full" in out, f"exit 12 with its name, not {process.returncode}:\n{out[-3000:]}")
    repairs(scene, "a full disk at packages")


def disk_full_at_the_image(scene: Scene, figures: dict):
    """The disk fills up while the image is pulled: exit 13, and with space the next run ends with 0."""
    no_image(scene)
    scene.lab.switch(f"{REGISTRY}.throttle=2000000")
    process = scene.start_setup()
    scene.wait_for_event(process, lambda e: e.get("event") == "step_progressed" and e.get("stage") == "image" and (e.get("done") or 0) > 0)
    fill_disk(scene)
    out, _ = process.communicate(timeout=1800)
    scene.vm.run("rm -f /fill")
    scene.lab.switch(f"{REGISTRY}.throttle=")
    must(process.returncode == 13 and "disk_full" in out, f"exit 13 with its name, not {process.returncode}:\n{out[-3000:]}")
    repairs(scene, "a full disk at the image")


def link_down(scene: Scene, figures: dict):
    """Connections that end in the middle of the archive and of the image: exit 11 or 13, and the next run ends with 0."""
    scene.vm.run("rm -rf /opt/intel/sgx_debian_local_repo")
    scene.lab.switch(f"{ARCHIVE}.cut=300000")
    met(scene.setup(), 11, "network.")
    scene.lab.switch(f"{ARCHIVE}.cut=")
    repairs(scene, "a cut archive")
    no_image(scene)
    scene.lab.switch(f"{REGISTRY}.cut=1000000")
    run = scene.setup()
    must(run.code in (11, 13), f"a cut image: {run.explain()}")
    scene.lab.switch(f"{REGISTRY}.cut=")
    repairs(scene, "a cut image")


def unknown_authority(scene: Scene, figures: dict):
    """Certificates of an unknown authority at the archive and at the registry: exit 11, and the good ones end with 0."""
    no_source(scene)
    scene.lab.switch(f"{ARCHIVE}.certificate=wrong")
    met(scene.setup(), 11, "network.tls_untrusted")
    scene.lab.switch(f"{ARCHIVE}.certificate=")
    repairs(scene, "an unknown authority at the archive")
    no_image(scene)
    scene.lab.switch(f"{REGISTRY}.certificate=wrong")
    run = scene.setup()
    must(run.code in (11, 13) and "engine." in run.text, f"an unknown authority at the registry: {run.explain()}")
    scene.lab.switch(f"{REGISTRY}.certificate=")
    repairs(scene, "an unknown authority at the registry")


def lock_and_root(scene: Scene, figures: dict):
    """Another run that holds the lock is exit 5, another user than root 15; then root ends with 0."""
    scene.vm.run("setsid flock -o -x /run/cosigner/lock sleep 600 >/dev/null 2>&1 & echo $! > /run/lock-holder; sleep 1")
    met(scene.setup(), 5, "lock.held")
    scene.vm.run("kill $(cat /run/lock-holder); sleep 1")
    scene.vm.run(f"install -m 755 {GUEST_PROGRAM} /usr/local/bin/cosigner-of-nobody")
    done = scene.vm.run("setpriv --reuid=65534 --regid=65534 --clear-groups /usr/local/bin/cosigner-of-nobody setup", check=False)
    must(done.rc == 15 and "sudo" in done.err, f"another user: {done.rc} {done.err}")
    scene.vm.run("rm /usr/local/bin/cosigner-of-nobody")
    converges(scene.setup(), "root, alone")


def processor_without_sgx(scene: Scene, figures: dict):
    """Without the lab's dump the guest's own processor is judged: exit 3, and nothing is changed."""
    scene.vm.run("cat > /root/lab/plain.json", json.dumps({"version": 1, "acknowledgeNoCallback": True}))
    before = scene.vm.run("sha256sum /var/lib/cosigner/journal.jsonl").out
    met(scene.run("setup", "--profile", "global", "--answers", "/root/lab/plain.json"), 3, "hardware.")
    must(scene.vm.run("sha256sum /var/lib/cosigner/journal.jsonl").out == before, "the record is as it was")
    converges(scene.setup(), "with the dump again")


def cloned_machine(scene: Scene, figures: dict):
    """The state of another machine: exit 7, nothing moved or removed, and on its own machine the run ends with 0."""
    scene.vm.run("cp /etc/machine-id /root/machine-id; tr 0-9a-f 1-9a-f0 < /root/machine-id > /etc/machine-id")
    met(scene.setup(), 7, "state.other_machine")
    scene.vm.run("cp /root/machine-id /etc/machine-id; test -s /databases/cosigner/db/secrets.db && test -s /var/lib/cosigner/journal.jsonl")
    converges(scene.setup(), "on its own machine")


CHAINS = [("debian12", fresh_install, [answer_keys_refused, keys_refused, registry_refuses, disk_full_at_packages, disk_full_at_the_image, link_down, unknown_authority, lock_and_root,
                processor_without_sgx, cloned_machine,
                tokens_refused])]  # last: it pairs anew, and from then on the lab's gateway calls the device of the frozen machine revoked
ALONE = []
