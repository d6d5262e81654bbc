"""A caching forward proxy for Debian archives, for guests and for the image build.

It serves only the hosts it is given. Files whose name fixes their content (pool, by-hash) are
kept for ever. Everything else is asked for again after FRESH_SECONDS; if the archive does not
answer, the kept copy is served, so that a repeated run works without the archive. The folder
may be shared by any number of processes: files appear by rename.
"""
import contextlib
import email.utils
import http.client
import http.server
import os
import pathlib
import socket
import tempfile
import threading
import time
import urllib.parse

import cache_dirs

FRESH_SECONDS = 6 * 3600
CHUNK = 1 << 16


class UpstreamError(Exception):
    def __init__(self, status: int, text: str):
        super().__init__(text)
        self.status = status


def _is_immutable(path: str) -> bool:
    return "/pool/" in path or "/by-hash/" in path


class Store:
    """Files of one archive folder: HOST/path, with HOST/path.seen for the time of the last check."""

    def __init__(self, folder: pathlib.Path, origins: dict):
        self.folder, self.origins = folder, dict(origins)

    def place(self, host: str, path: str) -> pathlib.Path:
        parts = path.strip("/").split("/")
        if host not in self.origins or not path.startswith("/") or any(p in ("", ".", "..") for p in parts):
            raise UpstreamError(403, "not one of the archives of this lab")
        return self.folder.joinpath(host.replace(":", "_"), *parts)

    def ensure(self, host: str, path: str) -> pathlib.Path:
        """The file, fetched if need be. Raises UpstreamError."""
        place = self.place(host, path)
        seen = place.with_name(place.name + ".seen")
        if place.exists() and (_is_immutable(path) or self._fresh(seen)):
            return place
        try:
            self._fetch(host, path, place)
        except (OSError, http.client.HTTPException) as error:
            if not place.exists():
                raise UpstreamError(502, f"{type(error).__name__} from the archive") from error
            return place
        except UpstreamError as error:
            if error.status < 500 or not place.exists():
                raise
            return place
        if not _is_immutable(path):
            seen.touch()
        return place

    @staticmethod
    def _fresh(seen: pathlib.Path) -> bool:
        with contextlib.suppress(OSError):
            return 0 <= time.time() - seen.stat().st_mtime < FRESH_SECONDS
        return False

    def _connect(self, host: str):
        if self.origins[host] == "https":
            return http.client.HTTPSConnection(host, timeout=60)
        return http.client.HTTPConnection(host, timeout=60)

    def _fetch(self, host: str, path: str, place: pathlib.Path):
        place.parent.mkdir(parents=True, exist_ok=True)
        with contextlib.closing(self._connect(host)) as link:
            link.request("GET", path, headers={"User-Agent": "Debian APT-HTTP/1.3"})
            answer = link.getresponse()
            if answer.status != 200:
                raise UpstreamError(answer.status, answer.reason)
            handle, name = tempfile.mkstemp(prefix=".part-", dir=place.parent)
            try:
                with os.fdopen(handle, "wb") as out:
                    while block := answer.read(CHUNK):
                        out.write(block)
                length = answer.headers.get("Content-Length")
                if length is not None and os.path.getsize(name) != int(length):
                    raise http.client.IncompleteRead(b"")
                # The same content keeps its old time, so that apt's conditional request is a hit.
                if not (place.exists() and place.read_bytes() == pathlib.Path(name).read_bytes()):
                    os.chmod(name, 0o644)
                    os.rename(name, place)
            finally:
                with contextlib.suppress(FileNotFoundError):
                    os.unlink(name)


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: "ArchiveCache"

    def do_GET(self):
        target = urllib.parse.urlsplit(self.path)
        try:
            place = self.server.store.ensure(target.netloc, target.path)
        except UpstreamError as error:
            self._answer(error.status, str(error).encode())
            return
        with open(place, "rb") as handle:
            facts = os.fstat(handle.fileno())
            if self._unchanged(facts.st_mtime):
                self._answer(304, b"")
                return
            self._head(200, facts.st_size, facts.st_mtime)
            while self.command == "GET" and (block := handle.read(CHUNK)):
                self.wfile.write(block)

    do_HEAD = do_GET

    def _unchanged(self, mtime: float) -> bool:
        with contextlib.suppress(TypeError, ValueError):
            since = email.utils.parsedate_to_datetime(self.headers["If-Modified-Since"])
            return int(mtime) <= since.timestamp()
        return False

    def _head(self, status: int, length: int, mtime: float):
        self.send_response(status)
        self.send_header("Content-Length", str(length))
        self.send_header("Last-Modified", email.utils.formatdate(int(mtime), usegmt=True))
        self.end_headers()

    def _answer(self, status: int, body: bytes):
        self.send_response(status)
        if status != 304:
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command == "GET" and status != 304:
            self.wfile.write(body)

    def log_message(self, *arguments):
        """Quiet: what the guest fetches is in the guest's own apt log."""


class ArchiveCache(http.server.ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, origins: dict, folder: pathlib.Path | None = None):
        super().__init__(("127.0.0.1", 0), Handler)
        self.store = Store(folder or cache_dirs.make(cache_dirs.root() / "archive"), origins)
        self.port = self.server_address[1]
        threading.Thread(target=self.serve_forever, name="archive-cache", daemon=True).start()

    def handle_error(self, request, client_address):
        """A guest that is cut off in mid-answer is an everyday event here."""


_shared, _guard = {}, threading.Lock()


def shared(origins: dict) -> ArchiveCache:
    """One proxy a process and set of archives; it ends with the process."""
    with _guard:
        key = tuple(sorted(origins.items()))
        if key not in _shared:
            _shared[key] = ArchiveCache(origins)
        return _shared[key]


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]
