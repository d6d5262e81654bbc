"""Stand-ins of the two drivers that were built outside the kernel, as self-extracting shell scripts for a guest.

  sgx_linux_x64_driver_1.41.bin   the DCAP driver by DKMS, for kernels before 5.11
  legacy-isgx.sh                  leaves what the driver of the EPID era left
Each is drivers/NAME/head.sh with the folder's other files behind it. Equal sources give equal bytes.
"""

import base64
import gzip
import hashlib
import io
import os
import tarfile

HERE = os.path.dirname(os.path.abspath(__file__))
FILES = {"sgx": "sgx_linux_x64_driver_1.41.bin", "isgx": "legacy-isgx.sh"}
_HEAD = "head.sh"


def _read(*parts):
    with open(os.path.join(HERE, "drivers", *parts), "rb") as f:
        return f.read()


def _payload(name):
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w", format=tarfile.GNU_FORMAT) as tar:
        for file in sorted(os.listdir(os.path.join(HERE, "drivers", name))):
            if file == _HEAD:
                continue
            data = _read(name, file)
            member = tarfile.TarInfo(file)
            member.size, member.mode = len(data), 0o755 if file.endswith(".sh") else 0o644
            tar.addfile(member, io.BytesIO(data))
    return base64.encodebytes(gzip.compress(buffer.getvalue(), 9, mtime=0))


def write(folder):
    """Both files into folder; SHA-256 of the DCAP driver's, as an answers file names it."""
    os.makedirs(folder, exist_ok=True)
    for name, file in FILES.items():
        path = os.path.join(folder, file)
        with open(path + ".new", "wb") as f:
            f.write(_read(name, _HEAD) + _payload(name))
        os.replace(path + ".new", path)
    with open(os.path.join(folder, FILES["sgx"]), "rb") as f:
        return hashlib.sha256(f.read()).hexdigest()
