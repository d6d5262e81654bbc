"""Process tests: the built program in a world of its own (world.py), killed with SIGKILL by strace's injection.

  run.py WORK_FOLDER [--full|--no-kills]     started by `run` inside namespaces; WORK_FOLDER/cosigner is the program

Covered: a whole `setup` with answers, hardware to service, on a model of Ubuntu 22.04: files, journal, children, the engine's socket,
the SGX daemon's socket, one key over TLS. Not covered here: real apt, systemd and engine (the VM has them), Debian's archive source,
installation of an engine, a callback handler. By default about 24 points of the run are killed at and all of enrolment, with --full all of them.
For each: the kill took hold with an intent open; the next run ends with 0 and the same machine as an uninterrupted one; one more
run has no effect.
"""

import concurrent.futures
import fcntl
import json
import os
import resource
import signal
import socket
import struct
import subprocess
import sys
import time
import traceback

import attest_run
import canary_run
import key_server
import kill_points
import operate_run
import tree
from world import World

_POINTS = 24
_AT_ONCE = 8  # a run mostly waits for the co-signer to settle
_QUIET_RUNS = 5
_MOST_CHILDREN = 3
_LONGEST = 1500  # seconds; a run of --full takes about a third of it


class Failed(Exception):
    pass


def require(good, message):
    if not good:
        raise Failed(message)


def bring_loopback_up():
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as any_socket:
        fcntl.ioctl(any_socket, 0x8914, struct.pack("16sH14x", b"lo", 0x49))  # SIOCSIFFLAGS: IFF_UP, IFF_LOOPBACK, IFF_RUNNING


def converge(world, tracer=()):
    status, output, seconds = world.setup(tracer)
    require(status == 0, f"setup ended with {status}:\n{output[-1500:]}")
    return seconds


def stay_converged(world):
    """One more run, which must have no effect."""
    status, output, seconds = world.setup()
    require(status == 0, f"one more run ended with {status}:\n{output[-1500:]}")
    effects = world.last_run()["effects"]
    steps = [line for line in output.splitlines() if '"step_started"' in line]
    require(effects == 0, f"one more run had {effects} effects:\n" + "\n".join(steps))
    return seconds


def end_when_asked():
    """This process is the first of its namespace: unasked it ignores signals, and with it everything here ends."""
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGALRM):
        signal.signal(number, lambda number, _: os._exit(128 + number))
    signal.alarm(_LONGEST)


def processor_seconds():
    """Of all children that ended so far."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def last_record(world):
    """The journal's last whole record; a torn one does not count."""
    found = None
    for line in world.text(kill_points.JOURNAL).splitlines():
        try:
            found = json.loads(line)
        except ValueError:
            continue
    return found


class Tests:
    def __init__(self, work, program):
        self._work, self._program = work, program
        self.passed, self.failed = 0, 0
        shared = os.path.join(work, "shared")
        os.mkdir(shared, 0o700)
        authority = key_server.make_authority(shared)
        key, fingerprint = key_server.make_signing_key(shared)
        self._shared = {"ca": authority, "fingerprint": fingerprint}
        self.server = key_server.KeyServer(shared, key)

    def world(self, name):
        return World(os.path.join(self._work, name), self._program, self._shared)

    def check(self, sentence, action, *arguments):
        """Runs one test; its result, or None when it failed."""
        begin = time.monotonic()
        try:
            result = action(*arguments)
        except (Failed, operate_run.Wrong, attest_run.Wrong, OSError, ValueError, KeyError, TimeoutError, subprocess.SubprocessError) as error:
            self.failed += 1
            detail = str(error) if isinstance(error, (Failed, operate_run.Wrong, attest_run.Wrong)) else traceback.format_exc()
            print(f"FAILED {sentence}\n  " + detail.replace("\n", "\n  "), flush=True)
            return None
        self.passed += 1
        print(f"ok     {sentence} ({time.monotonic() - begin:.1f} s){': ' + result if isinstance(result, str) else ''}", flush=True)
        return result or True

    # What an uninterrupted run reaches, and where it can be killed.

    def run_clean(self):
        world = self.world("clean")
        seconds = converge(world)
        self.wanted = tree.snapshot(world.root)
        self.wanted_engine = tree.engine_state(world.engine)
        self.clean = world
        return f"{seconds:.1f} s, {world.last_run()['effects']} effects, {len(world.children())} children"

    def stay_quiet(self):
        world, took = self.clean, []
        before, changes, requests = tree.snapshot(world.root, True), len(world.engine.changes), len(self.server.requests)
        used = processor_seconds()
        for _ in range(_QUIET_RUNS):
            children = len(world.children())
            took.append(stay_converged(world))
            children = len(world.children()) - children
            require(children <= _MOST_CHILDREN, f"{children} children: {world.children()[-children:]}")
        used = (processor_seconds() - used) / _QUIET_RUNS
        changed = tree.differences(before, tree.snapshot(world.root, True))
        require(not changed, "\n".join(changed))
        require(len(world.engine.changes) == changes, f"the engine was changed: {world.engine.changes[changes:]}")
        require(len(self.server.requests) == requests, "the network was used")
        return f"{min(took) * 1000:.0f} to {max(took) * 1000:.0f} ms with its start in the world, {used * 1000:.0f} ms of them computing, {children} children"

    def record(self):
        world, trace = self.world("traced"), os.path.join(self._work, "trace")
        try:
            converge(world, kill_points.record_command(trace))
        finally:
            world.close()
        self.points, spans, early = kill_points.read_trace(trace)
        require(not early, f"the effect came before its intent was on the disk: {early}")
        require(len(self.points) >= 2 * 20, f"only {len(self.points)} points in {spans} spans")
        return f"{spans} intents, {len(self.points)} points"

    def operate(self):
        operate_run.all_of(self.clean)

    def attest(self):
        """One machine, judged by its quotes; the tests build on one another."""
        attested = attest_run.Attested(self._work, self._program, self._shared, self.server)
        for sentence, test in attest_run.ALL:
            if not self.check(sentence, test, attested):
                break
        attested.world.close()

    def keep_secrets(self, by_variable):
        return canary_run.find_no_secret(self._work, self._program, self._shared, by_variable)

    def wipe_variables(self):
        canary_run.wiped_environment(self._work, self._program, self._shared)

    # One kill.

    def kill_and_resume(self, number, point):
        world = self.world(f"kill-{number}")
        try:
            return self._kill_and_resume(world, point, os.path.join(self._work, f"trace-{number}"))
        finally:
            world.close()

    def _kill_and_resume(self, world, point, trace):
        status, output, _ = world.setup(kill_points.kill_command(point, world.root, trace))
        require(status in (-9, 137), f"the kill did not take hold, status {status}:\n{output[-800:]}")
        world.wait_for_orphans()
        last = last_record(world)
        require(last is not None and last["event"] == "intent", f"no intent was open at the kill: {last}")
        converge(world)
        different = tree.differences(self.wanted, tree.snapshot(world.root))
        require(not different, "the machine is another one than without the kill:\n" + "\n".join(different[:20]))
        state = tree.engine_state(world.engine)
        require(state == self.wanted_engine, f"the engine's state is another one: {state}\nwanted: {self.wanted_engine}")
        changes = len(world.engine.changes)
        stay_converged(world)
        require(len(world.engine.changes) == changes, f"one more run changed the engine: {world.engine.changes[changes:]}")


def main():
    end_when_asked()
    work, full = sys.argv[1], "--full" in sys.argv[2:]
    subprocess.run(["mount", "-t", "tmpfs", "-o", "mode=700", "tmpfs", os.path.join(work, "m")], check=True)
    bring_loopback_up()
    tests = Tests(os.path.join(work, "m"), os.path.join(work, "cosigner"))
    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        clean = pool.submit(tests.check, "an uninterrupted set-up converges", tests.run_clean)
        record = pool.submit(tests.check, "every intent is on the disk before its effect begins", tests.record)
    if clean.result():
        tests.check("a run on the converged machine changes nothing, asks no network and starts at most 3 children", tests.stay_quiet)
        tests.check("start, stop, restart and logs do what they say, and a followed log ends by signal, pipe and container", tests.operate)
        tests.attest()
        tests.check("no secret of a set-up is found in anything that was written, shown, sent to the engine or given to a child", tests.keep_secrets, False)
        tests.check("nor is one that came by a variable", tests.keep_secrets, True)
        tests.check("a variable that brought a secret is no longer in the running program's environment", tests.wipe_variables)
        if record.result() and "--no-kills" not in sys.argv[2:]:
            chosen = tests.points if full else kill_points.spread(tests.points, _POINTS)
            with concurrent.futures.ThreadPoolExecutor(_AT_ONCE) as pool:
                for number, point in enumerate(chosen):
                    what = {"before": f"its {point.call}", "within": f"a further {point.call}", "after": "its outcome is written"}[point.kind]
                    pool.submit(tests.check, f"killed in {point.step} before {what} (#{point.number}), the next run goes on to the same machine",
                                tests.kill_and_resume, number, point)
            kinds = [point.kind for point in chosen]
            print(f"killed at {len(chosen)} of {len(tests.points)} points: {kinds.count('before')} between intent and effect, "
                  f"{kinds.count('within')} within an effect, {kinds.count('after')} between effect and outcome")
    print(f"{tests.passed} passed, {tests.failed} failed")
    return 0 if tests.failed == 0 else 1


if __name__ == "__main__":
    code = main()
    sys.stdout.flush()
    os._exit(code)  # threads that serve the doubles do not end by themselves; the namespaces end with this process
