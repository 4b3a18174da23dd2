#include "spinel/registry/function_schema.h"

#include <gmock/gmock.h>

#include <random>

#include "spinel/base/config.h"
#include "spinel/base/platform/file.h"
#include "spinel/registry/schema_parser.h"
#include "tests/support/paths.h"

namespace spinel::registry {
namespace {

const SchemaContext any_class{[](std::string_view) { return true; }};

std::string canonical(std::string_view text) { return parse_schema(text, any_class).to_string(); }

TEST(FunctionSchema, PrintsTheCanonicalText) {
  EXPECT_EQ(canonical("a::f . x ( int  a , * , * , str b = 'c' )->( int )"), "a::f.x(int a, *, str b=\"c\") -> int");
  EXPECT_EQ(canonical("f() -> (Tensor a)"), "f() -> Tensor a");
  EXPECT_EQ(canonical("f() -> ((Tensor) a)"), "f() -> ((Tensor) a)");
  EXPECT_EQ(canonical("f() -> ((int)?)"), "f() -> ((int)?)");
  EXPECT_EQ(canonical("f() -> (...)"), "f() -> ...");
  EXPECT_EQ(canonical("f(int a, *, ...) -> (int, ...)"), "f(int a, ...) -> (int, ...)");
  EXPECT_EQ(canonical("f() -> Future((int))"), "f() -> Future((int))");
}

TEST(FunctionSchema, PrintsAliasMarks) {
  EXPECT_EQ(canonical("f(Tensor(b|a!)? x) -> ()"), "f(Tensor(a|b!)? x) -> ()");
  EXPECT_EQ(canonical("f(Tensor(a! -> a) x) -> ()"), "f(Tensor(a!) x) -> ()");
  EXPECT_EQ(canonical("f(Tensor(a -> b) x) -> ()"), "f(Tensor(a -> b) x) -> ()");
  EXPECT_EQ(canonical("f(Tensor! x) -> ()"), "f(Tensor($0! -> ) x) -> ()");
  EXPECT_EQ(canonical("f(Tensor(a!)[2](b)? x) -> ()"), "f(Tensor(a!)[2](b)? x) -> ()");
  EXPECT_EQ(canonical("f(Tensor(a)?[] x) -> ()"), "f(Tensor?(a)[] x) -> ()");
  EXPECT_EQ(canonical("f(Tensor(a)[][] x) -> ()"), "f(Tensor[]()[] x) -> ()");
  EXPECT_EQ(canonical("f(int[](a)[](b) x) -> ()"), "f(int[](a)[](b) x) -> ()");
}

TEST(FunctionSchema, PrintsNumbersAsTheReferenceDoes) {
  EXPECT_EQ(
      canonical("f(float a=-0.0, float b=9999999999, float c=1e10, float d=1e-5, float e=1e22) -> ()"),
      "f(float a=0., float b=9999999999., float c=10000000000., float d=1.0000000000000001e-05, float e=1e+22) -> "
      "()");
  EXPECT_EQ(canonical("f(float a=0.1, float b=123456789012.5, float c=-3) -> ()"),
            "f(float a=0.10000000000000001, float b=123456789012.5, float c=-3.) -> ()");
  EXPECT_EQ(canonical("f(Scalar a=-2.5j, int[] b=[3, 3], int[1] c=0, int[2]? d=1, SymInt[2] e=1) -> ()"),
            "f(Scalar a=0.-2.5j, int[] b=3, int[1] c=[0], int[2]? d=1, SymInt[2] e=[1, 1]) -> ()");
}

TEST(FunctionSchema, QuotesStringsOfStringArgumentsOnly) {
  EXPECT_EQ(canonical("f(str a='x\"', str? b='\\001\\377\\n', int c='x') -> ()"),
            "f(str a=\"x\\\"\", str? b=\"\\001\\377\\n\", int c=x) -> ()");
}

TEST(FunctionSchema, IsEqualByAllItsParts) {
  const FunctionSchema schema = parse_schema("a::f.x(int[2] a=1, *, Tensor(a!) b) -> (int y, ...)");
  EXPECT_EQ(schema, parse_schema("a::f.x(int[2] a=[1, 1], *, Tensor(a!) b) -> (int y, ...)"));
  for (const char* other :
       {"a::g.x(int[2] a=1, *, Tensor(a!) b) -> (int y, ...)", "a::f(int[2] a=1, *, Tensor(a!) b) -> (int y, ...)",
        "a::f.x(int[3] a=[1, 1], *, Tensor(a!) b) -> (int y, ...)",
        "a::f.x(int[2] b=1, *, Tensor(a!) b) -> (int y, ...)", "a::f.x(int[2] a=2, *, Tensor(a!) b) -> (int y, ...)",
        "a::f.x(int[2] a, Tensor(a!) b) -> (int y, ...)", "a::f.x(SymInt[2] a=1, *, Tensor(a!) b) -> (int y, ...)",
        "a::f.x(int[2] a=1, *, Tensor(a) b) -> (int y, ...)", "a::f.x(int[2] a=1, *, Tensor(a!) b) -> (int z, ...)",
        "a::f.x(int[2] a=1, *, Tensor(a!) b) -> (int y)"}) {
    EXPECT_NE(schema, parse_schema(other)) << other;
  }
}

/// Whether the canonical text is one of those that the reference cannot read back either.
bool prints_for_people(const FunctionSchema& schema) {
  const std::string text = schema.to_string();
  return text.find("$") != std::string::npos || text.find("?(") != std::string::npos ||
         text.find("()[") != std::string::npos;
}

/// Defaults of another type than their argument's print bare.
bool has_odd_default(const FunctionSchema& schema) {
  for (const Argument& argument : schema.arguments) {
    if (!argument.default_value) continue;
    const bool is_string = argument.type == Type(TypeKind::string) || argument.type == Type::optional(TypeKind::string);
    const auto* list = argument.default_value->get_if<ConstantList>();
    const auto* complex = argument.default_value->get_if<std::complex<double>>();
    if ((argument.default_value->get_if<std::string>() && !is_string) || argument.default_value->get_if<Device>() ||
        complex || (list && list->element == TypeKind::complex) || (list && !argument.size && list->items.size() > 1)) {
      return true;
    }
  }
  return false;
}

TEST(FunctionSchema, ReadsBackWhatItPrints) {
  const std::string file = source_dir() + "/tests/golden/registry/schemas.json";
  int count = 0;
  const Config document = parse_json(read_file(file), file);
  for (const Config& entry : document.at("cases").as_list()) {
    const FunctionSchema schema = parse_schema(entry.at("schema").as_string(), any_class);
    if (prints_for_people(schema) || has_odd_default(schema)) continue;
    EXPECT_EQ(parse_schema(schema.to_string(), any_class), schema) << schema.to_string();
    ++count;
  }
  EXPECT_GT(count, 600);
}

/// Random schemas from the grammar, as text.
class Generator {
 public:
  explicit Generator(uint64_t seed) : random_(seed) {}

  std::string schema() {
    std::string text = pick({"f", "ns::op", "ns::op.overload", "_x.y"}) + "(";
    const int count = number(5);
    bool defaults = false, kwarg_only = false;
    for (int i = 0; i < count; ++i) {
      if (i != 0) text += ", ";
      if (!kwarg_only && number(4) == 0) {
        text += "*, ";
        kwarg_only = true;
      }
      defaults = number(3) == 0 || (defaults && !kwarg_only);
      text += argument("a" + std::to_string(i), defaults);
    }
    return text + ") -> " + pick({"()", "Tensor", "(Tensor(a!) x, int[2]?)", "...", "((int, str)[])", type(2)});
  }

 private:
  int number(int below) { return static_cast<int>(random_() % static_cast<uint64_t>(below)); }
  std::string pick(const std::vector<std::string>& from) { return from[static_cast<size_t>(number(int(from.size())))]; }
  std::string type(int depth) {
    if (depth == 0) return pick({"Tensor", "int", "float", "bool", "str", "Scalar", "SymInt", "Device", "ScalarType"});
    switch (number(8)) {
      case 0: return type(depth - 1) + "?";
      case 1: return type(depth - 1) + "[]";
      case 2: return pick({"Future", "RRef", "Await"}) + "(" + type(depth - 1) + ")";
      case 3: return "Dict(" + pick({"str", "int"}) + ", " + type(depth - 1) + ")";
      case 4: return "__torch__.torch.classes.a.B";
      default: return type(depth - 1);
    }
  }
  std::string argument(const std::string& name, bool with_default) {
    if (!with_default) return pick({type(3), "Tensor(a!)", "Tensor(b -> *)[]", "int[3]", "Tensor(c)?"}) + " " + name;
    return pick({"int " + name + "=-7", "float " + name + "=2.5e-3", "str " + name + "=\"a\\n\\\"\\101\"",
                 "int[2] " + name + "=[3, 3]", "bool[2] " + name + "=[True, False]", "Tensor? " + name + "=None",
                 "float[] " + name + "=[1, 2.25]", "ScalarType? " + name + "=bfloat16", "bool " + name + "=True"});
  }
  std::mt19937_64 random_;
};

TEST(FunctionSchema, ReadsBackRandomSchemas) {
  Generator generator(7);
  for (int i = 0; i < 2000; ++i) {
    const std::string text = generator.schema();
    FunctionSchema schema;
    try {
      schema = parse_schema(text, any_class);
    } catch (const SchemaError& error) {
      // The generator also makes `Future(T)?` as a return, which begins with no bracket, and so on; all of it parses.
      FAIL() << error.what();
    }
    if (prints_for_people(schema)) continue;
    EXPECT_EQ(parse_schema(schema.to_string(), any_class), schema) << text;
    EXPECT_EQ(canonical(schema.to_string()), schema.to_string());
  }
}

}  // namespace
}  // namespace spinel::registry
