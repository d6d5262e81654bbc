"""The Debian sources of this machine, read from its own apt configuration.

Only entries that are Debian's own bookworm suites (release, updates, security) with component
`main` count; third-party sources of the machine never reach the guest. The guest gets them as
deb822 entries over plain http, because its requests go through the archive cache, which uses
the scheme that the machine uses.
"""
import dataclasses
import pathlib
import re
import subprocess
import urllib.parse

SUITES = ("bookworm", "bookworm-updates", "bookworm-security")
KEYRING = "/usr/share/keyrings/debian-archive-keyring.gpg"
ETC = pathlib.Path("/etc/apt")
LISTS = pathlib.Path("/var/lib/apt/lists")


class SourcesError(RuntimeError):
    pass


@dataclasses.dataclass(frozen=True)
class Source:
    uri: str
    suite: str

    @property
    def host(self) -> str:
        return urllib.parse.urlsplit(self.uri).netloc

    @property
    def scheme(self) -> str:
        return urllib.parse.urlsplit(self.uri).scheme


def parse_deb822(text: str):
    """(uri, suite, components) of each enabled binary entry."""
    for block in re.split(r"\n\s*\n", text):
        fields, last = {}, None
        for line in block.splitlines():
            if line.startswith("#") or not line.strip():
                continue
            if line[0] in " \t" and last:
                fields[last] += " " + line.strip()
            elif ":" in line:
                last, value = line.split(":", 1)
                last = last.strip().lower()
                fields[last] = value.strip()
        if "deb" not in fields.get("types", "").split() or fields.get("enabled", "yes") == "no":
            continue
        for uri in fields.get("uris", "").split():
            for suite in fields.get("suites", "").split():
                yield uri, suite, fields.get("components", "").split()


def parse_one_line(text: str):
    for line in text.splitlines():
        match = re.match(r"deb\s+(?:\[[^\]]*\]\s+)?(\S+)\s+(\S+)\s*(.*)", line.strip())
        if match:
            yield match[1], match[2], match[3].split("#")[0].split()


def _signed_by_debian(uri: str, suite: str) -> bool:
    """False only if the machine's own list says that somebody else made this suite."""
    parts = urllib.parse.urlsplit(uri)
    name = (parts.netloc + parts.path.rstrip("/")).replace("/", "_")
    release = LISTS / f"{name}_dists_{suite}_InRelease"
    if not release.exists():
        return True
    head = release.read_text(encoding="utf-8", errors="replace")[:2000]
    return re.search(r"^Origin: Debian$", head, re.M) is not None


def read(etc: pathlib.Path = ETC) -> list:
    """The machine's Debian sources; raises SourcesError if release or security is missing."""
    entries = []
    for path in [etc / "sources.list", *sorted((etc / "sources.list.d").glob("*"))]:
        if path.suffix in (".sources", ".list") and path.is_file():
            parse = parse_deb822 if path.suffix == ".sources" else parse_one_line
            entries += parse(path.read_text(encoding="utf-8", errors="replace"))
    found = []
    for uri, suite, components in entries:
        source = Source(uri.rstrip("/"), suite)
        wanted = suite in SUITES and "main" in components and source.scheme in ("http", "https")
        if wanted and source not in found and _signed_by_debian(source.uri, suite):
            found.append(source)
    for suite in ("bookworm", "bookworm-security"):
        if not any(source.suite == suite for source in found):
            raise SourcesError(f"this machine's apt has no http(s) source for Debian's {suite}/main; "
                               "the VM images are made from the machine's own sources")
    return found


def machine_checks_dates() -> tuple:
    """(Check-Valid-Until, Check-Date) of this machine: a frozen mirror needs both off."""
    dump = subprocess.run(["apt-config", "dump"], capture_output=True, text=True, check=True).stdout
    def on(name):
        match = re.search(rf'^Acquire::{name} "([^"]*)"', dump, re.M)
        return not match or match[1].lower() not in ("false", "no", "0", "off", "without")
    return on("Check-Valid-Until"), on("Check-Date")


def of_bullseye(sources: list) -> list:
    """The same archives' Debian 11: release and updates. Its security suite is left out: no longer
    kept up, it leaves the archives piece by piece, and what its index still names cannot be had."""
    return [dataclasses.replace(source, suite=source.suite.replace("bookworm", "bullseye"))
            for source in sources if source.suite != "bookworm-security"]


def guest_text(sources: list, ended=False) -> str:
    """The guest's /etc/apt/sources.list.d/debian.sources. Dates are waived for these entries
    alone, and only where the machine waives them, or for a suite that has `ended`, whose Release
    files nobody renews: other sources in the guest stay strict."""
    valid_until, date = machine_checks_dates()
    valid_until = valid_until and not ended
    waived = ("" if valid_until else "Check-Valid-Until: no\n") + ("" if date else "Check-Date: no\n")
    return "\n".join(
        f"Types: deb\nURIs: {source.uri.replace('https://', 'http://', 1)}\nSuites: {source.suite}\n"
        f"Components: main\nSigned-By: {KEYRING}\n{waived}" for source in sources)


def origins(sources: list) -> dict:
    """host -> scheme, what the archive cache may fetch."""
    return {source.host: source.scheme for source in sources}
