"""Checks of what a host needs that runs enclaves: the packages of the EPID era and of registration, a change of keys,
the public registry, the caches of certificates, the drivers from outside the kernel, and the files of such a host.
"""

import calendar
import hashlib
import io
import json
import os
import shutil
import socket
import subprocess
import tarfile
import time
import urllib.parse

import apt_repos
import build
import catalog
import drivers
import guest_files
import image
import names
import platforms
import public_images
from selftest_kit import UBUNTU, Apt, check, remote_apt

_TARBALL = f"https://{apt_repos.INTEL}/{apt_repos.TARBALL}"


def _local_apt(lab, name, data, key):
    """apt over an unpacked local-repository tarball, with one of the lab's keys."""
    folder = os.path.join(lab.scratch, "local-" + name)
    with tarfile.open(fileobj=io.BytesIO(data)) as tar:
        tar.extractall(folder)
    keyring = os.path.join(lab.scratch, name + ".asc")
    shutil.copyfile(os.path.join(lab.run, "keys", key + ".asc"), keyring)
    return Apt(lab, name, f"file://{folder}/sgx_debian_local_repo", "bookworm", "main", keyring)


@check
def every_suite_offers_the_epid_set_which_comes_only_by_recommendation(lab):
    for suite in apt_repos.UBUNTU_SUITES:
        apt = remote_apt(lab, "epid-" + suite, UBUNTU, suite, "main", "intel")
        assert apt.update().returncode == 0
        for package in catalog.EPID_SET:
            assert apt.candidate(package) == f"2.26.100.0-{suite}1", package
        for package in ("sgx-ra-service", "sgx-pck-id-retrieval-tool"):
            assert apt.candidate(package), package
        shown = apt.run("apt-cache", "show", "libsgx-aesm-quote-ex-plugin").stdout
        assert "Recommends: libsgx-aesm-epid-plugin" in shown
        needed = apt.run("apt-cache", "depends", "--recurse", "--no-recommends", *catalog.MINIMAL_SET).stdout
        assert "libsgx-ae-qe3" in needed and "epid" not in needed, needed


@check
def after_a_change_of_keys_everything_is_signed_by_the_next_key_alone(lab):
    def outcome(name, key):
        """Exit status of apt-get update with this key, of a suite and of the tarball."""
        suite = remote_apt(lab, f"{name}-{key}", UBUNTU, "focal", "main", key).update()
        return suite.returncode == 0, _local_apt(lab, f"{name}-local-{key}", lab.get(_TARBALL), key).update().returncode == 0

    assert outcome("before", "intel") == (True, True) and outcome("before", "intel-next") == (False, False)
    lab.lab("set", "download.01.org.variant=rotated")
    try:
        assert outcome("after", "intel") == (False, False) and outcome("after", "intel-next") == (True, True)
        shown = subprocess.run(["gpg", "--show-keys", "--with-colons"], input=lab.get(UBUNTU + "/intel-sgx-deb.key"), capture_output=True, check=True)
        listed = [line.split(":")[9] for line in shown.stdout.decode().splitlines() if line.startswith("fpr")]
        assert listed == [lab.document["keys"]["intel-next"]], listed
    finally:
        lab.lab("set", "download.01.org.variant=")


@check
def the_frozen_index_of_every_suite_is_old_and_well_signed(lab):
    lab.lab("set", "download.01.org.variant=frozen")
    try:
        for suite in apt_repos.UBUNTU_SUITES:
            assert remote_apt(lab, "frozen-" + suite, UBUNTU, suite, "main", "intel").update().returncode == 0, suite
            release = lab.get(f"{UBUNTU}/dists/{suite}/Release").decode()
            date = next(line for line in release.splitlines() if line.startswith("Date: "))[6:]
            age = time.time() - calendar.timegm(time.strptime(date, "%a, %d %b %Y %H:%M:%S UTC"))
            assert 39 * 86400 < age < 41 * 86400, date
    finally:
        lab.lab("set", "download.01.org.variant=")


@check
def the_tools_of_registration_say_what_the_platforms_state_is(lab):
    tree = os.path.join(lab.scratch, "tools")
    for name in ("sgx-ra-service", "sgx-pck-id-retrieval-tool"):
        package = catalog.PACKAGES[name]
        subprocess.run(["dpkg-deb", "-x", os.path.join(build.pools(), "noble", f"{name}_{package.version}-noble1_amd64.deb"), tree], check=True)
    for folder in ("var/log", "var/lib", "dev"):
        os.makedirs(os.path.join(tree, folder), exist_ok=True)

    def run(program, *arguments):
        return subprocess.run([os.path.join(tree, program), *arguments], env={**os.environ, "STAND_IN_ROOT": tree}, capture_output=True, text=True)

    assert run("opt/intel/sgx-ra-service/mpa_registration").returncode == 0
    with open(os.path.join(tree, "var/log/mpa_registration.log")) as f:
        assert "is completed successfully. MPA has nothing to do." in f.read()
    assert run("usr/bin/mpa_manage", "-get_registration_status").stdout == "Registration process completed successfully.\n"
    with open(os.path.join(tree, "var/lib/mpa-stand-in"), "w") as f:
        f.write("in-progress\n")
    assert run("usr/bin/mpa_manage", "-get_registration_status").stdout == "Registration is in progress.\n"
    assert run("usr/bin/mpa_manage", "-get_last_registration_error_code").stdout.endswith(": 0\n")
    tool, out = "opt/intel/sgx-pck-id-retrieval-tool/PCKIDRetrievalTool", os.path.join(lab.scratch, "pck.csv")
    assert run(tool, "-f", out).returncode == 1 and not os.path.exists(out), "there is no device"
    open(os.path.join(tree, "dev/sgx_provision"), "w").close()
    assert run(tool, "-f", out, "-url", "https://pccs.lab.example:8081/", "-use_secure_cert", "false").returncode == 0
    with open(out) as f:
        fields = f.read().strip().split(",")
    assert [len(field) for field in fields] == [768, 4, 32, 4, 32], fields
    assert fields[2] == bytes(platforms.COMPONENTS).hex()


_GHCR = f"https://{names.PUBLIC_REGISTRY_HOST}/v2/{public_images.OWNER}/"
_ACCEPT = ("-H", "Accept: application/vnd.docker.distribution.manifest.v2+json")


def _digest(lab, name, *options):
    head = lab.get(f"{_GHCR}{name}/manifests/master", *_ACCEPT, *options, "-D", "-", "-o", "/dev/null").decode().lower()
    return next(line.split(": ", 1)[1].strip() for line in head.splitlines() if line.startswith("docker-content-digest"))


@check
def the_public_registry_is_read_without_a_login_and_its_tag_can_move(lab):
    digests = lab.document["digests"]
    for name in public_images.CONTENTS:
        assert _digest(lab, name) == digests[name] != digests[name + "-next"]
    try:
        lab.lab("set", "ghcr.io.master=next")
        assert _digest(lab, "aesmd-dcap") == digests["aesmd-dcap-next"]
        assert lab.status(f"{_GHCR}aesmd-dcap/manifests/{digests['aesmd-dcap']}", *_ACCEPT) == 200, "the former build is still there"
        lab.lab("set", "ghcr.io.master=", "ghcr.io.login=token")
        asked = lab.curl(f"{_GHCR}aesmd-dcap/manifests/master", "-D", "-", "-o", "/dev/null").stdout.decode()
        assert " 401 " in asked and 'scope="repository:oasisprotocol/aesmd-dcap:pull"' in asked, asked
        token = json.loads(lab.get(f"https://{names.PUBLIC_REGISTRY_HOST}/token"))["token"]
        assert _digest(lab, "aesmd-dcap", "-H", "Authorization: Bearer " + token) == digests["aesmd-dcap"]
    finally:
        lab.lab("set", "clear")
    other = f"https://{names.PUBLIC_REGISTRY_HOST}/v2/{image.REPOSITORIES[0]}/manifests/{image.CURRENT}"
    assert lab.status(other, *_ACCEPT) == 403, "what wants a login is not public"
    assert lab.status(f"{_GHCR}aesmd-dcap/blobs/uploads/", "-X", "POST") == 403


def _unpacked(lab, name):
    """The image's file tree, and the argument vector that it starts."""
    manifest = json.loads(lab.get(f"{_GHCR}{name}/manifests/master", *_ACCEPT))
    config = json.loads(lab.get(f"{_GHCR}{name}/blobs/{manifest['config']['digest']}"))
    root = os.path.join(lab.scratch, name)
    for layer in manifest["layers"]:
        data = lab.get(f"{_GHCR}{name}/blobs/{layer['digest']}")
        assert "sha256:" + hashlib.sha256(data).hexdigest() == layer["digest"]
        with tarfile.open(fileobj=io.BytesIO(data)) as tar:
            tar.extractall(root)
    return root, config["config"]["Entrypoint"]


def _key_count(path):
    """Answer to AESM's request 21 (number of attestation keys): the payload after the length."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as client:
        client.settimeout(10)
        client.connect(path)
        request = bytes.fromhex("aa0100")  # field 21, an empty message
        client.sendall(len(request).to_bytes(4, "little") + request)
        reply = b""
        while part := client.recv(4096):
            reply += part
    assert int.from_bytes(reply[:4], "little") == len(reply) - 4
    return reply[4:]


@check
def the_service_managers_images_answer_at_the_socket_of_the_mapped_folder(lab):
    # Field 1 is the code: 0 and one key where the plug-ins of DCAP are, 30 where there are those of EPID alone.
    for name, wanted in (("aesmd-dcap", bytes.fromhex("aa010408001001")), ("aesmd-epid", bytes.fromhex("aa0102081e"))):
        root, command = _unpacked(lab, name)
        os.makedirs(os.path.join(root, "dev/sgx"))
        for node in ("enclave", "provision"):  # by their older names, as an operator may map them
            open(os.path.join(root, "dev/sgx", node), "w").close()
        enter = ["chroot", root] if os.geteuid() == 0 else ["unshare", "--map-root-user", "chroot", root]
        daemon = subprocess.Popen([*enter, *command], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        try:
            path, end = os.path.join(root, "run/aesmd/aesm.socket"), time.monotonic() + 20
            while not os.path.exists(path) and daemon.poll() is None and time.monotonic() < end:
                time.sleep(0.05)
            assert _key_count(path) == wanted, name
        finally:
            daemon.terminate()
            said = daemon.communicate(timeout=20)[0]
        assert daemon.returncode == 0 and "The server sock is ready" in said, said


_V4 = "/sgx/certification/v4/"
_LEVEL = f"cpusvn={bytes(platforms.COMPONENTS).hex()}&pcesvn=0d00&pceid=0000"
_CACHES = [f"https://{name}" for name in names.CLOUD_CACHE_HOSTS + ("global.acccache.azure.net",)] + [f"https://{names.PCCS_HOST}:{names.PCCS_PORT}"]


@check
def every_cache_hands_out_what_intels_own_service_does_and_the_roots_list(lab):
    intel = f"https://{names.INTEL_PCS_HOST}"
    certificate = lab.get(f"{intel}{_V4}pckcert?encrypted_ppid={'0' * 768}&{_LEVEL}")
    for base in _CACHES:
        for page in ("qe/identity", "tcb?fmspc=00906ED50000", "pckcrl?ca=platform&encoding=der"):
            assert lab.status(base + _V4 + page) == 200, base + page
        assert lab.get(f"{base}{_V4}pckcert?qeid={'a' * 32}&{_LEVEL}") == certificate, base
        for data in (bytes.fromhex(lab.get(f"{base}{_V4}rootcacrl").decode()), lab.get(f"{base}{_V4}rootcacrl?encoding=der")):
            shown = subprocess.run(["openssl", "crl", "-inform", "DER", "-noout", "-issuer"], input=data, capture_output=True, check=True)
            assert b"Intel SGX Root CA" in shown.stdout, base
    assert lab.status(f"{intel}{_V4}rootcacrl") == 404
    assert lab.status(f"{intel}/sgx/certification/v3/qe/identity") == 410
    assert lab.status(f"{intel}{_V4}pckcert?{_LEVEL}") == 400
    lab.lab("set", "pcs.registered=no")
    try:
        assert lab.status(f"{intel}{_V4}pckcert?encrypted_ppid={'0' * 768}&{_LEVEL}") == 404
    finally:
        lab.lab("set", "clear")


@check
def the_platforms_certificate_comes_with_a_chain_that_verifies_it(lab):
    url = f"https://{names.INTEL_PCS_HOST}{_V4}pckcert?encrypted_ppid={'0' * 768}&{_LEVEL}"
    head = {}
    for line in lab.get(url, "-D", "-", "-o", "/dev/null").decode().splitlines()[1:]:
        name, _, value = line.partition(": ")
        head[name.lower()] = value
    assert head["sgx-fmspc"].lower() == platforms.FMSPC.hex() and head["sgx-pck-certificate-ca-type"] == "platform"
    assert head["sgx-tcbm"].lower() == bytes(platforms.COMPONENTS).hex() + "0d00"
    leaf, chain = os.path.join(lab.scratch, "leaf.pem"), os.path.join(lab.scratch, "chain.pem")
    for path, data in ((leaf, lab.get(url)), (chain, urllib.parse.unquote(head["sgx-pck-certificate-issuer-chain"]).encode())):
        with open(path, "wb") as f:
            f.write(data)
    verified = subprocess.run(["openssl", "verify", "-CAfile", chain, leaf], capture_output=True, text=True)
    assert verified.returncode == 0, verified.stderr


@check
def an_operators_own_cache_may_vouch_for_itself_alone(lab):
    url = f"https://{names.PCCS_SELF_HOST}:{names.PCCS_PORT}{_V4}qe/identity"
    assert lab.curl(url).returncode == 60
    assert lab.status(url, "-k") == 200
    own = os.path.join(lab.run, "pki", "self", names.PCCS_SELF_HOST + ".pem")
    assert lab.curl(url, "--fail", ca=own).returncode == 0


@check
def the_driver_is_the_file_of_the_digest_and_refuses_a_kernel_with_a_driver_inside(lab):
    sources = {os.path.basename(item["target"]): item["source"] for item in lab.document["files"]}
    binary, legacy = (sources[drivers.FILES[name]] for name in ("sgx", "isgx"))
    with open(binary, "rb") as f:
        assert hashlib.sha256(f.read()).hexdigest() == lab.document["digests"]["driver"]
    fake = os.path.join(lab.scratch, "kernel")
    os.makedirs(fake)
    for release in ("5.11.0-27-generic", "6.1.0-56-cloud-amd64", "10.0"):
        with open(os.path.join(fake, "uname"), "w") as f:
            f.write(f"#!/bin/sh\necho {release}\n")
        os.chmod(os.path.join(fake, "uname"), 0o755)
        refused = subprocess.run(["sh", binary], env={"PATH": f"{fake}:{os.environ['PATH']}"}, capture_output=True, text=True)
        assert refused.returncode == 1 and release in refused.stderr, refused
    for path, wanted in ((binary, {"intel_sgx.c", "dkms.conf", "Makefile", "10-sgx.rules", "uninstall.sh"}),
                         (legacy, {"isgx.c", "dkms.conf", "Makefile", "uninstall.sh"})):
        out = path + ".out"
        subprocess.run(["sh", path, "--extract", out], check=True)
        assert set(os.listdir(out)) == wanted
        assert subprocess.run(["sh", "-n", os.path.join(out, "uninstall.sh")]).returncode == 0
        shutil.rmtree(out)


@check
def the_files_of_a_nodes_host_name_the_same_anchors_as_the_lab_profile(lab):
    def read(name):
        source = next(item["source"] for item in lab.document["files"] if item["target"] == f"{guest_files.GUEST}/{name}")
        with open(source) as f:
            return f.read()

    profile, keys = json.loads(read("node-profile.json")), lab.document["keys"]
    assert profile["extends"] == "oasis-node" and set(profile) == {"schema", "name", "extends", "simulation", "simulationCpuid", "keys"}
    for other in ("lab-profile.json", "quote-profile.json"):
        assert json.loads(read(other))["keys"] == profile["keys"]
    assert [key["fingerprint"] for key in profile["keys"]["intel-sgx"]] == [keys["intel"], keys["intel-next"]]
    plain, older = (json.loads(read(f"answers-node{suffix}.json")) for suffix in ("", "-debian11"))
    assert plain["sgx"] == {"user": "oasis"} and older["sgx"] == {"user": "oasis", "repository": {"suite": "focal"}}
    assert sorted([*plain["acceptWeaker"], "source.other_suite"]) == older["acceptWeaker"]
    assert "whitelist url = http://whitelist.trustedservices.intel.com/SGX/LCWL/Linux/sgx_white_list_cert.bin\n" in read("aesmd-epid.conf")
