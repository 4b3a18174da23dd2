#include "spinel/train/transforms.h"

#include <cmath>
#include <limits>
#include <optional>

#include "spinel/train/offsets.h"

namespace spinel::train {

AtomContext AtomContext::from(const NamedTensors& inputs) {
  return {inputs.get("z"), inputs.get("idx_m"), inputs.get("n_atoms")};
}

void RunningMoments::add(double value) {
  ++count_;
  const double before = value - mean_;
  mean_ += before / static_cast<double>(count_);
  squares_ += before * (value - mean_);
}

void RunningMoments::add(const at::Tensor& values) {
  const at::Tensor flat = values.to(at::kCPU, at::kDouble).reshape({-1}).contiguous();
  const double* data = flat.const_data_ptr<double>();
  for (int64_t i = 0; i < flat.numel(); ++i) add(data[i]);
}

double RunningMoments::standard_deviation() const {
  return count_ < 2 ? std::numeric_limits<double>::quiet_NaN() : std::sqrt(squares_ / static_cast<double>(count_ - 1));
}

namespace {

struct NormalizeOptions {
  std::optional<std::vector<double>> mean, std;
  bool per_component = false;
};

OptionTable<NormalizeOptions> normalize_table(const std::string& name) {
  return OptionTable<NormalizeOptions>(name)
      .add("mean", &NormalizeOptions::mean, "one number, or one for each column of the last axis; null: fitted")
      .add("std", &NormalizeOptions::std, "likewise; null: fitted, divided by n - 1")
      .add("per_component", &NormalizeOptions::per_component, "fit each column of the last axis by itself");
}

/// (x − mean)/std; `inverted` exchanges apply and invert.
class Normalize : public Transform {
 public:
  Normalize(std::string name, NormalizeOptions options, bool inverted)
      : name_(std::move(name)), options_(std::move(options)), inverted_(inverted) {
    if (options_.std) check_deviations();
  }
  std::string name() const override { return name_; }
  Config arguments() const override { return normalize_table(name_).complete(options_); }
  bool needs_fit() const override { return !options_.mean || !options_.std; }

  void fit(const BatchSource& source) override {
    if (!needs_fit()) return;
    std::vector<RunningMoments> moments;
    source([&](const at::Tensor& target, const AtomContext&) {
      const bool columns = options_.per_component && target.dim() > 1;
      if (moments.empty()) moments.resize(columns ? target.size(-1) : 1);
      if (!columns) {
        moments[0].add(target);
        return;
      }
      for (size_t c = 0; c < moments.size(); ++c) moments[c].add(target.select(-1, static_cast<int64_t>(c)));
    });
    require(!moments.empty(), "{}: the training part has no sample to fit to", name_);
    std::vector<double> mean, deviation;
    for (const RunningMoments& m : moments) {
      require(m.count() > 1, "{}: the training part has {} value; two are needed for a standard deviation", name_,
              m.count());
      mean.push_back(m.mean());
      deviation.push_back(m.standard_deviation());
    }
    if (!options_.mean) options_.mean = mean;
    if (!options_.std) options_.std = deviation;
    check_deviations();
  }

  at::Tensor apply(const at::Tensor& value, const AtomContext&) const override { return map(value, inverted_); }
  at::Tensor invert(const at::Tensor& value, const AtomContext&) const override { return map(value, !inverted_); }
  double slope() const override {
    require(options_.std && options_.std->size() == 1, "{}: it has {} standard deviations; forces need a single one",
            name_, options_.std ? options_.std->size() : 0);
    return inverted_ ? options_.std->front() : 1 / options_.std->front();
  }

 private:
  void check_deviations() const {
    for (const double s : *options_.std) {
      require(std::isfinite(s) && s > 0,
              "{}: the standard deviation is {}; it must be positive (are all targets equal?)", name_, s);
    }
  }
  at::Tensor map(const at::Tensor& value, bool back) const {
    require(!needs_fit(), "{}: mean and std are not known yet; fit the transform or give them", name_);
    const at::Tensor x = value.to(at::kDouble);
    const at::Tensor mean = row(*options_.mean, x), deviation = row(*options_.std, x);
    return back ? x * deviation + mean : (x - mean) / deviation;
  }
  at::Tensor row(const std::vector<double>& numbers, const at::Tensor& value) const {
    if (numbers.size() == 1) return at::scalar_tensor(numbers[0], value.options());
    require(value.dim() > 0 && value.size(-1) == static_cast<int64_t>(numbers.size()),
            "{}: there are {} numbers for values of [{}]", name_, numbers.size(), join_text(value.sizes(), ", "));
    return at::tensor(numbers, at::kDouble).to(value.device());
  }

  std::string name_;
  NormalizeOptions options_;
  bool inverted_;
};

struct ScalerOptions {
  std::string mode = "mean_std_scaling";
  std::optional<std::vector<double>> mean, std;
};

OptionTable<ScalerOptions> scaler_table() {
  return OptionTable<ScalerOptions>("Scaler")
      .add("mode", &ScalerOptions::mode, "which scaling")
      .choices({"no_scaling", "mean_std_scaling", "custom_scaling"})
      .add("mean", &ScalerOptions::mean, "with custom_scaling")
      .add("std", &ScalerOptions::std, "with custom_scaling");
}

std::unique_ptr<Transform> make_scaler(const Config& arguments) {
  const ScalerOptions options = scaler_table().parse(arguments);
  const bool custom = options.mode == "custom_scaling";
  require(custom == (options.mean && options.std) && custom == (options.mean || options.std),
          "Scaler: mean and std go with custom_scaling, and it needs both; the mode is {}", options.mode);
  NormalizeOptions normalize{options.mean, options.std, false};
  if (options.mode == "no_scaling") normalize = {{{0.0}}, {{1.0}}, false};
  // Fitted or not, it is a Normalize from here on, and is saved as one.
  return std::make_unique<Normalize>("Normalize", normalize, false);
}

/// An elementwise map given by three functions; `slope` is NaN where the map is not linear.
class ElementwiseMap : public Transform {
 public:
  using Map = std::function<at::Tensor(const at::Tensor&)>;
  ElementwiseMap(std::string name, Config arguments, Map forward, Map backward,
                 double slope = std::numeric_limits<double>::quiet_NaN())
      : name_(std::move(name)),
        arguments_(std::move(arguments)),
        forward_(std::move(forward)),
        backward_(std::move(backward)),
        slope_(slope) {}
  std::string name() const override { return name_; }
  Config arguments() const override { return arguments_; }
  at::Tensor apply(const at::Tensor& value, const AtomContext&) const override {
    return forward_(value.to(at::kDouble));
  }
  at::Tensor invert(const at::Tensor& value, const AtomContext&) const override {
    require(static_cast<bool>(backward_), "{}: it has no inverse; predictions stay transformed, so leave them so",
            name_);
    return backward_(value.to(at::kDouble));
  }
  double slope() const override {
    require(!std::isnan(slope_), "{}: it is not linear; forces do not follow from the transformed energy", name_);
    return slope_;
  }

 private:
  std::string name_;
  Config arguments_;
  Map forward_, backward_;
  double slope_;
};

std::unique_ptr<Transform> linear(std::string name, Config arguments, double factor) {
  return std::make_unique<ElementwiseMap>(
      std::move(name), std::move(arguments), [factor](const at::Tensor& x) { return x * factor; },
      [factor](const at::Tensor& x) { return x / factor; }, factor);
}

struct NoOptions {};

Component<std::unique_ptr<Transform>(const Config&)> log10_entry() {
  const OptionTable<NoOptions> table("Log10");
  return {"Log10", "the decimal logarithm", table.docs(), [table](const Config& arguments) {
            table.parse(arguments);
            return std::make_unique<ElementwiseMap>(
                "Log10", Config::map(),
                [](const at::Tensor& x) {
                  require(x.numel() == 0 || x.min().item<double>() > 0, "Log10: a value is {}; all must be positive",
                          x.numel() ? x.min().item<double>() : 0);
                  return x.log10();
                },
                [](const at::Tensor& x) { return at::pow(10.0, x); });
          }};
}

Component<std::unique_ptr<Transform>(const Config&)> abs_entry() {
  const OptionTable<NoOptions> table("Abs");
  return {"Abs", "the absolute value; it has no inverse", table.docs(), [table](const Config& arguments) {
            table.parse(arguments);
            return std::make_unique<ElementwiseMap>(
                "Abs", Config::map(), [](const at::Tensor& x) { return x.abs(); }, nullptr);
          }};
}

struct ScaleOptions {
  double scale = 1;
};

Component<std::unique_ptr<Transform>(const Config&)> scale_entry() {
  const auto table = OptionTable<ScaleOptions>("Scale").add("scale", &ScaleOptions::scale, "the factor").required();
  return {"Scale", "times a factor", table.docs(), [table](const Config& arguments) {
            const ScaleOptions options = table.parse(arguments);
            require(std::isfinite(options.scale) && options.scale != 0,
                    "Scale: the factor is {}; it must be finite and not 0", options.scale);
            return linear("Scale", table.complete(options), options.scale);
          }};
}

struct PowerOptions {
  std::optional<double> base, exp;
};

Component<std::unique_ptr<Transform>(const Config&)> power_entry() {
  const auto table = OptionTable<PowerOptions>("PowerData")
                         .add("base", &PowerOptions::base, "base^x")
                         .positive()
                         .add("exp", &PowerOptions::exp, "x^exp");
  return {"PowerData", "base^x or x^exp", table.docs(), [table](const Config& arguments) {
            const PowerOptions o = table.parse(arguments);
            require(o.base.has_value() != o.exp.has_value(), "PowerData: give either base or exp");
            if (o.base) {
              const double base = *o.base, log_base = std::log(base);
              require(base != 1, "PowerData: the base is 1; all values would become 1");
              return std::make_unique<ElementwiseMap>(
                  "PowerData", table.complete(o), [base](const at::Tensor& x) { return at::pow(base, x); },
                  [log_base](const at::Tensor& x) { return x.log() / log_base; });
            }
            const double exponent = *o.exp;
            require(std::isfinite(exponent) && exponent != 0, "PowerData: exp is {}; it must be finite and not 0",
                    exponent);
            return std::make_unique<ElementwiseMap>(
                "PowerData", table.complete(o), [exponent](const at::Tensor& x) { return x.pow(exponent); },
                [exponent](const at::Tensor& x) { return x.pow(1 / exponent); });
          }};
}

Component<std::unique_ptr<Transform>(const Config&)> normalize_entry(const std::string& name, std::string summary,
                                                                     bool inverted) {
  const auto table = normalize_table(name);
  return {name, std::move(summary), table.docs(),
          [=](const Config& arguments) { return std::make_unique<Normalize>(name, table.parse(arguments), inverted); }};
}

}  // namespace

const TransformList& transforms() {
  static const TransformList list("transform", {
                                                   remove_offsets(),
                                                   add_offsets(),
                                                   reference_energies(),
                                                   normalize_entry("Normalize", "(x - mean)/std", false),
                                                   normalize_entry("UnNormalize", "x std + mean", true),
                                                   {"Scaler", "Normalize by mode", scaler_table().docs(), make_scaler},
                                                   log10_entry(),
                                                   power_entry(),
                                                   scale_entry(),
                                                   abs_entry(),
                                               });
  return list;
}

std::unique_ptr<Transform> make_transform(const Config& transform) {
  const NamedArguments named = named_arguments(transform);
  return transforms().at(named.name, named.where).make(named.arguments);
}

TransformChain::TransformChain(const Config& list) {
  if (list.is_null()) return;
  for (const Config& transform : list.as_list()) transforms_.push_back(make_transform(transform));
}

bool TransformChain::needs_fit() const {
  for (const auto& transform : transforms_) {
    if (transform->needs_fit()) return true;
  }
  return false;
}

void TransformChain::fit(const BatchSource& source) {
  for (size_t i = 0; i < transforms_.size(); ++i) {
    if (!transforms_[i]->needs_fit()) continue;
    transforms_[i]->fit([&](const BatchVisitor& visit) {
      source([&](const at::Tensor& target, const AtomContext& atoms) {
        at::Tensor value = target;
        for (size_t k = 0; k < i; ++k) value = transforms_[k]->apply(value, atoms);
        visit(value, atoms);
      });
    });
  }
}

at::Tensor TransformChain::apply(at::Tensor value, const AtomContext& atoms) const {
  for (const auto& transform : transforms_) value = transform->apply(value, atoms);
  return value;
}

at::Tensor TransformChain::invert(at::Tensor value, const AtomContext& atoms) const {
  for (size_t i = transforms_.size(); i-- > 0;) value = transforms_[i]->invert(value, atoms);
  return value;
}

double TransformChain::slope() const {
  double slope = 1;
  for (const auto& transform : transforms_) slope *= transform->slope();
  return slope;
}

Config TransformChain::to_config() const {
  Config::List list;
  for (const auto& transform : transforms_) {
    list.push_back(Config::map({{transform->name(), transform->arguments()}}));
  }
  return Config(std::move(list));
}

}  // namespace spinel::train
