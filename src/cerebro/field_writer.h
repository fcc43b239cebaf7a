#pragma once
// The values of a snapshot as bytes. snapshot_fields.h names the fields of every struct once, in order; FieldWriter
// here and FieldReader (field_reader.h) are the two that walk over them, so that writing and reading cannot drift
// apart. Numbers are varints because most are small, times zigzag ones. Used by snapshot.cc alone.

#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "cerebro/field_numbers.h"
#include "engine/state.h"
#include "log/bytes.h"

namespace cordyna::cerebro {

class FieldWriter {
 public:
  template <class T>
  using Of = const T;

  template <class... Ts>
  void operator()(const Ts&... values) {
    (value(values), ...);
  }
  template <class Enum>
  void word(const Enum& value, Enum) {
    bytes_.varint(static_cast<std::uint64_t>(value));
  }
  void dimensions(const engine::State& state) {
    for (const std::size_t size :
         {state.tasks.size(), state.servers.size(), state.instances.size(), state.scopes.size()})
      bytes_.varint(size);
  }
  /// The elements without their count, which is a dimension.
  template <class T>
  void each(const std::vector<T>& values) {
    for (const T& one : values) value(one);
  }

  log::ByteWriter& bytes() { return bytes_; }

 private:
  void value(bool value) { bytes_.varint(value ? 1 : 0); }
  void value(std::uint32_t value) { bytes_.varint(value); }
  void value(std::uint64_t value) { bytes_.varint(value); }
  void value(int value) { bytes_.varint(static_cast<std::uint32_t>(value)); }
  void value(base::Duration value) {
    const auto count = static_cast<std::uint64_t>(value.count());
    bytes_.varint(count << 1 ^ (value.count() < 0 ? ~std::uint64_t{0} : 0));
  }
  template <class Clock>
  void value(const std::chrono::time_point<Clock, base::Duration>& at) {
    value(at.time_since_epoch());
  }
  void value(const std::string& text) {
    bytes_.varint(text.size());
    bytes_.raw(text);
  }
  void value(const base::Hash128& hash) { bytes_.hash(hash); }
  void value(const base::RunId& run) {
    value(!run.none());
    if (run.none()) return;
    bytes_.u64(run.high);
    bytes_.u64(run.low);
  }
  template <class Tag, class Rep>
  void value(base::Id<Tag, Rep> id) {
    bytes_.varint(id.value);
  }
  void value(model::InstanceIndex index) { bytes_.varint(std::uint32_t{index.value + 1}); }  // none becomes 0
  void value(const std::shared_ptr<const model::Declaration>& declaration) { once(declarations_, declaration); }
  void value(const std::shared_ptr<const model::TaskDeclaration>& task) { once(definitions_, task); }
  void value(const std::shared_ptr<const model::Policy>& policy) { once(policies_, policy); }
  void value(const model::TaskList& tasks) { all(tasks.shared()); }
  void value(const model::Json& json) { value(json.is_null() ? std::string() : json.dump()); }
  void value(const model::Trigger& trigger) {
    bytes_.varint(trigger.index());
    std::visit([this](const auto& one) { value(one); }, trigger);
  }
  template <class T>
  void once(Numbers<T>& numbers, const std::shared_ptr<const T>& shared) {
    if (shared == nullptr) return bytes_.varint(0);
    const std::uint64_t next = numbers.next(), number = numbers.of(shared.get());
    bytes_.varint(number);
    if (number == next) value(*shared);
  }
  template <class A, class B>
  void value(const std::pair<A, B>& pair) {
    value(pair.first);
    value(pair.second);
  }
  template <class T>
  void value(const std::optional<T>& optional) {
    value(optional.has_value());
    if (optional) value(*optional);
  }
  template <class T>
  void value(const std::unique_ptr<T>& pointer) {
    value(pointer != nullptr);
    if (pointer) value(*pointer);
  }
  template <class T>
  void value(const std::shared_ptr<const T>& pointer) {
    value(*pointer);
  }
  template <class T>
  void value(const std::vector<T>& values) {
    all(values);
  }
  template <class T>
  void value(const std::deque<T>& values) {
    all(values);
  }
  template <class T>
  void value(const std::set<T>& values) {
    all(values);
  }
  template <class K, class V>
  void value(const std::map<K, V>& values) {
    all(values);
  }
  template <class Values>
  void all(const Values& values) {
    bytes_.varint(values.size());
    for (const auto& one : values) value(one);
  }
  template <class T>
  void value(const T& structure) {
    fields(*this, structure);
  }

  log::ByteWriter bytes_;
  Numbers<model::Declaration> declarations_;
  Numbers<model::TaskDeclaration> definitions_;
  Numbers<model::Policy> policies_;
};

}  // namespace cordyna::cerebro
