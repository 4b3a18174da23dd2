#!/usr/bin/env python3
"""Writes docs/headers.md, the index of our headers with the first sentence of each.

  tools/header_index.py           writes the file
  tools/header_index.py --check   exit status 1 where the file is not what would be written
"""
import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parents[1]
INDEX = ROOT / "docs/headers.md"
ROOMS = ["base", "kernels", "registry", "ops", "hosts", "sparse", "graph", "nn", "atoms", "train", "models", "serve",
         "diffusion", "cli"]


def first_sentence(text):
    """The opening comment up to the full stop that ends its first sentence."""
    words = []
    for line in text.splitlines():
        if not line.startswith("//"):
            break
        words.append(line[2:].strip())
    match = re.match(r"(.*?[.])(?=\s+[A-Z`]|$)", " ".join(words))
    return match.group(1) if match else " ".join(words)


def index():
    lines = ["# Headers", "", "Made by `tools/header_index.py` from the first sentence of each header; lowest room first.",
             "Files that end in `-inl.h` are included by the header of the same name only, and left out here."]
    for room in ROOMS:
        headers = sorted(path for path in (ROOT / "spinel" / room).rglob("*.h") if not path.stem.endswith("-inl"))
        if not headers:
            continue
        lines += ["", f"## {room}", "", "| header | what it is |", "| --- | --- |"]
        for header in headers:
            sentence = first_sentence(header.read_text(encoding="utf-8")).replace("|", "\\|")
            lines.append(f"| [`{header.relative_to(ROOT)}`](../{header.relative_to(ROOT)}) | {sentence} |")
    lines += ["", "## compat", "", "PyTorch's names for other people's operator sources; nothing of ours includes them.",
              "", "| header | what it is |", "| --- | --- |"]
    for header in sorted((ROOT / "compat/include").rglob("*.h")):
        sentence = first_sentence(header.read_text(encoding="utf-8")).replace("|", "\\|")
        lines.append(f"| [`{header.relative_to(ROOT / 'compat/include')}`](../{header.relative_to(ROOT)}) | {sentence} |")
    return "\n".join(lines) + "\n"


def main():
    text = index()
    if "--check" in sys.argv[1:]:
        if not INDEX.exists() or INDEX.read_text(encoding="utf-8") != text:
            print("docs/headers.md: it is not current; run tools/header_index.py")
            return 1
        return 0
    INDEX.write_text(text, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
