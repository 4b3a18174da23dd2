// Quantisation schemes with PyTorch's names and codes.
#pragma once

#include <cstdint>
#include <ostream>

#include "spinel/registry/value_traits.h"

namespace c10 {
inline namespace spinel_v1 {

enum class QScheme : int8_t {
  PER_TENSOR_AFFINE = 0,
  PER_CHANNEL_AFFINE = 1,
  PER_TENSOR_SYMMETRIC = 2,
  PER_CHANNEL_SYMMETRIC = 3,
  PER_CHANNEL_AFFINE_FLOAT_QPARAMS = 4,
  NumOptions,
};

constexpr QScheme kPerTensorAffine = QScheme::PER_TENSOR_AFFINE;
constexpr QScheme kPerChannelAffine = QScheme::PER_CHANNEL_AFFINE;
constexpr QScheme kPerTensorSymmetric = QScheme::PER_TENSOR_SYMMETRIC;
constexpr QScheme kPerChannelSymmetric = QScheme::PER_CHANNEL_SYMMETRIC;
constexpr QScheme kPerChannelAffineFloatQParams = QScheme::PER_CHANNEL_AFFINE_FLOAT_QPARAMS;

inline std::ostream& operator<<(std::ostream& out, QScheme value) {
  constexpr const char* names[] = {"per_tensor_affine", "per_channel_affine", "per_tensor_symmetric",
                                   "per_channel_symmetric", "per_channel_affine_float_qparams"};
  const auto code = static_cast<size_t>(value);
  return code < std::size(names) ? out << names[code] : out << "unknown";
}

}  // namespace spinel_v1
}  // namespace c10

namespace spinel::registry::inline v1 {
template <>
struct ValueTraits<c10::QScheme> : internal::CodeTraits<c10::QScheme, TypeKind::qscheme> {};
template <>
struct KernelType<c10::QScheme> {
  using type = QScheme;
};
}  // namespace spinel::registry::inline v1
