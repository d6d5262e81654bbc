"""A whole set-up with canaries for token, registry password and proxy password, with failures that repeat them, and the search for them
in all that was written, shown, sent to the engine, and given to children.

Where a secret may be, and is left out by name: the files that the operator brought it in, and for the proxy password the engine's own
proxy file, which has no other way to it (README, Trust).
"""

import base64
import json
import os
import secrets
import socket
import socketserver
import subprocess
import sys
import threading

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lab"))
sys.dont_write_bytecode = True

import canary  # noqa: E402
import key_server  # noqa: E402
from operate_run import require  # noqa: E402
from world import World  # noqa: E402

_PROXY = ("127.0.0.1", 3128)
_BROUGHT = {"/run/lab/" + name for name in ("token", "registry-password", "proxy-password")}
_ENGINE_PROXY = "/etc/systemd/system/docker.service.d/cosigner-proxy.conf"
_VARIABLE = "LAB_PROXY_PASSWORD"


class _Tunnel(socketserver.BaseRequestHandler):
    """CONNECT to the servers that a set-up downloads from or asks; the login is kept."""

    def handle(self):
        head = b""
        while b"\r\n\r\n" not in head:
            part = self.request.recv(4096)
            if not part:
                return
            head += part
        for line in head.decode().splitlines():
            if line.lower().startswith("proxy-authorization: basic "):
                self.server.logins.add(base64.b64decode(line.split()[-1]).decode())
        if not head.startswith(tuple(f"CONNECT {name}:443 ".encode() for name in (key_server.HOST, *key_server.CERTIFICATE_HOSTS))):
            self.request.sendall(b"HTTP/1.1 403 Forbidden\r\n\r\n")
            return
        if not self.server.logins:
            self.request.sendall(b'HTTP/1.1 407 Login\r\nProxy-Authenticate: Basic realm="lab"\r\nContent-Length: 0\r\n\r\n')
            return
        with socket.create_connection(("127.0.0.1", 443), 20) as other:
            self.request.sendall(b"HTTP/1.1 200 Connection established\r\n\r\n")
            back = threading.Thread(target=self._copy, args=(other, self.request), daemon=True)
            back.start()
            self._copy(self.request, other)
            back.join(20)

    @staticmethod
    def _copy(source, target):
        try:
            while data := source.recv(65536):
                target.sendall(data)
            target.shutdown(socket.SHUT_WR)
        except OSError:
            pass


class _Proxy(socketserver.ThreadingTCPServer):
    daemon_threads = True
    allow_reuse_address = True

    def __init__(self):
        super().__init__(_PROXY, _Tunnel)
        self.logins = set()
        threading.Thread(target=self.serve_forever, args=(0.1,), daemon=True).start()

    def handle_error(self, request, client_address):
        pass


class CanaryWorld(World):
    """`by_variable`: the proxy password comes by the environment instead of a file."""

    def __init__(self, root, program, shared, by_variable):
        self.secrets = {"registry password": canary.password(), "proxy password": canary.password()}
        self.by_variable = by_variable
        if by_variable:
            self.variables = {**World.variables, _VARIABLE: self.secrets["proxy password"]}
        super().__init__(root, program, shared)

    def _answers(self, shared):
        super()._answers(shared)
        os.makedirs(self.path("run/lab"), 0o700)
        self.put("etc/hosts", self.text("etc/hosts") + "127.0.0.1 proxy.lab.example\n")
        signature = base64.urlsafe_b64encode(secrets.token_bytes(32)).rstrip(b"=").decode()
        self.secrets["token"] = self.text("root/lab/token").rpartition(".")[0] + "." + signature
        self.secrets["token's signature"] = signature
        os.remove(self.path("root/lab/token"))
        for name in ("token", "registry password", "proxy password"):
            if name != "proxy password" or not self.by_variable:
                self.put("run/lab/" + name.replace(" ", "-"), self.secrets[name] + "\n", 0o600)
        answers = json.loads(self.text("root/lab/answers.json"))
        answers["pairing"]["token"] = {"file": "/run/lab/token"}
        answers["registry"] = {"username": "lab-deploy", "password": {"file": "/run/lab/registry-password"}}
        answers["proxy"] = {"url": f"http://proxy.lab.example:{_PROXY[1]}", "username": "lab-proxy",
                            "password": {"env": _VARIABLE} if self.by_variable else {"file": "/run/lab/proxy-password"}}
        self.put("root/lab/answers.json", json.dumps(answers), 0o600)


class _Watch:
    """Command lines and environments of all processes of a world, looked at over and over while it is open."""

    def __init__(self, world, canaries):
        self._world, self._canaries, self._over = world, canaries, threading.Event()
        self.found, self.seen = set(), set()
        self._thread = threading.Thread(target=self._look, daemon=True)

    def __enter__(self):
        self._thread.start()
        return self

    def __exit__(self, *_):
        self._over.set()
        self._thread.join()

    def _look(self):
        while not self._over.wait(0.01):
            for number in self._world._processes():
                for name in ("cmdline", "environ"):
                    try:
                        with open(f"/proc/{number}/{name}", "rb") as f:
                            data = f.read()
                    except OSError:
                        continue
                    self.seen.add((number, name))
                    self.found.update((name, form) for form in self._canaries.find(data))


def _traced(trace):
    """Every start of a program with all of its arguments and variables."""
    return ("strace", "-f", "-qq", "-v", "-s", "1000000", "-e", "trace=execve", "-o", trace)


def _in_trace(trace, canaries):
    """Findings in what was started, and how many starts there were; chroot and the program itself get what the operator's shell gives them."""
    found, starts = [], 0
    with open(trace, errors="surrogateescape") as f:
        for line in f:
            if "execve(" not in line:
                continue
            program = line.split('execve("', 1)[1].split('"', 1)[0]
            if program == "/cosigner" or program.endswith("/chroot"):
                continue
            starts += 1
            found += [(program, form) for form in canaries.find(line)]
    return found, starts


def _runs(world, canaries, trace):
    """Fails twice in ways that repeat the secrets, converges, and is looked at by every verb; all that was said."""
    engine, said = world.engine, []

    def run(*words, code):
        tracer = _traced(f"{trace}-{len(said)}")
        status, output, _ = world.run(*words, tracer=tracer)
        require(status == code, f"{' '.join(words)} ended with {status}, not {code}:\n{output[-1500:]}")
        said.append((words, output))
    setup = ("setup", "--answers", "/root/lab/answers.json")
    engine.repeats_login = True
    run(*setup, "--verbose", code=13)
    engine.repeats_login = False
    engine.failure = lambda document: "customer_cosigner:24 FATAL pairing.cpp(41) lab::pair - Failed to pair device with " + document["pairingToken"] + "\n"
    run(*setup, "--json", "--verbose", code=9)
    engine.failure = None
    run(*setup, "--json", "--record", "/root/lab/effects.json", code=0)
    for words in (("setup",), ("plan", "--diff"), ("plan", "--json"), ("status",), ("status", "--json"), ("history",), ("config", "show"), ("logs",),
                  ("stop",), ("start", "--verbose"), ("restart", "--json")):
        run(*words, code=0)
    return said


def find_no_secret(work, program, shared, by_variable):
    name = "canary-by-variable" if by_variable else "canary"
    world, proxy, trace = CanaryWorld(os.path.join(work, name), program, shared, by_variable), _Proxy(), os.path.join(work, name + "-trace")
    canaries = canary.Canaries(world.secrets)
    try:
        with _Watch(world, canaries) as watch:
            said = _runs(world, canaries, trace)
        # First: they were really used, so that they could have been found.
        engine = world.engine
        require(("lab-deploy", world.secrets["registry password"]) in engine.logins, "the registry got its login")
        require("lab-proxy:" + world.secrets["proxy password"] in proxy.logins, f"the proxy got its login: {len(proxy.logins)}")
        require(engine.document["pairingToken"] == world.secrets["token"], "the enrolment got the token")
        require(canaries.find(world.text("run/lab/token")), "what is there is found")
        found = [(" ".join(words), form) for words, output in said for form in canaries.find(output)]
        starts = 0
        for number in range(len(said)):
            in_trace, count = _in_trace(f"{trace}-{number}", canaries)
            found, starts = found + in_trace, starts + count
        # By variable it is in the environment that the program was started with until its first statement took it out.
        found += [hit for hit in watch.found if not by_variable or hit[0] != "environ"]
        tree = canaries.find_in_tree(world.root, left_out={"/proc", "/dev", *_BROUGHT})
        engine_file = [hit for hit in tree if hit[0] == _ENGINE_PROXY and hit[1].startswith("proxy password")]
        found += [hit for hit in tree if hit not in engine_file]
        require(engine_file, "the engine's proxy file has the one login that it needs")
        sent = [(method + " " + path, form) for method, path, body in engine.calls for form in canaries.find(path) + canaries.find(body)]
        found += sent + [("inspect", form) for form in canaries.find(json.dumps([engine.containers, engine.execs]))]
        require(not found, "secrets were found:\n" + "\n".join(f"{where}: {form}" for where, form in sorted(set(found))))
        require(starts >= 10 and len(watch.seen) >= 10, f"there was something to look at: {starts} starts, {len(watch.seen)} looks")
        return f"{len(said)} runs, {starts} children's arguments and variables, {len(engine.calls)} engine calls, {len(canaries.needles())} forms"
    finally:
        proxy.shutdown()
        proxy.server_close()
        world.close()


def wiped_environment(work, program, shared):
    """/proc/PID/environ of the running program: what came by a variable is no longer there once it works."""
    world, proxy = CanaryWorld(os.path.join(work, "wiped"), program, shared, True), _Proxy()
    canaries = canary.Canaries(world.secrets)
    try:
        process = world.start("setup", "--answers", "/root/lab/answers.json", "--json")
        process.stdout.readline()
        with _Watch(world, canaries) as watch:
            output, _ = process.communicate(timeout=240)
        require(process.returncode == 0, f"setup ended with {process.returncode}:\n{output[-1500:]!r}")
        require((process.pid, "environ") in watch.seen, "its environment was looked at")
        require(not watch.found, f"secrets were found: {watch.found}")
    finally:
        proxy.shutdown()
        proxy.server_close()
        world.close()


if __name__ == "__main__":
    subprocess.run([sys.executable, "-B", canary.__file__, "--self-test"], check=True)
