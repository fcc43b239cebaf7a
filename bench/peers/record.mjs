// Record: what a program of this folder tells about its runs, one line of JSON a run:
// {"asked": us, "tasks": [[name, started, ended], ...]}, in microseconds of the machine's monotonic clock.
import { appendFileSync, readFileSync } from "node:fs";

export const now = () => Number(process.hrtime.bigint()) / 1000;

/** The work asked for: {kind, count, length, width, tasks, slots, runs, batched, port} */
export const spec = JSON.parse(readFileSync(process.argv[2], "utf8"));

export const sizes = {
  chains: () => spec.count * spec.length,
  fan: () => spec.width + 2,
  flat: () => spec.tasks,
};

class Record {
  #tasks = [];
  #ended = () => {};

  /** The whole work of a task. */
  work(name) {
    const started = now();
    this.#tasks.push([name, started, now()]);
    if (this.#tasks.length === sizes[spec.kind]()) this.#ended();
  }

  /** Runs `ask`, waits until as many tasks ran as were asked for and `settled` says that no more will, and tells it. */
  async run(ask, settled) {
    this.#tasks = [];
    const ended = new Promise((resolve) => (this.#ended = resolve));
    const asked = now();
    await ask();
    await ended;
    await settled();
    appendFileSync(process.argv[3], JSON.stringify({ asked, tasks: this.#tasks }) + "\n");
  }
}

export const record = new Record();

/** [0, 1, ... below count) through f */
export const range = (count, f) => Array.from({ length: count }, (_, i) => f(i));

/** Asks `done` again and again until it says yes. */
export async function until(done) {
  while (!(await done())) await new Promise((resolve) => setTimeout(resolve, 20));
}
