// Makes a SchNet by name, evaluates a water molecule, and checks its forces against energy differences.
#include <cmath>
#include <cstdio>

#include "spinel/base/config.h"
#include "spinel/base/error.h"
#include "spinel/models/list.h"
#include "spinel/train/model.h"

int main() try {
  const spinel::Config arguments = spinel::parse_json(
      R"({"n_atom_basis": 32, "n_interactions": 2, "radial_basis": "GaussianRBF", "n_rbf": 16, "cutoff": 5.0})",
      "arguments");
  const auto model = spinel::models::model_list().at("SchNet").make(arguments);
  model->to(at::kDouble);

  spinel::Frame water;
  water.numbers = {8, 1, 1};
  water.positions = {{0, 0, 0.1173}, {0, 0.7572, -0.4692}, {0, -0.7572, -0.4692}};  // Å
  const spinel::train::Evaluation here = model->make_evaluator()->evaluate(water);

  const double step = 1e-4;  // Å
  spinel::Frame left = water, right = water;
  left.positions[1][1] -= step;
  right.positions[1][1] += step;
  const double slope =
      (model->make_evaluator()->evaluate(right).energy - model->make_evaluator()->evaluate(left).energy) / (2 * step);

  std::printf("energy %.6f eV, force on the first hydrogen along y %.6f eV/Å, from energies %.6f\n", here.energy,
              here.forces[1][1], -slope);
  return std::abs(here.forces[1][1] + slope) < 1e-5 ? 0 : 1;
} catch (const spinel::Error& error) {
  std::fprintf(stderr, "%s\n", error.what());
  return 2;
}
