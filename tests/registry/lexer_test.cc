#include "spinel/registry/lexer.h"

#include <gmock/gmock.h>

#include <clocale>
#include <vector>

#include "tests/support/errors.h"

namespace spinel::registry {
namespace {

using ::testing::ElementsAre;

/// The texts of all tokens; "\n" for a line break, "\t" for an indented one.
std::vector<std::string> tokens(std::string_view source) {
  Lexer lexer(source);
  std::vector<std::string> texts;
  while (lexer.current().kind != TokenKind::end) {
    const Token token = lexer.next();
    if (token.kind == TokenKind::newline) texts.push_back("\n");
    else if (token.kind == TokenKind::indent) texts.push_back("\t");
    else texts.emplace_back(lexer.text(token));
  }
  return texts;
}

TokenKind kind(std::string_view source) { return Lexer(source).current().kind; }

size_t error_offset(std::string_view source) {
  try {
    tokens(source);
  } catch (const SchemaError& error) {
    EXPECT_EQ(error.schema_kind(), SchemaErrorKind::bad_token) << source;
    return error.offset();
  }
  return std::string_view::npos;
}

TEST(Lexer, TakesTheLongestToken) {
  EXPECT_THAT(tokens("a::b.c->(...)"), ElementsAre("a", ":", ":", "b", ".", "c", "->", "(", "...", ")"));
  EXPECT_THAT(tokens("[....]"), ElementsAre("[", "...", ".", "]"));
  EXPECT_THAT(tokens("**= ** * << <<= >>= >> >= <= == != => // //= @="),
              ElementsAre("**=", "**", "*", "<<", "<<=", ">>=", ">>", ">=", "<=", "==", "!=", "=", ">", "//", "//", "=",
                          "@", "="));
  EXPECT_THAT(tokens("is not"), ElementsAre("is not"));
  EXPECT_THAT(tokens("not  in"), ElementsAre("not", "in"));
  EXPECT_THAT(tokens("isx not_in"), ElementsAre("isx", "not_in"));
}

TEST(Lexer, TellsKeywordsFromNames) {
  for (const char* word : {"def", "if",   "else",  "elif",   "while", "for",    "in",     "not",
                           "and", "or",   "is",    "return", "raise", "assert", "break",  "continue",
                           "del", "pass", "class", "import", "with",  "as",     "global", "Ellipsis"}) {
    EXPECT_EQ(kind(word), TokenKind::keyword) << word;
  }
  EXPECT_EQ(kind("None"), TokenKind::none);
  EXPECT_EQ(kind("NoneType"), TokenKind::none_type);
  EXPECT_EQ(kind("True"), TokenKind::true_);
  EXPECT_EQ(kind("False"), TokenKind::false_);
  for (const char* word : {"lambda", "from", "print", "type", "async", "await", "yield", "try", "except", "nonlocal",
                           "none", "true", "def_", "_", "__torch__", "Nonetype", "x1"}) {
    EXPECT_EQ(kind(word), TokenKind::identifier) << word;
  }
}

TEST(Lexer, ReadsNumbersAsStrtodDoes) {
  EXPECT_THAT(
      tokens("1 007 1. .5 1e5 1E-5 1e+3 0x10 0x1p3 0x.8p-1 2j 1.5j 0x1j"),
      ElementsAre("1", "007", "1.", ".5", "1e5", "1E-5", "1e+3", "0x10", "0x1p3", "0x.8p-1", "2j", "1.5j", "0x1j"));
  EXPECT_THAT(tokens("1.e 1e 1e+ 0x 0xp1 1_0 1J"),
              ElementsAre("1.", "e", "1", "e", "1", "e", "+", "0", "x", "0", "xp1", "1", "_0", "1", "J"));
  EXPECT_THAT(tokens("1..5 1.5.5"), ElementsAre("1.", ".5", "1.5", ".5"));
  EXPECT_THAT(tokens("-1 nan inf"), ElementsAre("-", "1", "nan", "inf"));
}

TEST(Lexer, DoesNotAskTheLocale) {
  const std::string before = std::setlocale(LC_ALL, nullptr);
  std::setlocale(LC_ALL, "de_DE.UTF-8");  // has no effect where it is not installed
  EXPECT_THAT(tokens("1.5"), ElementsAre("1.5"));
  std::setlocale(LC_ALL, before.c_str());
}

TEST(Lexer, KeepsStringsWhole) {
  EXPECT_THAT(tokens(R"("a\"b" 'a"b' "" "# no comment")"),
              ElementsAre(R"("a\"b")", R"('a"b')", R"("")", R"("# no comment")"));
  EXPECT_THAT(tokens("'''a\n'b''c''' \"\"\"\"\"\""), ElementsAre("'''a\n'b''c'''", "\"\"\"\"\"\""));
  EXPECT_EQ(error_offset("x \"abc"), 2u);
  EXPECT_EQ(error_offset("\"a\nb\""), 0u);
  EXPECT_EQ(error_offset("x='abc\")"), 2u);
  EXPECT_EQ(error_offset("\"\"\"a\"\""), 0u);
  EXPECT_EQ(error_offset("\"a\\\""), 0u);
  EXPECT_EQ(error_offset("\"a\\"), 0u);
}

TEST(Lexer, RefusesOtherBytes) {
  for (const char* source : {"x ;", "x $", "x `", "x \xc3\xa9", "x \x80", "x \\"}) EXPECT_EQ(error_offset(source), 2u);
  EXPECT_EQ(error_offset(std::string_view("x \0", 3)), 2u);
}

TEST(Lexer, LineBreaksCountOutsideBracketsOnly) {
  EXPECT_THAT(tokens("(a\n b)\nc"), ElementsAre("(", "a", "b", ")", "\n", "c"));
  EXPECT_THAT(tokens("a\n  b"), ElementsAre("a", "\t", "b"));
  EXPECT_THAT(tokens("\n\n  a\n  b\n"), ElementsAre("a", "\n", "b", "\n"));
  EXPECT_THAT(tokens("  a\n"), ElementsAre("a", "\n"));
  EXPECT_THAT(tokens("a \\\n b"), ElementsAre("a", "b"));
  EXPECT_THAT(tokens("a\r\n"), ElementsAre("a", "\n"));
  EXPECT_EQ(error_of([] { tokens("  a\n b"); }).kind(), ErrorKind::invalid_argument);
}

TEST(Lexer, LeavesOutComments) {
  EXPECT_THAT(tokens("# c\na # b ) \n"), ElementsAre("a", "\n"));
  EXPECT_THAT(tokens("(# c (\n)"), ElementsAre("(", ")"));
  // The host language reads these, so they are no comments.
  EXPECT_THAT(tokens("a # type: b"), ElementsAre("a", "# type:", "b"));
  EXPECT_THAT(tokens("a #type: b"), ElementsAre("a"));
}

TEST(Lexer, LooksOneTokenAhead) {
  Lexer lexer("[ ][2]");
  EXPECT_TRUE(lexer.at('[', mark(']')));
  EXPECT_FALSE(lexer.at('.', mark(']')));
  lexer.next();
  EXPECT_TRUE(lexer.accept(']'));
  EXPECT_FALSE(lexer.at('[', mark(']')));
  EXPECT_TRUE(lexer.at('[', TokenKind::number));
  EXPECT_TRUE(lexer.accept('['));
  EXPECT_EQ(lexer.text(lexer.expect(TokenKind::number)), "2");
}

}  // namespace
}  // namespace spinel::registry
