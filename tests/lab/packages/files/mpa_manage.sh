#!/bin/sh
# STAND-IN of a simulation lab; the platform's state is chosen as in mpa_registration.
root=${STAND_IN_ROOT:-}
state=$(cat "$root/var/lib/mpa-stand-in" 2>/dev/null || echo completed)
case "${1:-}" in
    -get_registration_status)
        case "$state" in
            completed) echo "Registration process completed successfully." ;;
            in-progress) echo "Registration is in progress." ;;
            *) echo "Registration process failed." ;;
        esac
        ;;
    -get_last_registration_error_code)
        # As with the original: 0 while the registration is in progress, too.
        case "$state" in
            completed | in-progress) echo "Last reported registration error code: 0" ;;
            *) echo "Last reported registration error code: 162" ;;
        esac
        ;;
    -get_sgx_status) echo "Intel(R) SGX status: enabled" ;;
    -v) echo "mpa_manage 1.23.100.0 (STAND-IN of a simulation lab)" ;;
    *)
        echo "usage: mpa_manage -get_registration_status | -get_last_registration_error_code | -get_sgx_status | -v"
        [ "${1:-}" = -h ]
        ;;
esac
