// Small SchNet models and batches for the tests of this folder.
#pragma once

#include <ATen/ATen.h>
#include <ATen/Parallel.h>

#include <memory>

#include "spinel/atoms/graph.h"
#include "spinel/models/schnet/schnet.h"

namespace spinel::models {

inline std::unique_ptr<SchNet> small_schnet(SchNetOptions options, at::ScalarType dtype = at::kDouble) {
  at::set_num_threads(1);  // the sizes here are below what pays for waking a second thread
  at::manual_seed(11);
  auto model = std::make_unique<SchNet>(options);
  at::NoGradGuard no_grad;
  for (at::Tensor p : model->parameters()) {
    if (p.dim() == 1) p.add_(at::randn_like(p) * 0.1);  // zero biases would hide mistakes
  }
  model->to(dtype);
  return model;
}

inline Frame water() {
  Frame frame;
  frame.numbers = {8, 1, 1};
  frame.positions = {{0.0, 0.0, 0.12}, {0.0, 0.76, -0.48}, {0.0, -0.76, -0.48}};
  return frame;
}

inline Frame ethanol_like() {
  Frame frame;
  frame.numbers = {6, 6, 8, 1, 1, 1, 1, 1, 1};
  frame.positions = {{-1.2, 0.2, 0.0},  {0.1, -0.6, 0.1}, {1.2, 0.3, -0.1},  {-1.3, 0.9, 0.8}, {-2.0, -0.5, 0.1},
                     {-1.3, 0.8, -0.9}, {0.1, -1.2, 1.0}, {0.2, -1.3, -0.8}, {2.0, -0.2, 0.1}};
  return frame;
}

/// Two atoms in a skew cell smaller than the cutoff: own images, several images of one pair.
inline Frame skew_crystal() {
  Frame frame;
  frame.numbers = {11, 17};
  frame.positions = {{0.1, 0.2, 0.0}, {1.6, 1.3, 1.7}};
  frame.cell = {{{3.1, 0.2, 0.0}, {0.4, 2.9, 0.1}, {-0.3, 0.5, 3.3}}};
  frame.pbc = {true, true, true};
  return frame;
}

/// Four atoms in an orthorhombic cell.
inline Frame copper_oxide() {
  Frame frame;
  frame.numbers = {29, 29, 8, 8};
  frame.positions = {{0.0, 0.1, 0.0}, {2.0, 0.0, 2.3}, {2.1, 2.0, 0.1}, {0.1, 2.2, 2.4}};
  frame.cell = {{{4.1, 0, 0}, {0, 4.3, 0}, {0, 0, 4.6}}};
  frame.pbc = {true, true, true};
  return frame;
}

inline NamedTensors batch_of(const SchNet& model, const std::vector<Frame>& frames,
                             at::ScalarType dtype = at::kDouble) {
  std::vector<NamedTensors> samples;
  for (const Frame& frame : frames) samples.push_back(model.featurize(frame, dtype));
  return train::join(samples, model.join_rules());
}

}  // namespace spinel::models
