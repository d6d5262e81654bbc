#!/bin/sh
# STAND-IN of a simulation lab for sgx_linux_x64_driver_1.41.bin: the DCAP driver for kernels without one of their own.
#   (nothing)        unpack, build by DKMS, load; as root
#   --extract DIR    only unpack
# Exit: 0 done, 1 refused or failed, with the reason on stderr. Nothing is fetched from anywhere.
set -u

die() {
    echo "sgx_linux_x64_driver: $1" >&2
    exit 1
}

# Half a driver is worse than none.
take_back() {
    /opt/intel/sgxdriver/uninstall.sh
    die "$1"
}

unpack() {
    mkdir -p "$1" || die "cannot make $1"
    sed '1,/^__PAYLOAD__$/d' "$0" | base64 -d | tar -xzf - -C "$1" || die "the file is damaged"
}

has_driver_inside() {
    release=$(uname -r)
    major=${release%%.*}
    rest=${release#*.}
    minor=${rest%%[!0-9]*}
    [ "$major" -gt 5 ] || { [ "$major" -eq 5 ] && [ "$minor" -ge 11 ]; }
}

if [ "${1:-}" = --extract ]; then
    unpack "${2:?--extract wants a folder}"
    exit 0
fi
has_driver_inside && die "kernel $(uname -r) has an SGX driver of its own; this one is for kernels before 5.11"
[ "$(id -u)" -eq 0 ] || die "must run as root"
for tool in dkms make gcc; do
    command -v "$tool" >/dev/null || die "$tool is not installed"
done
[ -e "/lib/modules/$(uname -r)/build/Makefile" ] || die "the headers of kernel $(uname -r) are not installed"
[ ! -e /opt/intel/sgxdriver ] || die "a driver is installed already; run /opt/intel/sgxdriver/uninstall.sh first"

kernel=$(uname -r)
source=/usr/src/sgx-1.41
rm -rf "$source"
unpack "$source"
install -D -m 0755 "$source/uninstall.sh" /opt/intel/sgxdriver/uninstall.sh || die "cannot write below /opt/intel"
rm -f "$source/uninstall.sh"
dkms add -m sgx -v 1.41 || take_back "dkms add failed"
dkms build -m sgx -v 1.41 -k "$kernel" || take_back "dkms build failed"
dkms install -m sgx -v 1.41 -k "$kernel" || take_back "dkms install failed"
getent group sgx_prv >/dev/null || groupadd --system sgx_prv
mkdir -p /etc/udev/rules.d /etc/modules-load.d
mv "$source/10-sgx.rules" /etc/udev/rules.d/10-sgx.rules
udevadm control --reload 2>/dev/null
echo intel_sgx > /etc/modules-load.d/intel_sgx.conf
modprobe intel_sgx || take_back "the module does not load: is Secure Boot on, and the module not signed?"
udevadm trigger --subsystem-match=misc 2>/dev/null
echo "Installation is successful!"
exit 0
__PAYLOAD__
