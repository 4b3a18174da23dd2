"""Our sources as the lints read them: which files there are, their text without comments, and how a lint reports."""
import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
FOLDERS = ("spinel", "tests", "bench", "fuzz", "examples", "capi", "compat")
SUFFIXES = (".h", ".cc", ".cu", ".dict")


def all_sources(root=ROOT, folders=FOLDERS):
    """{path relative to the root: text} of all our C++ sources and the fuzz targets' dictionaries."""
    found = {}
    for folder in folders:
        for path in sorted((root / folder).rglob("*")):
            if path.suffix in SUFFIXES and path.is_file() and "build" not in path.parts:
                found[path.relative_to(root).as_posix()] = path.read_text(encoding="utf-8")
    return found


TOKEN = re.compile(
    r'//[^\n]*|/\*.*?\*/|R"(?P<mark>[^(\s]*)\(.*?\)(?P=mark)"|"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])+\'', re.DOTALL)


def without_comments(text, keep_literals=True):
    """The text with comments blanked (and, on request, literals), line numbers unchanged."""
    def blank(match):
        token = match.group(0)
        if keep_literals and not token.startswith(("//", "/*")):
            return token
        return re.sub(r"[^\n]", " ", token)
    # A digit separator (1'000) is no character literal.
    return TOKEN.sub(blank, re.sub(r"(?<=[0-9a-fA-F])'(?=[0-9a-fA-F]{3})", "_", text))


def line_of(text, position):
    return text.count("\n", 0, position) + 1


def main(check):
    """Runs check(sources) → ["path:line: what is wrong", …] over the project; exit status 1 where it finds any."""
    sources = all_sources()
    findings = check(sources)
    for finding in findings:
        print(finding)
    print(f"{len(sources)} files, {len(findings)} findings")
    sys.exit(1 if findings else 0)
