"""What is asked of cordyna and of its peers, and the judgement without which no figure is told. Pure: no processes, no clock.

A run is {"asked": us, "tasks": [[name, started, ended], ...]}, in us of one clock.
"""

import statistics
from dataclasses import dataclass

KEYS = ["peer", "version", "setting", "workload", "metric", "unit", "median", "min", "max", "cordyna", "ratio", "load"]


class Unsound(Exception):
    """A run that did not do what was asked: no figure is told of it."""


@dataclass(frozen=True)
class Workload:
    name: str
    kind: str  # chains, fan or flat
    count: int = 0  # of chains
    length: int = 0  # tasks of a chain
    width: int = 0  # tasks in the middle of a fan
    tasks: int = 0  # of a flat run
    slots: int = 0  # tasks at once
    own: str = ""  # what cordyna's own benchmark calls the same

    def upstreams(self):
        """Task -> the tasks that must have ended before it starts."""
        if self.kind == "chains":
            return {f"c{c}.t{at}": [f"c{c}.t{at - 1}"] if at else [] for c in range(self.count) for at in range(self.length)}
        if self.kind == "fan":
            middle = [f"m{at}" for at in range(self.width)]
            return {"first": [], **{name: ["first"] for name in middle}, "last": middle}
        return {f"t{at}": [] for at in range(self.tasks)}


def workloads(tiny):
    """W1, W2, W3 and W6 for those that run functions; W11 for those that run processes."""
    length, width, flat, chain, processes = (10, 10, 200, 5, 20) if tiny else (200, 1000, 10_000, 20, 1000)
    return [
        Workload("W1 chain", "chains", count=1, length=length, slots=16, own="W2 1 chains"),
        Workload("W2 16 chains", "chains", count=16, length=length, slots=16, own="W2 16 chains"),
        Workload(f"W3 fan of {width}", "fan", width=width, slots=16, own=f"W3 fan of {width}"),
        Workload(f"W6 flat {flat}", "flat", tasks=flat, slots=256, own="W6 flat, window 256"),
        Workload(f"W11 chain of {chain} processes", "chains", count=1, length=chain, slots=8,
                 own=f"W11 chain of {chain} processes"),
        # ecFlow starts what is free once a second, cordyna's own benchmark has 8 places: so it gets more of them.
        Workload(f"W11 {processes} processes", "flat", tasks=processes, slots=128, own=f"W11 {processes} processes"),
    ]


def own_programs(tiny, runs):
    """cordyna's own benchmark programs, with the sizes of workloads()."""
    length, width, flat, chain, processes = (10, 10, 1000, 5, 20) if tiny else (200, 1000, 10_000, 20, 1000)
    functions = {
        "chains": ["--chains", "16", "--tasks", str(16 * length)],
        "fan": ["--width", str(width), "--slots", "16"],
        "flat": ["--tasks", str(flat), "--window", "256", "--instances", "1"],
    }
    sizes = {True: functions, False: {"processes": ["--length", str(chain), "--tasks", str(processes)]}}
    return {of_functions: {name: [*options, "--runs", str(runs)] for name, options in programs.items()}
            for of_functions, programs in sizes.items()}


def judge(workload, run):
    """Raises Unsound unless each task of the run ran exactly once, after its upstreams had ended."""
    upstreams, ended = workload.upstreams(), {}
    for name, started, end in run["tasks"]:
        if name not in upstreams:
            raise Unsound(f"{name} was not asked for")
        if name in ended:
            raise Unsound(f"{name} ran twice")
        if not run["asked"] <= started <= end:
            raise Unsound(f"{name} started at {started} and ended at {end}, asked for at {run['asked']}")
        ended[name] = end
    for name, started, _ in run["tasks"]:
        for upstream in upstreams[name]:
            if ended.get(upstream, started + 1) > started:
                raise Unsound(f"{name} started before {upstream} had ended")
    missing = [name for name in upstreams if name not in ended]
    if missing:
        raise Unsound(f"{len(missing)} tasks did not run; {missing[0]} is one")


def quantile(values, q):
    """The least of the values that at least this part of them does not exceed."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(q * len(ordered)))]


def hops(workload, run):
    """Of each task with upstreams: us from the end of the last of them to its own start."""
    ended = {name: end for name, _, end in run["tasks"]}
    upstreams = workload.upstreams()
    return [started - max(ended[upstream] for upstream in upstreams[name])
            for name, started, _ in run["tasks"] if upstreams[name]]


def metrics(workload, run):
    """Metric -> (unit, value) of one sound run."""
    last = max(end for _, _, end in run["tasks"])
    if workload.name.startswith("W11"):
        return {"run": ("s", (last - run["asked"]) / 1e6)}
    if workload.kind == "chains":
        found = hops(workload, run)
        return {"hop p50": ("us", quantile(found, 0.5)), "hop p99": ("us", quantile(found, 0.99))}
    if workload.kind == "fan":
        started = {name: start for name, start, _ in run["tasks"]}
        return {"from the first task to the last": ("ms", (started["last"] - started["first"]) / 1e3)}
    return {"durable task-runs": ("1/s", len(run["tasks"]) / ((last - run["asked"]) / 1e6))}


def rows(peer, version, setting, workload, runs, own, load):
    """The figures of some runs beside cordyna's own of the same minutes. Ratio: how many times cordyna is quicker."""
    told = []
    found = [metrics(workload, run) for run in runs]
    for metric, (unit, _) in found[0].items():
        values = [one[metric][1] for one in found]
        median = statistics.median(values)
        mine = own.get((workload.own, metric))
        ratio = None if mine is None else (mine / median if unit == "1/s" else median / mine)
        name = "task-runs" if unit == "1/s" and setting == "default" else metric
        told.append(dict(zip(KEYS, [peer, version, setting, workload.name, name, unit, median, min(values), max(values),
                                    mine, ratio, load])))
    return told


def number_text(number):
    if number is None:
        return "-"
    return f"{number:.0f}" if number >= 1000 else f"{number:.3g}"


def table(told):
    """One line a row; what is compared stands together."""
    head = ["workload", "metric", "peer", "setting", "median", "min", "max", "cordyna", "times quicker", "load", "unit"]
    order = {name: at for at, name in enumerate(dict.fromkeys((row["workload"], row["metric"].split()[-1]) for row in told))}
    lines = [head]
    for row in sorted(told, key=lambda row: (row["workload"], order[(row["workload"], row["metric"].split()[-1])])):
        numbers = [number_text(row[key]) for key in ("median", "min", "max", "cordyna", "ratio", "load")]
        lines.append([row["workload"], row["metric"], f"{row['peer']} {row['version']}", row["setting"], *numbers, row["unit"]])
    widths = [max(len(line[column]) for line in lines) for column in range(len(head))]
    left = {0, 1, 2, 3, 10}
    return "\n".join("  ".join(cell.ljust(width) if column in left else cell.rjust(width)
                               for column, (cell, width) in enumerate(zip(line, widths))).rstrip() for line in lines)
