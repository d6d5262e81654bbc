"""The daemon of the lab's sgx-aesm-service as container images of a public registry, one for each kind of attestation.

Layers: 1 user land, 2 the daemon with the plug-ins of its kind, 3 the number of the build. `master` is the first build; the second one
is there as `master-next`, and under the name `master` while ghcr.io.master=next.
"""

import json
import re

import image
import names
import programs

OWNER = "oasisprotocol"
FIRST, NEXT = "master", "master-next"
_BUILDS = {FIRST: "1", NEXT: "2"}
_AESM = "opt/intel/sgx-aesm-service/aesm"
_LIB = "usr/lib/x86_64-linux-gnu"
_CREATED = "2026-10-20T00:00:00Z"
_STAND_IN = b"/* STAND-IN of a simulation lab */\n"
_APPLETS = ("sh", "cat", "ls", "id", "stat", "sleep", "grep", "nc", "touch")
_QCNL = b'{"pccs_url": "https://api.trustedservices.intel.com/sgx/certification/v4/", "use_secure_cert": true}\n'
# Image -> what the daemon finds beside itself: with the plug-ins of EPID alone it has no quoting to offer.
CONTENTS = {
    "aesmd-dcap": {**{f"{_AESM}/bundles/{name}_service_bundle.so": _STAND_IN for name in ("pce", "ecdsa_quote", "quote_ex")},
                   f"{_LIB}/libdcap_quoteprov.so.1": _STAND_IN, "etc/sgx_default_qcnl.conf": _QCNL},
    "aesmd-epid": {f"{_AESM}/bundles/{name}_service_bundle.so": _STAND_IN for name in ("pce", "le_launch", "epid_quote")},
}


def _folders(layer, *paths):
    """Each with everything above it, once."""
    known = set()
    for path in paths:
        parts = path.split("/")
        for depth in range(1, len(parts) + 1):
            folder = "/".join(parts[:depth])
            if folder not in known:
                known.add(folder)
                layer.folder(folder)


def _base():
    layer = image.Layer()
    _folders(layer, "bin", "dev", "etc", "proc", "root", "run/aesmd", "sys", "tmp", "var")
    layer.link("var/run", "/run")
    layer.file("bin/busybox", image.read("/bin/busybox"), 0o755)
    for applet in _APPLETS:
        layer.link("bin/" + applet, "busybox")
    layer.file("etc/passwd", b"root:x:0:0:root:/root:/bin/sh\n")
    layer.file("etc/group", b"root:x:0:\n")
    return layer.finish()


def _daemon(contents):
    layer = image.Layer()
    _folders(layer, _AESM + "/bundles", _LIB)
    layer.file(_AESM + "/aesm_service", image.read(programs.aesm_service()), 0o755)
    for path, data in contents.items():
        layer.file(path, data)
    return layer.finish()


def _build(number):
    layer = image.Layer()
    layer.file(_AESM + "/build", number.encode() + b"\n")
    return layer.finish()


def _config(name, diffs):
    program = f"/{_AESM}/aesm_service"
    return json.dumps({
        "created": _CREATED, "architecture": "amd64", "os": "linux",
        "config": {"Env": ["PATH=/bin", f"AESM_PATH=/{_AESM}", f"LD_LIBRARY_PATH=/{_AESM}"], "WorkingDir": "/" + _AESM,
                   "Entrypoint": [program, "--no-daemon", "--no-syslog"],
                   "Labels": {"org.opencontainers.image.title": f"{name} STAND-IN of a simulation lab"}},
        "rootfs": {"type": "layers", "diff_ids": diffs},
        "history": [{"created": _CREATED, "created_by": "simulation lab"} for _ in diffs],
    }, sort_keys=True).encode()


def write_storage(root):
    """Add both images to a registry's storage; image (and image-next) -> manifest digest."""
    storage, base, digests = image.Storage(root), _base(), {}
    for name, contents in CONTENTS.items():
        for tag, number in _BUILDS.items():
            layers = [base, _daemon(contents), _build(number)]
            config = _config(name, [diff for diff, _ in layers])
            digests[name + tag.removeprefix(FIRST)] = storage.image([f"{OWNER}/{name}"], tag, config, layers)
    return digests


_MANIFEST_PATH = re.compile(rf"(/v2/{OWNER}/[a-z-]+/manifests/){FIRST}")


def path_for(path, moved):
    """The registry's own path for one that was asked for by anybody; None: nothing that the public may read."""
    if path != "/v2/" and not path.startswith(f"/v2/{OWNER}/"):
        return None
    found = _MANIFEST_PATH.fullmatch(path)
    return found.group(1) + NEXT if found and moved else path


def challenge(path):
    """Header that sends a client to the place where it gets a token for nothing."""
    parts = path.split("/")
    scope = f',scope="repository:{"/".join(parts[2:4])}:pull"' if len(parts) > 4 else ""
    return f'Bearer realm="https://{names.PUBLIC_REGISTRY_HOST}/token",service="{names.PUBLIC_REGISTRY_HOST}"{scope}'
