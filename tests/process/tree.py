"""What a world looks like, for comparison: paths, kinds, modes, owners, contents. Left out: the record of what was done (journal,
log, last run, /run), what the stand-ins count, and in the generated file what names a moment or this machine."""

import hashlib
import os
import re
import stat

import engine_double

_LEFT_OUT = ("/proc", "/run/cosigner", "/var/log/cosigner", "/var/lib/cosigner/journal.jsonl", "/var/lib/cosigner/last-run.json", "/var/lib/lab/children",
             "/root/lab/token")
_REWRITTEN_IN = ("/var/lib/cosigner",)  # the last run's report is replaced there, which is a change of the folder's time
_MOMENT = re.compile(rb"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ")
_GUID = re.compile(rb"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


def _plain(data):
    data = _MOMENT.sub(b"MOMENT", data)
    return _GUID.sub(lambda found: found[0] if found[0] == engine_double.USER.encode() else b"GUID", data)


def _entry(path, with_times):
    seen = os.lstat(path)
    out = [stat.filemode(seen.st_mode), seen.st_uid, seen.st_gid]
    if stat.S_ISLNK(seen.st_mode):
        out.append(os.readlink(path))
    elif stat.S_ISREG(seen.st_mode):
        with open(path, "rb") as f:
            out.append(hashlib.sha256(_plain(f.read())).hexdigest())
    return tuple(out + ([seen.st_mtime_ns, seen.st_ino] if with_times else []))


def snapshot(root, with_times=False):
    out = {}
    for folder, folders, files in os.walk(root):
        inside = folder[len(root):]
        folders[:] = [name for name in folders if f"{inside}/{name}" not in _LEFT_OUT]
        for name in folders + files:
            if f"{inside}/{name}" not in _LEFT_OUT:
                times = with_times and f"{inside}/{name}" not in _REWRITTEN_IN
                out[f"{inside}/{name}"] = _entry(os.path.join(folder, name), times)
    return out


def engine_state(engine):
    """The engine's side: what is there, without the numbers it gave."""
    return {"image": engine.has_image, "networks": sorted(engine.networks),
            "containers": {name: (c["Status"], c["body"]) for name, c in engine.containers.items()}}


def differences(one, other):
    lines = [f"only in the uninterrupted run: {name}" for name in sorted(one.keys() - other.keys())]
    lines += [f"only in the resumed run: {name}" for name in sorted(other.keys() - one.keys())]
    lines += [f"differs: {name}: {one[name]} / {other[name]}" for name in sorted(one.keys() & other.keys()) if one[name] != other[name]]
    return lines
