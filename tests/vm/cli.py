"""The VM harness for people.

    python3 tests/vm/cli.py image                                builds the base images, if missing
    python3 tests/vm/cli.py boot [--kind K] [--lab lab.json] --shell
    python3 tests/vm/cli.py boot ... run CMD...                  one command, its exit code is ours
    python3 tests/vm/cli.py boot ... --save DIR                  freezes the booted VM
    python3 tests/vm/cli.py boot --state DIR [--lab lab.json] --shell

--push LOCAL:REMOTE copies a file in first (kept executable). The VM is gone when the command or
the shell ends; its console log stays.
"""
import argparse
import os
import signal
import subprocess
import sys

import image
from vm import VM, GuestError


def parse(arguments):
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    verbs = parser.add_subparsers(dest="verb", required=True)
    make = verbs.add_parser("image", help="build the base images and print their folder")
    make.add_argument("--kind", default="debian12", choices=sorted(image.KINDS))
    boot = verbs.add_parser("boot", help="boot or restore a VM, do something in it, remove it")
    boot.add_argument("--kind", default="debian12", choices=sorted(image.KINDS))
    boot.add_argument("--lab", help="the lab's lab.json")
    boot.add_argument("--state", help="restore this saved state instead of booting")
    boot.add_argument("--push", action="append", default=[], metavar="LOCAL:REMOTE")
    boot.add_argument("--shell", action="store_true", help="a root shell in the VM")
    boot.add_argument("--save", metavar="DIR", help="freeze the VM into DIR at the end")
    boot.add_argument("words", nargs=argparse.REMAINDER, metavar="run CMD...")
    options = parser.parse_args(arguments)
    if options.verb == "boot" and options.words and (options.words[0] != "run" or len(options.words) < 2):
        parser.error(f"expected `run CMD...`, got {' '.join(options.words)}")
    return options


def boot(options) -> int:
    print("vm: starting (under emulation, about a minute)", file=sys.stderr, flush=True)
    code = 0
    with VM(kind=options.kind, lab=options.lab, state=options.state, name="cli") as vm:
        print(f"vm: up; console in {vm.logs / 'console.log'}", file=sys.stderr, flush=True)
        for pair in options.push:
            local, _, remote = pair.rpartition(":")
            vm.push(local, remote, 0o755 if os.access(local, os.X_OK) else 0o644)
        if options.words:
            words = options.words[1:]
            command = words[0] if len(words) == 1 else words
            code = subprocess.run(vm.argv(command, tty=sys.stdin.isatty()), check=False).returncode
        if options.shell:
            code = subprocess.run(vm.argv(tty=True), check=False).returncode
        if options.save:
            print(vm.save(options.save))
    return code


def main() -> int:
    options = parse(sys.argv[1:])
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that the VM is removed
    try:
        if options.verb == "image":
            print(image.ensure(options.kind).folder)
            return 0
        return boot(options)
    except (GuestError, RuntimeError, OSError) as error:
        print(f"vm: {error}", file=sys.stderr)
        return 1


if __name__ == "__main__":
    sys.exit(main())
