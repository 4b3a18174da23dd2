// Compares one result with one stored value: tensors elementwise, JSON values, texts.
#pragma once

#include <ATen/core/Tensor.h>

#include <functional>
#include <string>

#include "spinel/base/config.h"
#include "spinel/cli/check/golden_case.h"

namespace spinel::check {

/// Whether something agrees; `text` says what differs, or, where it agrees, how near the worst element comes.
struct Comparison {
  bool ok = true;
  std::string text;
  static Comparison differs(std::string text) { return {false, std::move(text)}; }
};

/// |a − b| ≤ atol + rtol·|b|; NaN equals NaN, infinities by sign. Modulo 1: a − b − round(a − b) in place of a − b.
bool agrees(double result, double stored, Tolerance tolerance, bool modulo_one = false);

/// Same dtype and shape; integers and booleans equal; floats agree.
Comparison compare_elementwise(const at::Tensor& result, const at::Tensor& stored, Tolerance tolerance,
                               bool modulo_one = false);

/// Equal as JSON values: objects without order, lists in order, numbers within tolerance, 1 = 1.0.
/// `tensors` compares what {"tensor": name} and {"sparse": name} stand for; without it they are plain objects.
using TensorComparison = std::function<Comparison(const std::string& result_name, const std::string& stored_name)>;
Comparison compare_json(const Config& result, const Config& stored, Tolerance tolerance,
                        const TensorComparison& tensors = {});

/// CIF texts equal line by line, but for the numbered operator lines after _symmetry_equiv_pos_as_xyz, which are equal
/// as a set.
Comparison compare_cif_operators(const std::string& result, const std::string& stored);

/// M·Mᵀ of each matrix (rows are vectors) [.., 3, 3] elementwise, the tolerance relative to its largest entry.
Comparison compare_gram(const at::Tensor& result, const at::Tensor& stored, Tolerance tolerance);

}  // namespace spinel::check
