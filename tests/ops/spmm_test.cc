#include "spinel/ops/spmm.h"

#include <gmock/gmock.h>

#include "spinel/base/error.h"
#include "spinel/hosts/plain/operators.h"
#include "spinel/hosts/plain/plain_tensor.h"
#include "spinel/ops/spmm_operands.h"
#include "spinel/registry/binder.h"
#include "spinel/registry/dispatcher.h"
#include "tests/support/errors.h"

namespace spinel::ops {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

Stack call(const char* name, std::vector<Value> arguments) {
  plain::register_operators();
  const auto handle = registry::Dispatcher::singleton().find_schema({std::string("spinel::") + name, ""});
  Stack stack = registry::bind_host(*handle->schema(), arguments);
  handle->call_boxed(stack);
  return stack;
}

template <typename T>
Tensor tensor(const std::vector<T>& numbers, std::vector<int64_t> sizes = {}) {
  const auto dtype = std::is_same_v<T, float>     ? ScalarType::float32
                     : std::is_same_v<T, int64_t> ? ScalarType::int64
                                                  : ScalarType::int32;
  if (sizes.empty()) sizes = {static_cast<int64_t>(numbers.size())};
  const Tensor x = plain::empty(std::move(sizes), dtype);
  std::copy(numbers.begin(), numbers.end(), static_cast<T*>(x.data()));
  return x;
}

template <typename T>
std::vector<T> numbers(const Value& value) {
  const Tensor x = value.to_tensor();
  const auto* data = static_cast<const T*>(x.data());
  return {data, data + x.numel()};
}

/// [[1, 0, 2], [0, 0, 0], [3, 4, 5]]
struct Example {
  Tensor rowptr = tensor<int64_t>({0, 2, 2, 5}), col = tensor<int64_t>({0, 2, 0, 1, 2});
  Tensor value = tensor<float>({1, 2, 3, 4, 5}), mat = tensor<float>({1, 10, 2, 20, 4, 40}, {3, 2});
};

TEST(PlainSpmm, SumsWithAndWithoutValues) {
  const Example a;
  const Value none;
  const Stack weighted = call("spmm_sum", {none, a.rowptr, a.col, a.value, none, none, a.mat});
  EXPECT_THAT(numbers<float>(weighted[0]), ElementsAre(9, 90, 0, 0, 31, 310));
  const Stack mean = call("spmm_mean", {none, a.rowptr, a.col, none, none, none, none, a.mat});
  EXPECT_THAT(numbers<float>(mean[0]), ElementsAre(2.5f, 25, 0, 0, 7.f / 3, 70.f / 3));
  const Stack most = call("spmm_max", {a.rowptr, a.col, none, a.mat});
  EXPECT_THAT(numbers<float>(most[0]), ElementsAre(4, 40, 0, 0, 4, 40));
  EXPECT_THAT(numbers<int64_t>(most[1]), ElementsAre(1, 1, 5, 5, 4, 4));
  EXPECT_THAT(numbers<float>(call("spmm", {a.rowptr, a.col, none, a.mat, "min"})[0]), ElementsAre(1, 10, 0, 0, 1, 10));
}

TEST(PlainSpmm, SamplesAndMultiplies) {
  const Example a;
  const Value none;
  const Stack sampled = call("sampled_product", {a.rowptr, a.col, a.mat, a.mat});
  EXPECT_THAT(numbers<float>(sampled[0]), ElementsAre(101, 404, 404, 808, 1616));
  const Stack square = call("spspmm_csr", {a.rowptr, a.col, a.value, a.rowptr, a.col, a.value, 3});
  EXPECT_THAT(numbers<int64_t>(square[0]), ElementsAre(0, 3, 3, 6));
  EXPECT_THAT(numbers<int64_t>(square[1]), ElementsAre(0, 1, 2, 0, 1, 2));
  EXPECT_THAT(numbers<float>(square[2]), ElementsAre(7, 8, 12, 18, 20, 31));
}

// The derivative by the matrix without an order of columns, and with one: the same numbers.
TEST(PlainSpmm, ComputesTheOrderOfColumnsWhereItIsNotGiven) {
  const Example a;
  const Value none, sizes = registry::make_list_value({3, 2});
  const Tensor row = tensor<int64_t>({0, 0, 2, 2, 2}), colptr = tensor<int64_t>({0, 2, 3, 5});
  const Tensor csr2csc = tensor<int64_t>({0, 2, 3, 1, 4});
  const std::vector<std::vector<Value>> orders = {
      {none, none, none}, {row, none, none}, {none, colptr, csr2csc}, {row, colptr, csr2csc}};
  for (const auto& order : orders) {
    const Stack found =
        call("_spmm_transposed", {a.mat, a.rowptr, a.col, a.value, order[0], order[1], order[2], sizes, false});
    EXPECT_THAT(numbers<float>(found[0]), ElementsAre(13, 130, 16, 160, 22, 220));
    const Stack mean =
        call("_spmm_transposed", {a.mat, a.rowptr, a.col, none, order[0], order[1], order[2], sizes, true});
    EXPECT_THAT(numbers<float>(mean[0]), ElementsAre(testing::FloatEq(0.5f + 4.f / 3), testing::FloatEq(5 + 40.f / 3),
                                                     testing::FloatEq(4.f / 3), testing::FloatEq(40.f / 3),
                                                     testing::FloatEq(0.5f + 4.f / 3), testing::FloatEq(5 + 40.f / 3)));
  }
}

// With the transposed matrix at hand: both products, which are each other's derivative.
TEST(PlainSpmm, MultipliesByAPairOfMatrices) {
  const Example a;
  const Value none;
  const Tensor colptr = tensor<int64_t>({0, 2, 3, 5}), row = tensor<int64_t>({0, 2, 2, 0, 2});
  const Tensor value_t = tensor<float>({1, 3, 4, 2, 5});
  const Stack product = call("_spmm_paired", {a.mat, a.rowptr, a.col, a.value, colptr, row, value_t});
  EXPECT_THAT(numbers<float>(product[0]), ElementsAre(9, 90, 0, 0, 31, 310));
  const Stack back = call("_spmm_paired", {a.mat, colptr, row, value_t, a.rowptr, a.col, a.value});
  EXPECT_THAT(numbers<float>(back[0]), ElementsAre(13, 130, 16, 160, 22, 220));
  const Stack ones = call("_spmm_paired", {a.mat, a.rowptr, a.col, none, colptr, row, none});
  EXPECT_THAT(numbers<float>(ones[0]), ElementsAre(5, 50, 0, 0, 7, 70));
}

TEST(PlainSpmm, ComputesTheOrderOfNoEntries) {
  const Value none, sizes = registry::make_list_value({3, 1});
  const Tensor rowptr = tensor<int64_t>({0, 0, 0}), col = tensor<int64_t>({}, {0}),
               grad = tensor<float>({1, 2}, {2, 1});
  const Stack found = call("_spmm_transposed", {grad, rowptr, col, none, none, none, none, sizes, false});
  EXPECT_THAT(numbers<float>(found[0]), ElementsAre(0, 0, 0));
}

TEST(CsrTensors, RefusesListsThatDoNotFit) {
  const Example a;
  const Host& host = plain::host();
  const auto message = [&](const Tensor& row, const Tensor& colptr, const Tensor& csr2csc) {
    return std::string(error_of([&] {
                         read_csc(host, read_csr(host, {.op = "f"}, a.rowptr, a.col, {}, ScalarType::float32), row,
                                  colptr, csr2csc, 3);
                       }).what());
  };
  EXPECT_THAT(message(tensor<int64_t>({1}), {}, {}), HasSubstr("f: row has 1 elements; 5 are needed"));
  EXPECT_THAT(message({}, tensor<int64_t>({0, 5}), a.col), HasSubstr("f: colptr has 2 elements; 4 are needed"));
  EXPECT_THAT(message({}, a.rowptr, tensor<int32_t>({0, 1, 2, 3, 4})), HasSubstr("f: csr2csc is int32"));
  EXPECT_THAT(error_of([&] { pointed_rows("f", spec_of(tensor<int64_t>({}, {0}))); }).what(),
              HasSubstr("f: rowptr is empty"));
  EXPECT_THAT(error_of([&] { read_dense(host, "f", "x", a.mat, 4); }).what(),
              HasSubstr("f: x has 3 rows; 4 are needed"));
}

}  // namespace
}  // namespace spinel::ops
