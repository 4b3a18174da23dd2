// A host's source of random numbers under PyTorch's name.
#pragma once

#include "c10/core/Device.h"
#include "spinel/registry/value.h"

namespace at {
inline namespace spinel_v1 {

/// What it does is the host's business; kernels hand it on.
class Generator {
 public:
  Generator() = default;
  explicit Generator(::spinel::registry::Generator generator) : generator_(std::move(generator)) {}
  bool defined() const noexcept { return generator_.defined(); }
  c10::Device device() const {
    TORCH_CHECK(defined(), "the generator is undefined");
    return generator_->device();
  }
  const ::spinel::registry::Generator& core() const noexcept { return generator_; }
  friend bool operator==(const Generator&, const Generator&) = default;

 private:
  ::spinel::registry::Generator generator_;
};

}  // namespace spinel_v1
}  // namespace at

namespace spinel::registry::inline v1 {
template <>
struct ValueTraits<at::Generator> {
  using Holder = at::Generator;
  static Type type() { return Type::optional(TypeKind::generator); }
  static at::Generator read(const Value& value) { return at::Generator(value.to_generator()); }
  static at::Generator& get(Holder& holder) { return holder; }
  static Value write(const at::Generator& generator) { return ValueTraits<Generator>::write(generator.core()); }
};
template <>
struct KernelType<at::Generator> {
  using type = Generator;
};
}  // namespace spinel::registry::inline v1
