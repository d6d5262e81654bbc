#!/usr/bin/env python3
"""The simulation lab: doubles of every service that a set-up talks to, on loopback ports of this machine.

  lab.py up --run-dir DIR [--detach]     start everything, write DIR/lab.json (foreground: until SIGTERM or Ctrl-C)
  lab.py down --run-dir DIR              end exactly this lab's processes
  lab.py token --run-dir DIR [--user GUID] [--minutes N] [--expired] [--at EPOCH] [--not-first]
  lab.py set --run-dir DIR SUBJECT.NAME=VALUE...     (an empty VALUE removes the switch; "clear" removes all)
  lab.py switches                        list the switches
  lab.py log --run-dir DIR NAME          access log (web, gateway, callback, proxy) as JSON lines
  lab.py state --run-dir DIR             the gateway's state
"""

import argparse
import json
import os
import shutil
import signal
import subprocess
import sys
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, HERE)
sys.dont_write_bytecode = True

import apt_repos  # noqa: E402
import callback_material  # noqa: E402
import drivers  # noqa: E402
import enclaves  # noqa: E402
import guest_files  # noqa: E402
import image  # noqa: E402
import names  # noqa: E402
import pki  # noqa: E402
import platforms  # noqa: E402
import processes  # noqa: E402
import public_images  # noqa: E402
import registry  # noqa: E402
import signing  # noqa: E402
import switches  # noqa: E402
import tokens  # noqa: E402

_PORTS = ("web", "registry", "gateway", "callback", "callback-pinned", "callback-chain", "proxy", "ntp")


def _ports(run):
    """Ports of this run, kept over a restart so that a running guest finds everything again."""
    path = os.path.join(run, "ports.json")
    if not os.path.exists(path):
        with open(path, "w") as f:
            json.dump(dict(zip(_PORTS, processes.free_ports(len(_PORTS)))), f)
    with open(path) as f:
        return json.load(f)


def _fill_registry(root, run, ports):
    digests = {**image.write_storage(root, run, ports), **public_images.write_storage(root)}
    with open(os.path.join(run, "registry", "digests.json"), "w") as f:
        json.dump(digests, f, indent=1)


def prepare(run):
    """Everything on disk that the servers need; what is there is kept. Ports, registry command, lab.json's content."""
    os.makedirs(run, exist_ok=True)
    os.chmod(run, 0o700)
    ports = _ports(run)
    ca = pki.make(os.path.join(run, "pki"))
    enclaves.make(run)
    platforms.make(run)
    callback_material.make(run)
    keyring = signing.Keyring(os.path.join(run, "keys"))
    done = os.path.join(run, "repositories.done")
    if not os.path.exists(done):
        with keyring:
            apt_repos.make(run, keyring)
        open(done, "w").close()
    os.makedirs(os.path.join(run, "registry"), exist_ok=True)
    command = registry.prepare(run, ports["registry"], lambda root: _fill_registry(root, run, ports))
    with open(os.path.join(run, "registry", "digests.json")) as f:
        digests = json.load(f)
    digests["driver"] = drivers.write(os.path.join(run, "drivers"))
    files = guest_files.write(run, keyring, digests)
    document = {
        "forwards": names.forwards(ports), "ca_file": ca, "ntp_port": None, "files": files,
        "control": {"run_dir": run, "switches": os.path.join(run, "control", "switches.json"),
                    "logs": os.path.join(run, "logs"), "gateway_state": os.path.join(run, "state", "gateway.json")},
        "keys": keyring.fingerprints, "digests": digests,
        "registry": {"username": registry.USER, "password_file": os.path.join(run, "keys", "registry-password")},
    }
    return ports, command, document


def _start(run, group):
    ports, registry_command, document = prepare(run)
    python = [sys.executable, "-B"]
    script = lambda name: [*python, os.path.join(HERE, name), run]  # noqa: E731
    group.start("registry", registry_command)
    group.start("web", script("web.py") + [str(ports["web"]), str(ports["registry"])])
    group.start("gateway", script("gateway.py") + [str(ports["gateway"])])
    group.start("callback", script("callback.py") + [str(ports[p]) for p in ("callback", "callback-pinned", "callback-chain")])
    group.start("proxy", script("proxy.py") + [str(ports["proxy"])])
    group.start("ntp", script("ntp.py") + [str(ports["ntp"])])
    document["ntp_port"] = ports["ntp"]
    for name, port in ports.items():
        if name != "ntp":
            processes.wait_listening(port)
    scratch = os.path.join(run, "lab.json.new")
    with open(scratch, "w") as f:
        json.dump(document, f, indent=1)
    os.replace(scratch, os.path.join(run, "lab.json"))


def up(run):
    if processes.running(run):
        sys.exit(f"a lab runs in {run} already")
    group, asked = processes.Group(run), []
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: asked.append(1))
    try:
        _start(run, group)
        print(f"lab is up: {os.path.join(run, 'lab.json')}", flush=True)
        while not asked:
            time.sleep(0.2)
            if group.ended():
                sys.exit(f"lab: {group.ended()} ended by itself, see {os.path.join(run, 'logs')}")
    finally:
        group.stop()
        ready = os.path.join(run, "lab.json")
        if os.path.exists(ready):
            os.remove(ready)


def up_detached(run, seconds=900):
    os.makedirs(os.path.join(run, "logs"), exist_ok=True)
    log = os.path.join(run, "logs", "supervisor.out")
    with open(log, "ab") as out:
        child = subprocess.Popen([sys.executable, "-B", os.path.abspath(__file__), "up", "--run-dir", run],
                                 stdin=subprocess.DEVNULL, stdout=out, stderr=out, start_new_session=True)
    end = time.monotonic() + seconds
    while not os.path.exists(os.path.join(run, "lab.json")):
        if child.poll() is not None or time.monotonic() > end:
            child.terminate()
            with open(log) as f:
                sys.exit("the lab did not start:\n" + f.read()[-3000:])
        time.sleep(0.2)
    print(os.path.join(run, "lab.json"))


def set_switches(run, assignments):
    control = switches.Switches(run)
    for text in assignments:
        if text == "clear":
            control.clear()
            continue
        key, sign, value = text.partition("=")
        if not sign:
            sys.exit(f"not SUBJECT.NAME=VALUE: {text}")
        try:
            control.set(key, value if value != "" else None)
        except ValueError as error:
            sys.exit(str(error))


def _parse(arguments):
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    verbs = parser.add_subparsers(dest="verb", required=True)
    for name in ("up", "down", "token", "set", "log", "state", "switches"):
        verb = verbs.add_parser(name)
        if name != "switches":
            verb.add_argument("--run-dir", required=True)
        if name == "up":
            verb.add_argument("--detach", action="store_true")
        if name == "set":
            verb.add_argument("assignments", nargs="+")
        if name == "log":
            verb.add_argument("name")
        if name == "token":
            verb.add_argument("--user")
            verb.add_argument("--minutes", type=float, default=60)
            verb.add_argument("--expired", action="store_true")
            verb.add_argument("--at", type=int)
            verb.add_argument("--not-first", action="store_true")
    return parser.parse_args(arguments)


def main():
    args = _parse(sys.argv[1:])
    run = os.path.abspath(args.run_dir) if "run_dir" in args else None
    if args.verb == "up":
        up_detached(run) if args.detach else up(run)
    elif args.verb == "down":
        sys.exit(0 if processes.end(run) else "some processes of the lab are still there")
    elif args.verb == "token":
        at = args.at if not args.expired else int(time.time()) - 2 * 3600
        print(tokens.issue(run, args.user, args.minutes, at, not args.not_first))
    elif args.verb == "set":
        set_switches(run, args.assignments)
    elif args.verb == "switches":
        print("\n".join(f"{name:14} {text}" for name, text in switches.KNOWN.items()))
    else:
        path = os.path.join(run, "logs", args.name + ".jsonl") if args.verb == "log" else os.path.join(run, "state", "gateway.json")
        if os.path.exists(path):
            with open(path) as f:
                shutil.copyfileobj(f, sys.stdout)


if __name__ == "__main__":
    main()
