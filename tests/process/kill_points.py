"""Where to kill: read from strace's record of one clean run.

Every change of the machine lies between two records of the journal, its intent and its outcome. In each such span there are
three kinds of points, and a kill takes hold on entry, before the call is carried out:
  before   the call that is the effect itself: rename, mkdir, unlink, start of a child, request to the engine
  within   the further calls of an effect that has several: half of it is there
  after    the write of the outcome: the effect is there, nothing says so yet
A point is "the Nth call of this name", which is the same in each run from the same state. Outcomes are counted among the writes
to the journal alone (strace's -P).
"""

import re
from collections import Counter, namedtuple

JOURNAL = "/var/lib/cosigner/journal.jsonl"
TRACED = ("renameat", "renameat2", "mkdirat", "unlinkat", "clone3", "clone", "vfork", "sendto", "write", "fdatasync", "fsync")
_EFFECTS = ("renameat", "renameat2", "mkdirat", "unlinkat", "clone3", "clone", "vfork", "sendto")
_ALL_OF = ("pair",)  # where the token is spent
_CALL = re.compile(r"^(\w+)\((.*)")
_CHANGING = re.compile(r'"(POST|DELETE) /v[0-9.]+(/containers/|/images/create|/networks/create)')

Point = namedtuple("Point", "kind call number step")


def record_command(trace):
    return ("strace", "-qq", "-y", "-s", "400", "-e", "signal=none", "-e", "trace=" + ",".join(TRACED), "-o", trace)


def kill_command(point, root, trace):
    words = ["strace", "-qq", "-o", trace, "-e", f"inject={point.call}:signal=KILL:when={point.number}", "-e", "trace=" + point.call]
    return tuple(words + (["-P", root + JOURNAL] if point.kind == "after" else []))


def _is_effect(call, rest):
    if call == "sendto":
        return bool(_CHANGING.search(rest))
    return call in _EFFECTS and "CLONE_THREAD" not in rest


def read_trace(path):
    """(points in the order of the run, spans, spans whose effect came before the intent was on the disk)"""
    points, counts, spans, early = [], Counter(), 0, []
    step, seen_effect, synced, records = None, False, False, 0
    with open(path, errors="replace") as trace:
        for line in trace:
            match = _CALL.match(line)
            if not match:
                continue
            call, rest = match.groups()
            counts[call] += 1
            in_journal = JOURNAL in rest.split(",")[0]
            if call == "write" and in_journal:
                records += 1
                if '\\"event\\":\\"intent\\"' in rest:
                    found = re.search(r'\\"step\\":\\"([^\\]*)\\"', rest)
                    step, seen_effect, synced, spans = found[1] if found else f"record {records}", False, False, spans + 1
                elif step is not None:
                    points.append(Point("after", "write", records, step))
                    step = None
            elif call in ("fdatasync", "fsync") and in_journal:
                synced = True
            elif step is not None and _is_effect(call, rest):
                points.append(Point("within" if seen_effect else "before", call, counts[call], step))
                if not synced and not seen_effect:
                    early.append(step)
                seen_effect = True
    return points, spans, early


def spread(points, wanted):
    """About `wanted` of before and after, evenly over the run, both alike; each kind of call at least once; all of enrolment."""
    chosen = [p for p in points if p.step in _ALL_OF]
    for kind in ("before", "after"):
        of_kind = [p for p in points if p.kind == kind]
        count = min(len(of_kind), (wanted + 1) // 2)
        chosen += [of_kind[i * len(of_kind) // count] for i in range(count)]
    for call in {p.call for p in points} - {p.call for p in chosen}:
        chosen.append(next(p for p in points if p.call == call))
    return sorted(set(chosen), key=points.index)
