"""The certification service's double, as little as a reachability check needs: the QE identity's address answers.

The document is a stand-in without a signature: nothing may take it for collateral. Switch pcs.pcs-status.
"""

import json

_IDENTITY = {"enclaveIdentity": {"id": "QE", "version": 2, "note": "STAND-IN of a simulation lab"}, "signature": ""}


def answer(handler):
    status = handler.server.switches.get("pcs", "pcs-status")
    if status:
        headers = {"Retry-After": "1"} if status in ("429", "503") else {}
        handler.answer(int(status), b"", headers)
    elif handler.plain_path.endswith("/qe/identity"):
        handler.answer(200, json.dumps(_IDENTITY).encode(),
                       {"Content-Type": "application/json", "Request-ID": "lab", "SGX-Enclave-Identity-Issuer-Chain": ""})
    elif handler.plain_path == "/":
        handler.answer(200, b"a name of the simulation lab\n")
    else:
        handler.answer(404, b"", {"Request-ID": "lab"})
