#include "spinel/registry/default_parser.h"

#include <gmock/gmock.h>

#include <cmath>

#include "spinel/registry/schema_parser.h"

namespace spinel::registry {
namespace {

using ::testing::StartsWith;

Constant default_of(const std::string& argument) {
  return *parse_schema("f(" + argument + ") -> ()").arguments.at(0).default_value;
}

/// The canonical text of the default, or kind and offset of the error.
std::string printed(const std::string& argument) {
  try {
    const Argument parsed = parse_schema("f(" + argument + ") -> ()").arguments.at(0);
    std::string text;
    append_default(text, *parsed.default_value, parsed.type);
    return text;
  } catch (const SchemaError& error) {
    return std::string(to_string(error.schema_kind())) + " " + std::to_string(error.offset());
  }
}

TEST(ParseDefault, ChoosesTheKindOfNumberByTypeAndText) {
  EXPECT_EQ(default_of("int x=-7").value, Constant::Value(int64_t{-7}));
  EXPECT_EQ(default_of("float x=-7").value, Constant::Value(-7.0));
  EXPECT_EQ(default_of("float? x=7").value, Constant::Value(int64_t{7}));
  EXPECT_EQ(default_of("Scalar x=1e3").value, Constant::Value(1000.0));
  // A capital E does not make a float; an integer is read up to it, as in the reference.
  EXPECT_EQ(default_of("Scalar x=1E5").value, Constant::Value(int64_t{1}));
  EXPECT_EQ(default_of("int x=0x10").value, Constant::Value(int64_t{0}));
  EXPECT_EQ(default_of("int x=007").value, Constant::Value(int64_t{7}));
  EXPECT_EQ(default_of("Scalar x=0x1e5").value, Constant::Value(485.0));
  EXPECT_EQ(default_of("float x=0x1.8p1").value, Constant::Value(3.0));
  EXPECT_EQ(default_of("int x=- 2j").value, Constant::Value(std::complex<double>(0, -2)));
  EXPECT_EQ(default_of("complex x=2.5").value, Constant::Value(std::complex<double>(0, 2)));
  EXPECT_TRUE(std::signbit(*default_of("float x=-0.0").get_if<double>()));
}

TEST(ParseDefault, KeepsToTheRangesOfNumbers) {
  EXPECT_EQ(printed("int x=-9223372036854775808"), "-9223372036854775808");
  EXPECT_EQ(printed("int x=-9223372036854775809"), "bad_default 9");
  EXPECT_EQ(printed("int x=99999999999999999999"), "bad_default 8");
  EXPECT_EQ(printed("float x=1.7976931348623157e308"), "1.7976931348623157e+308");
  for (const char* text : {"float x=1e400", "float x=1e-400", "float x=1e-310", "int x=1e400", "complex x=1e400j",
                           "complex x=0", "complex x=.5", "complex x=-7"}) {
    EXPECT_THAT(printed(text), StartsWith("bad_default")) << text;
  }
}

TEST(ParseDefault, TakesAnyConstantForSingleTypes) {
  for (const char* type : {"int", "float", "bool", "str", "Scalar", "complex", "SymInt", "ScalarType", "Layout",
                           "MemoryFormat", "Device?", "Tensor?", "Any?", "(int)?", "Storage?", "int[2]?"}) {
    EXPECT_EQ(printed(std::string(type) + " x=None"), "None") << type;
    EXPECT_EQ(printed(std::string(type) + " x=True"), "True") << type;
    EXPECT_THAT(printed(std::string(type) + " x='a'"), ::testing::AnyOf("a", "\"a\"")) << type;
    EXPECT_EQ(printed(std::string(type) + " x=Mean"), "1") << type;
  }
}

TEST(ParseDefault, TakesNoDefaultForOtherTypes) {
  for (const char* type : {"Any", "t", "(int)", "Dict(int, int)", "Storage", "Stream", "QScheme", "SymBool", "NoneType",
                           "Future(int)", "Union(int, str)", "Capsule"}) {
    EXPECT_EQ(printed(std::string(type) + " x=None"), "bad_default " + std::to_string(5 + std::string(type).size()));
  }
  for (const char* type : {"Tensor", "Generator", "Quantizer"}) {
    EXPECT_EQ(printed(std::string(type) + " x=None"), "None");
    EXPECT_EQ(printed(std::string(type) + " x=1"), "bad_default " + std::to_string(5 + std::string(type).size()));
  }
}

TEST(ParseDefault, KnowsNames) {
  EXPECT_EQ(printed("int x=float"), "6");
  EXPECT_EQ(printed("bool x=complex"), "9");
  EXPECT_EQ(printed("str x=long"), "4");
  EXPECT_EQ(printed("Layout x=strided"), "0");
  EXPECT_EQ(printed("MemoryFormat x=contiguous_format"), "0");
  for (const auto& [name, code] : {std::pair("uint8", 0),
                                   {"int8", 1},
                                   {"short", 2},
                                   {"int", 3},
                                   {"half", 5},
                                   {"double", 7},
                                   {"chalf", 8},
                                   {"cfloat", 9},
                                   {"complex128", 10},
                                   {"bool", 11},
                                   {"qint32", 14},
                                   {"bfloat16", 15},
                                   {"bits16", 22},
                                   {"float8_e4m3fnuz", 26},
                                   {"uint64", 29},
                                   {"uint1", 30},
                                   {"bit", 30},
                                   {"int7", 43},
                                   {"float4_e2m1fn_x2", 45}}) {
    EXPECT_EQ(printed("ScalarType x=" + std::string(name)), std::to_string(code));
    EXPECT_EQ(printed("ScalarType? x=" + std::string(name)), std::to_string(code));
    EXPECT_EQ(printed("ScalarType[] x=[" + std::string(name) + "]"), "[" + std::to_string(code) + "]");
    EXPECT_THAT(printed("int x=" + std::string(name)), StartsWith("bad_default"));
  }
  for (const char* name : {"Sum", "true", "nan", "inf", "channels_last", "sparse_coo", "Float", "undefined", "x"}) {
    // The place is what follows the name, as in the reference.
    EXPECT_EQ(printed("ScalarType x=" + std::string(name)),
              "bad_default " + std::to_string(15 + std::string(name).size()));
  }
}

TEST(ParseDefault, ReadsDevicesAtOnce) {
  EXPECT_EQ(default_of("Device x=\"cuda:1\"").value, Constant::Value(Device{DeviceType::cuda, 1}));
  EXPECT_EQ(default_of("Device? x=\"cuda:1\"").value, Constant::Value(std::string("cuda:1")));
  EXPECT_EQ(printed("Device? x=\"nonsense\""), "nonsense");
  EXPECT_EQ(printed("Device x=\"cuda:\""), "bad_default 11");
  EXPECT_EQ(printed("Device x=None"), "syntax 11");
}

TEST(ParseDefault, ReadsLists) {
  EXPECT_EQ(printed("int[] x=[]"), "[]");
  EXPECT_EQ(printed("int[3] x=[1, 2]"), "[1, 2]");
  EXPECT_EQ(printed("float[] x=[1, -.5]"), "[1., -0.5]");
  EXPECT_EQ(printed("bool[] x=[True,False]"), "[True, False]");
  EXPECT_EQ(printed("complex[] x=[1j, -2.5j]"), "[0.+1.j, 0.-2.5j]");
  EXPECT_EQ(printed("SymInt[] x=[3, 3]"), "[3, 3]");
  const Constant repeated = default_of("float[2] x=1");
  const auto* list = repeated.get_if<ConstantList>();
  ASSERT_NE(list, nullptr);
  EXPECT_EQ(list->element, TypeKind::floating);
  EXPECT_EQ(list->items, std::vector<Constant>(2, Constant(Constant::Value(1.0))));
  EXPECT_EQ(printed("int[0] x=1"), "[]");
  EXPECT_EQ(printed("int[2]? x=1"), "1");
}

TEST(ParseDefault, RefusesOtherLists) {
  for (const char* text :
       {"int[] x=[1.5]", "int[] x=['a']", "int[] x=[None]", "int[] x=[True]", "bool[] x=[1]", "float[] x=[True]",
        "int[2] x=1.5", "int[2] x=None", "bool[2] x=1", "float[2] x=1j", "Tensor[] x=[]", "Scalar[] x=[1]",
        "str[] x=['a']", "str[2] x='a'", "int?[] x=[1]", "int[] x=float"}) {
    EXPECT_THAT(printed(text), StartsWith("bad_default")) << text;
  }
  for (const char* text : {"int[] x=1", "int[] x=None", "int[] x=[1,]", "int[] x=[1", "int[][] x=[[1]]", "int[]? x=[1]",
                           "int x=[1]", "int x=", "int x=--1", "int x=+1", "int x=-True", "int x=1 2"}) {
    EXPECT_THAT(printed(text), StartsWith("syntax")) << text;
  }
}

TEST(ParseDefault, DoesNotAllocateBySizesInTheText) {  // IP-03
  EXPECT_EQ(default_of("int[65536] x=1").get_if<ConstantList>()->items.size(), 65536u);
  EXPECT_EQ(printed("int[65537] x=1"), "bad_default 15");
  EXPECT_EQ(printed("int[2147483647] x=1"), "bad_default 20");
}

TEST(ParseDefault, ReadsEscapes) {
  const auto text_of = [](const std::string& literal) { return *default_of("str x=" + literal).get_if<std::string>(); };
  EXPECT_EQ(text_of(R"("\\\'\"\a\b\f\n\t\v")"), "\\'\"\a\b\f\n\t\v");
  EXPECT_EQ(text_of(R"("\101\000\377")"), std::string("A\0\377", 3));
  EXPECT_EQ(text_of(R"("\1012")"), "A2");
  EXPECT_EQ(text_of("'a\\\nb'"), "a\nb");
  EXPECT_EQ(text_of("'''a\n\"b'c'''"), "a\n\"b'c");
  EXPECT_EQ(text_of("''"), "");
  EXPECT_EQ(text_of("\"\"\"\"\"\""), "");
  EXPECT_EQ(text_of("\"\u00e9\""), "\u00e9");
  for (const char* literal : {R"("\x41")", R"("\u0041")", R"("\U1")", R"("\r")", R"("\q")", R"("\N")", R"("\1")",
                              R"("\12")", R"("\128")", R"("\400")", R"("\777")", R"("\8")", R"("a\ ")"}) {
    EXPECT_EQ(printed("str x=" + std::string(literal)), "bad_escape 8") << literal;
  }
}

}  // namespace
}  // namespace spinel::registry
