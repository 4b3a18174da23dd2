#include "spinel/train/model.h"

#include <ATen/ATen.h>

#include "spinel/base/error.h"

namespace spinel::train {
namespace {

const JoinRule* rule_of(const std::vector<JoinRule>& rules, const std::string& name) {
  for (const JoinRule& rule : rules) {
    if (rule.name == name) return &rule;
  }
  return nullptr;
}

at::Tensor join_one(std::span<const NamedTensors> samples, const std::string& name, const JoinRule* rule) {
  const JoinRule::Kind kind = rule ? rule->kind : JoinRule::Kind::concat;
  std::vector<at::Tensor> parts;
  int64_t shift = 0;
  for (size_t k = 0; k < samples.size(); ++k) {
    at::Tensor part = samples[k].at(name, "batch");
    if (kind == JoinRule::Kind::number) part = at::full_like(part, static_cast<int64_t>(k));
    if (kind == JoinRule::Kind::shift) {
      if (shift) part = part + shift;
      shift += samples[k].at(rule->by, "batch").item<int64_t>();
    }
    parts.push_back(std::move(part));
  }
  return kind == JoinRule::Kind::stack ? at::stack(parts) : at::cat(parts);
}

class CallingEvaluator : public Evaluator {
 public:
  explicit CallingEvaluator(Model& model) : model_(model) {}

  Evaluation evaluate(const Frame& frame) override {
    const at::ScalarType dtype = model_.parameters().front().scalar_type();
    const NamedTensors sample = model_.featurize(frame, dtype);
    const NamedTensors inputs = join(std::span(&sample, 1), model_.join_rules());
    const NamedTensors outputs = model_.call(inputs);
    Evaluation result;
    result.energy = outputs.at("energy", model_.name()).item<double>();
    const at::Tensor forces = outputs.at("forces", model_.name()).detach().to(at::kDouble).contiguous();
    const double* f = forces.const_data_ptr<double>();
    for (int64_t i = 0; i < frame.size(); ++i) result.forces.push_back({f[3 * i], f[3 * i + 1], f[3 * i + 2]});
    if (const at::Tensor* stress = outputs.find("stress")) {
      const at::Tensor s = stress->detach().to(at::kDouble).reshape({3, 3}).contiguous();
      Matrix3& m = result.stress.emplace();
      for (int i = 0; i < 9; ++i) m[i / 3][i % 3] = s.const_data_ptr<double>()[i];
    }
    return result;
  }

 private:
  Model& model_;
};

}  // namespace

NamedTensors join(std::span<const NamedTensors> samples, const std::vector<JoinRule>& rules) {
  require(!samples.empty(), "batch: it has no samples; at least one is needed");
  NamedTensors result;
  for (const auto& [name, tensor] : samples.front()) {
    result.set(name, join_one(samples, name, rule_of(rules, name)));
  }
  return result;
}

std::unique_ptr<Evaluator> Model::make_evaluator() const {
  return std::make_unique<CallingEvaluator>(const_cast<Model&>(*this));
}

}  // namespace spinel::train
