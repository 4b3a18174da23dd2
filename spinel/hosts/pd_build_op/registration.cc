#include "spinel/hosts/pd_build_op/registration.h"

#include <torch/library.h>

#include "spinel/base/error.h"
#include "spinel/hosts/pd_build_op/kernels.h"

namespace spinel::hosts::pd {

struct Registration::State {
  State(std::shared_ptr<const Operator> declared, const std::string& name_space)
      : op(std::move(declared)), library(torch::Library::FRAGMENT, name_space, std::nullopt, __FILE__, __LINE__) {}
  std::shared_ptr<const Operator> op;
  torch::Library library;
};

Registration::Registration(Declaration declaration, const std::string& name_space) {
  const std::string name = declaration.operator_name();
  require(declaration.kernel != nullptr, "{}: no kernel is declared for it; SetKernelFn(PD_KERNEL(f)) does", name);
  const std::string schema = schema_of(declaration);
  const auto op = std::make_shared<const Operator>(Operator{std::move(declaration), name_space});
  state_ = std::make_unique<State>(op, name_space);
  torch::Library& library = state_->library;
  library.def(torch::schema(schema.c_str(), c10::AliasAnalysisKind::FROM_SCHEMA));
  const auto add = [&](c10::DispatchKey key, torch::CppFunction kernel) {
    library.impl(name.c_str(), torch::dispatch(key, std::move(kernel)));
  };
  add(c10::DispatchKey::CompositeExplicitAutograd, make_compute_kernel(op));
  add(c10::DispatchKey::Meta, make_meta_kernel(op));
  add(c10::DispatchKey::Autograd, make_autograd_kernel(op));
  add_operator(op);
}

Registration::~Registration() {
  if (state_) remove_operator(state_->op);
}
Registration::Registration(Registration&&) noexcept = default;
Registration& Registration::operator=(Registration&&) noexcept = default;

}  // namespace spinel::hosts::pd
