#include "spinel/registry/default_parser.h"

#include <charconv>
#include <limits>

#include "spinel/base/format.h"
#include "spinel/registry/scalar_type.h"

namespace spinel::registry::inline v1 {
namespace {

constexpr int32_t max_repeats = 65536;

/// The double that `text` begins with, as C++'s stod reads it; nullopt where none begins there or where it is out of
/// the range of normal numbers, which stod refuses too.
std::optional<double> leading_double(std::string_view text) {
  const size_t length = number_length(text);
  if (length == 0) return std::nullopt;
  std::string_view digits = text.substr(0, length);
  const bool hexadecimal = digits.size() > 2 && (digits[1] | 0x20) == 'x';
  if (hexadecimal) digits.remove_prefix(2);
  double value = 0;
  const auto [stop, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value,
                                             hexadecimal ? std::chars_format::hex : std::chars_format::general);
  if (error != std::errc() || (value != 0 && value < std::numeric_limits<double>::min())) return std::nullopt;
  return value;
}

/// The bytes that a string literal stands for.
class StringLiteral {
 public:
  StringLiteral(const Lexer& lexer, const Token& token) : lexer_(lexer), token_(token) {}

  std::string value() const {
    std::string_view text = lexer_.text(token_);
    const bool triple = text.size() >= 6 && text[1] == text[0] && text[2] == text[0];
    const size_t quotes = triple ? 3 : 1;
    text = text.substr(quotes, text.size() - 2 * quotes);
    std::string result;
    result.reserve(text.size());
    for (size_t i = 0; i < text.size(); ++i) {
      if (text[i] != '\\') {
        result += text[i];
        continue;
      }
      ++i;  // the lexer lets no backslash stand before the closing quote
      if (const char simple = escaped(text[i])) {
        result += simple;
      } else {
        result += octal(text.substr(i, 3));
        i += 2;
      }
    }
    return result;
  }

 private:
  /// What a backslash and `c` stand for; 0 where `c` must begin an octal number.
  char escaped(char c) const {
    switch (c) {
      case '\\':
      case '\'':
      case '"':
      case '\n': return c;
      case 'a': return '\a';
      case 'b': return '\b';
      case 'f': return '\f';
      case 'n': return '\n';
      case 't': return '\t';
      case 'v': return '\v';
      case 'x': reject("hexadecimal escapes are not supported; write three octal digits");
      case 'u':
      case 'U': reject("unicode escapes are not supported; write UTF-8");
      default: return 0;
    }
  }
  char octal(std::string_view digits) const {
    int code = 0;
    for (const char c : digits) code = c >= '0' && c <= '7' ? code * 8 + (c - '0') : 256;
    if (digits.size() < 3 || code > 255) reject("a backslash needs one of \\'\"abfntv or three octal digits below 400");
    return static_cast<char>(code);
  }
  [[noreturn]] void reject(std::string_view reason) const { lexer_.fail(SchemaErrorKind::bad_escape, token_, reason); }

  const Lexer& lexer_;
  const Token& token_;
};

/// Reads constants of one type.
class DefaultParser {
 public:
  DefaultParser(Lexer& lexer, const Type& type) : lexer_(lexer), type_(type) {}

  Constant parse(std::optional<int32_t> size) {
    switch (type_.kind()) {
      case TypeKind::tensor:
      case TypeKind::generator:
      case TypeKind::quantizer: return parse_none();
      case TypeKind::string:
      case TypeKind::optional:
      case TypeKind::scalar:
      case TypeKind::integer:
      case TypeKind::sym_int:
      case TypeKind::scalar_type:
      case TypeKind::layout:
      case TypeKind::memory_format:
      case TypeKind::boolean:
      case TypeKind::floating:
      case TypeKind::complex: return parse_single();
      case TypeKind::device: return parse_device_string();
      case TypeKind::list: return parse_list(size);
      default: reject(lexer_.current(), format("arguments of type {} cannot have a default", type_.to_string()));
    }
  }

 private:
  [[noreturn]] void reject(const Token& token, std::string_view reason) const {
    lexer_.fail(SchemaErrorKind::bad_default, token, reason);
  }

  Constant parse_none() {
    if (lexer_.current().kind != TokenKind::none) {
      reject(lexer_.current(), format("the default can only be None for type {}", type_.to_string()));
    }
    lexer_.next();
    return Constant();
  }

  Constant parse_device_string() {
    const Token token = lexer_.expect(TokenKind::string);
    const std::string text = StringLiteral(lexer_, token).value();
    if (const auto device = find_device(text)) return Constant(*device);
    reject(token, format("{} is no device", in_quotes(text)));
  }

  Constant parse_single() {
    switch (lexer_.current().kind) {
      case TokenKind::true_: return lexer_.next(), Constant(true);
      case TokenKind::false_: return lexer_.next(), Constant(false);
      case TokenKind::none: return lexer_.next(), Constant();
      case TokenKind::string: {
        const Token token = lexer_.next();
        return Constant(StringLiteral(lexer_, token).value());
      }
      case TokenKind::identifier: return parse_name();
      default: return parse_number();
    }
  }

  /// The few names that every type takes, and for ScalarType all dtypes.
  Constant parse_name() {
    const std::string_view name = lexer_.text(lexer_.next());
    static constexpr std::pair<std::string_view, int64_t> everywhere[] = {
        {"float", 6}, {"complex", 9}, {"long", 4}, {"strided", 0}, {"Mean", 1}, {"contiguous_format", 0}};
    for (const auto& [known, code] : everywhere) {
      if (known == name) return Constant(code);
    }
    const bool takes_dtype = type_.kind() == TypeKind::scalar_type ||
                             (type_.kind() == TypeKind::optional && type_.element().kind() == TypeKind::scalar_type);
    const auto dtype = takes_dtype ? find_scalar_type(name) : std::nullopt;
    if (dtype) return Constant(static_cast<int64_t>(*dtype));
    // The place is what follows the name, as in the reference.
    reject(lexer_.current(), format("the name {} is no default for type {}", in_quotes(name), type_.to_string()));
  }

  Constant parse_number() {
    const bool negative = lexer_.accept('-');
    const Token token = lexer_.expect(TokenKind::number);
    const std::string_view text = lexer_.text(token);
    const auto real = [&](std::string_view digits) {
      const std::optional<double> value = leading_double(digits);
      if (!value) reject(token, format("{} is no number in the range of float", in_quotes(digits)));
      return negative ? -*value : *value;
    };
    if (type_.kind() == TypeKind::complex || text.back() == 'j') {
      // For complex the last character goes even where it is no j, as in the reference.
      return Constant(std::complex<double>(0, real(text.substr(0, text.size() - 1))));
    }
    if (type_.kind() == TypeKind::floating || text.find_first_of(".e") != std::string_view::npos) {
      return Constant(real(text));
    }
    return Constant(parse_integer(lexer_, token, negative));
  }

  Constant parse_list(std::optional<int32_t> size) {
    const Token begin = lexer_.current();
    if (begin.kind == TokenKind::identifier) return parse_none();
    const Type element = type_.element();
    DefaultParser elements(lexer_, element);
    ConstantList list;
    if (size && !lexer_.at('[')) {
      if (*size < 0 || *size > max_repeats) {
        reject(begin, format("one default for {} elements; at most {} can be", *size, max_repeats));
      }
      list.items.assign(static_cast<size_t>(*size), elements.parse_single());
    } else {
      lexer_.expect('[');
      if (!lexer_.at(']')) {
        do {
          list.items.push_back(elements.parse_single());
        } while (lexer_.accept(','));
      }
      lexer_.expect(']');
    }
    convert(list, begin);
    return Constant(std::move(list));
  }

  /// Checks that all items are of the element type; int items of a float list become floats.
  void convert(ConstantList& list, const Token& begin) const {
    list.element = type_.element().bound().kind();
    for (Constant& item : list.items) {
      if (const int64_t* whole = item.get_if<int64_t>(); whole && list.element == TypeKind::floating) {
        item.value = static_cast<double>(*whole);
      }
    }
    size_t wanted;  // the alternative of Constant::Value
    switch (list.element) {
      case TypeKind::boolean: wanted = 1; break;
      case TypeKind::integer: wanted = 2; break;
      case TypeKind::floating: wanted = 3; break;
      case TypeKind::complex: wanted = 4; break;
      default: reject(begin, "list defaults are for int, float, complex and bool only");
    }
    for (const Constant& item : list.items) {
      if (item.value.index() == wanted) continue;
      reject(begin, format("an element of the default is not of type {}", type_.element().to_string()));
    }
  }

  Lexer& lexer_;
  const Type& type_;
};

}  // namespace

int64_t parse_integer(const Lexer& lexer, const Token& token, bool negative) {
  const std::string text = (negative ? "-" : "") + std::string(lexer.text(token));
  int64_t value = 0;
  const auto [stop, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error == std::errc()) return value;
  lexer.fail(SchemaErrorKind::bad_default, token, format("{} is no integer of 64 bits", in_quotes(text)));
}

Constant parse_default(Lexer& lexer, const Type& type, std::optional<int32_t> size) {
  return DefaultParser(lexer, type).parse(size);
}

}  // namespace spinel::registry::inline v1
