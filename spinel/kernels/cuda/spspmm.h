// CUDA kernels of the product of two sparse matrices in CSR form, and of the sampled products of its derivatives.
#pragma once

#include <cstdint>
#include <vector>

#include "spinel/kernels/cpu/spspmm.h"
#include "spinel/kernels/cuda/workspace.h"

namespace spinel::kernels::cuda {

// Expansion, sorting, compression (Bell, Dalton, Olson: Exposing fine-grained parallelism in algebraic multigrid
// methods, SIAM J. Sci. Comput. 34, C123 (2012)): all multiplications are written out, sorted by where they belong, and
// added up in the order of A's entries, as on the CPU. Work is balanced however long the rows are, and nothing depends
// on the order in which threads run. All pointers are of the current device, and the work is awaited; errors are those
// of the CPU's kernels.

/// Multiplications that are written out at a time, in whole rows: some 80 bytes of device memory each.
constexpr int64_t most_products = int64_t{1} << 24;

/// C = A · B, held in the memory of the workspace.
class SpspmmProduct {
 public:
  SpspmmProduct(const SpspmmCall& call, bool with_value, Workspace& workspace, int64_t most = most_products);
  int64_t entries() const { return entries_; }
  /// rowptr [rows + 1], col [entries], rising within each row, and value [entries], unless null.
  void write(void* rowptr, void* col, void* value) const;

 private:
  /// Rows of C that follow one another.
  struct Part {
    int64_t entries;
    const void *row, *col, *value;
  };
  template <typename S, typename Index>
  void multiply(bool with_value, int64_t most);

  SpspmmCall call_;
  Workspace& workspace_;
  std::vector<Part> parts_;
  int64_t entries_ = 0;
};

}  // namespace spinel::kernels::cuda

namespace spinel::kernels {

// Overloads of the CPU's functions (spspmm.h).
void sampled_spspmm(const SpspmmCall& call, const CsrOperand& c, void* out, cuda::Workspace& workspace);
void sampled_left(const SpspmmCall& call, const CsrOperand& c, void* out, cuda::Workspace& workspace);
void sampled_right(const SpspmmCall& call, const CsrOperand& c, void* out, cuda::Workspace& workspace);

}  // namespace spinel::kernels
