#include "practices/output_change.h"

#include <algorithm>
#include <utility>

#include "practices/excess.h"

namespace cordyna::practices {
namespace {

constexpr std::array<std::string_view, 3> access_words{"private", "protected", "public"};

std::string access_text(Access access) {
  return std::string(access_words.at(static_cast<std::size_t>(access)));
}

std::string was_is(const std::string& was, const std::string& is) {
  return "was " + was + ", is " + is;
}

std::string duration_text(const std::optional<base::Duration>& duration) {
  return duration ? base::format_duration(*duration) : "not promised";
}

std::string top_field(const std::string& path) {
  return path.substr(0, path.find_first_of(".["));
}

bool covers(const std::optional<base::Duration>& promised, const std::optional<base::Duration>& needed) {
  return !needed || (promised && *promised <= *needed);
}

class Difference {
 public:
  Difference(const Output& was, const Output& is) : was_(was), is_(is) {}

  std::vector<Change> take() {
    compare_schemas();
    if (was_.kind != is_.kind) add("kind", "kind_changed", "the kind has changed", Bump::major);
    if (is_.access != was_.access)
      add("access", is_.access < was_.access ? "access_lowered" : "access_raised",
          was_is(access_text(was_.access), access_text(is_.access)),
          is_.access < was_.access ? Bump::major : Bump::minor);
    compare_promise("latency", was_.promise.latency, is_.promise.latency);
    compare_promise("frequency", was_.promise.frequency, is_.promise.frequency);
    compare_lives();
    compare_checks();
    if (was_.location != is_.location)
      add("location", "location_moved", was_is(was_.location, is_.location), Bump::minor);
    if (was_.description != is_.description) add("description", "description_changed", "other words", Bump::patch);
    std::stable_sort(found_.begin(), found_.end(), [](const Change& a, const Change& b) { return a.bump > b.bump; });
    return std::move(found_);
  }

 private:
  void add(std::string path, std::string code, std::string message, Bump bump, std::string field = "") {
    found_.push_back({std::move(path), std::move(code), std::move(message), bump, std::move(field)});
  }

  void compare_schemas() {
    if (!was_.schema && !is_.schema) return;
    if (!was_.schema) return add("schema", "schema_added", "a schema is declared", Bump::minor);
    if (!is_.schema) return add("schema", "schema_removed", "no schema is declared any more", Bump::major);
    const Unknown unknown = is_.profile == Profile::strict ? Unknown::counted : Unknown::tolerated;
    const Bump break_bump = is_.profile == Profile::none ? Bump::minor : Bump::major;
    auto broken = excess(*is_.schema, *was_.schema, unknown);
    if (was_.kind == Kind::topic) {  // old messages stay: who reads with the new schema meets them too
      for (Excess& one : excess(*was_.schema, *is_.schema, unknown)) {
        std::swap(one.allows, one.wanted);
        broken.push_back(std::move(one));
      }
    }
    for (const Excess& one : broken)
      add("schema" + (one.path.empty() ? "" : "." + one.path), one.code, was_is(one.wanted, one.allows), break_bump,
          top_field(one.path));
    add_new_fields();
    if (was_.kind == Kind::topic) return;
    for (const Excess& one : excess(*was_.schema, *is_.schema))
      if (one.code != "field_removed" && one.code != "field_renamed" && !is_told(one.path))
        add("schema" + (one.path.empty() ? "" : "." + one.path), "narrowed", was_is(one.allows, one.wanted),
            Bump::minor, top_field(one.path));
  }

  void add_new_fields() {
    for (const auto& [name, field] : is_.schema->fields)
      if (!was_.schema->fields.contains(name) && !is_told(name))
        add("schema." + name, "field_added", "is new: " + field.schema->types.text(), Bump::minor, name);
  }

  bool is_told(const std::string& path) const {
    return std::any_of(found_.begin(), found_.end(), [&](const Change& one) { return one.path == "schema." + path; });
  }

  void compare_promise(const std::string& part, const std::optional<base::Duration>& was,
                       const std::optional<base::Duration>& is) {
    if (was == is) return;
    const bool is_looser = was && (!is || *is > *was);
    add("promise." + part, is_looser ? "promise_loosened" : "promise_tightened",
        was_is(duration_text(was), duration_text(is)), is_looser ? Bump::major : Bump::minor);
  }

  void compare_lives() {
    if (was_.status != is_.status && is_.status != "retired")
      add("status", "status_changed", was_is(was_.status, is_.status), Bump::minor);
    if (is_.status == "retired" && was_.status != "retired") found_.push_back(removal(was_));
    if (!was_.end_of_life || was_.end_of_life == is_.end_of_life) return;
    const std::string was = base::format_time(*was_.end_of_life);
    if (!is_.end_of_life)
      add("deprecated.end_of_life", "end_of_life_extended", was_is(was, "open"), Bump::patch);
    else if (*is_.end_of_life < *was_.end_of_life)
      add("deprecated.end_of_life", "end_of_life_shortened", was_is(was, base::format_time(*is_.end_of_life)),
          Bump::major);
    else
      add("deprecated.end_of_life", "end_of_life_extended", was_is(was, base::format_time(*is_.end_of_life)),
          Bump::patch);
  }

  void compare_checks() {
    for (const auto& [id, severity] : was_.checks) {
      const auto found = is_.checks.find(id);
      if (severity == "error" && (found == is_.checks.end() || found->second != "error"))
        add("checks." + id, "check_weakened", "does not hold the output back any more", Bump::minor);
    }
    for (const auto& [id, severity] : is_.checks)
      if (!was_.checks.contains(id)) add("checks." + id, "check_added", "is new: " + severity, Bump::minor);
  }

  const Output& was_;
  const Output& is_;
  std::vector<Change> found_;
};

}  // namespace

std::vector<Change> changes(const Output& was, const Output& is) {
  return Difference(was, is).take();
}

Change removal(const Output& was) {
  return {"", "output_removed", was.name + "@" + std::to_string(was.version.major) + " is offered no more", Bump::major,
          ""};
}

Bump required_bump(const std::vector<Change>& changes) {
  Bump bump = Bump::none;
  for (const Change& change : changes) bump = std::max(bump, change.bump);
  return bump;
}

Bump bump_between(const Version& was, const Version& is) {
  if (is.major != was.major) return is.major > was.major ? Bump::major : Bump::none;
  if (is.minor != was.minor) return is.minor > was.minor ? Bump::minor : Bump::none;
  return is.patch > was.patch ? Bump::patch : Bump::none;
}

bool breaks(const Change& change, const Output& is, const Use& use) {
  if (change.bump != Bump::major) return false;
  if (change.path == "promise.latency") return !covers(is.promise.latency, use.needs.latency);
  if (change.path == "promise.frequency") return !covers(is.promise.frequency, use.needs.frequency);
  if (change.field.empty() || !use.fields) return true;
  return std::find(use.fields->begin(), use.fields->end(), change.field) != use.fields->end();
}

}  // namespace cordyna::practices
