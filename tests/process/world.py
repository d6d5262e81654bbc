"""A machine of its own for one run: a root folder on a tmpfs with stand-in commands, the model of an engine and of the SGX
daemon on its sockets. The program runs in it as root by chroot. Everything is inside the mount and process namespaces that
`run` made, so nothing outlives the test."""

import base64
import json
import os
import shutil
import stat
import subprocess
import time

import engine_double
import key_server
from aesm_double import AesmDouble

HERE = os.path.dirname(os.path.abspath(__file__))
_FOLDERS = ("bin", "dev", "etc/apt/apt.conf.d", "etc/apt/keyrings", "etc/apt/preferences.d", "etc/apt/sources.list.d", "etc/docker", "etc/ssl/certs",
            "etc/systemd/system/multi-user.target.wants", "lib/systemd/system", "proc", "root/lab", "run/aesmd", "run/systemd/system",
            "sys/devices/system/cpu", "tmp", "usr/bin", "usr/local/bin", "usr/sbin", "var/cache/apt/archives", "var/lib/apt/lists", "var/lib/docker",
            "var/lib/dpkg/updates", "var/lib/lab/units", "var/log")
_OS = 'PRETTY_NAME="Ubuntu 22.04.4 LTS"\nNAME="Ubuntu"\nID=ubuntu\nID_LIKE=debian\nVERSION_ID="22.04"\nVERSION_CODENAME=jammy\n'
_STATUS = "".join(f"Package: {name}\nStatus: install ok installed\nArchitecture: amd64\nVersion: 1.0\n\n" for name in ("apt", "ca-certificates", "docker.io"))
# A server processor with SGX2, launch control and one EPC section, as a dump; leaves that no check reads are left out.
_CPUID = """CPU 0:
   0x00000000 0x00: eax=0x0000001b ebx=0x756e6547 ecx=0x6c65746e edx=0x49656e69
   0x00000001 0x00: eax=0x000606a6 ebx=0x00020800 ecx=0xfffa3203 edx=0x1f8bfbff
   0x00000007 0x00: eax=0x00000000 ebx=0x00000004 ecx=0x40000000 edx=0x00000000
   0x00000012 0x00: eax=0x00000003 ebx=0x00000001 ecx=0x00000000 edx=0x0000381f
   0x00000012 0x01: eax=0x000000b6 ebx=0x00000000 ecx=0x000002e7 edx=0x00000000
   0x00000012 0x02: eax=0x80000001 ebx=0x00000001 ecx=0x00000001 edx=0x00000002
   0x00000012 0x03: eax=0x00000000 ebx=0x00000000 ecx=0x00000000 edx=0x00000000
   0x80000000 0x00: eax=0x80000008 ebx=0x00000000 ecx=0x00000000 edx=0x00000000
"""
_APPLETS = ("sh", "sed", "grep", "awk", "sort", "cat", "mv", "rm", "chmod", "chgrp")


def token(claims):
    """With a signature as long as HS256 makes it, which nobody but the gateway judges."""
    def part(value):
        raw = value if isinstance(value, bytes) else json.dumps(value).encode()
        return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()
    return ".".join((part({"alg": "HS256", "typ": "JWT"}), part(claims), part(b"signature of exactly 32 bytes...")))


def _good_token():
    now = int(time.time())
    return token({"userId": engine_double.USER, "iat": now, "exp": now + 3600})


class World:
    variables = {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "LANG": "C"}

    def __init__(self, root, program, shared):
        self.root = root
        os.mkdir(root)
        subprocess.run(["mount", "-t", "tmpfs", "-o", "size=200g,mode=755", "tmpfs", root], check=True)
        for folder in _FOLDERS:
            os.makedirs(self.path(folder))
        subprocess.run(["mount", "-t", "proc", "proc", self.path("proc")], check=True)
        os.symlink("/run", self.path("var/run"))
        os.chmod(self.path("root"), 0o700)
        self._devices()
        self._system(shared)
        self._answers(shared)
        self._commands()
        self._copy(program, "cosigner")
        self._aesm = AesmDouble(self.path("run/aesmd/aesm.socket"), self.path("var/lib/lab/units/aesmd.service.active"))
        self._engine = engine_double.EngineDouble(self.path("run/docker.sock"), root)
        self.engine = self._engine.engine

    def path(self, name):
        return os.path.join(self.root, name.lstrip("/"))

    def put(self, name, text, mode=0o644):
        with open(self.path(name), "w") as f:
            f.write(text)
        os.chmod(self.path(name), mode)

    def text(self, name):
        with open(self.path(name)) as f:
            return f.read()

    def _devices(self):
        # The stand-in nodes are the null device: they can be opened, which is all that is asked of them here.
        for name, minor in (("null", 3), ("urandom", 9), ("sgx_enclave", 3), ("sgx_provision", 3)):
            os.mknod(self.path("dev/" + name), stat.S_IFCHR | 0o666, os.makedev(1, minor))
            os.chmod(self.path("dev/" + name), 0o666)

    def _system(self, shared):
        self.put("etc/os-release", _OS)
        self.put("etc/passwd", "root:x:0:0:root:/root:/bin/sh\n")
        self.put("etc/group", "root:x:0:\n")
        self.put("etc/hosts", "".join(f"127.0.0.1 {name}\n" for name in ("localhost", key_server.HOST, *key_server.CERTIFICATE_HOSTS, key_server.PROVIDER_HOST)))
        self.put("etc/machine-id", "0123456789abcdef0123456789abcdef\n")
        self.put("etc/resolv.conf", "")
        shutil.copy(shared["ca"], self.path("etc/ssl/certs/ca-certificates.crt"))
        self.put("sys/devices/system/cpu/online", "0-7\n")
        self.put("var/lib/dpkg/status", _STATUS)
        for unit in ("docker", "systemd-udevd"):
            self.put(f"lib/systemd/system/{unit}.service", "[Service]\n")
        os.symlink("/lib/systemd/system/docker.service", self.path("etc/systemd/system/multi-user.target.wants/docker.service"))
        for name in ("docker.service.active", "docker.service.enabled"):
            self.put("var/lib/lab/units/" + name, "")
        self.put("var/lib/lab/children", "")

    def _answers(self, shared):
        self.put("root/lab/cpuid.txt", _CPUID)
        self.put("root/lab/token", _good_token(), 0o600)
        self.put("root/lab/profile.json", json.dumps({
            "schema": "cosigner.profile/1", "name": "lab", "title": "Process tests", "extends": "global", "simulation": True,
            "simulationCpuid": "/root/lab/cpuid.txt", "keys": {"intel-sgx": [{"fingerprint": shared["fingerprint"], "expires": None}]},
            "image": {"digests": {"2026.10.03": engine_double.DIGEST}}, "attestation": {"mode": "service"}}))
        self.put("root/lab/answers.json", json.dumps({
            "version": 1, "profile": "/root/lab/profile.json", "acceptWeaker": ["check.waived", "image.profile_digest", "key.other_fingerprint", "simulation.on"],
            "waive": ["clock.synchronised"], "host": {"timeSync": "none"},  # the kernel's clock is the test machine's
            "pairing": {"token": {"file": "/root/lab/token"}, "firstUser": True}, "acknowledgeNoCallback": True}), 0o600)

    def _copy(self, source, name):
        # By a child: a file that this process holds open for writing is inherited by each child that another thread starts just
        # then, and cannot be executed that long ("text file busy").
        subprocess.run(["cp", source, self.path(name)], check=True, timeout=60)

    def _commands(self):
        self._copy(shutil.which("busybox"), "bin/busybox")
        for applet in _APPLETS:
            os.symlink("busybox", self.path("bin/" + applet))
        for name, place in (("apt-get", "usr/bin"), ("apt-cache", "usr/bin"), ("dpkg", "usr/bin"), ("systemctl", "usr/bin"), ("groupadd", "usr/sbin"), ("usermod", "usr/sbin"), ("udevadm", "usr/bin")):
            self._copy(os.path.join(HERE, "commands", name), f"{place}/{name}")

    def setup(self, tracer=(), until=None, seconds=240):
        """One `cosigner setup`; tracer is put before it. (status, output, seconds it took)"""
        return self.run("setup", "--answers", "/root/lab/answers.json", "--json", *(["--until", until] if until else []), tracer=tracer, seconds=seconds)

    def run(self, *words, tracer=(), seconds=240):
        """The program with these words. (status, output and errors, seconds it took)"""
        begin = time.monotonic()
        process = self.start(*words, tracer=tracer)
        try:
            output, _ = process.communicate(timeout=seconds)
        finally:
            process.kill()
        return process.returncode, output.decode(errors="replace"), time.monotonic() - begin

    def start(self, *words, tracer=()):
        """The same in the background; output and errors come by one pipe."""
        return subprocess.Popen([*tracer, "chroot", self.root, "/cosigner", *words], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                stderr=subprocess.STDOUT, cwd="/", env=dict(self.variables))

    def wait_for_orphans(self, seconds=30):
        """A killed program's child goes on, as apt would; the next run starts when it has ended."""
        end = time.monotonic() + seconds
        while self._processes():
            if time.monotonic() > end:
                raise TimeoutError(f"children of the killed run do not end: {self._processes()}")
            time.sleep(0.02)

    def _processes(self):
        found = []
        for name in os.listdir("/proc"):
            try:
                if name.isdigit() and os.readlink(f"/proc/{name}/root") == self.root:
                    found.append(int(name))
            except OSError:
                continue
        return found

    def last_run(self):
        return json.loads(self.text("var/lib/cosigner/last-run.json"))

    def children(self):
        return self.text("var/lib/lab/children").split()

    def close(self):
        self._engine.close()
        self._aesm.close()
        subprocess.run(["umount", "-R", "-l", self.root], check=False)
