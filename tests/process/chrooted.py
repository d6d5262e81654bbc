"""The program inside a world as somebody else than the plain test would call it: another user, another environment, closed
descriptors, a tracer, a terminal."""

import collections
import json
import os
import subprocess

Done = collections.namedtuple("Done", "code out err")
STRANGER = 12345
_CLEAN = {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "LANG": "C"}
ANSWERS = ("--answers", "/root/lab/answers.json")


def call(world, *words, env=None, stdin=b"", user=None, before="", tracer=(), seconds=300, program="/cosigner"):
    """`before`: shell text ahead of exec, such as "ulimit -f 1;" or redirections' set-up. Variables of `env` reach the program alone."""
    chroot = ["chroot"] + ([f"--userspec={user}:{user}"] if user is not None else []) + [world.root]
    given = ["/bin/busybox", "env", *(f"{k}={v}" for k, v in (env or {}).items())] if env else []
    command = [*tracer, *chroot, *given, program, *words]
    if before:
        command = ["bash", "-c", before + ' exec "$@"', "bash", *command]
    done = subprocess.run(command, input=stdin, capture_output=True, timeout=seconds, cwd="/", env=_CLEAN)
    return Done(done.returncode, done.stdout.decode(errors="surrogateescape"), done.stderr.decode(errors="surrogateescape"))


def setup(world, *words, **more):
    return call(world, "setup", *ANSWERS, *words, **more)


def as_stranger(world, action, user=STRANGER):
    """Runs action() in a child that is chrooted and nobody in particular; its exit code. `action` may use what is loaded already."""
    child = os.fork()
    if child == 0:
        code = 99
        try:
            os.chroot(world.root)
            os.chdir("/")
            os.setgroups([])
            os.setgid(user)
            os.setuid(user)
            code = action() or 0
        finally:
            os._exit(code)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def change_answers(world, name="root/lab/answers.json", **more):
    """Top-level keys of the answers (or the profile) are put in, or taken out where the value is None."""
    values = json.loads(world.text(name))
    values.update(more)
    world.put(name, json.dumps({key: value for key, value in values.items() if value is not None}), 0o600)
