// property:partition and property:bandwidth: many answers are right, so what they promise is checked.
#include <ATen/ATen.h>

#include <algorithm>
#include <cmath>
#include <tuple>

#include "spinel/base/error.h"
#include "spinel/cli/check/rules.h"

namespace spinel::check {
namespace {

using Entry = std::tuple<int64_t, int64_t, double>;  ///< row, column, value

std::vector<int64_t> integers(const at::Tensor& tensor) {
  const at::Tensor flat = tensor.detach().to(at::kCPU, at::kLong).contiguous();
  return {flat.const_data_ptr<int64_t>(), flat.const_data_ptr<int64_t>() + flat.numel()};
}

std::vector<double> doubles(const at::Tensor& tensor) {
  const at::Tensor flat = tensor.detach().to(at::kCPU, at::kDouble).contiguous();
  return {flat.const_data_ptr<double>(), flat.const_data_ptr<double>() + flat.numel()};
}

/// Entries of a sparse matrix; without values they are 1.
std::vector<Entry> entries(const at::Tensor& row, const at::Tensor& col, const at::Tensor& value) {
  const std::vector<int64_t> rows = integers(row), cols = integers(col);
  const std::vector<double> values = value.defined() ? doubles(value) : std::vector<double>(rows.size(), 1.0);
  require(rows.size() == cols.size() && rows.size() == values.size(), "sparse: {} rows, {} columns and {} values",
          rows.size(), cols.size(), values.size());
  std::vector<Entry> result;
  for (size_t k = 0; k < rows.size(); ++k) result.emplace_back(rows[k], cols[k], values[k]);
  return result;
}

bool is_permutation(const std::vector<int64_t>& perm, size_t n) {
  std::vector<bool> seen(n);
  for (const int64_t p : perm) {
    if (p < 0 || p >= static_cast<int64_t>(n) || seen[static_cast<size_t>(p)]) return false;
    seen[static_cast<size_t>(p)] = true;
  }
  return perm.size() == n;
}

/// What both properties share: perm is a permutation of the N rows, and out = A[perm][:, perm].
struct Permuted {
  std::string problem;  ///< "" where it holds
  int64_t n = 0;
  std::vector<Entry> out;  ///< sorted by row, then column
  std::vector<int64_t> perm;
};

Permuted read_permuted(const OutputComparison& all) {
  const GoldenCase& golden = all.golden();
  Permuted result;
  result.n = golden.section("output_sizes").at("out").as_ints().at(0);
  const at::Tensor perm = all.result("perm"), row = all.result("out.row"), col = all.result("out.col");
  if (!perm.defined() || !row.defined() || !col.defined()) return {"perm or out is None", 0, {}, {}};
  result.perm = integers(perm);
  if (!is_permutation(result.perm, static_cast<size_t>(result.n))) {
    result.problem = format("perm is no permutation of {} rows", result.n);
    return result;
  }
  std::vector<int64_t> position(result.perm.size());
  for (size_t i = 0; i < result.perm.size(); ++i)
    position[static_cast<size_t>(result.perm[i])] = static_cast<int64_t>(i);
  std::vector<Entry> wanted;
  for (const auto& [r, c, v] :
       entries(golden.inputs.at("A.row", "input"), golden.inputs.at("A.col", "input"), golden.inputs.get("A.value"))) {
    wanted.emplace_back(position.at(static_cast<size_t>(r)), position.at(static_cast<size_t>(c)), v);
  }
  result.out = entries(row, col, all.result("out.value"));
  std::sort(wanted.begin(), wanted.end());
  std::sort(result.out.begin(), result.out.end());
  const bool equal = std::equal(wanted.begin(), wanted.end(), result.out.begin(), result.out.end(),
                                [&](const Entry& a, const Entry& b) {
                                  return std::get<0>(a) == std::get<0>(b) && std::get<1>(a) == std::get<1>(b) &&
                                         agrees(std::get<2>(b), std::get<2>(a), golden.tolerance);
                                });
  if (!equal) result.problem = "out is not A[perm][:, perm]";
  return result;
}

/// Weights of the rows in the order of `out`: node_weight, else the counts of entries (balance_edge), else 1.
std::vector<double> row_weights(const GoldenCase& golden, const Permuted& permuted) {
  std::vector<double> weights(permuted.perm.size(), 1.0);
  const Config* name = golden.section("call").find_path("kwargs.node_weight");
  const Config* balance = golden.section("args").find("balance_edge");
  if (name && name->is_string()) {
    const std::vector<double> given = doubles(golden.inputs.at(name->as_string(), "input"));
    for (size_t i = 0; i < weights.size(); ++i) weights[i] = given.at(static_cast<size_t>(permuted.perm[i]));
  } else if (balance && balance->as_bool()) {
    std::fill(weights.begin(), weights.end(), 0.0);
    for (const auto& [row, col, value] : permuted.out) weights.at(static_cast<size_t>(row)) += 1;
  }
  return weights;
}

Comparison compare_partition(OutputComparison& all) {
  const GoldenCase& golden = all.golden();
  const Permuted permuted = read_permuted(all);
  if (!permuted.problem.empty()) return Comparison::differs(permuted.problem);
  const at::Tensor pointers = all.result("partptr");
  if (!pointers.defined()) return Comparison::differs("partptr is None");
  const std::vector<int64_t> partptr = integers(pointers);
  const int64_t num_parts = golden.section("args").at("num_parts").as_int();
  if (static_cast<int64_t>(partptr.size()) != num_parts + 1 || partptr.front() != 0 || partptr.back() != permuted.n ||
      !std::is_sorted(partptr.begin(), partptr.end())) {
    return Comparison::differs(
        format("partptr [{}] does not rise from 0 to {} in {} steps", join_text(partptr, ", "), permuted.n, num_parts));
  }
  const auto part_of = [&](int64_t row) {
    return std::upper_bound(partptr.begin(), partptr.end(), row) - partptr.begin();
  };
  const Config* weighted = golden.section("args").find("weighted");
  const bool use_values = weighted && weighted->type() == Config::Type::boolean && weighted->as_bool();
  double cut = 0;
  for (const auto& [row, col, value] : permuted.out) {
    if (part_of(row) != part_of(col)) cut += (use_values ? value : 1.0) / 2;
  }
  const double allowed = 1.2 * golden.section("expect").at("edge_cut").as_double();
  if (cut > allowed + 1e-9)
    return Comparison::differs(format("the edge cut is {}; at most {} is allowed", cut, allowed));
  const std::vector<double> weights = row_weights(golden, permuted);
  double total = 0, largest = 0;
  for (const double weight : weights) {
    total += weight;
    largest = std::max(largest, weight);
  }
  for (int64_t part = 0; part < num_parts; ++part) {
    double weight = 0;
    for (int64_t i = partptr[part]; i < partptr[part + 1]; ++i) weight += weights[static_cast<size_t>(i)];
    const double limit = 1.1 * total / static_cast<double>(num_parts) + largest;
    if (weight > limit + 1e-9) {
      return Comparison::differs(format("part {} has the weight {}; at most {} is allowed", part, weight, limit));
    }
  }
  return {true, format("edge cut {} of at most {}", cut, allowed)};
}

Comparison compare_bandwidth(OutputComparison& all) {
  const Permuted permuted = read_permuted(all);
  if (!permuted.problem.empty()) return Comparison::differs(permuted.problem);
  int64_t bandwidth = 0;
  for (const auto& [row, col, value] : permuted.out) bandwidth = std::max(bandwidth, std::abs(row - col));
  const int64_t allowed = all.golden().section("expect").at("bandwidth_after").as_int();
  if (bandwidth > allowed) {
    return Comparison::differs(format("the bandwidth is {}; at most {} is allowed", bandwidth, allowed));
  }
  return {true, format("bandwidth {} of at most {}", bandwidth, allowed)};
}

}  // namespace

Comparison compare_property(OutputComparison& all, const std::string&, const Rule& rule) {
  if (all.groups().contains(rule.text)) return all.groups().at(rule.text);
  bool elementwise = true;
  for (const std::string& output : all.golden().outputs) {
    elementwise = elementwise && compare_elementwise_rule(all, output, Rule{}).ok;
  }
  Comparison result{true, "elementwise"};
  if (!elementwise) {
    if (rule.argument == "partition") result = compare_partition(all);
    else if (rule.argument == "bandwidth") result = compare_bandwidth(all);
    else fail(ErrorKind::corrupt, "compare: there is no property '{}'; known: partition, bandwidth", rule.argument);
  }
  all.groups().emplace(rule.text, result);
  return result;
}

}  // namespace spinel::check
