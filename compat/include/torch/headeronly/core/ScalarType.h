// Element types, devices, layouts and views in the namespace of sources that use headers of PyTorch alone.
#pragma once

#include "c10/core/Device.h"
#include "c10/core/Layout.h"
#include "c10/core/MemoryFormat.h"
#include "c10/core/ScalarType.h"
#include "c10/util/ArrayRef.h"

namespace torch {
namespace headeronly {
inline namespace spinel_v1 {
using c10::BFloat16;
using c10::complex;
using c10::CppTypeToScalarType;
using c10::DeviceType;
using c10::elementSize;
using c10::Float8_e4m3fn;
using c10::Float8_e4m3fnuz;
using c10::Float8_e5m2;
using c10::Float8_e5m2fnuz;
using c10::Half;
using c10::Layout;
using c10::MemoryFormat;
using c10::ScalarType;
using c10::toString;
template <typename T>
using HeaderOnlyArrayRef = c10::ArrayRef<T>;
using IntHeaderOnlyArrayRef = c10::IntArrayRef;
}  // namespace spinel_v1
}  // namespace headeronly
}  // namespace torch
