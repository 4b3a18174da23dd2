#include "spinel/registry/lexer.h"

#include <algorithm>
#include <array>
#include <limits>

#include "spinel/base/format.h"

namespace spinel::registry::inline v1 {
namespace {

// Classes of bytes; the C locale's, whatever locale is set.
enum : uint8_t { blank = 1, letter = 2, digit = 4, hex_digit = 8, punctuation_mark = 16, single_mark = 32 };

constexpr std::array<uint8_t, 256> classes = [] {
  std::array<uint8_t, 256> table{};
  for (const char c : std::string_view(" \t\r\f\v")) table[static_cast<unsigned char>(c)] = blank;
  for (int c = 'a'; c <= 'z'; ++c) table[c] = table[c - 'a' + 'A'] = letter;
  table['_'] = letter;
  for (int c = 'a'; c <= 'f'; ++c) table[c] = table[c - 'a' + 'A'] = letter | hex_digit;
  for (int c = '0'; c <= '9'; ++c) table[c] = digit | hex_digit;
  for (const char c : std::string_view("+-*/%@()[]:,={}><.?!&^|~"))
    table[static_cast<unsigned char>(c)] = punctuation_mark;
  for (const char c : std::string_view("()[]{},:?")) table[static_cast<unsigned char>(c)] |= single_mark;
  return table;
}();

uint8_t class_of(char c) { return classes[static_cast<unsigned char>(c)]; }
bool is(char c, int wanted) { return (class_of(c) & wanted) != 0; }

constexpr std::string_view operators[] = {"**=", "<<=", ">>=", "==", "!=", "<=", ">=", "**", "//", "<<",
                                          ">>",  "+=",  "-=",  "*=", "/=", "%=", "|=", "&=", "^="};

TokenKind kind_of(std::string_view word) {
  const auto one_of = [word](const auto&... keywords) {
    return (is_word(word, keywords) || ...) ? TokenKind::keyword : TokenKind::identifier;
  };
  if (word.size() < 2 || word.size() > 8) return TokenKind::identifier;
  switch (word[0]) {
    case 'E': return one_of("Ellipsis");
    case 'F': return is_word(word, "False") ? TokenKind::false_ : TokenKind::identifier;
    case 'N':
      if (is_word(word, "None")) return TokenKind::none;
      return is_word(word, "NoneType") ? TokenKind::none_type : TokenKind::identifier;
    case 'T': return is_word(word, "True") ? TokenKind::true_ : TokenKind::identifier;
    case 'a': return one_of("and", "as", "assert");
    case 'b': return one_of("break");
    case 'c': return one_of("class", "continue");
    case 'd': return one_of("def", "del");
    case 'e': return one_of("elif", "else");
    case 'f': return one_of("for");
    case 'g': return one_of("global");
    case 'i': return one_of("if", "import", "in", "is");
    case 'n': return one_of("not");
    case 'o': return one_of("or");
    case 'p': return one_of("pass");
    case 'r': return one_of("raise", "return");
    case 'w': return one_of("while", "with");
    default: return TokenKind::identifier;
  }
}

size_t skip(std::string_view text, size_t from, int wanted) {
  while (from < text.size() && is(text[from], wanted)) ++from;
  return from;
}

/// Past an exponent, `letter` [sign] digits, or `from` where there is none.
size_t skip_exponent(std::string_view text, size_t from, char letter) {
  if (from >= text.size() || (text[from] | 0x20) != letter) return from;
  size_t digits = from + 1;
  if (digits < text.size() && (text[digits] == '+' || text[digits] == '-')) ++digits;
  const size_t end = skip(text, digits, digit);
  return end == digits ? from : end;
}

/// Past digits with at most one point among them, or `from` where there is no digit.
size_t skip_mantissa(std::string_view text, size_t from, int wanted) {
  size_t end = skip(text, from, wanted);
  bool any = end > from;
  if (end < text.size() && text[end] == '.') {
    const size_t fraction = skip(text, end + 1, wanted);
    any = any || fraction > end + 1;
    end = fraction;
  }
  return any ? end : from;
}

}  // namespace

size_t number_length(std::string_view text) {
  if (text.size() > 2 && text[0] == '0' && (text[1] | 0x20) == 'x') {
    const size_t end = skip_mantissa(text, 2, hex_digit);
    if (end > 2) return skip_exponent(text, end, 'p');
  }
  const size_t end = skip_mantissa(text, 0, digit);
  return end == 0 ? 0 : skip_exponent(text, end, 'e');
}

Lexer::Lexer(std::string_view source) : source_(source) {
  if (source.size() >= std::numeric_limits<uint32_t>::max()) {
    throw SchemaError(SchemaErrorKind::syntax, "the text is 4 GiB or longer", source.substr(0, 1), 0, 1);
  }
  skip_blanks();
  // What stands before the first token, be it on a later line, is the indentation of all.
  indent_ = position_ - line_;
  advance();
}

/// Over blanks, comments, joined lines and line breaks; whether there was a line break that was not joined.
bool Lexer::skip_blanks() {
  bool broken = false;
  line_ = position_;
  while (position_ < source_.size()) {
    const char c = source_[position_];
    if (is(c, blank)) {
      ++position_;
    } else if (c == '\n') {
      line_ = ++position_;
      broken = true;
    } else if (c == '#' && !source_.substr(position_).starts_with("# type:")) {
      position_ = static_cast<uint32_t>(std::min(source_.find('\n', position_), source_.size()));
      line_ = position_;
    } else if (c == '\\' && !broken && source_.substr(position_, 2) == "\\\n") {
      position_ += 2;
      line_ = position_;
    } else {
      break;
    }
  }
  return broken;
}

void Lexer::advance() {
  // Locals, as the members would be read and written anew at each byte.
  const char* const text = source_.data();
  const auto size = static_cast<uint32_t>(source_.size());
  uint32_t begin = position_;
  while (begin < size && text[begin] == ' ') ++begin;
  position_ = begin;
  if (begin == size) {
    current_ = {TokenKind::end, begin, 0};
    return;
  }
  const uint8_t found = class_of(text[begin]);
  if (found & letter) {
    uint32_t end = begin + 1;
    while (end < size && class_of(text[end]) & (letter | digit)) ++end;
    const TokenKind kind = kind_of({text + begin, end - begin});
    current_ = {kind, begin, end - begin};
    position_ = end;
    if (kind == TokenKind::keyword) join_keywords();
  } else if (found & single_mark) {
    current_ = {mark(text[begin]), begin, 1};
    position_ = begin + 1;
    const char c = text[begin];
    if (c == '(' || c == '[' || c == '{') ++brackets_;
    else if (c == ')' || c == ']' || c == '}') --brackets_;
  } else if (found & (digit | punctuation_mark)) {
    current_ = found & digit || text[begin] == '.' ? number_or_dots() : punctuation();
    position_ += current_.length;
  } else {
    advance_slowly();
  }
}

/// Over what most tokens do not begin with or follow: other blanks, line breaks, comments; strings.
void Lexer::advance_slowly() {
  if (skip_blanks() && brackets_ <= 0) {
    current_ = line_break();
  } else if (position_ == source_.size()) {
    current_ = {TokenKind::end, position_, 0};
  } else if (class_of(source_[position_]) & (letter | digit | punctuation_mark)) {
    advance();
  } else {
    current_ = punctuation();
    position_ += current_.length;
  }
}

Token Lexer::line_break() {
  // At the end of the source any indentation will do: the string may stand indented in a program.
  const uint32_t indent = position_ == source_.size() ? indent_ : position_ - line_;
  const Token token{indent > indent_ ? TokenKind::indent : TokenKind::newline, line_, position_ - line_};
  if (indent < indent_) fail(SchemaErrorKind::syntax, token, "the line is indented less than the first");
  return token;
}

/// `is not` and `not in` are one token where one blank is between.
void Lexer::join_keywords() {
  for (const std::string_view both : {"is not", "not in"}) {
    if (!both.starts_with(text(current_)) || !source_.substr(current_.offset).starts_with(both)) continue;
    current_.length = static_cast<uint32_t>(both.size());
    position_ = current_.offset + current_.length;
  }
}

Token Lexer::number_or_dots() const {
  const std::string_view rest = source_.substr(position_);
  const auto length = static_cast<uint32_t>(number_length(rest));
  if (length == 0) {
    return rest.starts_with("...") ? Token{TokenKind::dots, position_, 3} : Token{mark('.'), position_, 1};
  }
  const bool imaginary = length < rest.size() && rest[length] == 'j';
  return {TokenKind::number, position_, length + (imaginary ? 1u : 0u)};
}

/// A string literal up to its closing quotes; a backslash takes the next byte with it.
Token Lexer::string_literal() const {
  const std::string_view rest = source_.substr(position_);
  const char quote = rest[0];
  const bool triple = rest.size() > 2 && rest[1] == quote && rest[2] == quote;
  const size_t quotes = triple ? 3 : 1;
  for (size_t i = quotes; i + quotes <= rest.size(); ++i) {
    if (rest[i] == '\\') {
      ++i;
    } else if (rest[i] == '\n' && !triple) {
      break;
    } else if (rest[i] == quote && (!triple || (rest[i + 1] == quote && rest[i + 2] == quote))) {
      return {TokenKind::string, position_, static_cast<uint32_t>(i + quotes)};
    }
  }
  fail(SchemaErrorKind::bad_token, {TokenKind::string, position_, 1}, "the string is not closed");
}

Token Lexer::punctuation() const {
  const char c = source_[position_];
  if (c == '"' || c == '\'') return string_literal();
  if (c == '#') return {TokenKind::type_comment, position_, 7};  // "# type:"; other comments are blanks
  const char second = position_ + 1 < source_.size() ? source_[position_ + 1] : '\0';
  if (c == '-' && second == '>') return {TokenKind::arrow, position_, 2};
  if (second == '=' || second == '*' || second == '/' || second == '<' || second == '>') {
    const std::string_view rest = source_.substr(position_);
    for (const std::string_view text : operators) {
      if (rest.starts_with(text)) return {TokenKind::operator_, position_, static_cast<uint32_t>(text.size())};
    }
  }
  if (is(c, punctuation_mark)) return {mark(c), position_, 1};
  fail(SchemaErrorKind::bad_token, {TokenKind::end, position_, 1},
       format("no token begins with byte 0x{:02x}", static_cast<uint8_t>(c)));
}

bool Lexer::at(char character, TokenKind next_kind) const {
  if (!at(character)) return false;
  if (position_ < source_.size() && is(source_[position_], single_mark)) return mark(source_[position_]) == next_kind;
  Lexer ahead = *this;
  ahead.advance();
  return ahead.current_.kind == next_kind;
}

void Lexer::fail(SchemaErrorKind kind, const Token& token, std::string_view reason) const {
  throw SchemaError(kind, reason, source_, token.offset, token.length);
}

void Lexer::fail_expected(TokenKind wanted) const {
  const auto name = [](TokenKind kind) -> std::string {
    switch (kind) {
      case TokenKind::end: return "the end";
      case TokenKind::newline: return "a line break";
      case TokenKind::indent: return "an indented line";
      case TokenKind::identifier: return "a name";
      case TokenKind::number: return "a number";
      case TokenKind::string: return "a string";
      case TokenKind::none: return "None";
      case TokenKind::arrow: return "'->'";
      default: return {'\'', static_cast<char>(kind), '\''};
    }
  };
  const bool has_text =
      current_.kind != TokenKind::end && current_.kind != TokenKind::newline && current_.kind != TokenKind::indent;
  const std::string found = has_text ? in_quotes(text(current_)) : name(current_.kind);
  fail(SchemaErrorKind::syntax, current_, format("expected {} but found {}", name(wanted), found));
}

}  // namespace spinel::registry::inline v1
