"""What is asked of the peers, how their runs are judged, and which requests are refused; no peer runs."""

import pathlib
import subprocess
import sys
import unittest

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))
import peers  # noqa: E402
import stage  # noqa: E402
import work  # noqa: E402

CHAIN = work.Workload("W1 chain", "chains", count=1, length=3, slots=16, own="W2 1 chains")
FAN = work.Workload("W3 fan of 2", "fan", width=2, slots=16, own="W3 fan of 2")
FLAT = work.Workload("W6 flat 2", "flat", tasks=2, slots=256, own="W6 flat, window 256")
SOUND = {"asked": 0, "tasks": [["c0.t0", 10, 20], ["c0.t1", 120, 130], ["c0.t2", 430, 440]]}


def changed(at, task):
    tasks = list(SOUND["tasks"])
    tasks[at] = task
    return {**SOUND, "tasks": tasks}


class Judge(unittest.TestCase):
    def refuses(self, workload, run, words):
        with self.assertRaises(work.Unsound) as refusal:
            work.judge(workload, run)
        self.assertIn(words, str(refusal.exception))

    def test_a_run_of_all_tasks_in_order_is_sound(self):
        work.judge(CHAIN, SOUND)

    def test_a_task_that_ran_twice_gives_no_figure(self):
        self.refuses(CHAIN, {**SOUND, "tasks": [*SOUND["tasks"], ["c0.t1", 500, 510]]}, "c0.t1 ran twice")

    def test_a_task_that_did_not_run_gives_no_figure(self):
        self.refuses(CHAIN, {**SOUND, "tasks": SOUND["tasks"][:2]}, "1 tasks did not run; c0.t2 is one")

    def test_a_task_that_nobody_asked_for_gives_no_figure(self):
        self.refuses(FLAT, {"asked": 0, "tasks": [["t0", 1, 2], ["t1", 1, 2], ["t2", 1, 2]]}, "t2 was not asked for")

    def test_a_task_that_started_before_its_upstream_had_ended_gives_no_figure(self):
        self.refuses(CHAIN, changed(1, ["c0.t1", 15, 130]), "c0.t1 started before c0.t0 had ended")

    def test_a_task_that_ran_without_its_upstream_gives_no_figure(self):
        self.refuses(CHAIN, {**SOUND, "tasks": SOUND["tasks"][1:]}, "c0.t1 started before c0.t0 had ended")

    def test_the_last_of_a_fan_needs_each_of_the_middle(self):
        run = {"asked": 0, "tasks": [["first", 1, 2], ["m0", 3, 4], ["m1", 3, 9], ["last", 8, 9]]}
        self.refuses(FAN, run, "last started before m1 had ended")

    def test_a_task_that_started_before_it_was_asked_for_gives_no_figure(self):
        self.refuses(CHAIN, {**SOUND, "asked": 11}, "c0.t0 started at 10")


class Figures(unittest.TestCase):
    def test_a_hop_is_from_the_end_of_the_last_upstream_to_the_start(self):
        self.assertEqual(work.hops(CHAIN, SOUND), [100, 300])
        fan = {"asked": 0, "tasks": [["first", 1, 2], ["m0", 3, 4], ["m1", 5, 9], ["last", 10, 11]]}
        self.assertEqual(work.hops(FAN, fan), [1, 3, 1])

    def test_a_time_is_so_many_times_cordynas_and_a_rate_the_other_way_round(self):
        own = {("W2 1 chains", "hop p50"): 100.0, ("W6 flat, window 256", "durable task-runs"): 4e6}
        p50, p99 = work.rows("p", "1", "durable", CHAIN, [SOUND], own, 0.5)
        self.assertEqual((p50["metric"], p50["median"], p50["cordyna"], p50["ratio"]), ("hop p50", 300, 100.0, 3.0))
        self.assertEqual((p99["cordyna"], p99["ratio"]), (None, None))
        flat = {"asked": 0, "tasks": [["t0", 0, 1], ["t1", 1, 2]]}
        rate, = work.rows("p", "1", "durable", FLAT, [flat], own, 0.5)
        self.assertEqual((rate["median"], rate["ratio"]), (1e6, 4.0))
        self.assertEqual(list(rate), work.KEYS)

    def test_only_durable_settings_are_called_durable(self):
        flat = {"asked": 0, "tasks": [["t0", 0, 1], ["t1", 1, 2]]}
        rate, = work.rows("p", "1", "default", FLAT, [flat], {("W6 flat, window 256", "durable task-runs"): 4e6}, 0.5)
        self.assertEqual((rate["metric"], rate["ratio"]), ("task-runs", 4.0))

    def test_the_middle_one_of_several_runs_is_told_with_the_least_and_the_greatest(self):
        runs = [changed(2, ["c0.t2", 130 + hop, 900]) for hop in (200, 700, 300)]
        p50 = work.rows("p", "1", "durable", CHAIN, runs, {}, 0.5)[0]
        self.assertEqual((p50["median"], p50["min"], p50["max"]), (300, 200, 700))

    def test_the_same_is_asked_of_cordyna(self):
        for tiny in (True, False):
            programs = work.own_programs(tiny, 3)
            asked = {name for of_functions in programs.values() for name in of_functions}
            self.assertEqual(asked, {"chains", "fan", "flat", "processes"})
            fan, = (one for one in work.workloads(tiny) if one.kind == "fan")
            self.assertIn(str(fan.width), programs[True]["fan"])

    def test_the_table_puts_what_is_compared_together(self):
        rows = [row for peer in ("a", "b") for row in work.rows(peer, "1", "durable", CHAIN, [SOUND], {}, 0.5)]
        told = [line.split()[2:5] for line in work.table(rows).splitlines()[1:]]
        self.assertEqual(told, [["hop", "p50", "a"], ["hop", "p50", "b"], ["hop", "p99", "a"], ["hop", "p99", "b"]])


class Stage(unittest.TestCase):
    def test_a_chain_is_a_suite_of_triggers(self):
        suite = stage.ecflow_suite({"kind": "chains", "length": 2, "slots": 8}, "run0", "/somewhere")
        self.assertIn("limit places 8", suite)
        self.assertIn("task c0.t1\n      trigger c0.t0 == complete", suite)
        self.assertEqual(suite.count("trigger"), 1)

    def test_a_peer_that_can_be_asked_for_can_be_started(self):
        self.assertEqual(list(peers.PEERS), list(stage.PEERS))


class Requests(unittest.TestCase):
    def run_peers(self, *arguments):
        return subprocess.run([sys.executable, HERE / "peers.py", *arguments], capture_output=True, text=True, check=False)

    def test_an_unknown_peer_is_refused_with_the_nearest_one(self):
        said = self.run_peers("bulmq")
        self.assertEqual(said.returncode, 2)
        self.assertIn("there is no bulmq; did you mean bullmq?; there are: graphile-worker bullmq", said.stderr)

    def test_no_runs_are_refused(self):
        said = self.run_peers("--runs", "0")
        self.assertEqual(said.returncode, 2)
        self.assertIn("--runs: 1 to 100", said.stderr)


if __name__ == "__main__":
    unittest.main()
