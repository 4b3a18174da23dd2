#!/usr/bin/env python3
"""Breaks a room's code in small ways, one at a time, and counts how many breaks its tests notice.

Usage: tools/mutants.py ROOM [--count 40] [--minutes M] [--seed 0] [--file TEXT] [--without TEXT]

The breaks (comparisons, logic, arithmetic, truth values, numbers, ends of ranges, conditions, left-out calls, returns
and jumps) are drawn at random from the sources of spinel/ROOM, each kind about as often; --file takes only paths that
hold the text, --without none that do. They are made in a work tree of their own in build/mutants, at the last commit.
Of the room's tests those of the same name as the source run first, and all of them only where these notice nothing.
Prints a line a break and the share that was noticed; those that were not are listed with what was changed.
"""
import argparse
import pathlib
import random
import re
import resource
import subprocess
import sys
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent
TREE = ROOT / "build" / "mutants" / "tree"
patience = 300  # seconds for the tests; from the time that they take unbroken
# Kind of break: pattern in a line without comments and texts, and what takes its place.
KINDS = [
    ("comparison", r" (<=|<|>=|>|==|!=) ", {"<": "<=", "<=": "<", ">": ">=", ">=": ">", "==": "!=", "!=": "=="}),
    ("logic", r" (&&|\|\|) ", {"&&": "||", "||": "&&"}),
    ("arithmetic", r" ([-+*/%]) ", {"+": "-", "-": "+", "*": "/", "/": "*", "%": "/"}),
    ("assignment", r" ([-+*|]=) ", {"+=": "-=", "-=": "+=", "*=": "=", "|=": "="}),
    ("step", r"(\+\+|--)", {"++": "--", "--": "++"}),
    ("truth", r"\b(true|false)\b", {"true": "false", "false": "true"}),
    ("number", r"(?<![\w.'])(\d{1,4})(?![\w.'])", lambda text: str(int(text) + 1)),
    ("bound", r"\bstd::(min|max)\b", {"min": "max", "max": "min"}),
    ("negation", r"(?<=[( ])(!)(?=[a-z(])", {"!": ""}),
    ("condition", r"\b(?:if|while) \(()(?=[^;]*\) )", lambda text: "!!! "),
    ("call", r"^\s+()[a-z_][\w.:]*(?:->\w+|\.\w+)*\([^{}]*\);$", lambda text: "// "),
    ("jump", r"^\s*(?:if \(.*\) )?(continue|break)(?=;)", {"continue": "{}", "break": "{}"}),
    ("return", r"^\s*if \(.*\) (return[^;]*)(?=;$)", lambda text: "{}"),
]


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
    good = build(room).returncode == 0
    begin = time.monotonic()
    if not good or test(room):
        sys.exit(f"mutants: {room}: its tests do not build and pass as they are; mend them first")
    global patience
    patience = 10 + 4 * (time.monotonic() - begin)


def build(room):
    return run("cmake", "--build", "--preset", "release", "--target", f"spinel_{room}_tests", cwd=TREE)


def limit_memory():
    """A loop that a break made endless must not take all the memory there is."""
    resource.setrlimit(resource.RLIMIT_DATA, (8 << 30, 8 << 30))


def suites(path):
    """The test suites of a source's own tests: those in tests/ whose file bears its name, or begins with it."""
    names = set()
    folder = TREE / "tests" / path.relative_to(TREE / "spinel").parent
    for file in folder.glob(f"{path.stem}*_test.cc"):
        names.update(re.findall(r"^(?:TYPED_)?TEST(?:_F|_P)?\((\w+),", file.read_text(), re.M))
    return names


def test(room, path=None):
    """Whether the tests notice something."""
    own = suites(path) if path else set()
    filters = [":".join(f"*{name}*.*" for name in sorted(own))] if own else []
    for selected in filters + ["*"]:
        try:
            command = [str(TREE / "build/release/bin" / f"spinel_{room}_tests"), "--gtest_fail_fast",
                       f"--gtest_filter={selected}"]
            if subprocess.run(command, cwd=TREE / "tests", timeout=patience, preexec_fn=limit_memory,
                              stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL).returncode:
                return True
        except subprocess.TimeoutExpired:
            return True
    return False


def code_part(line):
    """The line without comment and texts, which are blanked so that positions stay."""
    line = re.sub(r'"(\\.|[^"\\])*"', lambda m: '"' + "\0" * (len(m.group()) - 2) + '"', line)
    return re.sub(r"//.*", lambda m: "\0" * len(m.group()), line)


def places(room, part, without):
    """{kind: [(path, line number, changed line)]}"""
    found = {}
    for path in sorted((TREE / "spinel" / room).rglob("*.cc")):
        name = str(path.relative_to(TREE))
        if part not in name or (without and without in name) or name.endswith("_windows.cc"):
            continue
        for number, line in enumerate(path.read_text().split("\n")):
            code = code_part(line)
            if code.lstrip().startswith(("#", "template", "static_assert", "using", "case", "assert")):
                continue
            for kind, pattern, change in KINDS:
                for match in re.finditer(pattern, code):
                    text = match.group(1)
                    new = change(text) if callable(change) else change[text]
                    if kind == "condition":  # the whole of a condition that ends on its line
                        changed = negated(line, match.start(1))
                    else:
                        changed = line[:match.start(1)] + new + line[match.end(1):]
                    if changed and changed != line:
                        found.setdefault(kind, []).append((path, number, changed))
    return found


def negated(line, begin):
    """The line with !( ) round the condition that begins at `begin`; none if its bracket closes on another line."""
    depth = 1
    for end in range(begin, len(line)):
        depth += {"(": 1, ")": -1}.get(line[end], 0)
        if depth == 0:
            condition = line[begin:end]
            if ";" in condition or re.search(r"\b(const|auto)\b", condition):
                return None  # with a declaration
            return f"{line[:begin]}!({condition}){line[end:]}"
    return None


def drawn(found, seed):
    """All places in random order, the kinds in turn."""
    generator = random.Random(seed)
    kinds = sorted(found)
    for kind in kinds:
        generator.shuffle(found[kind])
    while any(found.values()):
        generator.shuffle(kinds)
        for kind in kinds:
            if found[kind]:
                yield kind, *found[kind].pop()


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("room")
    parser.add_argument("--count", type=int, default=40)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--file", default="")
    parser.add_argument("--without", default="")
    parser.add_argument("--minutes", type=float, default=0, help="begin no further break after so long; 0: no limit")
    arguments = parser.parse_args()
    prepare(arguments.room)
    noticed, missed, begin = 0, [], time.monotonic()
    for kind, path, number, changed in drawn(places(arguments.room, arguments.file, arguments.without), arguments.seed):
        if noticed + len(missed) == arguments.count:
            break
        if arguments.minutes and time.monotonic() - begin > 60 * arguments.minutes:
            break
        text = path.read_text()
        lines = text.split("\n")
        before, lines[number] = lines[number], changed
        path.write_text("\n".join(lines))
        try:
            if build(arguments.room).returncode:
                continue  # does not compile: says nothing about the tests
            caught = test(arguments.room, path)
        finally:
            path.write_text(text)
        place = f"{path.relative_to(TREE)}:{number + 1}"
        print(f"{'noticed' if caught else 'MISSED '} {kind} {place}: {before.strip()}  →  {changed.strip()}", flush=True)
        if caught:
            noticed += 1
        else:
            missed.append(place)
    total = noticed + len(missed)
    print(f"{arguments.room}: {noticed} of {total} noticed ({100 * noticed / max(total, 1):.0f} %)")


if __name__ == "__main__":
    main()
