"""A time server of the lab (SNTP, RFC 4330 section 5) that says what this machine's clock says; it sets no clock.

  python3 ntp.py RUN_DIR PORT

Switches: ntp.clock-offset (seconds ahead), ntp.status (any value: no answer).
"""

import socket
import struct
import sys
import time

from switches import Switches

_SINCE_1900 = 2208988800
_PACKET = struct.Struct(">BBbbIII8s8s8s8s")


def _stamp(seconds):
    return struct.pack(">II", int(seconds) + _SINCE_1900, int(seconds % 1 * (1 << 32)))


def answer(request, received, offset):
    """The reply to one client packet; None for anything else."""
    if len(request) < 48 or request[0] & 7 != 3:
        return None
    received, now = received + offset, time.time() + offset
    version = request[0] >> 3 & 7
    return _PACKET.pack(version << 3 | 4, 2, request[2] if request[2] < 128 else 6, -20, 66, 66, 0x7F7F0101,
                        _stamp(now - 8), request[40:48], _stamp(received), _stamp(now))


def main():
    run, port = sys.argv[1], int(sys.argv[2])
    switches = Switches(run)
    server = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    server.bind(("127.0.0.1", port))
    while True:
        request, client = server.recvfrom(512)
        received = time.time()
        if switches.get("ntp", "status"):
            continue
        reply = answer(request, received, switches.number("ntp", "clock-offset"))
        if reply:
            server.sendto(reply, client)


if __name__ == "__main__":
    main()
