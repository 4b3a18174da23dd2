#!/usr/bin/env python3
"""Error messages have the form `<what the user named>: <what is wrong>; <what would be right>`, and all are Errors."""
import re

from sources import line_of, main, without_comments

CALL = re.compile(r"(?<![\w.>:])(fail|require)\s*\(|\bError\s*\(\s*ErrorKind::\w+\s*,")
THROW = re.compile(r"\bthrow\b\s*([^;]*);")
# Keywords of file formats, which users know with a capital.
KEYWORDS = {"Properties", "Lattice"}
LITERAL = re.compile(r'"((?:\\.|[^"\\\n])*)"')


def arguments(text, start):
    """The top-level arguments of a call whose opening bracket is just before `start`."""
    depth, begin, result, i = 0, start, [], start
    while i < len(text):
        if text[i] == '"':
            literal = LITERAL.match(text, i)
            i = literal.end() if literal else i + 1
            continue
        if text[i] == "'" and (literal := re.compile(r"'(?:\\.|[^'\\])'").match(text, i)):
            i = literal.end()
            continue
        if text[i] in "([{":
            depth += 1
        elif text[i] in ")]}":
            if depth == 0:
                return result + [text[begin:i]]
            depth -= 1
        elif text[i] == "," and depth == 0:
            result.append(text[begin:i])
            begin = i + 1
        i += 1
    return result


def fault(message):
    """What is wrong with the form of a message, or None."""
    if re.search(r"[.!?\s]$", message):
        return "ends with a full stop, a mark or a blank"
    if re.match(r"\{[^}]*\}(?=[\w';])", message):  # begins with a place that brings its own ': '
        rest = re.sub(r"^(\{[^}]*\})+", "", message)
    elif ": " in message:
        rest = message.split(": ", 1)[1]
    else:
        return "does not begin with what the user named and ': '"
    # A capital is right in a name: an acronym (NaN, JSON), camel case, or what is quoted.
    first = re.match(r"[A-Za-z]+", rest)
    if first and re.fullmatch(r"[A-Z][a-z]+", first.group(0)) and first.group(0) not in KEYWORDS:
        return f"goes on with a capital after the name: '{first.group(0)}'"
    return None


def check(sources):
    findings = []
    for path, text in sources.items():
        if not path.startswith("spinel/"):
            continue
        code = without_comments(text)
        for match in CALL.finditer(code):
            name = match.group(1)
            index = 0 if name is None else 1
            found = arguments(code, match.end())
            if len(found) <= index:
                continue
            literals = LITERAL.findall(found[index])
            if not literals or not re.match(r'\s*"', found[index]):
                continue  # a message made elsewhere, or a declaration
            message = "".join(literals)
            if wrong := fault(message):
                findings.append(f"{path}:{line_of(code, match.start())}: \"{message}\" {wrong}")
        for match in THROW.finditer(without_comments(text, keep_literals=False)):
            thrown = match.group(1).strip()
            known = re.match(r"(spinel::)?([A-Z]\w*)?Error\b|std::bad_alloc\(\)", thrown)
            if thrown and not known and "consteval" not in text:
                findings.append(f"{path}:{line_of(code, match.start())}: throws something else than spinel::Error")
    return findings


if __name__ == "__main__":
    main(check)
