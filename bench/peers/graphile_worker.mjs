// graphile-worker: jobs of one PostgreSQL database. It knows no dependencies: a handler adds the job that follows, and
// the last of a fan is found by a count in a table.
import { Logger, makeWorkerUtils, run } from "graphile-worker";
import pg from "pg";
import { range, record, spec, until } from "./record.mjs";

const pool = new pg.Pool({ host: "127.0.0.1", port: spec.port, user: "postgres", database: "postgres", max: spec.slots + 8 });
await pool.query("create table joins (id int primary key, missing int not null)");

const handlers = {
  async step({ chain, at }, { addJob }) {
    record.work(`c${chain}.t${at}`);
    if (at + 1 < spec.length) await addJob("step", { chain, at: at + 1 });
  },
  async first(_, { query, addJobs }) {
    record.work("first");
    await query("insert into joins values (1, $1)", [spec.width]);
    await addJobs(range(spec.width, (at) => ({ identifier: "middle", payload: { at } })));
  },
  async middle({ at }, { query, addJob }) {
    record.work(`m${at}`);
    const { rows } = await query("update joins set missing = missing - 1 where id = 1 returning missing");
    if (rows[0].missing === 0) await addJob("last", {});
  },
  async last() {
    record.work("last");
  },
  async one({ at }) {
    record.work(`t${at}`);
  },
};

const ask = {
  chains: (utils) => utils.addJobs(range(spec.count, (chain) => ({ identifier: "step", payload: { chain, at: 0 } }))),
  fan: (utils) => utils.addJob("first", {}),
  flat: (utils) => utils.addJobs(range(spec.tasks, (at) => ({ identifier: "one", payload: { at } }))),
};

const batched = { localQueue: { size: 500 }, completeJobBatchDelay: 0, failJobBatchDelay: 0 };
const preset = { worker: { concurrentJobs: spec.slots, ...(spec.batched ? batched : {}) } };
const silent = new Logger(() => () => {});
const runner = await run({ preset, pgPool: pool, taskList: handlers, noHandleSignals: true, logger: silent });
const utils = await makeWorkerUtils({ pgPool: pool, logger: silent });
const left = async () => (await pool.query("select count(*)::int as n from graphile_worker.jobs")).rows[0].n;
for (let i = 0; i < spec.runs; ++i) {
  await pool.query("delete from joins");
  await record.run(() => ask[spec.kind](utils), () => until(async () => (await left()) === 0));
}
await runner.stop();
process.exit(0);
