"""Attestation by quotes, judged by the program itself: good evidence starts the co-signer, anything else is refused with exit 4 and a
sentence of its own, by every verb that starts a container. Quotes and collateral are the lab's (quoting.py, collateral.py)."""
import json
import subprocess
import tempfile
import time

from scene import PROGRAM, QUOTE_ANSWERS, QUOTE_PROFILE, Scene
from scenes_bad_input import edit_json
from scenes_default import converges, fresh_install, must

EVIDENCE = "/var/lib/cosigner/attestation/evidence"
CHECK = "cosigner-check.service"
SHORT_LIFE = 200  # seconds; the check comes three minutes after a boot, and that is later

#: What is wrong, and words of the sentence that says so. None of these needs a memory of better days.
REFUSED = [
    ("pcs.tcb=out-of-date", "OutOfDate is not accepted"),
    ("pcs.tcb=revoked", "Revoked is never acceptable"),
    ("pcs.revoked=platform", "the PCK certificate of this platform is revoked"),
    ("pcs.collateral=expired", "TCB info"),
    ("quoting.enclave=other-signer", "is not an expected signer"),
    ("quoting.enclave=old-svn", "4 is below the demanded 5"),
    ("quoting.enclave=debug", "debug mode"),
    ("quoting.quote=tampered", "quote"),
    ("quoting.quote=other-key", "not made of this nonce and this key"),
    ("quoting.quote=other-root", "root"),
]
#: The same, after good evidence was seen.
REFUSED_LATER = [
    ("pcs.collateral=older", "older"),
    ("quoting.quote=replayed", "an earlier question"),
    ("quoting.quote=other-platform", "another platform"),
]


def quoted(scene):
    return scene.run("setup", "--profile", QUOTE_PROFILE, "--answers", QUOTE_ANSWERS)


def is_running(scene) -> bool:
    return scene.vm.run("docker inspect -f '{{.State.Running}}' cosigner", check=False).out.strip() == "true"


def sentence_of(run) -> str:
    """What the run says about the stage that failed."""
    errors = [event["error"]["message"] for event in run.events if event.get("stage") == "attestation" and event.get("error")]
    return errors[-1] if errors else ""


def refuse(scene, setting, words, sentences):
    """One kind of bad evidence: exit 4, a sentence that no other kind has."""
    scene.lab.switch(setting)
    run = quoted(scene)
    scene.lab.switch(setting.split("=")[0] + "=")
    sentence = sentence_of(run)
    must(run.code == 4 and words in sentence, f"{setting} is exit 4 and says why: {run.explain()}")
    must(sentence not in sentences, f"{setting} has the sentence of {sentences.get(sentence)}: {sentence}")
    sentences[sentence] = setting


def judged_again(scene, number):
    """By another policy than the one that the kept verdict was given by."""
    path = f"/root/lab/policy-{number}.json"
    scene.vm.run(f"cat > {path}", json.dumps({"schema": "cosigner.attestation-policy/1", "name": f"again-{number}"}))

    def change(answers):
        answers["attestation"] = {"policy": path}
        answers["acceptWeaker"] = sorted({*answers["acceptWeaker"], "attestation.own_policy"})
    edit_json(scene, QUOTE_ANSWERS, change)


def attests(scene):
    """Good evidence; the verdict is this program's own and has an end."""
    converges(quoted(scene), "good evidence")
    must(is_running(scene), "the co-signer runs")
    status = json.loads(scene.vm.run("/root/cosigner status --json", check=False).out)
    must(status["attested_by"] == "this_program" and status["attested_until"], f"who vouches, and how long: {status['attested_by']}")


def judged_on_the_host(scene):
    """An auditor's machine, with the folder alone: the same verdict; for another nonce none."""
    with tempfile.TemporaryDirectory(prefix="auditor-", dir="/var/tmp") as folder:
        names = scene.vm.run(f"ls {EVIDENCE}").out.split()
        for name in names:
            scene.vm.pull(f"{EVIDENCE}/{name}", f"{folder}/{name}")
        root = json.loads(scene.vm.run(f"cat {QUOTE_PROFILE}").out)["attestation"]["rootCa"]
        with open(f"{folder}/root.pem", "w", encoding="utf-8") as f:
            f.write(root)
        with open(f"{folder}/nonce.hex", encoding="utf-8") as f:
            nonce = f.read().strip()
        with open(f"{folder}/verdict.json", encoding="utf-8") as f:
            verdict = json.load(f)

        def judge(asked):
            return subprocess.run([PROGRAM, "attest", "verify", f"{folder}/quote.bin", "--collateral", folder, "--policy", f"{folder}/policy.json", "--root-ca", f"{folder}/root.pem",
                                   "--public-key", f"{folder}/public_key.pem", "--nonce", asked, "--at", verdict["time"], "--json"], capture_output=True, text=True, timeout=120, check=False)
        again = judge(nonce)
        document = json.loads(again.stdout)
        must(again.returncode == 0 and all(document[key] == verdict[key] for key in verdict if key != "steps"), f"the same verdict elsewhere: {again}")
        must(judge("00" * 32).returncode == 4, "and for another nonce none")


def evidence_is_judged(scene: Scene, figures: dict):
    """Ten kinds of bad evidence are exit 4, each with its own sentence, and nothing runs; good evidence then ends 0, on an auditor's machine too."""
    scene.vm.run("docker rm -f cosigner >/dev/null")
    sentences = {}
    for setting, words in REFUSED:
        refuse(scene, setting, words, sentences)
        must(not is_running(scene), f"{setting}: nothing runs")
    attests(scene)
    again = quoted(scene)
    converges(again, "a kept verdict is good")
    must(again.effects == 0, f"and nothing is left to do: {again.explain()}")
    judged_on_the_host(scene)
    print("   " + "\n   ".join(sentences), flush=True)
    figures["refusals"] = len(sentences)


def evidence_is_remembered(scene: Scene, figures: dict):
    """After good evidence, older collateral, a replayed quote and another platform's quote are exit 4, each with its own sentence."""
    attests(scene)
    sentences = {}
    for number, (setting, words) in enumerate(REFUSED_LATER):
        judged_again(scene, number)
        refuse(scene, setting, words, sentences)
    converges(quoted(scene), "good evidence again")
    print("   " + "\n   ".join(sentences), flush=True)
    figures["refusals"] = len(sentences)


def nothing_starts_without_a_verdict(scene: Scene, figures: dict):
    """Where no verdict was ever given, `start` and `restart` are refused with 4 as `setup` is, and nothing runs until the evidence is good."""
    scene.vm.run("docker rm -f cosigner >/dev/null")
    scene.lab.switch("pcs.tcb=out-of-date")
    must(quoted(scene).code == 4, "setup is refused")
    for verb in ("start", "restart"):
        run = scene.run(verb)
        must(run.code == 4 and "OutOfDate" in sentence_of(run), f"{verb} is refused: {run.explain()}")
        must(not is_running(scene), f"{verb}: nothing runs")
    scene.lab.switch("pcs.tcb=")
    converges(scene.run("start"), "start, with good evidence")
    must(is_running(scene), "the co-signer runs")


def boot_is_judged(scene: Scene, figures: dict):
    """After a boot the engine has the co-signer running by its policy, with evidence that has ended: the check unit fails; setup renews it."""
    scene.lab.switch(f"pcs.lifetime={SHORT_LIFE}")
    attests(scene)
    must(scene.vm.run(f"systemctl start {CHECK}", check=False, timeout=400).rc == 0, "while the evidence is good the check is quiet")
    scene.vm.reboot()
    began = time.monotonic()
    shown = {}
    while time.monotonic() - began < 1800:
        text = scene.vm.run(f"systemctl show -p ActiveState,Result,ExecMainStatus,ExecMainExitTimestampMonotonic {CHECK}").out
        shown = dict(line.split("=", 1) for line in text.split())
        if shown["ExecMainExitTimestampMonotonic"] not in ("0", ""):
            break
        time.sleep(10)
    must(is_running(scene), "the engine started it")
    must(shown["ActiveState"] == "failed" and shown["ExecMainStatus"] == "14", f"the check alarms: {shown}")
    must(CHECK in scene.vm.run("systemctl --failed --no-legend --plain").out, "as a failed unit")
    figures["boot to alarm s"] = round(time.monotonic() - began)
    started = scene.vm.run("docker inspect -f '{{.State.StartedAt}}' cosigner").out
    scene.lab.switch("pcs.lifetime=")
    converges(scene.run("setup"), "the evidence is renewed")
    must(scene.vm.run("docker inspect -f '{{.State.StartedAt}}' cosigner").out == started, "and the co-signer ran on")
    must(scene.vm.run(f"systemctl start {CHECK}", check=False, timeout=400).rc == 0, "the check is quiet again")


def fresh_and_quoted(scene: Scene, figures: dict):
    """From a bare machine in one command, judged by its quote."""
    scene.put_token()
    run = quoted(scene)
    converges(run)
    figures["setup s"] = round(run.seconds)
    attests(scene)


CHAINS = [("debian12", fresh_install, [evidence_is_judged, evidence_is_remembered, nothing_starts_without_a_verdict, boot_is_judged])]
ALONE = [("debian12", fresh_and_quoted)]
