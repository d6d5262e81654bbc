"""What the run fetches over TLS: the package source's key, and collateral, from a server on loopback under the publishers' names."""

import http.server
import os
import ssl
import subprocess
import threading

HOST = "download.01.org"
CERTIFICATE_HOSTS = ("api.trustedservices.intel.com", "certificates.trustedservices.intel.com")
PROVIDER_HOST = "sgx-dcap-server-vpc.cn-beijing.aliyuncs.com"  # of a cloud, on whose machines alone it has an address
_IDENTITY = b'{"enclaveIdentity":{"id":"QE","version":2},"signature":"00"}'


def _run(*words, **more):
    return subprocess.run(words, check=True, capture_output=True, timeout=120, **more).stdout


def make_authority(folder):
    """An authority, and a certificate of it for HOST; the authority's file."""
    ca, key, request = (os.path.join(folder, name) for name in ("ca.pem", "key.pem", "request.pem"))
    _run("openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2", "-subj", "/CN=Process test authority",
         "-addext", "basicConstraints=critical,CA:TRUE", "-addext", "keyUsage=critical,keyCertSign", "-keyout", os.path.join(folder, "ca.key"), "-out", ca)
    _run("openssl", "req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-subj", "/CN=" + HOST, "-keyout", key, "-out", request)
    _run("openssl", "x509", "-req", "-in", request, "-CA", ca, "-CAkey", os.path.join(folder, "ca.key"), "-days", "2", "-set_serial", "2",
         "-extfile", "/dev/stdin", "-out", os.path.join(folder, "cert.pem"), input=("subjectAltName=" + ",".join(f"DNS:{name}" for name in (HOST, *CERTIFICATE_HOSTS, PROVIDER_HOST)) + "\n").encode())
    return ca


def make_signing_key(folder):
    """(armored public key, its fingerprint)"""
    home = os.path.join(folder, "gpg")
    os.mkdir(home, 0o700)
    gpg = ("gpg", "--homedir", home, "--batch")
    try:
        _run(*gpg, "--passphrase", "", "--quick-generate-key", "Process test <lab@lab.example>", "rsa2048", "sign", "2y")
        listing = _run(*gpg, "--with-colons", "--list-keys").decode()
        fingerprint = next(line.split(":")[9] for line in listing.splitlines() if line.startswith("fpr:"))
        return _run(*gpg, "--armor", "--export", fingerprint), fingerprint
    finally:
        subprocess.run(["gpgconf", "--homedir", home, "--kill", "all"], capture_output=True, timeout=60)


class KeyServer:
    def __init__(self, folder, key):
        requests = self.requests = []
        # Of the certificate service: (body, headers), or nothing. Set-up asks for an identity alone, as proof that it is there.
        self.page = lambda target: (_IDENTITY, {}) if target == "/sgx/certification/v4/qe/identity" else None
        owner = self

        class Answer(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                requests.append(self.path)
                is_key = self.path == "/intel-sgx/sgx_repo/ubuntu/intel-sgx-deb.key"
                found = (key, {}) if is_key else owner.page(self.path)
                body, headers = found or (b"", {})
                self.send_response(200 if found else 404)
                for name, value in {**headers, "Content-Length": str(len(body))}.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_):
                pass

        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(os.path.join(folder, "cert.pem"), os.path.join(folder, "key.pem"))

        class Server(http.server.ThreadingHTTPServer):
            daemon_threads = True

            def finish_request(self, request, client_address):
                request.settimeout(20)
                with context.wrap_socket(request, server_side=True) as secured:
                    self.RequestHandlerClass(secured, client_address, self)

            def handle_error(self, request, client_address):
                pass  # a killed program closes its end in the middle

        server = Server(("127.0.0.1", 443), Answer)
        threading.Thread(target=server.serve_forever, daemon=True).start()
