"""The certification services' double, in Intel's form (version 4): TCB info, QE identity, the two revocation lists and the platform's
certificate, about the lab's platform and signed by the lab. Intel's own name has no list of the root authority and answers 410 to version 3;
every other name is a cache in front of it and has both. Switches of `pcs`: pcs-status, registered, and those of collateral.py.
"""

import re
import urllib.parse

import collateral
import names
import platforms

_BASE, _ENDED = "/sgx/certification/v4/", "/sgx/certification/v3/"
ROOT_LIST = "/IntelSGXRootCA.der"
_CPUSVN = bytes(platforms.COMPONENTS).hex()
_PCESVN = platforms.PCESVN.to_bytes(2, "little").hex()
# What a request for a certificate must name, in hex digits; then one of the two that say which platform it is.
_LEVEL = {"cpusvn": 32, "pcesvn": 4, "pceid": 4}
_PLATFORM = {"encrypted_ppid": 768, "qeid": 32}


def _document(body, header, chain):
    return body, {"Content-Type": "application/json", header: urllib.parse.quote(chain.decode())}


def _is_hex(query, name, size):
    return re.fullmatch(f"[0-9A-Fa-f]{{{size}}}", query.get(name, [""])[0]) is not None


def _asks_well(query):
    return all(_is_hex(query, *item) for item in _LEVEL.items()) and any(_is_hex(query, *item) for item in _PLATFORM.items())


def _certificate(run):
    headers = {"Content-Type": "application/x-pem-file", "SGX-PCK-Certificate-CA-Type": "platform", "SGX-TCBm": (_CPUSVN + _PCESVN).upper(),
               "SGX-FMSPC": platforms.FMSPC.hex().upper(),
               "SGX-PCK-Certificate-Issuer-Chain": urllib.parse.quote(collateral.authority_chain(run).decode())}
    return platforms.trusted(run).pem("this"), headers


def _root_list(run, query):
    """As a cache gives it: hex digits, unless DER is asked for."""
    data = collateral.root_list(run)
    if query.get("encoding") == ["der"]:
        return data, {"Content-Type": "application/pkix-crl"}
    return data.hex().encode(), {"Content-Type": "text/plain"}


def page(run, switches, target, host=names.INTEL_PCS_HOST):
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
    if path == _BASE + "pckcert" and switches.get("pcs", "registered", "yes") == "yes":
        return _certificate(run)
    if path == _BASE + "rootcacrl" and host != names.INTEL_PCS_HOST:
        return _root_list(run, query)
    if path == ROOT_LIST:
        return collateral.root_list(run), {"Content-Type": "application/pkix-crl"}
    return None


def _refusal(host, target, switches):
    """Status of a request that is answered without a look at what it asks for; None: it is looked at."""
    path, _, words = target.partition("?")
    status = switches.get("pcs", "pcs-status")
    if status:
        return int(status)
    if path.startswith(_ENDED) and host == names.INTEL_PCS_HOST:
        return 410
    if path == _BASE + "pckcert" and not _asks_well(urllib.parse.parse_qs(words)):
        return 400
    return None


def answer(handler):
    host, switches = handler.host, handler.server.switches
    refused = _refusal(host, handler.path, switches)
    if refused:
        headers = {"Retry-After": "1"} if refused in (429, 503) else {}
        handler.answer(refused, b"", headers)
    elif handler.plain_path == "/":
        handler.answer(200, b"a name of the simulation lab\n")
    elif found := page(handler.server.run_folder, switches, handler.path, host):
        handler.answer(200, found[0], {"Request-ID": "lab", **found[1]})
    else:
        handler.answer(404, b"", {"Request-ID": "lab"})
