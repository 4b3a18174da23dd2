#include "spinel/train/losses.h"

#include <cmath>

#include "spinel/train/cross_entropy.h"

namespace spinel::train {
namespace {

void check_shapes(const std::string& name, const at::Tensor& prediction, const at::Tensor& target) {
  require(prediction.sizes() == target.sizes(), "{}: the prediction is [{}] but the target is [{}]", name,
          join_text(prediction.sizes(), ", "), join_text(target.sizes(), ", "));
}

struct LossOptions {
  std::string reduction = "mean";
  bool ignore_nan = false;
};
struct HuberOptions : LossOptions {
  double beta = 1;
};

template <typename T>
OptionTable<T> loss_table(const std::string& name) {
  OptionTable<T> table(name);
  table.add("reduction", static_cast<std::string T::*>(&T::reduction), "over all entries")
      .choices({"mean", "sum"})
      .add("ignore_nan", static_cast<bool T::*>(&T::ignore_nan), "leave out entries whose target is NaN");
  return table;
}

at::Tensor reduce(const at::Tensor& entries, const std::string& reduction) {
  return reduction == "sum" ? entries.sum() : entries.mean();
}

/// A loss that is a function of single entries: `entries(prediction, target)` elementwise, then the reduction.
template <typename T, typename Entries>
Component<Loss(const Config&)> entrywise(const OptionTable<T>& table, std::string summary, Entries entries) {
  const std::string name = table.component();
  return {name, std::move(summary), table.docs(), [=](const Config& arguments) -> Loss {
            const T options = table.parse(arguments);
            return [=](const at::Tensor& prediction, const at::Tensor& target) {
              check_shapes(name, prediction, target);
              if (!options.ignore_nan) return reduce(entries(options, prediction, target), options.reduction);
              const at::Tensor keep = target.isnan().logical_not();
              const at::Tensor p = prediction.masked_select(keep), t = target.masked_select(keep);
              // No entry left: a zero that still has a gradient, instead of the NaN of an empty mean.
              if (t.numel() == 0) return p.sum();
              return reduce(entries(options, p, t), options.reduction);
            };
          }};
}

using Tensor = at::Tensor;

Tensor squared(const LossOptions&, const Tensor& p, const Tensor& t) { return (p - t).square(); }
Tensor absolute(const LossOptions&, const Tensor& p, const Tensor& t) { return (p - t).abs(); }
Tensor smooth_l1(const HuberOptions& o, const Tensor& p, const Tensor& t) {
  return at::smooth_l1_loss(p, t, at::Reduction::None, o.beta);
}
Tensor huber(const HuberOptions& o, const Tensor& p, const Tensor& t) {
  return at::huber_loss(p, t, at::Reduction::None, o.beta);
}
Tensor bce(const LossOptions&, const Tensor& p, const Tensor& t) {
  return at::binary_cross_entropy(p, t, {}, at::Reduction::None);
}
Tensor bce_with_logits(const LossOptions&, const Tensor& p, const Tensor& t) {
  return at::binary_cross_entropy_with_logits(p, t, {}, {}, at::Reduction::None);
}

OptionTable<HuberOptions> huber_table(const std::string& name) {
  auto table = loss_table<HuberOptions>(name);
  // torch calls the same number beta in smooth_l1_loss and delta in huber_loss.
  return table.add(name == "huber" ? "delta" : "beta", &HuberOptions::beta, "where the parabola becomes a line")
      .positive();
}

struct RootOptions {
  bool ignore_nan = false;
};

Component<Loss(const Config&)> rmse_entry() {
  const auto table = OptionTable<RootOptions>("rmse").add("ignore_nan", &RootOptions::ignore_nan,
                                                          "leave out entries whose target is NaN");
  return {"rmse", "root of the mean squared error", table.docs(), [table](const Config& arguments) -> Loss {
            const Config inner = Config::map({{"ignore_nan", table.parse(arguments).ignore_nan}});
            const Loss mse = losses().at("mse").make(inner);
            return [mse](const Tensor& p, const Tensor& t) { return mse(p, t).sqrt(); };
          }};
}

struct RelativeOptions {
  std::string reduction = "mean";
};

/// ‖ŷ − y‖₂/‖y‖₂ of each sample (axis 0), without an epsilon (Li et al., Fourier neural operator).
Component<Loss(const Config&)> relative_l2_entry() {
  const auto table = OptionTable<RelativeOptions>("relative_l2")
                         .add("reduction", &RelativeOptions::reduction, "over the samples")
                         .choices({"mean", "sum"});
  return {"relative_l2", "norm of the error over norm of the target, per sample", table.docs(),
          [table](const Config& arguments) -> Loss {
            const std::string reduction = table.parse(arguments).reduction;
            return [reduction](const Tensor& p, const Tensor& t) {
              check_shapes("relative_l2", p, t);
              require(p.dim() > 0, "relative_l2: the prediction is a scalar; the first axis must be the samples");
              const Tensor error = (p - t).reshape({p.size(0), -1}).norm(2, 1);
              return reduce(error / t.reshape({t.size(0), -1}).norm(2, 1), reduction);
            };
          }};
}

Component<Loss(const Config&)> cross_entropy_entry() {
  const auto table =
      OptionTable<CrossEntropyOptions>("cross_entropy")
          .add("reduction", &CrossEntropyOptions::reduction, "over the rows")
          .choices({"mean", "sum"})
          .add("ignore_index", &CrossEntropyOptions::ignore_index, "class of rows that do not count")
          .add("label_smoothing", &CrossEntropyOptions::label_smoothing, "share of the target spread over all classes")
          .range(0, 1);
  return {"cross_entropy", "of logits [n, classes] and class indices [n] or class probabilities [n, classes]",
          table.docs(), [table](const Config& arguments) -> Loss {
            const CrossEntropyOptions o = table.parse(arguments);
            return [o](const Tensor& p, const Tensor& t) { return cross_entropy(p, t, o); };
          }};
}

const OptionTable<LossTermOptions>& term_table() {
  static const auto table =
      OptionTable<LossTermOptions>("loss term")
          .add("target", &LossTermOptions::target, "name of the target; empty: that of the output")
          .add("loss", &LossTermOptions::loss, "the loss: a name, or name: {arguments}")
          .add("weight", &LossTermOptions::weight, "factor in the sum")
          .add("per_atom", &LossTermOptions::per_atom, "divide both sides by the number of atoms first");
  return table;
}

/// `num_atoms` [n] with as many axes as `tensor` [n, …].
Tensor divide_by_atoms(const Tensor& tensor, const Tensor& num_atoms, const std::string& output) {
  require(num_atoms.defined() && tensor.dim() > 0 && tensor.size(0) == num_atoms.numel(),
          "loss: '{}' is per atom, but its first axis is {} and the number of atoms is known for {} samples", output,
          tensor.dim() > 0 ? tensor.size(0) : 0, num_atoms.defined() ? num_atoms.numel() : 0);
  std::vector<int64_t> shape(tensor.dim(), 1);
  shape[0] = num_atoms.numel();
  return tensor / num_atoms.to(tensor.scalar_type()).view(shape);
}

}  // namespace

const LossList& losses() {
  static const LossList list(
      "loss",
      {
          entrywise(loss_table<LossOptions>("mse"), "mean squared error", squared),
          entrywise(loss_table<LossOptions>("l1"), "mean absolute error", absolute),
          entrywise(loss_table<LossOptions>("mae"), "mean absolute error", absolute),
          rmse_entry(),
          entrywise(huber_table("smooth_l1"), "d²/(2 beta) below beta, |d| − beta/2 above", smooth_l1),
          entrywise(huber_table("huber"), "d²/2 below delta, delta (|d| − delta/2) above", huber),
          entrywise(loss_table<LossOptions>("bce"), "binary cross entropy of probabilities", bce),
          entrywise(loss_table<LossOptions>("bce_with_logits"), "binary cross entropy of logits", bce_with_logits),
          relative_l2_entry(),
          cross_entropy_entry(),
      });
  return list;
}

Loss make_loss(const Config& loss) {
  const NamedArguments named = named_arguments(loss);
  return losses().at(named.name, named.where).make(named.arguments);
}

WeightedLoss::WeightedLoss(std::vector<LossTermOptions> terms) : options_(std::move(terms)) {
  require(!options_.empty(), "loss: there is no term; at least one output needs a loss");
  for (LossTermOptions& term : options_) {
    if (term.target.empty()) term.target = term.output;
    require(std::isfinite(term.weight), "loss: the weight of '{}' is {}; it must be finite", term.output, term.weight);
    losses_.push_back(make_loss(term.loss));
  }
}

WeightedLoss WeightedLoss::from_config(const Config& terms) {
  std::vector<LossTermOptions> options;
  for (const auto& [output, value] : terms.as_map()) {
    options.push_back(term_table().parse(value));
    options.back().output = output;
  }
  return WeightedLoss(std::move(options));
}

WeightedLoss::Result WeightedLoss::operator()(const NamedTensors& predictions, const NamedTensors& targets,
                                              const at::Tensor& num_atoms) const {
  Result result;
  for (size_t i = 0; i < options_.size(); ++i) {
    const LossTermOptions& term = options_[i];
    Tensor prediction = predictions.at(term.output, "loss"), target = targets.at(term.target, "loss");
    if (term.per_atom) {
      prediction = divide_by_atoms(prediction, num_atoms, term.output);
      target = divide_by_atoms(target, num_atoms, term.output);
    }
    const Tensor value = losses_[i](prediction, target);
    result.terms.emplace_back(term.output, value.detach());
    const Tensor weighted = value * term.weight;
    result.total = result.total.defined() ? result.total + weighted : weighted;
  }
  return result;
}

}  // namespace spinel::train
