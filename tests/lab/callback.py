"""Double of a callback handler, on three ports: certificate of the lab's authority, self-signed, own root.

  python3 callback.py RUN_DIR PORT PORT_PINNED PORT_CHAIN

Paths with /v2/ take a JWT and answer with one (RS256 by the handler's key); the others take and give JSON.
Switch callback.action chooses the answer. A plain GET answers 200. Nothing of a body is logged.
"""

import base64
import json
import os
import sys
import threading
import time

import callback_material
import names
from switches import Switches
from tls_server import Certificates, Handler, Server

_SUFFIXES = ("/tx_sign_request", "/config_change_sign_request")


def _b64(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def _claims(text):
    try:
        part = text.split(".")[1]
        return json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))
    except (ValueError, IndexError):
        return None


class Callback(Handler):
    def handle_request(self):
        data = self.body()
        if self.command in ("GET", "HEAD"):
            self.answer(200, b"callback handler of a simulation lab\n", {"Content-Type": "text/plain"})
        elif self.command == "POST" and self.plain_path.endswith(_SUFFIXES):
            self._decide(data)
        else:
            self.answer(404, b"not found\n")

    def _decide(self, data):
        signed = self.plain_path.rsplit("/", 2)[-2] == "v2"
        try:
            request = _claims(data.decode()) if signed else json.loads(data)
        except ValueError:
            request = None
        if not isinstance(request, dict):
            self.answer(400, b"malformed request\n")
            return
        action = self.server.switches.get("callback", "action", "APPROVE")
        if action == "silent":
            time.sleep(40)
        reply = {"action": action, "requestId": request.get("requestId", "")}
        if signed:
            text = _b64(json.dumps({"alg": "RS256", "typ": "JWT"}).encode()) + "." + _b64(json.dumps(reply).encode())
            token = text + "." + _b64(callback_material.sign(self.server.run_folder, text.encode()))
            self.answer(200, token.encode(), {"Content-Type": "application/jwt"})
        else:
            self.answer_json(200, reply)


def main():
    run, ports = sys.argv[1], [int(p) for p in sys.argv[2:5]]
    switches = Switches(run)
    pki, material = os.path.join(run, "pki"), os.path.join(run, "callback")
    plain = Certificates(pki, lambda name: switches.get(name, "certificate", "good"))
    servers = [Server(ports[0], Callback, run, "callback", switches, plain, names.CALLBACK_HOST)]
    for port, kind in zip(ports[1:], ("pinned", "chain")):
        pair = tuple(os.path.join(material, kind, names.CALLBACK_HOST + end) for end in (".pem", ".key"))
        always = Certificates(pki, lambda _, fixed=pair: fixed)
        server = Server(port, Callback, run, "callback", switches, always, names.CALLBACK_HOST)
        server.use_certificate(pair)
        servers.append(server)
    for server in servers[1:]:
        threading.Thread(target=server.serve_forever, daemon=True).start()
    servers[0].serve_forever()


if __name__ == "__main__":
    main()
