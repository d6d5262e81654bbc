"""The lab's web server: package repositories, the front of both registries, certification services, and a plain page
for every other name of the allowlist.

  python3 web.py RUN_DIR PORT REGISTRY_PORT
"""

import base64
import http.client
import os
import sys

import names
import pcs
import public_images
import quoting
import registry
from switches import Switches
from tls_server import Certificates, Handler, Server

_SKIPPED = {"connection", "transfer-encoding", "keep-alive", "date", "server"}


class Web(Handler):
    MAX_BODY = 64 << 20

    def handle_request(self):
        if self.host == names.REGISTRY_HOST:
            self._registry(self.path, {})
        elif self.host == names.PUBLIC_REGISTRY_HOST:
            self._public_registry()
        elif self.host in names.CERTIFICATION_HOSTS:
            pcs.answer(self)
        elif self.host == names.QUOTING_HOST:
            quoting.answer(self)
        elif self.host in names.STATIC_HOSTS:
            self._file()
        elif self.host in names.PLAIN_HOSTS:
            self.answer(200, b"a name of the simulation lab\n", {"Content-Type": "text/plain"})
        else:
            self.answer(421, b"no such name in the lab\n", {"Content-Type": "text/plain"})

    def _find(self):
        parts = [p for p in self.plain_path.split("/") if p]
        if any(p in (".", "..") for p in parts):
            return None
        variant = self.server.switches.get(self.host, "variant")
        roots = [os.path.join(self.server.run_folder, "variants", variant)] if variant else []
        for root in roots + [os.path.join(self.server.run_folder, "www")]:
            path = os.path.join(root, self.host, *parts)
            if os.path.isfile(path):
                return path
        return None

    def _range(self, size):
        """(first, length) of a "bytes=N-" or "bytes=N-M" request; None when there is none; length 0 = not satisfiable."""
        asked = self.headers.get("Range") or ""
        if not asked.startswith("bytes=") or "," in asked:
            return None
        first, _, last = asked[6:].partition("-")
        if not first.isdigit():
            return None
        start = int(first)
        end = min(int(last), size - 1) if last.isdigit() else size - 1
        return start, max(0, end - start + 1)

    def _file(self):
        path = self._find()
        if path is None or self.command not in ("GET", "HEAD"):
            self.answer(404, b"not found\n", {"Content-Type": "text/plain"})
            return
        stat = os.stat(path)
        headers = {"Content-Type": "application/octet-stream", "Accept-Ranges": "bytes",
                   "Last-Modified": self.date_time_string(stat.st_mtime), "ETag": f'"{stat.st_mtime_ns:x}-{stat.st_size:x}"'}
        if self.headers.get("If-Modified-Since") == headers["Last-Modified"]:
            self.answer(304, b"", headers)
            return
        asked = self._range(stat.st_size)
        if asked and asked[1] == 0:
            self.answer(416, b"", {**headers, "Content-Range": f"bytes */{stat.st_size}"})
            return
        start, length = asked or (0, stat.st_size)
        if asked:
            headers["Content-Range"] = f"bytes {start}-{start + length - 1}/{stat.st_size}"
        self.start(206 if asked else 200, headers, length)
        if self.command == "GET":
            self._send_file(path, start, length)

    def _send_file(self, path, start, length):
        with open(path, "rb") as f:
            f.seek(start)
            while length > 0:
                part = f.read(min(length, 1 << 18))
                if not part:
                    break
                self.send(part)
                length -= len(part)

    def _public_registry(self):
        """Anybody may read what is public. The real registry behind it wants its password from everybody: the front has it."""
        given = (self.headers.get("Authorization") or "").startswith("Bearer ")
        if self.plain_path == "/":
            self.answer(200, b"a name of the simulation lab\n", {"Content-Type": "text/plain"})
        elif self.plain_path == "/token":
            self.answer_json(200, {"token": "anonymous"})
        elif self.switch("login") == "token" and not given:
            self.answer(401, b"", {"WWW-Authenticate": public_images.challenge(self.plain_path)})
        else:
            path = public_images.path_for(self.plain_path, self.switch("master") == "next")
            if path is None or self.command not in ("GET", "HEAD"):
                self.answer(403, b"denied\n", {"Content-Type": "text/plain"})
                return
            login = f"{registry.USER}:{registry.password_of(self.server.run_folder)}"
            self._registry(path, {"Authorization": "Basic " + base64.b64encode(login.encode()).decode()})

    def _registry(self, path, more):
        """Hand the request to the real registry, which checks the password itself, and pass on what it says."""
        link = http.client.HTTPConnection("127.0.0.1", self.server.registry_port, timeout=120)
        # An engine sends one Accept line a format; with the last alone the registry converts a manifest, whose digest is another one then.
        headers = {k: ", ".join(self.headers.get_all(k)) for k in self.headers if k.lower() not in ("connection", "content-length")}
        headers = {k: v for k, v in headers.items() if k.lower() not in {name.lower() for name in more}}
        headers.update({"X-Forwarded-Proto": "https", **more})
        data = self.body()
        try:
            link.request(self.command, path, body=data or None, headers=headers)
            reply = link.getresponse()
            kept = {k: v for k, v in reply.getheaders() if k.lower() not in _SKIPPED}
            if "Content-Length" not in kept:
                text = reply.read()
                self.answer(reply.status, text, kept)
                return
            self.start(reply.status, kept)
            while self.command != "HEAD":
                part = reply.read(1 << 18)
                if not part:
                    break
                self.send(part)
        finally:
            link.close()


def main():
    run, port, registry_port = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
    switches = Switches(run)
    kinds = {names.PCCS_SELF_HOST: "self"}
    certificates = Certificates(os.path.join(run, "pki"), lambda name: switches.get(name, "certificate", kinds.get(name, "good")))
    server = Server(port, Web, run, "web", switches, certificates, "localhost")
    server.registry_port = registry_port
    server.serve_forever()


if __name__ == "__main__":
    main()
