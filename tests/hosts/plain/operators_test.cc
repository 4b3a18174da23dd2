#include "spinel/hosts/plain/operators.h"

#include <gmock/gmock.h>

#include <numeric>

#include "spinel/base/error.h"
#include "spinel/hosts/plain/plain_tensor.h"
#include "spinel/registry/binder.h"
#include "spinel/registry/call_error.h"
#include "spinel/registry/dispatcher.h"

namespace spinel::plain {
namespace {

using registry::Stack;
using registry::Tensor;
using registry::Value;
using testing::ElementsAre;
using testing::HasSubstr;

Value ints(std::vector<Value> numbers) { return registry::make_list_value(std::move(numbers)); }

Stack call(const char* name, std::vector<Value> positional, const registry::Keywords& keywords = {}) {
  register_operators();
  const auto handle = registry::Dispatcher::singleton().find_schema({std::string("spinel::") + name, ""});
  Stack stack = registry::bind_host(*handle->schema(), positional, keywords);
  handle->call_boxed(stack);
  return stack;
}

/// 0, 1, 2, … in the order of memory.
Tensor ascending(std::vector<int64_t> sizes) {
  const Tensor x = empty(std::move(sizes));
  auto* data = static_cast<float*>(x.data());
  std::iota(data, data + x.numel(), 0.0f);
  return x;
}

std::vector<float> numbers(const Tensor& x) {
  const auto* data = static_cast<const float*>(x.data());
  return {data, data + x.numel()};
}

std::vector<int64_t> sizes(const Tensor& x) { return {x.sizes().begin(), x.sizes().end()}; }

TEST(PlainOperators, PoolWithIndices) {
  const Stack results =
      call("max_pool2d_with_indices", {ascending({1, 1, 4, 4}), ints({2}), ints({1})}, {{"dilation", ints({2})}});
  ASSERT_EQ(results.size(), 2u);
  const Tensor y = results[0].to_tensor(), index = results[1].to_tensor();
  EXPECT_THAT(sizes(y), ElementsAre(1, 1, 2, 2));
  EXPECT_THAT(numbers(y), ElementsAre(10, 11, 14, 15));
  ASSERT_EQ(index.scalar_type(), registry::ScalarType::int64);
  EXPECT_EQ(static_cast<const int64_t*>(index.data())[3], 15);
}

TEST(PlainOperators, KeepChannelsLast) {
  const Tensor x = empty({1, 4, 4, 3});
  auto* data = static_cast<float*>(x.data());
  std::iota(data, data + 48, 0.0f);
  const Tensor view = from_blob(data, {1, 3, 4, 4}, {.strides = {48, 1, 12, 3}, .deleter = [x](void*) {}});
  const Tensor y = call("max_pool2d", {view, ints({2})})[0].to_tensor();
  EXPECT_THAT(sizes(y), ElementsAre(1, 3, 2, 2));
  EXPECT_THAT((std::vector<int64_t>{y.strides().begin(), y.strides().end()}), ElementsAre(12, 1, 6, 3));
  EXPECT_EQ(static_cast<const float*>(y.data())[0], 15);
}

TEST(PlainOperators, DerivativesAreOperatorsToo) {
  const Value window = ints({0, 2, 2, 1, 0, 0});
  const Tensor x = ascending({1, 1, 4});
  const Stack forward = call("_max_pool", {x, window, 3});
  const Tensor dy = ascending({1, 1, 2});
  const Tensor dx = call("_max_pool_backward", {dy, forward[1], ints({1, 1, 4}), window})[0].to_tensor();
  EXPECT_THAT(numbers(dx), ElementsAre(0, 0, 0, 1));
  const Tensor back = call("_max_pool_gather", {x, forward[1], window})[0].to_tensor();
  EXPECT_THAT(numbers(back), ElementsAre(1, 3));
}

TEST(PlainOperators, PaddleStyleDependsOnLengthsForSame) {
  const Tensor x = ascending({1, 1, 5});
  const Stack results = call("paddle_max_pool1d", {x, ints({3})}, {{"stride", ints({2})}, {"padding_name", "same"}});
  ASSERT_EQ(results.size(), 1u);
  EXPECT_THAT(numbers(results[0].to_list().items[0].to_tensor()), ElementsAre(1, 3, 4));
}

Tensor indices(std::vector<int64_t> numbers) {
  const Tensor x = empty({static_cast<int64_t>(numbers.size())}, registry::ScalarType::int64);
  std::copy(numbers.begin(), numbers.end(), static_cast<int64_t*>(x.data()));
  return x;
}

TEST(PlainOperators, ConvolveAlongEdges) {
  const Tensor x = ascending({3, 2}), w = ascending({2, 2});
  // Edges 0 ← 1 and 0 ← 2; the second atom gets nothing.
  const Tensor y = call("cfconv", {x, w, indices({0, 0}), indices({1, 2})})[0].to_tensor();
  EXPECT_THAT(numbers(y), ElementsAre(2 * 0 + 4 * 2, 3 * 1 + 5 * 3, 0, 0, 0, 0));
  const Tensor product = call("edge_product", {x, x, indices({0, 2}), indices({1, 2})})[0].to_tensor();
  EXPECT_THAT(numbers(product), ElementsAre(0, 3, 16, 25));
  EXPECT_THROW(call("cfconv", {x, w, indices({0, 3}), indices({1, 2})}), Error);
  EXPECT_THROW(call("cfconv", {x, w, indices({0, -1}), indices({1, 2})}), Error);
  EXPECT_THROW(call("cfconv", {x, w, indices({0}), indices({1, 2})}), Error);
}

TEST(PlainOperators, FindNeighbors) {
  const Tensor positions = zeros({2, 3}), cell = zeros({3, 3});
  static_cast<float*>(positions.data())[5] = 1.5f;
  const Value open = registry::make_list_value({false, false, false});
  Stack results = call("neighbor_list", {positions, cell, open, 2.0});
  ASSERT_EQ(results.size(), 2u);
  EXPECT_THAT(sizes(results[0].to_tensor()), ElementsAre(2, 2));
  EXPECT_THAT(sizes(results[1].to_tensor()), ElementsAre(2, 3));
  results = call("neighbor_list", {positions, cell, open, 1.5});
  EXPECT_THAT(sizes(results[0].to_tensor()), ElementsAre(2, 0));
  results = call("neighbor_list", {positions, cell, open, 1.5}, {{"closed", true}, {"half", true}});
  EXPECT_THAT(sizes(results[0].to_tensor()), ElementsAre(2, 1));
  EXPECT_THROW(call("neighbor_list", {positions, cell, open, 0.0}), Error);
  EXPECT_THROW(call("neighbor_list", {positions, positions, open, 1.0}), Error);
}

TEST(PlainOperators, SayWhatIsWrong) {
  try {
    call("max_pool1d", {empty({1, 1, 4}, registry::ScalarType::boolean), ints({2})});
    FAIL();
  } catch (const registry::CallError& error) {
    EXPECT_EQ(error.error_class(), registry::ErrorClass::not_implemented);
    EXPECT_STREQ(error.what(), "\"max_pool1d\" not implemented for 'bool'");
  }
  EXPECT_THROW(call("max_pool1d", {ascending({1, 1, 4}), ints({0})}), Error);
  EXPECT_THROW(call("_max_pool", {ascending({1, 1, 4}), ints({0, 2}), 0}), Error);
  EXPECT_THROW(call("_max_pool", {ascending({1, 1, 4}), ints({0, 2, 2, 1, 0, 0}), 4}), Error);
}

}  // namespace
}  // namespace spinel::plain
