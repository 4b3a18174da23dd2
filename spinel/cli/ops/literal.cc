#include "spinel/cli/ops/literal.h"

#include <ATen/ATen.h>

#include <cctype>
#include <charconv>
#include <optional>
#include <string>

#include "spinel/base/error.h"
#include "spinel/cli/ops/tensor_file.h"
#include "spinel/hosts/bridge/torch_value.h"

namespace spinel::cli {
namespace {

using registry::Type;
using registry::TypeKind;
using registry::Value;

constexpr int max_depth = 64;

/// A number by all of `text`: int where it is written as one, else float, or complex with a trailing j.
std::optional<Value> number_of(std::string_view text) {
  if (text.starts_with('+')) text.remove_prefix(1);
  const char* const end = text.data() + text.size();
  int64_t integer = 0;
  if (const auto read = std::from_chars(text.data(), end, integer); read.ec == std::errc() && read.ptr == end) {
    return Value(integer);
  }
  double real = 0, imaginary = 0;
  auto read = std::from_chars(text.data(), end, real);
  if (read.ec != std::errc()) return {};
  if (read.ptr == end) return Value(real);
  if (read.ptr + 1 == end && *read.ptr == 'j') return Value(std::complex<double>(0, real));
  const char* begin = read.ptr + (*read.ptr == '+' ? 1 : 0);
  read = std::from_chars(begin, end, imaginary);
  if (read.ec != std::errc() || read.ptr + 1 != end || *read.ptr != 'j') return {};
  return Value(std::complex<double>(real, imaginary));
}

bool is_text(const Type& type) {
  return type.kind() == TypeKind::string || (type.kind() == TypeKind::optional && is_text(type.element()));
}

/// The type of a container's elements, through optionals; Any where the type is no container.
Type element_of(const Type& type, size_t index = 0) {
  if (type.kind() == TypeKind::optional) return element_of(type.element(), index);
  return index < type.size() ? type.element(index) : Type(TypeKind::any);
}

bool is_tuple(const Type& type) {
  return type.kind() == TypeKind::tuple || (type.kind() == TypeKind::optional && is_tuple(type.element()));
}

bool wants_tensor(const Type& type) {
  return type.kind() == TypeKind::tensor || (type.kind() == TypeKind::optional && wants_tensor(type.element()));
}

/// Reads one value after the other; a word ends where its container goes on.
class Reader {
 public:
  explicit Reader(std::string_view text) : text_(text) {}

  Value all(const Type& type) {
    skip_blanks();
    if (is_text(type) && !at('"') && !at('\'')) return whole_text(type);
    Value value = read(type, 0);
    skip_blanks();
    if (position_ != text_.size()) refuse("the text goes on after the value with '" + rest() + "'");
    return value;
  }

 private:
  std::string rest() const { return std::string(text_.substr(position_)); }
  [[noreturn]] void refuse(const std::string& why) const {
    fail(ErrorKind::invalid_argument, "'{}': {}", std::string(text_), why);
  }
  bool at(char c) const { return position_ < text_.size() && text_[position_] == c; }
  void skip_blanks() {
    while (position_ < text_.size() && std::isspace(static_cast<unsigned char>(text_[position_]))) ++position_;
  }
  bool take(char c) {
    skip_blanks();
    if (!at(c)) return false;
    ++position_;
    return true;
  }

  /// A text that needs no quotes, as all of the argument is the text.
  Value whole_text(const Type& type) {
    const std::string word = rest();
    position_ = text_.size();
    if (type.kind() == TypeKind::optional && (word == "none" || word == "None")) return {};
    return Value(word);
  }

  Value read(const Type& type, int depth) {
    if (depth > max_depth) refuse(format("values nest deeper than {}", max_depth));
    skip_blanks();
    if (at('[')) return wants_tensor(type) ? tensor_literal(depth) : sequence('[', ']', type, depth);
    if (at('(')) return sequence('(', ')', type, depth);
    if (at('{')) return dictionary(type, depth);
    if (at('"') || at('\'')) return Value(quoted());
    return word_value(word(), type);
  }

  /// Up to the `,`, bracket or `:` (where a dictionary's key ends) that is not part of it.
  std::string_view word() {
    const size_t begin = position_;
    while (position_ < text_.size() && std::string_view(",[](){}").find(text_[position_]) == std::string_view::npos) {
      if (in_key_ && text_[position_] == ':') break;
      ++position_;
    }
    std::string_view word = text_.substr(begin, position_ - begin);
    while (!word.empty() && std::isspace(static_cast<unsigned char>(word.back()))) word.remove_suffix(1);
    if (word.empty()) refuse(begin == text_.size() ? "a value is missing at the end" : "a value is missing");
    return word;
  }

  std::string quoted() {
    const char quote = text_[position_++];
    std::string result;
    while (position_ < text_.size() && text_[position_] != quote) {
      if (text_[position_] == '\\' && position_ + 1 < text_.size()) ++position_;
      result += text_[position_++];
    }
    if (position_ == text_.size()) refuse("the quoted text does not end");
    ++position_;
    return result;
  }

  Value word_value(std::string_view word, const Type& type) {
    if (word == "none" || word == "None") return {};
    if (word == "true" || word == "True") return Value(true);
    if (word == "false" || word == "False") return Value(false);
    if (names_tensor_file(word)) return hosts::to_registry(read_tensor_file(word));
    if (wants_tensor(type)) {
      const size_t colon = word.rfind(':');
      const auto dtype = colon == word.npos ? std::nullopt : registry::find_scalar_type(word.substr(colon + 1));
      const auto number = dtype ? number_of(word.substr(0, colon)) : std::nullopt;
      if (number) return to_tensor({*number}, {}, dtype);
    }
    if (const auto number = number_of(word)) return *number;
    return name_value(word, type);
  }

  /// A dtype, layout or memory format where the type is one, else a text.
  static Value name_value(std::string_view word, const Type& type) {
    switch (type.kind()) {
      case TypeKind::optional: return name_value(word, type.element());
      case TypeKind::scalar_type:
        if (const auto dtype = registry::find_scalar_type(word.starts_with("torch.") ? word.substr(6) : word)) {
          return Value(*dtype);
        }
        break;
      case TypeKind::layout:
        if (word == "strided") return Value(registry::Layout::strided);
        if (word == "sparse_coo") return Value(registry::Layout::sparse_coo);
        if (word == "sparse_csr") return Value(registry::Layout::sparse_csr);
        break;
      case TypeKind::memory_format:
        if (word == "contiguous_format") return Value(registry::MemoryFormat::contiguous);
        if (word == "preserve_format") return Value(registry::MemoryFormat::preserve);
        if (word == "channels_last") return Value(registry::MemoryFormat::channels_last);
        if (word == "channels_last_3d") return Value(registry::MemoryFormat::channels_last_3d);
        break;
      default: break;
    }
    return Value(word);
  }

  Value sequence(char open, char close, const Type& type, int depth) {
    ++position_;
    std::vector<Value> items;
    const bool outer_key = std::exchange(in_key_, false);
    if (!take(close)) {
      do {
        items.push_back(read(element_of(type, is_tuple(type) ? items.size() : 0), depth + 1));
      } while (take(','));
      if (!take(close)) refuse(format("'{}' is not closed with '{}'", open, close));
    }
    in_key_ = outer_key;
    return open == '(' ? registry::make_tuple_value(std::move(items)) : registry::make_list_value(std::move(items));
  }

  Value dictionary(const Type& type, int depth) {
    ++position_;
    auto dict = registry::make_intrusive<registry::DictValue>();
    if (take('}')) return Value(std::move(dict));
    do {
      in_key_ = true;
      Value key = read(element_of(type, 0), depth + 1);
      in_key_ = false;
      if (!take(':')) refuse("a key is not followed by ':'");
      dict->items.emplace_back(std::move(key), read(element_of(type, 1), depth + 1));
    } while (take(','));
    if (!take('}')) refuse("'{' is not closed with '}'");
    return Value(std::move(dict));
  }

  Value tensor_literal(int depth) {
    std::vector<Value> numbers;
    std::vector<int64_t> sizes;
    rows(numbers, sizes, 0, depth);
    std::optional<registry::ScalarType> dtype;
    if (take(':')) {
      const std::string_view name = word();
      dtype = registry::find_scalar_type(name);
      if (!dtype) refuse(format("there is no dtype '{}'", name));
    }
    return to_tensor(numbers, sizes, dtype);
  }

  /// Nested lists of equal lengths, row by row.
  void rows(std::vector<Value>& numbers, std::vector<int64_t>& sizes, size_t dim, int depth) {
    if (depth > max_depth) refuse(format("values nest deeper than {}", max_depth));
    const bool is_first = dim == sizes.size();
    if (is_first) sizes.push_back(0);
    int64_t count = 0;
    take('[');
    if (!take(']')) {
      do {
        skip_blanks();
        if (at('[')) {
          if (!numbers.empty() && dim + 1 == sizes.size()) refuse("its rows have different depths");
          rows(numbers, sizes, dim + 1, depth + 1);
        } else {
          const std::string_view text = word();
          const bool is_bool = text == "true" || text == "True" || text == "false" || text == "False";
          const auto number = is_bool ? Value(text[0] == 't' || text[0] == 'T') : number_of(text);
          if (!number) refuse(format("'{}' is no number; a tensor is made of numbers", text));
          if (dim + 1 != sizes.size()) refuse("its rows have different depths");
          numbers.push_back(*number);
        }
        ++count;
      } while (take(','));
      if (!take(']')) refuse("'[' is not closed with ']'");
    }
    if (is_first) sizes[dim] = count;
    else if (sizes[dim] != count) refuse(format("its rows have {} and {} elements", sizes[dim], count));
  }

  /// The dtype that libtorch would give these numbers, unless one is named.
  static at::ScalarType natural_dtype(const std::vector<Value>& numbers) {
    at::ScalarType dtype = numbers.empty() ? at::kFloat : at::kBool;
    for (const Value& number : numbers) {
      const at::ScalarType own = number.is_bool()     ? at::kBool
                                 : number.is_int()    ? at::kLong
                                 : number.is_double() ? at::kFloat
                                                      : at::kComplexFloat;
      dtype = at::promoteTypes(dtype, own);
    }
    return dtype;
  }

  static Value to_tensor(const std::vector<Value>& numbers, const std::vector<int64_t>& sizes,
                         std::optional<registry::ScalarType> dtype) {
    const at::ScalarType natural = natural_dtype(numbers);
    const at::ScalarType wanted = dtype ? static_cast<at::ScalarType>(*dtype) : natural;
    // Through the widest type of the kind, so that no digit is lost before the last rounding.
    const at::ScalarType wide = natural == at::kFloat          ? at::kDouble
                                : natural == at::kComplexFloat ? at::kComplexDouble
                                                               : at::kLong;
    at::Tensor tensor = at::empty(sizes, wide);
    for (size_t i = 0; i < numbers.size(); ++i) {
      if (wide == at::kLong) tensor.data_ptr<int64_t>()[i] = numbers[i].to_scalar().to_int();
      else if (wide == at::kDouble) tensor.data_ptr<double>()[i] = numbers[i].to_scalar().to_double();
      else tensor.data_ptr<c10::complex<double>>()[i] = c10::complex<double>(numbers[i].to_scalar().to_complex());
    }
    return hosts::to_registry(tensor.to(wanted));
  }

  std::string_view text_;
  size_t position_ = 0;
  bool in_key_ = false;
};

}  // namespace

Value read_literal(std::string_view text, const Type& type) { return Reader(text).all(type); }

}  // namespace spinel::cli
