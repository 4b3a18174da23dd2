// A tensor of one number for tests of the registry, with the keys that a test wants.
#pragma once

#include "spinel/registry/tensor.h"

namespace spinel::registry {

class TestTensor : public TensorImpl {
 public:
  TestTensor(double value, DispatchKeySet keys) : TensorImpl(keys), value_(value) {}
  std::string_view host() const override { return "test"; }
  ScalarType scalar_type() const override { return ScalarType::float64; }
  Device device() const override { return {}; }
  IntArrayRef sizes() const override { return {}; }
  IntArrayRef strides() const override { return {}; }
  void* data() const override { return const_cast<double*>(&value_); }
  Scalar item() const override { return Scalar(value_); }

 private:
  double value_;
};

inline Tensor test_tensor(double value = 0, DispatchKeySet keys = tensor_keys(Backend::CPU)) {
  return Tensor(make_intrusive<TestTensor>(value, keys));
}

}  // namespace spinel::registry
