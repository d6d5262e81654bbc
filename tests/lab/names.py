"""The names the lab answers for, and the guest address of each.

A guest's hosts file maps every name to its own address of the emulator's user network; the emulator forwards
that address, one command a connection, to a loopback port of the host. Names and ports are those of
contracts section 7 and the allowlist of the vendor's pages; nothing here is reachable outside the machine.
"""

CALLBACK_HOST = "cb.lab.example"
PROXY_HOST = "proxy.lab.example"
QUOTING_HOST = "quoting.lab.example"  # asked by the co-signer's stand-in alone, for what hardware would make
REGISTRY_HOST = "registry.gitlab.com"
PUBLIC_REGISTRY_HOST = "ghcr.io"
GATEWAY_HOSTS = ("mobile-api.fireblocks.io", "eu2-mobile-api.fireblocks.io", "eu-mobile-api.fireblocks.io")
PCS_HOSTS = (
    "api.trustedservices.intel.com",
    "certificates.trustedservices.intel.com",
    "global.acccache.azure.net",
)
# Caches of platform certificates and collateral: those of a cloud, and two of an operator's own.
INTEL_PCS_HOST = "api.trustedservices.intel.com"
CLOUD_CACHE_HOSTS = (
    "sgx-dcap-server.cn-hongkong.aliyuncs.com",
    "sgx-dcap-server-vpc.cn-hongkong.aliyuncs.com",
)
PCCS_HOST, PCCS_SELF_HOST, PCCS_PORT = "pccs.lab.example", "pccs-self.lab.example", 8081  # the second signs for itself
CERTIFICATION_HOSTS = (*PCS_HOSTS, *CLOUD_CACHE_HOSTS, PCCS_HOST, PCCS_SELF_HOST)
STATIC_HOSTS = ("download.01.org", "download.docker.com")
# Answered with a short page only: a preflight that resolves, connects and shakes hands must find them.
PLAIN_HOSTS = (
    "cdn.registry.gitlab-static.net",
    "gitlab.com",
    "github.com",
    "signurl.fireblocks.io",
    "s3signurl.fireblocks.io",
    "eu2-signurl.fireblocks.io",
    "eu2-s3signurl.fireblocks.io",
    "eu-signurl.fireblocks.io",
    "eu-s3signurl.fireblocks.io",
    "api.fireblocks.io",
    "eu2-api.fireblocks.io",
    "eu-api.fireblocks.io",
    "fb-certs.s3.amazonaws.com",
    "fb-customers.s3.amazonaws.com",
    "fb-cosigner-images.s3.amazonaws.com",
    "fireblocks-eu-prod-fr-cosigner.s3.amazonaws.com",
)

# name -> (server that answers, port in the guest)
SERVED_BY = (
    [(name, "web", 443) for name in STATIC_HOSTS]
    + [(REGISTRY_HOST, "web", 443)]
    + [(name, "gateway", 443) for name in GATEWAY_HOSTS]
    + [(CALLBACK_HOST, "callback", 8443), (CALLBACK_HOST, "callback-pinned", 8444), (CALLBACK_HOST, "callback-chain", 8445)]
    + [(name, "web", 443) for name in PCS_HOSTS]
    + [(PROXY_HOST, "proxy", 3128)]
    + [(name, "web", 443) for name in PLAIN_HOSTS]
    + [(QUOTING_HOST, "web", 443)]
    + [(PUBLIC_REGISTRY_HOST, "web", 443)]
    + [(name, "web", 443) for name in CLOUD_CACHE_HOSTS]
    + [(name, "web", PCCS_PORT) for name in (PCCS_HOST, PCCS_SELF_HOST)]
)

FIRST_GUEST_ADDRESS = 101


def guest_addresses():
    """name -> address inside the guest; stable for a given list, so that an image may carry it."""
    unique = dict.fromkeys(name for name, _, _ in SERVED_BY)
    return {name: f"10.0.2.{FIRST_GUEST_ADDRESS + i}" for i, name in enumerate(unique)}


def forwards(host_ports):
    """The forwards of lab.json; host_ports: server name -> loopback port."""
    addresses = guest_addresses()
    return [
        {"name": name, "guest_ip": addresses[name], "guest_port": port, "host_port": host_ports[server]}
        for name, server, port in SERVED_BY
        if server in host_ports
    ]


def endpoint_lines(host_ports, native):
    """Lines "name port address port" for the co-signer stand-in, which has no hosts file of the guest.

    native=True names the loopback ports themselves (a stand-in started on the host by a self-check).
    """
    lines = []
    for entry in forwards(host_ports):
        if native:
            target = ("127.0.0.1", entry["host_port"])
        else:
            target = (entry["guest_ip"], entry["guest_port"])
        lines.append(f"{entry['name']} {entry['guest_port']} {target[0]} {target[1]}")
    return lines
