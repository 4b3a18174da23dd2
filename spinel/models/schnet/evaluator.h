// Energy, forces and stress of SchNet with frozen weights, for dynamics and relaxation.
#pragma once

#include <memory>

#include "spinel/models/schnet/schnet.h"
#include "spinel/train/model.h"

namespace spinel::models {

struct SchNetEvaluatorOptions {
  /// Å; pairs within cutoff + skin are kept until an atom has moved by half of it.
  double skin = 1.0;
};

/// Filters are functions of the distance alone, so their networks are replaced by spline tables; what is left per edge
/// is one read of six table rows. Tables are as exact as the dtype (float32: 1e-7 of the largest filter value); the
/// forces are the exact derivative of the tabulated energy. Sums over atoms are in float64.
/// Null where this path cannot serve: another head than Atomwise, a device other than the CPU, a dtype other than
/// float32 and float64, an activation without kernel, or a filter too rough to be tabulated.
std::unique_ptr<train::Evaluator> make_schnet_evaluator(const SchNet& model,
                                                        const SchNetEvaluatorOptions& options = {});

}  // namespace spinel::models
