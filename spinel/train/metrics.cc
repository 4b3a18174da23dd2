#include "spinel/train/metrics.h"

#include <ATen/core/grad_mode.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "spinel/base/format.h"
#include "spinel/train/class_metrics.h"

namespace spinel::train {
namespace {

/// What of the differences a metric needs, per column: count, Σ|d|, Σd², max|d|, and count, mean and Σ(y − mean)² of
/// the targets (merged by Chan's rule, as Σy² − (Σy)²/n loses all digits for energies of −10⁴ eV that differ by 0.1).
struct ColumnSums {
  double count = 0, absolute = 0, squared = 0, largest = 0, mean = 0, spread = 0;

  void merge(const ColumnSums& other) {
    if (other.count == 0) return;
    const double total = count + other.count, shift = other.mean - mean;
    spread += other.spread + shift * shift * count * other.count / total;
    mean += shift * other.count / total;
    count = total;
    absolute += other.absolute;
    squared += other.squared;
    largest = std::isnan(other.largest) ? other.largest : std::max(largest, other.largest);
  }
};
constexpr size_t kFields = 6;

ColumnSums sums_of(const at::Tensor& prediction, const at::Tensor& target) {
  ColumnSums sums;
  sums.count = static_cast<double>(target.numel());
  if (target.numel() == 0) return sums;
  const at::Tensor difference = prediction - target;
  sums.absolute = difference.abs().sum().item<double>();
  sums.squared = difference.square().sum().item<double>();
  sums.largest = difference.abs().max().item<double>();
  sums.mean = target.mean().item<double>();
  sums.spread = (target - sums.mean).square().sum().item<double>();
  return sums;
}

/// A metric as data: its value from the sums, and what becomes of the unit.
struct Kind {
  std::string name;
  std::string summary;
  double (*value)(const ColumnSums&);
  std::string (*unit)(const std::string&);
  bool greater_is_better = false;
};

std::string same_unit(const std::string& unit) { return unit; }
std::string squared_unit(const std::string& unit) {
  if (unit.empty()) return unit;
  return unit.find_first_of("/ ·") == std::string::npos ? unit + "²" : "(" + unit + ")²";
}
std::string no_unit(const std::string&) { return ""; }

const std::vector<Kind>& kinds() {
  static const std::vector<Kind> list{
      {"mae", "mean absolute error", [](const ColumnSums& s) { return s.absolute / s.count; }, same_unit},
      {"rmse", "root of the mean squared error", [](const ColumnSums& s) { return std::sqrt(s.squared / s.count); },
       same_unit},
      {"mse", "mean squared error", [](const ColumnSums& s) { return s.squared / s.count; }, squared_unit},
      {"r2", "coefficient of determination: 1 − Σ(ŷ − y)² / Σ(y − ȳ)²",
       [](const ColumnSums& s) { return 1 - s.squared / s.spread; }, no_unit, true},
      {"max_error", "largest absolute error", [](const ColumnSums& s) { return s.largest; }, same_unit},
  };
  return list;
}

struct MetricOptions {
  bool ignore_nan = false;
  std::vector<int64_t> columns;
};

class ErrorMetric : public Metric {
 public:
  ErrorMetric(const Kind& kind, MetricOptions options) : kind_(kind), options_(std::move(options)) {}
  std::string name() const override { return kind_.name; }
  std::string unit(const std::string& unit) const override { return kind_.unit(unit); }
  bool greater_is_better() const override { return kind_.greater_is_better; }
  void reset() override { columns_.clear(); }

  void add(const at::Tensor& prediction, const at::Tensor& target) override {
    require(prediction.sizes() == target.sizes(), "{}: the prediction is [{}] but the target is [{}]", kind_.name,
            join_text(prediction.sizes(), ", "), join_text(target.sizes(), ", "));
    at::NoGradGuard no_grad;
    at::Tensor p = as_columns(prediction), t = as_columns(target);
    if (columns_.empty()) columns_.resize(p.size(1));
    require(static_cast<int64_t>(columns_.size()) == p.size(1), "{}: {} components after {} in the batches before",
            kind_.name, p.size(1), columns_.size());
    for (int64_t c = 0; c < p.size(1); ++c) {
      at::Tensor pc = p.select(1, c), tc = t.select(1, c);
      if (options_.ignore_nan) {
        const at::Tensor keep = tc.isnan().logical_not();
        pc = pc.masked_select(keep);
        tc = tc.masked_select(keep);
      }
      columns_[c].merge(sums_of(pc, tc));
    }
  }

  double value() const override {
    ColumnSums all;
    for (const ColumnSums& column : columns_) all.merge(column);
    return finish(all);
  }
  std::vector<double> per_component() const override {
    std::vector<double> values;
    for (const ColumnSums& column : columns_) values.push_back(finish(column));
    return values;
  }

  std::vector<double> sums() const override {
    std::vector<double> flat;
    for (const ColumnSums& c : columns_) {
      flat.insert(flat.end(), {c.count, c.absolute, c.squared, c.largest, c.mean, c.spread});
    }
    return flat;
  }
  void set_sums(const std::vector<double>& sums) override { columns_ = read(sums); }
  void merge(const std::vector<double>& sums) override {
    const std::vector<ColumnSums> other = read(sums);
    if (other.empty()) return;
    if (columns_.empty()) columns_.resize(other.size());
    require(columns_.size() == other.size(), "{}: sums of {} components cannot be merged with {}", kind_.name,
            other.size(), columns_.size());
    for (size_t c = 0; c < other.size(); ++c) columns_[c].merge(other[c]);
  }

 private:
  /// [n, components] in float64; more than two axes: all but the last count as samples.
  at::Tensor as_columns(const at::Tensor& tensor) const {
    const at::Tensor wide = tensor.dim() < 2 ? tensor.reshape({-1, 1}) : tensor.flatten(0, -2);
    const at::Tensor values = wide.to(at::kDouble);
    if (options_.columns.empty()) return values;
    for (int64_t column : options_.columns) {
      require(column >= 0 && column < values.size(1), "{}: column {} of [{}]; there are {} columns", kind_.name, column,
              join_text(tensor.sizes(), ", "), values.size(1));
    }
    return values.index_select(1, at::tensor(options_.columns, at::kLong).to(values.device()));
  }
  double finish(const ColumnSums& sums) const {
    return sums.count > 0 ? kind_.value(sums) : std::numeric_limits<double>::quiet_NaN();
  }
  std::vector<ColumnSums> read(const std::vector<double>& flat) const {
    require(flat.size() % kFields == 0, "{}: {} sums; there are {} for each component", kind_.name, flat.size(),
            kFields);
    std::vector<ColumnSums> columns;
    for (size_t i = 0; i < flat.size(); i += kFields) {
      columns.push_back({flat[i], flat[i + 1], flat[i + 2], flat[i + 3], flat[i + 4], flat[i + 5]});
    }
    return columns;
  }

  const Kind& kind_;
  MetricOptions options_;
  std::vector<ColumnSums> columns_;
};

OptionTable<MetricOptions> metric_table(const std::string& name) {
  return OptionTable<MetricOptions>(name)
      .add("ignore_nan", &MetricOptions::ignore_nan, "leave out entries whose target is NaN")
      .add("columns", &MetricOptions::columns, "columns of the last axis that count; empty: all")
      .range(0);
}

struct IgnoreNanOptions {
  Config metric = "mae";
};

OptionTable<IgnoreNanOptions> ignore_nan_table() {
  return OptionTable<IgnoreNanOptions>("IgnoreNan")
      .add("metric", &IgnoreNanOptions::metric, "the metric over the other entries")
      .required();
}

std::unique_ptr<Metric> make_ignore_nan(const Config& arguments) {
  NamedArguments inner = named_arguments(ignore_nan_table().parse(arguments).metric);
  require(inner.name != "IgnoreNan", "{}IgnoreNan: its metric is IgnoreNan again; name the metric itself", inner.where);
  inner.arguments.set("ignore_nan", true);
  return metrics().at(inner.name, inner.where).make(inner.arguments);
}

MetricList make_list() {
  std::vector<Component<std::unique_ptr<Metric>(const Config&)>> entries;
  for (const Kind& kind : kinds()) {
    const OptionTable<MetricOptions> table = metric_table(kind.name);
    entries.push_back({kind.name, kind.summary, table.docs(), [&kind, table](const Config& arguments) {
                         return std::make_unique<ErrorMetric>(kind, table.parse(arguments));
                       }});
  }
  entries.push_back({"IgnoreNan", "another metric over the entries whose target is a number", ignore_nan_table().docs(),
                     make_ignore_nan});
  for (auto& entry : class_metrics()) entries.push_back(std::move(entry));
  return MetricList("metric", std::move(entries));
}

}  // namespace

const MetricList& metrics() {
  static const MetricList list = make_list();
  return list;
}

std::unique_ptr<Metric> make_metric(const Config& metric) {
  const NamedArguments named = named_arguments(metric);
  return metrics().at(named.name, named.where).make(named.arguments);
}

}  // namespace spinel::train
