"""One threaded TLS server for many names: certificate by name, access log, switches for faults.

The access log has one JSON object a line: time, host, method, path, status, bytes. Never a body, never a header
(a request's headers carry tokens and passwords), and no query values.
"""

import http.server
import json
import os
import socketserver
import ssl
import threading
import urllib.parse
import time

CHUNK = 16384


class AccessLog:
    def __init__(self, path):
        self._path = path
        self._lock = threading.Lock()
        os.makedirs(os.path.dirname(path), exist_ok=True)

    def add(self, **fields):
        line = json.dumps({"time": round(time.time(), 3), **fields})
        with self._lock, open(self._path, "a") as f:
            f.write(line + "\n")


class Certificates:
    """TLS contexts by name; which of a name's certificates is served is asked at each handshake."""

    def __init__(self, folder, choose):
        self._folder, self._choose, self._cache = folder, choose, {}

    def context(self, name):
        chosen = self._choose(name)
        pair = chosen if isinstance(chosen, tuple) else (
            os.path.join(self._folder, chosen, name + ".pem"), os.path.join(self._folder, chosen, name + ".key"))
        if pair not in self._cache:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.minimum_version = ssl.TLSVersion.TLSv1_2
            context.load_cert_chain(*pair)
            self._cache[pair] = context
        return self._cache[pair]

    def outer(self, fallback):
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        context.load_cert_chain(os.path.join(self._folder, "good", fallback + ".pem"),
                                os.path.join(self._folder, "good", fallback + ".key"))
        context.sni_callback = self._by_name(fallback)
        return context

    def _by_name(self, fallback):
        def choose(sock, name, _):
            try:
                sock.context = self.context(name or fallback)
            except (OSError, ssl.SSLError):
                return ssl.ALERT_DESCRIPTION_UNRECOGNIZED_NAME
            return None
        return choose


class Server(socketserver.ThreadingMixIn, http.server.HTTPServer):
    daemon_threads = True
    request_queue_size = 64
    allow_reuse_address = True

    def __init__(self, port, handler, run, name, switches, certificates, fallback):
        self.run_folder, self.switches = run, switches
        self.log = AccessLog(os.path.join(run, "logs", name + ".jsonl"))
        self._context = certificates.outer(fallback)
        super().__init__(("127.0.0.1", port), handler)

    def use_certificate(self, pair):
        """Serve this certificate to clients that name no host too."""
        self._context.load_cert_chain(*pair)

    def finish_request(self, request, client_address):
        # The handshake belongs in the connection's own thread: a client that stays silent must block nobody.
        request.settimeout(120)
        try:
            secured = self._context.wrap_socket(request, server_side=True)
        except (OSError, ssl.SSLError) as error:
            self.log.add(host=None, method="TLS", path=None, status=None, bytes=0, error=type(error).__name__)
            return
        try:
            super().finish_request(secured, client_address)
        finally:
            secured.close()

    def handle_error(self, request, client_address):
        pass  # a client that went away is no news


class Handler(http.server.BaseHTTPRequestHandler):
    """Base of the lab's handlers: answer(), fault switches, log. A subclass has handle_request()."""

    protocol_version = "HTTP/1.1"
    server_version, sys_version = "lab", ""
    MAX_BODY = 4 << 20

    def do_any(self):
        self.host = (self.headers.get("Host") or "").rsplit(":", 1)[0].lower()
        self.plain_path = urllib.parse.unquote(self.path.split("?", 1)[0])  # apt writes ~ as %7e
        self._sent, self._status = 0, None
        try:
            if not self._fault():
                self.handle_request()
        except (ConnectionError, ssl.SSLError, TimeoutError):
            self.close_connection = True
        finally:
            self.server.log.add(host=self.host, method=self.command, path=self.plain_path, status=self._status,
                                bytes=self._sent)

    do_GET = do_HEAD = do_POST = do_PUT = do_PATCH = do_DELETE = do_any

    def switch(self, name, default=None):
        matching = self.server.switches.get(self.host, "match")
        if matching and matching not in self.path:
            return default
        return self.server.switches.get(self.host, name, default)

    def _fault(self):
        delay = self.switch("delay")
        if delay:
            time.sleep(float(delay))
        target, status = self.switch("redirect"), self.switch("status")
        if target:
            self.answer(302, b"", {"Location": target})
        elif status:
            self.answer(int(status), b"refused by a switch of the lab\n", {"Content-Type": "text/plain"})
        return bool(target or status)

    def body(self):
        size = int(self.headers.get("Content-Length") or 0)
        if size > self.MAX_BODY:
            raise ConnectionError("body too large")
        return self.rfile.read(size)

    def start(self, status, headers, length=None):
        self._status = status
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        if length is not None and "Content-Length" not in headers:
            self.send_header("Content-Length", str(length))
        self.end_headers()

    def answer(self, status, data, headers=None):
        self.start(status, headers or {}, len(data))
        if self.command != "HEAD":
            self.send(data)

    def answer_json(self, status, document):
        self.answer(status, json.dumps(document).encode(), {"Content-Type": "application/json"})

    def send(self, data):
        """Body bytes, by the switches throttle and cut."""
        at = 0
        while at < len(data):
            rate = int(self.switch("throttle") or 0)
            part = data[at:at + (min(CHUNK, max(256, rate // 8)) if rate else CHUNK)]
            cut = self.switch("cut")
            if cut and self._sent + len(part) > int(cut):
                self.close_connection = True
                raise ConnectionError("cut by a switch")
            if rate:
                time.sleep(len(part) / rate)
            self.wfile.write(part)
            self._sent += len(part)
            at += len(part)

    def log_message(self, *_):
        pass
