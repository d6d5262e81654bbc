"""Files that a guest needs: the lab's profiles and answers, the CPUID dump of a machine with SGX, callback material,
the registry's password, what an older set-up left. Pairing tokens are made when they are needed (lab.py token)."""

import json
import os

import drivers
import image
import names
import platforms
import quoting
import registry

GUEST = "/root/lab"
NODE_USER = "oasis"
HERE = os.path.dirname(os.path.abspath(__file__))

# An Ice Lake server with SGX2, launch control and one EPC section of 8 GiB: written from the register layout, not
# captured. Leaves that no check reads are left out or zero.
_CPUID = """CPU 0:
   0x00000000 0x00: eax=0x0000001b ebx=0x756e6547 ecx=0x6c65746e edx=0x49656e69
   0x00000001 0x00: eax=0x000606a6 ebx=0x00020800 ecx=0xfffa3203 edx=0x1f8bfbff
   0x00000007 0x00: eax=0x00000000 ebx=0x00000004 ecx=0x40000000 edx=0x00000000
   0x00000012 0x00: eax=0x00000003 ebx=0x00000001 ecx=0x00000000 edx=0x0000381f
   0x00000012 0x01: eax=0x000000b6 ebx=0x00000000 ecx=0x000002e7 edx=0x00000000
   0x00000012 0x02: eax=0x80000001 ebx=0x00000001 ecx=0x00000001 edx=0x00000002
   0x00000012 0x03: eax=0x00000000 ebx=0x00000000 ecx=0x00000000 edx=0x00000000
   0x80000000 0x00: eax=0x80000008 ebx=0x00000000 ecx=0x00000000 edx=0x00000000
   0x80000002 0x00: eax=0x756d6953 ebx=0x6574616c ecx=0x43532064 edx=0x00000000
   0x80000003 0x00: eax=0x00000000 ebx=0x00000000 ecx=0x00000000 edx=0x00000000
   0x80000004 0x00: eax=0x00000000 ebx=0x00000000 ecx=0x00000000 edx=0x00000000
"""


# What answers must accept for this profile, exactly: other keys, digests from a file, a simulated machine.
_WEAKER = ("image.profile_digest", "key.other_fingerprint", "simulation.on")
_WEAKER_NODE = ("key.other_fingerprint", "simulation.on")
_WEAKER_QUOTED = ("attestation.custom_root", "attestation.other_enclave", *_WEAKER)


def expected_enclave(run):
    """The profile's part that has the program verify quotes: whose, and under which root."""
    return {"mode": "quote", "mrsigner": quoting.SIGNER.hex(), "productId": quoting.PRODUCT, "minSvn": quoting.SVN,
            "rootCa": platforms.trusted(run).pem("root").decode()}


def trust_anchors(keyring):
    """Of both sources; Intel's key of today and the one that follows it."""
    def keys(*whose):
        return [{"fingerprint": keyring.fingerprints[name], "expires": keyring.expiry(name)} for name in whose]
    return {"intel-sgx": keys("intel", "intel-next"), "docker": keys("docker")}


def node_profile(keyring):
    """For whoever runs an enclave of their own on the machine: the anchors and the simulation, nothing else."""
    return {"schema": "cosigner.profile/1", "name": "lab-node", "extends": "oasis-node", "simulation": True,
            "simulationCpuid": GUEST + "/cpuid.txt", "keys": trust_anchors(keyring)}


def node_answers(suite=None):
    """suite: packages of another release than the guest's, where there are none for its own."""
    sgx = {"user": NODE_USER, **({"repository": {"suite": suite}} if suite else {})}
    weaker = sorted([*_WEAKER_NODE, *(["source.other_suite"] if suite else [])])
    return json.dumps({"version": 1, "profile": f"{GUEST}/node-profile.json", "acceptWeaker": weaker, "sgx": sgx}, indent=1) + "\n"


def profile(run, keyring, digests, attestation):
    """The lab profile sets only: trust anchors, digests, attestation mode, simulation (contracts section 7)."""
    return {
        "schema": "cosigner.profile/1",
        "name": "lab",
        "title": "Simulation lab",
        "extends": "global",
        "simulation": True,
        "simulationCpuid": GUEST + "/cpuid.txt",
        "keys": trust_anchors(keyring),
        "image": {"digests": {tag: digests[tag] for tag in (image.OLDER, image.CURRENT)}},
        "attestation": attestation,
    }


def answers(kind, profile_name="lab-profile.json", weaker=_WEAKER):
    """Unattended answers; kind: "debian" or "ubuntu" (the same today: the profile tells the systems apart).

    The token has a line of its own, which a test may delete.
    """
    assert kind in ("debian", "ubuntu")
    return f"""{{
  // Answers of the simulation lab for a guest of the kind {kind}.
  "version": 1,
  "profile": "{GUEST}/{profile_name}",
  "acceptWeaker": {json.dumps(weaker)},
  "pairing": {{
    "token": {{"file": "{GUEST}/token"}},
    "firstUser": true
  }},
  "callback": {{
    "url": "https://{names.CALLBACK_HOST}:8443/approve",
    "auth": "publicKey",
    "publicKey": {{"file": "{GUEST}/callback-public.pem"}},
    "retry": false
  }},
  "registry": {{
    "username": "{registry.USER}",
    "password": {{"file": "{GUEST}/registry-password"}}
  }}
}}
"""


def _put(path, text, mode=0o644):
    with open(path + ".new", "w") as f:
        f.write(text)
    os.chmod(path + ".new", mode)
    os.replace(path + ".new", path)


def write(run, keyring, digests):
    """Write the profiles and answers of both modes of attestation, RUN/cpuid.txt; the list "files" of lab.json."""
    for name, attestation in (("lab-profile.json", {"mode": "service"}), ("quote-profile.json", expected_enclave(run))):
        _put(os.path.join(run, name), json.dumps(profile(run, keyring, digests, attestation), indent=1) + "\n")
    _put(os.path.join(run, "answers-quote.json"), answers("debian", "quote-profile.json", _WEAKER_QUOTED))
    for kind in ("debian", "ubuntu"):
        _put(os.path.join(run, f"answers-{kind}.json"), answers(kind))
    _put(os.path.join(run, "node-profile.json"), json.dumps(node_profile(keyring), indent=1) + "\n")
    _put(os.path.join(run, "answers-node.json"), node_answers())
    _put(os.path.join(run, "answers-node-debian11.json"), node_answers("focal"))
    _put(os.path.join(run, "cpuid.txt"), _CPUID)
    material = os.path.join(run, "callback")
    rows = [
        (os.path.join(run, "lab-profile.json"), "lab-profile.json", "0644"),
        (os.path.join(run, "answers-debian.json"), "answers-debian.json", "0644"),
        (os.path.join(run, "answers-ubuntu.json"), "answers-ubuntu.json", "0644"),
        (os.path.join(run, "quote-profile.json"), "quote-profile.json", "0644"),
        (os.path.join(run, "answers-quote.json"), "answers-quote.json", "0644"),
        *((os.path.join(run, name), name, "0644") for name in ("node-profile.json", "answers-node.json", "answers-node-debian11.json")),
        (os.path.join(run, "cpuid.txt"), "cpuid.txt", "0644"),
        *((os.path.join(run, "drivers", name), name, "0755") for name in drivers.FILES.values()),
        (os.path.join(HERE, "guest", "aesmd-epid.conf"), "aesmd-epid.conf", "0644"),
        (os.path.join(run, "keys", "registry-password"), "registry-password", "0600"),
        (os.path.join(material, "handler-public.pem"), "callback-public.pem", "0644"),
        (os.path.join(material, "pinned", names.CALLBACK_HOST + ".pem"), "callback-pinned.pem", "0644"),
        (os.path.join(material, "root-ca.pem"), "callback-root-ca.pem", "0644"),
    ]
    return [{"source": source, "target": f"{GUEST}/{name}", "mode": mode} for source, name, mode in rows]
