#!/usr/bin/env python3
"""Runs one workload on one peer: starts its servers in a folder, its program, and stops them again by their pids.

To be started by peers.py inside a network and pid namespace of its own: ports are fixed, nothing is reachable from
outside, and whatever would be left ends with the namespace.

usage: stage.py PEER SETTING FOLDER     with FOLDER/spec.json; writes FOLDER/record.jsonl
"""

import json
import os
import pathlib
import shutil
import socket
import subprocess
import sys
import time
import urllib.request

HERE = pathlib.Path(__file__).resolve().parent
SECONDS_TO_START = 30


class Stage:
    def __init__(self, folder, modules):
        self.folder, self.modules, self.processes = folder, modules, []

    def start(self, name, command, **options):
        """A server, stopped with the stage; what it says is in NAME.log."""
        with open(self.folder / f"{name}.log", "ab") as log:
            process = subprocess.Popen([str(part) for part in command], stdout=log, stderr=log, stdin=subprocess.DEVNULL,
                                       cwd=options.pop("cwd", self.folder), **options)
        self.processes.append(process)
        return process

    def run(self, name, command, **options):
        with open(self.folder / f"{name}.log", "ab") as log:
            subprocess.run([str(part) for part in command], stdout=log, stderr=log, stdin=subprocess.DEVNULL, check=True,
                           cwd=options.pop("cwd", self.folder), **options)

    def wait_for(self, what, ready):
        until = time.monotonic() + SECONDS_TO_START
        while not ready():
            for process in self.processes:
                if process.poll() is not None:
                    sys.exit(f"{process.args[0]} ended with {process.returncode}")
            if time.monotonic() > until:
                sys.exit(f"{what} is not there after {SECONDS_TO_START} s")
            time.sleep(0.05)

    def node(self, script):
        """A program of this folder, copied to where its packages are; in the foreground."""
        shutil.copy(HERE / "record.mjs", self.modules)
        copy = shutil.copy(HERE / script, self.modules)
        node = next(self.modules.glob("node_modules/node-linux-*/bin/node"))
        self.run("program", [node, copy, self.folder / "spec.json", self.folder / "record.jsonl"],
                 env={**os.environ, "NODE_ENV": "production"})

    def stop(self):
        for process in reversed(self.processes):
            process.terminate()
        for process in reversed(self.processes):
            try:
                process.wait(timeout=10)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def listens(port):
    with socket.socket() as client:
        return client.connect_ex(("127.0.0.1", port)) == 0


def extend_spec(stage, **more):
    path = stage.folder / "spec.json"
    path.write_text(json.dumps({**json.loads(path.read_text()), **more}), encoding="utf-8")


def redis(stage, setting, port):
    durable = ["--appendonly", "yes", "--appendfsync", "always"] if setting == "durable" else []
    stage.start("redis", ["redis-server", "--bind", "127.0.0.1", "--port", port, "--dir", stage.folder, "--daemonize", "no",
                          *durable])
    stage.wait_for("redis", lambda: listens(port))


def bullmq(stage, setting):
    redis(stage, setting, 6379)
    extend_spec(stage, port=6379)
    stage.node("bullmq.mjs")


def graphile_worker(stage, _):
    found = sorted(pathlib.Path("/usr/lib/postgresql").glob("*/bin"), key=lambda path: float(path.parent.name))
    if not found:
        sys.exit("no PostgreSQL in /usr/lib/postgresql")
    data = stage.folder / "postgres"
    data.mkdir()
    shutil.chown(data, "postgres", "postgres")
    as_postgres = ["setpriv", "--reuid=postgres", "--regid=postgres", "--init-groups"]
    stage.run("initdb", [*as_postgres, found[-1] / "initdb", "-D", data, "-U", "postgres", "-A", "trust"], cwd="/")
    stage.start("postgres", [*as_postgres, found[-1] / "postgres", "-D", data, "-p", "5432", "-k", data,
                             "-c", "listen_addresses=127.0.0.1", "-c", "max_connections=400"], cwd="/")
    ready = [*as_postgres, str(found[-1] / "pg_isready"), "-h", "127.0.0.1", "-q"]
    stage.wait_for("PostgreSQL", lambda: subprocess.run(ready, cwd="/", check=False).returncode == 0)
    extend_spec(stage, port=5432)
    stage.node("graphile_worker.mjs")


def restate(stage, _):
    server = next(stage.modules.glob("node_modules/@restatedev/restate-server-*/bin/restate-server"))
    stage.start("restate", [server, "--base-dir", stage.folder / "restate", "--node-name", "one"],
                env={**os.environ, "RESTATE_DISABLE_TELEMETRY": "1", "DO_NOT_TRACK": "1", "RUST_LOG": "warn"})

    def healthy():
        try:
            with urllib.request.urlopen("http://127.0.0.1:8080/restate/health") as answer:
                return answer.status == 200
        except OSError:
            return False

    stage.wait_for("Restate", healthy)
    extend_spec(stage, port=8080, admin_port=9070, service_port=9080)
    stage.node("restate.mjs")


def celery(stage, setting):
    redis(stage, setting, 6379)
    env = {**os.environ, "PEER_REDIS_PORT": "6379", "PEER_DURABLE": "1" if setting == "durable" else "0",
           "PEER_RAN": str(stage.folder / "ran"), "PYTHONPATH": str(HERE), "PYTHONDONTWRITEBYTECODE": "1"}
    python = "/usr/bin/python3"  # Debian's, which has Debian's packages
    worker = stage.start("worker", [python, "-m", "celery", "-A", "celery_tasks", "worker"], env=env)
    stage.run("program", [python, HERE / "celery_tasks.py", stage.folder / "spec.json", stage.folder / "record.jsonl"], env=env)
    worker.terminate()


ECF = """#!/bin/bash
export ECF_PORT=%ECF_PORT% ECF_HOST=127.0.0.1 ECF_NAME=%ECF_NAME% ECF_PASS=%ECF_PASS% ECF_TRYNO=%ECF_TRYNO% ECF_RID=$$
ecflow_client --init=$$
started=$EPOCHREALTIME
echo "%TASK% $started $EPOCHREALTIME" >> %RAN%
ecflow_client --complete
"""


def ecflow_suite(spec, suite, folder):
    """The workload as a suite; at most `slots` of its tasks at once."""
    lines = [f"suite {suite}", f"  edit ECF_HOME '{folder}'", f"  edit ECF_FILES '{folder}/files'", f"  edit RAN '{folder}/ran'",
             f"  limit places {spec['slots']}", "  inlimit places", "  family all"]
    if spec["kind"] == "chains":
        for at in range(spec["length"]):
            lines += [f"    task c0.t{at}"] + ([f"      trigger c0.t{at - 1} == complete"] if at else [])
    else:
        lines += [f"    task t{at}" for at in range(spec["tasks"])]
    return "\n".join([*lines, "  endfamily", "endsuite", ""])


def ecflow(stage, setting):
    spec = json.loads((stage.folder / "spec.json").read_text())
    env = {**os.environ, "ECF_HOST": "127.0.0.1", "ECF_PORT": "3141", "ECF_HOME": str(stage.folder)}
    stage.start("ecflow", ["ecflow_server", "--port", "3141"], env=env)
    client = ["ecflow_client", "--host", "127.0.0.1", "--port", "3141"]
    stage.wait_for("ecFlow", lambda: subprocess.run([*client, "--ping"], capture_output=True, check=False).returncode == 0)
    stage.run("client", [*client, "--restart"], env=env)
    if setting == "durable":
        stage.run("client", [*client, "--check_pt=always"], env=env)
    files = stage.folder / "files"
    files.mkdir()
    names = [f"c0.t{at}" for at in range(spec["length"])] if spec["kind"] == "chains" else [f"t{at}" for at in range(spec["tasks"])]
    for name in names:
        (files / f"{name}.ecf").write_text(ECF, encoding="utf-8")
    ran = stage.folder / "ran"
    for run in range(spec["runs"]):
        ran.write_text("", encoding="utf-8")
        (stage.folder / "suite.def").write_text(ecflow_suite(spec, f"run{run}", stage.folder), encoding="utf-8")
        stage.run("client", [*client, f"--load={stage.folder}/suite.def"], env=env)
        asked = time.time() * 1e6
        stage.run("client", [*client, f"--begin=run{run}"], env=env)
        while ran.read_text(encoding="utf-8").count("\n") < len(names):
            time.sleep(0.02)
        time.sleep(0.5)  # a task that runs twice would be seen
        lines = [line.split() for line in ran.read_text(encoding="utf-8").splitlines()]
        tasks = [[name, float(started) * 1e6, float(ended) * 1e6] for name, started, ended in lines]
        with open(stage.folder / "record.jsonl", "a", encoding="utf-8") as record:
            record.write(json.dumps({"asked": asked, "tasks": tasks}) + "\n")
        stage.run("client", [*client, "--delete=force", "yes", f"/run{run}"], env=env)


PEERS = {"graphile-worker": graphile_worker, "bullmq": bullmq, "restate": restate, "celery": celery, "ecflow": ecflow}


def main(peer, setting, folder, modules):
    stage = Stage(pathlib.Path(folder), pathlib.Path(modules))
    subprocess.run(["ip", "link", "set", "lo", "up"], check=True)
    try:
        PEERS[peer](stage, setting)
    finally:
        stage.stop()


if __name__ == "__main__":
    main(*sys.argv[1:])
