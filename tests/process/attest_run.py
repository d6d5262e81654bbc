"""The built program judges evidence by itself (attestation mode quote): the lab's platforms, certificate service and quoting enclave
behind the model of the engine. Each kind of bad evidence is exit 4 with a sentence of its own, and nothing is started."""

import base64
import json
import os
import shutil
import subprocess
import sys
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "lab"))
sys.dont_write_bytecode = True

import enclaves  # noqa: E402
import guest_files  # noqa: E402
import pcs  # noqa: E402
import platforms  # noqa: E402
import quoting  # noqa: E402
from switches import Switches  # noqa: E402
from world import World  # noqa: E402

EVIDENCE = "var/lib/cosigner/attestation/evidence"

#: Switch, and what the refusal says.
REFUSED = (
    ("pcs.tcb=out-of-date", "tcb_status: OutOfDate is not accepted"),
    ("pcs.tcb=revoked", "tcb_status: Revoked is never acceptable"),
    ("pcs.revoked=platform", "the PCK certificate of this platform is revoked"),
    ("pcs.collateral=expired", "TCB info"),
    ("quoting.enclave=other-signer", "is not an expected signer"),
    ("quoting.enclave=old-svn", "4 is below the demanded 5"),
    ("quoting.enclave=debug", "it runs in debug mode"),
    ("quoting.quote=tampered", "quote"),
    ("quoting.quote=other-key", "not made of this nonce and this key"),
    ("quoting.quote=other-root", "root"),
)


class Wrong(Exception):
    pass


def require(good, message):
    if not good:
        raise Wrong(message)


class Attested:
    """A world whose co-signer quotes, and whose profile has the program verify it."""

    def __init__(self, work, program, shared, server):
        self.lab = os.path.join(work, "attestation-lab")
        if not os.path.exists(self.lab):
            os.mkdir(self.lab)
            enclaves.make(self.lab)
        platforms.make(self.lab)
        self.switches = Switches(self.lab)
        self.switches.clear()
        server.page = lambda target: pcs.page(self.lab, self.switches, target)
        self.world = World(os.path.join(work, "attested"), program, shared)
        self._mode_quote()
        self.key = subprocess.run(["openssl", "genpkey", "-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:2048"], check=True, capture_output=True).stdout
        self.questions = 0
        self.world.engine.answers.update({"--print-pubkey": lambda words: self._public_key(), "--attest-quote": self._quote})

    def _mode_quote(self):
        for name, change in (("root/lab/profile.json", lambda v: v.update(attestation=guest_files.expected_enclave(self.lab))),
                             ("root/lab/answers.json", lambda v: v["acceptWeaker"].extend(["attestation.custom_root", "attestation.other_enclave"]))):
            value = json.loads(self.world.text(name))
            change(value)
            self.world.put(name, json.dumps(value), 0o600)

    def _public_key(self):
        return subprocess.run(["openssl", "pkey", "-pubout"], input=self.key, check=True, capture_output=True).stdout.decode()

    def _quote(self, words):
        self.questions += 1
        asked = bytes.fromhex(words[words.index("--attest-quote") + 1])
        return "INFO quoting\n" + base64.b64encode(quoting.quote_for(self.lab, self.switches, asked)).decode() + "\n"

    def set(self, *settings):
        self.switches.clear()
        for setting in settings:
            key, _, value = setting.partition("=")
            self.switches.set(key, value)

    def run(self, *words, code=0):
        status, output, _ = self.world.run(*words)
        require(status == code, f"{' '.join(words)} ended with {status}, not {code}:\n{output[-1500:]}")
        return output

    def setup(self, code=0):
        return self.run("setup", "--answers", "/root/lab/answers.json", "--json", code=code)

    def is_running(self):
        return self.world.engine.containers.get("cosigner", {}).get("Status") == "running"

    def forget_container(self):
        self.world.engine.containers.pop("cosigner", None)

    def want_judged_again(self):
        """By another policy: a kept verdict was given by the one before."""
        name = f"root/lab/policy-{self.questions}.json"
        self.world.put(name, json.dumps({"schema": "cosigner.attestation-policy/1", "name": f"again-{self.questions}"}))
        value = json.loads(self.world.text("root/lab/answers.json"))
        value["attestation"] = {"policy": "/" + name}
        value["acceptWeaker"] = sorted({*value["acceptWeaker"], "attestation.own_policy"})
        self.world.put("root/lab/answers.json", json.dumps(value), 0o600)


def refused_sentence(output):
    """What the run says about the stage that failed."""
    for line in output.splitlines():
        event = json.loads(line) if line.startswith("{") else {}
        if event.get("event") == "stage_finished" and event["stage"] == "attestation" and event["error"]:
            return event["error"]["message"]
    return ""


def refuse_bad_evidence(attested):
    sentences = {}
    for setting, words in REFUSED:
        attested.set(setting)
        output = attested.setup(4)
        sentence = refused_sentence(output)
        require(words in sentence, f"{setting}: the sentence says why: {sentence or output[-1500:]}")
        require(sentence not in sentences, f"{setting} has the sentence of {sentences.get(sentence)}: {sentence}")
        sentences[sentence] = setting
        for verb in ("start", "restart"):
            attested.run(verb, code=4)
        require("cosigner" not in attested.world.engine.containers, f"{setting}: nothing was started")
    return "\n         ".join([f"{len(sentences)} sentences:", *sentences])


def take_good_evidence(attested):
    attested.set()
    attested.setup()
    require(attested.is_running(), "the co-signer runs")
    status = json.loads(attested.run("status", "--json"))
    require(status["attested_by"] == "this_program" and status["attested_until"], f"who vouches, and how long: {status}")
    asked = attested.questions
    attested.setup()
    require(attested.questions == asked and attested.world.last_run()["effects"] == 0, "a second run asks for no quote and has no effect")


def judge_elsewhere(attested):
    """What was kept, judged from the folder alone, in another root, without network: the same verdict, for a year too."""
    copy = attested.world.path("root/auditor")
    shutil.copytree(attested.world.path(EVIDENCE), copy)
    verdict = json.loads(attested.world.text(EVIDENCE + "/verdict.json"))
    attested.world.put("root/auditor/root.pem", platforms.trusted(attested.lab).pem("root").decode())
    folder = "/root/auditor"
    words = ("attest", "verify", folder + "/quote.bin", "--collateral", folder, "--policy", folder + "/policy.json", "--public-key", folder + "/public_key.pem",
             "--root-ca", folder + "/root.pem", "--at", verdict["time"], "--json", "--nonce")
    again = json.loads(attested.run(*words, attested.world.text(EVIDENCE + "/nonce.hex").strip()))
    different = {k for k in verdict if verdict[k] != again.get(k) and k != "steps"}
    require(again["policy"]["accepted"] and not different, f"the same verdict but for {different}")
    require('"binding_mismatch"' in attested.run(*words, "00" * 32, code=4), "for another nonce it is refused")


def remember_what_was_seen(attested):
    sentences = []
    for setting, words in (("pcs.collateral=older", "older"), ("quoting.quote=replayed", "earlier question"), ("quoting.quote=other-platform", "another platform")):
        attested.want_judged_again()
        attested.set(setting)
        sentences.append(refused_sentence(attested.setup(4)))
        require(words in sentences[-1], f"{setting}: the sentence says why: {sentences[-1]}")
    attested.set()
    attested.setup()
    return "\n         ".join(["", *sentences])


def alarm_when_evidence_ended(attested):
    """What the check unit runs after a boot: the engine has the co-signer running again, whatever the evidence is worth by then."""
    attested.set("pcs.lifetime=40")
    attested.want_judged_again()
    attested.setup()
    require(attested.run("status", "--quiet") == "", "while it is good all is quiet")
    time.sleep(41)
    require(attested.is_running(), "the engine has it running")
    attested.run("status", "--quiet", code=14)
    attested.set("pcs.collateral=expired")
    for verb in ("start", "restart"):
        attested.run(verb, code=4)
    attested.set()
    attested.setup()
    attested.run("status", "--quiet")


#: (sentence, test), one after another on one machine.
ALL = (
    ("evidence that is not good ends setup, start and restart with 4, each kind with its own sentence, and nothing runs", refuse_bad_evidence),
    ("good evidence starts the co-signer, and a kept verdict is asked for once", take_good_evidence),
    ("kept evidence gives the same verdict elsewhere from its folder alone, and for another nonce none", judge_elsewhere),
    ("older collateral, an answer to an earlier question and another platform are refused by what was seen before", remember_what_was_seen),
    ("evidence that ended is an alarm of the check after a boot, and start and restart are refused until it is renewed", alarm_when_evidence_ended),
)
