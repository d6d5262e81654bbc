"""Who gives certificates and packages to a node's host over the years: each quote provider in turn, the way from EPID to DCAP, a change of
Intel's repository key, and an index that is older than the one before."""
import json
import subprocess
import tempfile

from scene import Scene
from scenes_default import converges, must
from scenes_stack import aesm_answers, make_user, no_effects, node_host, weaker

QCNL = "/etc/sgx_default_qcnl.conf"
CACHE = "/var/opt/aesmd/.dcap-qcnl"
INTEL, AZURE = "api.trustedservices.intel.com", "global.acccache.azure.net"
ALIBABA, ALIBABA_VPC = "sgx-dcap-server.cn-hongkong.aliyuncs.com", "sgx-dcap-server-vpc.cn-hongkong.aliyuncs.com"
PCCS, PCCS_SELF = "pccs.lab.example", "pccs-self.lab.example"
EPID_SET = "libsgx-aesm-launch-plugin libsgx-aesm-epid-plugin libsgx-ae-le libsgx-ae-epid libsgx-launch libsgx-epid".split()
HOOK = "oasis-hook.service"


def started_at(scene, unit) -> str:
    return scene.vm.run(["systemctl", "show", "-p", "ActiveEnterTimestampMonotonic", unit]).out


def requests_to(scene, host) -> int:
    return sum(1 for entry in scene.lab.log("web") if entry.get("host") == host and entry.get("status") == 200)


def provider_is_set(scene, host, sgx, weak=(), secure=True):
    """One provider: the file's keys, a request that proves it, no old cache, a daemon that was started anew; then nothing is left to do."""
    scene.vm.run(f"install -d -o aesmd {CACHE} && touch {CACHE}/old")
    began, requests = started_at(scene, "aesmd.service"), requests_to(scene, host)
    scene.answer(sgx={"pccsUrl": None, "pccsSelfSigned": None, **sgx}, acceptWeaker=weaker(scene, *weak))
    run = scene.node()
    converges(run, f"the provider at {host}")
    must(run.effects > 0, f"{host}: to set it is an effect")
    settings = json.loads(scene.vm.run(["cat", QCNL]).out)  # without comments, and whole
    must(settings["pccs_url"].split("/")[2].split(":")[0] == host and settings["pccs_url"].endswith("/sgx/certification/v4/"), f"{host} is in the file: {settings}")
    must(settings["use_secure_cert"] is secure, f"{host}: certificates are {'' if secure else 'not '}judged: {settings}")
    # Behind a certificate that signs itself the daemon alone looks, and the lab's daemon asks nobody.
    must(not secure or requests_to(scene, host) > requests, f"{host} was asked: {run.explain()}")
    must(scene.vm.run(["test", "-e", f"{CACHE}/old"], check=False).rc != 0, f"{host}: what was cached of the former one is gone")
    must(started_at(scene, "aesmd.service") != began, f"{host}: the daemon was started anew")
    aesm_answers(scene)
    no_effects(scene.node(), f"the provider at {host}, again")


def edited_file_is_kept(scene):
    """A hand that edits the file before a change: what it held is in the backups, and a key that is not the provider's stays."""
    scene.vm.run(f"sed -i 's/\"retry_times\": [0-9]*/\"retry_times\": 7/; 0,/{{/s//{{ \"of_the_site\": [1],/' {QCNL}")
    digest = scene.vm.run(["sha256sum", QCNL]).out.split()[0]
    provider_is_set(scene, INTEL, {"quoteProvider": "intel"})
    must(digest in scene.vm.run("sha256sum /var/lib/cosigner/backup/*").out, "the edited file is among the backups")
    must(json.loads(scene.vm.run(["cat", QCNL]).out)["retry_times"] == 7, "its other key is kept")
    must(json.loads(scene.vm.run(["cat", QCNL]).out)["of_the_site"] == [1], "and one that nobody knows")


def each_quote_provider(scene: Scene, figures: dict):
    """Azure, Alibaba Cloud inside and outside of its own network, a PCCS of the lab's authority and one that signs itself, Intel: each set and proved."""
    must(scene.vm.run("sha256sum /var/lib/cosigner/backup/* | wc -l").out.strip() != "0", "the package's own file was kept")
    provider_is_set(scene, AZURE, {"quoteProvider": "azure"})
    scene.vm.run("mkdir -p /run/cloud-init && echo '{\"v1\": {\"region\": \"cn-hongkong\"}}' > /run/cloud-init/instance-data.json")
    provider_is_set(scene, ALIBABA_VPC, {"quoteProvider": "alibaba"})
    edited_file_is_kept(scene)
    scene.vm.run(f"sed -i '/{ALIBABA_VPC}/d' /etc/hosts")
    provider_is_set(scene, ALIBABA, {"quoteProvider": "alibaba"})
    url = "https://{}:8081/sgx/certification/v4/".format
    provider_is_set(scene, PCCS, {"quoteProvider": "pccs", "pccsUrl": url(PCCS)})
    scene.answer(sgx={"quoteProvider": "pccs", "pccsUrl": url(PCCS_SELF)})
    refused = scene.node()
    must(refused.code == 11, f"who signs himself is believed by answer alone: {refused.explain()}")
    provider_is_set(scene, PCCS_SELF, {"quoteProvider": "pccs", "pccsUrl": url(PCCS_SELF), "pccsSelfSigned": True}, ["tls.self_signed_pccs"], secure=False)
    scene.answer(sgx={"pccsUrl": f"https://{INTEL}/sgx/certification/v3/", "pccsSelfSigned": None}, acceptWeaker=weaker(scene))
    ended = scene.node()
    must(ended.code == 2 and "2026-04-30" in ended.text + ended.errors, f"version 3 at Intel's host has ended: {ended.explain()}")
    figures["providers"] = 6


def epid_install(scene):
    """What an operator of the EPID era had, installed by hand from the vendor's suite, with a unit of his own that uses an enclave."""
    make_user(scene)
    converges(scene.node("--until", "apt-repo"), "the package source alone")
    scene.vm.run("apt-get update -q >/dev/null; DEBIAN_FRONTEND=noninteractive apt-get -q -y install --no-install-recommends sgx-aesm-service " + " ".join(EPID_SET), timeout=1800)
    scene.vm.run("cp /root/lab/aesmd-epid.conf /etc/aesmd.conf; systemctl restart aesmd")
    scene.vm.run(f"cat > /etc/systemd/system/{HOOK}; systemctl daemon-reload; systemctl enable --now {HOOK}",
                 "[Unit]\nDescription=An enclave of the operator's\nAfter=aesmd.service\n[Service]\nUser=oasis\nExecStart=/bin/sleep infinity\n[Install]\nWantedBy=multi-user.target\n")
    must("epid" in scene.vm.run("ls /var/opt/aesmd/data").out, "the EPID plug-in left its blobs")


def epid_replaced(scene: Scene, figures: dict):
    """From EPID to DCAP: refused while nobody says which units may be stopped; then these are stopped, EPID goes, DCAP answers, and they run again."""
    epid_install(scene)
    refused = scene.node()
    must(refused.code != 0 and "attestation.stopUnits" in refused.text + refused.errors, f"the missing answer is named: {refused.explain()}")
    there = "dpkg-query -W -f '${db:Status-Abbrev} ${Package}\\n' 'libsgx*epid*' 2>/dev/null | grep '^.i'"
    must(scene.vm.run(there, check=False).rc == 0 and scene.vm.run(["systemctl", "is-active", HOOK]).rc == 0, "and nothing was changed")
    began = started_at(scene, HOOK)
    scene.answer(attestation={"stopUnits": [HOOK]})
    run = scene.node()
    converges(run, "the migration")
    figures.update({"migration s": round(run.seconds), "effects": run.effects})
    left = scene.vm.run(f"{there}; ls /var/opt/aesmd/data | grep -i 'epid\\|endpoint\\|white_list'; grep -v '^ *#' /etc/aesmd.conf | grep -i 'whitelist url\\|epid'", check=False).out
    must(left == "", f"nothing of EPID is left: {left}")
    aesm_answers(scene)
    must(scene.vm.run(["systemctl", "is-active", HOOK], check=False).out.strip() == "active" and started_at(scene, HOOK) != began, "the operator's unit was stopped and runs again")
    no_effects(scene.node(), "the migration, again")


def lose_a_package(scene):
    """One package is gone, and what was fetched of its source too: the next run needs the repository."""
    scene.vm.run("dpkg --purge --force-depends libsgx-dcap-default-qpl >/dev/null 2>&1; rm -rf /opt/intel/sgx_debian_local_repo /var/lib/apt/lists/*download.01.org* /var/lib/apt/lists/*sgx*")


def accepted_keys(scene) -> list:
    """Fingerprints in the keyring of the source."""
    name = scene.vm.run("sed -n 's/^Signed-By: *\\([^, ]*\\).*/\\1/p' /etc/apt/sources.list.d/*sgx*.sources").out.strip()
    with tempfile.NamedTemporaryFile(suffix=".key") as file:
        scene.vm.pull(name, file.name)
        shown = subprocess.run(["gpg", "--show-keys", "--with-colons", file.name], capture_output=True, text=True, check=True).stdout
    return [line.split(":")[9] for line in shown.splitlines() if line.startswith("fpr")]


def key_changed_in_mid_life(scene: Scene, figures: dict):
    """The vendor signs with the next listed key: it takes the former one's place. An index from before is then refused (12), whoever signed it."""
    following = json.loads(scene.lab.map.read_text(encoding="utf-8"))["keys"]["intel-next"]
    must(following not in accepted_keys(scene), "the key of tomorrow is not in use yet")
    scene.lab.switch("download.01.org.variant=rotated")
    lose_a_package(scene)
    run = scene.node()
    converges(run, "after the change of keys")
    figures["after the change s"] = round(run.seconds)
    must(following in accepted_keys(scene), f"the keyring holds the new key: {accepted_keys(scene)}")
    no_effects(scene.node(), "after the change, again")
    scene.lab.switch("download.01.org.variant=frozen")
    lose_a_package(scene)
    old = scene.node()
    must(old.code == 12 and "apt.index_older" in old.text, f"an index older than the one that was seen: {old.explain()}")
    scene.lab.switch("download.01.org.variant=rotated")
    converges(scene.node(), "and with the newest again all is well")


CHAINS = [("debian12", node_host, [each_quote_provider, key_changed_in_mid_life]), ("ubuntu2204", epid_replaced, [key_changed_in_mid_life])]
ALONE = []
