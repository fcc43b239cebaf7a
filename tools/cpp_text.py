"""C++ read as text, just well enough for house_rules.py: without comments and texts, where functions begin and end, which
names are unordered containers and which names are iterated. No parser: the sources are formatted by clang-format, and what
the heuristics miss is left to reviewers.
"""

import re

TOKEN = re.compile(
    r'//[^\n]*|/\*.*?\*/|R"(?P<mark>[^()\s\\]{0,16})\(.*?\)(?P=mark)"|"(?:[^"\\\n]|\\.)*"'
    r"|(?<![0-9a-fA-F])'(?:[^'\\\n]|\\.)+'",
    re.DOTALL)


def without_comments_and_texts(text):
    """The same lines, with comments blanked and string and character literals emptied (includes keep their path)."""

    def blank(match):
        found = match.group(0)
        newlines = "\n" * found.count("\n")
        if found.startswith(("//", "/*")):
            return newlines or " "
        return ("''" if found.startswith("'") else '""') + newlines

    return TOKEN.sub(blank, text)


CONTAINER = re.compile(r"(?:^|[\s;])(?:namespace|class|struct|enum|union|extern)\b[^()=]*$")
NAME_BEFORE_PARENTHESIS = re.compile(r"([~\w:]+|operator\s*\S+?)\s*\(")


def functions(code):
    """(name, first line, last line) of each function body, a TEST included; lambdas belong to what they stand in."""
    found, stack = [], []
    statement, first, parentheses, continued = "", 0, 0, False
    for number, line in enumerate(code, 1):
        if continued or line.lstrip().startswith("#"):
            continued = line.rstrip().endswith("\\")
            continue
        for character in line + "\n":
            if character == "(":
                parentheses += 1
            elif character == ")":
                parentheses -= 1
            if character == "{":
                kind = kind_of_block(statement, parentheses, [entry[0] for entry in stack])
                stack.append((kind, name_of(statement), first or number, statement, first, parentheses))
                statement, first, parentheses = "", 0, 0
            elif character == "}":
                if not stack:
                    continue
                kind, name, began, outer_statement, outer_first, parentheses = stack.pop()
                if kind == "function":
                    found.append((name, began, number))
                if kind in ("function", "container", "block"):
                    statement, first = "", 0
                else:
                    statement, first = outer_statement + "{}", outer_first
            elif character == ";" and parentheses == 0:
                statement, first = "", 0
            else:
                if not first and not character.isspace():
                    first = number
                statement += character
    return found


def kind_of_block(statement, parentheses, outer):
    """What a brace after `statement` opens: container (namespace, class), function, block (inside of one) or initializer."""
    text = re.sub(r"\[\[.*?\]\]|\balignas\([^)]*\)", "", statement).strip()
    if parentheses > 0:
        return "initializer"
    if "function" in outer or "block" in outer:
        return "block" if re.match(r"(?:if|for|while|switch|do|else|try|catch)\b", text) or not text else "initializer"
    if CONTAINER.search(strip_templates(text)):
        return "container"
    if "initializer" in outer or text.endswith(("=", ",", "return")) or "(" not in text:
        return "initializer"
    if re.search(r"\)\s*:\s*[^:].*[\w>]$", text, re.DOTALL) and not text.endswith(")"):
        return "initializer"  # member initialiser list:  A(int b) : b_{b}
    if re.search(r"(?<![=!<>])=(?!=)\s*[^()]*\[", text):
        return "initializer"  # a lambda as the value of a variable
    return "function"


def strip_templates(text):
    return re.sub(r"\btemplate\s*<[^{}]*?>\s*(?=\w)", "", text)


def name_of(statement):
    match = NAME_BEFORE_PARENTHESIS.search(strip_templates(statement))
    if not match:
        return "?"
    name = match.group(1)
    if name.startswith("TEST"):
        inside = re.search(r"\(([^)]*)\)", statement)
        return re.sub(r"\s*,\s*", ".", inside.group(1).strip()) if inside else name
    return name


UNORDERED = re.compile(r"\bunordered_(?:multi)?(?:map|set)\s*<")


def unordered_names(text):
    """The names declared as an unordered container in code without comments."""
    names = set()
    for match in UNORDERED.finditer(text):
        depth, position = 1, match.end()
        while depth and position < len(text):
            depth += {"<": 1, ">": -1}.get(text[position], 0)
            position += 1
        declared = re.match(r"\s*&?\s*(\w+)\s*[;={,)(]", text[position:])
        if declared:
            names.add(declared.group(1))
    return names


RANGE_FOR = re.compile(r"\bfor\s*\([^;()]*[^:;()]:(?!:)\s*(?:[\w.\->\[\]]*?[.>])?(\w+)\s*\)")
BEGIN = re.compile(r"\b(\w+)\s*(?:\.|->)\s*c?begin\s*\(|\b(?:std::|ranges::)c?begin\s*\(\s*(\w+)")


def iterations(code):
    """(line, name) of each range-for and begin() over a plain name or member."""
    for number, line in enumerate(code, 1):
        for match in RANGE_FOR.finditer(line):
            yield number, match.group(1)
        for match in BEGIN.finditer(line):
            yield number, match.group(1) or match.group(2)
