"""The stand-in packages: names, roles and dependencies of Intel's DCAP set and of what is left of the EPID era,
contents of our own. Release 2.26 is the last one for focal, and the last but one with EPID.

Each entry: depends, recommends, description, files (path in the package -> source in files/, or None for seeded payload of
`payload` bytes). Maintainer scripts lie in scripts/NAME.postinst and so on.
"""

LIB = "usr/lib/x86_64-linux-gnu"
AESM = "opt/intel/sgx-aesm-service/aesm"
PSW, DCAP = "2.26.100.0", "1.23.100.0"
OLDER_PSW = "2.25.100.0"
CODENAMES = ("focal", "jammy", "noble", "bookworm")
MINIMAL_SET = ("sgx-aesm-service", "libsgx-aesm-ecdsa-plugin", "libsgx-aesm-quote-ex-plugin", "libsgx-dcap-default-qpl")


class Package:
    def __init__(self, version, description, depends=(), recommends=(), files=None, payload=None, conffiles=()):
        self.version = version
        self.description = description
        self.depends, self.recommends = list(depends), list(recommends)
        self.files = files or {}
        self.payload = payload or {}
        self.conffiles = list(conffiles)


MIB = 1 << 20

PACKAGES = {
    "sgx-aesm-service": Package(
        PSW, "architectural enclave service manager",
        depends=["adduser", "udev"],
        files={"lib/systemd/system/aesmd.service": "aesmd.service",
               f"{AESM}/linksgx.sh": "linksgx.sh",
               "etc/aesmd.conf": "aesmd.conf"},
        payload={f"{AESM}/data/white_list_cert.bin": 4096, f"{AESM}/bundles/core_bundle.so": 3 * MIB},
        conffiles=["/etc/aesmd.conf"]),
    "libsgx-aesm-ecdsa-plugin": Package(
        PSW, "ECDSA quoting plug-in of the service manager",
        depends=["sgx-aesm-service", "libsgx-qe3-logic", "libsgx-aesm-pce-plugin"],
        payload={f"{AESM}/bundles/ecdsa_quote_service_bundle.so": MIB}),
    "libsgx-aesm-pce-plugin": Package(
        PSW, "PCE plug-in of the service manager",
        depends=["sgx-aesm-service", "libsgx-pce-logic", "libsgx-ae-pce"],
        payload={f"{AESM}/bundles/pce_service_bundle.so": MIB // 2}),
    "libsgx-aesm-quote-ex-plugin": Package(
        PSW, "unified quoting plug-in of the service manager",
        depends=["sgx-aesm-service", "libsgx-aesm-ecdsa-plugin"],
        recommends=["libsgx-aesm-epid-plugin"],  # so until 2.28: a set-up that takes recommendations is found out by it
        payload={f"{AESM}/bundles/quote_ex_service_bundle.so": MIB // 2}),
    "libsgx-dcap-default-qpl": Package(
        DCAP, "default quote provider library",
        files={"etc/sgx_default_qcnl.conf": "sgx_default_qcnl.conf"},
        payload={f"{LIB}/libdcap_quoteprov.so.1": MIB, f"{LIB}/libsgx_default_qcnl_wrapper.so.1": MIB},
        conffiles=["/etc/sgx_default_qcnl.conf"]),
    "libsgx-qe3-logic": Package(
        DCAP, "quoting enclave logic", depends=["libsgx-urts", "libsgx-ae-qe3", "libsgx-ae-id-enclave"],
        payload={f"{LIB}/libsgx_qe3_logic.so": MIB // 2}),
    "libsgx-pce-logic": Package(
        DCAP, "provisioning certification enclave logic", depends=["libsgx-ae-pce"],
        payload={f"{LIB}/libsgx_pce_logic.so.1": MIB // 4}),
    "libsgx-ae-pce": Package(
        PSW, "provisioning certification enclave", depends=["udev"],
        files={"lib/udev/rules.d/93-sgx-provision.rules": "93-sgx-provision.rules"},
        payload={f"{LIB}/libsgx_pce.signed.so": MIB}),
    "libsgx-ae-qe3": Package(
        DCAP, "quoting enclave", payload={f"{LIB}/libsgx_qe3.signed.so": MIB}),
    "libsgx-ae-id-enclave": Package(
        DCAP, "identity enclave", payload={f"{LIB}/libsgx_id_enclave.signed.so": MIB}),
    "libsgx-urts": Package(
        PSW, "untrusted run-time system", depends=["libsgx-enclave-common"],
        payload={f"{LIB}/libsgx_urts.so.2": MIB // 4}),
    "libsgx-enclave-common": Package(
        PSW, "enclave loader",
        files={"lib/systemd/system/remount-dev-exec.service": "remount-dev-exec.service",
               "lib/udev/rules.d/94-sgx-enclave.rules": "94-sgx-enclave.rules"},
        payload={f"{LIB}/libsgx_enclave_common.so.1": MIB // 4}),
    "libsgx-aesm-launch-plugin": Package(
        PSW, "launch plug-in of the service manager (EPID era)",
        depends=["sgx-aesm-service", "libsgx-ae-le"],
        payload={f"{AESM}/bundles/le_launch_service_bundle.so": MIB // 4}),
    "libsgx-aesm-epid-plugin": Package(
        PSW, "EPID plug-in of the service manager",
        depends=["sgx-aesm-service", "libsgx-ae-epid", "libsgx-aesm-pce-plugin"],
        recommends=["libsgx-aesm-launch-plugin"],
        payload={f"{AESM}/bundles/epid_quote_service_bundle.so": MIB // 4}),
    "libsgx-ae-le": Package(
        PSW, "launch enclave (EPID era)", payload={f"{AESM}/data/libsgx_le.signed.so": MIB // 4}),
    "libsgx-ae-epid": Package(
        PSW, "EPID provisioning and quoting enclaves",
        payload={f"{AESM}/data/libsgx_pve.signed.so": MIB // 4, f"{AESM}/data/libsgx_qe.signed.so": MIB // 4}),
    "libsgx-launch": Package(
        PSW, "launch token library (EPID era)", depends=["libsgx-enclave-common"],
        recommends=["libsgx-aesm-launch-plugin"], payload={f"{LIB}/libsgx_launch.so.1": MIB // 8}),
    "libsgx-epid": Package(
        PSW, "EPID quoting library", recommends=["libsgx-aesm-epid-plugin"],
        payload={f"{LIB}/libsgx_epid.so.1": MIB // 8}),
    "libsgx-ra-uefi": Package(
        DCAP, "registration: the firmware's variables", payload={f"{LIB}/libmpa_uefi.so.1": MIB // 8}),
    "libsgx-ra-network": Package(
        DCAP, "registration: the service's client", payload={f"{LIB}/libmpa_network.so.1": MIB // 8}),
    "sgx-ra-service": Package(
        DCAP, "multi-package registration agent", depends=["libsgx-ra-uefi", "libsgx-ra-network"],
        files={"lib/systemd/system/mpa_registration_tool.service": "mpa_registration_tool.service",
               "opt/intel/sgx-ra-service/mpa_registration": "mpa_registration.sh",
               "usr/bin/mpa_manage": "mpa_manage.sh",
               "etc/mpa_registration.conf": "mpa_registration.conf"},
        conffiles=["/etc/mpa_registration.conf"]),
    "sgx-pck-id-retrieval-tool": Package(
        DCAP, "retrieval of a platform's certification data",
        files={"opt/intel/sgx-pck-id-retrieval-tool/PCKIDRetrievalTool": "pck_id_retrieval_tool.sh",
               "opt/intel/sgx-pck-id-retrieval-tool/network_setting.conf": "network_setting.conf"}),
}

EPID_SET = ("libsgx-aesm-launch-plugin", "libsgx-aesm-epid-plugin", "libsgx-ae-le", "libsgx-ae-epid", "libsgx-launch", "libsgx-epid")

# What the repository also offers and must never become a candidate: a foreign package, and an old release.
FOREIGN = {"sudo": Package("99.0", "a package that is not this repository's business")}
