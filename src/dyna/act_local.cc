// The verbs that run something here: dyna serve, dyna up; and dyna check, which is still to come.

#include "dyna/acts.h"
#include "dyna/context.h"

namespace cordyna::dyna::acts {

Act serve(Context& context) {
  ServeRequest request{context.arguments.text_or("FILE", ""), context.url, std::nullopt, context.json()};
  if (const auto text = context.arguments.text("--drain")) {
    const auto drain = base::parse_duration(*text);
    if (!drain) return base::Error{"usage", "--drain: " + plain(drain.error().message)};
    request.drain = *drain;
  }
  return context.world.serve(request);
}

Act up(Context& context) {
  return context.world.up({context.arguments.list("FILE"), context.arguments.text_or("--listen", "127.0.0.1:7070"),
                           context.arguments.text_or("--data", ".cordyna")});
}

Act check_later(Context&) {
  return base::Error{"usage",
                     "dyna check does not exist yet; dyna serve FILE shows every finding when it declares the file"};
}

}  // namespace cordyna::dyna::acts
