// The base of all modules: named parameters, buffers and children, state dict, dtype and device, train and eval mode.
#pragma once

#include <ATen/core/Tensor.h>

#include <functional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "spinel/nn/named_tensors.h"

namespace spinel::nn {

/// What load_state_dict did not find on either side.
struct LoadReport {
  std::vector<std::string> missing;     ///< keys of the module that the dict lacks
  std::vector<std::string> unexpected;  ///< keys of the dict that the module lacks
};

/// Which keys load_state_dict accepts on one side only; the others are errors with the nearest names.
enum class KeyMatch { exact, allow_unexpected, allow_all };

/// Base class. A subclass keeps its tensors and children as plain members and names them once in its constructor;
/// names joined by '.' are the state_dict keys of the reference implementation.
///
///   class Dense : public Module {
///    public:
///     Dense(int64_t in, int64_t out) {
///       add_parameter("weight", weight_ = at::empty({out, in}));
///     }
///     at::Tensor weight_;
///   };
class Module {
 public:
  Module() = default;
  virtual ~Module() = default;
  Module(const Module&) = delete;
  Module& operator=(const Module&) = delete;

  /// (Re-)initialises the parameters of this module and, by default, of its children, from the global generator.
  virtual void reset_parameters();

  /// All parameters in order of declaration, each tensor once (shared modules appear under their first name).
  std::vector<at::Tensor> parameters() const;
  NamedTensors named_parameters() const;
  NamedTensors named_buffers() const;
  /// Parameters and persistent buffers under all their names; tensors alias the module's.
  NamedTensors state_dict() const;
  /// Copies values in (dtype and device of the module are kept). A wrong shape is an error that lists up to five keys,
  /// and so is a key that `match` does not accept; nothing is copied then.
  LoadReport load_state_dict(const NamedTensors& state, KeyMatch match = KeyMatch::exact);
  /// Gives lazy parameters the sizes of the tensors of their names in `state`; load_state_dict does so by itself.
  void materialize_from(const NamedTensors& state);
  /// Whether parameters still wait for a first input. Optimisers keep those that they were given before.
  bool has_lazy_parameters() const;

  /// Converts parameters and floating buffers in place (tensor identity is kept, so optimisers stay valid).
  void to(at::ScalarType dtype);
  void to(at::Device device);
  void train(bool on = true);
  void eval() { train(false); }
  bool is_training() const { return training_; }
  void requires_grad(bool on);
  int64_t num_parameters() const;

 protected:
  /// `tensor` must be a member of the subclass; it becomes a leaf that requires grad. An undefined tensor is an absent
  /// parameter (bias=false) and is skipped.
  void add_parameter(std::string name, at::Tensor& tensor);
  /// A parameter whose sizes the first input decides: `tensor` is empty ([0], on torch's default type) until
  /// materialize(), which keeps its identity, dtype and device.
  void add_lazy_parameter(std::string name, at::Tensor& tensor);
  /// `tensor`, a lazy parameter of this module, gets these sizes and undefined values; its own are then known.
  void materialize(at::Tensor& tensor, at::IntArrayRef sizes);
  bool is_lazy(const at::Tensor& tensor) const;
  /// Called when materialize_from() has given lazy parameters of this very module their sizes: widths are to be read
  /// from them.
  virtual void on_materialized() {}
  /// Non-persistent buffers follow dtype and device but are not part of the state dict.
  void add_buffer(std::string name, at::Tensor& tensor, bool persistent = true);
  /// `child` must outlive this module's use (a member, or owned by one).
  void add_child(std::string name, Module& child);

 private:
  struct Slot {
    std::string name;
    at::Tensor* tensor;
    bool persistent = true;
    bool lazy = false;
  };
  /// Calls `visit` for this module and all below it with their name prefix ("a.b.").
  void walk(const std::string& prefix, const std::function<void(const std::string&, Module&)>& visit) const;
  void convert(const std::function<at::Tensor(const at::Tensor&)>& conversion);

  std::vector<Slot> parameters_;
  std::vector<Slot> buffers_;
  std::vector<std::pair<std::string, Module*>> children_;
  bool training_ = true;
};

}  // namespace spinel::nn
