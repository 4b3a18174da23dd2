#include "spinel/hosts/plain/operators.h"

#include "spinel/base/error.h"
#include "spinel/hosts/plain/plain_tensor.h"
#include "spinel/ops/registration.h"

namespace spinel::plain {
namespace {

using registry::MemoryFormat;

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
};

}  // namespace

const ops::Host& host() {
  static const Host instance;
  return instance;
}

void register_operators() {
  // Never destroyed: threads may still call operators when the process ends.
  static const auto* library = new registry::Library(ops::register_operators(host()));
  static_cast<void>(library);
}

}  // namespace spinel::plain
