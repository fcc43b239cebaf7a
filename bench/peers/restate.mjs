// Restate: durable execution. A task is an invocation of its own; who calls them waits for their results, which are
// kept in its journal.
import * as restate from "@restatedev/restate-sdk";
import { range, record, spec } from "./record.mjs";

const task = restate.service({
  name: "task",
  handlers: {
    run: async (_, name) => {
      record.work(name);
    },
  },
});
const all = (ctx, names) => restate.RestatePromise.all(names.map((name) => ctx.serviceClient(task).run(name)));
const caller = restate.service({
  name: "caller",
  handlers: {
    chain: async (ctx, c) => {
      for (let at = 0; at < spec.length; ++at) await ctx.serviceClient(task).run(`c${c}.t${at}`);
    },
    fan: async (ctx) => {
      await ctx.serviceClient(task).run("first");
      await all(ctx, range(spec.width, (at) => `m${at}`));
      await ctx.serviceClient(task).run("last");
    },
    flat: async (ctx) => {
      await all(ctx, range(spec.tasks, (at) => `t${at}`));
    },
  },
});
await restate.serve({ services: [task, caller], port: spec.service_port });

async function post(url, body) {
  const answer = await fetch(url, { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify(body) });
  if (!answer.ok) throw new Error(`${url}: ${answer.status} ${await answer.text()}`);
}
await post(`http://127.0.0.1:${spec.admin_port}/deployments`, { uri: `http://127.0.0.1:${spec.service_port}` });

const call = (handler, body) => post(`http://127.0.0.1:${spec.port}/caller/${handler}`, body);
const ask = {
  chains: () => Promise.all(range(spec.count, (c) => call("chain", c))),
  fan: () => call("fan", null),
  flat: () => call("flat", null),
};
for (let i = 0; i < spec.runs; ++i) await record.run(ask[spec.kind], async () => {});
process.exit(0);
