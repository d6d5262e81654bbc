"""Bad input of a set-up, each met with its code and its name, and nothing lost: when the cause is removed `setup` ends with 0."""

import fcntl
import json
import os
import subprocess
import time

import bad_server
import chrooted
import engine_double
import key_server
import tree
from run import require
from world import token

HERE = os.path.dirname(os.path.abspath(__file__))


def _journal(world):
    path = world.path("var/lib/cosigner/journal.jsonl")
    return world.text(path[len(world.root):]) if os.path.exists(path) else ""


def met(world, code, name, remove, words=(), **how):
    """The cause is in place: the run ends with `code` and says `name`. What was there is there still, the record too. remove() takes the
    cause away, and then the whole set-up ends with 0 and one more run has nothing to do."""
    chrooted.change_answers(world, start=False)
    before, records = tree.snapshot(world.root), _journal(world)
    done = chrooted.setup(world, *words, **how)
    require(done.code == code and name in done.out + done.err, f"ended with {done.code} instead of {code} {name}:\n{done.out[-900:]}{done.err[-900:]}")
    require(any(line.startswith("  ") and line.rstrip().endswith(".") for line in (done.err + done.out).splitlines()), f"there is no remedy:\n{done.err[-600:]}")
    lost = [path for path in before.keys() - tree.snapshot(world.root).keys() if not path.startswith(("/var/lib/lab", "/var/lib/cosigner/answers.json"))]
    require(not lost, f"lost: {lost}")
    require(_journal(world).startswith(records), "the record of before is another one")
    remove()
    chrooted.change_answers(world, start=False)
    again = chrooted.setup(world)
    require(again.code == 0, f"without the cause: {again.code}\n{again.out[-1200:]}{again.err[-900:]}")
    last = chrooted.setup(world)
    require(last.code == 0 and "effects: 0" in last.out, f"one more run: {last.code}\n{last.out[-600:]}")
    return f"exit {code}, {name}"


def tokens(world):
    """One after another on one machine: no attempt leaves anything that the next would trip over."""
    good, now = world.text("root/lab/token"), int(time.time())
    bad = (("not.a.token", "pairing.token_malformed"), ("x", "pairing.token_malformed"), (good.strip() + "!", "pairing.token_malformed"), (good.strip() + ".more", "pairing.token_malformed"), (good.strip()[:-3], "pairing.token_malformed"),
           (token({"iat": now, "exp": now + 3600}), "pairing.token_malformed"), (token({"userId": "nobody", "exp": now + 3600}), "pairing.token_malformed"),
           (token({"userId": engine_double.USER, "iat": now - 7200, "exp": now - 3600}), "pairing.token_expired"))
    for text, name in bad:
        world.put("root/lab/token", text + "\n", 0o600)
        done = chrooted.setup(world)
        require(done.code == 2 and name in done.err + done.out, f"{text[:12]}…: ended with {done.code} instead of 2 {name}: {done.err[-600:]}{done.out[-400:]}")
        require(text not in done.out + done.err or len(text) < 4, "the token was said")
        require(not os.path.exists(world.path("var/lib/cosigner/journal.jsonl")), "something was changed before the token was judged")
    os.unlink(world.path("root/lab/token"))
    return met(world, 2, "answers.secret_unreadable", lambda: world.put("root/lab/token", good, 0o600))


def answer_keys(world):
    good = world.text("root/lab/answers.json")
    for text, name in ((good.replace('"firstUser"', '"firstUsr"'), 'did you mean'), (good.replace('"version": 1', '"version": 1, "version": 1'), "json.duplicate_key"),
                       (good[:-2], "json.malformed")):
        world.put("root/lab/answers.json", text, 0o600)
        done = chrooted.setup(world)
        require(done.code == 2 and (name in done.err or "names a key twice" in done.err or "answers.invalid" in done.err), f"{name}: {done.code}: {done.err[-500:]}")
    world.put("root/lab/answers.json", good, 0o600)
    chrooted.change_answers(world, proxyy={"url": None})
    return met(world, 2, "answers.invalid", lambda: world.put("root/lab/answers.json", good, 0o600))


def _profile_with(world, change):
    good = world.text("root/lab/profile.json")
    value = json.loads(good)
    change(value)
    world.put("root/lab/profile.json", json.dumps(value))
    return lambda: world.put("root/lab/profile.json", good)


def other_fingerprint(world):
    def change(profile):
        profile["keys"]["intel-sgx"][0]["fingerprint"] = "A" * 40
    return met(world, 12, "apt.key_unknown", _profile_with(world, change))


def second_key(world):
    folder = bad_server.own_folder(world, "second")
    other, _ = key_server.make_signing_key(folder)
    server = bad_server.BadServer(world, bad_server.shared_folder(world), bad_server.whole(bad_server.served_key() + b"\n" + other))
    return met(world, 12, "apt.key_ambiguous", server.close)


def unknown_authority(world):
    folder = bad_server.own_folder(world, "stranger")
    key_server.make_authority(folder)
    server = bad_server.BadServer(world, folder, bad_server.whole(b"key"))
    return met(world, 11, "network.tls_untrusted", server.close)


def link_down_at_the_key(world):
    server = bad_server.BadServer(world, bad_server.shared_folder(world), bad_server.cut(bad_server.served_key(), 200))
    return met(world, 11, "network.connection_lost", server.close)


def _apt_fails(world, text, code=100):
    world.put("usr/bin/apt-get", f"#!/bin/sh\ncat >&2 <<'END'\n{text}\nEND\nexit {code}\n", 0o755)
    return lambda: subprocess.run(["cp", os.path.join(HERE, "commands", "apt-get"), world.path("usr/bin/apt-get")], check=True)


def disk_full_at_packages(world):
    return met(world, 12, "packages.disk_full", _apt_fails(world, "E: You don't have enough free space in /var/cache/apt/archives/."))


def link_down_at_packages(world):
    return met(world, 11, "packages.source_unreachable", _apt_fails(world, "E: Failed to fetch https://download.01.org/x.deb  Connection failed [IP: 192.0.2.1 443]\nE: Unable to fetch some archives, maybe run apt-get update or try with --fix-missing?"))


def disk_full_at_our_files(world):
    """A file system of 48 kB where the record and the program's copy go."""
    os.makedirs(world.path("var/lib/cosigner"))
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=48k,mode=755", "tmpfs", world.path("var/lib/cosigner")], check=True)
    return met(world, 1, "host.disk_full", lambda: subprocess.run(["mount", "-o", "remount,size=64m", world.path("var/lib/cosigner")], check=True))


_routes = engine_double._ROUTES
_usual_pull, _usual_tag = engine_double._pull, next(r[2] for r in _routes if r[1].startswith("/distribution/"))


def _pull(h, engine, match, query, body):
    hostile = getattr(engine, "bad_pull", None)
    return hostile(h) if hostile else _usual_pull(h, engine, match, query, body)


def _tag(h, engine, *more):
    hostile = getattr(engine, "bad_tag", None)
    return hostile(h) if hostile else _usual_tag(h, engine, *more)


_routes[:] = [("POST", "/images/create", _pull), ("GET", "/distribution/(.+)/json", _tag), *_routes]


def _stream(*lines):
    return lambda h: h._send(200, "".join(json.dumps(line) + "\r\n" for line in lines).encode())


def _bad_pull(world, answer):
    world.engine.bad_pull = answer

    def remove():
        world.engine.bad_pull = None
    return remove


def registry_refuses(world):
    def refuse(h):
        h._json({"message": "Head \"https://registry.gitlab.com/v2/x\": denied: access forbidden"}, 500)
    return met(world, 13, "engine.", _bad_pull(world, refuse))


def other_digest(world):
    def change(profile):
        profile["image"]["digests"]["2026.10.03"] = "sha256:" + "d" * 64
    return met(world, 13, "engine.", _profile_with(world, change))


def moved_tag(world):
    """After the first pull the profile names another digest for the same revision: both are told and the pinned one stays."""
    chrooted.change_answers(world, start=False)
    require(chrooted.setup(world).code == 0, "the first run does not converge")

    def change(profile):
        profile["image"]["digests"]["2026.10.03"] = "sha256:" + "d" * 64
    return met(world, 13, "image.tag_moved", _profile_with(world, change))


def disk_full_at_the_image(world):
    return met(world, 13, "engine.disk_full", _bad_pull(world, _stream(*engine_double._PULL[:3], {
        "errorDetail": {"message": "write /var/lib/docker/tmp/GetImageBlob1: no space left on device"}, "error": "write /var/lib/docker/tmp/GetImageBlob1: no space left on device"})))


def link_down_at_the_image(world):
    return met(world, 11, "engine.registry_unreachable", _bad_pull(world, _stream(*engine_double._PULL[:3], {
        "errorDetail": {"message": "read tcp 192.0.2.1:1->192.0.2.2:443: read: connection reset by peer"}, "error": "read tcp: connection reset by peer"})))


def stream_cut(world):
    """The engine itself goes away in the middle of a pull."""
    def cut(h):
        h.send_response(200)
        h.send_header("Content-Length", "100000")
        h.end_headers()
        h.wfile.write(json.dumps(engine_double._PULL[2]).encode() + b"\r\n")
        h.close_connection = True
    return met(world, 13, "engine.", _bad_pull(world, cut))


def lock_held(world):
    require(chrooted.setup(world, "--until", "hardware").code == 0, "the first run does not converge")
    handle = os.open(world.path("run/cosigner/lock"), os.O_RDWR)
    fcntl.flock(handle, fcntl.LOCK_EX)

    def release():
        fcntl.flock(handle, fcntl.LOCK_UN)  # not only closed: a child that another test forks meanwhile has the same open file
        os.close(handle)
    return met(world, 5, "lock.held", release)


def not_root(world):
    os.chmod(world.path("root"), 0o755)
    for name in ("answers.json", "profile.json"):
        os.chmod(world.path("root/lab/" + name), 0o644)
    chrooted.change_answers(world, start=False)
    os.chmod(world.path("root/lab/answers.json"), 0o644)
    done = chrooted.setup(world, user=chrooted.STRANGER)
    require(done.code == 15 and "root.needed" in done.err and "sudo" in done.err, f"ended with {done.code}: {done.err}")
    require(chrooted.setup(world).code == 0, "as root it does not end with 0")


def unsupported_processor(world):
    good = world.text("root/lab/cpuid.txt")
    world.put("root/lab/cpuid.txt", good.replace("0x756e6547", "0x68747541").replace("0x49656e69", "0x69746e65").replace("0x6c65746e", "0x444d4163"))
    return met(world, 3, "hardware.", lambda: world.put("root/lab/cpuid.txt", good))


def clone(world):
    chrooted.change_answers(world, start=False)
    require(chrooted.setup(world).code == 0, "the first run does not converge")
    good = world.text("etc/machine-id")
    world.put("etc/machine-id", "f" * 32 + "\n")
    return met(world, 7, "state.other_machine", lambda: world.put("etc/machine-id", good))


CASES = (
    ("tokens that are malformed, of a wrong shape, expired or not there are exit 2 before anything is changed, and a good one ends with 0", tokens),
    ("unknown, duplicate and cut-off answers are exit 2, and the right ones end with 0", answer_keys),
    ("a key of another fingerprint is refused, and the announced one ends with 0", other_fingerprint),
    ("a key file with a second key is refused, and the right key alone ends with 0", second_key),
    ("a certificate of an unknown authority is exit 11, and the good one ends with 0", unknown_authority),
    ("a link that goes down in the middle of the key is exit 11, and the next run ends with 0", link_down_at_the_key),
    ("a disk that is full for packages is exit 12, and with space the next run ends with 0", disk_full_at_packages),
    ("a link that goes down in the middle of packages is exit 11, and the next run ends with 0", link_down_at_packages),
    ("a disk that is full for our own files is a named error, and with space the next run ends with 0", disk_full_at_our_files),
    ("a registry that refuses is exit 13, and when it grants the next run ends with 0", registry_refuses),
    ("a digest that the registry has not is exit 13, and the right one ends with 0", other_digest),
    ("a digest that moved is exit 13 with both values, and the pinned one ends with 0", moved_tag),
    ("a disk that is full for the image is exit 13, and with space the next run ends with 0", disk_full_at_the_image),
    ("a link that goes down in the middle of the image is exit 11, and the next run ends with 0", link_down_at_the_image),
    ("an engine that goes away in the middle of the image is exit 13, and the next run ends with 0", stream_cut),
    ("another run that holds the lock is exit 5, and after it the next run ends with 0", lock_held),
    ("another user than root is exit 15, and root ends with 0", not_root),
    ("a processor that cannot do it is exit 3, and on a good one the run ends with 0", unsupported_processor),
    ("the state of another machine is exit 7, and on its own machine the run ends with 0", clone),
)
