#!/bin/sh
# STAND-IN of a simulation lab: leaves on this machine what the legacy driver's installer left. As root.
#   (nothing)        with the module when DKMS, a compiler and the kernel's headers are here, else without it
#   --without-module leave the traces only
#   --extract DIR    only unpack
# Exit: 0 done, 1 failed, with the reason on stderr. The last line says whether the module is loaded.
set -u

die() {
    echo "legacy-isgx: $1" >&2
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

if [ "${1:-}" = --extract ]; then
    unpack "${2:?--extract wants a folder}"
    exit 0
fi
[ "$(id -u)" -eq 0 ] || die "must run as root"
source=/usr/src/isgx-2.11
rm -rf "$source"
unpack "$source"
install -D -m 0755 "$source/uninstall.sh" /opt/intel/sgxdriver/uninstall.sh || die "cannot write below /opt/intel"
rm -f "$source/uninstall.sh"
grep -qsx isgx /etc/modules || echo isgx >> /etc/modules

buildable=yes
[ "${1:-}" = --without-module ] && buildable=no
for tool in dkms make gcc; do
    command -v "$tool" >/dev/null || buildable=no
done
[ -e "/lib/modules/$(uname -r)/build/Makefile" ] || buildable=no
if [ "$buildable" = no ]; then
    if command -v dkms >/dev/null; then
        dkms add -m isgx -v 2.11 || die "dkms add failed"
    else
        # What `dkms add` leaves: the name, the version and a link to the sources.
        mkdir -p /var/lib/dkms/isgx/2.11/build
        ln -sfn "$source" /var/lib/dkms/isgx/2.11/source
    fi
    echo "legacy-isgx: traces are there, no module is loaded"
    exit 0
fi
kernel=$(uname -r)
dkms add -m isgx -v 2.11 || take_back "dkms add failed"
dkms build -m isgx -v 2.11 -k "$kernel" || take_back "dkms build failed"
dkms install -m isgx -v 2.11 -k "$kernel" || take_back "dkms install failed"
modprobe isgx || take_back "the module does not load"
echo "legacy-isgx: the module is loaded"
exit 0
__PAYLOAD__
