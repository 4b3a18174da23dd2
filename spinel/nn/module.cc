#include "spinel/nn/module.h"

#include <ATen/ATen.h>
#include <ATen/core/grad_mode.h>

#include <span>
#include <unordered_set>

#include "spinel/base/error.h"
#include "spinel/base/suggest.h"

namespace spinel::nn {

void Module::walk(const std::string& prefix, const std::function<void(const std::string&, Module&)>& visit) const {
  visit(prefix, const_cast<Module&>(*this));
  for (const auto& [name, child] : children_) child->walk(name.empty() ? prefix : prefix + name + ".", visit);
}

void Module::reset_parameters() {
  for (const auto& [name, child] : children_) child->reset_parameters();
}

void Module::add_parameter(std::string name, at::Tensor& tensor) {
  if (!tensor.defined()) return;
  tensor.set_requires_grad(true);
  parameters_.push_back({std::move(name), &tensor});
}

void Module::add_lazy_parameter(std::string name, at::Tensor& tensor) {
  tensor = at::empty({0});
  tensor.set_requires_grad(true);
  parameters_.push_back({std::move(name), &tensor, true, true});
}

void Module::materialize(at::Tensor& tensor, at::IntArrayRef sizes) {
  for (Slot& slot : parameters_) {
    if (slot.tensor != &tensor) continue;
    tensor.set_data(at::empty(sizes, tensor.options()));
    slot.lazy = false;
  }
}

bool Module::is_lazy(const at::Tensor& tensor) const {
  for (const Slot& slot : parameters_) {
    if (slot.tensor == &tensor) return slot.lazy;
  }
  return false;
}

bool Module::has_lazy_parameters() const {
  bool found = false;
  walk("", [&](const std::string&, Module& module) {
    for (const Slot& slot : module.parameters_) found = found || slot.lazy;
  });
  return found;
}

void Module::materialize_from(const NamedTensors& state) {
  walk("", [&](const std::string& prefix, Module& module) {
    bool changed = false;
    for (Slot& slot : module.parameters_) {
      const at::Tensor* value = slot.lazy ? state.find(prefix + slot.name) : nullptr;
      if (!value) continue;
      module.materialize(*slot.tensor, value->sizes());
      changed = true;
    }
    if (changed) module.on_materialized();
  });
}

void Module::add_buffer(std::string name, at::Tensor& tensor, bool persistent) {
  if (tensor.defined()) buffers_.push_back({std::move(name), &tensor, persistent});
}

void Module::add_child(std::string name, Module& child) { children_.emplace_back(std::move(name), &child); }

NamedTensors Module::named_parameters() const {
  NamedTensors result;
  std::unordered_set<const void*> seen;
  walk("", [&](const std::string& prefix, Module& module) {
    for (const Slot& slot : module.parameters_) {
      if (seen.insert(slot.tensor->unsafeGetTensorImpl()).second) result.set(prefix + slot.name, *slot.tensor);
    }
  });
  return result;
}

std::vector<at::Tensor> Module::parameters() const {
  std::vector<at::Tensor> result;
  for (const auto& [name, tensor] : named_parameters()) result.push_back(tensor);
  return result;
}

NamedTensors Module::named_buffers() const {
  NamedTensors result;
  walk("", [&](const std::string& prefix, Module& module) {
    for (const Slot& slot : module.buffers_) result.set(prefix + slot.name, *slot.tensor);
  });
  return result;
}

NamedTensors Module::state_dict() const {
  NamedTensors result;
  walk("", [&](const std::string& prefix, Module& module) {
    for (const Slot& slot : module.parameters_) result.set(prefix + slot.name, *slot.tensor);
    for (const Slot& slot : module.buffers_) {
      if (slot.persistent) result.set(prefix + slot.name, *slot.tensor);
    }
  });
  return result;
}

LoadReport Module::load_state_dict(const NamedTensors& state, KeyMatch match) {
  LoadReport report;
  std::vector<std::string> wrong;
  materialize_from(state);
  const NamedTensors own = state_dict();
  for (const auto& [key, tensor] : own) {
    const at::Tensor* value = state.find(key);
    if (!value) {
      report.missing.push_back(key);
    } else if (value->sizes() != tensor.sizes()) {
      wrong.push_back(
          format("{} is [{}], here [{}]", key, join_text(value->sizes(), ", "), join_text(tensor.sizes(), ", ")));
    }
  }
  for (const auto& [key, tensor] : state) {
    if (!own.contains(key)) report.unexpected.push_back(key);
  }
  require(wrong.empty(), "state dict: {} tensors have another shape: {}", wrong.size(), first_few(wrong));
  if (match != KeyMatch::allow_all) {
    require(report.missing.empty(), "state dict: {} keys are missing: {}{}", report.missing.size(),
            first_few(report.missing),
            report.missing.empty() ? "" : suggestion(report.missing.front(), report.unexpected));
  }
  if (match == KeyMatch::exact) {
    require(report.unexpected.empty(), "state dict: {} keys are unknown: {}{}", report.unexpected.size(),
            first_few(report.unexpected),
            report.unexpected.empty() ? "" : suggestion(report.unexpected.front(), own.names()));
  }
  at::NoGradGuard no_grad;
  for (const auto& [key, tensor] : own) {
    if (const at::Tensor* value = state.find(key)) at::Tensor(tensor).copy_(*value);
  }
  return report;
}

void Module::convert(const std::function<at::Tensor(const at::Tensor&)>& conversion) {
  walk("", [&](const std::string&, Module& module) {
    for (auto* slots : {&module.parameters_, &module.buffers_}) {
      for (Slot& slot : *slots) slot.tensor->set_data(conversion(slot.tensor->detach()));
    }
  });
}

void Module::to(at::ScalarType dtype) {
  convert([&](const at::Tensor& t) { return t.is_floating_point() ? t.to(dtype) : t; });
}

void Module::to(at::Device device) {
  convert([&](const at::Tensor& t) { return t.to(device); });
}

void Module::train(bool on) {
  walk("", [&](const std::string&, Module& module) { module.training_ = on; });
}

void Module::requires_grad(bool on) {
  for (at::Tensor tensor : parameters()) tensor.set_requires_grad(on);
}

int64_t Module::num_parameters() const {
  int64_t count = 0;
  for (const at::Tensor& tensor : parameters()) count += tensor.numel();
  return count;
}

}  // namespace spinel::nn
