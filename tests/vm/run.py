#!/usr/bin/env python3
"""Runs the VM scenes and closes with "N passed, N failed".

  run.py               the default tier
  run.py --full        everything else that the VM shows
  run.py --only NAMES  scenes whose name contains one of NAMES (separated by commas; of both tiers)
  run.py --list        names and what they state
  run.py --stay KIND[:FIRST]  one fresh install (or the scene FIRST); then each line of standard input names scenes that start
                       from it, read anew from their files: for whoever writes or mends one

Each kind is installed fresh once; its converged machine is frozen, and the other scenes start from the frozen state in
seconds. Times are figures for the summary, never a reason to fail.
"""
import argparse
import importlib
import os
import pathlib
import shutil
import signal
import sys
import tempfile
import time
import traceback

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))
sys.dont_write_bytecode = True

import scenes_attestation  # noqa: E402
import scenes_bad_input  # noqa: E402
import scenes_default  # noqa: E402
import scenes_doctor  # noqa: E402
import scenes_full  # noqa: E402
import scenes_provider  # noqa: E402
import scenes_secrets  # noqa: E402
import scenes_stack  # noqa: E402
import scenes_terminal  # noqa: E402
from scene import Laboratory, Scene, keep_logs  # noqa: E402

#: What --full plays, beside the default tier. Bad input comes last: its last scene pairs anew, and from then on the lab's gateway calls the
#: device of the frozen machine revoked.
FULL = [scenes_full, scenes_terminal, scenes_secrets, scenes_doctor, scenes_attestation, scenes_stack, scenes_provider, scenes_bad_input]
LOGS = pathlib.Path(os.environ.get("COSIGNER_LOGS", HERE.parent.parent / "build-logs")) / "vm"


class Runner:
    def __init__(self, only):
        self.only, self.passed, self.failed, self.figures = only, [], [], {}

    def wants(self, scene) -> bool:
        return not self.only or any(part in scene.__name__ for part in self.only.split(","))

    def play(self, name, scene_function, make_scene, keep=None) -> bool:
        """One scene on its own guest; `keep`: a folder that the guest is frozen into when it passed."""
        print(f"-- {name}: {(scene_function.__doc__ or '').strip().splitlines()[0]}", flush=True)
        figures, began = {}, time.monotonic()
        scene = make_scene()
        try:
            with scene:
                try:
                    scene_function(scene, figures)
                    if keep:
                        scene.save(keep)
                except BaseException:
                    keep_logs(scene, LOGS / name)
                    raise
        except Exception:  # noqa: BLE001  a failed scene must not end the others
            traceback.print_exc()
            print(f"   FAILED {name} after {time.monotonic() - began:.0f} s; logs in {LOGS / name}", flush=True)
            self.failed.append(name)
            return False
        figures["scene s"] = round(time.monotonic() - began)
        self.figures[name] = figures
        self.passed.append(name)
        print(f"   ok {name}: " + ", ".join(f"{k} {v}" for k, v in figures.items()), flush=True)
        return True

    def chain(self, kind, first, followers, folder):
        """`first` on a fresh machine; what it made is frozen, and each follower starts from there."""
        wanted = [s for s in followers if self.wants(s)]
        if not wanted and not self.wants(first):
            return
        lab, name = Laboratory(kind), f"{kind}-{first.__name__}"
        state = folder / name
        try:
            lab.up()
            if self.play(name, first, lambda: Scene(kind, name, lab=lab), keep=state if wanted else None):
                for scene in wanted:
                    lab.switch("clear")
                    self.play(f"{kind}-{scene.__name__}", scene, lambda s=scene: Scene(kind, s.__name__, state=state, lab=lab))
        finally:
            lab.down()
            shutil.rmtree(state, ignore_errors=True)

    @staticmethod
    def named(name):
        """The scene, from its file as it is now."""
        return next((found for module in [scenes_default, *FULL] if (found := getattr(importlib.reload(module), name, None))), None)

    def stay(self, kind, first, folder):
        """Plays the first scene once, then what standard input names, until it ends."""
        lab, state = Laboratory(kind), folder / kind
        try:
            lab.up()
            if not self.play(f"{kind}-{first}", self.named(first), lambda: Scene(kind, first, lab=lab), keep=state):
                return
            print("ready", flush=True)
            for line in sys.stdin:
                for name in line.split():
                    scene = self.named(name)
                    if scene is None:
                        print(f"   no scene is called {name}", flush=True)
                        continue
                    lab.switch("clear")
                    self.play(f"{kind}-{name}", scene, lambda n=name: Scene(kind, n, state=state, lab=lab))
        finally:
            lab.down()
            shutil.rmtree(state, ignore_errors=True)

    def alone(self, kind, scene):
        if self.wants(scene):
            self.play(f"{kind}-{scene.__name__}", scene, lambda: getattr(scene, "scene_class", Scene)(kind, scene.__name__))

    def close(self) -> int:
        print("\nfigures (software emulation, a shared machine):")
        for name, figures in self.figures.items():
            print(f"  {name}: " + ", ".join(f"{k} {v}" for k, v in figures.items()))
        for name in self.failed:
            print(f"  FAILED {name}")
        print(f"{len(self.passed)} passed, {len(self.failed)} failed")
        return 1 if self.failed or not self.passed else 0


def chains_of(modules) -> list:
    """Chains with the same beginning are one, so that it is played once."""
    merged = {}
    for module in modules:
        for kind, first, followers in module.CHAINS:
            merged.setdefault((kind, first), []).extend(followers)
    return [(kind, first, followers) for (kind, first), followers in merged.items()]


def listed():
    for kind, first, followers in chains_of([scenes_default, *FULL]):
        for scene in (first, *followers):
            print(f"{kind} {scene.__name__}: {(scene.__doc__ or '').strip().splitlines()[0]}")
    for module in (scenes_default, *FULL):
        for kind, scene in module.ALONE:
            print(f"{kind} {scene.__name__}: {(scene.__doc__ or '').strip().splitlines()[0]}")


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("--full", action="store_true")
    parser.add_argument("--only", default="")
    parser.add_argument("--list", action="store_true")
    parser.add_argument("--stay", default="", metavar="KIND[:FIRST]")
    options = parser.parse_args()
    if options.list:
        listed()
        return 0
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that guests, labs and frozen machines are removed
    runner = Runner(options.only)
    modules = [scenes_default, *FULL] if options.only else FULL if options.full else [scenes_default]
    with tempfile.TemporaryDirectory(prefix="cosigner-states-", dir="/var/tmp") as folder:
        if options.stay:
            kind, _, first = options.stay.partition(":")
            runner.stay(kind, first or "fresh_install", pathlib.Path(folder))
            return runner.close()
        for kind, first, followers in chains_of(modules):
            runner.chain(kind, first, followers, pathlib.Path(folder))
        for module in modules:
            for kind, scene in module.ALONE:
                runner.alone(kind, scene)
    return runner.close()


if __name__ == "__main__":
    sys.exit(main())
