// What a host lends to an operator while it runs: memory, threads, the device's queue.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "spinel/base/parallel.h"
#include "spinel/registry/tensor.h"

namespace spinel::ops {

class Host {
 public:
  virtual ~Host() = default;
  /// "torch", "paddle", "plain".
  virtual std::string_view name() const = 0;
  /// Memory of the host's kind, not set. Sizes are positive or zero; no memory: unavailable, or the host's own error.
  virtual registry::Tensor empty(const std::vector<int64_t>& sizes, registry::ScalarType dtype, registry::Device device,
                                 registry::MemoryFormat format = registry::MemoryFormat::contiguous) const = 0;
  /// The tensor itself where it lies in memory in that order without gaps, else a copy that does.
  virtual registry::Tensor contiguous(const registry::Tensor& tensor, registry::MemoryFormat format) const = 0;
  virtual const ParallelFor& parallel() const = 0;
  /// The cudaStream_t on which the host queues its own work for that device.
  virtual void* stream(registry::Device device) const = 0;
  /// 64 random bits of the host's default generator on the CPU, the one that its users seed.
  virtual uint64_t random() const = 0;
  /// New numbers in [0, 1), float32, drawn as the host's own rand() draws them there. By default: Philox with the seed
  /// random(), in CPU memory.
  virtual registry::Tensor uniform(const std::vector<int64_t>& sizes, registry::Device device) const;
};

/// Strides of a compact tensor in that order in memory.
std::vector<int64_t> compact_strides(const std::vector<int64_t>& sizes, registry::MemoryFormat format);
/// The order in memory that sizes and strides follow: channels last if they say so unambiguously, as torch tells it.
registry::MemoryFormat format_of(registry::IntArrayRef sizes, registry::IntArrayRef strides);
/// Whether the elements lie in that order without gaps.
bool is_compact(const registry::Tensor& tensor, registry::MemoryFormat format);

/// Copies elements between tensors of one dtype and equal sizes in CPU memory, in any strides.
void copy_elements(const registry::Tensor& from, const registry::Tensor& to);

}  // namespace spinel::ops
