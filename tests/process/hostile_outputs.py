"""What the program says and leaves behind (threats N6, G1, R1, R3): foreign text stays harmless, nothing is called verified that only the
vendor attested, a login is in one request and nowhere else."""

import base64
import fcntl
import json
import os
import re
import subprocess
import threading

import bad_input
import bad_server
import chrooted
import engine_double
import key_server
from run import require

# One text with everything: clear screen, title, C1, bidi, zero width, line breaks that fake a line of ours, DEL, tags, Markdown, HTML.
PAYLOAD = "evil\x1b[2J\x1b]0;t\x07\x9b31m\u202egnp\u2066\u200b\u2028\r\nFAKE: done\x7f\x00<b>[x](y)\U000e0041".replace("\x00", "")
_NARROW = PAYLOAD.replace("\n", " ")  # where a line break cannot be
_DECEPTIVE = re.compile("[\x00-\x09\x0b-\x1f\x7f-\x9f\u00ad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufe00-\ufe0f\ufeff\ufff0-\ufffb\U000e0000-\U000e0fff]")


def clean(text, where):
    found = _DECEPTIVE.search(text)
    require(not found, f"{where}: {found and hex(ord(found[0]))} comes out raw: {found and text[max(0, found.start() - 120):found.end() + 40]!r}")
    require(not any(line.startswith("FAKE") for line in text.splitlines()), f"{where}: a line break of foreign text makes a line of ours")
    require(not re.search("[\udc80-\udcff]", text), f"{where}: bytes that are no UTF-8 come out raw")


def _records(world):
    """Files that a person or a collector reads: reports and logs."""
    for folder, _, files in os.walk(world.path("var/log/cosigner")):
        for name in files:
            yield os.path.join(folder, name)
    for name in ("var/lib/cosigner/last-run.json", "run/cosigner/status.json", "etc/cosigner/config.json"):
        if os.path.exists(world.path(name)):
            yield world.path(name)


def _say_it(world, source, words, env=None):
    """Every form of every verb that may meet the text; whether the text, escaped, was in any of them."""
    met = False
    for form in ((), ("--json",), ("--verbose",), ("--quiet",)):
        done = chrooted.call(world, *words, *form, env=env)
        require(done.code not in (70, 139, 134), f"{source}: {words} ended with {done.code}")
        for text, where in ((done.out, "output"), (done.err, "errors")):
            clean(text, f"{source}, {' '.join((*words, *form))}, {where}")
        met = met or "FAKE" in done.out + done.err or "evil" in done.out + done.err
        if form == ("--json",):
            for line in done.out.splitlines() if words[0] in ("setup", "pair") else [done.out]:
                json.loads(line)
    for path in _records(world):
        with open(path, errors="surrogateescape") as f:
            clean(f.read(), f"{source}, {os.path.basename(path)}")
    return met


def _sources(world):
    """(name, words of the run that meets it, how to put it there; it may give back how to take it away)"""
    setup, plan = ("setup", *chrooted.ANSWERS), ("plan", *chrooted.ANSWERS)

    def text(name, value):
        def put():
            old = world.text(name) if os.path.exists(world.path(name)) else None
            os.makedirs(os.path.dirname(world.path(name)), exist_ok=True)
            mode = os.stat(world.path(name)).st_mode & 0o7777 if old is not None else 0o644
            with open(world.path(name), "w", newline="") as f:
                f.write(value)
            os.chmod(world.path(name), mode)
            return lambda: os.unlink(world.path(name)) if old is None else world.put(name, old, mode)
        return put

    def file_name(name, value):
        def put():
            with open(world.path(name), "w") as f:
                f.write(value)
            return lambda: os.unlink(world.path(name))
        return put

    def engine(answer):
        return lambda: bad_input._bad_pull(world, answer)

    def version():
        def say(h, *_):
            h._json({"Version": PAYLOAD, "ApiVersion": PAYLOAD, "MinAPIVersion": "1.12"})
        route = ("GET", "/version", lambda h, e, *more: say(h) if e is world.engine else engine_double._version(h, e, *more))
        engine_double._ROUTES.insert(0, route)
        return lambda: engine_double._ROUTES.remove(route)

    def reason():
        return bad_server.BadServer(world, bad_server.shared_folder(world), bad_server.whole(b"", 500, _NARROW.replace("\r", " ").encode().decode("latin-1"))).close

    def issuer():
        folder = bad_server.own_folder(world, "issuer")
        subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2", "-utf8", "-subj",
                        "/O=" + _NARROW.replace("/", "|") + "/CN=" + key_server.HOST, "-addext", f"subjectAltName=DNS:{key_server.HOST}",
                        "-keyout", folder + "/key.pem", "-out", folder + "/cert.pem"], check=True, capture_output=True, timeout=120)
        return bad_server.BadServer(world, folder, bad_server.whole(b"")).close

    def run_lock():
        handle = os.open(world.path("run/cosigner/lock"), os.O_RDWR)
        fcntl.flock(handle, fcntl.LOCK_EX)
        os.ftruncate(handle, 0)
        os.write(handle, b"1 " + PAYLOAD.encode())
        return lambda: os.close(handle)

    message = {"message": PAYLOAD}
    yield "os-release", setup, text("etc/os-release", world.text("etc/os-release").replace("Ubuntu 22.04.4 LTS", _NARROW))
    yield "an unknown system", plan, text("etc/os-release", f'ID={_NARROW}\nVERSION_ID="{_NARROW}"\n')
    yield "DMI", setup, text("sys/class/dmi/id/sys_vendor", PAYLOAD)
    yield "DMI product", setup, text("sys/class/dmi/id/product_name", PAYLOAD)
    yield "kernel release", setup, text("sys/devices/system/cpu/online", PAYLOAD)
    yield "a source's file name", plan, file_name("etc/apt/sources.list.d/" + PAYLOAD.replace("/", "|") + ".list", "deb [trusted=yes] https://download.01.org/intel-sgx/sgx_repo/ubuntu jammy main\n")
    yield "a setting's file name", plan, file_name("etc/apt/apt.conf.d/99" + re.sub("[^0-9A-Za-z]", "", "evil"), 'APT::Get::AllowUnauthenticated "true"; // ' + _NARROW + "\n")
    yield "a changed file in plan --diff", (*plan, "--diff"), text("etc/apt/preferences.d/intel-sgx", PAYLOAD)
    yield "keys of the answers", ("plan", "--answers", "/root/lab/evil.json"), text("root/lab/evil.json", json.dumps({"version": 1, PAYLOAD: 1, "profile": PAYLOAD, "waive": [PAYLOAD]}))
    yield "text of the profile", ("plan", "--profile", "/root/lab/evil.json"), text("root/lab/evil.json", json.dumps(
        {**json.loads(world.text("root/lab/profile.json")), "name": PAYLOAD, "title": PAYLOAD}))
    yield "the registry's words", setup, engine(lambda h: h._json(message, 500))
    yield "an error in the pull", setup, engine(bad_input._stream({"status": PAYLOAD, "id": PAYLOAD, "progressDetail": {"current": 1, "total": 2}}, {"error": PAYLOAD, "errorDetail": message}))
    yield "the engine's versions", setup, version
    yield "apt's complaints", setup, lambda: bad_input._apt_fails(world, "E: " + PAYLOAD)
    yield "the reason of an HTTP status", setup, reason
    yield "the names in a certificate", setup, issuer
    yield "the name of the run lock's holder", setup, run_lock


def foreign_text(world):
    require(chrooted.setup(world, "--until", "hardware").code == 0, "the first run does not converge")
    met = []
    for source, words, put in list(_sources(world)):
        subprocess.run(["rm", "-rf", *map(world.path, ("etc/apt/sources.list.d/intel-sgx.sources", "etc/apt/keyrings/intel-sgx.gpg", "etc/apt/preferences.d/intel-sgx"))], check=True)
        world.engine.has_image = False
        remove = put()
        try:
            met += [source] if _say_it(world, source, words + (("--until", "image") if words[0] == "setup" else ())) else []
        finally:
            if callable(remove):
                remove()
    for words in (("history",), ("status",), ("config", "show")):
        _say_it(world, "afterwards", words)
    require(len(met) >= 9, f"only of these sources the text was met at all: {met}")
    return f"{len(met)} of 17 sources told something of it, harmless: {', '.join(met)}"


def foreign_logs(world):
    """A co-signer whose log, device list and labels are hostile."""
    chrooted.change_answers(world, start=False)
    old_log, old_users = engine_double._LOG, engine_double._USERS
    route = ("GET", "/containers/([^/]+)/logs", lambda h, e, m, *_: h._send(200, engine_double._framed("FATAL " + PAYLOAD + "\n") if e is world.engine else engine_double._framed(
        e.container(m[1])["log"]), "application/vnd.docker.raw-stream"))
    enrol = world.engine._enrol
    world.engine._enrol = lambda container: container.update(Status="exited", ExitCode=1, log="FATAL " + PAYLOAD)
    engine_double._ROUTES.insert(0, route)
    try:
        met = _say_it(world, "the co-signer's log", ("setup", *chrooted.ANSWERS))
        require(met, "the log was not met")
    finally:
        engine_double._ROUTES.remove(route)
        world.engine._enrol = enrol
    require((old_log, old_users) == (engine_double._LOG, engine_double._USERS), "the double is not as it was")
    require(chrooted.setup(world).code == 0, "without it the run does not end with 0")


_WORDS = re.compile(r"verif|proven|proof|\bgenuine\b|guarantee|\bauthentic\b", re.I)


def vendor_attests(world):
    """Service mode: no screen, document or record says that anything about the enclave was verified."""
    texts = {}
    for form in ((), ("--json",), ("--verbose",)):
        done = chrooted.setup(world, *form)
        require(done.code == 0, f"setup ended with {done.code}: {done.err[-500:]}")
        texts[f"setup {form}"] = done.out + done.err
    for words in (("status",), ("plan", *chrooted.ANSWERS), ("plan", *chrooted.ANSWERS, "--diff"), ("history",), ("config", "show"), ("pair",)):
        for form in ((), ("--json",)):
            done = chrooted.call(world, *words, *form)
            texts[f"{words[0]} {form}"] = done.out + done.err
    for path in _records(world):
        with open(path, errors="replace") as f:
            texts[os.path.basename(path)] = f.read()
    require(len(texts) >= 16, f"only {len(texts)} texts")
    said = [f"{name}: {match[0]}: {text[max(0, match.start() - 60):match.end() + 30]!r}" for name, text in texts.items() for match in [_WORDS.search(text)] if match]
    require(not said, "\n".join(said))
    documents = [json.loads(texts["status ('--json',)"]), json.loads(texts["status.json"]), json.loads(texts["last-run.json"])]
    require(all(d["attested_by"] == "vendor" for d in documents), f"attested by {[d['attested_by'] for d in documents]}")
    require("by the vendor's service" in texts["status ()"], texts["status ()"][-600:])
    # Another host of the token is a weakening that has to be accepted by its name (threats G2).
    chrooted.change_answers(world, "root/lab/profile.json", hosts={"gateway": "evil.example", "signUrls": []})
    done = chrooted.setup(world)
    require(done.code == 2 and "host.other_gateway" in done.err, f"another gateway: {done.code}: {done.err[-500:]}")
    return f"{len(texts)} texts"


_PASSWORD = "canary-password-7f3a9c"


def login_goes_nowhere(world):
    """The registry's login is in the headers of the requests that need it, in no file, and in no folder of Docker's own program."""
    world.put("root/lab/password", _PASSWORD + "\n", 0o600)
    chrooted.change_answers(world, start=False, registry={"username": "reader", "password": {"file": "/root/lab/password"}})
    seen, lock = [], threading.Lock()
    handler_route = engine_double._Handler._route

    def note(handler):
        if handler.server.engine is world.engine:
            with lock:
                seen.append((handler.command, re.sub(r"\?.*", "", handler.path), handler.headers.get("X-Registry-Auth"), handler.headers.get("Authorization")))
        return handler_route(handler)
    for verb in ("do_GET", "do_POST", "do_DELETE"):
        setattr(engine_double._Handler, verb, note)
    done = chrooted.setup(world)
    require(done.code == 0, f"ended with {done.code}: {done.err[-600:]}{done.out[-600:]}")
    with_login = [(path, base64.urlsafe_b64decode(auth + "==")) for _, path, auth, _ in seen if auth]
    require(any(_PASSWORD.encode() in data for _, data in with_login), f"the login was never sent: {seen[:8]}")
    require(all(b'"registry.gitlab.com"' in data and re.search("/(images/create|distribution/)", path) for path, data in with_login if _PASSWORD.encode() in data),
            f"the login went along with {[path for path, _ in with_login]}")
    token = world.text("root/lab/token").strip()
    needles = []
    for secret in (_PASSWORD, token):
        raw = secret.encode()
        needles += [raw, raw.hex().encode(), base64.b64encode(raw).rstrip(b"=")[:-1], base64.urlsafe_b64encode(raw).rstrip(b"=")[:-1]]
    found, files = [], 0
    for folder, folders, names in os.walk(world.root):
        folders[:] = [name for name in folders if os.path.join(folder, name) not in (world.path("proc"), world.path("sys"))]
        if os.path.basename(folder) in (".docker", ".dockercfg"):
            found.append(folder)
        for name in names:
            path = os.path.join(folder, name)
            if not os.path.isfile(path) or os.path.islink(path) or path in (world.path("root/lab/password"), world.path("root/lab/token")):
                continue
            with open(path, "rb") as f:
                data = f.read()
            files += 1
            found += [path] if any(needle in data for needle in needles) or name == ".dockercfg" else []
    require(not found, f"a login or token is left in {found}")
    require(not any(needle in (done.out + done.err).encode() for needle in needles), "a secret was said")
    return f"{len(seen)} requests, {len(with_login)} with a login, {files} files searched"


def retagged(world):
    """Between pull and start somebody gives another image our name: the container is still made of the pulled image's id."""
    chrooted.change_answers(world, start=False)
    require(chrooted.setup(world, "--until", "image").code == 0, "the first part does not converge")
    other = "sha256:" + "e" * 64
    world.engine.image_of_name = other
    usual = world.engine.image

    def image(reference):
        if reference == engine_double.IMAGE_ID:
            return usual(reference)
        return {"Id": other, "RepoDigests": [], "RepoTags": ["cosigner:latest"], "Config": {"Env": [], "Cmd": ["evil"], "Entrypoint": None, "Labels": None, "User": ""}}
    world.engine.image = image
    done = chrooted.setup(world)
    bodies = [c["body"] for c in world.engine.containers.values()]
    require(all(body["Image"] == engine_double.IMAGE_ID for body in bodies), f"a container was made of {[body['Image'] for body in bodies]}")
    require(done.code in (0, 13), f"ended with {done.code}: {done.err[-600:]}")
    world.engine.image = usual
    again = chrooted.setup(world)
    require(again.code == 0 and world.engine.containers["cosigner"]["body"]["Image"] == engine_double.IMAGE_ID, f"afterwards: {again.code}: {again.err[-600:]}")
    return f"exit {done.code} while the name was taken"


def swapped_download(world):
    """Before the next boot the downloaded file becomes another one: units name the root-owned copy alone, and that is still the program."""
    chrooted.change_answers(world, start=False)
    require(chrooted.setup(world).code == 0, "the first run does not converge")
    world.put("cosigner.evil", "#!/bin/sh\n: >/evil-ran\n", 0o755)
    os.rename(world.path("cosigner.evil"), world.path("cosigner"))
    started = []
    for name in sorted(os.listdir(world.path("etc/systemd/system"))):
        if name.startswith("cosigner") and name.endswith(".service"):
            started += re.findall(r"^Exec\w+=[-@:+!]*(.*)$", world.text("etc/systemd/system/" + name), re.M)
    require(started and all(line.split()[0] == "/var/lib/cosigner/bin/cosigner" for line in started), f"units start {started}")
    path = "/var/lib/cosigner/bin/cosigner"
    while path != "/":
        seen = os.lstat(world.path(path))
        require(seen.st_uid == 0 and not seen.st_mode & 0o022, f"{path} is {oct(seen.st_mode)} of {seen.st_uid}")
        path = os.path.dirname(path)
    for line in started:
        done = chrooted.call(world, *line.split()[1:], program=line.split()[0])
        require(done.code not in (126, 127), f"{line} does not start: {done}")
    require(chrooted.setup(world, program="/var/lib/cosigner/bin/cosigner").code == 0, "the copy does not set up")
    require(not os.path.exists(world.path("evil-ran")), "the swapped download ran")
    return "; ".join(started)


def older_revision(world):
    """Neither a word nor an edited file of the vendor's brings an older image back unless the operator allows it by a flag."""
    chrooted.change_answers(world, start=False)
    require(chrooted.setup(world).code == 0, "the first run does not converge")
    for name in ("databases/cosigner/.revision", "root/.revision", ".revision", "databases/.revision"):
        world.put(name, "2026.09.16\n")
    changes = len(world.engine.changes)
    done = chrooted.setup(world)
    require(done.code == 0 and "effects: 0" in done.out, f"an edited file of the vendor's changes something: {done.code}: {done.out[-500:]}")
    done = chrooted.setup(world, "2026.09.16")
    require(done.code == 13 and "image.downgrade_refused" in done.out + done.err, f"an older revision: {done.code}: {done.err[-500:]}{done.out[-500:]}")
    require(len(world.engine.changes) == changes, f"the engine was changed: {world.engine.changes[changes:]}")


CASES = (
    ("units start the root-owned copy, whatever becomes of the downloaded file", swapped_download),
    ("an older image comes back neither by a word nor by an edited file", older_revision),
    ("foreign text from every source is harmless in every output and record", foreign_text),
    ("a co-signer's hostile log is harmless, and without it the next run ends with 0", foreign_logs),
    ("while only the vendor attests, no screen, document or record says verified, and another gateway must be accepted by name", vendor_attests),
    ("the registry's login and the token are in no file, no output and no request but their own", login_goes_nowhere),
    ("an image that takes the name between pull and start does not become the co-signer", retagged),
)
