"""What the closing line counts: cases of programs, tests without cases, and everything that went wrong beside them."""

import json
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

PROGRAM = Path(__file__).with_name("test_summary.py")


class Summary(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.results = Path(folder.name)

    def leg(self, name, tests, cases=None, build_failed=False):
        """tests: ctest name -> (program, what ctest says); cases: program -> list of passed, failed, skipped."""
        leg = self.results / name
        (leg / "cases").mkdir(parents=True)
        said = {"pass": '<testcase name="{0}" status="run"/>',
                "fail": '<testcase name="{0}" status="fail"><failure message="Failed"/><system-out>boom</system-out></testcase>',
                "skip": '<testcase name="{0}" status="notrun"><skipped message="SKIP_RETURN_CODE=77"/></testcase>',
                "absent": '<testcase name="{0}" status="notrun"><skipped message="Unable to find executable: x"/></testcase>'}
        suite = "".join(said[outcome].format(test) for test, (_, outcome) in tests.items())
        (leg / "ctest.xml").write_text(f"<testsuite>{suite}</testsuite>")
        described = [{"name": test, "command": ["bin/" + program]} for test, (program, _) in tests.items()]
        (leg / "tests.json").write_text(json.dumps({"tests": described}))
        kinds = {"passed": '<testcase classname="A" name="b{0}" status="run" result="completed"/>',
                 "failed": '<testcase classname="A" name="b{0}"><failure message="was 3&#10;not 4"/></testcase>',
                 "skipped": '<testcase classname="A" name="b{0}" result="skipped"><skipped message="no"/></testcase>'}
        for program, outcomes in (cases or {}).items():
            text = "".join(kinds[outcome].format(number) for number, outcome in enumerate(outcomes))
            (leg / "cases" / f"{program}.xml").write_text(f"<testsuites><testsuite>{text}</testsuite></testsuites>")
        if build_failed:
            (leg / "build_failed").write_text("it does not build")

    def closing(self):
        run = subprocess.run([sys.executable, PROGRAM, self.results], capture_output=True, text=True)
        self.assertEqual(run.stderr, "")
        lines = run.stdout.splitlines()
        self.assertEqual(sum(line.endswith("skipped") for line in lines), 1, "one closing line")
        return lines[-1], run.returncode, run.stdout

    def test_cases_of_programs_and_tests_without_cases_are_summed_over_the_legs(self):
        self.leg("asan", {"log": ("log_test", "pass")}, {"log_test": ["passed"]})
        self.leg("release", {"log": ("log_test", "pass"), "format": ("format", "pass"), "net": ("net_test", "skip")},
                 {"log_test": ["passed", "passed", "skipped"]})
        self.assertEqual(self.closing()[:2], ("4 passed, 0 failed, 2 skipped", 0))

    def test_a_failed_case_is_named_with_its_output(self):
        self.leg("release", {"log": ("log_test", "fail")}, {"log_test": ["passed", "failed"]})
        line, code, text = self.closing()
        self.assertEqual((line, code), ("1 passed, 1 failed, 0 skipped", 1))
        self.assertIn("FAILED release A.b1: was 3", text)
        self.assertEqual((self.results / "release/failed/log.txt").read_text(), "boom")

    def test_a_program_that_fails_after_its_cases_passed_is_a_failure(self):
        self.leg("release", {"log": ("log_test", "fail")}, {"log_test": ["passed", "passed"]})
        self.assertEqual(self.closing()[:2], ("2 passed, 1 failed, 0 skipped", 1))

    def test_a_program_that_crashed_before_it_reported_is_a_failure(self):
        self.leg("release", {"log": ("log_test", "fail"), "base": ("base_test", "pass")}, {"base_test": ["passed"]})
        self.assertEqual(self.closing()[:2], ("1 passed, 1 failed, 0 skipped", 1))

    def test_a_program_that_was_never_built_is_a_failure(self):
        self.leg("release", {"log": ("log_test", "absent"), "base": ("base_test", "pass")}, build_failed=True)
        self.assertEqual(self.closing()[:2], ("1 passed, 2 failed, 0 skipped", 1))

    def test_a_program_that_ran_twice_is_counted_once_a_case(self):
        self.leg("release", {"a": ("all_test", "pass"), "b": ("all_test", "pass")},
                 {"all_test": ["passed"], "all_test_1": ["passed", "passed"]})
        self.assertEqual(self.closing()[:2], ("3 passed, 0 failed, 0 skipped", 0))

    def test_no_results_are_no_success(self):
        self.assertEqual(self.closing()[:2], ("0 passed, 0 failed, 0 skipped", 1))
        (self.results / "release").mkdir()
        self.assertEqual(self.closing()[:2], ("0 passed, 1 failed, 0 skipped", 1))
        self.leg("asan", {"log": ("log_test", "pass")}, {"log_test": ["passed"]})
        (self.results / "asan/cases/log_test.xml").write_text("<testsuites><test")
        self.assertEqual(self.closing()[1], 1)


if __name__ == "__main__":
    unittest.main()
