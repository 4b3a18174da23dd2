#include "spinel/ops/sparse_operands.h"

#include <gmock/gmock.h>

#include "tests/ops/graph_call.h"

namespace spinel::ops {
namespace {

using testing::ElementsAre;

const Host& host() { return plain::host(); }

template <typename Action>
std::string message_of(Action&& action) {
  return error_of(action).what();
}

TEST(IndexArray, ReadsBothTypes) {
  const IndexArray wide(host(), vector_of({3, 1}), "op", "list"), narrow(host(), narrow_of({3, 1}), "op", "list");
  EXPECT_EQ(wide.index(), Dtype::i64);
  EXPECT_EQ(narrow.index(), Dtype::i32);
  EXPECT_THAT(wide.span<int64_t>(), ElementsAre(3, 1));
  EXPECT_THAT(narrow.span<int32_t>(), ElementsAre(3, 1));
  EXPECT_EQ(wide.at(0), 3);
  EXPECT_EQ(narrow.at(1), 1);
  EXPECT_FALSE(IndexArray().is_given());
}

TEST(IndexArray, HasNoGaps) {
  int32_t numbers[] = {1, -1, 2, -1, 3};
  const Tensor strided = plain::from_blob(numbers, {3}, {.strides = {2}, .dtype = ScalarType::int32});
  EXPECT_THAT(IndexArray(host(), strided, "op", "list").span<int32_t>(), ElementsAre(1, 2, 3));
}

TEST(IndexArray, RefusesWhatIsNoListOfIndices) {
  const auto refused = [](const Tensor& tensor) {
    return message_of([&] { IndexArray(host(), tensor, "op", "list"); });
  };
  EXPECT_EQ(refused({}), "op: list is undefined; a tensor is needed");
  EXPECT_EQ(refused(plain::empty({2})), "op: list is float32; indices are int32 or int64");
  EXPECT_EQ(refused(plain::empty({2}, ScalarType::boolean)), "op: list is bool; indices are int32 or int64");
  EXPECT_EQ(refused(plain::empty({2, 2}, ScalarType::int64)), "op: list has 2 dimensions; 1 is needed");
  EXPECT_EQ(refused(plain::empty({}, ScalarType::int32)), "op: list has 0 dimensions; 1 is needed");
  int32_t nothing = 0;  // is not read
  EXPECT_EQ(refused(plain::from_blob(&nothing, {int64_t{1} << 31}, {.dtype = ScalarType::int32})),
            "op: list has 2147483648 elements, more than int32 counts; int64 is needed");
}

TEST(IndexArray, RefusesAnotherTypeAndSize) {
  const IndexArray first(host(), vector_of({0}), "op", "first");
  EXPECT_EQ(message_of([&] { IndexArray(host(), narrow_of({0}), "op", "second", first); }),
            "op: second is int32 but first is int64; all indices must have one type");
  first.require_size(1);
  EXPECT_EQ(message_of([&] { first.require_size(4); }), "op: first has 1 elements; 4 are needed");
}

TEST(IndexArray, NamesAnUnsoundElement) {
  const IndexArray list(host(), narrow_of({0, 7}), "op", "list");
  list.require_sound(kernels::all_sound, 7, "rows");
  list.require_permutation(kernels::all_sound);
  EXPECT_EQ(message_of([&] { list.require_sound(1, 7, "rows"); }),
            "op: list[1] is 7 but there are 7 rows; it must lie in [0, 7)");
  EXPECT_EQ(message_of([&] { list.require_permutation(1); }),
            "op: list[1] is 7; each number of [0, 2) must be there once");
}

TEST(PointerArray, RisesToTheNumberOfEntries) {
  EXPECT_EQ(PointerArray(host(), narrow_of({0, 2, 2}), 2, "op", "ptr").rows(), 2);
  const auto refused = [](const Tensor& tensor) {
    return message_of([&] { PointerArray(host(), tensor, 3, "op", "ptr"); });
  };
  EXPECT_EQ(refused(vector_of({})), "op: ptr is empty; it must have one element more than there are rows");
  EXPECT_EQ(refused(vector_of({0, 2})), "op: ptr goes from 0 to 2; it must rise from 0 to 3, the number of entries");
  EXPECT_EQ(refused(narrow_of({0, 4, 3})),
            "op: ptr gives row 1 the entries [4, 3); it must rise from 0 to 3, the number of entries");
}

TEST(CsrArrays, AreAsKernelsTakeThem) {
  const CsrArrays arrays(host(), narrow_of({0, 2, 3}), narrow_of({4, 1, 0}), {"op", "colptr", "row", "rows"});
  EXPECT_EQ(arrays.rows(), 2);
  EXPECT_EQ(arrays.entries(), 3);
  EXPECT_EQ(arrays.dtype(), ScalarType::int32);
  const auto graph = arrays.graph<int32_t>();
  EXPECT_EQ(graph.num_cols, 2);
  EXPECT_EQ(arrays.graph<int32_t>(5).column(0), 4);
  EXPECT_EQ(graph.row(0).size(), 2);
  const kernels::CsrOperand operand = arrays.operand(5, nullptr);
  EXPECT_EQ(operand.index, Dtype::i32);
  EXPECT_EQ(operand.columns, 5);
  EXPECT_STREQ(operand.names.indices, "row");
}

TEST(CsrArrays, RefuseMixedTypesAndNoPointers) {
  const auto refused = [](const Tensor& pointers, const Tensor& indices) {
    return message_of([&] { CsrArrays(host(), pointers, indices, {.op = "op"}); });
  };
  EXPECT_EQ(refused(narrow_of({0, 1}), vector_of({0})),
            "op: col is int64 but rowptr is int32; all indices must have one type");
  EXPECT_EQ(refused(narrow_of({}), narrow_of({})),
            "op: rowptr is empty; it must have one element more than there are rows");
  const CsrArrays arrays(host(), vector_of({0, 1}), vector_of({0}), {.op = "op"});
  EXPECT_EQ(message_of([&] { arrays.list(host(), narrow_of({0}), "idx"); }),
            "op: idx is int32 but rowptr is int64; all indices must have one type");
}

TEST(EntryArrays, LieWithinAndInOrder) {
  const EntryArrays entries(host(), narrow_of({0, 0, 2}), narrow_of({1, 1, 0}), "op");
  entries.require_within(host(), 3, 2);
  entries.require_order(host(), kernels::CooOrder::entries, "");
  EXPECT_EQ(message_of([&] { entries.require_within(host(), 2, 2); }),
            "op: rows go from 0 to 2; they must lie in [0, 2)");
  EXPECT_EQ(message_of([&] { entries.require_within(host(), 3, 1); }),
            "op: columns go from 0 to 1; they must lie in [0, 1)");
  EXPECT_EQ(message_of([&] { entries.require_order(host(), kernels::CooOrder::distinct, "_a"); }),
            "op: row_a and col_a are not sorted by row, then column without duplicates; sort them first");
  EXPECT_EQ(message_of([] { EntryArrays(host(), narrow_of({0}), narrow_of({}), "op"); }),
            "op: there are 1 rows and 0 columns; each entry has one of both");
  EXPECT_EQ(message_of([] { EntryArrays(host(), narrow_of({0}), vector_of({0}), "op"); }),
            "op: col is int64 but row is int32; all indices must have one type");
  EXPECT_EQ(message_of([&] { entries.require_alike(EntryArrays(host(), vector_of({}), vector_of({}), "op")); }),
            "op: the lists are int32 and int64; all indices must have one type");
  EntryArrays(host(), vector_of({}), vector_of({}), "op").require_within(host(), 0, 0);
}

TEST(PointedRows, AreOneLess) {
  EXPECT_EQ(pointed_rows("op", spec_of(vector_of({0, 1, 1}))).value(), 2);
  EXPECT_EQ(message_of([] {
              pointed_rows("op", spec_of(plain::empty({1, 2})), "ptr");
            }),
            "op: ptr has 2 dimensions; 1 is needed");
  EXPECT_EQ(message_of([] { pointed_rows("op", spec_of(vector_of({})), "ptr"); }),
            "op: ptr is empty; it must have one element more than there are rows");
}

}  // namespace
}  // namespace spinel::ops
