"""A cloud's instance service that is somebody else's (threats N3): at its real address, on the loopback device of these namespaces."""

import fcntl
import http.server
import json
import socket
import struct
import threading
import time

import chrooted
from run import require

_ADDRESS = "100.100.100.200"
_FALSE = {
    "an address": lambda h: _say(h, b"x/../y"), "a host": lambda h: _say(h, b"evil.example/sgx"), "a flood": lambda h: _say(h, b"c" * 10_000_000),
    "another place": lambda h: _say(h, b"", 302, Location="https://download.01.org/cn-beijing"), "silence": lambda h: time.sleep(20),
    "drops": lambda h: [h.wfile.write(b"H") or h.wfile.flush() or time.sleep(0.5) for _ in range(60)],
}


def _say(handler, body, status=200, **headers):
    handler.send_response(status)
    for name, value in headers.items():
        handler.send_header(name, value)
    handler.send_header("Content-Length", str(len(body)))
    handler.end_headers()
    handler.wfile.write(body)


def _own_address():
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as any_socket:
        address = struct.pack("=HH4s8x", socket.AF_INET, 0, socket.inet_aton(_ADDRESS))
        fcntl.ioctl(any_socket, 0x8916, struct.pack("16s16s8x", b"lo:1", address))  # SIOCSIFADDR


class _Service:
    def __init__(self):
        self.answer, self.asked = None, []
        service = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                service.asked.append((self.command, self.path, self.headers.get("X-aliyun-ecs-metadata-token")))
                try:
                    service.answer(self)
                except OSError:
                    pass  # a client that has heard enough

            def do_PUT(self):
                service.asked.append((self.command, self.path, self.headers.get("X-aliyun-ecs-metadata-token-ttl-seconds")))
                _say(self, b"AQAAtoken==")

            def log_message(self, *_):
                pass

        class Server(http.server.ThreadingHTTPServer):
            daemon_threads, request_queue_size = True, 16

        self._server = Server((_ADDRESS, 80), Handler)
        threading.Thread(target=self._server.serve_forever, args=(0.1,), daemon=True).start()

    def close(self):
        self._server.shutdown()
        self._server.server_close()


def false_service(world):
    """Whatever it says, the run ends with the region's name missing, soon; a region of the list then decides the provider's address."""
    _own_address()
    service = _Service()
    try:
        chrooted.change_answers(world, sgx={"quoteProvider": "alibaba"}, proxy={"url": "http://127.0.0.1:9", "noProxy": ["download.01.org", "sgx-dcap-server-vpc.cn-beijing.aliyuncs.com"]})
        for name, service.answer in _FALSE.items():
            began = time.monotonic()
            done = chrooted.setup(world, "--until", "sgx-packages")
            took = time.monotonic() - began
            require("sgx.region_unknown" in done.out + done.err, f"{name}: ended with {done.code}: {done.err[-800:]}")
            require(took < 20, f"{name}: took {took:.0f} s")
        service.asked.clear()
        service.answer = lambda h: _say(h, b"cn-beijing\n")
        done = chrooted.setup(world, "--until", "sgx-packages")
        require(done.code == 0, f"a region of the list: {done.code}: {done.err[-800:]}")
        require(service.asked[:2] == [("PUT", "/latest/api/token", "60"), ("GET", "/latest/meta-data/region-id", "AQAAtoken==")], f"asked: {service.asked[:4]}")
        url = json.loads(world.text("etc/sgx_default_qcnl.conf"))["pccs_url"]
        require(url == "https://sgx-dcap-server-vpc.cn-beijing.aliyuncs.com/sgx/certification/v4/", f"the provider is {url}")
    finally:
        service.close()


CASES = (("a false instance service names a region at most: addresses, floods, redirects and silence end within seconds", false_service),)
