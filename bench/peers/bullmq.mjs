// BullMQ: jobs of one Redis. A chain is a flow of nested children; a fan is one flow, added by the handler of its first
// task, since a job has one parent.
import { FlowProducer, Queue, Worker } from "bullmq";
import { range, record, spec, until } from "./record.mjs";

const connection = { host: "127.0.0.1", port: spec.port, maxRetriesPerRequest: null };
const queueName = "tasks";
const queue = new Queue(queueName, { connection });
const flows = new FlowProducer({ connection });

const chain = (c) => {
  let node = null;
  for (let at = 0; at < spec.length; ++at)
    node = { name: `c${c}.t${at}`, queueName, ...(node ? { children: [node] } : {}) };
  return node;
};
const fan = () => ({ name: "last", queueName, children: range(spec.width, (at) => ({ name: `m${at}`, queueName })) });

const ask = {
  chains: () => flows.addBulk(range(spec.count, chain)),
  fan: () => queue.add("first", {}),
  flat: () => queue.addBulk(range(spec.tasks, (at) => ({ name: `t${at}`, data: {} }))),
};

const worker = new Worker(
  queueName,
  async (job) => {
    record.work(job.name);
    if (job.name === "first") await flows.add(fan());
  },
  { connection, concurrency: spec.slots },
);
await worker.waitUntilReady();
const left = async () => Object.values(await queue.getJobCounts("waiting", "active", "delayed", "waiting-children"));
for (let i = 0; i < spec.runs; ++i)
  await record.run(ask[spec.kind], () => until(async () => (await left()).every((n) => n === 0)));
process.exit(0);
