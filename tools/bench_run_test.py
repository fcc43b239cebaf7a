"""How benchmark programs are chosen, judged, merged and drawn, with small programs in the place of the real ones."""

import json
import pathlib
import subprocess
import sys
import tempfile
import unittest
import xml.etree.ElementTree as xml

PROGRAM = pathlib.Path(__file__).with_name("bench_run.py")
ROW = {"workload": "W2 16 chains", "metric": "hop p50", "unit": "us", "median": 2000.0, "min": 1500.0, "max": 2500.0,
       "floor": 100.0, "ratio": 20.0, "load": 0.5}


class BenchRun(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)
        (self.folder / "bin").mkdir()

    def program(self, name, rows, exit_code=0):
        """bench_NAME, which tells these rows; None: writes nothing."""
        path = self.folder / "bin" / f"bench_{name}"
        write = "" if rows is None else f"open(sys.argv[2], 'w').write({json.dumps(rows)!r})\n"
        path.write_text(f"#!{sys.executable}\nimport sys\nprint('a last word')\n{write}sys.exit({exit_code})\n")
        path.chmod(0o755)

    def run_bench(self, *arguments):
        return subprocess.run([sys.executable, PROGRAM, "--programs", self.folder / "bin", "--out", self.folder, *arguments],
                              capture_output=True, text=True, check=False)

    def merged(self):
        return json.loads((self.folder / "bench.json").read_text())

    def test_rows_of_all_programs_are_merged_and_shown_with_their_goals(self):
        self.program("chains", [ROW])
        self.program("flat", [ROW | {"workload": "W9 x", "floor": None, "ratio": None}])
        result = self.run_bench()
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertEqual([row["workload"] for row in self.merged()], ["W2 16 chains", "W9 x"])
        self.assertEqual(self.merged()[0], ROW)
        lines = result.stdout.splitlines()
        self.assertEqual(len(lines), 3)
        self.assertIn("<= 1000 MISSED", lines[1])
        self.assertNotIn("MISSED", lines[2])
        self.assertIn("2 of 2 programs told 2 figures", result.stderr)

    def test_a_goal_that_is_reached_is_met(self):
        self.program("chains", [ROW | {"median": 900.0, "min": 900.0}])
        self.assertIn("<= 1000 met", self.run_bench().stdout)

    def test_only_what_is_named_runs(self):
        self.program("chains", [ROW])
        self.program("flat", None, exit_code=1)
        self.assertEqual(self.run_bench("chains").returncode, 0)

    def test_an_unknown_name_is_refused_with_the_nearest_one_and_nothing_runs(self):
        self.program("chains", [ROW])
        result = self.run_bench("chians")
        self.assertEqual(result.returncode, 2)
        self.assertIn("there is no chians; did you mean chains?; there are: chains", result.stderr)
        self.assertFalse((self.folder / "bench.json").exists())

    def test_a_program_that_gives_up_is_named_with_its_last_words_and_the_others_are_told(self):
        self.program("chains", [ROW])
        self.program("flat", [ROW], exit_code=1)
        result = self.run_bench()
        self.assertEqual(result.returncode, 1)
        self.assertIn("flat told no figures: exit code 1\n  a last word", result.stderr)
        self.assertEqual(self.merged(), [ROW])

    def test_rows_that_cannot_be_are_refused(self):
        for rows in ([], {}, None, [{"workload": "W2"}], [ROW | {"median": None}], [ROW | {"median": 3000.0}],
                     [ROW | {"ratio": "2"}], [ROW | {"min": -1.0}], [ROW | {"more": 1}]):
            with self.subTest(rows=rows):
                self.program("chains", rows)
                result = self.run_bench()
                self.assertEqual(result.returncode, 1)
                self.assertIn("chains told no figures", result.stderr)
                self.assertEqual(self.merged(), [])

    def test_a_plot_has_a_bar_a_whisker_and_the_goal(self):
        self.program("chains", [ROW, ROW | {"workload": "W2 1 & <chain>"}])
        self.run_bench()
        drawing = xml.fromstring((self.folder / "bench" / "chains.svg").read_text())
        classes = [element.get("class") for element in drawing.iter()]
        self.assertEqual((classes.count("bar"), classes.count("whisker"), classes.count("goal")), (2, 2, 1))
        bars = [element for element in drawing.iter() if element.get("class") == "bar"]
        self.assertEqual(float(bars[0].get("width")), 420 * 2000 / 2500)


if __name__ == "__main__":
    unittest.main()
