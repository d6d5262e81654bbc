"""Canaries: secrets made for one run, every form in which they could be written down, and the search for them in texts, folders and
disk images. A form that is found is named; the secret itself never is.

  python3 canary.py --self-test
"""

import base64
import json
import mmap
import os
import re
import secrets
import stat
import subprocess
import sys
import urllib.parse

_OVERLAP = 4096  # longer than any form of a canary


def password():
    """A password that has to be escaped wherever text is: in URLs, JSON, shells and systemd units."""
    return "canary-" + secrets.token_hex(8) + '/+%"~'


def _base64_forms(data):
    """The part of the base64 text that is the same whatever stands before and after, for each of the three alignments."""
    for before in range(3):
        first = -(-before * 8 // 6)           # characters that the bytes before have a part in
        whole = (before + len(data)) * 8 // 6  # characters that the bytes after have no part in
        text = base64.b64encode(bytes(before) + data)[first:whole]
        yield f"base64 at {before}", text
        yield f"base64url at {before}", text.translate(bytes.maketrans(b"+/", b"-_"))


def _plain_forms(text):
    """As it is and as it is escaped; each may be encoded once more."""
    yield "plain", text.encode()
    yield "URL", urllib.parse.quote(text, safe="").encode()
    yield "URL in a unit", urllib.parse.quote(text, safe="").replace("%", "%%").encode()
    yield "JSON", json.dumps(text)[1:-1].encode()
    yield "UTF-16", text.encode("utf-16-le")


class Canaries:
    """`values`: name to secret text."""

    def __init__(self, values):
        self._names = {}
        for name, text in values.items():
            for form, data in _plain_forms(text):
                for how, needle in (("", data), *_base64_forms(data), ("hex", data.hex().encode()), ("HEX", data.hex().upper().encode())):
                    self._names.setdefault(needle, f"{name} ({form}{', ' + how if how else ''})")
        longest_first = sorted(self._names, key=len, reverse=True)
        self._pattern = re.compile(b"|".join(re.escape(needle) for needle in longest_first))

    def needles(self):
        return list(self._names)

    def find(self, data):
        """Names of the forms that are in these bytes (or text)."""
        if isinstance(data, str):
            data = data.encode(errors="surrogateescape")
        return sorted({self._names[found[0]] for found in self._pattern.finditer(data)})

    def find_in_file(self, path):
        with open(path, "rb") as f:
            size = os.fstat(f.fileno()).st_size
            if size < 1 << 20 or not stat.S_ISREG(os.fstat(f.fileno()).st_mode):
                return self.find(f.read(1 << 24))
            with mmap.mmap(f.fileno(), 0, access=mmap.ACCESS_READ) as data:
                return sorted({self._names[found[0]] for found in self._pattern.finditer(data)})

    def find_in_tree(self, root, left_out=()):
        """[(path below root, form)] of file contents, file names and the targets of links; folders in left_out are not entered."""
        found = []
        for folder, folders, files in os.walk(root):
            inside = folder[len(root):]
            folders[:] = [name for name in folders if f"{inside}/{name}" not in left_out]
            for name in folders + files:
                path, shown = os.path.join(folder, name), f"{inside}/{name}"
                if shown in left_out:
                    continue
                mode = os.lstat(path).st_mode
                forms = self.find(name)
                if stat.S_ISLNK(mode):
                    forms += self.find(os.readlink(path))
                elif stat.S_ISREG(mode):
                    forms += self.find_in_file(path)
                found += [(shown, form) for form in forms]
        return found

    def find_in_disk(self, image, layers=None):
        """[(guest offset, form)] and the number of bytes read: all data of a switched-off qcow2 disk and of its backing files (or of the
        upper `layers` alone), in the order of the guest's disk, so that what crosses a cluster is found too."""
        listing = subprocess.run(["qemu-img", "map", "--output=json", "-f", "qcow2", str(image)], check=True, capture_output=True, timeout=600).stdout
        chain = json.loads(subprocess.run(["qemu-img", "info", "--backing-chain", "--output=json", str(image)], check=True, capture_output=True, timeout=600).stdout)
        files = [open(layer["filename"], "rb") for layer in chain]
        try:
            extents = [e for e in json.loads(listing) if e["data"] and (layers is None or e["depth"] < layers)]
            return self._find_in_extents(extents, files)
        finally:
            for f in files:
                f.close()

    def _find_in_extents(self, extents, files):
        found, read, tail, end = set(), 0, b"", -1
        for extent in extents:
            if "offset" not in extent or extent.get("compressed"):
                raise ValueError(f"this disk cannot be read where it is compressed: {extent}")
            if extent["start"] != end:
                tail = b""
            at, end = extent["start"], extent["start"] + extent["length"]
            files[extent["depth"]].seek(extent["offset"])
            while at < end:
                piece = files[extent["depth"]].read(min(1 << 24, end - at))
                if not piece:
                    break  # the last cluster of a file may be cut where only zeros follow
                window = tail + piece
                found.update((at - len(tail) + match.start(), self._names[match[0]]) for match in self._pattern.finditer(window))
                tail, at, read = window[-_OVERLAP:], at + len(piece), read + len(piece)
        return sorted(found), read


def _self_test():
    import tempfile
    word = password()
    canaries = Canaries({"word": word})
    data = word.encode()
    planted = {"plain": data, "hex": data.hex().encode(), "JSON": json.dumps({"p": word}).encode(), "URL": b"http://u:" + urllib.parse.quote(word, safe="").encode() + b"@h",
               "login": base64.b64encode(b"user:" + data + b"\n"), "auth": base64.urlsafe_b64encode(json.dumps({"a": "bc", "password": word}, ensure_ascii=False).encode())}
    for before in range(3):
        for after in range(3):
            planted[f"base64 {before} {after}"] = base64.b64encode(b"xyz"[:before] + data + b"qrs"[:after])
    for what, text in planted.items():
        assert canaries.find(b"some " + text + b" more"), what
    assert not canaries.find(b"nothing of that kind " * 1000)
    with tempfile.TemporaryDirectory() as folder:
        raw, disk = os.path.join(folder, "raw"), os.path.join(folder, "disk.qcow2")
        base = os.path.join(folder, "base.qcow2")
        with open(raw, "wb") as f:
            f.truncate(64 << 20)
            f.seek((1 << 20) + 65536 - 5)  # across two clusters
            f.write(data)
        subprocess.run(["qemu-img", "convert", "-f", "raw", "-O", "qcow2", raw, base], check=True)
        subprocess.run(["qemu-img", "create", "-q", "-f", "qcow2", "-F", "qcow2", "-b", base, disk], check=True)
        found, read = canaries.find_in_disk(disk)
        assert found and found[0][0] == (1 << 20) + 65536 - 5 and read >= 131072, (found, read)
        assert not Canaries({"other": password()}).find_in_disk(disk)[0]
        os.makedirs(os.path.join(folder, "tree", "deep"))
        with open(os.path.join(folder, "tree", "deep", "file"), "wb") as f:
            f.write(b"x" * (2 << 20) + data)
        assert canaries.find_in_tree(os.path.join(folder, "tree")) == [("/deep/file", "word (plain)")]
    print("canary: ok")


if __name__ == "__main__" and sys.argv[1:] == ["--self-test"]:
    _self_test()
