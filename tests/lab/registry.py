"""The real docker-registry on a loopback port, with a password; web.py puts TLS, log and faults before it."""

import os
import secrets
import shutil
import subprocess

USER = "lab-deploy"

_CONFIG = """version: 0.1
log:
  level: warn
  accesslog:
    disabled: true
storage:
  filesystem:
    rootdirectory: {storage}
  delete:
    enabled: false
http:
  addr: 127.0.0.1:{port}
  relativeurls: true
auth:
  htpasswd:
    realm: simulation lab
    path: {passwords}
"""


def prepare(run, port, make_storage):
    """Write password and configuration; the argument vector that starts the registry."""
    folder = os.path.join(run, "registry")
    storage = os.path.join(folder, "storage")
    if not os.path.isdir(storage):
        scratch = storage + ".new"
        shutil.rmtree(scratch, ignore_errors=True)
        os.makedirs(scratch)
        make_storage(scratch)
        os.rename(scratch, storage)
    password, table = os.path.join(run, "keys", "registry-password"), os.path.join(folder, "htpasswd")
    if not os.path.exists(password):
        _make_password(password, table)
    config = os.path.join(folder, "config.yml")
    with open(config, "w") as f:
        f.write(_CONFIG.format(storage=storage, port=port, passwords=table))
    return ["docker-registry", "serve", config]


def _make_password(password, table):
    text = secrets.token_urlsafe(18)
    handle = os.open(password, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(handle, "w") as f:
        f.write(text)
    # By stdin, not by argument; a low cost, because the registry checks it anew for each request.
    line = subprocess.run(["htpasswd", "-n", "-i", "-B", "-C", "4", USER], input=text.encode(), check=True,
                          capture_output=True).stdout
    with open(table, "wb") as f:
        f.write(line.strip() + b"\n")


def password_of(run):
    with open(os.path.join(run, "keys", "registry-password")) as f:
        return f.read()
