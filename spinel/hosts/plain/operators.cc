#include "spinel/hosts/plain/operators.h"

#include <mutex>

#include "spinel/base/error.h"
#include "spinel/base/random.h"
#include "spinel/hosts/plain/plain_tensor.h"
#include "spinel/ops/registration.h"

namespace spinel::plain {
namespace {

using registry::MemoryFormat;

/// The default generator: a seed, and how many numbers it has given.
struct Draws {
  std::mutex mutex;
  uint64_t seed = 0;
  uint32_t count = 0;
};
Draws& default_draws() {
  static Draws draws;
  return draws;
}

class Host final : public ops::Host {
 public:
  std::string_view name() const override { return "plain"; }
  registry::Tensor empty(const std::vector<int64_t>& sizes, registry::ScalarType dtype, registry::Device,
                         MemoryFormat format) const override {
    const registry::Tensor compact = plain::empty(sizes, dtype);
    if (format == MemoryFormat::contiguous) return compact;
    // The memory is the same; only the strides differ.
    return from_blob(compact.data(), sizes,
                     {.strides = ops::compact_strides(sizes, format), .dtype = dtype, .deleter = [compact](void*) {}});
  }
  registry::Tensor contiguous(const registry::Tensor& tensor, MemoryFormat format) const override {
    if (ops::is_compact(tensor, format)) return tensor;
    const registry::IntArrayRef sizes = tensor.sizes();
    const registry::Tensor copy = empty({sizes.begin(), sizes.end()}, tensor.scalar_type(), {}, format);
    ops::copy_elements(tensor, copy);
    return copy;
  }
  const ParallelFor& parallel() const override { return thread_pool(); }
  void* stream(registry::Device device) const override {
    fail(ErrorKind::unavailable, "{}: the plain host has no queues of devices; use the CPU",
         registry::to_string(device));
  }
  uint64_t random() const override {
    Draws& draws = default_draws();
    const std::lock_guard lock(draws.mutex);
    const auto bits = Philox(draws.seed).bits({draws.count++, 0, 0, 0});
    return uint64_t{bits[0]} << 32 | bits[1];
  }
};

}  // namespace

const ops::Host& host() {
  static const Host instance;
  return instance;
}

void manual_seed(uint64_t seed) {
  Draws& draws = default_draws();
  const std::lock_guard lock(draws.mutex);
  draws.seed = seed;
  draws.count = 0;
}

void register_operators() {
  // Never destroyed: threads may still call operators when the process ends.
  static const auto* library = new registry::Library(ops::register_operators(host()));
  static_cast<void>(library);
}

}  // namespace spinel::plain
