// greedy:<logprobs>: generated tokens, up to the first position where two tokens are as likely as each other.
#include <ATen/ATen.h>

#include "spinel/base/format.h"
#include "spinel/cli/check/rules.h"

namespace spinel::check {
namespace {

/// The first position where the two largest stored log-probabilities differ by less than 1e-3, else the length.
int64_t first_tie(const at::Tensor& logprobs) {
  const at::Tensor values = logprobs.detach().to(at::kCPU, at::kDouble);
  if (values.dim() != 2 || values.size(1) < 2) return values.dim() > 0 ? values.size(0) : 0;
  const at::Tensor largest = std::get<0>(values.topk(2, 1));
  for (int64_t i = 0; i < values.size(0); ++i) {
    if (largest[i][0].item<double>() - largest[i][1].item<double>() < 1e-3) return i;
  }
  return values.size(0);
}

}  // namespace

Comparison compare_greedy(OutputComparison& all, const std::string& output, const Rule& rule) {
  const at::Tensor stored = all.golden().stored.at(output, "output");
  const at::Tensor result = all.result(output);
  const int64_t tie = first_tie(all.golden().stored.at(rule.argument, "output"));
  if (!result.defined()) return Comparison::differs("it is None");
  // Behind a tie the texts may part, so the lengths may differ too.
  const bool logprobs = output == rule.argument;
  const int64_t length = std::min(stored.size(0), logprobs ? tie + 1 : tie);
  if (result.dim() != stored.dim() || result.size(0) < length) {
    return Comparison::differs(
        format("it has {} positions; the first {} are compared", result.dim() > 0 ? result.size(0) : 0, length));
  }
  const auto compared = [&](const at::Tensor& tensor) {
    const at::Tensor first = tensor.narrow(0, 0, length);
    // Of the most likely tokens only the first is certain.
    return !logprobs && tensor.dim() == 2 ? first.narrow(1, 0, 1) : first;
  };
  Comparison comparison = compare_elementwise(compared(result), compared(stored), all.golden().tolerance);
  if (comparison.ok) comparison.text += format(" (first {} of {} positions)", length, stored.size(0));
  return comparison;
}

}  // namespace spinel::check
