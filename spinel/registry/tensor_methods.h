// What a host does with its tensors beyond showing them: the few functions from which all others are made.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "spinel/registry/tensor.h"

namespace spinel::registry::inline v1 {

/// The derivative of one call: what a host's autograd keeps and calls.
class GradientNode : public RefCounted {
 public:
  /// From the std::type_info::name of the class that has the derivative.
  explicit GradientNode(const char* cpp_type);
  explicit GradientNode(std::string name) : name_(std::move(name)) {}
  /// How messages name the call: "ScatterSum".
  const std::string& name() const { return name_; }
  /// The gradients of the inputs from those of the outputs, one each, undefined where there is none. Called as often as
  /// the host differentiates; what it calls is differentiated in turn where the host asks for that.
  virtual std::vector<Tensor> backward(const std::vector<Tensor>& gradients) = 0;
  /// Whether the call has written into an output that is an input of it, too. An output that is an input and was not
  /// written to counts as a view of it.
  virtual bool writes(const Tensor&) const { return false; }

 private:
  std::string name_;
};

/// A host implements it once and returns it from TensorImpl::methods(). Tensors handed in are defined and of this host
/// unless a parameter says otherwise; what the host cannot do is an Error of kind unavailable. Safe to call from any
/// thread.
class TensorMethods {
 public:
  virtual ~TensorMethods() = default;

  /// The name that TensorImpl::host() of its tensors gives.
  virtual std::string_view host() const = 0;

  /// New memory, not initialised. Strides count elements; none overlaps. An index of -1 is the current device.
  virtual Tensor empty_strided(IntArrayRef sizes, IntArrayRef strides, ScalarType dtype, Device device) const = 0;
  /// Memory of the caller's as a tensor; `deleter` (may be empty) is called with `data` when the last use ends.
  virtual Tensor from_blob(void* data, IntArrayRef sizes, IntArrayRef strides, ScalarType dtype, Device device,
                           std::function<void(void*)> deleter) const = 0;
  /// Another view of the memory of `tensor`, which stays alive with it. `offset` is that of the view's first element
  /// from the first one of `tensor`, in elements; callers have checked that the view stays inside the memory. Hosts
  /// with autograd let gradients pass.
  virtual Tensor as_strided(const Tensor& tensor, IntArrayRef sizes, IntArrayRef strides, int64_t offset) const = 0;
  /// Writes the elements of `from`, of equal sizes, over those of `to`; element types and devices may differ, `from`
  /// may be another host's as long as its memory is on the CPU. Floats become integers by truncation.
  virtual void copy(const Tensor& from, const Tensor& to) const = 0;
  /// Sets all elements.
  virtual void fill(const Tensor& tensor, const Scalar& value) const = 0;

  /// copy() into memory that was made for it, which is returned. Hosts with autograd let gradients pass.
  virtual Tensor copied(const Tensor& from, Tensor made) const {
    copy(from, made);
    return made;
  }

  virtual bool requires_grad(const Tensor&) const { return false; }
  /// How often the tensor was written in place, where the host counts it: by it a derivative sees that what it has
  /// kept is no longer there.
  virtual uint64_t version(const Tensor&) const { return 0; }
  /// Makes the outputs, which are floats, depend on the inputs (which may be undefined) in the host's autograd, and
  /// returns them. A host without it returns them as they are, and tells once for a node's name where an input requires
  /// a gradient.
  virtual std::vector<Tensor> connect(const std::vector<Tensor>& inputs, std::vector<Tensor> outputs,
                                      intrusive_ptr<GradientNode> node) const;
  /// Whether the memory is page-locked memory of the CPU.
  virtual bool is_pinned(const Tensor&) const { return false; }
};

/// The functions of the tensor's host. Undefined tensors: invalid_argument; a host without any: unavailable.
const TensorMethods& tensor_methods(const Tensor& tensor);

/// The host that makes tensors out of nothing (`empty`, `from_blob`): the one named last. None named: unavailable.
const TensorMethods& default_tensor_methods();
/// Names it, for the whole process, and returns the one before (null if none). A host does so when it is set up. The
/// object must live as long as the process.
const TensorMethods* set_default_tensor_methods(const TensorMethods* methods) noexcept;

}  // namespace spinel::registry::inline v1
