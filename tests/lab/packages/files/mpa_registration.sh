#!/bin/sh
# STAND-IN of a simulation lab: writes what the agent would have logged. The word in /var/lib/mpa-stand-in chooses the
# platform's state: completed (also when there is no such file), in-progress, failed.
root=${STAND_IN_ROOT:-}
log=$root/var/log/mpa_registration.log
state=$(cat "$root/var/lib/mpa-stand-in" 2>/dev/null || echo completed)

line() {
    echo "[$(date '+%d-%m-%Y %H:%M:%S')] $1: $2" >> "$log"
}

line INFO "SGX Registration Agent version: 1.23.100.0 (STAND-IN)"
line INFO "Starting Registration Agent Flow."
case "$state" in
    completed) line INFO "Registration Flow - Registration status indicates registration is completed successfully. MPA has nothing to do." ;;
    in-progress) line ERROR "Registration Flow - the registration server cannot be reached, the request stays in progress." ;;
    *)
        line ERROR "Registration Flow - PLATFORM_ESTABLISHMENT or TCB_RECOVERY failed."
        line ERROR "RS reports a '400 Bad Request'."
        ;;
esac
line INFO "Finished Registration Agent Flow."
