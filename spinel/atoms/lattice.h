// A crystal lattice: parameters, volume, reciprocal lattice, and the reduced cells of LLL and Niggli.
#pragma once

#include <array>

#include "spinel/atoms/frame.h"

namespace spinel {

/// Three linearly independent vectors in Å, the rows of a matrix: cartesian = fractional · matrix.
class Lattice {
 public:
  /// Not finite, or vectors that do not span a volume: invalid_argument. Left-handed ones are fine.
  explicit Lattice(const Matrix3& matrix);

  /// Lengths in Å and angles in degrees, alpha between b and c. Orientation: c = (0, 0, c), a in the xz plane:
  ///   a = (a sin β, 0, a cos β), b = (−b sin α cos γ*, b sin α sin γ*, b cos α),
  ///   γ* = arccos((cos α cos β − cos γ) / (sin α sin β))
  /// Lengths that are not positive, angles that no cell has: invalid_argument.
  static Lattice from_parameters(double a, double b, double c, double alpha, double beta, double gamma);

  const Matrix3& matrix() const { return matrix_; }
  /// a, b, c (Å), alpha, beta, gamma (degrees).
  std::array<double, 6> parameters() const;
  /// Å³, positive also for a left-handed lattice.
  double volume() const;
  /// Rows are 2π times the dual vectors, 1/Å.
  Matrix3 reciprocal() const;
  /// Distances between the lattice planes along each axis, Å.
  Vector3 heights() const;

  Vector3 cartesian(const Vector3& fractional) const;
  Vector3 fractional(const Vector3& cartesian) const;

  /// The basis reduced by Lenstra, Lenstra and Lovász (Math. Ann. 261, 515 (1982)), in the frame of the input.
  Lattice lll_reduced(double delta = 0.75) const;
  /// The Niggli cell by the algorithm of Grosse-Kunstleve, Sauter and Adams (Acta Cryst. A60, 1 (2004)) on the LLL
  /// basis, with ε = tolerance · V^(1/3) in the comparisons. Its parameters are unique; its frame is the input's,
  /// turned right-handed.
  Lattice niggli_reduced(double tolerance = 1e-5) const;

 private:
  Matrix3 matrix_;
};

}  // namespace spinel
