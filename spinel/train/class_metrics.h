// Metrics of classification, from how often each class is predicted rightly and wrongly.
#pragma once

#include <vector>

#include "spinel/train/metrics.h"

namespace spinel::train {

/// accuracy and f1. Predictions: scores [n, classes], of which the largest is the class, or one number a row ([n] or
/// [n, 1]), the logit of class 1 of two. Targets: classes [n]; rows of `ignore_index` do not count.
std::vector<Component<std::unique_ptr<Metric>(const Config&)>> class_metrics();

}  // namespace spinel::train
