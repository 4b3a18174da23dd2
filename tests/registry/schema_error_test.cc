#include "spinel/registry/schema_error.h"

#include <gtest/gtest.h>

#include "spinel/registry/schema_parser.h"

namespace spinel::registry {
namespace {

std::string text_of(std::string_view source) {
  try {
    parse_schema(source);
  } catch (const SchemaError& error) {
    EXPECT_EQ(error.kind(), ErrorKind::invalid_argument);
    return error.what();
  }
  return "";
}

TEST(SchemaError, UnderlinesWhatIsWrong) {
  EXPECT_EQ(text_of("f(Tensors x) -> Tensor"),
            "schema: there is no type 'Tensors'; did you mean 'Tensor'? at byte 2\n"
            "  f(Tensors x) -> Tensor\n"
            "    ^^^^^^^");
  EXPECT_EQ(text_of("f(Tensor x,,Tensor y) -> Tensor"),
            "schema: expected a name but found ',' at byte 11\n"
            "  f(Tensor x,,Tensor y) -> Tensor\n"
            "             ^");
}

TEST(SchemaError, PointsBehindWhatEndsTooEarly) {
  EXPECT_EQ(text_of("f(Tensor x) ->"),
            "schema: expected a name but found the end at byte 14\n"
            "  f(Tensor x) ->\n"
            "                ^");
}

TEST(SchemaError, ShowsTheLineOfTheError) {
  EXPECT_EQ(text_of("f(Tensor x,\n  Tenser y\n) -> Tensor"),
            "schema: there is no type 'Tenser'; did you mean 'Tensor'? at byte 14\n"
            "    Tenser y\n"
            "    ^^^^^^");
}

TEST(SchemaError, CutsLongLinesAroundThePlace) {
  const std::string many = "f(" + std::string(200, ' ') + "Foo" + std::string(200, ' ') + "x) -> ()";
  const std::string text = text_of(many);
  EXPECT_NE(text.find("at byte 202\n  …"), std::string::npos) << text;
  EXPECT_NE(text.find("…\n  " + std::string(61, ' ') + "^^^"), std::string::npos) << text;
  EXPECT_LT(text.size(), 400u);
}

TEST(SchemaError, CountsColumnsByCharactersAndPrintsNoControls) {
  const std::string accented = text_of("f(str x=\"\u00e9\", Foo y) -> ()");
  EXPECT_TRUE(accented.ends_with("\n  f(str x=\"\u00e9\", Foo y) -> ()\n               ^^^")) << accented;
  const std::string text = text_of("f(\t\x01)");
  EXPECT_NE(text.find("\n  f(  )\n     ^"), std::string::npos) << text;
  EXPECT_NE(text_of("f(\x80)").find("\n  f(\uFFFD)\n    ^"), std::string::npos);
}

TEST(SchemaError, SaysItsKind) {
  EXPECT_EQ(to_string(SchemaErrorKind::syntax), "syntax");
  EXPECT_EQ(to_string(SchemaErrorKind::default_order), "default_order");
}

TEST(SchemaError, KeepsToTheSource) {
  const SchemaError error(SchemaErrorKind::syntax, "reason", "ab", 7, 3);
  EXPECT_EQ(error.offset(), 2u);
  EXPECT_STREQ(error.what(), "schema: reason at byte 2\n  ab\n    ^");
}

}  // namespace
}  // namespace spinel::registry
