#include "spinel/train/sample_store.h"

#include <ATen/ATen.h>

#include <algorithm>
#include <cstring>

#include "spinel/base/error.h"

namespace spinel::train {
namespace {

JoinRule rule_or_concat(const std::vector<JoinRule>& rules, const std::string& name) {
  for (const JoinRule& rule : rules) {
    if (rule.name == name) return rule;
  }
  return {name, JoinRule::Kind::concat, ""};
}

/// Indices are int64, and what they are shifted by is a count that each sample has.
void check_rule(const JoinRule& rule, const at::Tensor& tensor, const NamedTensors& sample) {
  const bool shift = rule.kind == JoinRule::Kind::shift;
  if (!shift && rule.kind != JoinRule::Kind::number) return;
  require(tensor.scalar_type() == at::kLong, "batch: '{}' is {}; numbers of atoms and samples are int64", rule.name,
          c10::toString(tensor.scalar_type()));
  if (!shift) return;
  const at::Tensor& by = sample.at(rule.by, "batch");
  require(by.scalar_type() == at::kLong && by.dim() == 1 && by.numel() == 1,
          "batch: '{}' is shifted by '{}', which is {} [{}]; a count, int64 [1], is needed", rule.name, rule.by,
          c10::toString(by.scalar_type()), join_text(by.sizes(), ", "));
}

}  // namespace

void SampleStore::add(const NamedTensors& sample) {
  if (samples_ == 0) {
    for (const auto& [name, tensor] : sample) {
      Column& column = columns_.emplace_back();
      column.name = name;
      column.rule = rule_or_concat(rules_, name);
      column.dtype = tensor.scalar_type();
      const bool stack = column.rule.kind == JoinRule::Kind::stack;
      require(stack || tensor.dim() > 0, "batch: '{}' has no axis to join along; its rule must be 'stack'", name);
      column.row_sizes = tensor.sizes().slice(stack ? 0 : 1).vec();
      column.row_bytes = tensor.element_size();
      for (const int64_t n : column.row_sizes) column.row_bytes *= static_cast<size_t>(n);
      check_rule(column.rule, tensor, sample);
    }
  }
  require(sample.size() == columns_.size(), "batch: a sample has {} tensors where the first one has {}", sample.size(),
          columns_.size());
  for (Column& column : columns_) {
    const at::Tensor tensor = sample.at(column.name, "batch").contiguous();
    const bool stack = column.rule.kind == JoinRule::Kind::stack;
    require(tensor.scalar_type() == column.dtype && tensor.dim() >= (stack ? 0 : 1) &&
                tensor.sizes().slice(stack ? 0 : 1) == at::IntArrayRef(column.row_sizes),
            "batch: '{}' of a sample has sizes [{}], which do not fit those of the first sample", column.name,
            join_text(tensor.sizes(), ", "));
    const auto* bytes = static_cast<const std::byte*>(tensor.const_data_ptr());
    column.data.insert(column.data.end(), bytes, bytes + tensor.nbytes());
    column.first.push_back(column.first.back() + (stack ? 1 : tensor.size(0)));
  }
  ++samples_;
}

int64_t SampleStore::count(const Column& column, int64_t sample) const {
  int64_t value = 0;
  std::memcpy(&value, column.data.data() + static_cast<size_t>(column.first[sample]) * column.row_bytes, sizeof value);
  return value;
}

at::Tensor SampleStore::cut(const Column& column, std::span<const int64_t> samples) const {
  int64_t rows = 0;
  for (const int64_t k : samples) rows += column.first[k + 1] - column.first[k];
  std::vector<int64_t> sizes{rows};
  sizes.insert(sizes.end(), column.row_sizes.begin(), column.row_sizes.end());
  at::Tensor result = at::empty(sizes, at::TensorOptions().dtype(column.dtype));
  auto* out = static_cast<std::byte*>(result.mutable_data_ptr());
  const Column* by = nullptr;
  if (column.rule.kind == JoinRule::Kind::shift) {
    by = &*std::find_if(columns_.begin(), columns_.end(), [&](const Column& c) { return c.name == column.rule.by; });
  }
  int64_t shift = 0;
  for (size_t position = 0; position < samples.size(); ++position) {
    const int64_t k = samples[position];
    const size_t bytes = static_cast<size_t>(column.first[k + 1] - column.first[k]) * column.row_bytes;
    auto* values = reinterpret_cast<int64_t*>(out);
    const size_t n = bytes / sizeof(int64_t);
    const std::byte* source = column.data.data() + static_cast<size_t>(column.first[k]) * column.row_bytes;
    if (column.rule.kind == JoinRule::Kind::number) {
      std::fill_n(values, n, static_cast<int64_t>(position));
    } else if (by) {
      const auto* from = reinterpret_cast<const int64_t*>(source);
      std::transform(from, from + n, values, [shift](int64_t value) { return value + shift; });
      shift += count(*by, k);
    } else if (bytes > 0) {
      std::memcpy(out, source, bytes);
    }
    out += bytes;
  }
  return result;
}

NamedTensors SampleStore::batch(std::span<const int64_t> samples) const {
  require(!samples.empty(), "batch: it has no samples; at least one is needed");
  for (const int64_t k : samples) {
    require(k >= 0 && k < samples_, "batch: sample {} does not exist; there are {}", k, samples_);
  }
  NamedTensors result;
  for (const Column& column : columns_) result.set(column.name, cut(column, samples));
  return result;
}

}  // namespace spinel::train
