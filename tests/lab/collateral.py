"""What a certificate service says about the lab's platforms, signed by the lab's own TCB signer when it is asked for.

Switches of `pcs`: `tcb` (which level the platform has), `revoked` (what the PCK list names), `collateral` (good | expired | older)
and `lifetime` (seconds that the documents are good for from now).
"""

import json
import time
from datetime import datetime, timezone

import der
import platforms
from platforms import DAY

NUMBER, OLDER_NUMBER = 20, 19
QE_SIGNER, QE_PRODUCT, QE_SVN = b"\x8c" * 32, 1, 8


def iso(at):
    return datetime.fromtimestamp(at, timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")


class Dates:
    """Issued and good until; how many evaluations there were by then."""

    def __init__(self, run, switches):
        kind, start = switches.get("pcs", "collateral", "good"), platforms.issued(run)
        lifetime = switches.number("pcs", "lifetime")
        self.number = OLDER_NUMBER if kind == "older" else NUMBER
        self.since = start - {"good": 1, "older": 9, "expired": 30}[kind] * DAY
        self.until = start - DAY // 24 if kind == "expired" else int(time.time()) + lifetime if lifetime else self.since + 30 * DAY


def signed(key, member, inner):
    text = json.dumps(inner, separators=(",", ":"))
    signature = platforms.sign_raw(key, text.encode()).hex()
    return f'{{"{member}":{text},"signature":"{signature}"}}'.encode()


def _platform_level(components, status, date, *advisories):
    tcb = {"sgxtcbcomponents": [{"svn": svn} for svn in components], "pcesvn": platforms.PCESVN}
    return {"tcb": tcb, "tcbDate": date, "tcbStatus": status, "advisoryIDs": list(advisories)}


def tcb_info(run, switches):
    dates, state = Dates(run, switches), switches.get("pcs", "tcb", "up-to-date")
    have = platforms.COMPONENTS
    higher, lower = [have[0] + 1, *have[1:]], [have[0] - 1, *have[1:]]
    status = {"up-to-date": "UpToDate", "out-of-date": "OutOfDate", "revoked": "Revoked"}[state]
    levels = [_platform_level(have, status, "2024-03-13T00:00:00Z", *(["INTEL-SA-00615"] if state == "out-of-date" else [])),
              _platform_level(lower, "OutOfDate", "2022-03-09T00:00:00Z", "INTEL-SA-00615")]
    if state != "up-to-date":
        levels.insert(0, _platform_level(higher, "UpToDate", "2025-03-12T00:00:00Z"))
    return signed(platforms.trusted(run).key("signer"), "tcbInfo", {
        "id": "SGX", "version": 3, "issueDate": iso(dates.since), "nextUpdate": iso(dates.until), "fmspc": platforms.FMSPC.hex(), "pceId": "0000",
        "tcbType": 0, "tcbEvaluationDataNumber": dates.number, "tcbLevels": levels})


def qe_identity(run, switches):
    dates = Dates(run, switches)
    levels = [{"tcb": {"isvsvn": svn}, "tcbDate": "2024-03-13T00:00:00Z", "tcbStatus": status} for svn, status in ((QE_SVN, "UpToDate"), (6, "OutOfDate"))]
    return signed(platforms.trusted(run).key("signer"), "enclaveIdentity", {
        "id": "QE", "version": 2, "issueDate": iso(dates.since), "nextUpdate": iso(dates.until), "tcbEvaluationDataNumber": dates.number,
        "miscselect": "00000000", "miscselectMask": "FFFFFFFF", "attributes": "11" + "00" * 15, "attributesMask": "FB" + "FF" * 7 + "00" * 8,
        "mrsigner": QE_SIGNER.hex().upper(), "isvprodid": QE_PRODUCT, "tcbLevels": levels})


def signing_chain(run):
    return platforms.trusted(run).pem("signer", "root")


def authority_chain(run):
    return platforms.trusted(run).pem("authority", "root")


def _list(hierarchy, by, issuer, since, until, serials):
    entries = [der.sequence(der.integer(serial), platforms.moment(since), der.sequence(der.extension("2.5.29.21", der.der(0x0A, b"\1")))) for serial in serials]
    content = der.sequence(der.integer(1), der.ECDSA_WITH_SHA256, platforms.name(issuer), platforms.moment(since), platforms.moment(until),
                           *([der.sequence(*entries)] if entries else []), der.der(0xA0, der.sequence(der.extension(der.CRL_NUMBER, der.integer(5)))))
    return platforms.sealed(hierarchy.key(by), content)


def pck_list(run, switches):
    """Of the platform authority; `pcs.revoked=platform` puts the lab's platform last."""
    start, revoked = platforms.issued(run), [0xB001, 0xB002]
    if switches.get("pcs", "revoked") == "platform":
        revoked.append(platforms.PLATFORMS["this"][1])
    return _list(platforms.trusted(run), "authority", platforms.AUTHORITY, start - DAY, start + 29 * DAY, revoked)


def root_list(run):
    start = platforms.issued(run)
    return _list(platforms.trusted(run), "root", platforms.ROOT, start - 10 * DAY, start + 300 * DAY, [])
