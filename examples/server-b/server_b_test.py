#!/usr/bin/env python3
"""Runs the commands of server-b as cerebro would have them run, on small tables, and looks at what they give."""

import html.parser
import json
import os
import pathlib
import subprocess
import sys
import tempfile
import unittest

HERE = pathlib.Path(__file__).resolve().parent
PACKAGES = """name\tversion\tarchitecture\tarea\tsection\tinstalled_kib\tmaintainer
adduser\t3.134\tall\tmain\tadmin\t686\tAdduser Developers
base-files\t12.4\tamd64\tmain\tadmin\t340\tSantiago
g++\t12\tamd64\tmain\tdevel\t2048\tGCC "& co" <Maintainers>
"""
AVAILABLE = """name\tversion\tsection\tinstalled_kib
adduser\t3.134\tadmin\t686
base-files\t12.5\tadmin\t340
vim\t9\teditors\t3000
"""
ZONES = """name\tcontinent\tcountries\tlatitude\tlongitude\toffset_minutes\tchanges
Asia/Kolkata\tAsia\tIN\t22.533\t88.367\t330\tno
Europe/Berlin\tEurope\tDE,DK\t52.500\t13.367\t60\tyes
Europe/Paris\tEurope\tFR\t48.867\t2.333\t60\tyes
"""


class Page(html.parser.HTMLParser):
    """Counts elements and remembers which were opened and not closed."""
    VOID = {"meta"}

    def __init__(self):
        super().__init__()
        self.count, self.open, self.words = {}, [], ""

    def handle_starttag(self, tag, attributes):
        self.count[tag] = self.count.get(tag, 0) + 1
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attributes):
        self.count[tag] = self.count.get(tag, 0) + 1

    def handle_endtag(self, tag):
        assert self.open and self.open[-1] == tag, f"</{tag}> closes {self.open[-1:]}"
        self.open.pop()

    def handle_data(self, data):
        self.words += data


class ServerB(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.addCleanup(self.folder.cleanup)
        self.work = pathlib.Path(self.folder.name)

    def table(self, name, text):
        (self.work / name).write_text(text, encoding="utf-8")
        return {"file": str(self.work / name)}

    def run_command(self, script, *arguments, inputs=None, exit_code=0):
        """(result, lines of stdout)"""
        given, result = self.work / "inputs.json", self.work / "result.json"
        given.write_text(json.dumps(inputs or {}), encoding="utf-8")
        environment = {"PATH": os.environ["PATH"], "DEMO_WORK": str(self.work), "CORDYNA_INPUTS": str(given),
                       "CORDYNA_RESULT": str(result), "CORDYNA_TASK": "server-b/x", "CORDYNA_RUN_ID": "r-1",
                       "PYTHONDONTWRITEBYTECODE": "1"}
        done = subprocess.run([sys.executable, str(HERE / script), *arguments], env=environment, text=True, cwd=HERE,
                              stdin=subprocess.DEVNULL, capture_output=True, check=False)
        self.assertEqual((done.returncode, done.stderr), (exit_code, ""))
        return json.loads(result.read_text(encoding="utf-8")) if exit_code == 0 and result.exists() else None, done.stdout.splitlines()

    def aggregate(self, name, *arguments):
        clean_zones = {**self.table("zones.tsv", ZONES), "version": "2026a"}
        return self.run_command("aggregate.py", name, *arguments,
                                inputs={"server-a/clean_packages": self.table("packages.tsv", PACKAGES),
                                        "server-a/extract_apt": self.table("available.tsv", AVAILABLE),
                                        "server-a/clean_zones": clean_zones})[0]

    def test_sections_are_counted_and_cut_at_the_top(self):
        self.assertEqual(self.aggregate("sections", "--top", "1"),
                         {"packages": 3, "mib": 3.0, "sections": 2, "top": [{"section": "admin", "packages": 2, "mib": 1.0}]})

    def test_the_biggest_package_comes_first(self):
        self.assertEqual(self.aggregate("biggest", "--top", "2")["top"],
                         [{"name": "g++", "version": "12", "mib": 2.0}, {"name": "adduser", "version": "3.134", "mib": 0.7}])

    def test_coverage_joins_what_is_installed_with_what_apt_knows(self):
        self.assertEqual(self.aggregate("coverage"), {"available": 3, "installed": 3, "known": 2, "other_version": 1})

    def test_zones_are_grouped_by_offset_with_those_that_change(self):
        self.assertEqual(self.aggregate("offsets")["offsets"],
                         [{"minutes": 60, "zones": 2, "changing": 2}, {"minutes": 330, "zones": 1, "changing": 0}])

    def test_country_names_are_there_only_after_they_were_written(self):
        self.run_command("aggregate.py", "countries", "--is-there", exit_code=1)
        self.assertGreater(self.aggregate("countries")["rows"], 200)
        self.run_command("aggregate.py", "countries", "--is-there")
        self.assertEqual(self.aggregate("continents")["continents"],
                         [{"name": "Europe", "zones": 2, "countries": 2}, {"name": "Asia", "zones": 1, "countries": 1}])

    def test_the_report_is_one_well_formed_page_with_every_number_and_name(self):
        self.aggregate("countries")
        parts = ("sections", "biggest", "maintainers", "coverage", "continents", "offsets")
        result, lines = self.run_command("report.py", inputs={part: self.aggregate(part) for part in parts})
        page, text = Page(), (self.work / "report.html").read_text(encoding="utf-8")
        page.feed(text)
        self.assertEqual((page.open, page.count["svg"], page.count["circle"]), ([], 6, 3))
        self.assertIn('GCC "& co" <Maintainers>', page.words)
        self.assertIn("installed in another version than apt offers", page.words)
        self.assertEqual(result, {"file": str(self.work / "report.html"), "bytes": len(text), "packages": 3, "zones": 3})
        self.assertIn("::progress 0.3 drawing", lines)

    def test_the_report_does_without_the_coverage(self):
        self.aggregate("countries")
        parts = ("sections", "biggest", "maintainers", "continents", "offsets")
        self.run_command("report.py", inputs={part: self.aggregate(part) for part in parts})
        self.assertNotIn("apt", (self.work / "report.html").read_text(encoding="utf-8"))

    def test_rates_become_a_page_of_their_own(self):
        rates = self.table("rates.tsv", "currency\trate\nUSD\t1.08\n")
        result, _ = self.run_command("report_rates.py", inputs={"server-a/extract_exchange_rates": rates})
        self.assertEqual(result["rates"], 1)
        self.assertIn("USD", (self.work / "rates.html").read_text(encoding="utf-8"))


if __name__ == "__main__":
    unittest.main()
