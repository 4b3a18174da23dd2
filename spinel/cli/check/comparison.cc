#include "spinel/cli/check/comparison.h"

#include <ATen/ATen.h>

#include <algorithm>
#include <cmath>
#include <set>
#include <sstream>

#include "spinel/base/format.h"

namespace spinel::check {
namespace {

std::string shape_text(const at::Tensor& tensor) { return "[" + join_text(tensor.sizes(), ", ") + "]"; }

std::string index_text(int64_t flat, at::IntArrayRef sizes) {
  std::vector<int64_t> index(sizes.size());
  for (size_t axis = sizes.size(); axis-- > 0;) {
    index[axis] = flat % sizes[axis];
    flat /= sizes[axis];
  }
  return "[" + join_text(index, ", ") + "]";
}

Comparison compare_floats(const at::Tensor& result, const at::Tensor& stored, Tolerance tolerance, bool modulo_one) {
  const at::Tensor a = result.to(at::kCPU, at::kDouble).contiguous();
  const at::Tensor b = stored.to(at::kCPU, at::kDouble).contiguous();
  const double* pa = a.const_data_ptr<double>();
  const double* pb = b.const_data_ptr<double>();
  int64_t differing = 0;
  int64_t worst = 0;
  double worst_ratio = -1;
  for (int64_t i = 0; i < a.numel(); ++i) {
    const bool ok = agrees(pa[i], pb[i], tolerance, modulo_one);
    differing += !ok;
    double difference = pa[i] - pb[i];
    if (modulo_one) difference -= std::round(difference);
    double ratio = pa[i] == pb[i] ? 0 : std::abs(difference) / (tolerance.atol + tolerance.rtol * std::abs(pb[i]));
    if (std::isnan(ratio)) ratio = ok ? 0 : HUGE_VAL;
    if (ratio > worst_ratio) {
      worst_ratio = ratio;
      worst = i;
    }
  }
  if (a.numel() == 0) return {true, "no elements"};
  const std::string at_worst =
      format("at {} {:.9g} instead of {:.9g}, difference {:.2g}, allowed {:.2g}", index_text(worst, a.sizes()),
             pa[worst], pb[worst], pa[worst] - pb[worst], tolerance.atol + tolerance.rtol * std::abs(pb[worst]));
  if (differing == 0) return {true, "worst " + at_worst};
  return Comparison::differs(format("{} of {} elements differ, worst {}", differing, a.numel(), at_worst));
}

Comparison compare_integers(const at::Tensor& result, const at::Tensor& stored) {
  const at::Tensor a = result.to(at::kCPU, at::kLong).contiguous();
  const at::Tensor b = stored.to(at::kCPU, at::kLong).contiguous();
  const int64_t* pa = a.const_data_ptr<int64_t>();
  const int64_t* pb = b.const_data_ptr<int64_t>();
  int64_t differing = 0;
  int64_t first = -1;
  for (int64_t i = 0; i < a.numel(); ++i) {
    if (pa[i] == pb[i]) continue;
    if (first < 0) first = i;
    ++differing;
  }
  if (differing == 0) return {true, "equal"};
  return Comparison::differs(format("{} of {} elements differ, first at {} {} instead of {}", differing, a.numel(),
                                    index_text(first, a.sizes()), pa[first], pb[first]));
}

bool is_number(const Config& value) {
  const auto type = value.type();
  return type == Config::Type::integer || type == Config::Type::number;
}

/// "nan", "NaN", "Infinity": how JSON writers spell what JSON has no number for.
bool as_non_finite(const Config& value, double& number) {
  if (!value.is_string()) return false;
  const std::string& text = value.as_string();
  if (text == "nan" || text == "NaN") number = std::nan("");
  else if (text == "inf" || text == "Infinity") number = HUGE_VAL;
  else if (text == "-inf" || text == "-Infinity") number = -HUGE_VAL;
  else return false;
  return true;
}

std::string short_json(const Config& value) {
  const std::string text = to_json(value, -1);
  return text.size() <= 80 ? text : text.substr(0, 77) + "...";
}

class JsonComparison {
 public:
  JsonComparison(Tolerance tolerance, const TensorComparison& tensors) : tolerance_(tolerance), tensors_(tensors) {}

  Comparison compare(const Config& a, const Config& b, const std::string& path) const {
    double non_finite_a = 0, non_finite_b = 0;
    const bool number_a = is_number(a) || as_non_finite(a, non_finite_a);
    const bool number_b = is_number(b) || as_non_finite(b, non_finite_b);
    if (number_a && number_b && (is_number(a) || is_number(b))) {
      const double x = is_number(a) ? a.as_double() : non_finite_a;
      const double y = is_number(b) ? b.as_double() : non_finite_b;
      return agrees(x, y, tolerance_) ? Comparison{} : unequal(a, b, path);
    }
    if (b.is_map() && a.is_map()) return compare_maps(a, b, path);
    if (b.is_list() && a.is_list()) return compare_lists(a, b, path);
    return a == b ? Comparison{} : unequal(a, b, path);
  }

 private:
  static std::string place(const std::string& path) { return path.empty() ? "the value" : path; }
  static Comparison unequal(const Config& a, const Config& b, const std::string& path) {
    return Comparison::differs(format("{} is {} instead of {}", place(path), short_json(a), short_json(b)));
  }

  Comparison compare_maps(const Config& a, const Config& b, const std::string& path) const {
    for (const char* reference : {"tensor", "sparse"}) {
      const Config* stored = b.find(reference);
      if (!tensors_ || !stored || !stored->is_string()) continue;
      const Config* result = a.find(reference);
      if (!result || !result->is_string()) return unequal(a, b, path);
      if (a.contains("size") && b.contains("size")) {
        const Comparison sizes = compare(a.at("size"), b.at("size"), path + ".size");
        if (!sizes.ok) return sizes;
      }
      Comparison tensors = tensors_(result->as_string(), stored->as_string());
      if (!tensors.ok) tensors.text = place(path) + ": " + tensors.text;
      return tensors;
    }
    for (const auto& [key, stored] : b.as_map()) {
      const Config* result = a.find(key);
      if (!result) return Comparison::differs(format("{}: the key '{}' is missing", place(path), key));
      Comparison inner = compare(*result, stored, path.empty() ? key : path + "." + key);
      if (!inner.ok) return inner;
    }
    for (const auto& entry : a.as_map()) {
      if (!b.contains(entry.first)) {
        return Comparison::differs(format("{}: the key '{}' is one too many", place(path), entry.first));
      }
    }
    return {};
  }

  Comparison compare_lists(const Config& a, const Config& b, const std::string& path) const {
    const Config::List& results = a.as_list();
    const Config::List& stored = b.as_list();
    if (results.size() != stored.size()) {
      return Comparison::differs(format("{} has {} items instead of {}", place(path), results.size(), stored.size()));
    }
    for (size_t i = 0; i < stored.size(); ++i) {
      Comparison inner = compare(results[i], stored[i], path + "[" + std::to_string(i) + "]");
      if (!inner.ok) return inner;
    }
    return {};
  }

  Tolerance tolerance_;
  const TensorComparison& tensors_;
};

/// The operators of a CIF text, taken out of it; a number that does not count on from 1 stays in the text.
std::string without_operators(const std::string& text, std::multiset<std::string>& operators) {
  std::istringstream lines(text);
  std::string rest;
  std::string line;
  int64_t next = 0;  // 0: not among the operators
  while (std::getline(lines, line)) {
    const std::string number = std::to_string(next) + " '";
    const size_t start = line.find_first_not_of(' ');
    if (next > 0 && start != std::string::npos && line.compare(start, number.size(), number) == 0) {
      operators.insert(line.substr(start + number.size() - 1));
      ++next;
      continue;
    }
    next = line.find("_symmetry_equiv_pos_as_xyz") != std::string::npos ? 1 : 0;
    rest += line + "\n";
  }
  return rest;
}

std::string first_differing_line(const std::string& a, const std::string& b) {
  std::istringstream left(a), right(b);
  std::string x, y;
  for (int64_t line = 1;; ++line) {
    const bool more_left = static_cast<bool>(std::getline(left, x));
    const bool more_right = static_cast<bool>(std::getline(right, y));
    if (!more_left && !more_right) return "the line ends differ";
    if (more_left != more_right || x != y) {
      return format("line {} is '{}' instead of '{}'", line, more_left ? x : "", more_right ? y : "");
    }
  }
}

}  // namespace

bool agrees(double result, double stored, Tolerance tolerance, bool modulo_one) {
  if (std::isnan(stored) || std::isnan(result)) return std::isnan(stored) && std::isnan(result);
  if (std::isinf(stored) || std::isinf(result)) return result == stored;
  double difference = result - stored;
  if (modulo_one) difference -= std::round(difference);
  const double scale = modulo_one ? 1.0 : std::abs(stored);
  return std::abs(difference) <= tolerance.atol + tolerance.rtol * scale;
}

Comparison compare_elementwise(const at::Tensor& result, const at::Tensor& stored, Tolerance tolerance,
                               bool modulo_one) {
  if (!result.defined()) return Comparison::differs("it is None");
  if (result.scalar_type() != stored.scalar_type()) {
    return Comparison::differs(format("the dtype is {} instead of {}", c10::toString(result.scalar_type()),
                                      c10::toString(stored.scalar_type())));
  }
  if (result.sizes() != stored.sizes()) {
    return Comparison::differs(format("the shape is {} instead of {}", shape_text(result), shape_text(stored)));
  }
  const at::Tensor values = result.detach();
  return stored.is_floating_point() ? compare_floats(values, stored, tolerance, modulo_one)
                                    : compare_integers(values, stored);
}

Comparison compare_json(const Config& result, const Config& stored, Tolerance tolerance,
                        const TensorComparison& tensors) {
  return JsonComparison(tolerance, tensors).compare(result, stored, "");
}

Comparison compare_cif_operators(const std::string& result, const std::string& stored) {
  std::multiset<std::string> result_operators, stored_operators;
  const std::string result_rest = without_operators(result, result_operators);
  const std::string stored_rest = without_operators(stored, stored_operators);
  if (result_rest != stored_rest) return Comparison::differs(first_differing_line(result_rest, stored_rest));
  if (std::set(result_operators.begin(), result_operators.end()) !=
          std::set(stored_operators.begin(), stored_operators.end()) ||
      result_operators.size() != stored_operators.size()) {
    return Comparison::differs(
        format("the {} symmetry operators are not the stored {}", result_operators.size(), stored_operators.size()));
  }
  return {};
}

Comparison compare_gram(const at::Tensor& result, const at::Tensor& stored, Tolerance tolerance) {
  if (result.sizes() != stored.sizes() || result.dim() < 2 || !result.is_floating_point()) {
    return Comparison::differs(format("the shape is {} instead of {}", shape_text(result), shape_text(stored)));
  }
  const auto gram = [](const at::Tensor& m) {
    const at::Tensor values = m.detach().to(at::kCPU, at::kDouble);
    const at::Tensor matrices = values.dim() == 2 ? values.unsqueeze(0) : values.flatten(0, -3);
    return at::matmul(matrices, matrices.transpose(-1, -2));
  };
  const at::Tensor a = gram(result);
  const at::Tensor b = gram(stored);
  for (int64_t i = 0; i < b.size(0); ++i) {
    const double scale = b[i].abs().max().item<double>();
    // The tolerance is relative to the largest entry, so both terms become absolute ones.
    const Comparison one = compare_elementwise(a[i], b[i], {0, (tolerance.rtol + tolerance.atol) * scale});
    if (!one.ok) return Comparison::differs(format("matrix {}: {}", i, one.text));
  }
  return {};
}

}  // namespace spinel::check
