#include "spinel/registry/signature.h"

#include <gtest/gtest.h>

#include "spinel/registry/schema_parser.h"

namespace spinel::registry {
namespace {

template <typename Signature>
std::string inferred() {
  return InferSchema<operator_signature<Signature>>::infer().to_string();
}

/// What differs between the signature and the schema; "" where nothing does.
template <typename Signature>
std::string difference(const std::string& arguments, const std::string& returns = "()") {
  const FunctionSchema declared = parse_schema("f(" + arguments + ") -> " + returns);
  return find_schema_difference(InferSchema<operator_signature<Signature>>::infer(), declared).value_or("");
}

TEST(InferSchema, NamesArgumentsAndReturns) {
  EXPECT_EQ(inferred<Tensor(Tensor, int64_t)>(), "(Tensor _0, int _1) -> Tensor _0");
  EXPECT_EQ(inferred<void()>(), "() -> ()");
  EXPECT_EQ(inferred<std::tuple<>(double)>(), "(float _0) -> ()");
  EXPECT_EQ((inferred<std::tuple<Tensor, int64_t>()>()), "() -> (Tensor _0, int _1)");
}

TEST(InferSchema, KnowsEachTypeOfTheSpecification) {
  EXPECT_EQ((inferred<void(const Tensor&, Tensor&, std::optional<Tensor>, TensorList, std::vector<Tensor>)>()),
            "(Tensor _0, Tensor _1, Tensor? _2, Tensor[] _3, Tensor[] _4) -> ()");
  EXPECT_EQ((inferred<void(int64_t, int8_t, std::optional<int64_t>, IntArrayRef, std::array<int64_t, 2>,
                           OptionalIntArrayRef, std::optional<IntArrayRef>)>()),
            "(int _0, int _1, int? _2, int[] _3, int[] _4, int[]? _5, int[]? _6) -> ()");
  EXPECT_EQ((inferred<void(double, ArrayRef<double>, bool, std::array<bool, 3>, std::complex<double>)>()),
            "(float _0, float[] _1, bool _2, bool[] _3, complex _4) -> ()");
  EXPECT_EQ((inferred<void(std::string, std::string_view, std::vector<std::string>, const Scalar&)>()),
            "(str _0, str _1, str[] _2, Scalar _3) -> ()");
  EXPECT_EQ((inferred<void(ScalarType, std::optional<Layout>, MemoryFormat, QScheme, Device, Generator)>()),
            "(ScalarType _0, Layout? _1, MemoryFormat _2, QScheme _3, Device _4, Generator? _5) -> ()");
  EXPECT_EQ((inferred<std::tuple<std::tuple<Tensor, Tensor>>(std::tuple<int64_t, bool>, Value)>()),
            "((int, bool) _0, Any _1) -> ((Tensor, Tensor) _0)");
  EXPECT_EQ((inferred<void(std::unordered_map<std::string, Tensor>, std::vector<std::optional<Tensor>>)>()),
            "(Dict(str, Tensor) _0, Tensor?[] _1) -> ()");
}

TEST(InferSchema, TakesEveryKindOfCallable) {
  const auto lambda = [](Tensor, double) {};
  int64_t state = 0;
  const auto stateful = [&state](Tensor) mutable { return ++state; };
  EXPECT_EQ(inferred<decltype(lambda)>(), "(Tensor _0, float _1) -> ()");
  EXPECT_EQ(inferred<decltype(stateful)>(), "(Tensor _0) -> int _0");
  EXPECT_EQ(inferred<Tensor (*)(Tensor) noexcept>(), "(Tensor _0) -> Tensor _0");
  // The keys of a call are no argument.
  EXPECT_EQ(inferred<void(DispatchKeySet, Tensor)>(), "(Tensor _0) -> ()");
}

TEST(InferSchema, LeavesOutTypesThatSchemasLack) {
  static_assert(internal::is_schema_type<double>::value && !internal::is_schema_type<float>::value);
  static_assert(internal::is_schema_type<int64_t>::value && !internal::is_schema_type<int32_t>::value);
  static_assert(!internal::is_schema_type<uint64_t>::value && !internal::is_schema_type<int16_t>::value);
  static_assert(!internal::is_schema_type<char>::value && !internal::is_schema_type<const char*>::value);
  static_assert(!internal::is_schema_type<void*>::value);
}

TEST(FindSchemaDifference, NamesTheFirstDifference) {
  EXPECT_EQ((difference<void(Tensor, int64_t)>("Tensor a")), "The number of arguments is different. 2 vs 1.");
  EXPECT_EQ(difference<void(Tensor)>("Tensor a", "Tensor"), "The number of returns is different. 0 vs 1.");
  EXPECT_EQ((difference<void(Tensor, int64_t)>("Tensor a, float b")), "Type mismatch in argument 2: int vs float.");
  EXPECT_EQ(difference<int64_t(Tensor)>("Tensor a", "float"), "Type mismatch in return 1: int vs float.");
  EXPECT_EQ(difference<void(std::optional<Tensor>)>("Tensor a"), "Type mismatch in argument 1: Tensor? vs Tensor.");
}

TEST(FindSchemaDifference, ComparesWhatAKernelSees) {
  EXPECT_EQ(
      (difference<Tensor(Tensor, IntArrayRef, Tensor)>("Tensor self, int[2] k=1, *, Tensor(a!) out", "Tensor(a!)")),
      "");
  EXPECT_EQ((difference<void(ScalarType, int64_t)>("int a, ScalarType b")), "");
  EXPECT_EQ((difference<void(int64_t, IntArrayRef)>("SymInt a, SymInt[] b")), "");
}

}  // namespace
}  // namespace spinel::registry
