// The learning curves of a run, from its log.
#pragma once

#include <string>
#include <vector>

#include "spinel/cli/plot/charts.h"

namespace spinel::cli {

/// A chart for each scalar of a log.jsonl that ends in "loss" or a metric's name, training and evaluation together:
/// "train/loss" and "val/loss" are two curves of one chart. A missing file: none.
std::vector<plot::CurveData> read_learning_curves(const std::string& path);

}  // namespace spinel::cli
