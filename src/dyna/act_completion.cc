// dyna completion: a script for the shell, written from the table of verbs. Names of tasks, runs and servers are asked
// when the key is pressed, through the hidden verb __complete, which is silent whatever goes wrong.

#include "dyna/acts.h"
#include "dyna/ask.h"
#include "dyna/completion.h"

namespace cordyna::dyna::acts {
namespace {

struct Source {
  std::string path, list, key;
};

}  // namespace

Act completion(Context& context) {
  const std::string shell = context.arguments.text_or("SHELL", "");
  const std::string script = completion_script(shell);
  if (script.empty())
    return base::Error{"usage", "there is no completion for \"" + plain(shell) + "\": write bash, zsh or fish"};
  context.out() << script;
  return exit_code::done;
}

Act complete(Context& context) {
  const std::string kind = context.arguments.text_or("KIND", "");
  Source source;
  if (kind == "tasks") source = {"/tasks", "tasks", "task"};
  if (kind == "servers") source = {"/servers", "servers", "server"};
  if (kind == "runs") source = {"/runs", "runs", "run_id"};
  if (source.path.empty()) return exit_code::done;
  if (kind == "runs") context.out() << "last\n";
  const auto answer = ask(context, {.path = source.path, .query = {{"limit", "1000"}}});
  if (!answer) return exit_code::done;
  for (const Json& item : list_at(answer->document, source.list))
    context.out() << plain(text_at(item, source.key)) << '\n';
  return exit_code::done;
}

}  // namespace cordyna::dyna::acts
