#include <cmath>

#include "spinel/train/lbfgs.h"
#include "spinel/train/optimizers.h"

namespace spinel::train {
namespace {

template <typename T>
OptionTable<T> optimizer_table(const std::string& name) {
  OptionTable<T> table(name);
  table.add("lr", static_cast<double T::*>(&T::lr), "learning rate")
      .range(0)
      .add("weight_decay", static_cast<double T::*>(&T::weight_decay), "factor of the weight decay")
      .range(0)
      .add("no_decay", static_cast<std::vector<std::string> T::*>(&T::no_decay),
           "key patterns ('*', '?') of parameters with another weight decay")
      .add("no_decay_weight_decay", static_cast<double T::*>(&T::no_decay_weight_decay), "the weight decay of these")
      .range(0)
      .add("one_dim_param_no_decay", static_cast<bool T::*>(&T::one_dim_param_no_decay),
           "parameters with fewer than two axes belong to no_decay too")
      .add("groups", static_cast<Config T::*>(&T::groups),
           "list of {parameters: [pattern, …], lr_scale, weight_decay}; the first match counts");
  return table;
}

template <typename T>
OptionTable<T>& add_betas(OptionTable<T>& table) {
  return table.add("betas", &T::betas, "decay rates of the two moments")
      .range(0, 1)
      .add("eps", &T::eps, "added to the root of the second moment")
      .range(0);
}

void check_betas(const std::string& name, const std::vector<double>& betas) {
  require(betas.size() == 2 && betas[0] < 1 && betas[1] < 1, "{}: betas are [{}]; two numbers in [0, 1) are needed",
          name, join_text(betas, ", "));
}

struct SgdOptions : CommonOptions {
  double momentum = 0;
  double dampening = 0;
  bool nesterov = false;
};
struct MomentumOptions : SgdOptions {
  MomentumOptions() { momentum = 0.9; }
};

template <typename T>
OptionTable<T> sgd_table(const std::string& name) {
  OptionTable<T> table = optimizer_table<T>(name);
  table.add("momentum", static_cast<double T::*>(&T::momentum), "decay of the velocity")
      .range(0, 1)
      .add("dampening", static_cast<double T::*>(&T::dampening), "1 - factor of the gradient in the velocity")
      .range(0, 1)
      .add("nesterov", static_cast<bool T::*>(&T::nesterov), "look ahead along the velocity");
  return table;
}

/// v ← momentum v + (1 − dampening) g, p ← p − lr v (Nesterov: p ← p − lr (g + momentum v)); the first v is g itself.
class Sgd : public Optimizer {
 public:
  Sgd(std::string name, const SgdOptions& options, std::vector<ParameterGroup> groups)
      : Optimizer(options.lr, std::move(groups), options.momentum != 0 ? Names{"momentum_buffer"} : Names{}),
        name_(std::move(name)),
        options_(options) {
    require(!options.nesterov || (options.momentum > 0 && options.dampening == 0),
            "{}: nesterov with momentum {} and dampening {}; it needs a momentum and no dampening", name_,
            options.momentum, options.dampening);
  }
  std::string name() const override { return name_; }

 protected:
  void update(const Update& u) override {
    std::vector<at::Tensor> g = u.gradients;
    if (u.group->weight_decay != 0) g = at::_foreach_add(g, u.parameters, u.group->weight_decay);
    if (options_.momentum != 0) {
      const auto& velocity = u.slots[0];
      at::_foreach_mul_(velocity, options_.momentum);
      at::_foreach_add_(velocity, g, 1 - options_.dampening);
      for (size_t i = 0; options_.dampening != 0 && i < g.size(); ++i) {
        if (u.step_counts[i] == 1) at::Tensor(velocity[i]).copy_(g[i]);
      }
      g = options_.nesterov ? at::_foreach_add(g, velocity, options_.momentum) : velocity;
    }
    at::_foreach_add_(u.parameters, g, -u.lr);
  }

 private:
  using Names = std::vector<std::string>;
  std::string name_;
  SgdOptions options_;
};

struct AdamOptions : CommonOptions {
  std::vector<double> betas{0.9, 0.999};
  double eps = 1e-8;
  bool amsgrad = false;
  bool decoupled_weight_decay = false;
};
struct AdamWOptions : AdamOptions {
  AdamWOptions() {
    weight_decay = 0.01;
    decoupled_weight_decay = true;
  }
};

/// Kingma and Ba, arXiv:1412.6980; with decoupled decay Loshchilov and Hutter, arXiv:1711.05101. libtorch's fused
/// kernels go over each tensor once.
class Adam : public Optimizer {
 public:
  Adam(std::string name, const AdamOptions& options, std::vector<ParameterGroup> groups)
      : Optimizer(options.lr, std::move(groups), slots(options.amsgrad)), name_(std::move(name)), options_(options) {
    check_betas(name_, options.betas);
  }
  std::string name() const override { return name_; }

 protected:
  void update(const Update& u) override {
    const at::TensorList largest = options_.amsgrad ? at::TensorList(u.slots[2]) : at::TensorList();
    const auto fused = options_.decoupled_weight_decay ? static_cast<FusedAdam*>(at::_fused_adamw_)
                                                       : static_cast<FusedAdam*>(at::_fused_adam_);
    fused(u.parameters, u.gradients, u.slots[0], u.slots[1], largest, u.steps, u.lr, options_.betas[0],
          options_.betas[1], u.group->weight_decay, options_.eps, options_.amsgrad, false, {}, {});
  }

 private:
  using FusedAdam = void(at::TensorList, at::TensorList, at::TensorList, at::TensorList, at::TensorList, at::TensorList,
                         double, double, double, double, double, bool, bool, const std::optional<at::Tensor>&,
                         const std::optional<at::Tensor>&);
  static std::vector<std::string> slots(bool amsgrad) {
    std::vector<std::string> names{"exp_avg", "exp_avg_sq"};
    if (amsgrad) names.push_back("max_exp_avg_sq");
    return names;
  }
  std::string name_;
  AdamOptions options_;
};

struct RAdamOptions : CommonOptions {
  std::vector<double> betas{0.9, 0.999};
  double eps = 1e-8;
  bool decoupled_weight_decay = false;
};

/// Liu et al., arXiv:1908.03265: Adam whose second moment is used once enough steps make its variance tractable.
class RAdam : public Optimizer {
 public:
  RAdam(const RAdamOptions& options, std::vector<ParameterGroup> groups)
      : Optimizer(options.lr, std::move(groups), {"exp_avg", "exp_avg_sq"}), options_(options) {
    check_betas(name(), options.betas);
  }
  std::string name() const override { return "RAdam"; }

 protected:
  void update(const Update& u) override {
    const double beta1 = options_.betas[0], beta2 = options_.betas[1];
    std::vector<at::Tensor> g = u.gradients;
    if (options_.decoupled_weight_decay) {
      at::_foreach_mul_(u.parameters, 1 - u.lr * u.group->weight_decay);
    } else if (u.group->weight_decay != 0) {
      g = at::_foreach_add(g, u.parameters, u.group->weight_decay);
    }
    at::_foreach_mul_(u.slots[0], beta1);
    at::_foreach_add_(u.slots[0], g, 1 - beta1);
    at::_foreach_mul_(u.slots[1], beta2);
    at::_foreach_addcmul_(u.slots[1], g, g, 1 - beta2);
    const double longest = 2 / (1 - beta2) - 1;
    for (size_t i = 0; i < g.size(); ++i) {
      const double t = static_cast<double>(u.step_counts[i]);
      const double remaining = std::pow(beta2, t), correction1 = 1 - std::pow(beta1, t), correction2 = 1 - remaining;
      const double length = longest - 2 * t * remaining / correction2;
      at::Tensor parameter = u.parameters[i];
      if (length <= 5) {
        parameter.add_(u.slots[0][i], -u.lr / correction1);
        continue;
      }
      const double rectification =
          std::sqrt((length - 4) * (length - 2) * longest / ((longest - 4) * (longest - 2) * length));
      const at::Tensor root = u.slots[1][i].sqrt().add_(options_.eps);
      parameter.addcdiv_(u.slots[0][i], root, -u.lr * rectification * std::sqrt(correction2) / correction1);
    }
  }

 private:
  RAdamOptions options_;
};

struct RmsPropOptions : CommonOptions {
  RmsPropOptions() { lr = 0.01; }
  double alpha = 0.99;
  double eps = 1e-8;
  double momentum = 0;
  bool centered = false;
  std::string dialect = "torch";
};

/// torch: p ← p − lr b, b ← momentum b + g / (√v + eps). paddle: p ← p − b, b ← momentum b + lr g / √(v + eps): the
/// two differ by where eps stands, and by what a change of the rate does to the velocity.
class RmsProp : public Optimizer {
 public:
  RmsProp(const RmsPropOptions& options, std::vector<ParameterGroup> groups)
      : Optimizer(options.lr, std::move(groups), slots(options)), options_(options) {}
  std::string name() const override { return "RMSProp"; }

 protected:
  void update(const Update& u) override {
    const bool paddle = options_.dialect == "paddle";
    std::vector<at::Tensor> g = u.gradients;
    if (u.group->weight_decay != 0) g = at::_foreach_add(g, u.parameters, u.group->weight_decay);
    at::_foreach_mul_(u.slots[0], options_.alpha);
    at::_foreach_addcmul_(u.slots[0], g, g, 1 - options_.alpha);
    std::vector<at::Tensor> variance = u.slots[0];
    if (options_.centered) {
      at::_foreach_lerp_(u.slots[1], g, 1 - options_.alpha);
      variance = at::_foreach_addcmul(variance, u.slots[1], u.slots[1], -1);
    }
    std::vector<at::Tensor> root = paddle ? at::_foreach_add(variance, options_.eps) : at::_foreach_sqrt(variance);
    if (paddle) at::_foreach_sqrt_(root);
    else at::_foreach_add_(root, options_.eps);
    if (options_.momentum == 0) {
      at::_foreach_addcdiv_(u.parameters, g, root, -u.lr);
      return;
    }
    const std::vector<at::Tensor>& velocity = u.slots.back();
    at::_foreach_mul_(velocity, options_.momentum);
    at::_foreach_addcdiv_(velocity, g, root, paddle ? u.lr : 1.0);
    at::_foreach_add_(u.parameters, velocity, paddle ? -1.0 : -u.lr);
  }

 private:
  static std::vector<std::string> slots(const RmsPropOptions& options) {
    std::vector<std::string> names{"square_avg"};
    if (options.centered) names.push_back("grad_avg");
    if (options.momentum != 0) names.push_back("momentum_buffer");
    return names;
  }
  RmsPropOptions options_;
};

struct LambOptions : CommonOptions {
  LambOptions() { weight_decay = 0.01; }
  std::vector<double> betas{0.9, 0.999};
  double eps = 1e-6;
  bool bias_correction = true;
  bool grad_averaging = true;
  bool adam_w_mode = true;
  double max_grad_norm = 1;
  bool use_nvlamb = false;
};

/// You et al., arXiv:1904.00962, in the form of NVIDIA apex: gradients clipped to a global norm, and the trust ratio
/// |p| / |update| of each tensor only where there is weight decay, or everywhere with use_nvlamb.
class Lamb : public Optimizer {
 public:
  Lamb(const LambOptions& options, std::vector<ParameterGroup> groups)
      : Optimizer(options.lr, std::move(groups), {"exp_avg", "exp_avg_sq"}), options_(options) {
    check_betas(name(), options.betas);
  }
  std::string name() const override { return "FusedLAMB"; }

 protected:
  void prepare(const std::vector<Update>& updates) override {
    std::vector<at::Tensor> gradients;
    for (const Update& u : updates) gradients.insert(gradients.end(), u.gradients.begin(), u.gradients.end());
    const double norm = global_norm(gradients);
    clip_ = options_.max_grad_norm > 0 && norm > options_.max_grad_norm ? norm / options_.max_grad_norm : 1;
  }

  void update(const Update& u) override {
    const double beta1 = options_.betas[0], beta2 = options_.betas[1], decay = u.group->weight_decay;
    std::vector<at::Tensor> g = at::_foreach_div(u.gradients, clip_);
    if (!options_.adam_w_mode && decay != 0) at::_foreach_add_(g, u.parameters, decay);
    at::_foreach_mul_(u.slots[0], beta1);
    at::_foreach_add_(u.slots[0], g, options_.grad_averaging ? 1 - beta1 : 1.0);
    at::_foreach_mul_(u.slots[1], beta2);
    at::_foreach_addcmul_(u.slots[1], g, g, 1 - beta2);
    for (size_t i = 0; i < g.size(); ++i) {
      const double t = static_cast<double>(u.step_counts[i]);
      const double correction1 = options_.bias_correction ? 1 - std::pow(beta1, t) : 1;
      const double correction2 = options_.bias_correction ? 1 - std::pow(beta2, t) : 1;
      at::Tensor root = u.slots[1][i].div(correction2).sqrt_().add_(options_.eps);
      at::Tensor update = u.slots[0][i].div(correction1).div_(root);
      at::Tensor parameter = u.parameters[i];
      if (options_.adam_w_mode && decay != 0) update.add_(parameter, decay);
      parameter.add_(update, -u.lr * trust_ratio(parameter, update, decay));
    }
  }

 private:
  double trust_ratio(const at::Tensor& parameter, const at::Tensor& update, double decay) const {
    if (!options_.use_nvlamb && decay == 0) return 1;
    const double size = parameter.norm().item<double>(), change = update.norm().item<double>();
    return size != 0 && change != 0 ? size / change : 1;
  }
  LambOptions options_;
  double clip_ = 1;
};

OptionTable<AdamOptions> adam_table() {
  auto table = optimizer_table<AdamOptions>("Adam");
  return add_betas(table)
      .add("amsgrad", &AdamOptions::amsgrad, "divide by the largest second moment so far")
      .add("decoupled_weight_decay", &AdamOptions::decoupled_weight_decay, "decay as AdamW does");
}

OptionTable<AdamWOptions> adamw_table() {
  auto table = optimizer_table<AdamWOptions>("AdamW");
  return table
      .add("betas", static_cast<std::vector<double> AdamWOptions::*>(&AdamWOptions::betas),
           "decay rates of the two moments")
      .range(0, 1)
      .add("eps", static_cast<double AdamWOptions::*>(&AdamWOptions::eps), "added to the root of the second moment")
      .range(0)
      .add("amsgrad", static_cast<bool AdamWOptions::*>(&AdamWOptions::amsgrad),
           "divide by the largest second moment so far");
}

OptionTable<RAdamOptions> radam_table() {
  auto table = optimizer_table<RAdamOptions>("RAdam");
  return add_betas(table).add("decoupled_weight_decay", &RAdamOptions::decoupled_weight_decay, "decay as AdamW does");
}

OptionTable<RmsPropOptions> rmsprop_table() {
  auto table = optimizer_table<RmsPropOptions>("RMSProp");
  return table.add("alpha", &RmsPropOptions::alpha, "decay of the mean square")
      .range(0, 1)
      .add("eps", &RmsPropOptions::eps, "added to the root (torch) or inside it (paddle)")
      .range(0)
      .add("momentum", &RmsPropOptions::momentum, "decay of the velocity")
      .range(0)
      .add("centered", &RmsPropOptions::centered, "subtract the squared mean from the mean square")
      .add("dialect", &RmsPropOptions::dialect, "whose rules")
      .choices({"torch", "paddle"});
}

OptionTable<LambOptions> lamb_table() {
  auto table = optimizer_table<LambOptions>("FusedLAMB");
  return add_betas(table)
      .add("bias_correction", &LambOptions::bias_correction, "correct the moments for their start at zero")
      .add("grad_averaging", &LambOptions::grad_averaging, "the first moment takes (1 - beta1) g instead of g")
      .add("adam_w_mode", &LambOptions::adam_w_mode, "decoupled weight decay; false: in the gradient")
      .add("max_grad_norm", &LambOptions::max_grad_norm, "largest global gradient norm; 0: no limit")
      .range(0)
      .add("use_nvlamb", &LambOptions::use_nvlamb, "trust ratio also without weight decay");
}

OptionTable<LbfgsOptions> lbfgs_table() {
  auto table = optimizer_table<LbfgsOptions>("LBFGS");
  return table.add("max_iter", &LbfgsOptions::max_iter, "iterations of one step")
      .range(1)
      .add("max_eval", &LbfgsOptions::max_eval, "evaluations of one step; null: 1.25 max_iter")
      .range(1)
      .add("tolerance_grad", &LbfgsOptions::tolerance_grad, "largest gradient entry at the end")
      .range(0)
      .add("tolerance_change", &LbfgsOptions::tolerance_change, "least change of loss and parameters")
      .range(0)
      .add("history_size", &LbfgsOptions::history_size, "remembered updates")
      .range(1)
      .add("line_search_fn", &LbfgsOptions::line_search_fn, "null: steps of length lr")
      .choices({"strong_wolfe"});
}

/// One line of the list; `create` makes the optimiser of parsed options and groups.
template <typename T, typename Create>
Component<std::unique_ptr<Optimizer>(const Config&, const NamedTensors&)> optimizer_entry(const OptionTable<T>& table,
                                                                                          std::string summary,
                                                                                          Create create) {
  return {table.component(), std::move(summary), table.docs(),
          [table, create](const Config& arguments, const NamedTensors& parameters) -> std::unique_ptr<Optimizer> {
            const T options = table.parse(arguments);
            return create(options, make_groups(parameters, options, table.component()));
          }};
}

template <typename O, typename... First>
auto make(First... first) {
  return [first...](const auto& options, std::vector<ParameterGroup> groups) {
    return std::make_unique<O>(first..., options, std::move(groups));
  };
}

}  // namespace

const OptimizerList& optimizers() {
  static const OptimizerList list(
      "optimizer",
      {
          optimizer_entry(sgd_table<SgdOptions>("SGD"), "gradient descent, optionally with momentum", make<Sgd>("SGD")),
          optimizer_entry(sgd_table<MomentumOptions>("Momentum"), "SGD with momentum 0.9 by default",
                          make<Sgd>("Momentum")),
          optimizer_entry(adam_table(), "adaptive moments; weight decay as L2 in the gradient", make<Adam>("Adam")),
          optimizer_entry(adamw_table(), "adaptive moments with decoupled weight decay", make<Adam>("AdamW")),
          optimizer_entry(radam_table(), "Adam with a rectified start instead of warm-up", make<RAdam>()),
          optimizer_entry(rmsprop_table(), "gradient over the root of its running mean square", make<RmsProp>()),
          optimizer_entry(lamb_table(), "layer-wise adaptive moments for large batches (apex)", make<Lamb>()),
          optimizer_entry(lbfgs_table(), "limited-memory BFGS; evaluates the loss several times a step", make<Lbfgs>()),
      });
  return list;
}

std::unique_ptr<Optimizer> make_optimizer(const Config& optimizer, const NamedTensors& parameters) {
  const NamedArguments named = named_arguments(optimizer);
  return optimizers().at(named.name, named.where).make(named.arguments, parameters);
}

}  // namespace spinel::train
