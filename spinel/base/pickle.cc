#include "spinel/base/pickle.h"

#include <bit>
#include <unordered_map>

#include "spinel/base/error.h"
#include "spinel/base/utf8.h"

namespace spinel {
namespace {
constexpr size_t max_opcodes = 1'000'000;
}

using Kind = PickleValue::Kind;

std::string PickleValue::global_name() const {
  if (is(Kind::object)) return items[0]->global_name();
  return is(Kind::global) ? std::string(items[0]->text) + "." + std::string(items[1]->text) : "";
}

std::span<PickleValue* const> PickleValue::pairs() const {
  if (is(Kind::dict)) return items;
  if (is(Kind::object) && (items.size() - 3) % 2 == 0) return std::span(items).subspan(3);
  return {};
}

const PickleValue* PickleValue::find(std::string_view key) const {
  const auto all = pairs();
  for (size_t i = 0; i + 1 < all.size(); i += 2) {
    if (all[i]->is(Kind::text) && all[i]->text == key) return all[i + 1];
  }
  return nullptr;
}

/// The pickle machine (PEP 307, 3154, 574; opcodes as documented in CPython's pickletools).
class PickleReader {
 public:
  PickleReader(std::span<const std::byte> bytes, std::string_view file, bool (*callable)(std::string_view),
               Pickle& pickle)
      : bytes_(bytes), file_(file), callable_(callable), pickle_(pickle) {}

  void run() {
    if (take(1)[0] != '\x80') fail_here("it does not start as protocol 2 to 5 does");
    const int protocol = static_cast<uint8_t>(take(1)[0]);
    if (protocol < 2 || protocol > 5) fail_here("protocol {} is unknown; 2 to 5 are read", protocol);
    for (size_t count = 1;; ++count) {
      if (count >= max_opcodes) fail_here("it has more than {} opcodes", max_opcodes);
      opcode_at_ = position_;
      const auto opcode = static_cast<uint8_t>(take(1)[0]);
      if (opcode == '.') break;
      if (!load_scalar(opcode) && !load_container(opcode) && !load_object(opcode) && !load_memo(opcode)) {
        fail_here("opcode 0x{:02x} is none that a checkpoint needs", opcode);
      }
    }
    pickle_.root_ = pop();
    pickle_.size_ = position_;
  }

 private:
  template <typename... Args>
  [[noreturn]] void fail_here(format_internal::FormatString<std::type_identity_t<Args>...> text, const Args&... args) {
    fail(ErrorKind::corrupt, "{}: byte {} of the pickle: {}", file_, opcode_at_, format<Args...>(text, args...));
  }

  std::string_view take(uint64_t size) {
    if (size > bytes_.size() - position_)
      fail_here("{} bytes are needed, but {} are left", size, bytes_.size() - position_);
    const std::string_view result(reinterpret_cast<const char*>(bytes_.data()) + position_, size);
    position_ += size;
    return result;
  }
  uint64_t take_number(size_t size) {
    const std::string_view bytes = take(size);
    uint64_t value = 0;
    for (size_t i = size; i-- > 0;) value = value << 8 | static_cast<uint8_t>(bytes[i]);
    return value;
  }
  std::string_view take_line() {
    const std::string_view rest(reinterpret_cast<const char*>(bytes_.data()) + position_, bytes_.size() - position_);
    const size_t end = rest.find('\n');
    if (end == std::string_view::npos) fail_here("a line has no end");
    return take(end + 1).substr(0, end);
  }

  PickleValue* make(Kind kind) {
    PickleValue* value = &pickle_.values_.emplace_back();
    value->kind = kind;
    return value;
  }
  PickleValue* push(Kind kind) {
    stack_.push_back(make(kind));
    return stack_.back();
  }
  bool push_integer(Kind kind, int64_t value) {
    push(kind)->integer = value;
    return true;
  }
  bool push_text(Kind kind, std::string_view text) {
    push(kind)->text = text;
    return true;
  }
  /// The number of values that opcodes may take off: not below the newest mark.
  size_t available() const { return stack_.size() - (marks_.empty() ? 0 : marks_.back()); }
  PickleValue* pop() {
    if (available() == 0) fail_here("the stack is empty");
    PickleValue* value = stack_.back();
    stack_.pop_back();
    return value;
  }
  PickleValue* top() {
    if (available() == 0) fail_here("the stack is empty");
    return stack_.back();
  }
  /// The values above the newest mark.
  std::vector<PickleValue*> pop_to_mark() {
    if (marks_.empty()) fail_here("there is no mark");
    const auto begin = stack_.begin() + static_cast<std::ptrdiff_t>(marks_.back());
    std::vector<PickleValue*> values(begin, stack_.end());
    stack_.erase(begin, stack_.end());
    marks_.pop_back();
    return values;
  }

  bool load_scalar(uint8_t opcode) {
    switch (opcode) {
      case 'N': push(Kind::none); return true;
      case 0x88: return push_integer(Kind::boolean, 1);
      case 0x89: return push_integer(Kind::boolean, 0);
      case 'J': return push_integer(Kind::integer, static_cast<int32_t>(take_number(4)));
      case 'K': return push_integer(Kind::integer, static_cast<int64_t>(take_number(1)));
      case 'M': return push_integer(Kind::integer, static_cast<int64_t>(take_number(2)));
      case 0x8a: return load_long(take_number(1));
      case 0x8b: return load_long(take_number(4));
      case 'G': {
        const std::string_view bytes = take(8);  // big-endian
        uint64_t bits = 0;
        for (const char byte : bytes) bits = bits << 8 | static_cast<uint8_t>(byte);
        push(Kind::number)->number = std::bit_cast<double>(bits);
        return true;
      }
      case 'X': return push_text(Kind::text, take(take_number(4)));
      case 0x8c: return push_text(Kind::text, take(take_number(1)));
      case 0x8d: return push_text(Kind::text, take(take_number(8)));
      // Python 2's str: text or bytes, which nobody can tell; names of tensors are what matters here.
      case 'T': return push_text(Kind::text, take(take_number(4)));
      case 'U': return push_text(Kind::text, take(take_number(1)));
      case 'B': return push_text(Kind::bytes, take(take_number(4)));
      case 'C': return push_text(Kind::bytes, take(take_number(1)));
      case 0x8e:
      case 0x96: return push_text(Kind::bytes, take(take_number(8)));
      default: return false;
    }
  }

  /// A little-endian integer in two's complement.
  bool load_long(uint64_t size) {
    const std::string_view bytes = take(size);
    if (size > 8) return push_integer(Kind::big_integer, 0);
    uint64_t value = size > 0 && bytes[size - 1] < 0 ? ~uint64_t{0} : 0;
    for (size_t i = size; i-- > 0;) value = value << 8 | static_cast<uint8_t>(bytes[i]);
    return push_integer(Kind::integer, static_cast<int64_t>(value));
  }

  bool load_container(uint8_t opcode) {
    switch (opcode) {
      case '(': marks_.push_back(stack_.size()); return true;
      case '0': pop(); return true;
      case '1': pop_to_mark(); return true;
      case '2': stack_.push_back(top()); return true;
      case ']': push(Kind::list); return true;
      case '}': push(Kind::dict); return true;
      case ')': push(Kind::tuple); return true;
      case 0x8f: push(Kind::set); return true;
      case 'l': return collect(Kind::list, pop_to_mark());
      case 't': return collect(Kind::tuple, pop_to_mark());
      case 'd': return collect(Kind::dict, pop_to_mark());
      case 0x91: return collect(Kind::set, pop_to_mark());
      case 0x85: return load_tuple(1);
      case 0x86: return load_tuple(2);
      case 0x87: return load_tuple(3);
      case 'a': return add({pop()}, Kind::list);
      case 'e': return add(pop_to_mark(), Kind::list);
      case 0x90: return add(pop_to_mark(), Kind::set);
      case 's': {
        PickleValue* value = pop();
        PickleValue* key = pop();
        return add({key, value}, Kind::dict);
      }
      case 'u': return add(pop_to_mark(), Kind::dict);
      default: return false;
    }
  }
  bool collect(Kind kind, std::vector<PickleValue*> items) {
    if (kind == Kind::dict && items.size() % 2) fail_here("a dict has a key without a value");
    push(kind)->items = std::move(items);
    return true;
  }
  bool load_tuple(size_t size) {
    std::vector<PickleValue*> items(size);
    for (size_t i = size; i-- > 0;) items[i] = pop();
    return collect(Kind::tuple, std::move(items));
  }
  /// Adds to the container on top: one of that kind, or an object that behaves like one.
  bool add(const std::vector<PickleValue*>& items, Kind kind) {
    PickleValue* target = top();
    if (!target->is(kind) && !target->is(Kind::object)) fail_here("items are added to what is no container");
    if (kind == Kind::dict && items.size() % 2) fail_here("a dict has a key without a value");
    target->items.insert(target->items.end(), items.begin(), items.end());
    return true;
  }

  bool load_object(uint8_t opcode) {
    switch (opcode) {
      case 'c': {
        const std::string_view module = take_line(), name = take_line();
        return load_global(module, name);
      }
      case 0x93: {
        const PickleValue* name = pop();
        const PickleValue* module = pop();
        if (!name->is(Kind::text) || !module->is(Kind::text)) fail_here("the name of a global is no text");
        return load_global(module->text, name->text);
      }
      case 'R': {
        PickleValue* arguments = pop();
        PickleValue* callable = pop();
        const std::string name = callable->is(Kind::global) ? callable->global_name() : "";
        if (!callable_(name)) {
          fail_here("it asks to call '{}', which is not on the list of known classes; save the state dict alone",
                    to_valid_utf8(name.empty() ? "something without a name" : name));
        }
        return load_instance(callable, arguments);
      }
      case 0x81: {
        PickleValue* arguments = pop();
        return load_instance(pop(), arguments);
      }
      case 0x92: {
        pop();  // keyword arguments
        PickleValue* arguments = pop();
        return load_instance(pop(), arguments);
      }
      case 'b': {
        PickleValue* state = pop();
        // OrderedDict and tensors get attributes, which are of no use here, also onto plain values.
        if (top()->is(Kind::object)) top()->items[2] = state;
        return true;
      }
      case 'Q': {
        PickleValue* id = pop();
        push(Kind::persistent)->items = {id};
        return true;
      }
      default: return false;
    }
  }
  bool load_global(std::string_view module, std::string_view name) {
    PickleValue* const parts[] = {make(Kind::text), make(Kind::text)};
    parts[0]->text = module;
    parts[1]->text = name;
    push(Kind::global)->items = {parts[0], parts[1]};
    return true;
  }
  bool load_instance(PickleValue* callable, PickleValue* arguments) {
    if (!callable->is(Kind::global) || !arguments->is(Kind::tuple)) fail_here("an object is made by no class");
    push(Kind::object)->items = {callable, arguments, make(Kind::none)};
    return true;
  }

  bool load_memo(uint8_t opcode) {
    switch (opcode) {
      case 0x95: take_number(8); return true;  // the length of a frame: all bytes are here anyway
      case 'q': memo_[take_number(1)] = top(); return true;
      case 'r': memo_[take_number(4)] = top(); return true;
      case 0x94: memo_.emplace(memo_.size(), top()); return true;
      case 'h': return recall(take_number(1));
      case 'j': return recall(take_number(4));
      default: return false;
    }
  }
  bool recall(uint64_t index) {
    const auto found = memo_.find(index);
    if (found == memo_.end()) fail_here("memo {} is empty", index);
    stack_.push_back(found->second);
    return true;
  }

  std::span<const std::byte> bytes_;
  std::string_view file_;
  bool (*callable_)(std::string_view);
  Pickle& pickle_;
  size_t position_ = 0, opcode_at_ = 0;
  std::vector<PickleValue*> stack_;
  std::vector<size_t> marks_;
  std::unordered_map<uint64_t, PickleValue*> memo_;
};

Pickle::Pickle(std::span<const std::byte> bytes, std::string_view file, bool (*callable)(std::string_view)) {
  PickleReader(bytes, file, callable, *this).run();
}

}  // namespace spinel
