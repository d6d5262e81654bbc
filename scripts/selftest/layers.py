"""The self-test of check-layers: every seeded violation is found under its own rule, and clean code is left alone."""
import tempfile
from pathlib import Path

CLEAN = {
    "lib/base/result.hpp": "// std::filesystem, ::open( and #include <regex> in a comment are no use of them\n#include <string>\n",
    "lib/base/json.cpp": '#include <nlohmann/json.hpp>\nauto a() { return nlohmann::json::parse("{}"); }\n',
    "lib/host/posix/path_walker.cpp": '#include <fcntl.h>\n#include "base/result.hpp"\nint f() { return ::open("x", 0); }\n',
    "lib/host/posix/child.cpp": 'int f() { return ::open("/dev/null", 0); }\n// ::open(path) and text.raw() << in a comment\n',
    "lib/host/posix/posix_files_read.cpp": "Status PosixFiles::rename(const Path& from);\nint f() { return ::openat(directory, name, 0); }\n",
    "lib/base/untrusted.cpp": "std::string shown(const Untrusted& text) { return escaped(text.raw()); }\n",
    "lib/pairing/outcome.cpp": "bool f() { return lines_of(\n    log.raw()).empty() || a->id.raw() == b.raw() || x.raw().find('/') != 0 || is_guid(facts[0].user.raw()); }\n"
                               "auto g() { return Untrusted(std::string(o->out.raw()) + std::string(o->err.raw())); }\n",
    "lib/apt/plan.cpp": '#include "base/result.hpp"\n#include "host/host.hpp"\nconst char* t = "run getenv( or std::cout << yourself";\n',
    "lib/apt/quote.cpp": "char q = '\"';\nconst char* t = \"std::cout\";\n",
    "installer/stages/catalog.cpp": '#include "installer/stages/image.hpp"\n#include "apt/plan.hpp"\n',
    "installer/cli/setup.cpp": '#include "CLI/CLI.hpp"\n#include "installer/stages/catalog.hpp"\n',
}
SEEDED = [  # rule, file, text
    (1, "lib/apt/plan.cpp", '#include "sgx/aesm.hpp"\n'),
    (1, "lib/base/text.cpp", '#include "host/host.hpp"\n'),
    (1, "lib/state/journal.cpp", '#include "../engine/step.hpp"\n'),
    (2, "lib/engine/runner.cpp", '#include "apt/sources.hpp"\n'),
    (2, "installer/cli/setup.cpp", '#include "installer/stages/image.hpp"\n'),
    (3, "lib/host/files.hpp", '#include "installer/wiring.hpp"\n'),
    (3, "installer/wiring.cpp", '#include "kit/fake_host.hpp"\n'),
    (4, "lib/profile/load.cpp", 'auto j = nlohmann::json::parse("x");\n'),
    (4, "lib/container/pull.cpp", "#include <curl/curl.h>\n"),
    (4, "installer/stages/image.cpp", "#include <nlohmann/json.hpp>\n"),
    (5, "lib/state/journal.cpp", "#include <unistd.h>\n"),
    (5, "lib/config/writer.cpp", 'auto e = std::getenv("HOME");\n'),
    (5, "installer/stages/hardware.cpp", "auto t = std::chrono::system_clock::now();\n"),
    (5, "lib/apt/dpkg.cpp", 'int f = ::open("/etc/passwd", 0);\n'),
    (5, "lib/host/posix/engine.cpp", "std::regex r;\n"),
    (6, "lib/pairing/list.cpp", "out << user.raw();\n"),
    (6, "lib/pairing/list.cpp", 'return "user " + std::string(user.raw());\n'),
    (6, "lib/pairing/list.cpp", "error.message +=\n    user\n        .raw();\n"),
    (6, "lib/pairing/list.cpp", "text.append(user->name.raw());\n"),
    (6, "lib/pairing/list.cpp", "const std::string name(user.raw());\n"),
    (6, "lib/pairing/list.cpp", 'return make_error("a.b", user.raw());\n'),
    (6, "lib/pairing/list.cpp", 'auto t = "x" + std::string(lines_of(log.raw()).front());\n'),
    (6, "lib/pairing/list.cpp", "return a.raw() == b.raw() ? c.raw() : d;\n"),
    (6, "lib/base/stream.hpp", "std::ostream& operator<<(std::ostream& out, const Untrusted& text);\n"),
    (6, "lib/base/json.cpp", "catch (const std::exception& e) { return failed(e.what()); }\n"),
    (7, "lib/host/posix/curl_x.cpp", "const int file = ::open(path.c_str(), 0);\n"),
    (7, "lib/host/posix/curl_x.cpp", "auto* file = fopen(path.c_str(), mode);\n"),
    (7, "lib/host/posix/curl_x.cpp", 'if (access("/etc/ssl/cert.pem", 4) == 0) return;\n'),
    (7, "lib/host/posix/curl_x.cpp", "std::ifstream file(path);\n"),
    (7, "lib/host/posix/curl_x.cpp", "if (std::filesystem::exists(path)) return;\n"),
    (7, "lib/host/posix/curl_x.cpp", "::rename(from, to);\n"),
    (7, "lib/host/posix/curl_x.cpp", "unlink(path);\n"),
    (7, "lib/host/posix/curl_x.cpp", "::openat(directory, name, 0);\n"),
    (7, "lib/host/posix/curl_x.cpp", "unlinkat(\n    directory, name, 0);\n"),
]


def tree(files, check_tree):
    with tempfile.TemporaryDirectory() as folder:
        for name, text in files.items():
            path = Path(folder, name)
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
        return check_tree(Path(folder))[0]


def self_test(check_tree):
    failures = [f"clean code is refused: {violation}" for violation in tree(CLEAN, check_tree)]
    for rule, name, text in SEEDED:
        found = tree({**CLEAN, name: CLEAN.get(name, "") + text}, check_tree)
        if [(where, which) for where, which, _ in found] != [(name, rule)]:
            failures.append(f"rule {rule}, {name}, {text.strip()!r}: found {found}")
    print("\n".join(failures + [f"check-layers --self-test: {len(SEEDED)} seeded violations, {len(failures)} failures"]))
    return 1 if failures else 0
