"""Files that the operator names (threats E1, E3, E4, L6): whose they are, what they may hold, what a caller behind sudo gets by them."""

import json
import os
import subprocess

import chrooted
from run import require

_CALLER = {"SUDO_UID": str(chrooted.STRANGER), "SUDO_GID": str(chrooted.STRANGER), "SUDO_USER": "clerk"}
_UNTIL = ("--until", "hardware")


def _give(world, path, mode=0o600, uid=0):
    os.chmod(world.path(path), mode)
    os.chown(world.path(path), uid, uid)


def _effects(world):
    return os.path.exists(world.path("var/lib/cosigner/journal.jsonl"))


def _shapes(world, path):
    """What may stand at the path of answers or profile: (name, whether it is believed, how it is made)."""
    good = world.text(path)

    def fresh(mode=0o600, uid=0):
        subprocess.run(["rm", "-rf", world.path(path), world.path("other")], check=True)
        world.put(path, good, mode)
        _give(world, path, mode, uid)

    def other(make):
        subprocess.run(["rm", "-rf", world.path(path), world.path("other")], check=True)
        world.put("other", good, 0o600)
        make(world.path("other"), world.path(path))

    yield "root's, 0600", True, fresh
    yield "root's, 0644", True, lambda: fresh(0o644)
    yield "writable by its group", False, lambda: fresh(0o620)
    yield "writable by everybody", False, lambda: fresh(0o606)
    yield "another user's", False, lambda: fresh(0o600, chrooted.STRANGER + 1)
    yield "a link", False, lambda: other(lambda to, at: os.symlink("/other", at))
    yield "a second name of a file", False, lambda: other(os.link)
    yield "a pipe", False, lambda: other(lambda to, at: os.mkfifo(at))
    yield "a directory", False, lambda: other(lambda to, at: os.mkdir(at))
    yield "a device", False, lambda: other(lambda to, at: os.mknod(at, 0o20600, os.makedev(1, 5)))
    fresh()


def whose_files_are_believed(world):
    for path in ("root/lab/answers.json", "root/lab/profile.json"):
        for name, is_good, make in _shapes(world, path):
            make()
            done = chrooted.setup(world, "--until", "hardware") if is_good else chrooted.setup(world)
            require(done.code == (0 if is_good else 2), f"{path}, {name}: ended with {done.code}: {done.err[-500:]}{done.out[-300:]}")
            if is_good:
                subprocess.run(["rm", "-rf", world.path("var/lib/cosigner")], check=True)
            else:
                require(not _effects(world), f"{path}, {name}: something was changed")
        world.put(path, world.text(path), 0o600)
    # Behind sudo his own files are believed too, and nobody else's but root's.
    os.chmod(world.path("root"), 0o755)
    for uid, code in ((chrooted.STRANGER, 0), (chrooted.STRANGER + 1, 2)):
        _give(world, "root/lab/answers.json", 0o644, uid)
        _give(world, "root/lab/profile.json", 0o644, 0)
        done = chrooted.call(world, "plan", *chrooted.ANSWERS, *_UNTIL, env=_CALLER)
        require(done.code == code, f"of uid {uid} behind sudo: {done.code}: {done.err[-500:]}")


def opened_once(world):
    """No look by name before or after: what was judged is what is parsed, whatever takes the name meanwhile."""
    trace = world.path("../trace-answers-" + os.path.basename(world.root))
    tracer = ("strace", "-f", "-qq", "-y", "-e", "signal=none", "-e", "trace=%file,read", "-o", trace)
    done = chrooted.setup(world, *_UNTIL, tracer=tracer)
    require(done.code == 0, f"ended with {done.code}: {done.err[-500:]}")
    with open(trace, errors="replace") as f:
        lines = f.read().splitlines()
    for name in ("answers.json", "profile.json"):
        named = [line for line in lines if f'"/root/lab/{name}"' in line and "execve(" not in line]
        require(len(named) == 1 and "open" in named[0] and "O_NOFOLLOW" in named[0], f"{name} is named by {len(named)} calls: {named}")
        require(any(f"/root/lab/{name}>" in line for line in lines), f"the trace does not show how {name} is read")


def swapped(world):
    """The file is exchanged for another one all the time: each run believes one of the two whole, and root's alone."""
    bad = world.text("root/lab/answers.json").replace('"firstUser"', '"CANARYfirstUser"')
    world.put("root/lab/his.json", bad, 0o666)
    _give(world, "root/lab/his.json", 0o666, chrooted.STRANGER)
    one, other = world.path("root/lab/answers.json"), world.path("root/lab/his.json")
    script = "import ctypes,sys,time\nc=ctypes.CDLL(None)\nwhile True: c.renameat2(-100,sys.argv[1].encode(),-100,sys.argv[2].encode(),2)"
    racer = subprocess.Popen(["nice", "-n", "5", "python3", "-c", script, one, other])
    codes = []
    try:
        for _ in range(25):
            done = chrooted.call(world, "plan", *chrooted.ANSWERS, *_UNTIL)
            codes.append(done.code)
            require(done.code in (0, 2), f"ended with {done.code}: {done.err[-400:]}")
            require("CANARY" not in done.out + done.err, "his file was parsed")
            require(done.code == 0 or "answers.file_unsafe" in done.err, f"refused for another reason: {done.err[-400:]}")
    finally:
        racer.kill()
        racer.wait()
    return f"believed {codes.count(0)}, refused {codes.count(2)}"


def secret_pump(world):
    """A reference to what is no secret of his, and a login that would go to a host that the same file names."""
    world.put("root/secret", "canary-of-the-pump\n", 0o600)
    trace = world.path("../trace-pump-" + os.path.basename(world.root))
    refused = []
    for number, make in enumerate((
            lambda at: os.chmod(at, 0o640), lambda at: os.chmod(at, 0o604), lambda at: os.chown(at, chrooted.STRANGER, chrooted.STRANGER),
            lambda at: (os.unlink(at), os.symlink("/root/secret", at)), lambda at: (os.unlink(at), os.link(world.path("root/secret"), at)),
            lambda at: (os.unlink(at), os.mkfifo(at, 0o600)), lambda at: (os.unlink(at), os.mkdir(at)), lambda at: world.put("root/pw", "x" * 65537, 0o600))):
        subprocess.run(["rm", "-rf", world.path("root/pw")], check=True)
        world.put("root/pw", "canary-of-the-pump\n", 0o600)
        make(world.path("root/pw"))
        chrooted.change_answers(world, registry={"username": "reader", "password": {"file": "/root/pw"}})
        done = chrooted.setup(world)
        refused.append(done.code)
        require(done.code == 2 and "answers.secret_" in done.err + done.out, f"reference {number}: ended with {done.code}: {done.err[-500:]}{done.out[-500:]}")
        require("canary-of-the-pump" not in done.out + done.err, f"reference {number}: the secret was said")
    subprocess.run(["rm", "-rf", world.path("root/pw"), world.path("var/lib/cosigner")], check=True)
    world.put("root/pw", "canary-of-the-pump\n", 0o600)
    # Another host for the login is a weakening: without its acceptance the secret is not even opened.
    chrooted.change_answers(world, image={"source": "mirror", "mirror": "evil.example/x", "digest": "sha256:" + "a" * 64})
    done = chrooted.setup(world, tracer=("strace", "-f", "-qq", "-e", "signal=none", "-e", "trace=%file", "-o", trace))
    require(done.code == 2 and "image.other_repository" in done.err, f"another host: {done.code}: {done.err[-500:]}")
    with open(trace, errors="replace") as f:
        require("/root/pw" not in f.read(), "the secret was opened before its host was accepted")
    # The token's grammar is checked before it leaves: a file of another kind is not sent anywhere.
    chrooted.change_answers(world, image=None, registry=None, pairing={"token": {"file": "/root/secret"}, "firstUser": True})
    done = chrooted.setup(world)
    require(done.code == 2 and "canary-of-the-pump" not in done.out + done.err, f"no token: {done.code}: {done.err[-500:]}")
    require(not world.engine.containers, "a container was made with it")


_TOKEN = "eyJhbGciOiJIUzI1NiJ9.eyJ1c2VySWQiOiJDQU5BUlkifQ.CANARYcanaryCANARYcanaryCANARY"


def token_as_key(world):
    """In key position, at every level, twice, beside a byte order mark, a NUL, or too deep: its place is told, never the text."""
    def nested(keys, last):
        for key in reversed(keys):
            last = {key: last}
        return json.dumps({"version": 1, **last} if keys else {"version": 1, **last})
    texts = [nested(keys, {_TOKEN: 1}) for keys in ((), ("pairing",), ("pairing", "token"), ("callback",), ("callback", "publicKey"), ("image",), ("registry",), ("registry", "password"),
                                                   ("proxy",), ("tls",), ("docker",), ("sgx",), ("sgx", "repository"), ("attestation",), ("host",), ("wait",))]
    texts += ['{"version":1,"%s":1,"%s":2}' % (_TOKEN, _TOKEN), '\ufeff{"version":1,"%s":1}' % _TOKEN, '{"version":1,"%s\x00":1}' % _TOKEN, '{"version":1,"%s":' % _TOKEN,
              '{"version":1,"%s":%s1%s}' % (_TOKEN, "[" * 200, "]" * 200), '{"version":1,"pairing":{"token":"%s"}}' % _TOKEN, '{"version":1,"profile":"%s"}' % _TOKEN,
              '{"version":1,"start":"%s"}' % _TOKEN, "%s" % _TOKEN, '{"version":1,"users":[{"%s":1}]}' % _TOKEN, '{"version":1,"waive":["%s"],"maxDisruption":"%s"}' % (_TOKEN, _TOKEN)]
    for number, text in enumerate(texts):
        world.put("root/lab/key.json", text, 0o600)
        for words in (("config", "validate", "/root/lab/key.json"), ("plan", "--answers", "/root/lab/key.json"), ("plan", "--answers", "/root/lab/key.json", "--json"),
                      ("setup", "--answers", "/root/lab/key.json", "--json"), ("plan", "--profile", "/root/lab/key.json")):
            done = chrooted.call(world, *words)
            require(done.code == 2, f"text {number}, {words[0]}: ended with {done.code}: {done.err[-300:]}")
            require("canary" not in (done.out + done.err).lower() and _TOKEN[:20] not in done.out + done.err, f"text {number}, {words[0]}: it was said")
    world.put("root/lab/key.json", '{"version":1,\n "pairing":{\n  "%s":1}}' % _TOKEN, 0o600)
    done = chrooted.call(world, "config", "validate", "/root/lab/key.json")
    require("line 3" in done.err and "pairing" in done.err, f"line and parent are not told: {done.err}")
    for verb in (("setup",), ("plan",), ("pair",), ("status",), ()):
        done = chrooted.call(world, *verb, _TOKEN)
        require(done.code == 2 and "CANARY" not in done.out + done.err, f"as a word of {verb}: {done.code}")
    require(not _effects(world), "something was changed")
    return f"{len(texts)} texts"


def outputs_of_sudo(world):
    """Verbs delegated by sudo make no file that their caller could not make, and read none that he could not read."""
    stranger = chrooted.STRANGER
    world.put("etc/shadow", "canary-of-shadow:$6$x:1:0:99999:7:::\n", 0o600)
    os.mkdir(world.path("etc/cron.d"))
    os.mkdir(world.path("home"))
    os.mkdir(world.path("home/clerk"))
    os.chown(world.path("home/clerk"), stranger, stranger)
    os.symlink("/etc/cron.d/evil", world.path("home/clerk/link"))
    os.symlink("/etc/shadow", world.path("home/clerk/shadow"))
    os.chmod(world.path("root"), 0o755)
    _give(world, "root/lab/answers.json", 0o644)
    before = {path: world.text(path) for path in ("etc/shadow", "etc/passwd")}
    outputs = ("/etc/cron.d/evil", "/etc/evil", "/etc/shadow", "/etc/passwd", "/root/evil", "/var/lib/evil", "/evil", "/home/clerk/link", "/home/clerk/shadow", "/dev/null", "/home")
    for output in outputs:
        for words in (("plan", *chrooted.ANSWERS, *_UNTIL, "--out", output), ("setup", *chrooted.ANSWERS, *_UNTIL, "--record", output)):
            done = chrooted.call(world, *words, env=_CALLER)
            require(words[0] == "setup" or done.code != 0, f"{words[0]} to {output}: ended with {done.code}")
            require(words[0] == "plan" or "could not be written" in done.err, f"{words[0]} to {output} does not say that it was not written: {done.err[-300:]}")
    made = [path for path in ("etc/cron.d/evil", "etc/evil", "root/evil", "var/lib/evil", "evil") if os.path.lexists(world.path(path))]
    require(not made, f"made: {made}")
    require(before == {path: world.text(path) for path in before}, "a file of root's was written to")
    require(os.readlink(world.path("home/clerk/link")) == "/etc/cron.d/evil", "his link was replaced")
    for file in ("/etc/shadow", "/home/clerk/shadow"):
        for words in (("plan", "--answers", file), ("plan", "--profile", file), ("setup", "--answers", file), ("config", "validate", file), ("status", "--answers", file)):
            for env in (_CALLER, None):  # as root himself it is read and refused: even then not a word of it is said
                done = chrooted.call(world, *words, env=env)
                require("canary-of-shadow" not in done.out + done.err and "$6$" not in done.out + done.err, f"{words}: a line of it was said")
                require(done.code == 2, f"{words}: ended with {done.code}")
    his = chrooted.call(world, "plan", *chrooted.ANSWERS, *_UNTIL, "--out", "/home/clerk/plan.json", env=_CALLER)
    require(his.code == 0 and os.stat(world.path("home/clerk/plan.json")).st_uid == stranger, f"his own folder: {his.code}: {his.err[-300:]}")
    return f"{len(outputs)} outputs of two verbs"


_SUDOERS = os.path.join(os.path.dirname(__file__), "..", "..", "packaging", "sudoers.d", "cosigner-operators")


def sudoers_example(world):
    """The example that is shipped is what sudo takes, names whole command lines without a file, and each of them works behind sudo."""
    checked = subprocess.run(["visudo", "-cf", _SUDOERS], capture_output=True, text=True)
    require(checked.returncode == 0, f"visudo: {checked.stdout}{checked.stderr}")
    read = json.loads(subprocess.run(["cvtsudoers", "-f", "json", _SUDOERS], capture_output=True, text=True, check=True).stdout)
    lines = [entry["command"].split() for alias in read["Command_Aliases"].values() for entry in alias]
    require(chrooted.setup(world).code == 0, "the set-up does not converge")
    for program, verb, *options in lines:
        require(program == "/var/lib/cosigner/bin/cosigner" and not set("".join(options)) & set("*?[]!/="), f"{verb} {options}: a wildcard or a file")
        require(not set(options) - {"--json", "--check", "--yes"}, f"{verb} {options}: an option that takes something")
        done = chrooted.call(world, verb, *options, env=_CALLER, program=program)
        require(done.code == 0, f"{verb} {options} behind sudo: {done.code}: {done.err[-500:]}{done.out[-300:]}")
    return f"{len(lines)} command lines"


CASES = (
    ("the shipped sudoers example is taken by sudo, has no way to a file, and each of its lines works", sudoers_example),
    ("answers and profile are believed when they are root's or the caller's, closed to others, and no link, pipe or second name", whose_files_are_believed),
    ("answers and profile are opened once, without following a link, and named by no other call", opened_once),
    ("a file that is exchanged all the time is believed whole or refused", swapped),
    ("a secret's reference is no pump: what is not his is refused, another host is a weakening, and nothing is opened for it", secret_pump),
    ("a token in the place of a key or a word is never said, by any verb", token_as_key),
    ("verbs delegated by sudo write and read with their caller's rights, and never quote what they read", outputs_of_sudo),
)
