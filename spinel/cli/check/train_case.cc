// Golden cases of kind `train`: the losses before each step, and the parameters after the last.
#include <ATen/ATen.h>

#include <algorithm>

#include "spinel/base/error.h"
#include "spinel/base/suggest.h"
#include "spinel/cli/check/run_case.h"
#include "spinel/cli/check/train_loss.h"
#include "spinel/train/check.h"

namespace spinel::check {
namespace {

const TrainLoss& loss_of(const GoldenCase& golden) {
  const std::string& name = golden.section("loss").at("name").as_string();
  std::vector<std::string> names;
  for (const TrainLoss& loss : train_loss_list()) {
    if (loss.name == name) return loss;
    names.push_back(loss.name);
  }
  fail(ErrorKind::corrupt, "{}: there is no loss '{}'{}", golden.file, name, suggestion(name, names));
}

/// batch<j>.input.<name> for each j, or batch<j>.input.m<k>.<name> for each micro-batch k.
std::vector<std::vector<NamedTensors>> read_batches(const GoldenCase& golden) {
  const Config* given = golden.section("loss").find("micro_batches");
  const int64_t parts = given ? given->as_int() : 1;
  require(parts >= 1 && parts <= 1000, "{}: micro_batches is {}; between 1 and 1000 are possible", golden.file, parts);
  std::vector<std::vector<NamedTensors>> batches;
  while (true) {
    std::vector<NamedTensors> batch;
    for (int64_t part = 0; part < parts; ++part) {
      std::string prefix = "batch" + std::to_string(batches.size()) + ".input.";
      if (given) prefix += "m" + std::to_string(part) + ".";
      NamedTensors tensors;
      for (auto at = golden.others.lower_bound(prefix); at != golden.others.end() && at->first.starts_with(prefix);
           ++at) {
        tensors.set(at->first.substr(prefix.size()), at->second);
      }
      if (!tensors.empty()) batch.push_back(std::move(tensors));
    }
    if (batch.empty()) return batches;
    batches.push_back(std::move(batch));
  }
}

/// The rate of each step: the tensor `lr`, else the optimiser's lr_per_step, else its lr.
std::vector<double> rates(const GoldenCase& golden, int64_t steps) {
  std::vector<double> result;
  const Config& optimizer = golden.section("optimizer");
  const auto tensor = golden.others.find("lr");
  if (tensor != golden.others.end()) {
    const at::Tensor values = tensor->second.to(at::kCPU, at::kDouble).contiguous();
    result.assign(values.const_data_ptr<double>(), values.const_data_ptr<double>() + values.numel());
  } else if (const Config* list = optimizer.find("lr_per_step")) {
    result = list->as_doubles();
  } else {
    result.assign(static_cast<size_t>(steps), optimizer.at("lr").as_double());
  }
  require(static_cast<int64_t>(result.size()) >= steps, "{}: {} rates are given for {} steps", golden.file,
          result.size(), steps);
  return result;
}

/// One update of a step with its own optimiser and its share of the parameters.
struct Updater {
  TrainUpdate update;
  NamedTensors parameters;
  train::GoldenOptimizer optimizer;
};

std::vector<Updater> make_updaters(const GoldenCase& golden, const nn::Module& module) {
  std::vector<Updater> updaters;
  for (const TrainUpdate& update : loss_of(golden).updates) {
    NamedTensors parameters;
    for (const auto& [name, tensor] : module.named_parameters()) {
      if (name.starts_with(update.parameters)) parameters.set(name, tensor);
    }
    require(!parameters.empty(), "{}: no parameter begins with '{}'", golden.file, update.parameters);
    Updater updater{update, parameters, train::make_golden_optimizer(golden.section("optimizer"), parameters)};
    updaters.push_back(std::move(updater));
  }
  return updaters;
}

/// Loss, gradients and step of one update; returns the recorded columns.
std::vector<double> make_update(Updater& updater, const GoldenCase& golden, golden::ModuleUnderTest& module,
                                const std::vector<NamedTensors>& batch, double rate) {
  for (const auto& [name, parameter] : module.module->named_parameters()) parameter.mutable_grad() = at::Tensor();
  std::vector<double> recorded;
  std::vector<at::Tensor> variables;
  for (const auto& [name, parameter] : updater.parameters) variables.push_back(parameter);
  for (const NamedTensors& part : batch) {
    const TrainingStep step{golden, module, part, golden.section("loss")};
    const std::vector<at::Tensor> columns = updater.update.loss(step);
    recorded.resize(columns.size());
    const double share = 1.0 / static_cast<double>(batch.size());
    for (size_t c = 0; c < columns.size(); ++c)
      recorded[c] += share * columns[c].detach().to(at::kDouble).item<double>();
    const auto gradients = torch::autograd::grad({columns.front() * share}, variables, {}, std::nullopt,
                                                 /*create_graph=*/false, /*allow_unused=*/true);
    for (size_t k = 0; k < variables.size(); ++k) {
      if (!gradients[k].defined()) continue;
      at::Tensor& sum = variables[k].mutable_grad();
      sum = sum.defined() ? sum + gradients[k].detach() : gradients[k].detach();
    }
  }
  updater.optimizer.optimizer->set_lr(rate);
  updater.optimizer.step();
  return recorded;
}

/// The mean of the state after each step from `swa_from_step` on.
class SwaMean {
 public:
  SwaMean(const GoldenCase& golden) : wanted_(golden.final_swa) {
    const Config* from = golden.section("optimizer").find("swa_from_step");
    from_ = from ? from->as_int() : -1;
  }
  void after_step(int64_t step, const nn::Module& module) {
    if (from_ < 0 || step < from_) return;
    ++count_;
    NamedTensors state = module.state_dict();
    for (const auto& [name, buffer] : module.named_buffers()) state.set(name, buffer);
    for (const auto& [name, stored] : wanted_) {
      const at::Tensor* value = state.find(name);
      if (!value) continue;
      const at::Tensor now = value->detach().to(at::kDouble);
      const at::Tensor mean = means_.get(name);
      means_.set(name, mean.defined() ? mean + (now - mean) / count_ : now.clone());
    }
  }
  void compare(Tolerance tolerance, std::vector<OutputReport>& reports) const {
    for (const auto& [name, stored] : wanted_) {
      const at::Tensor mean = means_.get(name);
      reports.push_back(
          {"final.swa." + name, mean.defined() ? compare_elementwise(mean.to(stored.scalar_type()), stored, tolerance)
                                               : Comparison::differs("the module has no such tensor")});
    }
  }

 private:
  const NamedTensors& wanted_;
  NamedTensors means_;
  int64_t from_ = -1;
  double count_ = 0;
};

}  // namespace

std::vector<OutputReport> run_train_case(const GoldenCase& golden, const golden::ModuleEntry& entry) {
  const auto stored = golden.others.find("loss");
  if (stored == golden.others.end()) fail(ErrorKind::corrupt, "{}: the case stores no 'loss'", golden.file);
  const at::Tensor expected = stored->second.to(at::kCPU);
  require(expected.dim() == 1 || expected.dim() == 2,
          "{}: 'loss' has {} axes; [steps] or [steps, columns] are possible", golden.file, expected.dim());
  const std::vector<std::vector<NamedTensors>> batches = read_batches(golden);
  require(!batches.empty(), "{}: the case has no batches; batch0.input.<name> is needed", golden.file);
  golden::ModuleUnderTest made = make_module(golden, entry);
  std::vector<Updater> updaters = make_updaters(golden, *made.module);
  const int64_t steps = expected.size(0);
  const std::vector<double> rate = rates(golden, steps);
  SwaMean swa(golden);
  std::vector<double> losses;
  for (int64_t step = 0; step < steps; ++step) {
    const auto& batch = batches[static_cast<size_t>(step) % batches.size()];
    for (Updater& updater : updaters) {
      const std::vector<double> columns = make_update(updater, golden, made, batch, rate[static_cast<size_t>(step)]);
      losses.insert(losses.end(), columns.begin(), columns.end());
    }
    swa.after_step(step, *made.module);
  }
  std::vector<OutputReport> reports;
  at::Tensor loss = at::tensor(losses, at::kDouble);
  if (loss.numel() == expected.numel()) loss = loss.view(expected.sizes());
  reports.push_back({"loss", compare_elementwise(loss, expected.to(at::kDouble), golden.tolerance)});
  compare_state(*made.module, golden.final_state, "final.param.", golden.grad_tolerance, reports);
  swa.compare(golden.grad_tolerance, reports);
  return reports;
}

}  // namespace spinel::check
