#!/usr/bin/env python3
"""Runs the same workloads on cordyna and on its peers, in the same minutes, and prints how many times cordyna is quicker.

Installs what is missing by name (packages.txt from Debian, package.json from npm). Each peer runs in a network and pid
namespace of its own with its data below build/peers; before each, cordyna's own benchmark programs run with the same
sizes. A run in which a task ran twice, too early or not at all gives no figure. README.md says what is compared with
what. Writes bench-peers.json, a list of {peer, version, setting, workload, metric, unit, median, min, max, cordyna,
ratio, load}; progress goes to stderr. Exit 1 when a peer told nothing.

usage: tools/bench_peers [--tiny] [--runs N] [--out FOLDER] [PEER...]     none named: all
"""

import argparse
import difflib
import json
import os
import pathlib
import shutil
import subprocess
import sys
import time

import work

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent.parent
NAMESPACE = ["setpriv", "--pdeathsig", "KILL", "unshare", "--net", "--pid", "--fork", "--kill-child", "--mount-proc"]
SECONDS_MAX = 300  # of one workload on one peer

# Peer -> (its settings, where its version stands, whether its tasks are functions; else they are processes)
PEERS = {
    "graphile-worker": (["durable", "batched"], "npm graphile-worker", True),
    "bullmq": (["durable", "default"], "npm bullmq", True),
    "restate": (["durable"], "npm @restatedev/restate-server", True),
    "celery": (["durable", "default"], "debian python3-celery", True),
    "ecflow": (["durable", "default"], "debian ecflow-server", False),
}


def refusal_of(names):
    """Why these peers cannot run, "" if they can."""
    for name in names:
        if name not in PEERS:
            near = difflib.get_close_matches(name, PEERS, 1)
            return f"there is no {name}{'; did you mean ' + near[0] + '?' if near else ''}; there are: {' '.join(PEERS)}"
    return ""


def install(modules):
    lists = ["packages.txt"] + ([] if shutil.which("npm") else ["npm.txt"])
    for name in lists:
        subprocess.run([ROOT / "tools/setup", HERE / name], check=True, stdin=subprocess.DEVNULL)
    modules.mkdir(parents=True, exist_ok=True)
    wanted = (HERE / "package-lock.json").read_bytes()
    done = modules / "installed-lock.json"
    if done.exists() and done.read_bytes() == wanted:
        return
    for name in ("package.json", "package-lock.json", ".npmrc"):
        shutil.copy(HERE / name, modules)
    print("bench-peers: npm ci", file=sys.stderr)
    subprocess.run(["npm", "ci", "--ignore-scripts", "--silent"], cwd=modules, check=True, stdin=subprocess.DEVNULL)
    done.write_bytes(wanted)


def version_of(place):
    kind, name = place.split()
    if kind == "npm":
        return json.loads((HERE / "package.json").read_text(encoding="utf-8"))["dependencies"][name]
    said = subprocess.run(["dpkg-query", "-W", "-f=${Version}", name], capture_output=True, text=True, check=True).stdout
    return said.split(":")[-1].split("-")[0]


def measure_own(programs, folder):
    """(workload, metric) -> median, of cordyna now."""
    own = {}
    for name, options in programs.items():
        told = folder / "own.json"
        said = subprocess.run([ROOT / f"build/release/bin/bench_{name}", "--json", told, *options], cwd=folder, check=False,
                              stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=SECONDS_MAX)
        if said.returncode != 0:
            raise work.Unsound(f"bench_{name} of cordyna gave up: {said.stderr.strip()[-300:]}")
        for row in json.loads(told.read_text(encoding="utf-8")):
            own[(row["workload"], row["metric"])] = row["median"]
    return own


def last_words(folder):
    """Of each log of a stage, its last line; of its program's, the last five."""
    words = []
    for log in sorted(folder.glob("*.log")):
        lines = log.read_text(encoding="utf-8", errors="replace").strip().splitlines()
        words += [f"{log.name}: {line}" for line in lines[-(8 if log.name == "program.log" else 1):]]
    return "\n  ".join(words)


def run_on(peer, setting, workload, runs, out):
    """The runs of a workload on a peer after one to warm up; Unsound when one is, or does not come to an end."""
    folder = out / f"{peer}-{setting}"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    spec = {"kind": workload.kind, "count": workload.count, "length": workload.length, "width": workload.width,
            "tasks": workload.tasks, "slots": workload.slots, "runs": runs + 1, "batched": setting == "batched"}
    (folder / "spec.json").write_text(json.dumps(spec), encoding="utf-8")
    command = [*NAMESPACE, sys.executable, HERE / "stage.py", peer, setting, folder, out]
    try:
        said = subprocess.run(command, capture_output=True, text=True, stdin=subprocess.DEVNULL, check=False,
                              timeout=SECONDS_MAX)
        if said.returncode != 0:
            raise work.Unsound(f"{said.stderr.strip()[-300:]}\n  {last_words(folder)}")
    except subprocess.TimeoutExpired:
        raise work.Unsound(f"no end within {SECONDS_MAX} s\n  {last_words(folder)}") from None
    found = [json.loads(line) for line in (folder / "record.jsonl").read_text(encoding="utf-8").splitlines()]
    if len(found) != runs + 1:
        raise work.Unsound(f"{len(found)} of {runs + 1} runs were recorded")
    for one in found:
        work.judge(workload, one)
    shutil.rmtree(folder)
    return found[1:]


def measure(peer, options, out, told):
    """Adds the figures of a peer; the names of what it gave no figure for."""
    settings, place, of_functions = PEERS[peer]
    own = measure_own(work.own_programs(options.tiny, options.runs)[of_functions], out)
    failed = []
    for setting in settings:
        for workload in work.workloads(options.tiny):
            if workload.name.startswith("W11") == of_functions:
                continue
            began = time.monotonic()
            print(f"bench-peers: {peer}, {setting}, {workload.name} ...", end="", file=sys.stderr, flush=True)
            try:
                runs = run_on(peer, setting, workload, options.runs, out)
                told += work.rows(peer, version_of(place), setting, workload, runs, own, round(os.getloadavg()[0], 2))
                print(f" {time.monotonic() - began:.0f} s", file=sys.stderr)
            except work.Unsound as error:
                print(f" gave no figure: {error}", file=sys.stderr)
                failed.append(f"{peer}, {setting}, {workload.name}")
    return failed


def main(arguments):
    parser = argparse.ArgumentParser(prog="tools/bench_peers", description="the same workloads on cordyna and its peers")
    parser.add_argument("peers", nargs="*", metavar="PEER", help=f"{', '.join(PEERS)}; none: all")
    parser.add_argument("--tiny", action="store_true", help="smallest sizes: to see that they work, not to measure")
    parser.add_argument("--runs", type=int, default=3, help="of each workload (3)")
    parser.add_argument("--out", type=pathlib.Path, default=ROOT / "build", help="for bench-peers.json and peers/")
    options = parser.parse_args(arguments)
    refusal = refusal_of(options.peers) or ("" if 1 <= options.runs <= 100 else "--runs: 1 to 100")
    if refusal:
        parser.error(refusal)
    if os.geteuid() != 0:
        parser.error("needs root: for network namespaces, and to run PostgreSQL as its own user")
    if not (ROOT / "build/release/bin/bench_chains").exists():
        parser.error("the benchmark programs of cordyna are not built: make build")
    out = options.out.resolve() / "peers"
    install(out)
    told, failed = [], []
    for peer in options.peers or PEERS:
        failed += measure(peer, options, out, told)
    (options.out / "bench-peers.json").write_text(json.dumps(told, indent=2) + "\n", encoding="utf-8")
    print(work.table(told))
    print(f"bench-peers: {len(told)} figures{'; without: ' + '; '.join(failed) if failed else ''}", file=sys.stderr)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
