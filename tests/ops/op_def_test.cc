#include "spinel/ops/op_def.h"

#include <gmock/gmock.h>

#include "spinel/base/error.h"
#include "spinel/hosts/plain/operators.h"
#include "spinel/hosts/plain/plain_tensor.h"
#include "spinel/ops/list.h"
#include "spinel/registry/sym_int.h"
#include "tests/support/errors.h"

namespace spinel::ops {
namespace {

using registry::make_list_value;
using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;

std::vector<TensorSpec> twice_as_long(const SpecArguments& arguments) {
  TensorSpec spec = arguments.tensor(0);
  spec.sizes[0] = spec.sizes[0] * 2;
  return {spec};
}
std::vector<ScalarType> same_dtype(const SpecArguments& arguments) { return {arguments.tensor(0).dtype}; }
void repeat(const Host&, Arguments arguments, std::span<Tensor> results) {
  const Tensor x = arguments.tensor(0);
  for (int64_t i = 0; i < 2 * x.numel(); ++i) {
    static_cast<float*>(results[0].data())[i] = static_cast<const float*>(x.data())[i % x.numel()];
  }
}
const OpDef repeated{.schema = "repeat(Tensor x, Tensor? y=None) -> Tensor",
                     .elements = Elements::floating,
                     .sizes = twice_as_long,
                     .dtypes = same_dtype,
                     .cpu = repeat};

std::vector<Tensor> run(const OpDef& op, const std::vector<Value>& values) {
  return run_forward(op, plain::host(), Arguments(values));
}

Tensor on(registry::DeviceType type, int8_t index = 0) {
  return plain::from_blob(nullptr, {0}, {.device = {type, index}});
}

TEST(Arguments, GiveValuesOfTheirKindOnly) {
  const std::vector<Value> values = {1, 2.5, true, "text", make_list_value({3, 4}), Value()};
  const Arguments arguments(values);
  EXPECT_EQ(arguments.integer(0), 1);
  EXPECT_EQ(arguments.number(1), 2.5);
  EXPECT_TRUE(arguments.boolean(2));
  EXPECT_EQ(arguments.text(3), "text");
  EXPECT_THAT(arguments.integers(4), ElementsAre(3, 4));
  EXPECT_TRUE(arguments.integers(5).empty());
  EXPECT_THROW(arguments.integer(3), Error);
  EXPECT_THROW(arguments.text(0), Error);
  EXPECT_THROW(arguments.tensor(0), Error);
  EXPECT_THROW(arguments.integers(0), Error);
}

TEST(SpecArguments, DescribeTensorsAndKeepOtherValues) {
  const Tensor x = plain::empty({2, 3, 4, 5}, ScalarType::float64);
  const std::vector<Value> values = {x, 7, true, make_list_value({2, 1}), Tensor()};
  const SpecArguments specs = spec_arguments(Arguments(values));
  EXPECT_EQ(specs.tensor(0).dtype, ScalarType::float64);
  EXPECT_EQ(specs.tensor(0).format, MemoryFormat::contiguous);
  ASSERT_EQ(specs.tensor(0).sizes.size(), 4u);
  EXPECT_EQ(specs.tensor(0).sizes[3].value(), 5);
  EXPECT_EQ(specs.integer(1), 7);
  EXPECT_TRUE(specs.boolean(2));
  EXPECT_EQ(specs.sizes(3)[0].value(), 2);
  for (const size_t index : {1, 4}) {
    EXPECT_THAT(error_of([&] { specs.tensor(index); }).what(),
                HasSubstr("argument " + std::to_string(index) + " is no tensor"));
  }
}

TEST(Elements, AreRealFloatingOrAny) {
  const std::pair<ScalarType, int> least[] = {
      {ScalarType::float16, 2}, {ScalarType::bfloat16, 2},  {ScalarType::float32, 2},   {ScalarType::float64, 2},
      {ScalarType::int8, 1},    {ScalarType::uint64, 1},    {ScalarType::uint16, 1},    {ScalarType::int64, 1},
      {ScalarType::boolean, 0}, {ScalarType::complex64, 0}, {ScalarType::complex128, 0}};
  for (const auto& [dtype, strictest] : least) {
    EXPECT_TRUE(contains(Elements::any, dtype));
    EXPECT_EQ(contains(Elements::real, dtype), strictest >= 1) << registry::to_string(dtype);
    EXPECT_EQ(contains(Elements::floating, dtype), strictest == 2) << registry::to_string(dtype);
  }
  EXPECT_EQ(refused_elements(repeated, "repeat", ScalarType::int8), "\"repeat\" not implemented for 'int8'");
  EXPECT_EQ(refused_elements(repeated, "repeat", ScalarType::float16), "");
}

TEST(RunForward, AllocatesByTheShapeRule) {
  const Tensor x = plain::empty({2});
  static_cast<float*>(x.data())[0] = 3;
  static_cast<float*>(x.data())[1] = 4;
  const Tensor y = run(repeated, {x, Value()})[0];
  EXPECT_EQ(y.numel(), 4);
  EXPECT_EQ(static_cast<const float*>(y.data())[3], 4);
}

TEST(RunForward, SaysWhatABuildHasNoKernelsFor) {
  const Error cuda = error_of([] { run(repeated, {on(registry::DeviceType::cuda), Value()}); });
  EXPECT_EQ(cuda.kind(), ErrorKind::unavailable);
  EXPECT_THAT(cuda.what(),
              AllOf(HasSubstr("repeat: this build has no kernels for cuda:0"), HasSubstr("--preset cuda")));
  const Error xpu = error_of([] { run(repeated, {on(registry::DeviceType::xpu), Value()}); });
  EXPECT_EQ(xpu.kind(), ErrorKind::unavailable);
  EXPECT_THAT(xpu.what(), HasSubstr("move the tensors to the CPU"));
}

TEST(RunForward, RefusesUndefinedTensorsAndSeveralDevices) {
  const Tensor x = plain::empty({2});
  const Error undefined = error_of([&] { run(repeated, {x, Tensor()}); });
  EXPECT_EQ(undefined.kind(), ErrorKind::invalid_argument);
  EXPECT_THAT(undefined.what(), HasSubstr("repeat: argument 1 is an undefined tensor"));
  EXPECT_THROW(run(repeated, {Tensor(), x}), Error);
  const Error devices = error_of([&] { run(repeated, {x, on(registry::DeviceType::cuda, 1)}); });
  EXPECT_EQ(devices.kind(), ErrorKind::invalid_argument);
  EXPECT_THAT(devices.what(), HasSubstr("argument 1 is on cuda:1 but the first tensor on cpu"));
}

// Of each operator of the list: what a call gives first is the kind of its tensors.
TEST(RunForward, EveryOperatorRefusesUndefinedTensors) {
  for (const Operator& op : operators()) {
    if (op.definition.composite != nullptr) continue;
    std::vector<Value> values;
    for (const auto& argument : op.schema.arguments) {
      const std::string type = argument.type.to_string();
      values.emplace_back();
      if (type == "Tensor") values.back() = Tensor();
      if (type == "Tensor[]") values.back() = registry::make_list_value(registry::TypeKind::tensor, {Value(Tensor())});
    }
    EXPECT_THAT(error_of([&] { run(op.definition, values); }).what(), HasSubstr("is an undefined tensor")) << op.name();
  }
}

}  // namespace
}  // namespace spinel::ops
