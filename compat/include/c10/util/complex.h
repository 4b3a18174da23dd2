// Complex numbers under PyTorch's name.
#pragma once

#include <complex>

namespace c10 {
inline namespace spinel_v1 {
template <typename T>
using complex = std::complex<T>;
}  // namespace spinel_v1
}  // namespace c10
