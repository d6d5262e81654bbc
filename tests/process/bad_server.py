"""Servers that misbehave, under the package source's name: on a loopback address of their own, which a world's hosts file then names."""

import http.server
import itertools
import os
import socket
import ssl
import subprocess
import threading

import key_server

_ADDRESSES = itertools.count(10)
KEY_PATH = "/intel-sgx/sgx_repo/ubuntu/intel-sgx-deb.key"


class BadServer:
    """`answer(handler)` gets each GET. `folder` holds cert.pem and key.pem."""

    def __init__(self, world, folder, answer):
        self._world, self._hosts = world, world.text("etc/hosts")
        address = f"127.0.0.{next(_ADDRESSES)}"

        class Answer(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                answer(self)

            def log_message(self, *_):
                pass

        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(os.path.join(folder, "cert.pem"), os.path.join(folder, "key.pem"))

        class Server(http.server.ThreadingHTTPServer):
            daemon_threads = True

            def finish_request(self, request, client_address):
                request.settimeout(30)
                with context.wrap_socket(request, server_side=True) as secured:
                    self.RequestHandlerClass(secured, client_address, self)

            def handle_error(self, request, client_address):
                pass  # a client that refuses us is what is tested

        self._server = Server((address, 443), Answer)
        threading.Thread(target=self._server.serve_forever, args=(0.1,), daemon=True).start()
        world.put("etc/hosts", f"127.0.0.1 localhost\n{address} {key_server.HOST}\n")

    def close(self):
        self._world.put("etc/hosts", self._hosts)
        self._server.shutdown()
        self._server.server_close()


def shared_folder(world):
    """Where the certificate is that worlds believe."""
    return os.path.join(os.path.dirname(world.root), "shared")


def served_key():
    """The package source's key as the good server gives it."""
    done = subprocess.run(["openssl", "s_client", "-connect", "127.0.0.1:443", "-servername", key_server.HOST, "-quiet", "-ign_eof"],
                          input=f"GET {KEY_PATH} HTTP/1.0\r\n\r\n".encode(), capture_output=True, timeout=60)
    return done.stdout.split(b"\r\n\r\n", 1)[1]


def own_folder(world, name):
    folder = world.root + "-" + name
    os.mkdir(folder, 0o700)
    return folder


def whole(body, status=200, reason=None):
    def answer(handler):
        handler.send_response(status, reason)
        handler.send_header("Content-Length", str(len(body)))
        handler.end_headers()
        handler.wfile.write(body)
    return answer


def cut(body, after):
    """The link goes down in the middle: fewer bytes than were promised, then the end of the connection."""
    def answer(handler):
        handler.send_response(200)
        handler.send_header("Content-Length", str(len(body)))
        handler.end_headers()
        handler.wfile.write(body[:after])
        handler.wfile.flush()
        handler.close_connection = True
        try:
            handler.connection.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass
    return answer
