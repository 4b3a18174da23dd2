// The graph convolutions that `spinel check` can run on golden cases.
#pragma once

#include <vector>

#include "spinel/nn/golden_module.h"

namespace spinel::nn {

std::vector<golden::ModuleEntry> conv_golden_modules();
/// WLConv.histogram, FusedGATConv.to_graph_format, PNAConv.get_degree_histogram.
std::vector<golden::Function> conv_golden_functions();

}  // namespace spinel::nn
