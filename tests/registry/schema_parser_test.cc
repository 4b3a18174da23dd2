#include "spinel/registry/schema_parser.h"

#include <gmock/gmock.h>

#include <ctime>

#include "tests/support/errors.h"

namespace spinel::registry {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

const SchemaContext any_class{[](std::string_view) { return true; }};

/// Kind and offset of the error, "syntax 7"; the canonical text where there is none.
std::string error_in(std::string_view text) {
  try {
    return parse_schema(text).to_string();
  } catch (const SchemaError& error) {
    return std::string(to_string(error.schema_kind())) + " " + std::to_string(error.offset());
  }
}

Argument only_argument(const std::string& argument) {
  FunctionSchema schema = parse_schema("f(" + argument + ") -> ()", any_class);
  EXPECT_EQ(schema.arguments.size(), 1u) << argument;
  return schema.arguments.at(0);
}

TEST(ParseSchema, ReadsAllPartsOfADeclaration) {
  const FunctionSchema schema =
      parse_schema("ns::op.out(Tensor self, int[2] k=1, *, float? eps=1e-5, Tensor(a!) out) -> (Tensor(a!) y, int)");
  EXPECT_EQ(schema.name.name, "ns::op");
  EXPECT_EQ(schema.name.overload, "out");
  EXPECT_EQ(schema.name.name_space(), "ns");
  ASSERT_EQ(schema.arguments.size(), 4u);
  EXPECT_EQ(schema.arguments[0].type, Type(TypeKind::tensor));
  EXPECT_EQ(schema.arguments[1].type, Type::list(TypeKind::integer));
  EXPECT_EQ(schema.arguments[1].size, 2);
  EXPECT_FALSE(schema.arguments[1].kwarg_only);
  EXPECT_TRUE(schema.arguments[2].kwarg_only);
  EXPECT_EQ(*schema.arguments[2].default_value->get_if<double>(), 1e-5);
  EXPECT_TRUE(schema.arguments[3].is_write());
  EXPECT_FALSE(schema.arguments[3].default_value);
  ASSERT_EQ(schema.returns.size(), 2u);
  EXPECT_EQ(schema.returns[0].name, "y");
  EXPECT_EQ(schema.returns[1].name, "");
  EXPECT_TRUE(schema.is_mutable());
  EXPECT_EQ(schema.argument_index("eps"), 2u);
  EXPECT_EQ(schema.argument_index("epsilon"), std::nullopt);
}

TEST(ParseSchema, TakesNamesAlone) {
  EXPECT_EQ(std::get<OperatorName>(parse_schema_or_name("a::f.x")).to_string(), "a::f.x");
  EXPECT_EQ(std::get<FunctionSchema>(parse_schema_or_name("f() -> ()")).name.to_string(), "f");
  EXPECT_EQ(error_in("a::f.x"), "name_only 6");
  EXPECT_EQ(error_in("f\n"), "name_only 2");
}

TEST(ParseSchema, BlanksDoNotMatter) {
  const FunctionSchema schema = parse_schema("a::f.x(int[2] k=[-1, 2], *, Tensor(a -> *) x) -> Tensor(*)");
  for (const char* text : {"a :: f . x(int [ 2 ] k = [ - 1 , 2 ] , * , Tensor ( a -> * ) x)->Tensor ( * )\n",
                           "\n  a: :f.x(int[2]\n k=[-1,2],*,# c\nTensor(a->*)x) -> \\\n Tensor(*) # c\n   "}) {
    EXPECT_EQ(parse_schema(text), schema);
  }
}

TEST(ParseSchema, StarMakesWhatFollowsKeywordOnly) {
  EXPECT_EQ(error_in("f(*) -> ()"), "f() -> ()");
  EXPECT_EQ(error_in("f(int a, *, *, int b) -> ()"), "f(int a, *, int b) -> ()");
  EXPECT_EQ(error_in("f(int a, *) -> ()"), "f(int a) -> ()");
  EXPECT_EQ(error_in("f(*a) -> ()"), "syntax 3");
  EXPECT_EQ(error_in("f(*,) -> ()"), "syntax 4");
}

TEST(ParseSchema, DotsAreLastAndWithoutDefaults) {
  const FunctionSchema schema = parse_schema("f(int a, ...) -> (int, ...)");
  EXPECT_TRUE(schema.is_vararg && schema.is_varret);
  EXPECT_EQ(error_in("f(..., int a) -> ()"), "vararg 7");
  EXPECT_EQ(error_in("f(...,) -> ()"), "vararg 6");
  EXPECT_EQ(error_in("f(int a=1, ...) -> ()"), "vararg 16");
  EXPECT_EQ(error_in("f() -> (..., int)"), "vararg 13");
  EXPECT_EQ(error_in("f() -> ..., int"), "syntax 10");
}

TEST(ParseSchema, TellsReturnsFromTuples) {
  EXPECT_THAT(parse_schema("f() -> ()").returns, IsEmpty());
  EXPECT_EQ(parse_schema("f() -> (int)").returns.at(0).type, Type(TypeKind::integer));
  EXPECT_EQ(parse_schema("f() -> ((int))").returns.at(0).type.to_string(), "(int)");
  EXPECT_EQ(parse_schema("f() -> ((int, str)[])").returns.at(0).type.to_string(), "(int, str)[]");
  EXPECT_EQ(parse_schema("f() -> None").returns.at(0).type, Type(TypeKind::none));
  EXPECT_EQ(error_in("f() -> (int)[]"), "syntax 12");
}

TEST(ParseSchema, ReadsEachType) {
  for (const char* type : {"Tensor",
                           "int",
                           "float",
                           "bool",
                           "str",
                           "complex",
                           "Scalar",
                           "SymInt",
                           "SymBool",
                           "ScalarType",
                           "Layout",
                           "MemoryFormat",
                           "Device",
                           "Generator",
                           "Storage",
                           "Stream",
                           "QScheme",
                           "Quantizer",
                           "Capsule",
                           "Any",
                           "AnyClassType",
                           "NoneType",
                           "t",
                           "int64_t",
                           "AnyEnumType",
                           "()",
                           "(int)",
                           "((int, str), Tensor?)",
                           "Tensor?[]",
                           "int[]?",
                           "int[][]",
                           "Dict(str, t)",
                           "Future(int[])",
                           "RRef(Tensor)",
                           "Await((int, int))",
                           "int?[]?",
                           "string",
                           "tensor[]",
                           "Union(int, NoneType, str)",
                           "__torch__.torch.classes.a.B"}) {
    EXPECT_EQ(only_argument(std::string(type) + " x").type.to_string(), type);
    EXPECT_EQ(parse_type(type, any_class).to_string(), type);
  }
  EXPECT_EQ(only_argument("DeviceIndex x").type, Type(TypeKind::integer));
  EXPECT_EQ(only_argument("None x").type, Type(TypeKind::none));
  EXPECT_EQ(only_argument("int?? x").type.to_string(), "int?");
  EXPECT_EQ(only_argument("a.B . c[] x").type.to_string(), "a.B.c[]");
  EXPECT_EQ(only_argument("(SymInt, ScalarType?) x").type.to_string(), "(int, int?)");
  EXPECT_EQ(only_argument("Dict(SymInt, SymInt) x").type.to_string(), "Dict(int, int)");
}

TEST(ParseSchema, RefusesTypesThatAreNone) {
  for (const char* name : {"Tensors", "Int", "String", "SymFloat", "Dimname", "Optional", "List", "_t", "TensorList"}) {
    EXPECT_EQ(error_in("f(" + std::string(name) + " x) -> ()"), "unknown_type 2");
  }
  for (const char* type : {"Dict", "Future", "RRef", "Await", "Union", "Dict(int)", "Future()", "Union()", "Tensor?(a)",
                           "(int,)", "int]", "int[2][]", "int[2]?[]", "int[-1]", "Tensor.x", "at::Tensor", "Tensor&"}) {
    EXPECT_THAT(error_in("f(" + std::string(type) + " x) -> ()"), ::testing::StartsWith("syntax")) << type;
  }
  for (const char* type : {"None?", "Dict(t, int)", "Dict(int?, int)", "Union(int)", "Union(int, int)"}) {
    EXPECT_THAT(error_in("f(" + std::string(type) + " x) -> ()"), ::testing::StartsWith("bad_default")) << type;
  }
}

TEST(ParseSchema, AsksWhichClassesThereAre) {
  const std::string text = "f(__torch__.torch.classes.a.B x) -> ()";
  EXPECT_EQ(error_in(text), "unknown_class 28");
  std::string asked;
  const SchemaContext context{[&](std::string_view name) {
    asked = name;
    return true;
  }};
  EXPECT_EQ(parse_schema(text, context).arguments[0].type.name(), "a.B");
  EXPECT_EQ(asked, "a.B");
  EXPECT_EQ(error_in("f(__torch__.foo.classes.a.B x) -> ()"), "unknown_class 12");
  EXPECT_EQ(error_in("f(__torch__.torch.foo.a.B x) -> ()"), "unknown_class 18");
  EXPECT_EQ(error_in("f(__torch__.torch.classes.A x) -> ()"), "syntax 28");
}

TEST(ParseSchema, KeepsTheSizeOnTheArgument) {
  EXPECT_EQ(only_argument("int[2.5] x").size, 2);
  EXPECT_EQ(only_argument("int[0x10] x").size, 0);
  EXPECT_EQ(only_argument("Tensor?[3]? x").type.to_string(), "Tensor?[]?");
  EXPECT_EQ(only_argument("int[2147483647] x").size, 2147483647);
  EXPECT_EQ(parse_schema("f() -> int[4]? x").returns[0].size, 4);
  // The reference takes the number modulo 2^32.
  EXPECT_EQ(error_in("f(int[2147483648] x) -> ()"), "bad_default 6");
  EXPECT_EQ(error_in("f(int[.5] x) -> ()"), "bad_default 6");
}

TEST(ParseSchema, ReadsAliasMarks) {
  const AliasInfo plain = *only_argument("Tensor(b|a) x").alias;
  EXPECT_THAT(plain.before, ElementsAre("a", "b"));
  EXPECT_EQ(plain.before, plain.after);
  EXPECT_FALSE(plain.is_write);
  const AliasInfo moved = *only_argument("Tensor(a! -> b|*)? x").alias;
  EXPECT_THAT(moved.before, ElementsAre("a"));
  EXPECT_THAT(moved.after, ElementsAre("*", "b"));
  EXPECT_EQ(error_in("f(Tensor(a! -> *|b) x) -> ()"), "syntax 17");
  EXPECT_TRUE(moved.is_write);
  EXPECT_FALSE(only_argument("Tensor x").alias);
  const FunctionSchema fresh = parse_schema("f(Tensor! x, int! y) -> Tensor!");
  EXPECT_THAT(fresh.arguments[0].alias->before, ElementsAre("$0"));
  EXPECT_THAT(fresh.arguments[0].alias->after, IsEmpty());
  EXPECT_THAT(fresh.arguments[1].alias->before, ElementsAre("$1"));
  EXPECT_THAT(fresh.returns[0].alias->before, ElementsAre("$2"));
}

TEST(ParseSchema, ReadsAliasMarksOfListsAndTheirElements) {
  const AliasInfo inner = *only_argument("Tensor(a!)[] x").alias;
  EXPECT_THAT(inner.before, IsEmpty());
  EXPECT_TRUE(inner.is_write);
  EXPECT_THAT(inner.contained.at(0).before, ElementsAre("a"));
  const AliasInfo both = *only_argument("Tensor(a)[2](b!)? x").alias;
  EXPECT_THAT(both.before, ElementsAre("b"));
  EXPECT_FALSE(both.contained.at(0).is_write);
  EXPECT_FALSE(only_argument("(Tensor(a), Tensor!) x").alias);
  EXPECT_FALSE(only_argument("Future(Tensor(a)) x").alias);
  EXPECT_TRUE(only_argument("Dict(int, int)(a!) x").alias);
}

TEST(ParseSchema, RefusesMarksThatAreNone) {
  for (const auto& [text, place] : {std::pair("Tensor()", 9),
                                    {"Tensor(!)", 9},
                                    {"Tensor(1)", 9},
                                    {"Tensor(a|)", 11},
                                    {"Tensor(a,b)", 10},
                                    {"Tensor(a!!)", 11},
                                    {"Tensor(*|a)", 11},
                                    {"Tensor(a->)", 12},
                                    {"Tensor(a)(b)", 11},
                                    {"Tensor(a->b!)", 13},
                                    {"(int)(a)", 7},
                                    {"Future(int)!", 13}}) {
    EXPECT_EQ(error_in("f(" + std::string(text) + " x) -> ()"), "syntax " + std::to_string(place)) << text;
  }
  EXPECT_THAT(only_argument("Tensor(a|*) x").alias->before, ElementsAre("*", "a"));
  EXPECT_THAT(only_argument("Tensor(*|) x").alias->before, ElementsAre("*"));
}

TEST(ParseSchema, RefusesReservedNames) {
  EXPECT_EQ(error_in("f.default() -> ()"), "overload_name 2");
  EXPECT_EQ(error_in("a::f.__x() -> ()"), "overload_name 5");
  EXPECT_EQ(error_in("f.__x"), "overload_name 2");
  EXPECT_EQ(error_in("f._default() -> ()"), "f._default() -> ()");
  EXPECT_EQ(error_in("in::f() -> ()"), "syntax 0");
  EXPECT_EQ(error_in("f.in() -> ()"), "syntax 2");
  EXPECT_EQ(error_in("f(int for) -> ()"), "syntax 6");
  EXPECT_EQ(error_in("f(int lambda) -> ()"), "f(int lambda) -> ()");
}

TEST(ParseSchema, WantsDefaultsAtTheEnd) {
  EXPECT_EQ(error_in("f(int a=1, Tensor b) -> ()"), "default_order 11");
  EXPECT_EQ(error_in("f(int a=1, Tensor[] b, int c, int d) -> ()"), "default_order 23");
  EXPECT_EQ(error_in("f(int a=1, Tensor[]? b) -> ()"), "default_order 11");
  EXPECT_EQ(error_in("f(int a=1, Tensor[2] b) -> ()"), "f(int a=1, Tensor[2] b) -> ()");
  EXPECT_EQ(error_in("f(int a=1, *, Tensor b) -> ()"), "f(int a=1, *, Tensor b) -> ()");
  // What is wrong in the returns is said first.
  EXPECT_EQ(error_in("f(int a=1, Tensor b) -> Foo"), "unknown_type 24");
}

TEST(ParseSchema, TakesOneDeclarationOnly) {
  EXPECT_EQ(error_in("f() -> ()\ng() -> ()"), "syntax 10");
  EXPECT_EQ(error_in("f() -> ()()"), "syntax 9");
  EXPECT_EQ(error_in("f() -> (); "), "bad_token 9");
  EXPECT_EQ(error_in(""), "syntax 0");
  EXPECT_EQ(error_in(" \n"), "syntax 2");
  EXPECT_EQ(error_in("f()\n-> ()"), "syntax 4");
}

// IP-03: what ends early, is far too long, or nests far too deep.
TEST(ParseSchema, RefusesEveryBeginningOfASchema) {
  const std::string text = "a::f.b(Tensor(a!)[2](b)? x=None, *, int[3] k=[1, -2], str s=\"\\101\", ...) -> (Tensor(*))";
  for (size_t length = 0; length < text.size(); ++length) {
    EXPECT_EQ(error_of([&] { parse_schema(text.substr(0, length)); }).kind(), ErrorKind::invalid_argument) << length;
  }
}

TEST(ParseSchema, RefusesTypesThatNestTooDeep) {
  for (const auto& [open, close] : {std::pair("(", ")"),
                                    {"Future(", ")"},
                                    {"Dict(int, ", ")"},
                                    {"Union(int, ", ")"},
                                    {"", "[]"},
                                    {"", "[]?"},
                                    {"(", ")?"}}) {
    std::string type = "int";
    for (int i = 0; i < 10'000; ++i) type = type + close;
    std::string opened;
    for (int i = 0; i < 10'000; ++i) opened += open;
    EXPECT_EQ(error_of([&] { parse_schema("f(" + opened + type + " x) -> ()"); }).kind(), ErrorKind::invalid_argument);
  }
  EXPECT_THAT(error_in("f(" + std::string(100, '(') + "int" + std::string(100, ')') + " x) -> ()"),
              ::testing::StartsWith("f((((("));
}

TEST(ParseSchema, TakesLinearTime) {
  // 1 MB each; whatever is quadratic in them takes minutes.
  const size_t size = 1 << 20;
  const auto repeated = [&](std::string_view piece) {
    std::string text;
    while (text.size() < size) text += piece;
    return text;
  };
  // The processor's time, not that of a machine which others use too.
  const std::clock_t begin = std::clock();
  const FunctionSchema many = parse_schema("f(" + repeated("int[2] k=1, ") + "int z=0) -> ()");
  EXPECT_GT(many.arguments.size(), 80'000u);
  EXPECT_EQ(parse_schema(many.to_string()), many);
  for (const std::string& text :
       {"f(" + repeated("("), "f(int x=" + repeated("\""), "f(Tensor(" + repeated("a|") + "a) x) -> ()",
        "f((" + repeated("int, ") + "int) x) -> ()", "f(Union(" + repeated("int, str, ") + "int) x) -> ()",
        repeated("\n"), repeated("# \n"), repeated(" "), repeated("a"), "f(str x=\"" + repeated("\\101") + "\") -> ()",
        "f(float x=" + repeated("1") + ") -> ()", "f(int[] x=[" + repeated("1, ") + "1]) -> ()",
        "f(int x=" + repeated("-"), repeated("[ "), "f(int" + repeated("[ ]") + " x) -> ()"}) {
    try {
      parse_schema(text);
    } catch (const SchemaError& error) {
      EXPECT_LT(std::string_view(error.what()).size(), 2'000'000u);
    }
  }
  EXPECT_LT((std::clock() - begin) / CLOCKS_PER_SEC, 20);
}

}  // namespace
}  // namespace spinel::registry
