#!/usr/bin/env python3
"""Sums what the legs of tools/test left into one closing line: "N passed, N failed, N skipped".

A leg is a folder RESULTS/LEG with ctest.xml (JUnit of ctest), tests.json (ctest --show-only=json-v1) and cases/*.xml (one
file per test program that counts its own cases: GoogleTest writes them, tools/run_unittest.py too). A ctest test whose
program left a file is counted by the cases in it, every other one as a single case. A program that failed although all the
cases it reported passed (it crashed afterwards, leaked or timed out) is one more failure.
Failures are listed with the file that holds their output. Exit code 1 on any failure, or when nothing passed.
"""

import json
import pathlib
import re
import sys
import xml.etree.ElementTree as xml
from dataclasses import dataclass, field


@dataclass
class Failure:
    name: str
    message: str
    output: str = ""


@dataclass
class Count:
    passed: int = 0
    skipped: int = 0
    failures: list = field(default_factory=list)

    def add(self, other):
        self.passed += other.passed
        self.skipped += other.skipped
        self.failures += other.failures


def first_line(text):
    lines = [line.strip() for line in (text or "").splitlines() if line.strip()]
    return lines[0] if lines else ""


def count_cases(file):
    """Counts the cases of one file that a test program wrote."""
    count = Count()
    try:
        root = xml.parse(file).getroot()
    except (OSError, xml.ParseError) as error:
        count.failures.append(Failure(file.stem, f"unreadable results: {error}"))
        return count
    for case in root.iter("testcase"):
        name = f"{case.get('classname', '')}.{case.get('name', '')}".strip(".")
        bad = case.find("failure") if case.find("failure") is not None else case.find("error")
        if bad is not None:
            count.failures.append(Failure(name, first_line(bad.get("message") or bad.text)))
        elif case.find("skipped") is not None or case.get("status") == "notrun" or case.get("result") == "skipped":
            count.skipped += 1
        else:
            count.passed += 1
    return count


def case_files(leg):
    """The case files of a leg by program: GoogleTest appends _1, _2... when a program ran more than once."""
    files = {}
    for file in sorted((leg / "cases").glob("*.xml")):
        files.setdefault(file.stem, []).append(file)
        numbered = re.fullmatch(r"(.+)_\d+", file.stem)
        if numbered:
            files.setdefault(numbered.group(1), []).append(file)
    return files


def commands(leg):
    """ctest test name -> the words of its command."""
    try:
        tests = json.loads((leg / "tests.json").read_text())["tests"]
    except (OSError, ValueError, KeyError):
        return {}
    return {test["name"]: test.get("command", []) for test in tests}


def save_output(leg, name, case):
    """Writes what a failed ctest test printed into a file of its own and returns the file's name."""
    text = case.findtext("system-out") or ""
    file = leg / "failed" / (re.sub(r"[^\w.-]", "_", name) + ".txt")
    file.parent.mkdir(exist_ok=True)
    file.write_text(text)
    return str(file)


def count_ctest_case(leg, case, reported):
    """Counts one test of ctest; `reported` is the sum of its own case files, or None when it has none."""
    name = case.get("name", "?")
    bad = case.find("failure") is not None or case.get("status") == "fail"
    skipped = case.find("skipped") is not None or case.get("status") in ("notrun", "disabled")
    if bad:
        output = save_output(leg, name, case)
        if reported is None or not reported.failures:
            message = case.find("failure")
            reason = (message.get("message") if message is not None else "") or "failed"
            after = " after its cases passed" if reported is not None else ""
            return Count(failures=[Failure(name, reason + after, output)])
        for failure in reported.failures:
            failure.output = output
        return Count()
    if reported is not None:
        return Count()
    return Count(skipped=1) if skipped else Count(passed=1)


def is_missing_program(case):
    """ctest skips a test whose program was never built; for us that is a failure, not a wish of the test."""
    skipped = case.find("skipped")
    return skipped is not None and "Unable to find" in (skipped.get("message") or "")


def count_leg(leg):
    count = Count()
    build_failed = leg / "build_failed"
    if build_failed.exists():
        count.failures.append(Failure("build", first_line(build_failed.read_text())))
    try:
        cases = list(xml.parse(leg / "ctest.xml").getroot().iter("testcase"))
    except (OSError, xml.ParseError) as error:
        count.failures.append(Failure("ctest", f"no results: {error}"))
        return count
    files = case_files(leg)
    words = commands(leg)
    counted = {file: count_cases(file) for file in {file for found in files.values() for file in found}}
    for case in cases:
        if is_missing_program(case):
            count.failures.append(Failure(case.get("name", "?"), "its program does not exist"))
            continue
        stems = {pathlib.PurePath(word).stem for word in words.get(case.get("name"), [])}
        mine = {file for stem in stems for file in files.get(stem, [])}
        reported = None
        if mine:
            reported = Count()
            for file in sorted(mine):
                reported.add(counted[file])
        count.add(count_ctest_case(leg, case, reported))
    for one in counted.values():
        count.add(one)
    return count


def main(arguments):
    results = pathlib.Path(arguments[1])
    legs = sorted(path for path in results.iterdir() if path.is_dir()) if results.is_dir() else []
    total = Count()
    for leg in legs:
        count = count_leg(leg)
        print(f"{leg.name}: {count.passed} passed, {len(count.failures)} failed, {count.skipped} skipped.")
        for failure in count.failures:
            where = f" (output: {failure.output})" if failure.output else ""
            print(f"  FAILED {leg.name} {failure.name}: {failure.message}{where}")
        total.add(count)
    print(f"{total.passed} passed, {len(total.failures)} failed, {total.skipped} skipped")
    return 1 if total.failures or total.passed == 0 else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv))
