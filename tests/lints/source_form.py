#!/usr/bin/env python3
"""The form of sources: first sentence of a header, lengths, unfinished work, functions that have a better of our own."""
import re

from sources import line_of, main, without_comments

MAX_COLUMNS = 120
MAX_LINES = 600
UNFINISHED = re.compile(r"\b(TODO|FIXME|XXX|HACK)\b")
BANNED = {
    # Locale-dependent, unchecked, or silent about trailing text: spinel/base has strict ones.
    r"(?:std::)?(?:ato[filq]+|sto[ifdl]+|stoul+|strto(?:d|f|l|ll|ul|ull|ld))": "parse with base's strict functions",
    r"(?:std::)?(?:sprintf|vsprintf|strcpy|strcat|gets|sscanf)": "write with spinel::format, read with base's parsers",
    r"(?:std::)?(?:rand|srand|random_shuffle)": "take a generator",
    r"at::parallel_for": "serial and silent without -fopenmp; take a ParallelFor",
    r"(?:std::)?(?:system|popen)": "start programs through spinel/base/platform",
}
BANNED_CALL = [(re.compile(r"(?<![\w.>])" + name + r"\s*\("), advice) for name, advice in BANNED.items()]
# What libFuzzer reads of a dictionary: quoted text with no escape but these three. It refuses the file for any other line.
DICTIONARY_LINE = re.compile(r'\s*(?:#.*|(?:\w+\s*=\s*)?"(?:[^\\"]|\\[\\"]|\\x[0-9a-fA-F]{2})+"\s*)?')


def check_header(path, text):
    lines = text.splitlines()
    first = []
    for line in lines:
        if not line.startswith("//"):
            break
        first.append(line[2:].strip())
    sentence = " ".join(first)
    if not first or not re.match(r"[A-Z`'].*?[.:](\s|$)", sentence):
        yield f"{path}:1: a header opens with one sentence that says what it is"
    if "#pragma once" not in text:
        yield f"{path}:1: #pragma once is missing"


def check(sources):
    findings = []
    for path, text in sources.items():
        if path.endswith(".h"):
            findings.extend(check_header(path, text))
        lines = text.splitlines()
        if len(lines) > MAX_LINES:
            findings.append(f"{path}:{len(lines)}: {len(lines)} lines; split it by idea, at most {MAX_LINES}")
        for number, line in enumerate(lines, 1):
            if path.endswith(".dict") and not DICTIONARY_LINE.fullmatch(line):
                findings.append(f"{path}:{number}: no line of a libFuzzer dictionary; write other escapes as \\xHH")
            if len(line) > MAX_COLUMNS:
                findings.append(f"{path}:{number}: {len(line)} columns; at most {MAX_COLUMNS}")
            if UNFINISHED.search(line):
                findings.append(f"{path}:{number}: unfinished work is finished or written into an issue")
            if line != line.rstrip() or "\t" in line:
                findings.append(f"{path}:{number}: a tab or blanks at the end of the line")
        if path.startswith("spinel/"):
            code = without_comments(text, keep_literals=False)
            for pattern, advice in BANNED_CALL:
                for match in pattern.finditer(code):
                    name = match.group(0).rstrip("( ")
                    findings.append(f"{path}:{line_of(code, match.start())}: {name}: {advice}")
    return findings


if __name__ == "__main__":
    main(check)
