#include "spinel/cli/ops/literal.h"

#include <ATen/ATen.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "spinel/base/platform/file.h"
#include "spinel/base/safetensors.h"
#include "spinel/hosts/bridge/torch_value.h"
#include "spinel/hosts/torch/tensor_view.h"
#include "spinel/registry/schema_parser.h"
#include "tests/support/errors.h"

namespace spinel::cli {
namespace {

using registry::parse_type;
using registry::Value;

Value read(std::string_view text, std::string_view type = "Any") { return read_literal(text, parse_type(type)); }

at::Tensor read_tensor(std::string_view text, std::string_view type = "Tensor") {
  return hosts::to_torch(read(text, type).to_tensor());
}

std::string failure(std::string_view text, std::string_view type = "Any") {
  return error_of([&] { read(text, type); }).what();
}

TEST(Literal, ReadsNumbersAsTheyAreWritten) {
  EXPECT_EQ(read("42").to_int(), 42);
  EXPECT_EQ(read(" -7 ").to_int(), -7);
  EXPECT_EQ(read("9223372036854775807").to_int(), INT64_MAX);
  EXPECT_EQ(read("1e3").to_double(), 1000.0);
  EXPECT_EQ(read("-inf").to_double(), -INFINITY);
  EXPECT_TRUE(std::isnan(read("nan").to_double()));
  EXPECT_EQ(read("2j").to_complex(), std::complex<double>(0, 2));
  EXPECT_EQ(read("1.5-2e-1j").to_complex(), std::complex<double>(1.5, -0.2));
  // Beyond int64 it is a float, as the literal has no other type here.
  EXPECT_TRUE(read("9223372036854775808").is_double());
}

TEST(Literal, ReadsConstantsAndTexts) {
  EXPECT_TRUE(read("none").is_none());
  EXPECT_TRUE(read("True").to_bool());
  EXPECT_FALSE(read("false").to_bool());
  EXPECT_EQ(read("sum").to_string(), "sum");
  EXPECT_EQ(read("'a, \\'b\\''").to_string(), "a, 'b'");
  // Where a text is wanted all of the argument is one, even what looks like a number or a list.
  EXPECT_EQ(read("1", "str").to_string(), "1");
  EXPECT_EQ(read("[a, b", "str?").to_string(), "[a, b");
  EXPECT_TRUE(read("none", "str?").is_none());
  EXPECT_EQ(read("none", "str").to_string(), "none");
  EXPECT_EQ(read("\"none\"", "str?").to_string(), "none");
}

TEST(Literal, ReadsContainers) {
  EXPECT_EQ(read("[1, 2, [3]]", "int[][]").repr(), "[1, 2, [3]]");
  EXPECT_EQ(read("[]", "int[]").to_list().items.size(), 0u);
  EXPECT_EQ(read("(1, 'x')").to_tuple().items.size(), 2u);
  EXPECT_EQ(read("[a, b]", "str[]").to_list().items[1].to_string(), "b");
  const Value dict = read("{a: 1, 'b': [2]}");
  EXPECT_EQ(dict.to_dict().find("a")->to_int(), 1);
  EXPECT_EQ(dict.to_dict().find("b")->to_list().items.size(), 1u);
  EXPECT_EQ(read("{}").to_dict().items.size(), 0u);
}

TEST(Literal, TheItemsOfATupleHaveTheirOwnTypes) {
  for (const char* type : {"(Tensor, int[])", "(Tensor, int[])?"}) {
    const Value pair = read("([1, 2], [3, 4])", type);
    ASSERT_EQ(pair.to_tuple().items.size(), 2u) << type;
    EXPECT_TRUE(pair.to_tuple().items[0].is_tensor()) << type;
    EXPECT_TRUE(pair.to_tuple().items[1].is_list()) << type;
  }
  // Items are bound as the values that a ScalarType is: numbers.
  const Value numbers = read("(6, float32)", "(ScalarType, str)");
  EXPECT_EQ(numbers.to_tuple().items[0].to_int(), 6);
  EXPECT_EQ(numbers.to_tuple().items[1].to_string(), "float32");
}

TEST(Literal, ReadsNamesOfDtypesAndLayoutsWhereTheyAreWanted) {
  EXPECT_EQ(read("float64", "ScalarType?").to_int(), 7);
  EXPECT_EQ(read("torch.int32", "ScalarType").to_int(), 3);
  EXPECT_EQ(read("sparse_csr", "Layout").to_int(), 2);
  EXPECT_EQ(read("channels_last", "MemoryFormat?").to_int(), 2);
  EXPECT_EQ(read("float64", "Device").to_string(), "float64");
}

TEST(Literal, ReadsTensorsOfNestedLists) {
  EXPECT_TRUE(read_tensor("[[1, 2], [3, 4]]").equal(at::tensor({1, 2, 3, 4}, at::kLong).view({2, 2})));
  EXPECT_TRUE(read_tensor("[1, 2.5]").equal(at::tensor({1.0, 2.5}, at::kFloat)));
  EXPECT_TRUE(read_tensor("[true, false]").equal(at::tensor({1, 0}, at::kLong).to(at::kBool)));
  EXPECT_TRUE(read_tensor("[1, 2]:float64", "Tensor?").equal(at::tensor({1.0, 2.0}, at::kDouble)));
  EXPECT_EQ(read_tensor("[1+2j]").scalar_type(), at::kComplexFloat);
  EXPECT_EQ(read_tensor("[]").sizes(), at::IntArrayRef({0}));
  EXPECT_EQ(read_tensor("[[], []]").sizes(), at::IntArrayRef({2, 0}));
  EXPECT_TRUE(read_tensor("3:int32").equal(at::scalar_tensor(3, at::kInt)));
  // All digits count: through float32 this would round twice.
  EXPECT_EQ(read_tensor("[0.1]:float64").item<double>(), 0.1);
  EXPECT_EQ(read_tensor("[9007199254740993]").item<int64_t>(), 9007199254740993);
  // A number alone is a number, so that overloads for numbers are found.
  EXPECT_TRUE(read("3", "Tensor").is_int());
  EXPECT_TRUE(read("none", "Tensor").is_none());
  const Value list = read("[[1, 2], [3]:float64]", "Tensor[]");
  EXPECT_EQ(list.to_list().items[1].to_tensor().scalar_type(), registry::ScalarType::float64);
}

TEST(Literal, ReadsTensorsOfFiles) {
  const TemporaryFolder folder;
  const at::Tensor x = at::arange(6, at::kDouble).view({2, 3}), y = at::tensor({1, 2}, at::kInt);
  const std::string path = folder.file("two.safetensors");
  write_safetensors(path, {{"x", to_view(x)}, {"y", to_view(y)}});
  EXPECT_TRUE(read_tensor(path + ":x").equal(x));
  EXPECT_TRUE(hosts::to_torch(read("[" + path + ":y]", "Tensor[]").to_list().items[0].to_tensor()).equal(y));
  EXPECT_THAT(failure(path + ":z", "Tensor"), testing::HasSubstr("z"));
  EXPECT_THAT(failure(path, "Tensor"), testing::HasSubstr("it holds 2 tensors; name one"));
  const std::string single = folder.file("one.safetensors");
  write_safetensors(single, {{"x", to_view(x)}});
  EXPECT_TRUE(read_tensor(single).equal(x));
  EXPECT_EQ(error_of([&] { read(folder.file("none.npy"), "Tensor"); }).kind(), ErrorKind::not_found);
  // Format 1.0 of NumPy: magic, version, length of the header, header, data.
  std::string header = "{'descr': '<i2', 'fortran_order': False, 'shape': (2,), }";
  header.resize(117, ' ');
  header += '\n';
  const std::string npy =
      std::string("\x93NUMPY\x01\x00", 8) + '\x76' + '\0' + header + std::string("\x05\0\xff\xff", 4);
  write_file_atomic(folder.file("a.npy"), npy);
  EXPECT_TRUE(read_tensor(folder.file("a.npy")).equal(at::tensor({5, -1}, at::kShort)));
}

TEST(Literal, RefusesMalformedText) {
  EXPECT_THAT(failure("[1, 2"), testing::HasSubstr("'[' is not closed with ']'"));
  EXPECT_THAT(failure("[1 2]]"), testing::HasSubstr("goes on after the value"));
  EXPECT_THAT(failure("[1,, 2]"), testing::HasSubstr("a value is missing"));
  EXPECT_THAT(failure(""), testing::HasSubstr("missing at the end"));
  EXPECT_THAT(failure("'abc"), testing::HasSubstr("does not end"));
  EXPECT_THAT(failure("{a 1}"), testing::HasSubstr("not followed by ':'"));
  EXPECT_THAT(failure("[[1, 2], [3]]", "Tensor"), testing::HasSubstr("rows have 2 and 1 elements"));
  EXPECT_THAT(failure("[[1], 2]", "Tensor"), testing::HasSubstr("different depths"));
  EXPECT_THAT(failure("[1, [2]]", "Tensor"), testing::HasSubstr("different depths"));
  EXPECT_THAT(failure("[a]", "Tensor"), testing::HasSubstr("'a' is no number"));
  EXPECT_THAT(failure("[1]:float128", "Tensor"), testing::HasSubstr("no dtype 'float128'"));
  EXPECT_THAT(failure(std::string(100000, '[')), testing::HasSubstr("nest deeper"));
  EXPECT_THAT(failure(std::string(100000, '['), "Tensor"), testing::HasSubstr("nest deeper"));
}

}  // namespace
}  // namespace spinel::cli
