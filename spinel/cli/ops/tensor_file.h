// Tensors named on the command line by file and key.
#pragma once

#include <ATen/core/Tensor.h>

#include <string_view>

namespace spinel::cli {

/// Whether the text names a tensor in a file: `FILE.safetensors:KEY`, `FILE.npz:KEY`, `FILE.npy`.
bool names_tensor_file(std::string_view text);
/// That tensor, in memory of its own. The key may be left out where the file holds one tensor only. Missing files and
/// keys: not_found; what the formats forbid: corrupt; arrays of text: invalid_argument.
at::Tensor read_tensor_file(std::string_view text);

}  // namespace spinel::cli
