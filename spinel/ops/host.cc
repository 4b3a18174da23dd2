#include "spinel/ops/host.h"

#include <algorithm>
#include <cstring>

#include "spinel/base/random.h"

namespace spinel::ops {
namespace {

using registry::IntArrayRef;
using registry::MemoryFormat;

/// The dimensions from the innermost in memory to the outermost.
std::vector<size_t> order_in_memory(size_t rank, MemoryFormat format) {
  std::vector<size_t> order;
  const bool last = format != MemoryFormat::contiguous && rank >= 4;
  if (last) order.push_back(1);
  for (size_t d = rank; d-- > 0;) {
    if (!last || d != 1) order.push_back(d);
  }
  return order;
}

}  // namespace

registry::Tensor Host::uniform(const std::vector<int64_t>& sizes, registry::Device device) const {
  const registry::Tensor made = empty(sizes, registry::ScalarType::float32, device);
  auto* numbers = static_cast<float*>(made.data());
  const int64_t count = made.numel();
  const Philox generator(random());
  // Four numbers of 24 bits, all that float32 holds below 1, from each counter.
  parallel().run((count + 3) / 4, 4096, [&](int64_t begin, int64_t end) {
    for (int64_t k = begin; k < end; ++k) {
      const auto bits = generator.bits({static_cast<uint32_t>(k), static_cast<uint32_t>(k >> 32), 0, 0});
      for (int64_t i = 0; i < 4 && 4 * k + i < count; ++i) {
        numbers[4 * k + i] = static_cast<float>(bits[static_cast<size_t>(i)] >> 8) * 0x1p-24f;
      }
    }
  });
  return made;
}

std::vector<int64_t> compact_strides(const std::vector<int64_t>& sizes, MemoryFormat format) {
  std::vector<int64_t> strides(sizes.size());
  int64_t step = 1;
  for (size_t d : order_in_memory(sizes.size(), format)) {
    strides[d] = step;
    step *= std::max<int64_t>(sizes[d], 1);
  }
  return strides;
}

MemoryFormat format_of(IntArrayRef sizes, IntArrayRef strides) {
  const size_t rank = sizes.size();
  const MemoryFormat last = rank == 5 ? MemoryFormat::channels_last_3d : MemoryFormat::channels_last;
  if (rank != 4 && rank != 5) return MemoryFormat::contiguous;
  int64_t least = 0;
  if (strides[1] == 0) return MemoryFormat::contiguous;
  for (size_t d : order_in_memory(rank, last)) {
    if (sizes[d] == 0 || strides[d] < least) return MemoryFormat::contiguous;
    // With one channel and one position both orders are the same; then it counts as contiguous.
    if (d == 0 && least == strides[1]) return MemoryFormat::contiguous;
    least = strides[d] * (sizes[d] > 1 ? sizes[d] : 1);
  }
  return last;
}

bool is_compact(const registry::Tensor& tensor, MemoryFormat format) {
  int64_t step = 1;
  for (size_t d : order_in_memory(tensor.sizes().size(), format)) {
    const int64_t size = tensor.sizes()[d];
    if (size == 0) return true;
    if (size != 1 && tensor.strides()[d] != step) return false;
    step *= size;
  }
  return true;
}

void copy_elements(const registry::Tensor& from, const registry::Tensor& to) {
  const IntArrayRef sizes = from.sizes();
  const auto bytes = static_cast<int64_t>(registry::element_size(from.scalar_type()));
  const int64_t count = from.numel();
  std::vector<int64_t> at(sizes.size());
  const char* source = static_cast<const char*>(from.data());
  char* target = static_cast<char*>(to.data());
  for (int64_t k = 0; k < count; ++k) {
    std::memcpy(target, source, static_cast<size_t>(bytes));
    for (size_t d = sizes.size(); d-- > 0;) {
      source += from.strides()[d] * bytes;
      target += to.strides()[d] * bytes;
      if (++at[d] < sizes[d]) break;
      source -= from.strides()[d] * bytes * sizes[d];
      target -= to.strides()[d] * bytes * sizes[d];
      at[d] = 0;
    }
  }
}

}  // namespace spinel::ops
