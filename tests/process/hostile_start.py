"""A hostile start (threats L3, L4): variables that name traps, closed descriptors, small limits, a crash with cores allowed."""

import json
import os
import re
import resource
import signal
import subprocess

import chrooted
from run import require

_TRAPS = (
    "OPENSSL_CONF", "OPENSSL_MODULES", "OPENSSL_ENGINES", "SSL_CERT_FILE", "SSL_CERT_DIR", "SSLKEYLOGFILE", "CURL_CA_BUNDLE", "CURL_HOME", "CURL_SSL_BACKEND", "NETRC",
    "HOSTALIASES", "RES_OPTIONS", "LOCALDOMAIN", "RESOLV_HOST_CONF", "CARES_CONF", "APT_CONFIG", "DPKG_ROOT", "DPKG_ADMINDIR", "DPKG_FORCE", "DPKG_DATADIR", "DPKG_HOOK",
    "DEBCONF_SYSTEMRC", "DEBIAN_FRONTEND", "DOCKER_HOST", "DOCKER_CONFIG", "DOCKER_CERT_PATH", "DOCKER_CONTEXT", "LD_PRELOAD", "LD_LIBRARY_PATH", "LD_AUDIT", "LD_DEBUG_OUTPUT",
    "GCONV_PATH", "LOCPATH", "NLSPATH", "LOCALE_ARCHIVE", "MALLOC_TRACE", "GLIBC_TUNABLES", "TMPDIR", "TMP", "HOME", "XDG_CONFIG_HOME", "XDG_RUNTIME_DIR", "PATH", "SHELL", "ENV",
    "BASH_ENV", "PERL5LIB", "PYTHONPATH", "GNUPGHOME", "PAGER", "EDITOR", "VISUAL", "TERMINFO", "TERMCAP", "TZ", "TZDIR", "SYSTEMD_PAGER", "NOTIFY_SOCKET", "LANGUAGE", "COSIGNER_PROFILE",
)
_MAY_START = {"/usr/bin/apt-get", "/usr/bin/apt-cache", "/usr/bin/dpkg", "/usr/bin/systemctl", "/usr/sbin/groupadd", "/usr/sbin/usermod", "/usr/bin/udevadm"}
_EXEC = re.compile(r'execve\("([^"]*)", \[(.*?)\](?:, \[(.*)\])?')


def _lay_traps(world):
    os.mkdir(world.path("traps"))
    hook = "#!/bin/sh\n: >/hook-ran\n"
    for name in _TRAPS:
        world.put("traps/" + name, "openssl_conf = x\n.include /traps/INNER\n", 0o755)
    world.put("traps/APT_CONFIG", 'APT::Update::Pre-Invoke {"/traps/hook";};\nDPkg::Pre-Invoke {"/traps/hook";};\n')
    world.put("traps/hook", hook, 0o755)
    os.unlink(world.path("traps/PATH"))
    os.mkdir(world.path("traps/PATH"))
    for name in ("apt-get", "apt-cache", "dpkg", "systemctl", "groupadd", "usermod", "sh", "docker", "less", "pager"):
        world.put("traps/PATH/" + name, hook, 0o755)
    values = {name: "/traps/" + name for name in _TRAPS}
    return {**values, "DOCKER_HOST": "unix:///traps/DOCKER_HOST", "TZ": ":/traps/TZ", "GLIBC_TUNABLES": "glibc.malloc.check=3:/traps/GLIBC_TUNABLES"}


def _trace(world, path, variables, *words, program="/cosigner"):
    """The trace of everything that opens, asks for, connects to or executes a path, from the program's own start on."""
    tracer = ("strace", "-f", "-qq", "-v", "-s", "6000", "-e", "signal=none", "-e", "trace=%file,connect", "-o", path)
    done = chrooted.call(world, *words, env=variables, tracer=tracer, program=program)
    with open(path, errors="replace") as f:
        lines = f.read().splitlines()
    start = next((i for i, line in enumerate(lines) if f'execve("{program}"' in line), None)
    require(start is not None, f"the trace has no start of {program}: {done}")
    return done, lines[start + 1:]


def hostile_variables(world):
    require(len(_TRAPS) >= 40, "fewer than forty variables")
    variables = _lay_traps(world)
    path = world.path("../trace-variables-" + os.path.basename(world.root))
    # That the trap would be seen: a program that does open what a variable names.
    _, lines = _trace(world, path, variables, "sh", "-c", "exec cat $OPENSSL_CONF", program="/bin/busybox")
    require(any("/traps/OPENSSL_CONF" in line for line in lines), "the control opens a trap and the trace does not show it")
    done, lines = _trace(world, path, variables, "setup", *chrooted.ANSWERS, "--until", "sgx-packages")
    require(done.code == 0, f"setup ended with {done.code}: {done.err[-800:]}")
    sprung = [line for line in lines if "/traps/" in line]
    require(not sprung, "a trap was opened, or a variable reached a child:\n" + "\n".join(line[:300] for line in sprung[:5]))
    require(not os.path.exists(world.path("hook-ran")), "a hook ran")
    started = [match for match in map(_EXEC.search, lines) if match]
    # Left out is what the stand-ins, which are scripts of busybox, start themselves.
    own = [match[1] for match in started if not match[1].startswith("/bin/") and match[1] != "/proc/self/exe"]
    require(len(set(own)) >= 3, f"too few children were seen: {own}")
    require(set(own) <= _MAY_START, f"children that nobody needs: {set(own) - _MAY_START}")
    names = {word.split("=")[0].strip(' "') for match in started if match[1] in _MAY_START for word in (match[3] or "").split('", "')}
    require(names <= {"PATH", "LC_ALL", "LANG", "DEBIAN_FRONTEND", "HOME", "APT_LISTCHANGES_FRONTEND", "NEEDRESTART_MODE", "NEEDRESTART_SUSPEND", "DEBCONF_NONINTERACTIVE_SEEN", "UCF_FORCE_CONFFOLD"},
            f"variables of children: {names}")
    return f"{len(_TRAPS)} variables, {len(lines)} calls, {len(own)} children"


def closed_descriptors(world):
    """In every combination: the run ends with 0 and nothing that is said gets into a file of ours."""
    for closed in range(8):
        shell = "exec" + "".join(f" {n}{'<' if n == 0 else '>'}&-" for n in range(3) if closed >> n & 1) + ";" if closed else ""
        os.path.exists(world.path("var/lib/cosigner/bin/cosigner")) and os.unlink(world.path("var/lib/cosigner/bin/cosigner"))
        for words in (("--until", "hardware"), ("--until", "hardware", "--json")):
            done = chrooted.setup(world, *words, before=shell)
            require(done.code == 0, f"closed {closed:03b}: ended with {done.code}: {done.err[-500:]}")
        # A run that has something to complain about, so that the text would have somewhere to go.
        require(chrooted.setup(world, "--until", "nowhere", before=shell).code == 2, "an unknown stage is wrong usage")
    for line in world.text("var/lib/cosigner/journal.jsonl").splitlines():
        json.loads(line)
    json.loads(world.text("run/cosigner/status.json"))
    require(world.text("run/cosigner/lock").count("\n") == 1, "the lock file holds more than its mark")


def small_files(world):
    """A limit on file sizes is a named error of the run, and with the limit gone the next one ends with 0."""
    done = chrooted.setup(world, "--until", "apt-repo", before="ulimit -f 1;")
    require(done.code not in (0, 70) and 0 < done.code < 126, f"ended with {done.code}")
    require("host.file_size_limited" in done.out + done.err, f"the error has no name:\n{done.out[-800:]}{done.err[-800:]}")
    again = chrooted.setup(world, "--until", "apt-repo")
    require(again.code == 0, f"without the limit: {again.code}\n{again.err[-800:]}{again.out[-800:]}")


def crash_at_the_prompt(world):
    """SIGSEGV while `pair` waits for its token: cores are off although the caller allows them, and the memory is not the caller's to read."""
    def allow():
        resource.setrlimit(resource.RLIMIT_CORE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
        os.umask(0)
        signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGTERM, signal.SIGHUP])
    child = subprocess.Popen(["chroot", world.root, "/cosigner", "pair"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, preexec_fn=allow)
    try:
        child.stdin.write(b"eyJhbGciOiJIUzI1NiJ9.canary-of-the-core")
        child.stdin.flush()
        wait_until(lambda: "cosigner" in open(f"/proc/{child.pid}/comm").read() and " 0 " in " ".join(_core_limit(child.pid)), 20, "the program does not start")
        require(_core_limit(child.pid)[:2] == ["0", "0"], f"cores of up to {_core_limit(child.pid)} are allowed")
        status = open(f"/proc/{child.pid}/status").read()
        require(re.search(r"SigBlk:\s+0+\n", status), "the caller's blocked signals are still blocked")
        require(os.stat(f"/proc/{child.pid}/environ").st_uid == 0, "another user owns its memory")
        os.kill(child.pid, signal.SIGSEGV)
        _, wait = os.waitpid(child.pid, 0)
        child.returncode = -signal.SIGSEGV
        require(os.WIFSIGNALED(wait) and os.WTERMSIG(wait) == signal.SIGSEGV, f"it ended otherwise: {wait}")
        require(not os.WCOREDUMP(wait), "it left a core")
    finally:
        child.stdin.close()
        child.stdout.close()
        if child.returncode is None:
            child.kill()
            child.wait()


def _core_limit(pid):
    for line in open(f"/proc/{pid}/limits"):
        if line.startswith("Max core file size"):
            return line[26:].split()
    return []


def wait_until(condition, seconds, what):
    import time
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if condition():
            return
        time.sleep(0.02)
    require(False, what)


CASES = (
    ("forty hostile variables name traps, and none is opened, no hook runs, no child sees one", hostile_variables),
    ("with descriptors 0 to 2 closed in every combination a run ends well and no text gets into a file of ours", closed_descriptors),
    ("a limit on file sizes is a named error, and without it the next run ends with 0", small_files),
    ("a crash at the token's input leaves no core, whatever the caller allows", crash_at_the_prompt),
)
