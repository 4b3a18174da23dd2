// Reads Python pickles as plain data: what they ask to be called is noted down, never called.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace spinel {

/// A value of a pickle. Texts are views of the pickle's bytes.
struct PickleValue {
  enum class Kind {
    none,
    boolean,
    integer,
    number,
    text,
    bytes,
    big_integer,  ///< beyond 64 bits; not kept
    list,
    tuple,
    set,
    dict,        ///< items; of a dict key, value, key, value, …
    global,      ///< a class or function by name: items are module and name
    object,      ///< what a call or a class would have made: items are the callable, the tuple of its arguments, the
                 ///< state (or none), the dict or list items added later
    persistent,  ///< a reference to something outside the pickle: item 0 describes it
  };
  Kind kind = Kind::none;
  union {
    int64_t integer = 0;  ///< also boolean
    double number;
  };
  std::string_view text;
  std::vector<PickleValue*> items;

  bool is(Kind wanted) const { return kind == wanted; }
  /// "module.name" of a global, or of the callable of an object; else "".
  std::string global_name() const;
  /// The value of a text key of a dict or of an object with dict items; null if absent.
  const PickleValue* find(std::string_view key) const;
  /// The key-value pairs of a dict or of an object made by OrderedDict() and the like.
  std::span<PickleValue* const> pairs() const;
  const PickleValue* arguments() const { return is(Kind::object) ? items[1] : nullptr; }
  const PickleValue* state() const { return is(Kind::object) ? items[2] : nullptr; }
};

/// The values of one pickle, protocols 2 to 5. They may refer to each other in circles.
class Pickle {
 public:
  /// `callable` says by "module.name" what a REDUCE opcode may name; another name, an opcode that plain data does not
  /// need, anything malformed, 10^6 opcodes: corrupt; `file` begins the message. `bytes` must outlive the object; what
  /// follows the pickle is left alone.
  Pickle(std::span<const std::byte> bytes, std::string_view file, bool (*callable)(std::string_view name));
  const PickleValue& root() const { return *root_; }
  /// Bytes of the pickle itself.
  size_t size() const { return size_; }

 private:
  friend class PickleReader;
  std::deque<PickleValue> values_;
  PickleValue* root_ = nullptr;
  size_t size_ = 0;
};

}  // namespace spinel
