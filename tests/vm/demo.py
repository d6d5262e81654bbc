#!/usr/bin/env python3
"""The main job, live: a fresh VM, the one program file, `setup`, `setup` again, one summary line.

  demo.py [--kind debian12|ubuntu2204] [--interactive] [--keep] [--shell]
"""
import argparse
import hashlib
import json
import os
import pathlib
import subprocess
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
sys.dont_write_bytecode = True

from scene import ANSWERS, GUEST_PROGRAM, PROFILE, PROGRAM, Scene  # noqa: E402


def say(text):
    print(f"\n=== {text}", flush=True)


def live(scene, *words) -> tuple:
    """Runs the program on the person's own terminal when there is one."""
    tty = sys.stdout.isatty() and sys.stdin.isatty()
    began = time.monotonic()
    code = subprocess.run(scene.vm.argv([GUEST_PROGRAM, *words], tty=tty), stdin=None if tty else subprocess.DEVNULL, check=False).returncode
    return code, time.monotonic() - began


def last_run(scene) -> dict:
    return json.loads(scene.vm.run("cat /var/lib/cosigner/last-run.json", check=False).out or "{}")


def show(options) -> int:
    size = PROGRAM.stat().st_size
    here = hashlib.sha256(PROGRAM.read_bytes()).hexdigest()
    say(f"the program: {size / 1e6:.1f} MB, one file, sha256 {here}")
    say("the lab: doubles of Intel's and the vendor's services on loopback ports; SIMULATION, no SGX hardware is involved")
    began = time.monotonic()
    with Scene(options.kind, "demo") as scene:
        booted = time.monotonic() - began
        there = scene.vm.run(f"sha256sum {GUEST_PROGRAM}").out.split()[0]
        say(f"a fresh VM is up after {booted:.0f} s; the file inside it has sha256 {there}")
        if there != here:
            return 1
        token = scene.put_token()
        arguments = ["--profile", PROFILE] if options.interactive else ["--profile", PROFILE, "--answers", ANSWERS[options.kind]]
        if options.interactive:
            say(f"the pairing token to paste when asked: {token}")
        say(f"in the VM: cosigner setup {' '.join(arguments)}")
        first, first_seconds = live(scene, "setup", *arguments)
        first_report = last_run(scene)
        say("again: nothing may change")
        second, second_seconds = live(scene, "setup", *arguments)
        second_report = last_run(scene)
        say("what it says of itself")
        live(scene, "status")
        if options.shell:
            say("a shell in the VM; leave it to end the demo")
            subprocess.run(scene.vm.argv(tty=sys.stdin.isatty()), check=False)
        if options.keep:
            say(f"kept until Enter is pressed: {' '.join(scene.vm.argv())}")
            input()
    good = first == 0 and second == 0 and second_report.get("effects") == 0
    print(f"\nsummary: {'ok' if good else 'FAILED'} · setup exit {first} in {first_seconds:.0f} s with {first_report.get('effects')} effects · "
          f"second run exit {second} in {second_seconds:.1f} s with {second_report.get('effects')} effects · program {size / 1e6:.1f} MB · VM boot {booted:.0f} s")
    return 0 if good else 1


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("--kind", choices=sorted(ANSWERS), default="debian12")
    parser.add_argument("--interactive", action="store_true", help="the program asks; needs a terminal")
    parser.add_argument("--keep", action="store_true", help="keep the VM until Enter is pressed")
    parser.add_argument("--shell", action="store_true", help="open a shell in the VM at the end")
    options = parser.parse_args()
    if not PROGRAM.exists():
        print(f"{PROGRAM} is not there: run scripts/build-static first", file=sys.stderr)
        return 2
    os.environ.setdefault("TERM", "dumb")
    return show(options)


if __name__ == "__main__":
    sys.exit(main())
