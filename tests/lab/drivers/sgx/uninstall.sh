#!/bin/sh
# STAND-IN of a simulation lab: takes back what the driver's installer did. As root.
modprobe -r intel_sgx 2>/dev/null
dkms remove -m sgx -v 1.41 --all
rm -rf /usr/src/sgx-1.41
rm -f /etc/modules-load.d/intel_sgx.conf /etc/udev/rules.d/10-sgx.rules
rm -rf /opt/intel/sgxdriver
echo "uninstalled"
