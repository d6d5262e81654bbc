"""start, stop, restart and logs of the built program on a machine that is set up; a followed log ends by real signals and pipes."""

import json
import os
import signal
import subprocess
import time

import engine_double


class Wrong(Exception):
    pass


def require(good, message):
    if not good:
        raise Wrong(message)


def _run(world, *words, code=0):
    status, output, _ = world.run(*words)
    require(status == code, f"{' '.join(words)} ended with {status}, not {code}:\n{output[-1500:]}")
    return output


def _effects(world):
    return world.last_run()["effects"]


def stop_and_start(world):
    engine = world.engine
    _run(world, "stop")
    require("cosigner" not in engine.containers, "the container is gone, so that no reboot brings it back")
    require(engine.changes[-2:] == ["stop cosigner", "remove cosigner"], f"it was ended in order: {engine.changes[-3:]}")
    require("Stopped by" in _run(world, "status", code=14), "status says why nothing runs")
    require(not json.loads(world.text("run/cosigner/status.json"))["healthy"], "so does the status for everybody")
    output = _run(world, "setup", "--answers", "/root/lab/answers.json")
    require(_effects(world) == 0 and "cosigner start" in output, f"setup leaves it stopped and says so:\n{output}")
    _run(world, "logs", code=13)
    _run(world, "start", "--json")
    require(engine.containers["cosigner"]["Status"] == "running", "start runs it")
    _run(world, "start")
    require(_effects(world) == 0, "a second start has nothing to do")
    before = engine.containers["cosigner"]["Id"]
    _run(world, "restart")
    require(engine.containers["cosigner"]["Id"] != before and engine.containers["cosigner"]["Status"] == "running", "restart puts a new container there")
    history = _run(world, "history", "--json")
    verbs = [run["who"].split(": ")[-1] for run in json.loads(history)["runs"]]
    require(verbs[-3:] == ["stop", "start --json", "restart"], f"the journal tells what was asked: {verbs}")


def refuse_an_image_that_moved(world):
    """Another image under the pinned name, between two starts: nothing is started, and what runs stays."""
    engine, before = world.engine, dict(world.engine.containers["cosigner"])
    engine.has_image = False
    try:
        _run(world, "restart", code=13)
        require(engine.containers["cosigner"]["Id"] == before["Id"] and engine.containers["cosigner"]["Status"] == "running", "what runs was left alone")
    finally:
        engine.has_image = True


def show_logs(world):
    require(engine_double.USER in _run(world, "logs", "10"), "the log is shown")
    require(_run(world, "logs", "0") == "", "no line is none")
    _run(world, "logs", "10", "cosigner-init", code=13)
    _run(world, "logs", "10", "other", code=2)
    document = json.loads(_run(world, "logs", "--json"))
    require(document["schema"] == "cosigner.logs/1" and document["lines"], f"the document: {document}")
    world.engine.containers["cosigner"]["log"] += "bad \x1b]0;evil\x07 line\n"
    require("bad \\x1b]0;evil\\x07 line" in _run(world, "logs", "1"), "what could steer a terminal is shown harmless")
    require("\x1b]0;evil\x07" in _run(world, "logs", "1", "--raw"), "raw bytes go into a pipe")


def _read_until(process, wanted, seconds=30):
    text, end = b"", time.monotonic() + seconds
    while wanted not in text:
        require(time.monotonic() < end, f"{wanted!r} did not come:\n{text!r}")
        part = os.read(process.stdout.fileno(), 4096)
        require(part, f"the log ended before {wanted!r} came:\n{text!r}")
        text += part
    return text


def follow_logs(world):
    """The descendants of chroot are the program itself: a signal reaches it as Ctrl-C would."""
    for number, code in ((signal.SIGINT, 130), (signal.SIGTERM, 143)):
        process = world.start("logs", "1", "-f")
        try:
            _read_until(process, b"INFO line 2\n")
            process.send_signal(number)
            rest, _ = process.communicate(timeout=30)
        finally:
            process.kill()
        require(process.returncode == code, f"signal {number}: ended with {process.returncode}, not {code}: {rest!r}")
        require(all(line.startswith(b"customer_cosigner:") for line in rest.splitlines()), f"it ends without a word: {rest!r}")
    process = world.start("logs", "1", "-f")
    head = subprocess.Popen(["head", "-n", "2"], stdin=process.stdout, stdout=subprocess.PIPE)
    process.stdout.close()
    require(len(head.communicate(timeout=30)[0].splitlines()) == 2, "two lines came")
    require(process.wait(30) == 0, f"a reader that went away ends the follow: {process.returncode}")
    process = world.start("logs", "0", "-f")
    try:
        _read_until(process, b"INFO line 1\n")
        _run(world, "stop")
        process.communicate(timeout=30)
        require(process.returncode == 0, f"the end of the container is the end of its log: {process.returncode}")
    finally:
        process.kill()
    _run(world, "start")


def all_of(world):
    stop_and_start(world)
    refuse_an_image_that_moved(world)
    show_logs(world)
    follow_logs(world)
