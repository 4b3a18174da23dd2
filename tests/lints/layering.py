#!/usr/bin/env python3
"""Includes only go down the list of rooms, and rooms that stand without libtorch include none of it."""
import re

from sources import line_of, main, without_comments

# From the lowest room to the highest; rooms of one level do not include each other.
LEVELS = [("base",), ("kernels", "registry"), ("ops",), ("hosts",), ("sparse",), ("graph",), ("nn",), ("atoms",),
          ("train",), ("models",), ("serve",), ("diffusion",), ("cli",)]
LEVEL = {room: level for level, rooms in enumerate(LEVELS) for room in rooms}
TORCH_FREE = {"base", "kernels", "registry", "ops"}
# Parts of serve/ that may include libtorch; the rest of it may not.
SERVE_WITH_TORCH = {"worker", "layers", "models"}
TORCH = re.compile(r"(torch|ATen|c10|caffe2)/")
INCLUDE = re.compile(r'^[ \t]*#[ \t]*include[ \t]*([<"])([^>"]+)[>"]', re.MULTILINE)


def torch_free(parts):
    return parts[1] in TORCH_FREE or (parts[1] == "serve" and parts[2] not in SERVE_WITH_TORCH)


def check(sources):
    findings = []
    for path, text in sources.items():
        parts = path.split("/")
        if parts[0] != "spinel" or len(parts) < 3:
            continue
        room = parts[1]
        if room not in LEVEL:
            findings.append(f"{path}:1: '{room}' is no known room; name its level in tests/lints/layering.py")
            continue
        for match in INCLUDE.finditer(without_comments(text)):
            target, where = match.group(2), f"{path}:{line_of(text, match.start())}"
            if TORCH.match(target) and torch_free(parts):
                findings.append(f"{where}: {room} stands without libtorch but includes {target}")
            if match.group(1) == '"' and not target.startswith("spinel/"):
                findings.append(f'{where}: "{target}" is not a path from the root, as "spinel/base/error.h" is')
            if not target.startswith("spinel/"):
                continue
            other = target.split("/")[1]
            if other not in LEVEL:
                findings.append(f"{where}: '{other}' is no known room")
            elif other != room and LEVEL[other] >= LEVEL[room]:
                findings.append(f"{where}: {room} includes {target}, which stands above it")
            elif torch_free(parts) and other not in TORCH_FREE and other != room:
                findings.append(f"{where}: {room} stands without libtorch but includes {target}")
    return findings


if __name__ == "__main__":
    main(check)
