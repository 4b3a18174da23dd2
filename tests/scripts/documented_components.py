#!/usr/bin/env python3
"""Every component that configs and documentation name is one that the program can make.

Usage: documented_components.py PROGRAM
"""
import json
import pathlib
import re
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
# In YAML a component is an indented key in CamelCase (`  SchNet:`, `lr: {Cosine: {…}}`), or a whole value (`RemoveOffsets`).
KEY = re.compile(r"(?:^[ \t]+|\{\s*|-\s+)([A-Z][A-Za-z0-9]+):", re.MULTILINE)
VALUE = re.compile(r":\s+([A-Z][a-z0-9]+[A-Z][A-Za-z0-9]*)\s*(?:#.*)?$", re.MULTILINE)


def yaml_texts():
    for path in sorted((ROOT / "configs").rglob("*.yaml")):
        yield path, path.read_text(encoding="utf-8")
    for folder in ("docs", "configs", "spinel", "examples"):
        for path in sorted((ROOT / folder).rglob("*.md")):
            for block in re.findall(r"```yaml\n(.*?)```", path.read_text(encoding="utf-8"), re.DOTALL):
                yield path, block


def documented(text):
    text = re.sub(r"#.*", "", text)
    return set(KEY.findall(text)) | set(VALUE.findall(text))


def known_names(value):
    """Every "name" in the tree of components that `spinel info --json` prints."""
    if isinstance(value, list):
        return set().union(*map(known_names, value)) if value else set()
    if isinstance(value, dict):
        own = {value["name"]} if isinstance(value.get("name"), str) else set()
        return own.union(*map(known_names, value.values())) if value else own
    return {value} if isinstance(value, str) else set()


def main():
    info = json.loads(subprocess.run([sys.argv[1], "info", "--json"], check=True, capture_output=True).stdout)
    known = known_names(info["components"])
    unknown = [(path, name) for path, text in yaml_texts() for name in sorted(documented(text)) if name not in known]
    for path, name in unknown:
        print(f"{path.relative_to(ROOT)}: names '{name}', which the program does not know")
    return 1 if unknown or not known else 0


if __name__ == "__main__":
    sys.exit(main())
