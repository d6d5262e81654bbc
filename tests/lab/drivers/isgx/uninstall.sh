#!/bin/sh
# STAND-IN of a simulation lab: takes the legacy driver away. As root. What is loaded stays until it can be unloaded.
modprobe -r isgx 2>/dev/null
if command -v dkms >/dev/null; then
    dkms remove -m isgx -v 2.11 --all
else
    rm -rf /var/lib/dkms/isgx
fi
rm -rf /usr/src/isgx-2.11
sed -i '/^isgx$/d' /etc/modules
rm -rf /opt/intel/sgxdriver
echo "uninstalled"
