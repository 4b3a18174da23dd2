// A typed dictionary that shares its entries with the value it came from: what a kernel takes for Dict(K, V).
#pragma once

#include <cstddef>
#include <optional>
#include <utility>
#include <vector>

#include "spinel/registry/call_error.h"
#include "spinel/registry/value_traits.h"

namespace spinel::registry::inline v1 {

/// In the order of insertion. Copies share the entries; copy() does not.
template <typename K, typename V>
class Dict {
 public:
  class Entry {
   public:
    K key() const { return ValueTraits<K>::read(item().first); }
    V value() const { return ValueTraits<V>::read(item().second); }
    void setValue(V value) const { item().second = ValueTraits<V>::write(std::move(value)); }

   private:
    friend class Dict;
    Entry(DictValue* dict, size_t index) : dict_(dict), index_(index) {}
    std::pair<Value, Value>& item() const { return dict_->items[index_]; }
    DictValue* dict_;
    size_t index_;
  };

  class Iterator {
   public:
    using iterator_category = std::input_iterator_tag;
    using value_type = Entry;
    using difference_type = std::ptrdiff_t;
    using pointer = const Entry*;
    using reference = const Entry&;

    const Entry& operator*() const { return entry_; }
    const Entry* operator->() const { return &entry_; }
    Iterator& operator++() {
      ++entry_.index_;
      return *this;
    }
    friend bool operator==(const Iterator& a, const Iterator& b) { return a.entry_.index_ == b.entry_.index_; }

   private:
    friend class Dict;
    explicit Iterator(Entry entry) : entry_(entry) {}
    Entry entry_;
  };
  using iterator = Iterator;

  Dict() : dict_(make_intrusive<DictValue>(ValueTraits<K>::type().bound(), ValueTraits<V>::type().bound())) {}
  explicit Dict(intrusive_ptr<DictValue> dict) : dict_(std::move(dict)) {}

  size_t size() const noexcept { return dict_->items.size(); }
  bool empty() const noexcept { return dict_->items.empty(); }
  bool contains(const K& key) const { return index_of(key).has_value(); }
  Iterator find(const K& key) const { return at_index(index_of(key).value_or(size())); }
  /// No such key: IndexError.
  V at(const K& key) const {
    const std::optional<size_t> index = index_of(key);
    if (!index) fail_call(ErrorClass::index, "dict: there is no such key");
    return ValueTraits<V>::read(dict_->items[*index].second);
  }
  /// Where the key was, and false, if there is one already.
  std::pair<Iterator, bool> insert(K key, V value) const {
    if (const std::optional<size_t> index = index_of(key)) return {at_index(*index), false};
    dict_->items.emplace_back(ValueTraits<K>::write(std::move(key)), ValueTraits<V>::write(std::move(value)));
    return {at_index(size() - 1), true};
  }
  std::pair<Iterator, bool> insert_or_assign(K key, V value) const {
    if (const std::optional<size_t> index = index_of(key)) {
      dict_->items[*index].second = ValueTraits<V>::write(std::move(value));
      return {at_index(*index), false};
    }
    return insert(std::move(key), std::move(value));
  }
  size_t erase(const K& key) const {
    const std::optional<size_t> index = index_of(key);
    if (index) dict_->items.erase(dict_->items.begin() + static_cast<std::ptrdiff_t>(*index));
    return index ? 1 : 0;
  }
  void clear() const { dict_->items.clear(); }
  void reserve(size_t count) const { dict_->items.reserve(count); }

  Iterator begin() const { return at_index(0); }
  Iterator end() const { return at_index(size()); }
  Dict copy() const { return Dict(make_intrusive<DictValue>(*dict_)); }
  bool is(const Dict& other) const noexcept { return dict_ == other.dict_; }
  const intrusive_ptr<DictValue>& pointer() const noexcept { return dict_; }
  friend bool operator==(const Dict& a, const Dict& b) { return Value(a.dict_) == Value(b.dict_); }

 private:
  std::optional<size_t> index_of(const K& key) const {
    const Value wanted = ValueTraits<K>::write(key);
    const Value* found = dict_->find(wanted);
    if (found == nullptr) return std::nullopt;
    for (size_t i = 0; i < size(); ++i) {
      if (&dict_->items[i].second == found) return i;
    }
    return std::nullopt;
  }
  Iterator at_index(size_t index) const { return Iterator(Entry(dict_.get(), index)); }
  intrusive_ptr<DictValue> dict_;
};

template <typename K, typename V>
struct ValueTraits<Dict<K, V>> : internal::PlainTraits<Dict<K, V>> {
  static Type type() { return Type::dict(ValueTraits<K>::type(), ValueTraits<V>::type()); }
  static Dict<K, V> read(const Value& value) { return Dict<K, V>(intrusive_ptr<DictValue>(&value.to_dict())); }
  static Value write(const Dict<K, V>& value) { return value.pointer(); }
};

}  // namespace spinel::registry::inline v1
