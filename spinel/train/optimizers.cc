#include "spinel/train/optimizers.h"

#include <ATen/core/grad_mode.h>

#include <algorithm>
#include <cmath>
#include <set>

#include "spinel/train/config.h"

namespace spinel::train {

Optimizer::Optimizer(double lr, std::vector<ParameterGroup> groups, std::vector<std::string> slots)
    : lr_(lr), groups_(std::move(groups)), slot_names_(std::move(slots)) {
  for (const ParameterGroup& group : groups_) {
    slots_.emplace_back(group.parameters.size());
    for (size_t i = 0; i < group.parameters.size(); ++i) {
      const at::Tensor& parameter = group.parameters[i];
      require(parameter.defined() && parameter.is_leaf() && parameter.is_floating_point(),
              "optimizer: parameter '{}' is no floating leaf tensor; parameters of a module are", group.names[i]);
      require(parameter.is_non_overlapping_and_dense(),
              "optimizer: parameter '{}' has gaps or overlaps in memory; make it contiguous", group.names[i]);
    }
  }
}

void Optimizer::set_lr(double lr) {
  require(std::isfinite(lr) && lr >= 0, "optimizer: the learning rate is {}; it must be finite and not negative", lr);
  lr_ = lr;
}

std::vector<at::Tensor> Optimizer::parameters() const {
  std::vector<at::Tensor> result;
  for (const ParameterGroup& group : groups_) {
    result.insert(result.end(), group.parameters.begin(), group.parameters.end());
  }
  return result;
}

void Optimizer::zero_grad() {
  for (const ParameterGroup& group : groups_) {
    for (const at::Tensor& parameter : group.parameters) parameter.mutable_grad().reset();
  }
}

void Optimizer::make_slots(const at::Tensor& parameter, Slots& slots) const {
  slots.steps = at::zeros({}, parameter.options().dtype(at::kFloat).requires_grad(false));
  slots.tensors.clear();
  for (size_t k = 0; k < slot_names_.size(); ++k) slots.tensors.push_back(at::zeros_like(parameter.detach()));
}

namespace {

/// The gradient with the parameter's strides, as the fused kernels walk all tensors in memory order.
at::Tensor matching_gradient(const at::Tensor& parameter, const std::string& name) {
  const at::Tensor& gradient = parameter.grad();
  require(gradient.layout() == at::kStrided && gradient.scalar_type() == parameter.scalar_type() &&
              gradient.sizes() == parameter.sizes() && gradient.device() == parameter.device(),
          "optimizer: the gradient of '{}' has another layout, dtype, shape or device than the parameter", name);
  if (gradient.strides() == parameter.strides()) return gradient;
  return at::empty_like(parameter.detach()).copy_(gradient);
}

}  // namespace

std::vector<Optimizer::Update> Optimizer::collect() {
  std::vector<Update> updates;
  for (size_t g = 0; g < groups_.size(); ++g) {
    const ParameterGroup& group = groups_[g];
    Update update;
    update.group = &group;
    update.lr = lr_ * group.lr_scale;
    update.slots.resize(slot_names_.size());
    for (size_t i = 0; i < group.parameters.size(); ++i) {
      const at::Tensor& parameter = group.parameters[i];
      if (!parameter.grad().defined()) continue;
      Slots& slots = slots_[g][i];
      if (!slots.steps.defined()) make_slots(parameter, slots);
      ++slots.count;
      if (slots.steps.is_cpu()) *slots.steps.mutable_data_ptr<float>() = static_cast<float>(slots.count);
      update.parameters.push_back(parameter);
      update.gradients.push_back(matching_gradient(parameter, group.names[i]));
      for (size_t k = 0; k < slot_names_.size(); ++k) update.slots[k].push_back(slots.tensors[k]);
      update.steps.push_back(slots.steps);
      update.step_counts.push_back(slots.count);
    }
    if (update.parameters.empty()) continue;
    if (!update.steps.front().is_cpu()) at::_foreach_add_(update.steps, 1);
    updates.push_back(std::move(update));
  }
  return updates;
}

void Optimizer::prepare(const std::vector<Update>&) {}

void Optimizer::step() {
  require(!needs_closure(), "{}: the update evaluates the loss several times; call step with a closure", name());
  at::NoGradGuard no_grad;
  const std::vector<Update> updates = collect();
  ++steps_;
  prepare(updates);
  for (const Update& update : updates) this->update(update);
}

double Optimizer::step(const std::function<double()>& closure) {
  const double loss = closure();
  step();
  return loss;
}

OptimizerState Optimizer::state() const {
  OptimizerState state = extra_state();
  NamedTensors extra = std::move(state.tensors);
  state.tensors = {};
  for (const auto& [name, tensor] : extra) state.tensors.set("extra/" + name, tensor);
  state.values.set("optimizer", name());
  state.values.set("lr", lr_);
  state.values.set("num_steps", steps_);
  for (size_t g = 0; g < groups_.size(); ++g) {
    for (size_t i = 0; i < slots_[g].size(); ++i) {
      const Slots& slots = slots_[g][i];
      if (!slots.steps.defined()) continue;
      state.tensors.set("step/" + groups_[g].names[i], at::scalar_tensor(slots.count, at::kLong));
      for (size_t k = 0; k < slot_names_.size(); ++k) {
        state.tensors.set(slot_names_[k] + "/" + groups_[g].names[i], slots.tensors[k]);
      }
    }
  }
  return state;
}

void Optimizer::load_state(const OptimizerState& state) {
  const std::string owner = state.values.at("optimizer").as_string();
  require(owner == name(), "optimizer state: it was saved by {}; the optimiser is {}", owner, name());
  const double lr = state.values.at("lr").as_double();
  const int64_t num_steps = state.values.at("num_steps").as_int();

  std::set<std::string> used;
  std::vector<std::vector<Slots>> loaded;
  for (size_t g = 0; g < groups_.size(); ++g) {
    loaded.emplace_back(groups_[g].parameters.size());
    for (size_t i = 0; i < groups_[g].parameters.size(); ++i) {
      const std::string& key = groups_[g].names[i];
      const at::Tensor* count = state.tensors.find("step/" + key);
      if (!count) continue;
      const at::Tensor& parameter = groups_[g].parameters[i];
      require(count->numel() == 1, "optimizer state: step/{} has {} numbers; it must be one", key, count->numel());
      Slots& slots = loaded[g][i];
      make_slots(parameter, slots);
      slots.count = count->item<int64_t>();
      slots.steps.fill_(static_cast<double>(slots.count));
      used.insert("step/" + key);
      for (size_t k = 0; k < slot_names_.size(); ++k) {
        const std::string slot = slot_names_[k] + "/" + key;
        const at::Tensor& value = state.tensors.at(slot, "optimizer state");
        require(value.sizes() == parameter.sizes(), "optimizer state: {} is [{}]; the parameter is [{}]", slot,
                join_text(value.sizes(), ", "), join_text(parameter.sizes(), ", "));
        slots.tensors[k].copy_(value);
        used.insert(slot);
      }
    }
  }
  OptimizerState extra{state.values, {}};
  for (const auto& [key, tensor] : state.tensors) {
    if (key.starts_with("extra/")) {
      extra.tensors.set(key.substr(6), tensor);
    } else {
      require(used.contains(key), "optimizer state: {} belongs to no parameter of this optimiser", key);
    }
  }
  load_extra_state(extra);
  set_lr(lr);
  steps_ = num_steps;
  slots_ = std::move(loaded);
}

namespace {

struct GroupRule {
  std::vector<std::string> parameters;
  double lr_scale = 1;
  std::optional<double> weight_decay;
};

const OptionTable<GroupRule>& group_rule_table() {
  static const OptionTable<GroupRule> table =
      OptionTable<GroupRule>("groups")
          .add("parameters", &GroupRule::parameters, "key patterns with '*' and '?'")
          .required()
          .add("lr_scale", &GroupRule::lr_scale, "factor on the learning rate")
          .range(0)
          .add("weight_decay", &GroupRule::weight_decay, "instead of the optimiser's");
  return table;
}

/// The first group whose pattern the key matches, or the number of groups.
size_t first_match(const std::string& key, const std::vector<GroupRule>& rules, std::set<std::string>& matched) {
  size_t first = rules.size();
  for (size_t g = 0; g < rules.size(); ++g) {
    for (const std::string& pattern : rules[g].parameters) {
      if (!matches_pattern(key, pattern)) continue;
      matched.insert(pattern);
      first = std::min(first, g);
    }
  }
  return first;
}

}  // namespace

std::vector<ParameterGroup> make_groups(const NamedTensors& parameters, const CommonOptions& options,
                                        const std::string& owner) {
  require(!parameters.empty(), "{}: there are no parameters to optimise", owner);
  std::vector<GroupRule> rules;
  for (const Config& rule : options.groups.as_list()) rules.push_back(group_rule_table().parse(rule));
  GroupRule no_decay;
  no_decay.parameters = options.no_decay;
  no_decay.weight_decay = options.no_decay_weight_decay;
  rules.push_back(no_decay);

  std::vector<ParameterGroup> groups(rules.size() + 1);
  for (size_t g = 0; g < groups.size(); ++g) {
    groups[g].weight_decay = options.weight_decay;
    if (g == rules.size()) continue;
    groups[g].lr_scale = rules[g].lr_scale;
    groups[g].weight_decay = rules[g].weight_decay.value_or(options.weight_decay);
  }
  std::set<std::string> matched;
  for (const auto& [key, parameter] : parameters) {
    size_t g = first_match(key, rules, matched);
    if (g == rules.size() && options.one_dim_param_no_decay && parameter.dim() <= 1) g = rules.size() - 1;
    groups[g].names.push_back(key);
    groups[g].parameters.push_back(parameter);
  }
  for (const GroupRule& rule : rules) {
    for (const std::string& pattern : rule.parameters) {
      require(matched.contains(pattern), "{}: '{}' matches no parameter{}", owner, pattern,
              suggestion(pattern, parameters.names()));
    }
  }
  std::erase_if(groups, [](const ParameterGroup& group) { return group.parameters.empty(); });
  return groups;
}

namespace {

std::vector<at::Tensor> gradients_of(const std::vector<at::Tensor>& parameters) {
  std::vector<at::Tensor> gradients;
  for (const at::Tensor& parameter : parameters) {
    if (parameter.grad().defined()) gradients.push_back(parameter.grad());
  }
  return gradients;
}

}  // namespace

double global_norm(const std::vector<at::Tensor>& tensors) {
  at::NoGradGuard no_grad;
  if (tensors.empty()) return 0;
  return at::stack(at::_foreach_norm(tensors, 2)).to(at::kDouble).norm().item<double>();
}

double clip_grad_norm(const std::vector<at::Tensor>& parameters, double max_norm, ClipRule rule) {
  require(std::isfinite(max_norm) && max_norm > 0, "clip_grad_norm: the largest norm is {}; it must be positive",
          max_norm);
  at::NoGradGuard no_grad;
  std::vector<at::Tensor> gradients = gradients_of(parameters);
  const double norm = global_norm(gradients);
  const double factor = rule == ClipRule::torch ? max_norm / (norm + 1e-6) : max_norm / std::max(norm, max_norm);
  if (std::isfinite(norm) && factor < 1) at::_foreach_mul_(gradients, factor);
  return norm;
}

void clip_grad_value(const std::vector<at::Tensor>& parameters, double max_value) {
  require(std::isfinite(max_value) && max_value > 0, "clip_grad_value: the largest value is {}; it must be positive",
          max_value);
  at::NoGradGuard no_grad;
  std::vector<at::Tensor> gradients = gradients_of(parameters);
  if (gradients.empty()) return;
  at::_foreach_clamp_max_(gradients, max_value);
  at::_foreach_clamp_min_(gradients, -max_value);
}

}  // namespace spinel::train
