"""What a lab puts into a guest, from its lab.json:

    {"forwards": [{"name": "download.01.org", "guest_ip": "10.0.2.101", "guest_port": 443, "host_port": 38211}, ...],
     "ca_file": "…/ca.pem", "ntp_port": 38100,
     "files": [{"source": "…", "target": "/root/…", "mode": "0600"}]}

Every key may be missing; relative paths are relative to lab.json. Names go into the guest's hosts
file, the CA into its system bundle, the clock daemon gets the lab's NTP server, and apt the
archive cache (for the Debian hosts alone). One archive over one ssh command does it all, and it
may be applied again: a restored guest can change labs.
"""
import io
import json
import pathlib
import shlex
import tarfile

import guest_root

GATEWAY = "10.0.2.2"  # QEMU's user network: the loopback of the machine outside
STAGE = "run/vm-lab"

APPLY = """set -eu
cd /{stage}
cat hosts > /etc/hosts
bundle=/etc/ssl/certs/ca-certificates.crt
kept=/usr/local/share/ca-certificates/vm-lab.crt
if [ -f ca.crt ] && ! cmp -s ca.crt $kept; then
    mkdir -p /usr/local/share/ca-certificates
    if [ -f $kept ] && tail -c "$(wc -c < $kept)" $bundle | cmp -s - $kept; then
        truncate -s "-$(wc -c < $kept)" $bundle
    fi
    cp ca.crt $kept
    if [ -f $bundle ]; then
        cat ca.crt >> $bundle
        find /etc/ssl/certs -lname vm-lab.pem -delete
        ln -sf $kept /etc/ssl/certs/vm-lab.pem
        ln -sf vm-lab.pem "/etc/ssl/certs/$(openssl x509 -noout -hash -in ca.crt).0"
    fi
fi
if ! cmp -s lab.sources /etc/chrony/sources.d/lab.sources; then
    cp lab.sources /etc/chrony/sources.d/lab.sources
    # A frozen guest's clock stands still, and one on a starved machine may be told the time late: it steps whenever it has to.
    echo 'makestep 0.1 -1' > /etc/chrony/conf.d/lab.conf
    systemctl restart chrony
fi
rm -rf /{stage}
"""


class Lab:
    def __init__(self, source=None):
        """`source`: path of a lab.json, the same as a dict, or None for a guest without a lab."""
        if source is None or isinstance(source, dict):
            self._data, self._base = source or {}, pathlib.Path.cwd()
        else:
            path = pathlib.Path(source).resolve()
            self._data, self._base = json.loads(path.read_text(encoding="utf-8")), path.parent
        self.forwards = self._data.get("forwards", [])

    def _path(self, name: str) -> pathlib.Path:
        return self._base / name

    def hosts(self) -> str:
        names = {}
        for forward in self.forwards:
            listed = names.setdefault(forward["guest_ip"], [])
            if forward.get("name") and forward["name"] not in listed:
                listed.append(forward["name"])
        lines = [f"{address} {' '.join(listed)}\n" for address, listed in names.items() if listed]
        return guest_root.LATE["etc/hosts"] + "".join(lines)

    def _sources(self) -> str:
        """chrony's source: steps at once at start, then follows closely."""
        port = self._data.get("ntp_port")
        return f"server {GATEWAY} port {port} iburst prefer minpoll 2 maxpoll 4\n" if port else ""

    @property
    def has_clock(self) -> bool:
        return bool(self._data.get("ntp_port"))

    def archive(self, apt_hosts: dict, proxy_port: int | None) -> bytes:
        """The tar that `APPLY` unpacks; files of the lab go straight to their place."""
        buffer = io.BytesIO()
        with tarfile.open(fileobj=buffer, mode="w") as tar:
            def add(name, content: bytes, mode=0o644):
                entry = tarfile.TarInfo(name)
                entry.size, entry.mode = len(content), mode
                tar.addfile(entry, io.BytesIO(content))
            add(f"{STAGE}/hosts", self.hosts().encode())
            add(f"{STAGE}/lab.sources", self._sources().encode())
            if self._data.get("ca_file"):
                add(f"{STAGE}/ca.crt", self._path(self._data["ca_file"]).read_bytes())
            if proxy_port:
                proxies = "".join(f'Acquire::http::Proxy::{host} "http://{GATEWAY}:{proxy_port}";\n'
                                  for host in apt_hosts)
                add("etc/apt/apt.conf.d/90archive-cache", proxies.encode())
            for item in self._data.get("files", []):
                add(item["target"].lstrip("/"), self._path(item["source"]).read_bytes(),
                    int(str(item.get("mode", "0644")), 8))
        return buffer.getvalue()

    @staticmethod
    def apply_command() -> str:
        return ("tar -C / --no-overwrite-dir -xpf - && sh -c "
                + shlex.quote(APPLY.format(stage=STAGE)))
