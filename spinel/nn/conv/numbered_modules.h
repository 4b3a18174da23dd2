// Layers of one kind under the names 0, 1, …: what the reference keeps in a ModuleList.
#pragma once

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "spinel/nn/module.h"

namespace spinel::nn {

/// A child of its owner; its own children are numbered.
template <class M>
class NumberedModules : public Module {
 public:
  template <typename... A>
  M& add(A&&... arguments) {
    return add(std::make_unique<M>(std::forward<A>(arguments)...));
  }
  M& add(std::unique_ptr<M> module) {
    add_child(std::to_string(modules_.size()), *module);
    modules_.push_back(std::move(module));
    return *modules_.back();
  }
  size_t size() const { return modules_.size(); }
  M& operator[](size_t k) const { return *modules_[k]; }
  auto begin() const { return modules_.begin(); }
  auto end() const { return modules_.end(); }

 private:
  std::vector<std::unique_ptr<M>> modules_;
};

}  // namespace spinel::nn
