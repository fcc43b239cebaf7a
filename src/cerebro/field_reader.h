#pragma once
// The bytes of a snapshot as values: the other half of field_writer.h. The reader trusts nothing: counts are bounded by
// the bytes that are left, words by their last value, indices by how many tasks, servers, instances and scopes there
// are; keys ascend. After the first impossible field it stays !ok(). Used by snapshot.cc alone.

#include <map>
#include <set>
#include <string_view>
#include <utility>
#include <vector>

#include "cerebro/field_writer.h"
#include "wire/json_text.h"

namespace cordyna::cerebro {

class FieldReader {
 public:
  template <class T>
  using Of = T;

  explicit FieldReader(std::string_view bytes) : bytes_(bytes) {}

  template <class... Ts>
  void operator()(Ts&... values) {
    (value(values), ...);
  }
  template <class Enum>
  void word(Enum& value, Enum last) {
    value = static_cast<Enum>(number(static_cast<std::uint64_t>(last)));
  }
  void dimensions(engine::State& state) {
    dimensions_ = {count(), count(), count(), count()};
    if (!ok()) return;
    state.tasks.resize(dimensions_.tasks);
    state.servers.resize(dimensions_.servers);
    state.instances.resize(dimensions_.instances);
    state.scopes.resize(dimensions_.scopes);
  }
  template <class T>
  void each(std::vector<T>& values) {
    for (T& one : values) value(one);
  }

  bool ok() const { return bytes_.ok(); }
  bool at_end() const { return bytes_.left() == 0; }
  void fail() { bytes_.fail(); }

 private:
  static constexpr std::int64_t time_max = std::int64_t{1} << 60;  // sums of two stay in range

  std::uint64_t number(std::uint64_t last) {
    const std::uint64_t value = bytes_.varint();
    if (value <= last) return value;
    fail();
    return 0;
  }
  /// Of things that take a byte or more each.
  std::uint64_t count() { return number(bytes_.left()); }

  void value(bool& value) { value = number(1) == 1; }
  void value(std::uint32_t& value) { value = static_cast<std::uint32_t>(number(0xffff'ffffU)); }
  void value(std::uint64_t& value) { value = bytes_.varint(); }
  void value(int& value) { value = static_cast<int>(static_cast<std::uint32_t>(number(0xffff'ffffU))); }
  void value(base::Duration& value) {
    const std::uint64_t zigzag = bytes_.varint();
    const auto read = static_cast<std::int64_t>(zigzag >> 1 ^ (~(zigzag & 1) + 1));
    if (read > time_max || read < -time_max) return fail();
    value = base::Duration(read);
  }
  template <class Clock>
  void value(std::chrono::time_point<Clock, base::Duration>& at) {
    base::Duration since{};
    value(since);
    at = std::chrono::time_point<Clock, base::Duration>(since);
  }
  void value(std::string& text) { text = bytes_.raw(bytes_.varint()); }
  void value(base::Hash128& hash) { hash = bytes_.hash(); }
  void value(base::RunId& run) {
    run = {};
    if (number(1) == 0) return;
    run.high = bytes_.u64();
    run.low = bytes_.u64();
    if (run.none()) fail();
  }
  template <class Index>
  void index(Index& index, std::uint64_t size) {
    if (size == 0) return fail();
    index.value = static_cast<std::uint32_t>(number(size - 1));
  }
  void value(model::TaskIndex& task) { index(task, dimensions_.tasks); }
  void value(model::ServerIndex& server) { index(server, dimensions_.servers); }
  void value(engine::ScopeIndex& scope) { index(scope, dimensions_.scopes); }
  void value(model::SessionId& session) { session.value = bytes_.varint(); }
  void value(model::InstanceIndex& instance) {
    instance.value = static_cast<std::uint32_t>(number(dimensions_.instances)) - 1;
  }
  void value(std::shared_ptr<const model::Declaration>& declaration) { once(declarations_, declaration); }
  void value(std::shared_ptr<const model::TaskDeclaration>& task) { once(definitions_, task); }
  void value(std::shared_ptr<const model::Policy>& policy) { once(policies_, policy); }
  void value(model::TaskList& tasks) {
    std::vector<model::TaskList::Shared> read;
    value(read);
    for (std::size_t i = 0; i < read.size(); ++i)
      if (read[i] == nullptr || (i > 0 && read[i - 1]->name >= read[i]->name)) return fail();
    tasks = model::TaskList(std::move(read));
  }
  void value(model::Json& json) {
    const std::string_view text = bytes_.raw(bytes_.varint());
    if (text.empty()) return;
    auto read = wire::parse_json(text);
    if (!read.ok()) return fail();
    json = std::move(*read);
  }
  void value(model::Trigger& trigger) {
    trigger = trigger_of_kind(number(std::variant_size_v<model::Trigger> - 1));
    std::visit([this](auto& one) { value(one); }, trigger);
  }
  template <class T>
  void once(Known<T>& known, std::shared_ptr<const T>& shared) {
    const std::uint64_t at = number(known.size() + 1);
    if (at > known.size()) {
      auto read = std::make_shared<T>();
      value(*read);
      if (ok() && !is_sound(*read)) fail();
      known.push_back(std::move(read));
    }
    shared = at == 0 ? nullptr : known[at - 1];
  }
  template <class A, class B>
  void value(std::pair<A, B>& pair) {
    value(pair.first);
    value(pair.second);
  }
  template <class T>
  void value(std::optional<T>& optional) {
    optional.reset();
    if (number(1) == 1) value(optional.emplace(T{}));
  }
  template <class T>
  void value(std::unique_ptr<T>& pointer) {
    pointer.reset();
    if (number(1) == 0) return;
    pointer = std::make_unique<T>();
    value(*pointer);
  }
  template <class T>
  void value(std::shared_ptr<const T>& pointer) {
    auto read = std::make_shared<T>();
    value(*read);
    pointer = std::move(read);
  }
  template <class T>
  void value(std::vector<T>& values) {
    values.clear();
    const std::uint64_t size = count();
    values.reserve(size);
    for (std::uint64_t i = 0; i < size && ok(); ++i) value(values.emplace_back());
  }
  template <class T>
  void value(std::deque<T>& values) {
    values.clear();
    const std::uint64_t size = count();
    for (std::uint64_t i = 0; i < size && ok(); ++i) value(values.emplace_back());
  }
  template <class T>
  void value(std::set<T>& values) {
    values.clear();
    const std::uint64_t size = count();
    for (std::uint64_t i = 0; i < size && ok(); ++i) {
      T one{};
      value(one);
      if (!values.empty() && !(*values.rbegin() < one)) return fail();
      values.insert(values.end(), std::move(one));
    }
  }
  template <class K, class V>
  void value(std::map<K, V>& values) {
    values.clear();
    const std::uint64_t size = count();
    for (std::uint64_t i = 0; i < size && ok(); ++i) {
      K key{};
      value(key);
      if (!values.empty() && !(values.rbegin()->first < key)) return fail();
      value(values.emplace_hint(values.end(), std::move(key), V{})->second);
    }
  }
  template <class T>
  void value(T& structure) {
    fields(*this, structure);
  }

  log::ByteReader bytes_;
  Known<model::Declaration> declarations_;
  Known<model::TaskDeclaration> definitions_;
  Known<model::Policy> policies_;
  Dimensions dimensions_;
};

}  // namespace cordyna::cerebro
