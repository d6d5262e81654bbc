"""What the parts of the lab's self-check share: the checks' list, the lab that is looked at, and apt with folders of its own."""

import json
import os
import re
import shutil
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, HERE)
sys.path.insert(0, os.path.join(HERE, "packages"))
sys.dont_write_bytecode = True

import names  # noqa: E402

CHECKS = []


def check(function):
    CHECKS.append(function)
    return function


class Lab:
    def __init__(self, run, scratch):
        self.run, self.scratch = run, scratch
        with open(os.path.join(run, "lab.json")) as f:
            self.document = json.load(f)
        self.ca = self.document["ca_file"]
        self.ports = {(f["name"], f["guest_port"]): f["host_port"] for f in self.document["forwards"]}

    def lab(self, *arguments):
        out = subprocess.run([sys.executable, "-B", os.path.join(HERE, "lab.py"), arguments[0], "--run-dir", self.run,
                              *arguments[1:]], check=True, capture_output=True, text=True)
        return out.stdout.strip()

    def curl(self, url, *options, ca=None):
        host, _, port = url.split("/")[2].partition(":")
        key = (host, int(port or 443))
        command = ["curl", "-sS", "--max-time", "60", "--noproxy", "*", "--cacert", ca or self.ca,
                   "--connect-to", f"{host}:{key[1]}:127.0.0.1:{self.ports[key]}", *options, url]
        return subprocess.run(command, capture_output=True)

    def get(self, url, *options):
        result = self.curl(url, "--fail", *options)
        assert result.returncode == 0, f"{url}: {result.stderr.decode()}"
        return result.stdout

    def status(self, url, *options):
        return int(self.curl(url, "-o", "/dev/null", "-w", "%{http_code}", *options).stdout)


class Apt:
    """apt of this machine with folders of its own: no list, cache or status of the machine is used or changed."""

    def __init__(self, lab, name, uri, suite, component, keyring, host=None):
        self.root = os.path.join(lab.scratch, "apt-" + name)
        for part in ("etc/sources.list.d", "etc/preferences.d", "etc/apt.conf.d", "state/lists/partial", "cache/archives/partial"):
            os.makedirs(os.path.join(self.root, part), exist_ok=True)
        open(os.path.join(self.root, "status"), "w").close()
        # apt cannot be told another address for a name as curl can: the port goes into the address, and the
        # certificates of the lab name the loopback address too. The Host header then selects the site by itself.
        with open(os.path.join(self.root, "etc", "sources.list"), "w") as f:
            f.write(f"deb [arch=amd64 signed-by={keyring}] {uri} {suite} {component}\n")
        conf = [f'Dir::Etc "{self.root}/etc";', f'Dir::State "{self.root}/state";', f'Dir::State::status "{self.root}/status";',
                f'Dir::Cache "{self.root}/cache";', 'APT::Architecture "amd64";', 'APT::Architectures "amd64";',
                'APT::Sandbox::User "root";', 'Acquire::Languages "none";']
        if host:
            conf += [f'Acquire::https::CAInfo "{lab.ca}";', f'Acquire::https::Proxy "{host}";']
        self.config = os.path.join(self.root, "apt.conf")
        with open(self.config, "w") as f:
            f.write("\n".join(conf) + "\n")

    def run(self, *arguments):
        return subprocess.run(arguments, capture_output=True, text=True, env={
            "APT_CONFIG": self.config, "PATH": os.environ["PATH"], "LC_ALL": "C"})

    def update(self):
        return self.run("apt-get", "update", "-o", "APT::Update::Error-Mode=any")

    def candidate(self, package):
        found = re.search(r"Candidate: (\S+)", self.run("apt-cache", "policy", package).stdout)
        return found.group(1) if found else None


def remote_apt(lab, name, uri, suite, component, key):
    """Through the lab's CONNECT proxy, which knows every name: so the names in the addresses are the real ones."""
    keyring = os.path.join(lab.scratch, name + ".asc")
    shutil.copyfile(os.path.join(lab.run, "keys", key + ".asc"), keyring)
    return Apt(lab, name, uri, suite, component, keyring, f"http://127.0.0.1:{lab.ports[(names.PROXY_HOST, 3128)]}")


UBUNTU = "https://download.01.org/intel-sgx/sgx_repo/ubuntu"
