#!/usr/bin/env python3
"""Breaks a room's code in small ways, one at a time, and counts how many breaks its tests notice.

Usage: tools/mutants.py ROOM [--count 40] [--seed 0] [--file TEXT]

The breaks (comparisons, logic, arithmetic, truth values, left-out calls) are drawn at random from spinel/ROOM; --file
takes only paths that hold the text. They are made in a work tree of their own in build/mutants, at the last commit.
Prints a line a break and the share that was noticed; those that were not are listed with what was changed.
"""
import argparse
import pathlib
import random
import re
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
TREE = ROOT / "build" / "mutants" / "tree"
SWAPS = [(" < ", " <= "), (" <= ", " < "), (" > ", " >= "), (" >= ", " > "), (" == ", " != "), (" != ", " == "),
         (" && ", " || "), (" || ", " && "), (" + ", " - "), (" - ", " + "), (" * ", " / "), (" / ", " * "),
         ("true", "false"), ("false", "true"), ("++", "--"), (" += ", " -= "), (" -= ", " += ")]
CALL = re.compile(r"^(\s+)[a-z_][\w.:]*(->\w+|\.\w+)*\([^{}]*\);$")


def run(*command, **options):
    return subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, **options)


def prepare(room):
    if not TREE.exists():
        TREE.parent.mkdir(parents=True, exist_ok=True)
        subprocess.run(["git", "worktree", "add", "--force", "--detach", str(TREE)], cwd=ROOT, check=True)
        (TREE / ".venv").symlink_to(ROOT / ".venv")
    subprocess.run(["git", "checkout", "--quiet", "--force", "--detach",
                    run("git", "rev-parse", "HEAD", cwd=ROOT).stdout.strip()], cwd=TREE, check=True)
    subprocess.run(["cmake", "--preset", "release", "-DSPINEL_TESTS=ON"], cwd=TREE, check=True,
                   stdout=subprocess.DEVNULL)
    if build(room).returncode or test(room):
        sys.exit(f"mutants: {room}: its tests do not build and pass as they are; mend them first")


def build(room):
    return run("cmake", "--build", "--preset", "release", "--target", f"spinel_{room}_tests", cwd=TREE)


def test(room):
    """Whether the tests notice something."""
    try:
        return run(str(TREE / "build/release/bin" / f"spinel_{room}_tests"), "--gtest_fail_fast", cwd=TREE / "tests",
                   timeout=300).returncode != 0
    except subprocess.TimeoutExpired:
        return True


def code_part(line):
    """The line without comment and texts, which are blanked so that positions stay."""
    line = re.sub(r'"(\\.|[^"\\])*"', lambda m: '"' + "\0" * (len(m.group()) - 2) + '"', line)
    return re.sub(r"//.*", lambda m: "\0" * len(m.group()), line)


def places(room, part):
    for path in sorted((TREE / "spinel" / room).rglob("*.cc")):
        name = str(path.relative_to(TREE))
        if part not in name:
            continue
        for number, line in enumerate(path.read_text().split("\n")):
            code = code_part(line)
            if code.lstrip().startswith(("#", "template", "static_assert")):
                continue
            for old, new in SWAPS:
                for match in re.finditer(re.escape(old), code):
                    yield path, number, line[:match.start()] + new + line[match.end():]
            if CALL.match(code):
                yield path, number, CALL.match(code).group(1) + ";"


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("room")
    parser.add_argument("--count", type=int, default=40)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--file", default="")
    arguments = parser.parse_args()
    prepare(arguments.room)
    found = list(places(arguments.room, arguments.file))
    random.Random(arguments.seed).shuffle(found)
    noticed, missed = 0, []
    for path, number, changed in found:
        if noticed + len(missed) == arguments.count:
            break
        text = path.read_text()
        lines = text.split("\n")
        before, lines[number] = lines[number], changed
        path.write_text("\n".join(lines))
        try:
            if build(arguments.room).returncode:
                continue  # does not compile: says nothing about the tests
            caught = test(arguments.room)
        finally:
            path.write_text(text)
        place = f"{path.relative_to(TREE)}:{number + 1}"
        print(f"{'noticed' if caught else 'MISSED '} {place}: {before.strip()}  →  {changed.strip()}", flush=True)
        if caught:
            noticed += 1
        else:
            missed.append(place)
    total = noticed + len(missed)
    print(f"{arguments.room}: {noticed} of {total} noticed ({100 * noticed / max(total, 1):.0f} %)")


if __name__ == "__main__":
    main()
