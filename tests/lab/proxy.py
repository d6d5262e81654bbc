"""A CONNECT proxy of the lab: forwards to the lab's own servers only, logs host and port.

  python3 proxy.py RUN_DIR PORT

Switches of proxy.lab.example: status (refuse with it), delay.
"""

import json
import os
import select
import socket
import socketserver
import sys
import time

import names
from switches import Switches
from tls_server import AccessLog


class Proxy(socketserver.BaseRequestHandler):
    def handle(self):
        self.request.settimeout(60)
        head = b""
        while b"\r\n\r\n" not in head and len(head) < 8192:
            part = self.request.recv(4096)
            if not part:
                return
            head += part
        words = head.split(b"\r\n", 1)[0].decode("ascii", "replace").split()
        target = words[1] if len(words) > 1 else ""
        status = self._forward(words[0] if words else "", target)
        self.server.log.add(host=target, method=words[0] if words else None, path=None, status=status, bytes=0)

    def _forward(self, method, target):
        delay = self.server.switches.get(names.PROXY_HOST, "delay")
        time.sleep(float(delay or 0))
        refused = self.server.switches.get(names.PROXY_HOST, "status")
        port = self.server.targets.get(target)
        if method != "CONNECT" or refused or port is None:
            status = int(refused) if refused else 403
            self.request.sendall(f"HTTP/1.1 {status} Refused\r\nContent-Length: 0\r\n\r\n".encode())
            return status
        with socket.create_connection(("127.0.0.1", port), 30) as other:
            self.request.sendall(b"HTTP/1.1 200 Connection established\r\n\r\n")
            self._pump(other)
        return 200

    def _pump(self, other):
        pairs = {self.request: other, other: self.request}
        while True:
            ready, _, _ = select.select(list(pairs), [], [], 120)
            if not ready:
                return
            for side in ready:
                try:
                    data = side.recv(65536)
                except OSError:
                    return
                if not data:
                    return
                pairs[side].sendall(data)


class Server(socketserver.ThreadingTCPServer):
    daemon_threads = True
    allow_reuse_address = True

    def handle_error(self, request, client_address):
        pass  # a client that went away is no news


def main():
    run, port = sys.argv[1], int(sys.argv[2])
    server = Server(("127.0.0.1", port), Proxy)
    server.switches = Switches(run)
    server.log = AccessLog(os.path.join(run, "logs", "proxy.jsonl"))
    with open(os.path.join(run, "ports.json")) as f:
        ports = json.load(f)
    server.targets = {f"{e['name']}:{e['guest_port']}": e["host_port"] for e in names.forwards(ports)}
    server.serve_forever()


if __name__ == "__main__":
    main()
