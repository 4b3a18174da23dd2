#include "spinel/train/splits.h"

#include <cmath>
#include <numeric>
#include <optional>

#include "spinel/base/error.h"
#include "spinel/base/platform/file.h"
#include "spinel/train/random.h"

namespace spinel::train {

const OptionTable<SplitOptions>& split_table() {
  static const OptionTable<SplitOptions> table =
      OptionTable<SplitOptions>("split")
          .add("train", &SplitOptions::train, "training samples: a count, a share, or null for the rest")
          .add("val", &SplitOptions::val, "validation samples, likewise")
          .add("test", &SplitOptions::test, "test samples, likewise")
          .add("seed", &SplitOptions::seed, "of the permutation")
          .add("order", &SplitOptions::order, "whose permutation of the samples")
          .choices({"numpy", "python", "none"})
          .add("file", &SplitOptions::file, "JSON file with the indices instead");
  return table;
}

namespace {

constexpr const char* kParts[] = {"train", "val", "test"};

/// A count or int(n·share); nothing for null.
std::optional<int64_t> wanted(int64_t n, const Config& value, const std::string& part) {
  if (value.is_null()) return std::nullopt;
  const std::string where = value.where().empty() ? "split: " + part : value.where();
  if (value.type() == Config::Type::integer) {
    require(value.as_int() >= 0, "{}: {} samples; a count must not be negative", where, value.as_int());
    return value.as_int();
  }
  const double share = value.as_double();
  require(share >= 0 && share <= 1, "{}: the share is {}; it must lie between 0 and 1", where, share);
  return static_cast<int64_t>(static_cast<double>(n) * share);
}

bool is_share(const Config& value) { return value.type() == Config::Type::number; }

}  // namespace

std::vector<int64_t> split_sizes(int64_t n, const SplitOptions& options) {
  const Config* given[] = {&options.train, &options.val, &options.test};
  std::optional<int64_t> sizes[3];
  for (int i = 0; i < 3; ++i) sizes[i] = wanted(n, *given[i], kParts[i]);
  if (!sizes[0] && !sizes[1] && !sizes[2]) sizes[1] = sizes[2] = 0;
  if (is_share(options.train) && is_share(options.val) && is_share(options.test)) {
    const double sum = options.train.as_double() + options.val.as_double() + options.test.as_double();
    require(sum < 1 + 1e-9, "split: the shares add up to {}; they must not exceed 1", sum);
    // Truncation leaves samples over; they belong to the last part that is wanted at all, if the shares mean "all".
    if (sum > 1 - 1e-9) sizes[options.test.as_double() == 0 ? 1 : 2].reset();
  }
  int open = 0;
  int64_t used = 0;
  for (const auto& size : sizes) {
    open += size ? 0 : 1;
    // Each for itself first, as the sum of three counts may not fit.
    require(size.value_or(0) <= n, "split: {} samples are wanted of a dataset of {}", size.value_or(0), n);
    used += size.value_or(0);
    require(used <= n, "split: {} samples are wanted of a dataset of {}", used, n);
  }
  require(open <= 1 || (sizes[0] && open == 2), "split: more than one part is left open; give counts or shares");
  // With train alone given the rest is for testing.
  if (open == 2) sizes[1] = 0;
  std::vector<int64_t> result;
  for (const auto& size : sizes) result.push_back(size.value_or(n - used));
  require(result[0] > 0, "split: no training sample is left of a dataset of {}; val and test take {} and {}", n,
          result[1], result[2]);
  return result;
}

Split make_split(int64_t n, const SplitOptions& options) {
  if (!options.file.empty()) return load_split(options.file, n);
  const std::vector<int64_t> sizes = split_sizes(n, options);
  std::vector<int64_t> order;
  if (options.order == "none") {
    order.resize(n);
    std::iota(order.begin(), order.end(), int64_t{0});
  } else {
    order = options.order == "python" ? python_shuffle(n, options.seed) : numpy_permutation(n, options.seed);
  }
  const auto val = order.begin() + sizes[0], test = val + sizes[1];
  return {{order.begin(), val}, {val, test}, {test, test + sizes[2]}};
}

Config to_config(const Split& split) {
  return Config::map(
      {{"train", write_config(split.train)}, {"val", write_config(split.val)}, {"test", write_config(split.test)}});
}

Split split_from_config(const Config& config, int64_t n) {
  Split split;
  std::vector<bool> seen(n);
  std::vector<int64_t>* parts[] = {&split.train, &split.val, &split.test};
  for (const auto& entry : config.as_map()) {
    require(entry.first == "train" || entry.first == "val" || entry.first == "test",
            "split: unknown part '{}'; the parts are train, val and test", entry.first);
  }
  for (int i = 0; i < 3; ++i) {
    const Config* indices = config.find(kParts[i]);
    if (!indices) continue;
    *parts[i] = indices->as_ints();
    for (const int64_t index : *parts[i]) {
      require(index >= 0 && index < n, "split: {} holds index {}, but the dataset has {} samples", kParts[i], index, n);
      require(!seen[index], "split: index {} is there twice; each sample belongs to one part", index);
      seen[index] = true;
    }
  }
  require(!split.train.empty(), "split: the train part is empty; at least one sample is needed");
  return split;
}

void save_split(const std::string& path, const Split& split) {
  const std::string text = to_json(to_config(split), -1) + "\n";
  write_file_atomic(path, std::string_view(text));
}

Split load_split(const std::string& path, int64_t n) { return split_from_config(parse_json(read_file(path), path), n); }

}  // namespace spinel::train
