#include "spinel/registry/constant.h"

#include <algorithm>
#include <cmath>

#include "spinel/base/format.h"

namespace spinel::registry::inline v1 {
namespace {

/// PyTorch's notation: whole numbers below 1e10 as `7.` (and -0.0 as `0.`), all others with 17 significant digits.
void append_double(std::string& text, double value) {
  if (std::abs(value) < 1e10 && std::trunc(value) == value) {
    text += std::to_string(static_cast<int64_t>(value));
    text += '.';
    return;
  }
  const std::string digits = format("{:.17g}", value);
  text += digits;
  if (digits.find_first_of(".en") == std::string::npos) text += '.';
}

void append_complex(std::string& text, std::complex<double> value) {
  append_double(text, value.real());
  text += value.imag() >= 0 ? '+' : '-';
  append_double(text, std::abs(value.imag()));
  text += 'j';
}

void append_quoted(std::string& text, const std::string& value) {
  static constexpr std::string_view plain = "\a\b\f\n\t\v\\\"'", letters = "abfntv\\\"'";
  text += '"';
  for (const char c : value) {
    const auto byte = static_cast<unsigned char>(c);
    if (const size_t at = plain.find(c); at != std::string_view::npos) {
      text += '\\';
      text += letters[at];
    } else if (byte < 0x20 || byte >= 0x7f) {
      text += format("\\{:03o}", byte);
    } else {
      text += c;
    }
  }
  text += '"';
}

bool is_string(const Type& type) {
  return type.kind() == TypeKind::string ||
         (type.kind() == TypeKind::optional && type.element().kind() == TypeKind::string);
}

/// Whether an int list is written as one number: int[] and int[N], and these optional.
bool prints_as_one(const ConstantList& list, const Type& type) {
  const Type unwrapped = type.kind() == TypeKind::optional ? type.element() : type;
  if (unwrapped.kind() != TypeKind::list || unwrapped.element().kind() != TypeKind::integer) return false;
  const auto& items = list.items;
  return items.size() > 1 &&
         std::all_of(items.begin(), items.end(), [&](const auto& item) { return item == items[0]; });
}

/// Appends each alternative of a constant.
struct Appender {
  std::string& text;
  const Type& type;

  void operator()(std::monostate) const { text += "None"; }
  void operator()(bool value) const { text += value ? "True" : "False"; }
  void operator()(int64_t value) const { text += std::to_string(value); }
  void operator()(double value) const { append_double(text, value); }
  void operator()(std::complex<double> value) const { append_complex(text, value); }
  void operator()(const std::string& value) const {
    if (is_string(type)) append_quoted(text, value);
    else text += value;
  }
  void operator()(const Device& value) const { text += to_string(value); }
  void operator()(const ConstantList& list) const {
    if (prints_as_one(list, type)) return append_default(text, list.items[0], type);
    text += '[';
    for (size_t i = 0; i < list.items.size(); ++i) {
      if (i != 0) text += ", ";
      append_default(text, list.items[i], type);
    }
    text += ']';
  }
};

}  // namespace

void append_default(std::string& text, const Constant& constant, const Type& type) {
  std::visit(Appender{text, type}, constant.value);
}

}  // namespace spinel::registry::inline v1
