"""Shows that the harness does what the tests rely on, and what each thing costs.

    python3 tests/vm/selftest.py [--quick|--old]   --quick leaves out the other kinds and the power cut; --old shows Debian 11 alone

Each step ends in `ok` or `FAILED` with its seconds; the exit code is 1 if any failed. No step
judges time.
"""
import concurrent.futures
import http.server
import os
import pathlib
import ssl
import subprocess
import sys
import tempfile
import threading
import time

from vm import VM

NAME, ADDRESS = "pcs.lab.example", "10.0.2.101"


def expect(condition, what):
    if not condition:
        raise AssertionError(what)


def check_booted(vm: VM):
    state = vm.wait_booted()
    expect(state == "running", f"systemd is {state}")


def check_devices(vm: VM):
    facts = vm.run("stat -c '%G %a %F' /dev/sgx_enclave; test -c /dev/sgx_provision").out.strip()
    expect(facts == "sgx 660 character special file", facts)


def check_fstab_and_disk(vm: VM):
    size = int(vm.run("df --output=size -BG / | tail -1").out.strip().rstrip("G"))
    expect(size >= 38, f"root file system of {size} GB")


def install_package(vm: VM):
    vm.run("apt-get -q -y install --no-install-recommends hello", timeout=1800)
    expect("Hello" in vm.run("LC_ALL=C hello").out, "the package does not run")
    expect(vm.run("cat /etc/apt/apt.conf.d/90archive-cache").out.count("10.0.2.2") >= 1, "no archive cache")


def check_reboot(vm: VM):
    before = vm.boot_id()
    vm.reboot()
    expect(vm.boot_id() != before, "same boot")
    check_devices(vm)


def check_power_cut(vm: VM):
    vm.run("echo kept > /root/kept && sync")
    vm.kill_power()
    vm.power_on()
    expect(vm.run("cat /root/kept").out == "kept\n", "a synced file is lost")


def check_old_kernel(vm: VM):
    seen = vm.run("uname -r; ls /dev | grep -c sgx; systemctl --version | head -n 1; systemctl is-system-running; . /etc/os-release; echo $ID$VERSION_ID",
                  check=False).out.split("\n")
    expect(seen[0].startswith("5.10.") and seen[1] == "0", f"an old kernel without SGX device names: {seen}")
    expect(seen[2].startswith("systemd 247") and seen[3:5] == ["running", "debian11"], f"Debian 11, nothing failed: {seen}")


def install_newer_kernel(vm: VM):
    vm.run("DEBIAN_FRONTEND=noninteractive apt-get -q -y install --no-install-recommends linux-image-6.1-cloud-amd64", timeout=3600)
    expect("6.1." in vm.run("readlink /vmlinuz").out, "the package's links name the newer kernel")


def check_newer_kernel(vm: VM):
    before = vm.boot_id()
    vm.run("systemctl reboot", check=False)  # as the guest itself would
    vm.await_reboot(before)
    seen = vm.run("uname -r; systemctl is-system-running; test -c /dev/sgx_enclave && test -c /dev/sgx_provision && echo there", check=False).out.split()
    expect(seen[0].startswith("6.1.") and seen[1:] == ["running", "there"], f"the kernel that was installed, with SGX device names: {seen}")


class TlsServer(http.server.ThreadingHTTPServer):
    """Answers every request with its own word, over TLS, on a free loopback port."""
    daemon_threads = True

    def __init__(self, word: str, folder: pathlib.Path):
        class Answer(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                self.send_response(200)
                self.end_headers()
                self.wfile.write(word.encode())

            def log_message(self, *arguments):
                pass
        super().__init__(("127.0.0.1", 0), Answer)
        key, self.ca = folder / f"{word}.key", folder / f"{word}.pem"
        subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
                        "-keyout", str(key), "-out", str(self.ca), "-days", "30", "-subj", f"/CN={NAME}",
                        "-addext", f"subjectAltName=DNS:{NAME}"], check=True, capture_output=True)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.ca, key)
        self.socket = context.wrap_socket(self.socket, server_side=True, do_handshake_on_connect=False)
        threading.Thread(target=self.serve_forever, daemon=True).start()

    def lab(self) -> dict:
        return {"forwards": [{"name": NAME, "guest_ip": ADDRESS, "guest_port": 443,
                              "host_port": self.server_address[1]}],
                "ca_file": str(self.ca),
                "files": [{"source": str(self.ca), "target": "/root/lab.pem", "mode": "0600"}]}


# openssl comes with ca-certificates. -verify_return_error: no answer is printed unless the
# system's bundle trusts the lab's CA.
FETCH = (f"printf 'GET / HTTP/1.0\\r\\n\\r\\n' | openssl s_client -quiet -verify_return_error "
         f"-verify_hostname {NAME} -connect {NAME}:443 2>&1")


def restore_beside(state: pathlib.Path, word: str, folder: pathlib.Path) -> float:
    server = TlsServer(word, folder)
    started = time.monotonic()
    with VM.restore(state, lab=server.lab(), name=word) as vm:
        seconds = time.monotonic() - started
        answer = vm.run(FETCH, check=False).out
        expect(f"\r\n\r\n{word}" in answer, f"{word} got: {answer[-300:]}")
        drift = abs(float(vm.run("date +%s.%N").out) - time.time())
        expect(drift < 30, f"clock is {drift:.1f} s off")
        expect(vm.run("stat -c %a /root/lab.pem").out.strip() == "600", "mode of a lab file")
    expect(not vm.disk.exists() and not os.path.exists(f"/proc/{vm.pid}"), "something is left")
    server.shutdown()
    return seconds


def check_two_labs(state: pathlib.Path, folder: pathlib.Path):
    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        both = [pool.submit(restore_beside, state, word, folder) for word in ("one", "two")]
        print("    restored to ready, two at once: " + ", ".join(f"{one.result():.1f} s" for one in both))


class Steps:
    def __init__(self):
        self.failed = 0

    def __call__(self, name, action, *arguments):
        started = time.monotonic()
        try:
            result = action(*arguments)
            verdict = "ok"
        except Exception as error:  # a self test goes on to the next step
            result, verdict = None, f"FAILED: {error}"
            self.failed += 1
        print(f"{time.monotonic() - started:7.1f} s  {name}: {verdict}", flush=True)
        return result


def old_machine(step):
    vm = VM(kind="debian11", name="selftest-old")
    try:
        if step("boot debian11 to ssh", vm.start) is None:
            return
        step("kernel 5.10, systemd 247, no SGX device name", check_old_kernel, vm)
        step("apt installs the newer kernel", install_newer_kernel, vm)
        step("reboot: the newer kernel, /dev/sgx_enclave", check_newer_kernel, vm)
    finally:
        vm.close()


def main() -> int:
    quick, step = "--quick" in sys.argv[1:], Steps()
    if "--old" in sys.argv[1:]:
        old_machine(step)
        return 1 if step.failed else 0
    with tempfile.TemporaryDirectory(prefix="vm-selftest-") as name:
        folder = pathlib.Path(name)
        lab = {"forwards": [{"name": NAME, "guest_ip": ADDRESS, "guest_port": 443, "host_port": 9}]}
        vm = VM(kind="debian12", lab=lab, name="selftest")
        try:
            if not step("boot debian12 to ssh, lab applied", vm.start):
                return 1
            step("systemd is running", check_booted, vm)
            step("/dev/sgx_enclave is sgx 0660", check_devices, vm)
            step("root file system is 40 GB", check_fstab_and_disk, vm)
            step("apt installs a package through the cache", install_package, vm)
            step("reboot, devices are back", check_reboot, vm)
            if not quick:
                step("power cut and boot, synced data is kept", check_power_cut, vm)
            state = step("save", vm.save, folder / "state")
        finally:
            vm.close()
        if state:
            print(f"    state: {sum(f.stat().st_size for f in state.iterdir()) >> 20} MB")
            step("two restored VMs side by side, each its own lab", check_two_labs, state, folder)
        if not quick:
            with VM(kind="ubuntu2204", name="selftest-u") as other:
                step("ubuntu2204 says it is Ubuntu 22.04 and a simulation", lambda: other.run(
                    ". /etc/os-release; test $ID$VERSION_ID = ubuntu22.04 && grep -q SIMULATION /etc/issue"))
            old_machine(step)
    return 1 if step.failed else 0


if __name__ == "__main__":
    sys.exit(main())
