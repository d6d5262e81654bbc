"""A double of the Docker Engine: the calls of its API that the product makes, over a Unix socket, with one image in its
registry and the co-signer's program as a few lines of Python. Answers are as an engine of API 1.41 gives them."""

import base64
import hashlib
import http.server
import json
import os
import re
import socketserver
import struct
import threading
import time
import urllib.parse

DIGEST = "sha256:" + hashlib.sha256(b"manifest of the process tests").hexdigest()
IMAGE_ID = "sha256:" + hashlib.sha256(b"image of the process tests").hexdigest()
REFERENCE = "registry.gitlab.com/customer-cosigner/v2/cosigner@" + DIGEST
USER = "5b7f0c1e-2a44-4f0d-9c3b-6f1d2a3e4b5c"
_LOG = "customer_cosigner:24 INFO 26/11/2026 10:20:28,123 gateway.cpp(101) lab::poll - Contact with mobile-api.fireblocks.io, user " + USER + "\n"
_USERS = "WORKSPACE | USER ID | CALLBACK URL | AUTHENTICATION\nLab workspace | " + USER + " | - | -\n"


def _framed(text, stream=1):
    data = text.encode()
    return struct.pack(">BxxxI", stream, len(data)) + data if data else b""


def _now():
    return time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime()) + ".000000000Z"


class Refused(Exception):
    def __init__(self, status, message):
        super().__init__(message)
        self.status = status


class Engine:
    """The model: what survives the product's death, as a real engine does."""

    def __init__(self, root):
        self._root = root
        self.has_image = False
        self.networks, self.containers, self.execs = set(), {}, {}
        self.changes = []
        self.calls = []          # (method, path with query, body) of every request, without headers
        self.logins = []         # user names and passwords that came in headers
        self.repeats_login = False   # a pull is refused, and the refusal repeats what it was sent
        self.failure = None      # what an enrolment logs before it fails; gets the document
        self.answers = {"--list-devices": lambda words: _USERS}  # what the co-signer's program prints when it is asked, by its flag
        self.lock = threading.Lock()

    def container(self, name):
        if name not in self.containers:
            raise Refused(404, "No such container: " + name)
        return self.containers[name]

    def create(self, name, body):
        if name in self.containers:
            raise Refused(409, f'Conflict. The container name "/{name}" is already in use')
        if body["Image"] not in (IMAGE_ID, REFERENCE) or not self.has_image:
            raise Refused(404, "No such image: " + body["Image"])
        if body["HostConfig"].get("NetworkMode", "fireblocks") not in self.networks:
            raise Refused(404, "network not found")
        for mount in body["HostConfig"]["Mounts"]:
            if not os.path.exists(self._root + mount["Source"]):
                raise Refused(400, "invalid mount config: bind source path does not exist: " + mount["Source"])
        number = hashlib.sha256(f"{name} {len(self.changes)}".encode()).hexdigest()
        self.containers[name] = {"Id": number, "Name": "/" + name, "body": body, "Status": "created", "ExitCode": 0, "log": "",
                                 "StartedAt": "0001-01-01T00:00:00Z"}
        self.changes.append("create " + name)
        return number

    def start(self, name):
        container = self.container(name)
        if container["Status"] == "running":
            return False
        container["StartedAt"] = _now()
        self.changes.append("start " + name)
        words = container["body"].get("Cmd") or []
        if "--initial-config-file" in words:
            self._enrol(container)
        elif (said := self.answer(words)) is not None:
            container.update(Status="exited", ExitCode=0, log=said)
        else:
            container.update(Status="running", log=_LOG)
        return True

    def answer(self, words):
        """What the program prints for these words; None: it serves."""
        return next((self.answers[word](words) for word in words if word in self.answers), None)

    def _enrol(self, container):
        """As the co-signer does it: reads the document in its mount, writes the database atomically, ends."""
        sources = {m["Target"]: self._root + m["Source"] for m in container["body"]["HostConfig"]["Mounts"]}
        folder = next(path for target, path in sources.items() if target.endswith("/db"))
        with open(sources["/run/cosigner-pair"] + "/document.json") as f:
            self.document = json.load(f)
        if self.failure:
            container.update(Status="exited", ExitCode=1, log=self.failure(self.document))
            return
        if os.path.exists(folder + "/secrets.db"):
            container.update(Status="exited", ExitCode=1, log="FATAL a database is there\n")
            return
        with open(folder + "/secrets.db.new", "w") as f:
            f.write("STAND-IN database of " + USER + "\n")
        os.chown(folder + "/secrets.db.new", 2000, 2000)
        os.rename(folder + "/secrets.db.new", folder + "/secrets.db")
        container.update(Status="exited", ExitCode=0, log="customer_cosigner:24 INFO paired\n")

    def inspect(self, name):
        c = self.container(name)
        body = c["body"]
        config = {key: body.get(key) for key in ("Hostname", "User", "Env", "Cmd", "Entrypoint", "Labels")}
        config["Image"] = body["Image"]
        return {"Id": c["Id"], "Name": c["Name"], "Image": IMAGE_ID, "Config": config, "HostConfig": body["HostConfig"], "RestartCount": 0,
                "State": {"Status": c["Status"], "Running": c["Status"] == "running", "ExitCode": c["ExitCode"], "StartedAt": c["StartedAt"]}}

    def follow(self, name, send):
        """What a running container says from now on: a line every fifth of a second, until it ends or nobody listens."""
        number = 0
        while self.containers.get(name, {}).get("Status") == "running":
            time.sleep(0.2)
            number += 1
            send(_framed(f"customer_cosigner:24 INFO line {number}\n"))

    def image(self, reference):
        if not self.has_image or reference not in (IMAGE_ID, REFERENCE):
            raise Refused(404, "No such image: " + reference)
        return {"Id": IMAGE_ID, "RepoDigests": [REFERENCE], "RepoTags": [], "Config": {"Env": ["PATH=/bin"], "Cmd": ["su"], "Entrypoint": None, "Labels": None, "User": ""}}


_PULL = [{"status": "Pulling from customer-cosigner/v2/cosigner", "id": DIGEST}, {"status": "Pulling fs layer", "progressDetail": {}, "id": "aaaaaaaaaaaa"},
         {"status": "Downloading", "progressDetail": {"current": 500, "total": 1000}, "id": "aaaaaaaaaaaa"},
         {"status": "Download complete", "progressDetail": {}, "id": "aaaaaaaaaaaa"},
         {"status": "Pull complete", "progressDetail": {}, "id": "aaaaaaaaaaaa"}, {"status": "Digest: " + DIGEST}]


class _Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def address_string(self):
        return "socket"

    def _send(self, status, data, kind="application/json"):
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def _json(self, value, status=200):
        self._send(status, json.dumps(value).encode())

    def _route(self):
        engine = self.server.engine
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        url = urllib.parse.urlsplit(self.path)
        path = urllib.parse.unquote(re.sub(r"^/v[0-9.]+", "", url.path))
        query = dict(urllib.parse.parse_qsl(url.query))
        for method, pattern, answer in _ROUTES:
            match = re.fullmatch(pattern, path)
            if match and method == self.command:
                try:
                    with engine.lock:
                        engine.calls.append((method, self.path, body))
                        afterwards = answer(self, engine, match, query, json.loads(body) if body else {})
                    if afterwards:
                        afterwards()
                except Refused as error:
                    self._json({"message": str(error)}, error.status)
                return
        self._json({"message": "the double does not know " + self.command + " " + path}, 501)

    do_GET = do_POST = do_DELETE = _route


def _version(h, *_):
    h._json({"Version": "20.10.24", "ApiVersion": "1.41", "MinAPIVersion": "1.12"})


def _proxy(root):
    """As the engine shows what its unit says: without user and password."""
    path = root + "/etc/systemd/system/docker.service.d/cosigner-proxy.conf"
    found = re.search('"HTTPS_PROXY=([^"]*)"', open(path).read()) if os.path.exists(path) else None
    return re.sub("//[^@]*@", "//xxxxx:xxxxx@", found[1]) if found else ""


def _info(h, engine, *_):
    path = engine._root + "/etc/docker/daemon.json"
    live = os.path.exists(path) and '"live-restore": true' in open(path).read()
    h._json({"DockerRootDir": "/var/lib/docker", "Driver": "overlay2", "LiveRestoreEnabled": live, "HttpsProxy": _proxy(engine._root),
             "RegistryConfig": {"Mirrors": [], "InsecureRegistryCIDRs": ["127.0.0.0/8"], "IndexConfigs": {}}})


def _pull(h, engine, match, query, body):
    if query["fromImage"] != REFERENCE:
        raise Refused(404, "manifest unknown")
    login = h.headers.get("X-Registry-Auth")
    if login:
        told = json.loads(base64.urlsafe_b64decode(login + "=="))
        engine.logins.append((told["username"], told["password"]))
    if engine.repeats_login:
        basic = base64.b64encode(f'{told["username"]}:{told["password"]}'.encode()).decode()
        raise Refused(500, f'unauthorized: {told["password"]} is wrong (Authorization: Basic {basic})')
    if not engine.has_image:
        engine.changes.append("pull")
    engine.has_image = True
    h._send(200, "".join(json.dumps(line) + "\r\n" for line in _PULL).encode())


def _network(h, engine, match, *_):
    if match[1] not in engine.networks:
        raise Refused(404, "network not found")
    h._json({"Name": match[1]})


def _create_network(h, engine, match, query, body):
    engine.networks.add(body["Name"])
    engine.changes.append("network " + body["Name"])
    h._json({"Id": "0" * 64}, 201)


def _start(h, engine, match, *_):
    h._send(204 if engine.start(match[1]) else 304, b"")


def _stop(h, engine, match, *_):
    engine.container(match[1])["Status"] = "exited"
    engine.changes.append("stop " + match[1])
    h._send(204, b"")


def _logs(h, engine, match, query, body):
    text = _framed("".join(engine.container(match[1])["log"].splitlines(True)[-int(query["tail"]):] if int(query["tail"]) else ""))
    if "follow" not in query:
        return h._send(200, text, "application/vnd.docker.raw-stream")
    h.send_response(200)
    h.send_header("Content-Type", "application/vnd.docker.raw-stream")
    h.send_header("Transfer-Encoding", "chunked")
    h.end_headers()

    def send(data):
        if data:
            h.wfile.write(b"%x\r\n%s\r\n" % (len(data), data))

    def stream():
        send(text)
        engine.follow(match[1], send)
        h.wfile.write(b"0\r\n\r\n")
    return stream


def _remove(h, engine, match, *_):
    engine.container(match[1])
    del engine.containers[match[1]]
    engine.changes.append("remove " + match[1])
    h._send(204, b"")


def _exec(h, engine, match, query, body):
    if engine.container(match[1])["Status"] != "running":
        raise Refused(409, "container is not running")
    number = hashlib.sha256(os.urandom(8)).hexdigest()
    engine.execs[number] = body["Cmd"]
    h._json({"Id": number}, 201)


def _run_exec(h, engine, match, *_):
    h._send(200, _framed(engine.answer(engine.execs[match[1]]) or ""), "application/vnd.docker.raw-stream")


_ROUTES = [
    ("GET", "/version", _version), ("GET", "/info", _info), ("POST", "/images/create", _pull),
    ("GET", "/images/(.+)/json", lambda h, e, m, *_: h._json(e.image(m[1]))),
    ("GET", "/distribution/(.+)/json", lambda h, *_: h._json({"Descriptor": {"digest": DIGEST}})),
    ("POST", "/auth", lambda h, *_: h._json({"Status": "Login Succeeded"})),
    ("GET", "/networks/([^/]+)", _network), ("POST", "/networks/create", _create_network),
    ("POST", "/containers/create", lambda h, e, m, q, b: h._json({"Id": e.create(q["name"], b), "Warnings": []}, 201)),
    ("GET", "/containers/([^/]+)/json", lambda h, e, m, *_: h._json(e.inspect(m[1]))),
    ("GET", "/containers/([^/]+)/logs", _logs),
    ("POST", "/containers/([^/]+)/start", _start), ("POST", "/containers/([^/]+)/stop", _stop), ("DELETE", "/containers/([^/]+)", _remove),
    ("POST", "/containers/([^/]+)/exec", _exec), ("POST", "/exec/([0-9a-f]+)/start", _run_exec),
    ("GET", "/exec/([0-9a-f]+)/json", lambda h, *_: h._json({"Running": False, "ExitCode": 0})),
]


class _Server(socketserver.ThreadingMixIn, socketserver.UnixStreamServer):
    daemon_threads = True
    request_queue_size = 32

    def handle_error(self, request, client_address):
        pass  # a killed program closes its end in the middle


class EngineDouble:
    def __init__(self, path, root):
        self.engine = Engine(root)
        self._server = _Server(path, _Handler)
        self._server.engine = self.engine
        threading.Thread(target=self._server.serve_forever, args=(0.1,), daemon=True).start()

    def close(self):
        self._server.shutdown()
        self._server.server_close()
