"""Process tests of what an attacker or an accident brings to the built program (threats L1–L6, L9, E1, E3, E4, G1, N6, R3, and every
bad input of a set-up): in worlds of their own (world.py), as root by chroot, on loopback alone.

  hostile.py WORK_FOLDER [--full] [--only TEXT]     started by `run` inside namespaces; WORK_FOLDER/cosigner is the program

By default two kinds of planted entries are tried at each path and the racer works for 10 s; with --full all kinds, and 60 s.
"""

import concurrent.futures
import os
import subprocess
import sys

import apt_policy
import bad_input
import hostile_files
import hostile_outputs
import hostile_paths
import hostile_start
import hostile_terminal
import instance_service
import run

_AT_ONCE = 4


class Hostile(run.Tests):
    def one_world(self, action, *arguments):
        """Runs action(world, …) in a world of its own, which ends with it."""
        world = self.world(f"hostile-{next(self._numbers)}")
        try:
            return action(world, *arguments)
        finally:
            world.close()

    def __init__(self, work, program):
        super().__init__(work, program)
        self._numbers = iter(range(10_000))

    def cases(self, full):
        """(sentence, action, arguments…)"""
        kinds = hostile_paths.KINDS
        for number, (path, stage, is_folder) in enumerate(hostile_paths.PATHS):
            some = kinds if full else [kinds[(number + at) % len(kinds)] for at in (0, 2)]
            yield f"whatever another user put at {path}, nothing of his is used or followed, and the run ends", self.one_world, hostile_paths.planted, path, stage, is_folder, some
        yield "folders that are exchanged for links while runs write into them never lead outside", self.one_world, hostile_paths.raced, 60 if full else 10
        yield "another user cannot open the run lock, and his locks on the rest stop nobody", self.one_world, hostile_paths.locked_by_nobody
        for module in (hostile_start, hostile_terminal, hostile_files, hostile_outputs, apt_policy, instance_service, bad_input):
            for sentence, action in module.CASES:
                yield sentence, self.one_world, action


def main():
    run.end_when_asked()
    work, full = sys.argv[1], "--full" in sys.argv[2:]
    only = sys.argv[sys.argv.index("--only") + 1] if "--only" in sys.argv else ""
    subprocess.run(["mount", "-t", "tmpfs", "-o", "mode=700", "tmpfs", os.path.join(work, "m")], check=True)
    run.bring_loopback_up()
    tests = Hostile(os.path.join(work, "m"), os.path.join(work, "cosigner"))
    with concurrent.futures.ThreadPoolExecutor(_AT_ONCE) as pool:
        for sentence, action, *arguments in tests.cases(full):
            if only in sentence:
                pool.submit(tests.check, sentence, action, *arguments)
    print(f"{tests.passed} passed, {tests.failed} failed")
    return 0 if tests.failed == 0 and tests.passed else 1


if __name__ == "__main__":
    code = main()
    sys.stdout.flush()
    os._exit(code)  # threads that serve the doubles do not end by themselves; the namespaces end with this process
