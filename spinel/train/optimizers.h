// Optimisers by name: SGD, Momentum, Adam, AdamW, RAdam, RMSProp, LBFGS and FusedLAMB, with exact resume.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "spinel/base/component.h"
#include "spinel/nn/named_tensors.h"

namespace spinel::train {

/// Parameters that share a rate factor and a weight decay.
struct ParameterGroup {
  std::vector<std::string> names;  ///< state_dict keys
  std::vector<at::Tensor> parameters;
  double lr_scale = 1;  ///< the rate of this group is lr · lr_scale
  double weight_decay = 0;
};

/// What an optimiser must remember to go on bit for bit: scalars, and tensors named `<slot>/<state_dict key>`.
struct OptimizerState {
  Config values = Config::map();
  NamedTensors tensors;
};

/// Updates parameters in place from their gradients.
///
/// Parameters are plain at::Tensor leaves (of nn::Module, or `named_parameters()` of a torch::nn::Module: the tensors
/// are shared, not copied). They must be dense, floating and without overlap. A parameter without a gradient is left as
/// it is. Users of torch::optim can equally hand `module.parameters()` to one of its optimisers.
class Optimizer {
 public:
  virtual ~Optimizer() = default;
  virtual std::string name() const = 0;

  /// One update from the gradients as they are. LBFGS: invalid_argument, as it needs a closure.
  void step();
  /// One update of an optimiser that may evaluate the loss several times. `closure` clears the gradients, computes the
  /// loss, calls backward and returns the loss. Returns the first loss.
  virtual double step(const std::function<double()>& closure);
  virtual bool needs_closure() const { return false; }

  /// Drops the gradients (they become undefined, so that backward writes them instead of adding).
  void zero_grad();
  double lr() const { return lr_; }
  void set_lr(double lr);
  const std::vector<ParameterGroup>& groups() const { return groups_; }
  /// All parameters, group by group.
  std::vector<at::Tensor> parameters() const;
  int64_t num_steps() const { return steps_; }

  /// Tensors alias the optimiser's: copy or write them before the next step.
  OptimizerState state() const;
  /// Copies the state in. A missing, unknown or wrongly shaped tensor, or the state of another optimiser:
  /// invalid_argument, and nothing is changed.
  void load_state(const OptimizerState& state);

 protected:
  Optimizer(double lr, std::vector<ParameterGroup> groups, std::vector<std::string> slots);

  /// The parameters of one group that have a gradient, with their gradients (laid out as the parameter) and state.
  struct Update {
    const ParameterGroup* group = nullptr;
    double lr = 0;
    std::vector<at::Tensor> parameters;
    std::vector<at::Tensor> gradients;
    std::vector<std::vector<at::Tensor>> slots;  ///< [slot][parameter]
    std::vector<at::Tensor> steps;               ///< [] float32: updates of each parameter, this one included
    std::vector<int64_t> step_counts;            ///< the same as numbers
  };
  virtual void update(const Update& update) = 0;
  /// Called once a step with all updates before the first; FusedLAMB takes its global norm here.
  virtual void prepare(const std::vector<Update>& updates);
  /// State beyond rate, counts and slots; its tensors are kept under `extra/<name>`.
  virtual OptimizerState extra_state() const { return {}; }
  /// Must check before it changes anything.
  virtual void load_extra_state(const OptimizerState&) {}
  void count_step() { ++steps_; }

 private:
  struct Slots {
    std::vector<at::Tensor> tensors;
    at::Tensor steps;   // [] float32 on the parameter's device, as the fused kernels read it
    int64_t count = 0;  // the same number; beyond 2^24 only this one is exact
  };
  std::vector<Update> collect();
  void make_slots(const at::Tensor& parameter, Slots& slots) const;

  double lr_;
  std::vector<ParameterGroup> groups_;
  std::vector<std::string> slot_names_;
  std::vector<std::vector<Slots>> slots_;  // [group][parameter]; undefined steps until the first gradient
  int64_t steps_ = 0;
};

/// Options that every optimiser has.
struct CommonOptions {
  double lr = 1e-3;
  double weight_decay = 0;
  std::vector<std::string> no_decay;    ///< key patterns with '*' and '?'
  double no_decay_weight_decay = 0;     ///< of these
  bool one_dim_param_no_decay = false;  ///< also of biases and scales (0 or 1 axes)
  Config groups =
      Config(Config::List{});  ///< [{parameters: [pattern, …], lr_scale, weight_decay}, …]; first match wins
};

/// Sorts parameters into groups. A pattern that matches no key: invalid_argument with the nearest key.
std::vector<ParameterGroup> make_groups(const NamedTensors& parameters, const CommonOptions& options,
                                        const std::string& owner);

using OptimizerList =
    ComponentList<std::unique_ptr<Optimizer>(const Config& arguments, const NamedTensors& parameters)>;

/// All optimisers. Options have torch.optim's names, defaults and meaning (FusedLAMB: NVIDIA apex'), except where
/// `dialect: paddle` asks for those of PaddlePaddle.
const OptimizerList& optimizers();

/// `optimizer` is `Name: {arguments}` or `Name`.
std::unique_ptr<Optimizer> make_optimizer(const Config& optimizer, const NamedTensors& parameters);

/// How the factor of a clipped gradient is computed from the global 2-norm n and the largest norm c.
enum class ClipRule {
  torch,   ///< min(1, c / (n + 1e-6)), as torch.nn.utils.clip_grad_norm_
  paddle,  ///< c / max(n, c), without an epsilon
};

/// The joint 2-norm of all entries; the squares of the tensors' norms are summed in double.
double global_norm(const std::vector<at::Tensor>& tensors);

/// Scales all gradients so that their joint 2-norm is at most `max_norm`; returns the norm before. A norm that is not
/// finite leaves the gradients as they are: the caller decides.
double clip_grad_norm(const std::vector<at::Tensor>& parameters, double max_norm, ClipRule rule = ClipRule::torch);

/// Clamps every gradient entry to [-max_value, max_value].
void clip_grad_value(const std::vector<at::Tensor>& parameters, double max_value);

}  // namespace spinel::train
