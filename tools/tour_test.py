"""The tour's own tests: what counts as a step, and that a tour which shows something else fails."""

import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
import tour  # noqa: E402


class Steps(unittest.TestCase):
    def test_only_console_blocks_below_the_tour_count(self):
        text = "## Start\n```console\n$ no\n```\n## Tour\n```sh\n$ no\n```\n```console\n$ a   # exit 3\nx\n\ny\n$ b \\\n> c\n```\n## End\n"
        steps = tour.tour_steps(text)
        self.assertEqual([(step.line, step.exit_code, step.shows) for step in steps], [(10, 3, ["x", "y"]), (14, 0, [])])
        self.assertEqual(steps[1].command, "b \\\nc")

    def test_lines_are_sought_in_order(self):
        self.assertIsNone(tour.missing_line(["a ... c", "..."], "x\nsay a b c\n"))
        self.assertEqual(tour.missing_line(["b", "a"], "a\nb\n"), "a")
        self.assertEqual(tour.missing_line(["a.c"], "abc\n"), "a.c")


class Program(unittest.TestCase):
    def tour(self, block):
        with tempfile.TemporaryDirectory() as folder:
            readme = Path(folder) / "README.md"
            readme.write_text(f"## Tour\n```console\n{block}\n```\n")
            (Path(folder) / "examples").mkdir()
            (Path(folder) / "examples" / "one.txt").write_text("one\n")
            run = subprocess.run([sys.executable, tour.__file__, readme, folder], capture_output=True, text=True)
            return run.returncode, run.stdout + run.stderr

    def test_one_shell_takes_the_whole_tour(self):
        code, text = self.tour("$ cd examples; word=two\n$ cat one.txt; echo $word\none\ntwo\n$ false  # exit 1")
        self.assertEqual(code, 0, text)
        self.assertIn("3 commands", text)

    def test_another_output_or_exit_code_fails(self):
        code, text = self.tour("$ echo one\ntwo")
        self.assertEqual((code, text.splitlines()[-1]), (1, "README.md line 3: the output lacks: two"))
        code, text = self.tour("$ true\n$ false")
        self.assertEqual((code, text.splitlines()[-1]), (1, "README.md line 4: exit code 1, the tour says 0"))
        self.assertEqual(self.tour("$ exit 0")[0], 1)

    def test_what_was_started_is_stopped(self):
        code, text = self.tour("$ tail -f /dev/null & echo pid $!\npid ...")
        self.assertEqual(code, 0, text)
        pid = next(line.split()[1] for line in text.splitlines() if line.startswith("pid "))
        state = Path(f"/proc/{pid}/stat")
        self.assertTrue(not state.exists() or state.read_text().split()[2] in "ZX")

    def test_no_tour_is_skipped(self):
        self.assertEqual(self.tour("")[0], 77)


if __name__ == "__main__":
    unittest.main()
