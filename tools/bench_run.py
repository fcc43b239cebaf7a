#!/usr/bin/env python3
"""Runs benchmark programs (bench_* of the Release tree) one after the other, so that none disturbs another.

Each tells its figures in a file and only if it verified its own result. They are merged into bench.json, a list of
{workload, metric, unit, median, min, max, floor, ratio, load}; one table goes to stdout, with the goals of bench/goals.json
beside what they are about, and one SVG a program into bench/. Progress goes to stderr. Exit 1 when a program told nothing.

usage: tools/bench [--tiny] [--programs FOLDER] [--out FOLDER] [NAME...]     names without bench_; none: all
"""

import argparse
import difflib
import fnmatch
import json
import math
import pathlib
import subprocess
import sys
import time

import bench_plots

ROOT = pathlib.Path(__file__).resolve().parent.parent
KEYS = ["workload", "metric", "unit", "median", "min", "max", "floor", "ratio", "load"]
SECONDS_MAX = 1800  # of one program


def programs_in(folder):
    """Name without bench_ -> path."""
    return {path.name.removeprefix("bench_"): path for path in sorted(folder.glob("bench_*"))}


def chosen(names, known):
    """The programs asked for, or the sentence that refuses them."""
    for name in names:
        if name not in known:
            near = difflib.get_close_matches(name, known, 1)
            return None, f"there is no {name}{'; did you mean ' + near[0] + '?' if near else ''}; there are: {' '.join(known)}"
    return names or list(known), ""


def fault_of(row):
    """What is wrong with a row, "" if nothing is."""
    if not isinstance(row, dict) or sorted(row) != sorted(KEYS):
        return f"has not the keys {', '.join(KEYS)}"
    for key in KEYS[3:]:
        number = row[key]
        if number is None and key in ("floor", "ratio"):
            continue
        if isinstance(number, bool) or not isinstance(number, (int, float)) or not math.isfinite(number) or number < 0:
            return f"{key} is {number}"
    if not row["min"] <= row["median"] <= row["max"]:
        return "its median is not between its least and its greatest value"
    return ""


def rows_of(text):
    """The rows of a program's file; ValueError says what is wrong with them."""
    rows = json.loads(text)
    if not isinstance(rows, list) or not rows:
        raise ValueError("no rows")
    for row in rows:
        if fault_of(row):
            raise ValueError(f"{row}: {fault_of(row)}")
    return rows


def run(name, program, out, tiny):
    """The rows of one program, or None after a word on stderr."""
    print(f"bench: {name} ...", end="", file=sys.stderr, flush=True)
    began = time.monotonic()
    told, said = out / f"{name}.json", out / f"{name}.log"
    told.unlink(missing_ok=True)
    command = [str(program), "--json", str(told)] + (["--tiny"] if tiny else [])
    with open(said, "w", encoding="utf-8") as log:
        try:
            code = subprocess.run(command, stdout=log, stderr=log, cwd=out, timeout=SECONDS_MAX, check=False).returncode
        except subprocess.TimeoutExpired:
            code = f"none within {SECONDS_MAX} s"
    print(f" {time.monotonic() - began:.0f} s", file=sys.stderr)
    try:
        if code != 0:
            raise ValueError(f"exit code {code}")
        return rows_of(told.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        last = said.read_text(encoding="utf-8").splitlines()[-5:]
        print("\n".join([f"bench: {name} told no figures: {error}", *("  " + line for line in last)]), file=sys.stderr)
        return None


def goal_of(row, goals):
    """The goal that is about a row, or None."""
    for goal in goals:
        if fnmatch.fnmatchcase(row["workload"], goal["workload"]) and row["metric"] == goal["metric"]:
            return goal
    return None


def goal_text(row, goal):
    if goal is None:
        return ""
    value = row[goal["of"]]
    least, most = goal.get("at_least"), goal.get("at_most")
    met = value is not None and (least is None or value >= least) and (most is None or value <= most)
    sign = f">= {least}" if least is not None else f"<= {most}"
    return f"{sign}{' x floor' if goal['of'] == 'ratio' else ''} {'met' if met else 'MISSED'}"


def number_text(number):
    if number is None:
        return "-"
    return f"{number:.0f}" if number >= 1000 else f"{number:.4g}"


def table(rows, goals):
    head = ["workload", "metric", "median", "min", "max", "floor", "ratio", "load", "unit", "goal"]
    lines = [head]
    for row in rows:
        numbers = [number_text(row[key]) for key in KEYS[3:]]
        lines.append([row["workload"], row["metric"], *numbers, row["unit"], goal_text(row, goal_of(row, goals))])
    widths = [max(len(line[column]) for line in lines) for column in range(len(head))]
    left = {0, 1, 8, 9}
    return "\n".join("  ".join(cell.ljust(width) if column in left else cell.rjust(width)
                               for column, (cell, width) in enumerate(zip(line, widths))).rstrip() for line in lines)


def main(arguments):
    parser = argparse.ArgumentParser(prog="tools/bench", description="runs the benchmark programs one after the other")
    parser.add_argument("names", nargs="*", metavar="NAME", help="programs without bench_; none: all")
    parser.add_argument("--tiny", action="store_true", help="smallest sizes: to see that they work, not to measure")
    parser.add_argument("--programs", type=pathlib.Path, default=ROOT / "build/release/bin", help="where they are")
    parser.add_argument("--out", type=pathlib.Path, default=ROOT / "build", help="for bench.json and bench/")
    options = parser.parse_args(arguments)
    known = programs_in(options.programs)
    if not known:
        parser.error(f"no program bench_* in {options.programs}: make build")
    names, refusal = chosen(options.names, known)
    if refusal:
        parser.error(refusal)
    out = options.out.resolve() / "bench"
    out.mkdir(parents=True, exist_ok=True)
    goals = json.loads((ROOT / "bench/goals.json").read_text(encoding="utf-8"))
    rows, failed = [], []
    for name in names:
        told = run(name, known[name].resolve(), out, options.tiny)
        if told is None:
            failed.append(name)
            continue
        rows += told
        (out / f"{name}.svg").write_text(bench_plots.plot(name, [(row, goal_of(row, goals)) for row in told]), encoding="utf-8")
    (options.out / "bench.json").write_text(json.dumps(rows, indent=2) + "\n", encoding="utf-8")
    print(table(rows, goals))
    print(f"bench: {len(names) - len(failed)} of {len(names)} programs told {len(rows)} figures"
          f"{'; without: ' + ' '.join(failed) if failed else ''}", file=sys.stderr)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
