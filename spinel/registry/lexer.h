// The tokens of schema strings, one at a time.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "spinel/registry/schema_error.h"

namespace spinel::registry::inline v1 {

/// A punctuation mark of one character has that character as its kind.
enum class TokenKind : uint8_t {
  end = 128,
  newline,       ///< a line break outside brackets
  indent,        ///< the same where the next line is indented deeper than the first
  type_comment,  ///< `# type:`, which the host language gives a meaning
  identifier,
  number,  ///< as C's strtod reads it, without sign; with a j at its end where one follows
  string,  ///< with its quotes
  true_,
  false_,
  none,
  none_type,
  keyword,   ///< any other word that cannot be a name: `for`, `is not`
  arrow,     ///< ->
  dots,      ///< ...
  operator_  ///< any other of several characters: `==`, `**`
};
constexpr TokenKind mark(char character) { return static_cast<TokenKind>(character); }

/// A token's place in the source. Of 32 bits each, so that a token is passed in registers.
struct Token {
  TokenKind kind = TokenKind::end;
  uint32_t offset = 0;
  uint32_t length = 0;
};

/// Reads tokens in linear time; holds one. Errors are SchemaErrors; a text of 4 GiB or more is one.
class Lexer {
 public:
  explicit Lexer(std::string_view source);

  std::string_view source() const { return source_; }
  const Token& current() const { return current_; }
  bool at(char character) const { return current_.kind == mark(character); }
  std::string_view text(const Token& token) const { return {source_.data() + token.offset, token.length}; }

  /// Goes on and returns the token that was current.
  Token next() {
    const Token token = current_;
    advance();
    return token;
  }
  /// Goes on where the current token is of this kind.
  bool accept(TokenKind kind) {
    if (current_.kind != kind) return false;
    advance();
    return true;
  }
  bool accept(char character) { return accept(mark(character)); }
  /// Whether the current token is this mark and the next one of that kind.
  bool at(char character, TokenKind next_kind) const;
  /// As next(); a syntax error where the current token is not of this kind.
  Token expect(TokenKind kind) {
    if (current_.kind != kind) fail_expected(kind);
    return next();
  }
  Token expect(char character) { return expect(mark(character)); }

  [[noreturn]] void fail(SchemaErrorKind kind, const Token& token, std::string_view reason) const;
  [[noreturn]] void fail_expected(TokenKind wanted) const;

 private:
  void advance();
  bool skip_blanks();
  void advance_slowly();
  void join_keywords();
  Token number_or_dots() const;
  Token string_literal() const;
  Token punctuation() const;
  Token line_break();

  std::string_view source_;
  uint32_t position_ = 0;
  uint32_t line_ = 0;    ///< where the line begins that the blanks skipped last led to
  uint32_t indent_ = 0;  ///< of the first line
  int brackets_ = 0;     ///< open ones; inside them a line break is a blank
  Token current_;
};

/// Whether the text is this word; cheaper than operator==, which does not know the length.
template <size_t N>
constexpr bool is_word(std::string_view text, const char (&word)[N]) {
  return text.size() == N - 1 && std::char_traits<char>::compare(text.data(), word, N - 1) == 0;
}

/// The end of the number that begins at `text[0]`, as C's strtod finds it: decimal or hexadecimal, with exponent, no
/// sign; 0 where none begins there.
size_t number_length(std::string_view text);

}  // namespace spinel::registry::inline v1
