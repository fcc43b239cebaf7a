#pragma once
// What each verb of the table does. The answer is the exit code; an Error is printed by the program.

#include "base/result.h"

namespace cordyna::dyna {

struct Context;

namespace acts {

using Act = base::Result<int>;

Act run(Context& context);       // act_run.cc
Act backfill(Context& context);  // act_emit.cc
Act emit(Context& context);
Act runs(Context& context);  // act_runs.cc
Act show(Context& context);
Act watch(Context& context);   // act_watch.cc
Act why(Context& context);     // act_why.cc
Act events(Context& context);  // act_events.cc
Act tasks(Context& context);   // act_tasks.cc
Act servers(Context& context);
Act graph(Context& context);   // act_graph.cc
Act cancel(Context& context);  // act_control.cc
Act retry(Context& context);
Act adopt(Context& context);
Act pause(Context& context);
Act resume(Context& context);
Act forget(Context& context);
Act transfer(Context& context);
Act logs(Context& context);    // act_logs.cc
Act doctor(Context& context);  // act_doctor.cc
Act version(Context& context);
Act completion(Context& context);  // act_completion.cc
Act complete(Context& context);
Act up(Context& context);  // act_local.cc
Act serve(Context& context);
Act check_later(Context& context);

}  // namespace acts
}  // namespace cordyna::dyna
