// A typed list that shares its elements with the value it came from: what a kernel takes to change a T[] or keep it.
#pragma once

#include <cstddef>
#include <initializer_list>
#include <iterator>
#include <utility>
#include <vector>

#include "spinel/registry/call_error.h"
#include "spinel/registry/value_traits.h"

namespace spinel::registry::inline v1 {

/// Copies share the elements; copy() does not. An index that is out of range: IndexError.
template <typename T>
class List {
  using Traits = ValueTraits<T>;

 public:
  using value_type = T;
  using size_type = size_t;

  /// An element that can be assigned to.
  class Reference {
   public:
    operator T() const { return list_->get(index_); }
    const Reference& operator=(T value) const {
      list_->set(index_, std::move(value));
      return *this;
    }
    const Reference& operator=(const Reference& other) const { return *this = static_cast<T>(other); }
    Reference(const Reference&) = default;
    friend bool operator==(const Reference& a, const T& b) { return static_cast<T>(a) == b; }

   private:
    friend class List;
    Reference(const List* list, size_t index) : list_(list), index_(index) {}
    const List* list_;
    size_t index_;
  };

  class Iterator {
   public:
    using iterator_category = std::input_iterator_tag;
    using value_type = T;
    using difference_type = std::ptrdiff_t;
    using pointer = void;
    using reference = T;

    Iterator() = default;
    T operator*() const { return list_->get(index_); }
    Iterator& operator++() {
      ++index_;
      return *this;
    }
    Iterator operator++(int) { return Iterator(list_, index_++); }
    Iterator operator+(difference_type steps) const { return Iterator(list_, index_ + static_cast<size_t>(steps)); }
    friend difference_type operator-(const Iterator& a, const Iterator& b) {
      return static_cast<difference_type>(a.index_) - static_cast<difference_type>(b.index_);
    }
    friend bool operator==(const Iterator&, const Iterator&) = default;

   private:
    friend class List;
    Iterator(const List* list, size_t index) : list_(list), index_(index) {}
    const List* list_ = nullptr;
    size_t index_ = 0;
  };
  using iterator = Iterator;
  using const_iterator = Iterator;

  List() : list_(make_intrusive<ListValue>(Traits::type().bound(), std::vector<Value>())) {}
  List(std::initializer_list<T> items) : List(ArrayRef<T>(items.begin(), items.size())) {}
  explicit List(ArrayRef<T> items) : List() {
    reserve(items.size());
    for (const T& item : items) push_back(item);
  }
  /// Shares the elements of a value, which are read as T one by one when they are asked for.
  explicit List(intrusive_ptr<ListValue> list) : list_(std::move(list)) {}

  size_t size() const noexcept { return list_->items.size(); }
  bool empty() const noexcept { return list_->items.empty(); }
  T get(size_t index) const {
    auto holder = Traits::read(at(index));
    return Traits::get(holder);
  }
  T operator[](size_t index) const { return get(index); }
  Reference operator[](size_t index) {
    at(index);
    return Reference(this, index);
  }
  void set(size_t index, T value) const { at(index) = Traits::write(std::move(value)); }
  /// Takes an element out and leaves None.
  T extract(size_t index) const {
    T value = get(index);
    at(index) = Value();
    return value;
  }

  void push_back(T value) const { list_->items.push_back(Traits::write(std::move(value))); }
  template <typename... A>
  void emplace_back(A&&... arguments) const {
    push_back(T(std::forward<A>(arguments)...));
  }
  void append(const List& other) const {
    const std::vector<Value> items = other.list_->items;  // it may be this list
    list_->items.insert(list_->items.end(), items.begin(), items.end());
  }
  Iterator insert(Iterator before, T value) const {
    list_->items.insert(list_->items.begin() + (before - begin()), Traits::write(std::move(value)));
    return before;
  }
  Iterator erase(Iterator at) const {
    list_->items.erase(list_->items.begin() + (at - begin()));
    return at;
  }
  void pop_back() const {
    at(0);
    list_->items.pop_back();
  }
  void resize(size_t count, const T& value = T()) const { list_->items.resize(count, Traits::write(value)); }
  void reserve(size_t count) const { list_->items.reserve(count); }
  void clear() const { list_->items.clear(); }

  Iterator begin() const { return Iterator(this, 0); }
  Iterator end() const { return Iterator(this, size()); }
  std::vector<T> vec() const { return std::vector<T>(begin(), end()); }
  List copy() const { return List(make_intrusive<ListValue>(*list_)); }
  bool is(const List& other) const noexcept { return list_ == other.list_; }
  const intrusive_ptr<ListValue>& pointer() const noexcept { return list_; }
  friend bool operator==(const List& a, const List& b) { return Value(a.list_) == Value(b.list_); }

 private:
  Value& at(size_t index) const {
    if (index >= size()) internal::fail_index(index, size());
    return list_->items[index];
  }
  intrusive_ptr<ListValue> list_;
};

template <typename T>
struct ValueTraits<List<T>> : internal::PlainTraits<List<T>> {
  static Type type() { return Type::list(ValueTraits<T>::type()); }
  static List<T> read(const Value& value) { return List<T>(intrusive_ptr<ListValue>(&value.to_list())); }
  static Value write(const List<T>& value) { return value.pointer(); }
};

template <typename T>
struct TensorKeys<List<T>> {
  static DispatchKeySet of(const List<T>& list) { return internal::keys_of_items(list.pointer()->items); }
};

}  // namespace spinel::registry::inline v1
