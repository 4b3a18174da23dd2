#!/usr/bin/env python3
"""Packs a folder as a wheel (PEP 427): wheel.py FOLDER NAME VERSION TAG OUT [REQUIREMENT…]

FOLDER holds what goes to site-packages. Nothing but Python's own library, so that no build tool is downloaded; equal
files give equal wheels.
"""
import base64
import hashlib
import os
import pathlib
import sys
import zipfile

EPOCH = (2020, 1, 1, 0, 0, 0)


def files_of(folder):
    for path in sorted(folder.rglob("*")):
        if path.is_file() and "__pycache__" not in path.parts:
            yield path.relative_to(folder).as_posix(), path.read_bytes()


def metadata(name, version, requirements):
    lines = ["Metadata-Version: 2.1", f"Name: {name}", f"Version: {version}", "License: Apache-2.0",
             "Requires-Python: >=3.9", *(f"Requires-Dist: {requirement}" for requirement in requirements)]
    return "\n".join(lines) + "\n"


def record_line(name, data):
    digest = base64.urlsafe_b64encode(hashlib.sha256(data).digest()).rstrip(b"=").decode()
    return f"{name},sha256={digest},{len(data)}\n"


def main(folder, name, version, tag, out, *requirements):
    info = f"{name}-{version}.dist-info"
    pure = "Wheel-Version: 1.0\nGenerator: spinel\nRoot-Is-Purelib: false\n"
    entries = [*files_of(pathlib.Path(folder)), (f"{info}/METADATA", metadata(name, version, requirements).encode()),
               (f"{info}/WHEEL", f"{pure}Tag: {tag}\n".encode())]
    record = "".join(record_line(path, data) for path, data in entries) + f"{info}/RECORD,,\n"
    os.makedirs(out, exist_ok=True)
    wheel = os.path.join(out, f"{name}-{version}-{tag}.whl")
    with zipfile.ZipFile(wheel, "w", zipfile.ZIP_DEFLATED) as archive:
        for path, data in [*entries, (f"{info}/RECORD", record.encode())]:
            entry = zipfile.ZipInfo(path, EPOCH)
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.external_attr = (0o755 if path.endswith(".so") else 0o644) << 16
            archive.writestr(entry, data)
    print(wheel)


main(*sys.argv[1:])
