#!/bin/sh
# STAND-IN of a simulation lab: writes made-up values in the original's form. Sends nothing anywhere.
root=${STAND_IN_ROOT:-}
out=pckid_retrieval.csv
url=
while [ $# -gt 0 ]; do
    case "$1" in
        -f) out=${2:?-f wants a file}; shift ;;
        -url) url=${2:?-url wants an address}; shift ;;
        -use_secure_cert) case "${2:-}" in true | false) shift ;; *) echo "Error: -use_secure_cert is true or false"; exit 255 ;; esac ;;
        -user_token | -proxy_type | -proxy_url | -tcb_update_type | -platform_id) shift ;;
        *) echo "Usage: PCKIDRetrievalTool [-f FILE] [-url URL] [-use_secure_cert true|false]"; [ "$1" = "-?" ] && exit 0; exit 255 ;;
    esac
    shift
done

echo "Intel(R) Software Guard Extensions PCK Cert ID Retrieval Tool Version 1.23.100.0 (STAND-IN)"
node=$root/dev/sgx_provision
[ -e "$node" ] || node=$root/dev/sgx/provision
if ! [ -r "$node" ] || ! [ -w "$node" ]; then
    echo "Error: the provision device cannot be opened; this needs root or the group sgx_prv."
    exit 1
fi

ppid=
for number in 1 2 3 4 5 6 7 8 9 10 11 12; do
    ppid=$ppid$(echo "encrypted ppid of the lab, part $number" | sha256sum | cut -c 1-64)
done
# CPUSVN and PCESVN (low byte first) are those of the lab's platform.
printf '%s,0000,07090303ffff01000000000000000000,0d00,%s\n' \
    "$ppid" "$(echo 'qe id of the lab' | sha256sum | cut -c 1-32)" > "$out" || exit 1
[ -z "$url" ] || echo "STAND-IN: nothing was sent to $url"
echo "$out has been generated successfully!"
