#include "spinel/train/class_metrics.h"

#include <ATen/ATen.h>
#include <ATen/core/grad_mode.h>

#include <algorithm>
#include <limits>
#include <numeric>

#include "spinel/base/format.h"

namespace spinel::train {
namespace {

/// Rows of a class: predicted so and rightly, predicted so but wrongly, of the class but predicted otherwise.
struct ClassCounts {
  double right = 0, wrong = 0, missed = 0;
  double predicted() const { return right + wrong; }
  double support() const { return right + missed; }
  double f1() const {
    const double all = 2 * right + wrong + missed;
    return all > 0 ? 2 * right / all : 0;
  }
};
constexpr size_t kClassFields = 3;

struct ClassMetricOptions {
  int64_t ignore_index = -100;
  std::string average = "macro";
};

class ClassMetric : public Metric {
 public:
  explicit ClassMetric(ClassMetricOptions options) : options_(std::move(options)) {}
  std::string unit(const std::string&) const override { return ""; }
  bool greater_is_better() const override { return true; }
  void reset() override { classes_.clear(); }

  void add(const at::Tensor& prediction, const at::Tensor& target) override {
    const at::NoGradGuard no_grad;
    const at::Tensor truth = target.dim() == 2 && target.size(1) == 1 ? target.squeeze(1) : target;
    require(prediction.dim() >= 1 && prediction.dim() <= 2 && truth.dim() == 1 && prediction.size(0) == truth.size(0),
            "{}: the prediction is [{}] and the target [{}]; [n, classes] and [n] are needed", name(),
            join_text(prediction.sizes(), ", "), join_text(target.sizes(), ", "));
    const at::Tensor wanted = truth.to(at::kLong);
    const at::Tensor kept = wanted.ne(options_.ignore_index).nonzero().view({-1});
    const bool binary = prediction.dim() == 1 || prediction.size(1) == 1;
    const at::Tensor guess = binary ? prediction.reshape({-1}).gt(0).to(at::kLong) : prediction.argmax(1);
    const int64_t classes = binary ? 2 : prediction.size(1);
    count(guess.index_select(0, kept).cpu(), wanted.index_select(0, kept).cpu(), classes);
  }

  std::vector<double> sums() const override {
    std::vector<double> flat;
    for (const ClassCounts& c : classes_) flat.insert(flat.end(), {c.right, c.wrong, c.missed});
    return flat;
  }
  void set_sums(const std::vector<double>& sums) override {
    reset();
    merge(sums);
  }
  void merge(const std::vector<double>& sums) override {
    require(sums.size() % kClassFields == 0, "{}: {} sums; there are {} for each class", name(), sums.size(),
            kClassFields);
    require(classes_.empty() || sums.empty() || sums.size() == classes_.size() * kClassFields,
            "{}: sums of {} classes cannot be merged with {}", name(), sums.size() / kClassFields, classes_.size());
    if (classes_.empty()) classes_.resize(sums.size() / kClassFields);
    for (size_t k = 0; k < sums.size(); k += kClassFields) {
      ClassCounts& c = classes_[k / kClassFields];
      c.right += sums[k], c.wrong += sums[k + 1], c.missed += sums[k + 2];
    }
  }

 protected:
  double rows() const {
    return std::accumulate(classes_.begin(), classes_.end(), 0.0,
                           [](double sum, const ClassCounts& c) { return sum + c.support(); });
  }
  double right() const {
    return std::accumulate(classes_.begin(), classes_.end(), 0.0,
                           [](double sum, const ClassCounts& c) { return sum + c.right; });
  }

  ClassMetricOptions options_;
  std::vector<ClassCounts> classes_;

 private:
  void count(const at::Tensor& guess, const at::Tensor& wanted, int64_t classes) {
    if (classes_.empty()) classes_.resize(static_cast<size_t>(classes));
    require(static_cast<int64_t>(classes_.size()) == classes, "{}: {} classes after {} in the batches before", name(),
            classes, classes_.size());
    const at::Tensor g = guess.contiguous(), w = wanted.contiguous();
    for (int64_t k = 0; k < g.numel(); ++k) {
      const int64_t predicted = g.const_data_ptr<int64_t>()[k], truth = w.const_data_ptr<int64_t>()[k];
      require(truth >= 0 && truth < classes, "{}: the target of row {} is class {}; classes are in [0, {})", name(), k,
              truth, classes);
      if (predicted == truth) {
        classes_[static_cast<size_t>(truth)].right += 1;
        continue;
      }
      classes_[static_cast<size_t>(predicted)].wrong += 1;
      classes_[static_cast<size_t>(truth)].missed += 1;
    }
  }
};

constexpr double kNothing = std::numeric_limits<double>::quiet_NaN();

class Accuracy : public ClassMetric {
 public:
  using ClassMetric::ClassMetric;
  std::string name() const override { return "accuracy"; }
  double value() const override { return rows() > 0 ? right() / rows() : kNothing; }
  /// The share of each class's rows that are predicted rightly.
  std::vector<double> per_component() const override {
    std::vector<double> values;
    for (const ClassCounts& c : classes_) values.push_back(c.support() > 0 ? c.right / c.support() : kNothing);
    return values;
  }
};

class F1 : public ClassMetric {
 public:
  using ClassMetric::ClassMetric;
  std::string name() const override { return "f1"; }
  double value() const override {
    if (rows() == 0) return kNothing;
    // Each row has one class, so that precision and recall over all rows are the same.
    if (options_.average == "micro") return right() / rows();
    if (options_.average == "binary") {
      require(classes_.size() == 2, "f1: the average is binary, but there are {} classes; take macro", classes_.size());
      return classes_[1].f1();
    }
    double sum = 0, weights = 0;
    for (const ClassCounts& c : classes_) {
      // A class that is neither there nor predicted says nothing.
      if (c.support() + c.predicted() == 0) continue;
      const double weight = options_.average == "weighted" ? c.support() : 1;
      sum += weight * c.f1();
      weights += weight;
    }
    return sum / weights;
  }
  std::vector<double> per_component() const override {
    std::vector<double> values;
    for (const ClassCounts& c : classes_) values.push_back(c.f1());
    return values;
  }
};

OptionTable<ClassMetricOptions> class_metric_table(const std::string& name) {
  using O = ClassMetricOptions;
  return OptionTable<O>(name).add("ignore_index", &O::ignore_index, "class of rows that do not count");
}

}  // namespace

std::vector<Component<std::unique_ptr<Metric>(const Config&)>> class_metrics() {
  const auto accuracy = class_metric_table("accuracy");
  const auto f1 = class_metric_table("f1")
                      .add("average", &ClassMetricOptions::average,
                           "macro: mean over classes; weighted: by their rows; micro: over all rows; binary: class 1")
                      .choices({"macro", "weighted", "micro", "binary"});
  return {{"accuracy", "share of rows whose class is predicted", accuracy.docs(),
           [accuracy](const Config& arguments) { return std::make_unique<Accuracy>(accuracy.parse(arguments)); }},
          {"f1", "harmonic mean of precision and recall", f1.docs(),
           [f1](const Config& arguments) { return std::make_unique<F1>(f1.parse(arguments)); }}};
}

}  // namespace spinel::train
