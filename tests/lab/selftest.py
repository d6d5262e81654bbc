#!/usr/bin/env python3
"""Brings a lab up and uses every part of it from this machine: apt, curl, the registry, a pairing by the stand-in
executable. Ends 0 when all checks hold and no process of the lab is left.

  selftest.py [--run-dir DIR]     DIR: kept and re-used; default: a temporary one
"""

import argparse
import base64
import hashlib
import json
import os
import re
import shutil
import socket
import subprocess
import sys
import tarfile
import tempfile
import time
import urllib.parse

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "packages"))
sys.dont_write_bytecode = True

import catalog  # noqa: E402
import image  # noqa: E402
import names  # noqa: E402
import processes  # noqa: E402
import programs  # noqa: E402
import selftest_host  # noqa: E402, F401  # its checks
from selftest_kit import CHECKS, HERE, UBUNTU, Apt, Lab, check, remote_apt  # noqa: E402


@check
def a_repository_of_each_suite_updates_with_its_own_key_and_offers_the_minimal_set(lab):
    for suite in ("focal", "jammy", "noble"):
        apt = remote_apt(lab, suite, UBUNTU, suite, "main", "intel")
        done = apt.update()
        assert done.returncode == 0, done.stderr
        for package in catalog.MINIMAL_SET:
            assert apt.candidate(package).endswith(f"-{suite}1"), package
        assert apt.candidate("sudo") == "99.0"
        fetched = apt.run("apt-get", "install", "-y", "--download-only", "libsgx-ae-qe3")
        assert fetched.returncode == 0, fetched.stderr


@check
def a_repository_signed_by_another_key_is_refused_by_apt(lab):
    lab.lab("set", "download.01.org.variant=other-key")
    try:
        assert remote_apt(lab, "bad", UBUNTU, "jammy", "main", "intel").update().returncode != 0
    finally:
        lab.lab("set", "download.01.org.variant=")


@check
def the_engine_source_of_each_system_offers_all_three_packages(lab):
    for system, suite in (("debian", "bookworm"), ("ubuntu", "jammy")):
        apt = remote_apt(lab, "docker-" + suite, f"https://download.docker.com/linux/{system}", suite, "stable", "docker")
        done = apt.update()
        assert done.returncode == 0, done.stderr
        for package in ("docker-ce", "docker-ce-cli", "containerd.io"):
            assert suite in (apt.candidate(package) or ""), package
        assert b"BEGIN PGP PUBLIC KEY" in lab.get(f"https://download.docker.com/linux/{system}/gpg")


@check
def the_debian_tarball_is_a_repository_signed_by_the_same_key(lab):
    data = lab.get("https://download.01.org/intel-sgx/latest/dcap-latest/linux/distro/Debian12/sgx_debian_local_repo.tgz")
    archive = os.path.join(lab.scratch, "local.tgz")
    with open(archive, "wb") as f:
        f.write(data)
    with tarfile.open(archive) as tar:
        tar.extractall(lab.scratch)
    keyring = os.path.join(lab.scratch, "local.asc")
    shutil.copyfile(os.path.join(lab.scratch, "sgx_debian_local_repo", "keys", "intel-sgx.key"), keyring)
    apt = Apt(lab, "local", f"file://{lab.scratch}/sgx_debian_local_repo", "bookworm", "main", keyring)
    done = apt.update()
    assert done.returncode == 0, done.stderr
    assert apt.candidate("sgx-aesm-service") == f"{catalog.PSW}-bookworm1"
    total = sum(m.size for m in tarfile.open(archive) if m.name.endswith(".deb"))
    assert total >= 10 << 20, total


@check
def the_registry_wants_the_password_and_delivers_layers_of_the_promised_size(lab):
    url = f"https://{names.REGISTRY_HOST}/v2/{image.REPOSITORIES[0]}/manifests/{image.CURRENT}"
    accept = ("-H", "Accept: application/vnd.docker.distribution.manifest.v2+json")
    with open(lab.document["registry"]["password_file"]) as f:
        login = ("-u", f"{lab.document['registry']['username']}:{f.read()}")
    assert lab.status(url, *accept) == 401
    assert lab.status(url, *accept, "-u", "lab-deploy:wrong") == 401
    head = lab.get(url, *accept, *login, "-D", "-", "-o", "/dev/null").decode().lower()
    assert lab.document["digests"][image.CURRENT] in head
    manifest = json.loads(lab.get(url, *accept, *login))
    sizes = [layer["size"] for layer in manifest["layers"]]
    assert len(sizes) >= 3 and sum(sizes) >= 64 << 20, sizes
    layer = manifest["layers"][-1]
    blob = lab.get(f"https://{names.REGISTRY_HOST}/v2/{image.REPOSITORIES[0]}/blobs/{layer['digest']}", *login)
    assert len(blob) == layer["size"]


@check
def switches_throttle_cut_refuse_and_change_the_certificate(lab):
    url = "https://download.01.org/intel-sgx/latest/version.xml"
    key = UBUNTU + "/intel-sgx-deb.key"
    try:
        lab.lab("set", "download.01.org.status=503")
        assert lab.status(url) == 503
        lab.lab("set", "download.01.org.status=", "download.01.org.cut=10")
        assert lab.curl(key).returncode in (18, 56)  # short, or ended without a word of TLS
        lab.lab("set", "download.01.org.cut=", "download.01.org.certificate=wrong")
        assert lab.curl(url).returncode == 60
        lab.lab("set", "download.01.org.certificate=", "download.01.org.throttle=1000")
        started = time.monotonic()
        lab.get(key)
        assert time.monotonic() - started > 0.4
    finally:
        lab.lab("set", "clear")
    assert lab.status(url) == 200
    assert lab.get(key, "-r", "0-9") == lab.get(key)[:10]


class Prefix:
    """The stand-in in a folder of this machine, with the container's layout."""

    def __init__(self, lab, name, variant=""):
        self.root = os.path.join(lab.scratch, name)
        self.home = os.path.join(self.root, image.HOME)
        for folder in image.DATA_FOLDERS + [image.HOME + "/lab"]:
            os.makedirs(os.path.join(self.root, folder), exist_ok=True)
        shutil.copy(programs.customer_cosigner(), os.path.join(self.home, "customer_cosigner"))
        with open(os.path.join(lab.run, "ports.json")) as f:
            ports = json.load(f)
        files = image.lab_files(lab.run, image.CURRENT, variant, ports, native=True)
        files["device"] = b"none\n"  # this machine has no SGX device and needs none here
        for file, data in files.items():
            with open(os.path.join(self.home, "lab", file), "wb") as f:
                f.write(data)

    def start(self, *arguments, **environment):
        return subprocess.run(["./customer_cosigner", *arguments], cwd=self.home, capture_output=True, text=True,
                              env=environment, timeout=120)

    def document(self, token, **more):
        path = os.path.join(self.home, "config", "config.json")
        fields = {"pairingToken": token, "callbackUrl": "", "callbackPublicKey": "", "callbackCert": "", "callbackRootCA": "",
                  "recoveryPublicKey": "", "physicalDeviceId": "0b1f8f5e-6f0e-4f57-9d8d-5b0f8f3f8a11", **more}
        with open(path, "w") as f:
            json.dump(fields, f)
        return "config/config.json"


@check
def the_stand_in_pairs_attests_lists_its_user_and_serves(lab):
    prefix = Prefix(lab, "good")
    assert prefix.start("--list-devices").returncode == 1
    assert prefix.start().returncode == 1
    url = f"https://{names.CALLBACK_HOST}:8443/approve"
    token = lab.lab("token")
    done = prefix.start("--initial-config-file", prefix.document(token, callbackUrl=url))
    assert done.returncode == 0, done.stderr
    user = json.loads(base64.urlsafe_b64decode(token.split(".")[1] + "=="))["userId"]
    assert f"Lab workspace | {user} | {url}" in prefix.start("--list-devices").stdout
    assert prefix.start("--print-pubkey").stdout.startswith("-----BEGIN PUBLIC KEY-----")
    for file in ("db/secrets.db", "enclave/enclave.signed.so", "enclave/ra_loader_enclave.signed.so"):
        assert os.path.getsize(os.path.join(prefix.home, file)) > 0, file
    everything = subprocess.run(["grep", "-rlF", token, prefix.root, lab.run], capture_output=True, text=True).stdout.split()
    assert everything == [os.path.join(prefix.home, "config", "config.json")], everything
    lab.lab("set", "gateway.poll-seconds=1")
    service = subprocess.Popen(["./customer_cosigner"], cwd=prefix.home, env={}, stdout=subprocess.PIPE, text=True)
    try:
        lines = []
        while "Contact with" not in "".join(lines[-1:]):
            lines.append(service.stdout.readline())
            assert lines[-1], "the service ended: " + "".join(lines)
    finally:
        service.terminate()
        assert service.wait(20) == 0
    lab.lab("set", "clear")
    device = json.loads(lab.lab("state"))["devices"][user]
    assert device["attested"] and device["lastSeen"] and device["callback"]["callbackUrl"] == url
    changed = prefix.document("", userId=user, callbackUrl=url + "2")
    assert prefix.start("--update-config", changed).returncode == 0
    assert f"| {url}2" in prefix.start("--list-devices").stdout


@check
def a_token_that_is_used_or_expired_is_refused_and_no_database_is_written(lab):
    prefix = Prefix(lab, "refused")
    used = lab.lab("token", "--user", "11111111-2222-4333-8444-555555555555")
    other = Prefix(lab, "other")
    assert other.start("--initial-config-file", other.document(used)).returncode == 0
    for token, status in ((used, "401"), (lab.lab("token", "--expired"), "500"), ("nonsense", "malformed")):
        done = prefix.start("--initial-config-file", prefix.document(token))
        assert done.returncode == 1 and status in done.stderr, done.stderr
    assert not os.path.exists(os.path.join(prefix.home, "db", "secrets.db"))


@check
def a_refused_attestation_a_bad_artefact_and_a_wrong_authority_end_in_one(lab):
    cases = (("gateway.attestation=out-of-date", "OutOfDate"), ("gateway.artefact=wrong-signature", "wrong digest or signature"),
             ("gateway.artefact=truncated", "wrong digest or signature"), ("gateway.first-user=no", "http status 401"),
             ("mobile-api.fireblocks.io.certificate=wrong", "certificate"))
    for number, (setting, text) in enumerate(cases):
        prefix = Prefix(lab, f"case{number}")
        lab.lab("set", setting)
        try:
            token = lab.lab("token", "--user", f"{number}1111111-2222-4333-8444-555555555555")
            done = prefix.start("--initial-config-file", prefix.document(token))
        finally:
            lab.lab("set", "clear")
        assert done.returncode == 1 and text in done.stderr, (setting, done.stderr)


@check
def the_stand_in_goes_through_the_proxy_when_it_is_told_to(lab):
    prefix = Prefix(lab, "proxied")
    token = lab.lab("token", "--user", "22222222-2222-4333-8444-555555555555")
    proxy = f"http://{names.PROXY_HOST}:3128"
    done = prefix.start("--initial-config-file", prefix.document(token), HTTPS_PROXY=proxy, WEBSOCKET="0")
    assert done.returncode == 0, done.stderr
    assert f'"{names.GATEWAY_HOSTS[0]}:443"' in lab.lab("log", "proxy")


@check
def the_callback_handler_answers_under_each_of_its_certificates(lab):
    material = os.path.join(lab.run, "callback")
    pinned = os.path.join(material, "pinned", names.CALLBACK_HOST + ".pem")
    for port, ca in ((8443, lab.ca), (8444, pinned), (8445, os.path.join(material, "root-ca.pem"))):
        url = f"https://{names.CALLBACK_HOST}:{port}/approve"
        assert lab.curl(url, "--fail", ca=ca).returncode == 0, port
        reply = lab.curl(url + "/tx_sign_request", "-d", '{"requestId":"r1"}', ca=ca).stdout
        assert json.loads(reply) == {"action": "APPROVE", "requestId": "r1"}, port
    assert lab.curl(f"https://{names.CALLBACK_HOST}:8444/").returncode == 60


_PCS = "https://api.trustedservices.intel.com/sgx/certification/v4/"
_COLLATERAL = {"tcb_info.json": _PCS + "tcb?fmspc=00906ED50000&update=standard", "qe_identity.json": _PCS + "qe/identity?update=standard",
               "pck_crl.der": _PCS + "pckcrl?ca=platform&encoding=der", "root_ca_crl.der": "https://certificates.trustedservices.intel.com/IntelSGXRootCA.der"}


class Judge:
    """The product's own verdict about what the doubles hand out, with the enclave that the lab's profile expects."""

    def __init__(self, lab, prefix):
        self.lab, self.prefix, self.folder = lab, prefix, os.path.join(lab.scratch, "judged")
        os.makedirs(self.folder, exist_ok=True)
        candidates = [os.environ.get("COSIGNER_BINARY", ""), *(os.path.join(HERE, "..", "..", f, "cosigner") for f in ("build-static", "build", "build-test"))]
        self.program = next((p for p in candidates if p and os.path.exists(p)), None)
        assert self.program, "build the program first, or name it by COSIGNER_BINARY"
        with open(os.path.join(lab.run, "quote-profile.json")) as f:
            expected = json.load(f)["attestation"]
        self._put("root.pem", expected["rootCa"])
        self._put("policy.json", json.dumps({"schema": "cosigner.attestation-policy/1", "name": "lab", "mrsigner": [expected["mrsigner"]],
                                             "isvProdId": expected["productId"], "minimumIsvSvn": expected["minSvn"]}))
        self._put("key.pem", prefix.start("--print-pubkey").stdout)

    def path(self, name):
        return os.path.join(self.folder, name)

    def _put(self, name, content):
        with open(self.path(name), "wb") as f:
            f.write(content if isinstance(content, bytes) else content.encode())

    def ask(self, nonce):
        """A quote from the stand-in and collateral from the service, into the folder."""
        key = subprocess.run(["openssl", "pkey", "-pubin", "-in", self.path("key.pem"), "-outform", "DER"], check=True, capture_output=True).stdout
        done = self.prefix.start("--attest-quote", hashlib.sha256(nonce + key).hexdigest() + "00" * 32)
        assert done.returncode == 0, done.stderr
        self._put("quote.bin", base64.b64decode(done.stdout))
        for name, url in _COLLATERAL.items():
            self._put(name, self.lab.get(url))
        head = self.lab.get(_COLLATERAL["tcb_info.json"], "-D", "-", "-o", "/dev/null").decode()
        chain = next(line.split(": ", 1)[1] for line in head.splitlines() if line.lower().startswith("tcb-info-issuer-chain:"))
        self._put("tcb_signing_chain.pem", urllib.parse.unquote(chain))

    def verdict(self):
        """"accepted", the refusal's code, or the rules of the policy that it violates."""
        done = subprocess.run([self.program, "attest", "verify", self.path("quote.bin"), "--collateral", self.folder, "--root-ca", self.path("root.pem"),
                               "--policy", self.path("policy.json"), "--nonce", _NONCE.hex(), "--public-key", self.path("key.pem"), "--json"],
                              capture_output=True, text=True)
        document = json.loads(done.stdout)
        if document["refusal"]:
            return document["refusal"]
        assert (done.returncode == 0) == document["policy"]["accepted"], done
        return "accepted" if document["policy"]["accepted"] else " ".join(sorted(v["rule"] for v in document["policy"]["violations"]))


_NONCE = bytes(range(32))
_VERDICTS = (("pcs.tcb=out-of-date", "tcb_status"), ("pcs.tcb=revoked", "tcb_status"), ("pcs.revoked=platform", "cert_revoked"),
             ("pcs.collateral=expired", "tcb_info_expired"), ("pcs.collateral=older", "accepted"), ("quoting.enclave=other-signer", "mrsigner"),
             ("quoting.enclave=old-svn", "isvsvn"), ("quoting.enclave=debug", "debug"), ("quoting.quote=tampered", "quote_signature"),
             ("quoting.quote=other-key", "binding_mismatch"), ("quoting.quote=other-root", "untrusted_root"),
             ("quoting.quote=other-platform", "accepted"), ("pcs.lifetime=3600", "accepted"))


@check
def quotes_and_collateral_are_good_evidence_and_each_switch_spoils_them_in_its_own_way(lab):
    prefix = Prefix(lab, "quoting")
    assert prefix.start("--attest-quote", "00" * 64).returncode == 1  # nobody is paired
    token = lab.lab("token", "--user", "33333333-2222-4333-8444-555555555555")
    assert prefix.start("--initial-config-file", prefix.document(token)).returncode == 0
    assert prefix.start("--attest-quote", "00" * 63).returncode == 1
    judge = Judge(lab, prefix)
    judge.ask(_NONCE)
    assert judge.verdict() == "accepted", judge.verdict()
    platform = open(judge.path("quote.bin"), "rb").read()[1052:]
    try:
        for setting, wanted in _VERDICTS:
            lab.lab("set", "clear")
            lab.lab("set", setting)
            judge.ask(_NONCE)
            assert judge.verdict() == wanted, (setting, judge.verdict())
            if setting == "quoting.quote=other-platform":
                assert open(judge.path("quote.bin"), "rb").read()[1052:] != platform, "another certificate"
        lab.lab("set", "clear")
        judge.ask(bytes(32))
        lab.lab("set", "quoting.quote=replayed")
        judge.ask(_NONCE)
        assert judge.verdict() == "binding_mismatch"
        lab.lab("set", "pcs.pcs-status=503")
        assert lab.status(_COLLATERAL["tcb_info.json"]) == 503
    finally:
        lab.lab("set", "clear")
    assert lab.status(_PCS + "tcb?fmspc=00A067110000") == 404


@check
def every_name_of_the_allowlist_answers_and_nothing_secret_is_in_a_log(lab):
    for name in names.PLAIN_HOSTS + names.GATEWAY_HOSTS + names.PCS_HOSTS + names.CLOUD_CACHE_HOSTS + (names.PUBLIC_REGISTRY_HOST,):
        assert lab.status(f"https://{name}/") == 200, name
    assert lab.status("https://api.trustedservices.intel.com/sgx/certification/v4/qe/identity") == 200
    with open(lab.document["registry"]["password_file"]) as f:
        password = f.read()
    found = subprocess.run(["grep", "-rlF", password, os.path.join(lab.run, "logs")], capture_output=True, text=True)
    assert not found.stdout


@check
def the_time_server_says_what_this_machines_clock_says(lab):
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as client:
        client.settimeout(10)
        client.sendto(b"\x23" + bytes(47), ("127.0.0.1", lab.document["ntp_port"]))
        reply = client.recv(512)
    assert len(reply) == 48 and reply[0] & 7 == 4 and reply[1] == 2
    assert abs(int.from_bytes(reply[40:44], "big") - 2208988800 - time.time()) < 2


def run_checks(lab):
    failed = 0
    for function in CHECKS:
        started = time.monotonic()
        try:
            function(lab)
            verdict = "ok"
        except Exception as error:  # a check that breaks is a check that failed; the others still run
            verdict, failed = f"FAILED: {type(error).__name__}: {error}", failed + 1
        print(f"{function.__name__.replace('_', ' ')}: {verdict} ({time.monotonic() - started:.1f} s)", flush=True)
    return failed


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--run-dir")
    args = parser.parse_args()
    scratch = tempfile.mkdtemp(prefix="labtest")
    run = os.path.abspath(args.run_dir or os.path.join(scratch, "run"))
    failed = 1
    try:
        command = [sys.executable, "-B", os.path.join(HERE, "lab.py")]
        subprocess.run([*command, "up", "--run-dir", run, "--detach"], check=True, stdout=subprocess.DEVNULL)
        known = processes.running(run)
        try:
            failed = run_checks(Lab(run, scratch))
        finally:
            ended = subprocess.run([*command, "down", "--run-dir", run]).returncode == 0
        left = [name for name, pid in known.items() if processes.start_time(pid) is not None]
        if not ended or left:
            print(f"processes left: {left}")
            failed += 1
        print(f"lab self-check: {len(CHECKS) + 1 - failed} of {len(CHECKS) + 1} hold, {len(known)} processes ended")
    finally:
        shutil.rmtree(scratch, ignore_errors=True)
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
