// SciPy's sparse matrices in .npz files, as scipy.sparse.save_npz and load_npz have them.
#pragma once

#include <string>

#include "spinel/sparse/sparse_tensor.h"

namespace spinel::sparse {

/// Formats csr, csc and coo; entries sorted, duplicates kept, values in the type of the file (float64, float32,
/// float16, integers, bool). Another format, arrays that disagree: corrupt or invalid_argument naming the file.
SparseTensor load_npz(const std::string& path, bool has_value = true);

/// Replaces the file, all or nothing, not compressed. Without values ones of `dtype` are written (absent: torch's
/// default), as the format knows no pattern alone. Values with further dimensions or of a type that NumPy lacks
/// (bfloat16): invalid_argument.
void save_npz(const std::string& path, const SparseTensor& matrix, Layout layout = Layout::csr,
              std::optional<at::ScalarType> dtype = std::nullopt);

}  // namespace spinel::sparse
