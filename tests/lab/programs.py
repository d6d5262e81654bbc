"""Builds the lab's own C++ programs (static, for the guest) and keeps them in the cache."""

import os
import subprocess

import cache

HERE = os.path.dirname(os.path.abspath(__file__))
_FLAGS = ["-std=c++20", "-O2", "-Wall", "-Wextra", "-Wconversion", "-Wshadow", "-Werror"]


def _build(name, libraries=()):
    source = os.path.join(HERE, name)

    def make(out):
        compiler = os.environ.get("CXX", "g++")
        objects = []
        for unit in sorted(f for f in os.listdir(source) if f.endswith(".cpp")):
            objects.append(os.path.join(out, unit + ".o"))
            subprocess.run([compiler, *_FLAGS, "-c", os.path.join(source, unit), "-o", objects[-1]], check=True)
        # The linker warns about getaddrinfo in a static program: the image has no name service, so it is quiet here.
        link = subprocess.run([compiler, "-static", "-s", *objects, "-o", os.path.join(out, "program"), *libraries],
                              capture_output=True, text=True)
        if link.returncode != 0:
            raise RuntimeError(link.stderr)
        for path in objects:
            os.remove(path)

    key = cache.key_of([source, os.path.join(HERE, "programs.py")])
    return os.path.join(cache.folder(name, key, make), "program")


def aesm_service():
    return _build("aesm")


def customer_cosigner():
    return _build("cosigner", ["-lssl", "-lcrypto"])


def su():
    return _build("su")
