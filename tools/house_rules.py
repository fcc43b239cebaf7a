#!/usr/bin/env python3
"""The rules of the house that a machine can check, over every file that git tracks; run by ctest as "house_rules".

What may include what, what the pure folders may not call, how long things may be, which names we refuse, and what no
tracked file may contain. Each finding is one line "FILE:LINE: rule: message, fix". An exception stands in
tools/house_rules_allow.txt with its reason; one that allows nothing any more is itself a finding.
The checks are plain text heuristics (cpp_text.py): they need no compiler and run in a second.

usage: house_rules.py [ROOT]
"""

import ast
import pathlib
import re
import subprocess
import sys
from dataclasses import dataclass

import cpp_text

# Folder of src/ -> folders it may include, besides itself. The order is the architecture: left knows nothing of right.
INCLUDES = {
    "base": {},
    "model": {"base"},
    "practices": {"base", "model"},
    "engine": {"base", "model"},
    "wire": {"base", "model"},
    "log": {"base"},
    "net": {"base"},
    "task_server": {"cordyna", "base", "model", "wire"},
    "dyna": {"cordyna", "base", "model", "wire", "task_server"},
    "cerebro": {"base", "model", "engine", "wire", "log"},
    "sim": {"cordyna", "base", "model", "engine", "wire", "log", "task_server", "cerebro"},
}
# The only files outside net/ that may include it.
NET_FILES = {"src/cerebro/main.cc", "src/dyna/main.cc"}
NET_FILE_PATTERN = re.compile(r"src/task_server/connection(_test)?\.(h|cc)$")

# Foreign header (prefix) -> the folders it stands behind.
LIBRARIES = [
    ("boost/", {"net"}),
    ("openssl/", {"net", "base"}),
    ("sys/socket.h", {"net"}),
    ("netinet/", {"net"}),
    ("sqlite3.h", {"log"}),
    ("libpq-fe.h", {"log"}),
    ("google/protobuf", {"wire"}),
    ("yaml-cpp/", {"wire"}),
    ("spdlog/", {"cerebro"}),
    ("prometheus/", {"cerebro"}),
    ("CLI/", {"cerebro", "dyna"}),
]

# Code generated from proto/ stands behind wire, wherever its path begins.
GENERATED = ".pb.h"

PURE_FOLDERS = ("src/engine/", "src/model/", "src/practices/")
CLOCK = "takes the time as a value: pass base::Now in"
THREAD = "one thread owns State: exchange values outside of engine and model"
WORLD = "reads and writes nothing: take the value as input, emit an event as output"
CHANCE = "is repeatable: take seeds and ids from the input"
FLOAT = "has no floating point: use integers (per mille, microseconds)"
BANNED = [
    (r"::now\s*\(\s*\)|\b(?:system|steady|high_resolution|utc)_clock\b", "clock", CLOCK),
    (r"\b(?:clock_gettime|gettimeofday|localtime(?:_r)?|gmtime(?:_r)?|mktime|strftime)\b|\btime\s*\(\s*(?:nullptr|NULL|0)\s*\)",
     "clock", CLOCK),
    (r"\b(?:rand|srand|random|drand48)\s*\(|\brandom_device\b|\bmt19937(?:_64)?\b|\bgetrandom\b", "chance", CHANCE),
    (r"\bstd::(?:thread|jthread|mutex|shared_mutex|recursive_mutex|condition_variable\w*|atomic\w*|async|future|promise"
     r"|lock_guard|scoped_lock|unique_lock|counting_semaphore|latch|barrier)\b|\bthread_local\b|\bpthread_\w+",
     "thread", THREAD),
    (r"\b(?:fopen|fread|fwrite|f?printf|puts|socket|getenv|setenv|system|popen|fork|exec[lv]p?e?)\s*\("
     r"|\bstd::(?:[io]?fstream|filesystem|cin|cout|cerr|clog)\b|::(?:open|read|write|close)\s*\(\s*(?!\))",
     "world", WORLD),
    (r"\b(?:float|double)\b|\bstd::(?:stod|stof|strtod|atof)\b", "floating point", FLOAT),
    (r"\bstd::locale\b|\bsetlocale\b|\bstd::(?:toupper|tolower|isalpha|isalnum|isspace|isdigit)\b",
     "locale", "has no locale: compare characters with ranges"),
    (r"\bstd::(?:multi)?(?:map|set)\s*<\s*(?:const\s+)?[\w:]+(?:\s+const)?\s*\*", "order by pointer",
     "never orders by address: use an index or an id as key"),
]
BANNED_HEADERS = {
    "thread": THREAD, "mutex": THREAD, "shared_mutex": THREAD, "condition_variable": THREAD, "future": THREAD,
    "atomic": THREAD, "semaphore": THREAD, "latch": THREAD, "barrier": THREAD, "stop_token": THREAD,
    "random": CHANCE, "fstream": WORLD, "filesystem": WORLD, "iostream": WORLD, "cstdio": WORLD, "unistd.h": WORLD,
    "fcntl.h": WORLD, "cstdlib": WORLD, "ctime": CLOCK, "time.h": CLOCK, "cmath": FLOAT, "locale": "has no locale",
}
# In tests of pure folders files may be read (golden texts) and printing is fine; time, threads and chance stay out.
BANNED_IN_TESTS = {"clock", "thread"}

FILE_LINES_MAX = 500
HEADER_LINES_MAX = 200
FUNCTION_LINES_MAX = 70
HEAD_COMMENT_LINES_MAX = 15
CODE_SUFFIXES = {".h", ".cc", ".py", ".ts", ".tsx", ".js", ".sh", ".cmake"}

REFUSED_WORDS = {"manager", "util", "utils", "helper", "helpers", "common", "misc", "handler", "processor", "impl", "info"}
CPP_DECLARED_TYPE = re.compile(r"\b(?:class|struct|enum(?:\s+class)?|union|concept|namespace)\s+(?:\[\[\w+\]\]\s*)?(\w+)"
                               r"|\busing\s+(\w+)\s*=")
SCRIPT_DECLARED_TYPE = re.compile(r"^\s*(?:export\s+)?(?:default\s+)?(?:abstract\s+)?(?:class|interface|type|enum)\s+(\w+)")

SLEEPS = re.compile(r"\bsleep_(?:for|until)\s*\(|\b(?:u|nano)?sleep\s*\(|\btime\.sleep\b|\bwaitForTimeout\b")
SHELL_SLEEP = re.compile(r"(?:^|[;&|]|\bdo\b|\bthen\b)\s*sleep\s")
UNFINISHED = re.compile(r"\b(" + "|".join(("TO" + "DO", "FIX" + "ME", "XX" + "X", "HA" + "CK")) + r")\b(?!\(#\d+\))")
MACHINE_PATH = re.compile(r"(?<![\w.~:/$}\"-])/(?:work|root|Users|home/[a-z][\w-]*)/[\w.-]"
                          r"|\"/(?:work|root|Users|home/[a-z][\w-]*)/[\w.-]")
REGISTRY_HOST = re.compile(
    r"\b(?:registry\.[\w-]+\.(?:org|com|io)|[\w-]+\.pythonhosted\.org|pypi\.(?:org|python\.org)/simple|[\w.-]+\.pkg\.dev"
    r"|proxy\.golang\.org|index\.crates\.io|static\.crates\.io|(?:deb|security|snapshot)\.debian\.org"
    r"|[\w.-]*(?:artifactory|nexus)[\w-]*\.[a-z]{2,}[\w.-]*)")

EXEMPT = re.compile(
    r"(^|/)(build|dist|node_modules|generated|third_party)/|\.pb\.(h|cc)$|_pb2(_grpc)?\.pyi?$|(^|/)package-lock\.json$")
ALLOW_FILE = "tools/house_rules_allow.txt"


@dataclass(frozen=True)
class Finding:
    file: str
    line: int
    rule: str
    message: str
    symbol: str = ""

    def __str__(self):
        return f"{self.file}:{self.line}: {self.rule}: {self.message}"


class Source:
    """One tracked file: its lines as written, and without comments and texts when it is C++."""

    def __init__(self, path, text):
        self.path = path
        self.suffix = pathlib.PurePosixPath(path).suffix
        self.lines = text.splitlines()
        self.is_cpp = self.suffix in (".h", ".cc")
        self.code = cpp_text.without_comments_and_texts(text).splitlines() if self.is_cpp else self.lines

    @property
    def folder(self):
        parts = self.path.split("/")
        return parts[1] if len(parts) > 2 and parts[0] == "src" else ""

    @property
    def is_test(self):
        name = pathlib.PurePosixPath(self.path).name
        return self.path.startswith("tests/") or bool(re.search(r"(^|_)test(ing)?[_.]|(\.|_)(test|spec)\.", name))

    def includes(self):
        """(line number, path, is it quoted) of each include."""
        for number, line in enumerate(self.lines, 1):
            match = re.match(r'\s*#\s*include\s*([<"])([^>"]+)[>"]', line)
            if match:
                yield number, match.group(2), match.group(1) == '"'


def check_include_directions(source):
    if not source.is_cpp:
        return
    if source.path.startswith("include/"):
        for number, path, quoted in source.includes():
            if path.startswith("cordyna/") and not path.endswith(GENERATED):
                continue
            if quoted or "/" in path or path.endswith(".h"):
                yield Finding(source.path, number, "include-direction",
                              f"the public library includes {path}, it may include std and cordyna/ only")
        return
    if source.folder not in INCLUDES:
        return
    allowed = set(INCLUDES[source.folder]) | {source.folder}
    if source.path in NET_FILES or NET_FILE_PATTERN.match(source.path):
        allowed.add("net")
    for number, path, quoted in source.includes():
        yield from check_library(source, number, path)
        if not quoted or path.endswith(GENERATED):
            continue
        first = path.split("/")[0] if "/" in path else ""
        if not first or first == "..":
            yield Finding(source.path, number, "include-direction",
                          f'"{path}" is relative, write it from src: "{source.folder}/..."')
        elif (first in INCLUDES or first == "cordyna") and first not in allowed:
            yield Finding(source.path, number, "include-direction",
                          f"{source.folder} must not include {path}, it may include {', '.join(sorted(allowed))}")


def check_library(source, number, path):
    for prefix, folders in [*LIBRARIES, (GENERATED, {"wire"})]:
        if (path.startswith(prefix) or prefix == GENERATED and path.endswith(GENERATED)) and source.folder not in folders:
            yield Finding(source.path, number, "library",
                          f"{path} stands behind {' and '.join(sorted(folders))}, ask that folder for what is needed")


def check_pure_folders(source):
    if not source.is_cpp or not source.path.startswith(PURE_FOLDERS):
        return
    for number, path, quoted in source.includes():
        if not quoted and path in BANNED_HEADERS and not source.is_test:
            yield Finding(source.path, number, "pure", f"<{path}> in {source.folder}, which {BANNED_HEADERS[path]}")
    for number, line in enumerate(source.code, 1):
        for pattern, kind, fix in BANNED:
            if source.is_test and kind not in BANNED_IN_TESTS:
                continue
            match = re.search(pattern, line)
            if match:
                yield Finding(source.path, number, "pure", f"{kind} ({match.group(0).strip()}) in {source.folder}, which {fix}")


def check_unordered_iteration(source, all_sources):
    """Iteration of a name that this file, or a header it includes, declares as an unordered container."""
    if not source.is_cpp or source.is_test or not source.path.startswith(PURE_FOLDERS):
        return
    names = cpp_text.unordered_names("\n".join(source.code))
    for _, path, quoted in source.includes():
        header = all_sources.get("src/" + path) if quoted else None
        if header:
            names |= cpp_text.unordered_names("\n".join(header.code))
    for number, name in cpp_text.iterations(source.code):
        if name in names:
            yield Finding(source.path, number, "unordered",
                          f"iterates the unordered container {name}, keep an ordered list beside it or use std::map")


def check_lengths(source):
    if source.suffix not in CODE_SUFFIXES:
        return
    limit = HEADER_LINES_MAX if source.suffix == ".h" else FILE_LINES_MAX
    if len(source.lines) > limit:
        yield Finding(source.path, limit + 1, "file-length",
                      f"{len(source.lines)} lines, at most {limit}: split it by what it speaks of")
    for name, first, last in functions_of(source):
        if last - first + 1 > FUNCTION_LINES_MAX:
            yield Finding(source.path, first, "function-length",
                          f"{name} has {last - first + 1} lines, at most {FUNCTION_LINES_MAX}: take steps out of it", name)


def functions_of(source):
    if source.is_cpp:
        return cpp_text.functions(source.code)
    if source.suffix != ".py":
        return []
    try:
        tree = ast.parse("\n".join(source.lines))
    except SyntaxError:
        return []
    nodes = (node for node in ast.walk(tree) if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)))
    return [(node.name, node.lineno, node.end_lineno) for node in nodes]


def words_of(name):
    return {word.lower() for word in re.findall(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+", name)}


def check_names(source):
    if source.suffix not in CODE_SUFFIXES:
        return
    for part in pathlib.PurePosixPath(source.path).with_suffix("").parts:
        bad = words_of(part) & REFUSED_WORDS
        if bad:
            yield Finding(source.path, 1, "name", f"{part} says nothing ({', '.join(bad)}), name what it holds")
    pattern = CPP_DECLARED_TYPE if source.is_cpp else SCRIPT_DECLARED_TYPE
    for number, line in enumerate(source.code, 1):
        for match in pattern.finditer(line):
            name = next(group for group in match.groups() if group)
            bad = words_of(name) & REFUSED_WORDS
            if bad and name != "Impl":
                yield Finding(source.path, number, "name", f"{name} says nothing ({', '.join(bad)}), name what it is", name)


def check_sleeps(source):
    if not source.is_test:
        return
    pattern = SHELL_SLEEP if source.suffix in (".sh", "") else SLEEPS
    if source.suffix not in CODE_SUFFIXES | {""}:
        return
    for number, line in enumerate(source.code, 1):
        if pattern.search(line):
            yield Finding(source.path, number, "sleep", "a test that sleeps is slow or flaky: wait for the event, or use virtual time")


def check_heads(source, all_sources):
    """A .cc file is introduced by the header of its name, when there is one."""
    if source.suffix == ".h" and not any(line.strip() == "#pragma once" for line in source.lines[:30]):
        yield Finding(source.path, 1, "pragma-once", "no #pragma once, add it as the first line")
    if source.suffix not in CODE_SUFFIXES or source.is_test or not source.lines:
        return
    if source.suffix == ".cc" and source.path.removesuffix(".cc") + ".h" in all_sources:
        return
    rest = [line.strip() for line in source.lines if line.strip() and not line.startswith("#!")
            and line.strip() != "#pragma once"]
    if not rest or not rest[0].startswith(("//", "#", '"""', "/*")) or rest[0].startswith("#include"):
        yield Finding(source.path, 1, "head-comment", "no head comment: say what this is, why in this way, who uses it")
        return
    length = 0
    while source.is_cpp and length < len(rest) and rest[length].startswith("//"):
        length += 1
    if length > HEAD_COMMENT_LINES_MAX + 5:
        yield Finding(source.path, 1, "head-comment", f"{length} lines of head comment: put what is longer than "
                      f"{HEAD_COMMENT_LINES_MAX} into docs/")


def check_texts(source):
    for number, line in enumerate(source.lines, 1):
        if UNFINISHED.search(line):
            yield Finding(source.path, number, "unfinished", "a note without its issue, write it as " + "TO" + "DO(#12)")
        match = MACHINE_PATH.search(line)
        if match:
            yield Finding(source.path, number, "machine-path", f"{match.group(0).strip()}... exists on one machine, make it relative")
        match = REGISTRY_HOST.search(line)
        if match:
            yield Finding(source.path, number, "registry-host", f"{match.group(0)}: the machine's own settings choose the registry")


def check_source(source, all_sources):
    for check in (check_include_directions, check_pure_folders, check_lengths, check_names, check_sleeps, check_texts):
        yield from check(source)
    yield from check_heads(source, all_sources)
    yield from check_unordered_iteration(source, all_sources)


def findings(files):
    """All findings in `files`, path -> text."""
    sources = {path: Source(path, text) for path, text in sorted(files.items()) if not EXEMPT.search(path)}
    return [finding for source in sources.values() for finding in check_source(source, sources)]


def apply_allowances(found, text):
    """Removes what the allow-list names. Its lines: PATH RULE[:SYMBOL] REASON."""
    allowed, problems = {}, []
    for number, line in enumerate(text.splitlines(), 1):
        words = line.split(None, 2)
        if not words or words[0].startswith("#"):
            continue
        if len(words) < 3 or len(words[2]) < 15:
            problems.append(Finding(ALLOW_FILE, number, "allow-list", "no reason, write  PATH RULE[:SYMBOL] why it must be so"))
            continue
        allowed[(words[0], words[1])] = number
    used, left = set(), []
    for finding in found:
        keys = [(finding.file, finding.rule), (finding.file, f"{finding.rule}:{finding.symbol}")]
        hits = [key for key in keys if key in allowed]
        used.update(hits)
        if not hits:
            left.append(finding)
    for key, number in allowed.items():
        if key not in used:
            problems.append(Finding(ALLOW_FILE, number, "allow-list", f"{' '.join(key)} allows nothing any more, remove the line"))
    return left + problems


def tracked_files(root):
    """path -> text of every text file that git tracks; everything below `root` when git cannot tell."""
    try:
        listing = subprocess.run(["git", "-c", "safe.directory=*", "ls-files", "-z"], cwd=root, capture_output=True, check=True)
        paths = [path for path in listing.stdout.decode().split("\0") if path]
    except (OSError, subprocess.CalledProcessError):
        paths = [str(path.relative_to(root)) for path in root.rglob("*") if ".git" not in path.parts and path.is_file()]
    files = {}
    for path in paths:
        try:
            files[path] = (root / path).read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError):
            continue  # deleted in the work tree, a link, or not text
    return files


def main(arguments):
    root = pathlib.Path(arguments[1] if len(arguments) > 1 else __file__).resolve()
    root = root if root.is_dir() else root.parent.parent
    files = tracked_files(root)
    left = apply_allowances(findings(files), files.get(ALLOW_FILE, ""))
    for finding in left:
        print(finding)
    print(f"house rules: {len(files)} files, {len(left)} findings")
    return 1 if left else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv))
