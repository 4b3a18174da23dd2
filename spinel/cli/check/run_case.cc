#include "spinel/cli/check/run_case.h"

#include <ATen/ATen.h>
#include <ATen/Context.h>

#include <algorithm>
#include <set>

#include "spinel/base/error.h"
#include "spinel/base/suggest.h"
#include "spinel/cli/check/rows.h"

namespace spinel::check {
namespace {

/// Random functions with `args.seed` draw from the global generator.
void seed_generator(const GoldenCase& golden) {
  const Config* seed = golden.section("args").find("seed");
  if (seed && seed->type() == Config::Type::integer) at::manual_seed(static_cast<uint64_t>(seed->as_int()));
}

/// The case's inputs; those whose gradient is asked for are leaves.
NamedTensors differentiable_inputs(const GoldenCase& golden) {
  NamedTensors inputs;
  for (const auto& [name, tensor] : golden.inputs) {
    at::Tensor input = tensor;
    if (golden.grad_inputs.contains(name)) {
      require(input.is_floating_point(), "{}: grad.input.{} belongs to an input that is not floating", golden.file,
              name);
      input.set_requires_grad(true);
    }
    inputs.set(name, std::move(input));
  }
  return inputs;
}

/// Outputs with what they are multiplied with: those that have a cotangent, else all floating ones with ones.
void collect_scalar(const OutputComparison& all, std::vector<at::Tensor>& outputs,
                    std::vector<at::Tensor>& cotangents) {
  const GoldenCase& golden = all.golden();
  for (const auto& [name, stored] : golden.stored) {
    const at::Tensor result = all.result(name);
    if (!result.defined() || !result.is_floating_point() || !result.requires_grad()) continue;
    const at::Tensor cotangent = golden.cotangents.empty() ? at::ones_like(result) : all.cotangent_for_result(name);
    if (!cotangent.defined()) continue;
    outputs.push_back(result);
    cotangents.push_back(cotangent.to(result.scalar_type()));
  }
}

bool compares_rows(const GoldenCase& golden) {
  for (const auto& [output, rule] : golden.section("compare").as_map()) {
    if (to_json(rule, -1).find("\"rows") != std::string::npos) return true;
  }
  return false;
}

/// Where outputs are compared as rows in any order, equal rows of the inputs (parallel edges with the same attributes)
/// may change places, and their gradients with them: row i of an input and of its gradient is joined to row i of all
/// inputs that have as many.
Comparison compare_gradient_rows(const std::string& name, const at::Tensor& gradient, const at::Tensor& stored,
                                 const NamedTensors& inputs, Tolerance tolerance) {
  std::vector<RowMember> members{{"grad.input." + name, gradient, stored, {}, {}, 0, false}};
  for (const auto& [input, tensor] : inputs) {
    for (int64_t axis = 0; axis < std::min<int64_t>(tensor.dim(), 2); ++axis) {
      if (tensor.size(axis) != stored.size(0)) continue;
      const at::Tensor values = tensor.detach();
      members.push_back({input, values, values, {}, {}, axis, false});
      break;
    }
  }
  return match_rows(members, tolerance).comparison;
}

/// The gradients of the case's scalar beside the stored ones.
void compare_gradients(const OutputComparison& all, const NamedTensors& params, const NamedTensors& inputs,
                       std::vector<OutputReport>& reports) {
  const GoldenCase& golden = all.golden();
  struct Wanted {
    std::string title;
    at::Tensor variable, stored;
  };
  std::vector<Wanted> wanted;
  for (const auto& [name, stored] : golden.grad_params) {
    wanted.push_back({"grad.param." + name, params.at(name, "grad.param"), stored});
  }
  const std::string input_prefix = "grad.input.";
  for (const auto& [name, stored] : golden.grad_inputs) {
    wanted.push_back({input_prefix + name, inputs.at(name, "grad.input"), stored});
  }
  if (wanted.empty()) return;
  std::vector<at::Tensor> outputs, cotangents, variables;
  collect_scalar(all, outputs, cotangents);
  if (outputs.empty()) {
    reports.push_back({"gradients", Comparison::differs("no output depends differentiably on an input or parameter")});
    return;
  }
  for (size_t k = 0; k < outputs.size(); ++k) {
    if (outputs[k].sizes() != cotangents[k].sizes()) {
      reports.push_back({"gradients", Comparison::differs("an output has another shape than its cotangent")});
      return;
    }
  }
  for (const Wanted& one : wanted) variables.push_back(one.variable);
  const auto gradients = torch::autograd::grad(outputs, variables, cotangents, /*retain_graph=*/false,
                                               /*create_graph=*/false, /*allow_unused=*/true);
  for (size_t k = 0; k < wanted.size(); ++k) {
    // A gradient that is absent is one of zeros.
    const at::Tensor gradient = gradients[k].defined() ? gradients[k] : at::zeros_like(wanted[k].variable);
    Comparison compared = compare_elementwise(gradient, wanted[k].stored, golden.grad_tolerance);
    const bool of_input = wanted[k].title.starts_with(input_prefix);
    if (!compared.ok && of_input && gradient.dim() > 0 && gradient.sizes() == wanted[k].stored.sizes() &&
        compares_rows(golden)) {
      const Comparison rows = compare_gradient_rows(wanted[k].title.substr(input_prefix.size()), gradient,
                                                    wanted[k].stored, inputs, golden.grad_tolerance);
      if (rows.ok) compared = rows;
    }
    reports.push_back({wanted[k].title, std::move(compared)});
  }
}

/// All parameters and buffers under all their names; the tensors are the module's own.
NamedTensors state_of(const nn::Module& module) {
  NamedTensors state = module.state_dict();
  for (const auto& [name, buffer] : module.named_buffers()) state.set(name, buffer);
  return state;
}

/// Replaces the values of module tensors by stored ones, with the stored dtype.
void load_tensors(const NamedTensors& state, const NamedTensors& stored, const std::string& what,
                  const std::string& file) {
  for (const auto& [name, tensor] : stored) {
    const at::Tensor* target = state.find(name);
    if (!target) {
      fail(ErrorKind::invalid_argument, "{}: the module has no {} '{}'{}", file, what, name,
           suggestion(name, state.names()));
    }
    require(target->sizes() == tensor.sizes(), "{}: {} '{}' has the shape [{}] but the module's has [{}]", file, what,
            name, join_text(tensor.sizes(), ", "), join_text(target->sizes(), ", "));
    const bool requires_grad = target->requires_grad();
    at::Tensor slot = *target;
    slot.set_data(tensor.clone());
    slot.set_requires_grad(requires_grad);
  }
}

/// The stored buffers but for those that only the loss uses (target_mean and target_std of its terms).
NamedTensors module_buffers(const GoldenCase& golden, const NamedTensors& state) {
  std::set<std::string> of_the_loss;
  if (const Config* terms = golden.section("loss").find("terms")) {
    for (const Config& term : terms->as_list()) {
      for (const char* key : {"target_mean", "target_std"}) {
        if (const Config* name = term.find(key)) of_the_loss.insert(name->as_string());
      }
    }
  }
  NamedTensors buffers;
  for (const auto& [name, tensor] : golden.buffers) {
    if (state.contains(name) || !of_the_loss.contains("buffer." + name)) buffers.set(name, tensor);
  }
  return buffers;
}

/// `after.<key>` is state read after the call.
void read_after_state(const GoldenCase& golden, const nn::Module& module, golden::Outputs& outputs) {
  const NamedTensors state = state_of(module);
  const std::string_view prefix = "after.";
  for (const auto& [name, stored] : golden.stored) {
    if (!name.starts_with(prefix)) continue;
    const at::Tensor* found = state.find(name.substr(prefix.size()));
    outputs.tensors.emplace_back(name, found ? found->detach().clone() : at::Tensor());
  }
}

template <typename List>
const auto& find_component(const List& list, const std::string& component, const std::string& kind) {
  std::vector<std::string> names;
  for (const auto& entry : list) {
    if (entry.name == component) return entry;
    names.push_back(entry.name);
  }
  fail(ErrorKind::not_found, "{}: no {} is known under this name{}", component, kind, suggestion(component, names));
}

std::vector<OutputReport> run_kind(const GoldenCase& golden, const CheckLists& lists) {
  if (golden.kind == "function") {
    return run_function_case(golden, find_component(lists.functions, golden.component, "function"));
  }
  if (golden.kind == "module" || golden.kind == "sample") {
    return run_module_case(golden, find_component(lists.modules, golden.component, "module"));
  }
  if (golden.kind == "train") {
    return run_train_case(golden, find_component(lists.modules, golden.component, "module"));
  }
  fail(ErrorKind::corrupt, "{}: the kind '{}' is unknown; known: module, function, train, sample", golden.file,
       golden.kind);
}

CaseResult failed(std::string reason) { return {CaseResult::Status::failed, std::move(reason), {}}; }

/// Status and reason of what the reports say.
CaseResult summarise(std::vector<OutputReport> reports) {
  CaseResult result;
  for (const OutputReport& report : reports) {
    if (report.comparison.ok) continue;
    result.status = CaseResult::Status::failed;
    if (!result.reason.empty()) result.reason += "; ";
    result.reason += report.output + ": " + report.comparison.text;
  }
  result.reports = std::move(reports);
  return result;
}

}  // namespace

golden::ModuleUnderTest make_module(const GoldenCase& golden, const golden::ModuleEntry& entry) {
  golden::ModuleUnderTest made = entry.make(golden.section("args"));
  nn::Module& module = *made.module;
  module.materialize_from(golden.params);
  const NamedTensors& typed = golden.params.empty() ? golden.inputs : golden.params;
  for (const auto& [name, tensor] : typed) {
    if (!tensor.is_floating_point()) continue;
    module.to(tensor.scalar_type());
    break;
  }
  if (!golden.stored.empty()) module.to(golden.stored.begin()->second.device());
  const NamedTensors state = state_of(module);
  load_tensors(state, golden.params, "parameter", golden.file);
  load_tensors(state, module_buffers(golden, state), "buffer", golden.file);
  for (const auto& [name, parameter] : module.named_parameters()) {
    require(golden.params.contains(name) || golden.params.empty(), "{}: the module's parameter '{}' is not in the case",
            golden.file, name);
  }
  module.train(golden.kind == "train" ||
               (golden.metadata.contains("mode") && golden.section("mode") == Config("train")));
  return made;
}

void compare_state(const nn::Module& module, const NamedTensors& stored, const std::string& title, Tolerance tolerance,
                   std::vector<OutputReport>& reports) {
  const NamedTensors state = state_of(module);
  for (const auto& [name, expected] : stored) {
    const at::Tensor* found = state.find(name);
    reports.push_back({title + name, found ? compare_elementwise(*found, expected, tolerance)
                                           : Comparison::differs("the module has no such tensor")});
  }
}

std::vector<OutputReport> run_function_case(const GoldenCase& golden, const golden::Function& function) {
  const NamedTensors inputs = differentiable_inputs(golden);
  const golden::Call call = make_call(golden, inputs);
  seed_generator(golden);
  const golden::Outputs outputs = function.run(call);
  OutputComparison comparison(golden, outputs);
  std::vector<OutputReport> reports = comparison.run();
  compare_gradients(comparison, {}, inputs, reports);
  return reports;
}

std::vector<OutputReport> run_module_case(const GoldenCase& golden, const golden::ModuleEntry& entry) {
  const golden::ModuleUnderTest made = make_module(golden, entry);
  const NamedTensors inputs = differentiable_inputs(golden);
  const golden::Call call = make_call(golden, inputs);
  seed_generator(golden);
  golden::Outputs outputs = made.run(call);
  read_after_state(golden, *made.module, outputs);
  OutputComparison comparison(golden, outputs);
  std::vector<OutputReport> reports = comparison.run();
  compare_gradients(comparison, state_of(*made.module), inputs, reports);
  compare_state(*made.module, golden.final_state, "final.param.", golden.tolerance, reports);
  return reports;
}

CaseResult run_golden_file(const std::string& file, const CheckLists& lists, const CheckSettings& settings) {
  try {
    const GoldenCase golden = read_golden_case(file, settings);
    const std::string missing = missing_need(golden, settings);
    if (!missing.empty()) return {CaseResult::Status::skipped, missing, {}};
    return summarise(run_kind(golden, lists));
  } catch (const Error& error) {
    return failed(error.what());
  } catch (const std::exception& error) {
    // libtorch's messages carry a stack trace from the second line on.
    const std::string message = error.what();
    return failed(message.substr(0, message.find('\n')));
  }
}

}  // namespace spinel::check
