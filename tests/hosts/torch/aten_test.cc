// The layer's own forms of PyTorch's operators (compat/aten/), beside libtorch's on the same arguments.
#include <ATen/ATen.h>
#include <ATen/core/dispatch/Dispatcher.h>
#include <gtest/gtest.h>
#include <torch/csrc/jit/frontend/function_schema_parser.h>

#include <fstream>

#include "compat/aten/operators.h"
#include "spinel/hosts/bridge/torch_value.h"
#include "spinel/registry/schema_parser.h"

namespace spinel::aten {
namespace {

using c10::IValue;
using Values = std::vector<IValue>;

std::vector<Operator> all_operators() {
  std::vector<Operator> all;
  for (const auto list : {factories(), views(), arithmetic(), indexing(), reductions()}) {
    all.insert(all.end(), list.begin(), list.end());
  }
  return all;
}

const Operator& operator_of(const std::string& name, const std::string& overload) {
  static const std::vector<Operator> all = all_operators();
  for (const Operator& op : all) {
    const registry::OperatorName own = registry::parse_schema(std::string("aten::") + op.schema).name;
    if (own.name == "aten::" + name && own.overload == overload) return op;
  }
  throw std::out_of_range(name + "." + overload);
}

/// Tensors that are not written over by the other run.
Values copies_of(const Values& values) {
  Values copies;
  for (const IValue& value : values) {
    if (!value.isTensor()) {
      copies.push_back(value);
      continue;
    }
    const at::Tensor& tensor = value.toTensor();
    // Strides stay where every element has a place of its own.
    const bool is_dense = tensor.is_non_overlapping_and_dense();
    copies.emplace_back(is_dense ? at::empty_strided(tensor.sizes(), tensor.strides(), tensor.options()).copy_(tensor)
                                 : tensor.clone());
  }
  return copies;
}

void expect_equal(const at::Tensor& ours, const at::Tensor& theirs, const std::string& call) {
  EXPECT_EQ(ours.sizes(), theirs.sizes()) << call;
  EXPECT_EQ(ours.scalar_type(), theirs.scalar_type()) << call;
  if (ours.sizes() != theirs.sizes()) return;
  EXPECT_TRUE(at::allclose(ours.to(at::kDouble), theirs.to(at::kDouble), 1e-6, 1e-7, true)) << call << "\n"
                                                                                            << ours << "\n"
                                                                                            << theirs;
}

/// Results and, for what writes to them, arguments.
void expect_as_libtorch(const std::string& name, const std::string& overload, const Values& arguments) {
  const std::string call = name + "." + overload;
  const auto op = c10::Dispatcher::singleton().findSchemaOrThrow(("aten::" + name).c_str(), overload.c_str());
  torch::jit::Stack theirs = copies_of(arguments);
  const Values their_arguments = theirs;
  op.callBoxed(theirs);
  const Values our_arguments = copies_of(arguments);
  registry::Stack values;
  for (const IValue& value : our_arguments) values.push_back(hosts::to_registry(value));
  const registry::Stack ours = operator_of(name, overload).run(Arguments(values.data()));
  ASSERT_EQ(ours.size(), theirs.size()) << call;
  for (size_t i = 0; i < ours.size(); ++i)
    expect_equal(hosts::to_torch(ours[i].to_tensor()), theirs[i].toTensor(), call);
  for (size_t i = 0; i < our_arguments.size(); ++i) {
    if (our_arguments[i].isTensor()) expect_equal(our_arguments[i].toTensor(), their_arguments[i].toTensor(), call);
  }
}

template <typename... A>
void compare(const std::string& name, const std::string& overload, const A&... arguments) {
  expect_as_libtorch(name, overload, {IValue(arguments)...});
}

const std::vector<at::ScalarType> real_types = {at::kBool, at::kByte, at::kChar,  at::kShort,  at::kInt,
                                                at::kLong, at::kHalf, at::kFloat, at::kDouble, at::kBFloat16};

at::Tensor numbers(at::IntArrayRef sizes, at::ScalarType dtype = at::kFloat, int64_t salt = 0) {
  const int64_t count = c10::multiply_integers(sizes);
  // Neither sorted nor symmetric, and some equal ones.
  const at::Tensor base = (at::arange(count) * 7 + 3 * salt).remainder(11);
  return (at::isFloatingType(dtype) ? base * 0.75 - 3 : base).to(dtype).reshape(sizes);
}
at::Tensor longs(std::vector<int64_t> values) { return at::tensor(values); }
const IValue none;
const std::vector<int64_t> no_ints;

TEST(Aten, SchemasArePyTorchs) {
  for (const Operator& op : all_operators()) {
    const std::string ours = registry::parse_schema(std::string("aten::") + op.schema).to_string();
    const registry::OperatorName name = registry::parse_schema(std::string("aten::") + op.schema).name;
    const auto theirs = c10::Dispatcher::singleton().findSchema({name.name, name.overload});
    ASSERT_TRUE(theirs.has_value()) << ours;
    EXPECT_EQ(ours, c10::toString(theirs->schema()));
  }
}

class AtenTypes : public testing::TestWithParam<at::ScalarType> {};

TEST_P(AtenTypes, ArithmeticPromotesAndBroadcasts) {
  const at::Tensor a = numbers({3, 4}, GetParam());
  for (at::ScalarType other : real_types) {
    for (const at::Tensor& b : {numbers({3, 4}, other, 1), numbers({4}, other, 2), numbers({}, other, 3)}) {
      compare("mul", "Tensor", a, b);
      if (GetParam() != at::kBool || other != at::kBool) compare("add", "Tensor", a, b, 2);
      compare("div", "Tensor", a, b + 1);
    }
  }
  if (GetParam() == at::kBool) return;
  compare("sub", "Tensor", a, numbers({3, 1}, GetParam()), 3);
  compare("subtract", "Tensor", a, numbers({3, 1}, GetParam()), 1);
  for (const char* mode : {"trunc", "floor"}) compare("div", "Tensor_mode", a, numbers({4}, GetParam(), 1) + 1, mode);
}

TEST_P(AtenTypes, ReductionsAndOrder) {
  const at::Tensor x = numbers({2, 3, 4}, GetParam()).transpose(0, 2);
  compare("sum", "", x, none);
  compare("sum", "dim_IntList", x, std::vector<int64_t>{0, -1}, true, none);
  compare("sum", "dim_IntList", x, none, false, static_cast<int64_t>(at::kDouble));
  compare("amax", "", x, std::vector<int64_t>{1}, false);
  compare("amax", "", x, no_ints, true);
  compare("max", "", x);
  compare("min", "", x);
  compare("cumsum", "", x, 1, none);
  compare("sort", "stable", x, true, 1, false);
  compare("sort", "stable", x, true, -1, true);
  compare("sort", "", x.contiguous().flatten().slice(0, 0, 3), 0, false);
}

TEST_P(AtenTypes, ChoosingAndMoving) {
  const at::Tensor x = numbers({3, 4}, GetParam());
  compare("index_select", "", x, 1, longs({3, 0, 0}));
  compare("index_select", "", x.t(), -1, longs({2}).to(at::kInt));
  compare("masked_select", "", x, numbers({4}) > 0);
  compare("masked_fill", "Scalar", x, numbers({3, 1}) > 0, 1);
  compare("masked_fill_", "Scalar", x, numbers({3, 4}) > 0, 1);
  compare("flip", "", x, std::vector<int64_t>{0, -1});
  for (int64_t times = -1; times < 5; ++times) compare("rot90", "", x, times, std::vector<int64_t>{0, 1});
  compare("gather", "", x, 1, longs({0, 3, 1, 1}).view({2, 2}), false);
  compare("scatter_", "src", x, 0, longs({2, 0}).view({1, 2}), numbers({2, 3}, GetParam(), 5));
  compare("scatter_", "value", x, 1, longs({2, 0}).view({2, 1}), 1);
  if (GetParam() != at::kBool) {
    compare("scatter_add_", "", x, 0, longs({1, 1, 0, 1}).view({1, 4}).expand({3, 4}), numbers({3, 4}, GetParam(), 2));
  }
  compare("constant_pad_nd", "", x, std::vector<int64_t>{1, 2, -1, 1}, 1);
  for (const char* op : {"lt", "le", "gt", "ge", "eq", "ne"}) {
    compare(op, "Scalar", x, 3);
    compare(op, "Scalar", x, 1.5);
  }
  compare("isnan", "", x);
}

INSTANTIATE_TEST_SUITE_P(Real, AtenTypes, testing::ValuesIn(real_types),
                         [](const auto& info) { return std::string(c10::toString(info.param)); });

TEST(Aten, MatricesMultiply) {
  for (at::ScalarType dtype : {at::kFloat, at::kDouble, at::kLong}) {
    compare("mm", "", numbers({5, 3}, dtype), numbers({3, 7}, dtype, 1));
    compare("mm", "", numbers({3, 5}, dtype).t(), numbers({7, 3}, dtype, 1).t());
    compare("matmul", "", numbers({3}, dtype), numbers({3}, dtype, 1));
    compare("matmul", "", numbers({2, 3}, dtype), numbers({3}, dtype, 1));
    compare("matmul", "", numbers({3}, dtype), numbers({2, 3, 4}, dtype, 1));
    compare("matmul", "", numbers({2, 1, 4, 3}, dtype), numbers({5, 3, 2}, dtype, 1));
    compare("addmm_", "", numbers({2, 4}, dtype), numbers({2, 3}, dtype), numbers({3, 4}, dtype, 1), 2, 3);
    compare("mm", "out", numbers({2, 3}, dtype), numbers({3, 4}, dtype, 1), numbers({4, 2}, dtype).t());
    compare("mm", "", numbers({5, 0}, dtype), numbers({0, 7}, dtype));
  }
}

TEST(Aten, CatAndStack) {
  const auto list = [](std::vector<at::Tensor> tensors) { return IValue(std::move(tensors)); };
  compare("cat", "", list({numbers({2, 3}), numbers({2, 1}, at::kLong), numbers({2, 2})}), 1);
  compare("cat", "", list({at::empty({0}), numbers({2, 3}).t()}), -2);
  compare("stack", "", list({numbers({2, 3}), numbers({2, 3}, at::kFloat, 1)}), 1);
  compare("stack", "", list({numbers({}), numbers({})}), -1);
}

TEST(Aten, InPlace) {
  const at::Tensor x = numbers({3, 4}).t(), y = numbers({3}, at::kFloat, 1) + 5;
  compare("add_", "Tensor", x, y, 0.5);
  compare("sub_", "Tensor", x, y, 2);
  compare("mul_", "Tensor", x, y);
  compare("div_", "Tensor", x, y);
  compare("div_", "Tensor_mode", x, y, "floor");
  compare("pow_", "Scalar", x, 2);
  compare("pow_", "Scalar", y, 0.5);
  compare("copy_", "", x, y, false);
  compare("zero_", "", x);
  compare("fill_", "Scalar", x, 3);
  compare("sum", "IntList_out", x, std::vector<int64_t>{0}, false, none, at::zeros({3}));
}

TEST(Aten, ViewsAndCopies) {
  const at::Tensor x = numbers({2, 3, 1, 4});
  compare("narrow", "", x, 1, 1, 2);
  compare("select", "int", x, -1, -2);
  compare("slice", "Tensor", x, 3, 1, none, 2);
  compare("transpose", "int", x, 0, -1);
  compare("permute", "", x, std::vector<int64_t>{3, 0, 2, 1});
  compare("reshape", "", x.transpose(0, 1), std::vector<int64_t>{6, -1});
  compare("view", "", x, std::vector<int64_t>{6, 4});
  compare("flatten", "using_ints", x, 1, -1);
  compare("squeeze", "", x);
  compare("squeeze", "dim", x, 2);
  compare("unsqueeze", "", x, -1);
  compare("expand", "", x, std::vector<int64_t>{5, 2, 3, 6, -1}, false);
  compare("clone", "", x, none);
  compare("contiguous", "", x, static_cast<int64_t>(c10::MemoryFormat::ChannelsLast));
  compare("to", "dtype", x, static_cast<int64_t>(at::kHalf), false, false, none);
  compare("to", "dtype_layout", x, static_cast<int64_t>(at::kInt), none, none, none, false, true, none);
  compare("pad", "", x, std::vector<int64_t>{1, 0}, "constant", 2.5);
}

class AtenNew : public testing::Test {
 protected:
  void SetUp() override { before_ = registry::set_default_tensor_methods(&hosts::torch_methods()); }
  void TearDown() override { registry::set_default_tensor_methods(before_); }
  const registry::TensorMethods* before_ = nullptr;
};

TEST_F(AtenNew, Factories) {
  const std::vector<int64_t> sizes = {2, 3};
  compare("zeros", "", sizes, static_cast<int64_t>(at::kShort), none, none, none);
  compare("full", "", sizes, 2.5, none, none, none, none);
  compare("full", "", sizes, 2, none, none, IValue(c10::Device("cpu")), false);
  compare("full", "", sizes, true, none, none, none, none);
  compare("new_zeros", "", numbers({2}, at::kLong), sizes, none, none, none, none);
  for (const char* name : {"empty", "empty_like", "new_empty"}) {
    const std::string overload = std::string(name) == "empty" ? "memory_format" : "";
    registry::Stack values;
    if (overload.empty()) values.push_back(hosts::to_registry(numbers(sizes)));
    if (std::string(name) != "empty_like") {
      values.push_back(registry::make_list_value(registry::TypeKind::integer, {2, 3}));
    }
    values.resize(7);
    const registry::Tensor made = operator_of(name, overload).run(Arguments(values.data()))[0].to_tensor();
    EXPECT_EQ(made.sizes().vec(), sizes) << name;
    EXPECT_EQ(made.scalar_type(), registry::ScalarType::float32) << name;
  }
}

TEST_F(AtenNew, FilesAreRead) {
  const std::string path = testing::TempDir() + "aten_file.bin";
  std::ofstream(path, std::ios::binary) << "abcdef";
  const auto byte = static_cast<int64_t>(at::kByte);
  compare("from_file", "", path, false, 4, byte, none, none, none);
  registry::Stack values = {path, false, 7, byte, {}, {}, {}};
  EXPECT_THROW(operator_of("from_file", "").run(Arguments(values.data())), Error);
  values[0] = path + ".nowhere";
  EXPECT_THROW(operator_of("from_file", "").run(Arguments(values.data())), Error);
}

TEST(Aten, WhatDoesNotFitIsAnError) {
  const auto fails = [](const std::string& name, const std::string& overload, const Values& arguments) {
    registry::Stack values;
    for (const IValue& value : arguments) values.push_back(hosts::to_registry(value));
    EXPECT_THROW(operator_of(name, overload).run(Arguments(values.data())), Error) << name;
  };
  const at::Tensor x = numbers({3, 4}), whole = numbers({3, 4}, at::kLong);
  fails("add", "Tensor", {x, numbers({3}), 1});
  fails("add", "Tensor", {whole, whole, 0.5});
  fails("add", "Tensor", {x.to(at::kComplexFloat), x, 1});
  fails("add_", "Tensor", {numbers({4}), x, 1});
  fails("mul_", "Tensor", {whole, x});
  fails("div", "Tensor_mode", {whole, at::zeros({4}, at::kLong), "floor"});
  fails("div", "Tensor_mode", {x, x, "up"});
  fails("index_select", "", {x, 0, longs({3})});
  fails("index_select", "", {x, 0, longs({-1})});
  fails("gather", "", {x, 1, longs({4}).view({1, 1}), false});
  fails("gather", "", {x, 1, longs({0}), false});
  fails("masked_select", "", {x, x});
  fails("matmul", "", {x, x});
  fails("matmul", "", {x, numbers({})});
  fails("mm", "", {x, numbers({4})});
  fails("cat", "", {IValue(std::vector<at::Tensor>{x, numbers({3, 4, 1})}), 0});
  fails("cat", "", {IValue(std::vector<at::Tensor>{}), 0});
  fails("rot90", "", {x, 1, std::vector<int64_t>{0, 0}});
  fails("constant_pad_nd", "", {x, std::vector<int64_t>{-3, -2}, 0});
  fails("pad", "", {x, std::vector<int64_t>{1, 1}, "reflect", none});
  fails("max", "", {at::empty({0})});
  fails("sum", "dim_IntList", {x, std::vector<int64_t>{0, -2}, false, none});
  fails("sum", "IntList_out", {x, std::vector<int64_t>{0}, false, none, at::zeros({3})});
  fails("empty_like", "", {x, none, static_cast<int64_t>(c10::Layout::Sparse), none, none, none});
}

TEST(Aten, EmptyTensorsAndOverflow) {
  compare("sort", "stable", at::empty({0, 3}), true, 0, false);
  compare("flip", "", at::empty({0, 3}), std::vector<int64_t>{0});
  compare("index_select", "", numbers({3, 0}), 0, longs({2, 1}));
  compare("cumsum", "", at::empty({2, 0}), 1, none);
  compare("addmm_", "", at::full({1, 1}, std::numeric_limits<double>::quiet_NaN()), numbers({1, 2}), numbers({2, 1}), 0,
          1);
  compare("sum", "dim_IntList", at::empty({2, 0}), std::vector<int64_t>{1}, false, none);
  const at::Tensor least = at::full({2}, std::numeric_limits<int64_t>::min(), at::kLong);
  compare("sub", "Tensor", least, longs({1, 2}), 3);
  compare("mul", "Tensor", least, longs({3, -1}));
  const float nan = std::numeric_limits<float>::quiet_NaN();
  const at::Tensor with_nan = at::tensor({2.0F, nan, 1.0F, nan, 3.0F});
  compare("sort", "stable", with_nan, true, 0, false);
  compare("sort", "stable", with_nan, true, 0, true);
  compare("max", "", with_nan);
  compare("isnan", "", with_nan);
}

}  // namespace
}  // namespace spinel::aten
