// Every function of sparse matrices with arguments that are out of place: one invalid_argument that says what is wrong.
// GR-01, GR-04, GR-05, GR-07, GR-09.
#include "spinel/sparse/arithmetic.h"
#include "spinel/sparse/cat.h"
#include "spinel/sparse/functions.h"
#include "spinel/sparse/matmul.h"
#include "spinel/sparse/random_walk.h"
#include "spinel/sparse/saint.h"
#include "spinel/sparse/sample.h"
#include "tests/sparse/sparse_testing.h"

namespace spinel::sparse {
namespace {

using testing::HasSubstr;

struct BadCall {
  const char* what;
  std::function<void()> call;
  const char* message;  ///< a part of it
};

void expect_refused(const std::vector<BadCall>& calls) {
  for (const BadCall& one : calls) {
    SCOPED_TRACE(one.what);
    try {
      one.call();
      ADD_FAILURE() << "no error";
    } catch (const Error& error) {
      EXPECT_EQ(error.kind(), ErrorKind::invalid_argument);
      EXPECT_THAT(error.what(), HasSubstr(one.message));
    } catch (const std::exception& error) {
      ADD_FAILURE() << "no Error of ours: " << error.what();
    }
  }
}

const at::TensorOptions elsewhere = at::TensorOptions(at::kMeta);

SparseTensor graph(const at::Tensor& value = {}) {
  return SparseTensor({.row = longs({0, 1, 1, 2}), .col = longs({1, 0, 2, 1}), .value = value});
}
SparseTensor numbers() { return graph(at::tensor({1., 2., 3., 4.}, at::kDouble)); }
SparseTensor vectors() { return graph(at::ones({4, 3}, at::kDouble)); }

TEST(SparseBadInput, OfMaking) {
  const at::Tensor zeros = longs({0, 0}), far = at::empty({2}, elsewhere.dtype(at::kLong));
  expect_refused({
      {"row elsewhere", [&] { SparseTensor({.row = far, .col = zeros}); }, "row is on meta but col on cpu"},
      {"value elsewhere", [&] { SparseTensor({.row = zeros, .col = zeros, .value = far}); }, "value is on meta"},
      {"all elsewhere", [&] { SparseTensor({.row = far, .col = far}); }, "no indices to look at"},
      {"colptr elsewhere", [&] { SparseTensor({.row = zeros, .col = zeros, .colptr = far}); }, "colptr is on meta"},
      {"no edge_index", [] { SparseTensor::from_edge_index({}); }, "[2, edges]"},
      {"three rows",
       [] {
         SparseTensor::from_edge_index(at::zeros({3, 2}, at::kLong));
       },
       "the sizes [3, 2]"},
      {"floats",
       [] {
         SparseTensor::from_edge_index(at::zeros({2, 2}));
       },
       "Float; int64 is needed"},
      {"negative",
       [] {
         SparseTensor::from_edge_index(at::full({2, 2}, -1, at::kLong));
       },
       "row holds -1"},
      {"larger than the sizes",
       [] {
         SparseTensor::from_edge_index(at::full({2, 2}, 3, at::kLong), {}, {3, 4});
       },
       "the index 3"},
      {"a size that does not fit",
       [] {
         SparseTensor::from_edge_index(at::zeros({2, 2}, at::kLong), {}, {3, INT64_MAX});
       },
       "sparse_sizes has"},
      {"sparse as dense", [] { SparseTensor::from_dense(at::eye(3).to_sparse()); }, "a dense one"},
      {"dense without data",
       [&] {
         SparseTensor::from_dense(at::empty({2, 2}, elsewhere));
       },
       "a dense one with data"},
      {"batch of matrices",
       [] {
         SparseTensor::from_torch_sparse_csr_tensor(at::eye(2).expand({3, 2, 2}).to_sparse_csr());
       },
       "no matrix of that layout"},
      {"nothing as csc", [] { SparseTensor::from_torch_sparse_csc_tensor({}); }, "no matrix of that layout"},
      {"eye of all numbers", [] { SparseTensor::eye(INT64_MAX); }, "less than 2^63 - 1"},
      {"eye with negative columns", [] { SparseTensor::eye(2, -1); }, "must not be negative"},
  });
}

TEST(SparseBadInput, OfSelecting) {
  const SparseTensor a = numbers(), wide = vectors();
  const at::Tensor far = at::empty({2}, elsewhere.dtype(at::kLong)),
                   far_mask = at::empty({3}, elsewhere.dtype(at::kBool));
  expect_refused({
      {"index elsewhere", [&] { a.index_select(0, far); }, "index_select: the matrix is on cpu"},
      {"columns elsewhere", [&] { a.index_select(1, far); }, "move one"},
      {"entries elsewhere", [&] { a.index_select_nnz(far, Layout::coo); }, "index_select_nnz: the matrix is on cpu"},
      {"mask elsewhere", [&] { a.masked_select(0, far_mask); }, "masked_select: the matrix is on cpu"},
      {"int32", [&] { a.index_select(0, longs({0}).to(at::kInt)); }, "must be int64 with one dimension, but is Int"},
      {"undefined", [&] { a.index_select(0, {}); }, "undefined"},
      {"dimension of values", [&] { wide.index_select(2, longs({3})); }, "from 3 to 3; it must lie in [0, 3)"},
      {"negative of values",
       [&] {
         wide.index_select(-1, longs({-1, 0}));
       },
       "from -1 to 0"},
      {"values that are not there", [&] { graph().index_select(2, longs({0})); }, "dimension out of range"},
      {"undefined mask", [&] { a.masked_select_nnz({}, Layout::coo); }, "must be boolean with 4 elements"},
      {"list out of range",
       [&] {
         a[std::vector<int64_t>{0, 3}];
       },
       "index[1] is 3"},
      {"mask of another length", [&] { a[std::vector<bool>{true}]; }, "boolean with 3 elements"},
      {"value of other entries",
       [&] {
         a.set_value(longs({1, 2, 3}), Layout::csc);
       },
       "there are 4 entries"},
      {"value elsewhere", [&] { a.set_value(at::empty({4}, elsewhere), Layout::coo); }, "value is on meta"},
      {"resized beyond numbers",
       [&] {
         a.sparse_resize({INT64_MAX, 3});
       },
       "less than 2^63 - 1"},
      {"diagonal of vectors",
       [&] {
         a.set_diag(at::ones({3, 2}));
       },
       "the values have the sizes [3, 2]; [3] are needed"},
      {"diagonal of other vectors",
       [&] {
         wide.set_diag(at::ones({3, 2}));
       },
       "[3, 3] are needed"},
  });
}

TEST(SparseBadInput, OfArithmetic) {
  const SparseTensor a = numbers(), wide = vectors();
  const auto far = [](at::IntArrayRef sizes) { return at::empty(sizes, elsewhere.dtype(at::kDouble)); };
  expect_refused({
      {"dense elsewhere",
       [&] {
         a + far({3, 1});
       },
       "is on meta"},
      {"dense undefined", [&] { a* at::Tensor(); }, "the dense operand is undefined"},
      {"other vectors",
       [&] {
         wide* at::ones({3, 1, 2}, at::kDouble);
       },
       "the sizes [4, 3] and [4, 2] meet"},
      {"other vectors of entries",
       [&] {
         wide.add_nnz(at::ones({4, 2}), Layout::coo);
       },
       "[4, 3] and [4, 2] meet"},
      {"other vectors in both",
       [&] {
         wide* graph(at::ones({4, 2}, at::kDouble));
       },
       "meet"},
      {"mean of whole numbers",
       [&] {
         graph(longs({1, 2, 3, 4})).mean();
       },
       "type Long have no mean"},
      {"mean over vectors of whole numbers", [&] { wide.int64().mean(2); }, "have no mean"},
      {"greatest of no numbers",
       [&] {
         graph(at::ones({4, 0})).max(2);
       },
       "no element to reduce"},
      {"dimension of a reduction", [&] { a.sum(-3); }, "range of [-2, 1]"},
      {"factor elsewhere",
       [&] {
         a.matmul(far({3, 2}));
       },
       "Strided on meta; a dense tensor on cpu"},
      {"sparse as dense", [&] { a.matmul(at::eye(3, at::kDouble).to_sparse()); }, "Sparse on cpu"},
      {"factor of four dimensions",
       [&] {
         a.matmul(at::ones({1, 1, 3, 2}, at::kDouble));
       },
       "4 dimensions"},
      {"vector of another length", [&] { a.matmul(at::ones({4}, at::kDouble)); }, "3 columns and the dense factor 4"},
      {"vectors times sparse", [&] { wide.matmul(a); }, "one number an entry is needed"},
      {"index of transpose",
       [] {
         transpose(longs({1, 2}), {}, 2, 2);
       },
       "transpose: index has the sizes [2]"},
      {"index of coalesce",
       [] {
         coalesce(at::zeros({3, 2}, at::kLong), {}, 2, 2);
       },
       "the sizes [3, 2]"},
      {"sizes of spadd",
       [&] {
         spadd(longs({0, 3}).view({2, 1}), {}, longs({0, 0}).view({2, 1}), {}, 2, 2);
       },
       "index 3"},
  });
}

TEST(SparseBadInput, OfJoining) {
  const SparseTensor a = numbers(), wide = vectors();
  const SparseTensor other(
      {.row = longs({0, 1, 1, 2}), .col = longs({1, 0, 1, 1}), .value = a.storage().value(), .sparse_sizes = {3, 3}});
  const SparseTensor huge({.row = longs({}), .col = longs({}), .sparse_sizes = {INT64_MAX - 1, INT64_MAX - 1}});
  expect_refused({
      {"numbers and vectors",
       [&] {
         cat({a, wide}, 0);
       },
       "the sizes [4] and [4, 3]"},
      {"numbers and vectors beside",
       [&] {
         cat({a, wide}, 1);
       },
       "in the others they must agree"},
      {"numbers and vectors in blocks",
       [&] {
         cat_diag({wide, a});
       },
       "the sizes [4, 3] and [4]"},
      {"other places",
       [&] {
         cat({a.set_value(at::ones({4, 1}), Layout::coo), other.set_value(at::ones({4, 1}), Layout::coo)}, 2);
       },
       "must have one pattern"},
      {"rows beyond numbers",
       [&] {
         cat({huge, huge}, 0);
       },
       "63 bits"},
      {"columns beyond numbers",
       [&] {
         cat({huge, huge}, 1);
       },
       "63 bits"},
      {"blocks beyond numbers",
       [&] {
         cat_diag({huge, huge});
       },
       "63 bits"},
  });
}

TEST(SparseBadInput, OfGraphFunctions) {
  const SparseTensor a = numbers();
  const at::Tensor narrow = longs({0}).to(at::kInt);
  expect_refused({
      {"start of another type", [&] { random_walk(a, narrow, 2); }, "start is int32"},
      {"negative length", [&] { random_walk(a, longs({0}), -1); }, "walk_length is -1"},
      {"p of 0", [&] { node2vec_walk(a, longs({0}), 2, 0, 1); }, "p is 0"},
      {"q of nothing", [&] { node2vec_walk(a, longs({0}), 2, 1, std::nan("")); }, "q is nan"},
      {"subset in two dimensions",
       [&] {
         sample(a, 2, longs({0}).view({1, 1}));
       },
       "subset has 2 dimensions"},
      {"negative count", [&] { sample(a, -1); }, "num_neighbors is -1"},
      {"subset out of range", [&] { sample_adj(a, longs({3}), 1); }, "idx[0] is 3"},
      {"nodes of saint as floats", [&] { saint_subgraph(a, at::zeros({1})); }, "node_idx is float32"},
      {"input node out of range", [&] { neighbor_sample(a, longs({-1}), {1}); }, "input_node[0] is -1"},
      {"negative depth", [&] { ego_k_hop_sample_adj(a, longs({0}), -1, 1); }, "depth is -1"},
  });
}

}  // namespace
}  // namespace spinel::sparse
