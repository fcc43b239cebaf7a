#!/usr/bin/env python3
"""Runs one file of Python unittest cases and, when asked as GoogleTest is asked (GTEST_OUTPUT=xml:FOLDER/), writes how each
case ended to FOLDER/FILE.xml, so that tools/test_summary.py counts cases and not files.

usage: run_unittest.py FILE.py [unittest arguments]
"""

import importlib.util
import os
import pathlib
import re
import sys
import unittest
import xml.etree.ElementTree as xml


class CaseRecorder(unittest.TextTestResult):
    """Remembers every case; a case with failing sub-tests failed once."""

    def __init__(self, *arguments, **options):
        super().__init__(*arguments, **options)
        self.cases = {}

    def record(self, test, outcome, message=""):
        known = self.cases.get(test.id(), ("passed", ""))
        if known[0] == "passed":
            self.cases[test.id()] = (outcome, message)

    def addSuccess(self, test):
        super().addSuccess(test)
        self.record(test, "passed")

    def addFailure(self, test, error):
        super().addFailure(test, error)
        self.record(test, "failure", str(error[1]))

    def addError(self, test, error):
        super().addError(test, error)
        self.record(test, "failure", str(error[1]))

    def addSkip(self, test, reason):
        super().addSkip(test, reason)
        self.record(test, "skipped", reason)

    def addSubTest(self, test, subtest, error):
        super().addSubTest(test, subtest, error)
        if error is not None:
            self.record(test, "failure", f"{subtest}: {error[1]}")


def write_cases(cases, file):
    suite = xml.Element("testsuite")
    for name, (outcome, message) in cases.items():
        case = xml.SubElement(suite, "testcase", classname=name.rpartition(".")[0], name=name.rpartition(".")[2])
        if outcome != "passed":
            xml.SubElement(case, outcome, message=re.sub(r"[^\t\n\r\x20-\ud7ff\ue000-\ufffd]", "?", message))
    file.parent.mkdir(parents=True, exist_ok=True)
    xml.ElementTree(suite).write(file, encoding="utf-8")


def main(arguments):
    file = pathlib.Path(arguments[1]).resolve()
    sys.path.insert(0, str(file.parent))
    specification = importlib.util.spec_from_file_location(file.stem, file)
    module = importlib.util.module_from_spec(specification)
    sys.modules[file.stem] = module
    specification.loader.exec_module(module)
    runner = unittest.TextTestRunner(resultclass=CaseRecorder, verbosity=2)
    program = unittest.main(module=module, argv=[str(file)] + arguments[2:], testRunner=runner, exit=False)
    wanted = os.environ.get("GTEST_OUTPUT", "")
    if wanted.startswith("xml:"):
        write_cases(program.result.cases, pathlib.Path(wanted[len("xml:"):]) / (file.stem + ".xml"))
    return 0 if program.result.wasSuccessful() else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv))
