"""What every script of server-b needs of its surroundings: the tables that server-a wrote, the results of the upstreams,
and the way back. The contract is a handful of environment variables and lines on stdout, so any language will do."""

import csv
import json
import os
import pathlib
import time


def inputs():
    """The result of each upstream, by the text of its entry in server-b.yaml."""
    with open(os.environ["CORDYNA_INPUTS"], encoding="utf-8") as file:
        return json.load(file)


def table(result):
    """The rows of the table that an upstream's result names, as dictionaries."""
    with open(result["file"], encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE))


def give(result):
    """The result of this task: up to 64 KiB of JSON for those who need it."""
    with open(os.environ["CORDYNA_RESULT"], "w", encoding="utf-8") as file:
        json.dump(result, file)


def step(fraction, message):
    """One line is a progress report. DEMO_PACE_MS makes it visible for a while: the work itself takes no time."""
    print(f"::progress {fraction} {message}", flush=True)
    time.sleep(int(os.environ.get("DEMO_PACE_MS", "0")) / 1000)


def work_folder():
    """Where server-a keeps its tables as well: $DEMO_WORK, else ~/.cache/cordyna-demo."""
    cache = os.environ.get("XDG_CACHE_HOME") or os.path.join(os.environ.get("HOME", "."), ".cache")
    return pathlib.Path(os.environ.get("DEMO_WORK") or os.path.join(cache, "cordyna-demo"))


def write_whole(path, text):
    """Readers see the old file or the whole new one, also when two runs write it at once."""
    path.parent.mkdir(parents=True, exist_ok=True)
    unfinished = path.with_name(f"{path.name}.new-{os.getpid()}")
    unfinished.write_text(text, encoding="utf-8")
    unfinished.replace(path)
