"""The co-signer image, written straight into a registry's storage: layers, configuration, manifests, tags.

Layers: 1 user land (busybox, accounts), 2 and 3 seeded filler (>= 64 MB together), 4 the program, 5 what belongs to
one run and one variant (the lab's authority, the table of addresses, the version). Only 5 differs between tags.
"""

import gzip
import hashlib
import io
import json
import os
import random
import tarfile

import cache
import names
import programs

REPOSITORIES = ("customer-cosigner/v2/cosigner", "customer-cosigner/v2/azure-cosigner")
CURRENT, OLDER = "2026.10.03", "2026.09.16"
TAGS = {  # tag -> (version, variant)
    CURRENT: (CURRENT, ""),
    OLDER: (OLDER, ""),
    CURRENT + "-sick": (CURRENT, "sick"),
    CURRENT + "-mute": (CURRENT, "mute"),
    CURRENT + "-liar": (CURRENT, "liar"),
    CURRENT + "-links": (CURRENT, "links"),
}
HOME = "opt/fireblocks/customer_cosigner"
DATA_FOLDERS = [HOME + "/" + f for f in ("db", "config", "log", "enclave")] + ["backup"]
UID = 2000
_CREATED = "2026-10-03T00:00:00Z"
_MANIFEST = "application/vnd.docker.distribution.manifest.v2+json"
_CONFIG = "application/vnd.docker.container.image.v1+json"
_LAYER = "application/vnd.docker.image.rootfs.diff.tar.gzip"

_PASSWD = "root:x:0:0:root:/root:/bin/sh\nfb_service:x:2000:2000:service:/opt/fireblocks/customer_cosigner:/bin/sh\n"
_GROUP = "root:x:0:\nfb_service:x:2000:\n"
_APPLETS = ("sh", "tail", "cat", "ls", "id", "env", "sleep", "kill", "ps", "true", "grep", "stat", "mount", "touch", "rm", "echo")


class Layer:
    """A tar that is the same for the same contents: no times, fixed owners, order as added."""

    def __init__(self):
        self._buffer = io.BytesIO()
        self._tar = tarfile.open(fileobj=self._buffer, mode="w", format=tarfile.GNU_FORMAT)

    def _member(self, name, kind, mode, owner):
        member = tarfile.TarInfo(name)
        member.type, member.mode, member.uid, member.gid = kind, mode, owner, owner
        return member

    def folder(self, name, mode=0o755, owner=0):
        self._tar.addfile(self._member(name, tarfile.DIRTYPE, mode, owner))

    def file(self, name, data, mode=0o644, owner=0):
        member = self._member(name, tarfile.REGTYPE, mode, owner)
        member.size = len(data)
        self._tar.addfile(member, io.BytesIO(data))

    def link(self, name, target):
        member = self._member(name, tarfile.SYMTYPE, 0o777, 0)
        member.linkname = target
        self._tar.addfile(member)

    def finish(self):
        """(uncompressed digest, gzip bytes)"""
        self._tar.close()
        data = self._buffer.getvalue()
        return "sha256:" + hashlib.sha256(data).hexdigest(), gzip.compress(data, 1, mtime=0)


def read(path):
    with open(path, "rb") as f:
        return f.read()


def _base():
    layer = Layer()
    for name in ("bin", "dev", "etc", "opt", "opt/fireblocks", "proc", "root", "sys", "run", "var"):
        layer.folder(name)
    layer.folder("tmp", 0o1777)
    layer.file("bin/busybox", read("/bin/busybox"), 0o755)
    for applet in _APPLETS:
        layer.link("bin/" + applet, "busybox")
    layer.file("bin/su", read(programs.su()), 0o755)
    layer.file("etc/passwd", _PASSWD.encode())
    layer.file("etc/group", _GROUP.encode())
    layer.file("etc/nsswitch.conf", b"hosts: files dns\n")
    return layer


def _filler(number, size):
    layer = Layer()
    layer.folder("opt/fireblocks/lib")
    layer.file(f"opt/fireblocks/lib/filler-{number}.bin", random.Random(f"image filler {number}").randbytes(size))
    return layer


def _program():
    layer = Layer()
    for name in ("opt", "opt/fireblocks", HOME):
        layer.folder(name)
    for name in DATA_FOLDERS:
        layer.folder(name, 0o750, UID)
    layer.file(HOME + "/customer_cosigner", read(programs.customer_cosigner()), 0o755)
    return layer


def _shared_layers():
    """Layers 1 to 4 from the cache: [(diff id, gzip bytes)]."""
    here = os.path.dirname(os.path.abspath(__file__))

    def make(out):
        for number, layer in enumerate((_base(), _filler(1, 40 << 20), _filler(2, 28 << 20), _program())):
            diff, data = layer.finish()
            with open(os.path.join(out, f"{number}.tgz"), "wb") as f:
                f.write(data)
            with open(os.path.join(out, f"{number}.diff"), "w") as f:
                f.write(diff)

    key = cache.key_of([os.path.join(here, p) for p in ("image.py", "cosigner", "su")] + ["/bin/busybox"])
    folder = cache.folder("image", key, make)
    return [(read(os.path.join(folder, f"{n}.diff")).decode(), read(os.path.join(folder, f"{n}.tgz"))) for n in range(4)]


def lab_files(run, version, variant, host_ports, native=False):
    """The files of the stand-in's lab folder, by name."""
    return {
        "ca.pem": read(os.path.join(run, "pki", "lab", "ca.pem")),
        "vendor.pem": read(os.path.join(run, "enclaves", "vendor.pem")),
        "endpoints": ("\n".join(names.endpoint_lines(host_ports, native)) + "\n").encode(),
        "version": version.encode() + b"\n",
        "variant": variant.encode() + b"\n",
    }


def _run_layer(run, version, variant, host_ports):
    layer = Layer()
    layer.folder(HOME + "/lab")
    for name, data in lab_files(run, version, variant, host_ports).items():
        layer.file(f"{HOME}/lab/{name}", data)
    return layer.finish()


class Storage:
    """docker-registry's folder layout: blobs by digest, links by repository."""

    def __init__(self, root):
        self._root = os.path.join(root, "docker", "registry", "v2")

    def blob(self, data):
        digest = "sha256:" + hashlib.sha256(data).hexdigest()
        folder = os.path.join(self._root, "blobs", "sha256", digest[7:9], digest[7:])
        os.makedirs(folder, exist_ok=True)
        if not os.path.exists(os.path.join(folder, "data")):
            with open(os.path.join(folder, "data"), "wb") as f:
                f.write(data)
        return digest

    def _link(self, repository, path, digest):
        folder = os.path.join(self._root, "repositories", repository, path)
        os.makedirs(folder, exist_ok=True)
        with open(os.path.join(folder, "link"), "w") as f:
            f.write(digest)

    def layer(self, repository, digest):
        self._link(repository, f"_layers/sha256/{digest[7:]}", digest)

    def tag(self, repository, tag, digest):
        self._link(repository, f"_manifests/revisions/sha256/{digest[7:]}", digest)
        self._link(repository, f"_manifests/tags/{tag}/index/sha256/{digest[7:]}", digest)
        self._link(repository, f"_manifests/tags/{tag}/current", digest)

    def image(self, repositories, tag, config, layers):
        """One image in each of the repositories; layers as of Layer.finish. Its manifest's digest."""
        parts = [(self.blob(data), len(data)) for _, data in layers]
        config_digest = self.blob(config)
        digest = self.blob(json.dumps({
            "schemaVersion": 2, "mediaType": _MANIFEST,
            "config": {"mediaType": _CONFIG, "size": len(config), "digest": config_digest},
            "layers": [{"mediaType": _LAYER, "size": size, "digest": part} for part, size in parts]}).encode())
        for repository in repositories:
            for part in [config_digest] + [d for d, _ in parts]:
                self.layer(repository, part)
            self.tag(repository, tag, digest)
        return digest


def _image_config(version, diffs):
    return json.dumps({
        "created": _CREATED, "architecture": "amd64", "os": "linux",
        "config": {"Env": ["PATH=/bin"], "WorkingDir": "/" + HOME,
                   "Cmd": ["su", "fb_service", "-c", "./customer_cosigner"],
                   "Labels": {"org.opencontainers.image.title": "co-signer STAND-IN of a simulation lab",
                              "org.opencontainers.image.version": version}},
        "rootfs": {"type": "layers", "diff_ids": diffs},
        "history": [{"created": _CREATED, "created_by": "simulation lab"} for _ in diffs],
    }, sort_keys=True).encode()


def write_storage(root, run, host_ports):
    """Fill a registry's storage; tag -> manifest digest."""
    storage, shared, digests = Storage(root), _shared_layers(), {}
    for tag, (version, variant) in TAGS.items():
        layers = shared + [_run_layer(run, version, variant, host_ports)]
        config = _image_config(version, [diff for diff, _ in layers])
        digests[tag] = storage.image(REPOSITORIES, tag, config, layers)
    return digests
