#!/usr/bin/env python3
"""Runs the VM scenes and closes with "N passed, N failed".

  run.py               the default tier
  run.py --full        everything else that the VM shows
  run.py --only NAME   scenes whose name contains NAME (of both tiers)
  run.py --list        names and what they state

Each kind is installed fresh once; its converged machine is frozen, and the other scenes start from the frozen state in
seconds. Times are figures for the summary, never a reason to fail.
"""
import argparse
import os
import pathlib
import sys
import tempfile
import time
import traceback

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))
sys.dont_write_bytecode = True

import scenes_default  # noqa: E402
import scenes_full  # noqa: E402
from scene import Laboratory, Scene, keep_logs  # noqa: E402

LOGS = pathlib.Path(os.environ.get("COSIGNER_LOGS", HERE.parent.parent / "build-logs")) / "vm"


class Runner:
    def __init__(self, only):
        self.only, self.passed, self.failed, self.figures = only, [], [], {}

    def wants(self, scene) -> bool:
        return not self.only or self.only in scene.__name__

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

    def kind(self, kind, fresh, on_converged, on_fresh, folder):
        wanted = [s for s in on_converged if self.wants(s)]
        if wanted or (fresh and self.wants(fresh)):
            lab = Laboratory(kind)
            try:
                lab.up()
                state = folder / f"converged-{kind}"
                name = f"{kind}-{(fresh or scenes_default.fresh_install).__name__}"
                if self.play(name, fresh or scenes_default.fresh_install, lambda: Scene(kind, name, lab=lab), keep=state if wanted else None):
                    for scene in wanted:
                        lab.switch("clear")
                        self.play(f"{kind}-{scene.__name__}", scene, lambda s=scene: Scene(kind, s.__name__, state=state, lab=lab))
            finally:
                lab.down()
        for scene in on_fresh:
            if self.wants(scene):
                make = getattr(scene, "scene_class", Scene)
                self.play(f"{kind}-{scene.__name__}", scene, lambda s=scene: make(kind, s.__name__))

    def close(self) -> int:
        print("\nfigures (software emulation, a shared machine):")
        for name, figures in self.figures.items():
            print(f"  {name}: " + ", ".join(f"{k} {v}" for k, v in figures.items()))
        for name in self.failed:
            print(f"  FAILED {name}")
        print(f"{len(self.passed)} passed, {len(self.failed)} failed")
        return 1 if self.failed or not self.passed else 0


def listed():
    for tier in (scenes_default, scenes_full):
        for scene in [*tier.FRESH.values(), *tier.ON_CONVERGED, *getattr(tier, "ON_FRESH", [])]:
            print(f"{scene.__name__}: {(scene.__doc__ or '').strip().splitlines()[0]}")


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("--full", action="store_true")
    parser.add_argument("--only", default="")
    parser.add_argument("--list", action="store_true")
    options = parser.parse_args()
    if options.list:
        listed()
        return 0
    runner = Runner(options.only)
    tiers = [scenes_default, scenes_full] if options.only else [scenes_full if options.full else scenes_default]
    with tempfile.TemporaryDirectory(prefix="cosigner-states-", dir="/var/tmp") as folder:
        for kind in ("debian12", "ubuntu2204"):
            fresh = next((t.FRESH[kind] for t in tiers if kind in t.FRESH), None)
            on_converged = [s for t in tiers for s in t.ON_CONVERGED] if kind == "debian12" else []
            on_fresh = [s for t in tiers for s in getattr(t, "ON_FRESH", [])] if kind == "debian12" else []
            runner.kind(kind, fresh, on_converged, on_fresh, pathlib.Path(folder))
    return runner.close()


if __name__ == "__main__":
    sys.exit(main())
