#include "spinel/sparse/cat.h"

#include <ATen/ATen.h>

#include <algorithm>

#include "spinel/base/error.h"

namespace spinel::sparse {
namespace {

/// Tensors of one kind of all matrices: joined if none lacks it.
class Joined {
 public:
  void add(const at::Tensor& tensor, int64_t offset = 0) {
    if (!tensor.defined()) complete_ = false;
    else parts_.push_back(offset == 0 ? tensor : tensor + offset);
  }
  /// Pointers go on where those of the matrices before end.
  void add_pointers(const at::Tensor& ptr, int64_t offset) {
    if (!ptr.defined()) return add(ptr);
    add(parts_.empty() ? ptr : ptr.slice(0, 1), offset);
  }
  at::Tensor get() const { return complete_ ? at::cat(parts_) : at::Tensor(); }

 private:
  std::vector<at::Tensor> parts_;
  bool complete_ = true;
};

void check_tensors(const std::vector<SparseTensor>& tensors) {
  require(!tensors.empty(), "cat: there is no matrix; at least one is needed");
  const SparseTensor& first = tensors.front();
  for (const SparseTensor& tensor : tensors) {
    require(tensor.device() == first.device(), "cat: matrices are on {} and {}; move them to one device",
            first.device().str(), tensor.device().str());
  }
}

bool same_pattern(const SparseTensor& a, const SparseTensor& b) {
  if (a.storage().pattern() == b.storage().pattern()) return true;
  return a.sparse_sizes() == b.sparse_sizes() && at::equal(a.storage().row(), b.storage().row()) &&
         at::equal(a.storage().col(), b.storage().col());
}

/// Values that are joined along a dimension of theirs agree in the others.
void check_values(const std::vector<SparseTensor>& tensors, int64_t dim) {
  const auto others = [&](const SparseTensor& a) {
    std::vector<int64_t> sizes = a.storage().value().sizes().vec();
    if (dim < static_cast<int64_t>(sizes.size())) sizes.erase(sizes.begin() + dim);
    return sizes;
  };
  if (!std::all_of(tensors.begin(), tensors.end(), [](const SparseTensor& a) { return a.has_value(); })) return;
  const at::Tensor& first = tensors.front().storage().value();
  for (const SparseTensor& tensor : tensors) {
    const at::Tensor& value = tensor.storage().value();
    require(value.dim() == first.dim() && others(tensor) == others(tensors.front()),
            "cat: values of the sizes {} and {} are joined along dimension {}; in the others they must agree",
            sizes_text(first.sizes()), sizes_text(value.sizes()), dim);
  }
}

/// The sum of sizes that are joined.
int64_t joined_size(int64_t a, int64_t b) {
  int64_t sum = 0;
  require(!__builtin_add_overflow(a, b, &sum) && sum < INT64_MAX,
          "cat: matrices of {} and {} rows or columns are joined; their sum must be a number of 63 bits", a, b);
  return sum;
}

/// The order of joined rows: of distinct entries if all are.
int64_t common_order(const std::vector<SparseTensor>& tensors) {
  const auto known = [](const SparseTensor& a) { return a.storage().pattern()->known_order(); };
  int64_t least = known(tensors.front());
  for (const SparseTensor& tensor : tensors) least = std::min(least, known(tensor));
  return least;
}

SparseTensor cat_rows(const std::vector<SparseTensor>& tensors) {
  check_values(tensors, 0);
  Joined row, rowptr, col, value, rowcount;
  SparseSizes sizes{0, 0};
  int64_t nnz = 0;
  for (const SparseTensor& tensor : tensors) {
    const PatternTensors part = tensor.storage().pattern()->tensors();
    row.add(part.row, sizes[0]);
    rowptr.add_pointers(part.rowptr, nnz);
    col.add(part.col);
    value.add(tensor.storage().value());
    rowcount.add(part.rowcount);
    sizes = {joined_size(sizes[0], tensor.sparse_size(0)), std::max(sizes[1], tensor.sparse_size(1))};
    nnz += tensor.nnz();
  }
  PatternTensors joined{.row = row.get(), .rowptr = rowptr.get(), .col = col.get(), .rowcount = rowcount.get()};
  if (!joined.row.defined() && !joined.rowptr.defined()) {
    Joined made;
    int64_t rows = 0;
    for (const SparseTensor& tensor : tensors) {
      made.add(tensor.storage().row(), rows);
      rows += tensor.sparse_size(0);
    }
    joined.row = made.get();
  }
  return trusted(std::move(joined), sizes, value.get(), common_order(tensors));
}

SparseTensor cat_columns(const std::vector<SparseTensor>& tensors) {
  check_values(tensors, 0);
  Joined row, col, value, colptr, colcount;
  SparseSizes sizes{0, 0};
  int64_t nnz = 0;
  for (const SparseTensor& tensor : tensors) {
    const PatternTensors part = tensor.storage().pattern()->tensors();
    row.add(tensor.storage().row());
    col.add(part.col, sizes[1]);
    value.add(tensor.storage().value());
    colptr.add_pointers(part.colptr, nnz);
    colcount.add(part.colcount);
    sizes = {std::max(sizes[0], tensor.sparse_size(0)), joined_size(sizes[1], tensor.sparse_size(1))};
    nnz += tensor.nnz();
  }
  const SparseTensor joined = trusted(
      {.row = row.get(), .col = col.get(), .colptr = colptr.get(), .colcount = colcount.get()}, sizes, value.get(), -1);
  return SparseTensor(joined.storage().sorted());
}

}  // namespace

SparseTensor cat_diag(const std::vector<SparseTensor>& tensors) {
  check_tensors(tensors);
  check_values(tensors, 0);
  Joined row, rowptr, col, value, rowcount, colptr, colcount, csr2csc, csc2csr;
  SparseSizes sizes{0, 0};
  int64_t nnz = 0;
  bool all_rowptr = true;
  for (const SparseTensor& tensor : tensors) {
    all_rowptr = all_rowptr && tensor.storage().has_rowptr();
  }
  for (const SparseTensor& tensor : tensors) {
    const PatternTensors part = tensor.storage().pattern()->tensors();
    // Rows are made where not all have pointers, so that one of both is there.
    row.add(part.row.defined() || all_rowptr ? part.row : tensor.storage().row(), sizes[0]);
    rowptr.add_pointers(part.rowptr, nnz);
    col.add(part.col, sizes[1]);
    value.add(tensor.storage().value());
    rowcount.add(part.rowcount);
    colptr.add_pointers(part.colptr, nnz);
    colcount.add(part.colcount);
    csr2csc.add(part.csr2csc, nnz);
    csc2csr.add(part.csc2csr, nnz);
    sizes = {joined_size(sizes[0], tensor.sparse_size(0)), joined_size(sizes[1], tensor.sparse_size(1))};
    nnz += tensor.nnz();
  }
  return trusted({.row = row.get(),
                  .rowptr = rowptr.get(),
                  .col = col.get(),
                  .rowcount = rowcount.get(),
                  .colptr = colptr.get(),
                  .colcount = colcount.get(),
                  .csr2csc = csr2csc.get(),
                  .csc2csr = csc2csr.get()},
                 sizes, value.get(), common_order(tensors));
}

SparseTensor cat(const std::vector<SparseTensor>& tensors, int64_t dim) {
  check_tensors(tensors);
  dim = wrapped_dim(dim, tensors.front().dim(), "cat");
  if (dim == 0) return cat_rows(tensors);
  if (dim == 1) return cat_columns(tensors);
  std::vector<at::Tensor> values;
  for (const SparseTensor& tensor : tensors) {
    require(tensor.has_value() && tensor.nnz() == tensors.front().nnz(),
            "cat: a matrix with {} entries is joined with one of {} along values; both need values for one pattern",
            tensors.front().nnz(), tensor.nnz());
    require(same_pattern(tensor, tensors.front()),
            "cat: matrices with entries in different places are joined along values; they must have one pattern");
    values.push_back(tensor.storage().value());
  }
  check_values(tensors, dim - 1);
  return tensors.front().set_value(at::cat(values, dim - 1), Layout::coo);
}

SparseTensor cat(const std::vector<SparseTensor>& tensors, const std::vector<int64_t>& dims) {
  if (dims.size() == 1) return cat(tensors, dims[0]);
  const bool both = dims.size() == 2 && std::min(dims[0], dims[1]) == 0 && std::max(dims[0], dims[1]) == 1;
  require(both, "cat: the dimensions are {}; 0 and 1 together, or one alone, are possible", sizes_text(dims));
  return cat_diag(tensors);
}

}  // namespace spinel::sparse
