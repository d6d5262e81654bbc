"""The certification service's double, as Intel's own answers (version 4): TCB info, QE identity, and the two revocation lists, about the
lab's platform and signed by the lab. Switches of `pcs`: pcs-status, and those of collateral.py.
"""

import urllib.parse

import collateral
import platforms

_BASE = "/sgx/certification/v4/"
ROOT_LIST = "/IntelSGXRootCA.der"


def _document(body, header, chain):
    return body, {"Content-Type": "application/json", header: urllib.parse.quote(chain.decode())}


def page(run, switches, target):
    """(body, headers) of the target of a request, a path with its query; None: there is no such thing."""
    path, _, words = target.partition("?")
    query = urllib.parse.parse_qs(words)
    if path == _BASE + "qe/identity":
        return _document(collateral.qe_identity(run, switches), "SGX-Enclave-Identity-Issuer-Chain", collateral.signing_chain(run))
    if path == _BASE + "tcb" and query.get("fmspc", [""])[0].lower() == platforms.FMSPC.hex():
        return _document(collateral.tcb_info(run, switches), "TCB-Info-Issuer-Chain", collateral.signing_chain(run))
    if path == _BASE + "pckcrl" and query.get("ca") == ["platform"]:
        body = collateral.pck_list(run, switches)
        return body, {"Content-Type": "application/pkix-crl", "SGX-PCK-CRL-Issuer-Chain": urllib.parse.quote(collateral.authority_chain(run).decode())}
    if path == ROOT_LIST:
        return collateral.root_list(run), {"Content-Type": "application/pkix-crl"}
    return None


def answer(handler):
    status = handler.server.switches.get("pcs", "pcs-status")
    if status:
        headers = {"Retry-After": "1"} if status in ("429", "503") else {}
        handler.answer(int(status), b"", headers)
    elif handler.plain_path == "/":
        handler.answer(200, b"a name of the simulation lab\n")
    elif found := page(handler.server.run_folder, handler.server.switches, handler.path):
        handler.answer(200, found[0], {"Request-ID": "lab", **found[1]})
    else:
        handler.answer(404, b"", {"Request-ID": "lab"})
