"""Builds the lab's own C++ programs (static, for the guest) and keeps them in the cache."""

import os
import subprocess

import cache

HERE = os.path.dirname(os.path.abspath(__file__))
_FLAGS = ["-std=c++20", "-O2", "-Wall", "-Wextra", "-Wconversion", "-Wshadow", "-Werror", "-static", "-s"]


def _build(name, libraries):
    source = os.path.join(HERE, name)

    def make(out):
        units = sorted(f for f in os.listdir(source) if f.endswith(".cpp"))
        programs = [u for u in units if u.startswith("main_")] or ["main.cpp"]
        shared = [u for u in units if u not in programs]
        compiler = os.environ.get("CXX", "g++")
        objects = []
        for unit in shared + programs:
            target = os.path.join(out, unit + ".o")
            subprocess.run([compiler, *_FLAGS[:-2], "-c", os.path.join(source, unit), "-o", target], check=True)
            objects.append(target)
        for program in programs:
            mine = [o for o in objects if os.path.basename(o)[:-2] in shared + [program]]
            target = os.path.join(out, program[:-4].removeprefix("main_"))
            # The C library warns about getaddrinfo in a static program; the image carries no name service.
            result = subprocess.run([compiler, *_FLAGS, *mine, "-o", target, *libraries], capture_output=True, text=True)
            if result.returncode != 0:
                raise RuntimeError(result.stderr)
        for path in objects:
            os.remove(path)

    return cache.folder(name, cache.key_of([source, os.path.join(HERE, "programs.py")]), make)


def aesm_service():
    return os.path.join(_build("aesm", []), "main")


def cosigner_folder():
    """Holds customer_cosigner and su."""
    return _build("cosigner", ["-lssl", "-lcrypto"])
