// The sparse matrix of graph learning, with torch_sparse's SparseTensor's functions.
#pragma once

#include <ATen/core/Tensor.h>

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>
#include <vector>

#include "spinel/sparse/index.h"
#include "spinel/sparse/storage.h"

namespace spinel::sparse {

/// A sparse matrix [M, N] whose entries may be numbers or tensors: value [nnz, …], sizes [M, N, …]; without values each
/// entry counts as 1. Gradients flow through values. Immutable as its storage: functions whose names end in '_' change
/// this handle alone. Every argument that is out of place is one invalid_argument.
class SparseTensor {
 public:
  /// Rows, columns (or pointers of either), values.
  using Triple = std::tuple<at::Tensor, at::Tensor, at::Tensor>;

  SparseTensor() = default;
  explicit SparseTensor(StorageArguments arguments) : storage_(std::move(arguments)) {}
  explicit SparseTensor(SparseStorage storage) : storage_(std::move(storage)) {}

  static SparseTensor from_storage(SparseStorage storage) { return SparseTensor(std::move(storage)); }
  /// edge_index [2, nnz] rows over columns.
  static SparseTensor from_edge_index(const at::Tensor& edge_index, const at::Tensor& edge_attr = {},
                                      std::array<std::optional<int64_t>, 2> sparse_sizes = {}, bool is_sorted = false,
                                      bool trust_data = false);
  /// mat [M, N, …]: entries where Σ|·| over further dimensions is not 0.
  static SparseTensor from_dense(const at::Tensor& mat, bool has_value = true);
  /// Duplicates are summed.
  static SparseTensor from_torch_sparse_coo_tensor(const at::Tensor& mat, bool has_value = true);
  static SparseTensor from_torch_sparse_csr_tensor(const at::Tensor& mat, bool has_value = true);
  static SparseTensor from_torch_sparse_csc_tensor(const at::Tensor& mat, bool has_value = true);
  /// Ones at (i, i), i < min(M, N). dtype absent: torch's default.
  static SparseTensor eye(int64_t M, std::optional<int64_t> N = std::nullopt, bool has_value = true,
                          std::optional<at::ScalarType> dtype = std::nullopt, at::Device device = at::kCPU,
                          bool fill_cache = false);

  // Reading.
  const SparseStorage& storage() const { return storage_; }
  Triple coo() const { return {storage_.row(), storage_.col(), storage_.value()}; }
  Triple csr() const { return {storage_.rowptr(), storage_.col(), storage_.value()}; }
  /// colptr, and rows and values in the order of columns.
  Triple csc() const;
  const SparseSizes& sparse_sizes() const { return storage_.sparse_sizes(); }
  int64_t sparse_size(int64_t dim) const { return storage_.sparse_size(dim); }
  std::vector<int64_t> sizes() const;
  int64_t size(int64_t dim) const;
  /// 2 and the dimensions of a value.
  int64_t dim() const;
  int64_t nnz() const { return storage_.nnz(); }
  /// nnz times the numbers of a value.
  int64_t numel() const;
  double density() const;
  double sparsity() const { return 1 - density(); }
  double avg_row_length() const;
  double avg_col_length() const;
  /// Largest and mean |row − column|, share of entries with at most `bandwidth`; of no entries 0. The
  /// mean is rounded to float32.
  int64_t bandwidth() const;
  double avg_bandwidth() const;
  double bandwidth_proportion(int64_t bandwidth) const;
  bool is_quadratic() const { return sparse_size(0) == sparse_size(1); }
  /// Equal to its transposed, in pattern and values.
  bool is_symmetric() const;
  bool is_coalesced() const { return storage_.is_coalesced(); }
  bool has_value() const { return storage_.has_value(); }
  /// float32 without values.
  at::ScalarType dtype() const;
  bool is_floating_point() const;
  bool requires_grad() const { return has_value() && storage_.value().requires_grad(); }
  at::Device device() const { return storage_.device(); }
  bool is_cuda() const { return device().is_cuda(); }
  bool is_pinned() const { return storage_.is_pinned(); }
  bool is_shared() const { return storage_.is_shared(); }
  /// Sizes, rowptr, col and values are equal.
  friend bool operator==(const SparseTensor& a, const SparseTensor& b);

  // Other values for the same pattern.
  SparseTensor set_value(const at::Tensor& value, std::optional<Layout> layout = std::nullopt) const;
  SparseTensor& set_value_(const at::Tensor& value, std::optional<Layout> layout = std::nullopt);
  SparseTensor fill_value(double value, std::optional<at::ScalarType> dtype = std::nullopt) const;
  SparseTensor& fill_value_(double value, std::optional<at::ScalarType> dtype = std::nullopt);
  SparseTensor detach() const;
  SparseTensor& detach_();
  /// Without values, ones of `dtype` become its values first.
  SparseTensor& requires_grad_(bool requires_grad = true, std::optional<at::ScalarType> dtype = std::nullopt);
  SparseTensor type(at::ScalarType dtype, bool non_blocking = false) const;
  SparseTensor type_as(const at::Tensor& tensor) const { return type(tensor.scalar_type()); }
  SparseTensor to(at::Device device, bool non_blocking = false) const;
  SparseTensor to_device(at::Device device, bool non_blocking = false) const { return to(device, non_blocking); }
  SparseTensor device_as(const at::Tensor& tensor, bool non_blocking = false) const {
    return to(tensor.device(), non_blocking);
  }
  SparseTensor to(at::ScalarType dtype, bool non_blocking = false) const { return type(dtype, non_blocking); }
  SparseTensor cpu() const { return to(at::kCPU); }
  SparseTensor cuda() const { return to(at::kCUDA); }
  SparseTensor bfloat16() const { return type(at::kBFloat16); }
  SparseTensor half() const { return type(at::kHalf); }
  SparseTensor float32() const { return type(at::kFloat); }
  SparseTensor float64() const { return type(at::kDouble); }
  SparseTensor int8() const { return type(at::kChar); }
  SparseTensor uint8() const { return type(at::kByte); }
  SparseTensor int16() const { return type(at::kShort); }
  SparseTensor int32() const { return type(at::kInt); }
  SparseTensor int64() const { return type(at::kLong); }
  SparseTensor boolean() const { return type(at::kBool); }
  SparseTensor copy() const { return *this; }
  SparseTensor clone() const { return SparseTensor(storage_.clone()); }
  SparseTensor pin_memory() const { return SparseTensor(storage_.pin_memory()); }
  SparseTensor& share_memory_();
  SparseTensor& fill_cache_();
  SparseTensor& clear_cache_();

  // Other patterns: shape.cc, select.cc, permute.cc, diagonal.cc.
  SparseTensor coalesce(std::string_view reduce = "sum") const;
  SparseTensor t() const;
  SparseTensor transpose() const { return t(); }
  SparseTensor sparse_resize(SparseSizes sizes) const { return SparseTensor(storage_.sparse_resize(sizes)); }
  SparseTensor sparse_reshape(int64_t num_rows, int64_t num_cols) const;
  /// Entries and mirrored entries, equal ones reduced, so that the diagonal counts twice; max(M, N) rows and columns.
  SparseTensor to_symmetric(std::string_view reduce = "sum") const;
  /// [start, start + length) of a dimension; a negative start counts from the end. From dimension 2 on of the values.
  SparseTensor narrow(int64_t dim, int64_t start, int64_t length) const;
  /// narrow() to one, which keeps the dimension.
  SparseTensor select(int64_t dim, int64_t index) const { return narrow(dim, index, 1); }
  /// index [k] int64, in any order and as often as wanted.
  SparseTensor index_select(int64_t dim, const at::Tensor& index) const;
  /// mask [size(dim)] boolean.
  SparseTensor masked_select(int64_t dim, const at::Tensor& mask) const;
  /// Entries by their numbers; sizes stay. csc: entry csc2csr[i] for i in index, as torch_sparse takes it.
  SparseTensor index_select_nnz(const at::Tensor& index, std::optional<Layout> layout = std::nullopt) const;
  /// Entries by a mask [nnz] in the order of `layout`.
  SparseTensor masked_select_nnz(const at::Tensor& mask, std::optional<Layout> layout = std::nullopt) const;
  /// A[...], one index a dimension: A.index({Slice{1, 5}, idx}).
  SparseTensor index(const std::vector<Index>& indices) const;
  SparseTensor operator[](const Index& index) const { return this->index({index}); }
  /// Rows and columns of a square matrix in another order.
  SparseTensor permute(const at::Tensor& perm) const;
  /// The block of `length` rows and columns at `start` of a matrix of blocks along the diagonal: undoes cat({0, 1}).
  SparseTensor narrow_diag(SparseSizes start, SparseSizes length) const;
  SparseTensor remove_diag(int64_t k = 0) const;
  /// Every entry (i, i + k), with `values` [diagonal, …] or 1; a matrix without values stays without.
  SparseTensor set_diag(const at::Tensor& values = {}, int64_t k = 0) const;
  SparseTensor fill_diag(double value, int64_t k = 0) const;
  /// [min(M, N), …]; 0 where there is no entry, 1 where it has no value (of `dtype`, or torch's default).
  at::Tensor get_diag(std::optional<at::ScalarType> dtype = std::nullopt) const;

  // Arithmetic, products and reductions: arithmetic.cc, matmul.cc, reduce.cc. See arithmetic.h and matmul.h.
  SparseTensor add(const at::Tensor& dense) const;
  SparseTensor add(const SparseTensor& other) const;
  SparseTensor mul(const at::Tensor& dense) const;
  SparseTensor mul(const SparseTensor& other) const;
  SparseTensor& add_(const at::Tensor& dense) { return *this = add(dense); }
  SparseTensor& mul_(const at::Tensor& dense) { return *this = mul(dense); }
  at::Tensor matmul(const at::Tensor& x, std::string_view reduce = "sum") const;
  SparseTensor matmul(const SparseTensor& other, std::string_view reduce = "sum") const;
  at::Tensor spmm(const at::Tensor& x, std::string_view reduce = "sum") const { return matmul(x, reduce); }
  SparseTensor spspmm(const SparseTensor& b, std::string_view reduce = "sum") const { return matmul(b, reduce); }
  /// Per entry; without values an entry is 1.
  SparseTensor add_nnz(const at::Tensor& other, std::optional<Layout> layout = std::nullopt) const;
  SparseTensor mul_nnz(const at::Tensor& other, std::optional<Layout> layout = std::nullopt) const;
  SparseTensor& add_nnz_(const at::Tensor& other, std::optional<Layout> layout = std::nullopt);
  SparseTensor& mul_nnz_(const at::Tensor& other, std::optional<Layout> layout = std::nullopt);
  /// Over the entries that are stored: of all, of columns (0), of rows (1), or of values (2 and on); [], [N, …], [M,
  /// …], [nnz, …]. Of none 0. Without values sums are counts, others 1.
  at::Tensor sum(std::optional<int64_t> dim = std::nullopt) const { return reduce(Reduce::sum, dim); }
  at::Tensor mean(std::optional<int64_t> dim = std::nullopt) const { return reduce(Reduce::mean, dim); }
  at::Tensor min(std::optional<int64_t> dim = std::nullopt) const { return reduce(Reduce::min, dim); }
  at::Tensor max(std::optional<int64_t> dim = std::nullopt) const { return reduce(Reduce::max, dim); }
  at::Tensor reduce(Reduce reduce, std::optional<int64_t> dim) const;

  // Conversions: convert.cc. dtype of a matrix without values; absent: torch's default.
  /// Of entries that are there twice the last one counts.
  at::Tensor to_dense(std::optional<at::ScalarType> dtype = std::nullopt) const;
  at::Tensor to_torch_sparse_coo_tensor(std::optional<at::ScalarType> dtype = std::nullopt) const;
  at::Tensor to_torch_sparse_csr_tensor(std::optional<at::ScalarType> dtype = std::nullopt) const;
  at::Tensor to_torch_sparse_csc_tensor(std::optional<at::ScalarType> dtype = std::nullopt) const;

  /// "SparseTensor(nnz=4, size=[2, 3], density=66.67%)"
  std::string to_string() const;

 private:
  SparseStorage storage_;
};

/// A dimension counted from 0, or from the end where negative; outside [−dims, dims): invalid_argument.
int64_t wrapped_dim(int64_t dim, int64_t dims, std::string_view what);
/// value.index_select(0, perm), or undefined.
at::Tensor selected(const at::Tensor& value, const at::Tensor& perm);
/// A matrix of tensors that are known to be right, in this order or -1 for an unknown one.
SparseTensor trusted(PatternTensors tensors, SparseSizes sizes, at::Tensor value, int64_t known_order);

}  // namespace spinel::sparse
