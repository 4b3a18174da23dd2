// The charts of a trained model: parity of prediction and target, error histogram, learning curves.
#pragma once

#include <string>
#include <vector>

#include "spinel/cli/plot/canvas.h"

namespace spinel::plot {

/// Predictions beside targets of one quantity; of tensors the components, one after another.
struct ParityData {
  std::string name;  ///< "energy"
  std::string unit;  ///< "eV"
  std::vector<double> target, predicted;
  int64_t count = 0;         ///< of all values, of which `target` may hold a sample
  double mae = 0, rmse = 0;  ///< of all values
};

/// Prediction over target with the identity as a line. Many points are drawn as a density.
void draw_parity(Canvas& canvas, const Rectangle& area, const ParityData& data);

/// How often which error (prediction less target) occurs.
void draw_histogram(Canvas& canvas, const Rectangle& area, const ParityData& data);

/// One curve: y over x; points that are not finite, or not positive on a logarithmic axis, are left out.
struct Curve {
  std::string name;
  std::vector<double> x, y;
};
struct CurveData {
  std::string title, x_label, y_label;
  std::vector<Curve> curves;
};
/// Curves over a linear x and a logarithmic y axis, with a legend.
void draw_curves(Canvas& canvas, const Rectangle& area, const CurveData& data);

}  // namespace spinel::plot
