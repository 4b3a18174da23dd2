// Deterministic splits of a dataset into train, val and test, kept as JSON.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "spinel/base/config.h"
#include "spinel/base/options.h"

namespace spinel::train {

/// Sample indices of each part; no index is in two parts.
struct Split {
  std::vector<int64_t> train, val, test;
  friend bool operator==(const Split&, const Split&) = default;
};

/// How a dataset is split. A part is a count (an integer), a share (a number such as 0.8), or null.
struct SplitOptions {
  Config train;
  Config val;
  Config test;
  int64_t seed = 42;
  std::string order = "numpy";  ///< whose permutation of the indices: numpy, python, or none
  std::string file;             ///< indices from here instead ({train, val, test} as JSON)
};
const OptionTable<SplitOptions>& split_table();

/// Sizes {train, val, test} of n samples. A share r is int(n·r), as Python truncates; null is what the others leave
/// (one part only); all three shares: test takes the rest, or val where the share of test is 0. More than n samples,
/// an empty train part: invalid_argument.
std::vector<int64_t> split_sizes(int64_t n, const SplitOptions& options);

/// Train takes the first indices of the permutation, then val, then test.
Split make_split(int64_t n, const SplitOptions& options);

/// {train: [...], val: [...], test: [...]}, the form that checkpoints and files hold.
Config to_config(const Split& split);
/// Reads that form. An index outside [0, n), or in two places: invalid_argument naming it.
Split split_from_config(const Config& config, int64_t n);

/// Writes all or nothing.
void save_split(const std::string& path, const Split& split);
Split load_split(const std::string& path, int64_t n);

}  // namespace spinel::train
