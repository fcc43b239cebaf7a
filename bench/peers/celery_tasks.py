"""Celery: the task, which both its workers and who asks for it load; and, run as a program, who asks for it.

usage: celery_tasks.py SPEC RECORD
"""

import json
import os
import sys
import time

from celery import Celery, chain, chord, group

PORT = os.environ["PEER_REDIS_PORT"]
DURABLE = os.environ["PEER_DURABLE"] == "1"
RAN = os.environ["PEER_RAN"]  # what ran, a line a task: its name, and when it started and ended in us

app = Celery("celery_tasks", broker=f"redis://127.0.0.1:{PORT}/0", backend=f"redis://127.0.0.1:{PORT}/1")
app.conf.update(task_acks_late=DURABLE, task_reject_on_worker_lost=DURABLE, broker_connection_retry_on_startup=True)
_ran = []


@app.task(name="work")
def work(name):
    if not _ran:
        _ran.append(os.open(RAN, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o644))
    started = time.monotonic_ns() / 1000
    os.write(_ran[0], f"{name} {started} {time.monotonic_ns() / 1000}\n".encode())


@app.task(name="one", ignore_result=True)
def one(name):
    work(name)


def ask(spec):
    """How many tasks were asked for."""
    if spec["kind"] == "chains":
        for c in range(spec["count"]):
            chain(work.si(f"c{c}.t{at}") for at in range(spec["length"])).apply_async()
        return spec["count"] * spec["length"]
    if spec["kind"] == "fan":
        middle = group(work.si(f"m{at}") for at in range(spec["width"]))
        (work.si("first") | chord(middle, work.si("last"))).apply_async()
        return spec["width"] + 2
    with app.producer_or_acquire() as producer:
        for at in range(spec["tasks"]):
            one.apply_async((f"t{at}",), producer=producer)
    return spec["tasks"]


def ran():
    try:
        with open(RAN, encoding="utf-8") as file:
            return [line.split() for line in file]
    except FileNotFoundError:
        return []


def main(spec_path, record_path):
    with open(spec_path, encoding="utf-8") as file:
        spec = json.load(file)
    while not app.control.ping(timeout=0.5):
        pass  # the workers are not there yet; whoever started this has a limit
    for _ in range(spec["runs"]):
        if os.path.exists(RAN):
            os.truncate(RAN, 0)
        asked = time.monotonic_ns() / 1000
        wanted = ask(spec)
        while len(ran()) < wanted:
            time.sleep(0.02)
        time.sleep(0.5)  # a task that runs twice would be seen
        tasks = [[name, float(started), float(ended)] for name, started, ended in ran()]
        with open(record_path, "a", encoding="utf-8") as record:
            record.write(json.dumps({"asked": asked, "tasks": tasks}) + "\n")


if __name__ == "__main__":
    main(*sys.argv[1:])
