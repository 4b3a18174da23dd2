// PaddlePaddle's tensors as the registry sees them, with the keys that their places and stop_gradient bring.
#pragma once

#include <Python.h>
#include <paddle/phi/api/include/tensor.h>

#include <functional>
#include <optional>
#include <vector>

#include "spinel/ops/op_def.h"
#include "spinel/registry/tensor.h"

namespace spinel::paddle_host {

/// Codes of element types differ; those that the other side lacks are invalid_argument.
phi::DataType to_paddle(registry::ScalarType dtype);
registry::ScalarType from_paddle(phi::DataType dtype);
/// cpu, cuda (GPU), xpu, privateuseone (custom devices); pinned memory is the CPU's.
registry::Device from_paddle(const phi::Place& place);
phi::Place to_paddle(registry::Device device);

/// A tensor with data.
class PaddleTensor final : public registry::TensorImpl {
 public:
  /// `object`: the Python object it came from, or null; kept alive. A gradient is wanted if `wants_gradient`.
  explicit PaddleTensor(const paddle::Tensor& tensor, bool wants_gradient = false, PyObject* object = nullptr);
  ~PaddleTensor() override;
  PaddleTensor(const PaddleTensor&) = delete;
  PaddleTensor& operator=(const PaddleTensor&) = delete;

  std::string_view host() const override { return "paddle"; }
  registry::ScalarType scalar_type() const override { return dtype_; }
  registry::Device device() const override { return device_; }
  registry::IntArrayRef sizes() const override { return sizes_; }
  registry::IntArrayRef strides() const override { return strides_; }
  void* data() const override;
  registry::Scalar item() const override;
  const registry::TensorMethods* methods() const override;

  const paddle::Tensor& tensor() const { return tensor_; }
  bool wants_gradient() const { return wants_gradient_; }
  PyObject* object() const { return object_; }

 private:
  paddle::Tensor tensor_;
  std::vector<int64_t> sizes_, strides_;
  registry::ScalarType dtype_;
  registry::Device device_;
  bool wants_gradient_;
  PyObject* object_;
};

/// A value of a graph that is being built (paddle.jit.to_static): it has a description, lengths of −1 being unknown,
/// but no data. Used with the interpreter's lock held.
class GraphValue final : public registry::TensorImpl {
 public:
  /// `object` is a paddle.pir.Value; kept alive.
  explicit GraphValue(PyObject* object);
  ~GraphValue() override;
  GraphValue(const GraphValue&) = delete;
  GraphValue& operator=(const GraphValue&) = delete;

  std::string_view host() const override { return "paddle.graph"; }
  registry::ScalarType scalar_type() const override { return dtype_; }
  registry::Device device() const override { return {}; }
  registry::IntArrayRef sizes() const override { return sizes_; }
  registry::IntArrayRef strides() const override { return strides_; }
  void* data() const override { return nullptr; }
  registry::Scalar item() const override;

  bool wants_gradient() const { return wants_gradient_; }
  PyObject* object() const { return object_; }

 private:
  PyObject* object_;
  std::vector<int64_t> sizes_, strides_;
  registry::ScalarType dtype_;
  bool wants_gradient_;
};

registry::Tensor wrap_tensor(const paddle::Tensor& tensor);
/// Memory of somebody else's as a tensor; `release` is called when its last use ends. (Paddle's own from_blob() keeps
/// its deleters by address: two tensors that begin at one address end the process.)
paddle::Tensor tensor_over(void* data, registry::IntArrayRef sizes, registry::IntArrayRef strides, phi::DataType dtype,
                           const phi::Place& place, std::function<void()> release);
/// The memory of a tensor, which lives as long, under other sizes and strides from element `offset` on.
paddle::Tensor view_of(const paddle::Tensor& tensor, registry::IntArrayRef sizes, registry::IntArrayRef strides,
                       int64_t offset);
/// Another tensor over the same memory, outside autograd; it counts writes in place together with the first.
paddle::Tensor shallow_copy(const paddle::Tensor& tensor);
/// Of a tensor with data. Of a value of a graph: unavailable, naming what needs the data.
const paddle::Tensor& unwrap_tensor(const registry::Tensor& tensor);
bool wants_gradient(const registry::Tensor& tensor);
bool is_graph_value(const registry::Tensor& tensor);
/// −1 is an unknown length.
ops::TensorSpec spec_of(const registry::Tensor& tensor);

}  // namespace spinel::paddle_host
