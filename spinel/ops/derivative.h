// Reads the formulas of derivatives: calls of operators whose arguments come from a call's gradients, results and
// arguments.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "spinel/ops/op_def.h"
#include "spinel/registry/function_schema.h"

namespace spinel::ops {

/// Where an argument of the derivative's call comes from.
struct DerivativeSource {
  enum class Kind { gradient, result, argument, sizes };
  Kind kind;
  size_t index;  ///< of the result (gradient, result) or of the argument (argument, sizes)
};

/// A derivative that is read and checked.
struct DerivativeCall {
  size_t argument;  ///< by which of the arguments
  std::string op;   ///< name without namespace
  std::vector<DerivativeSource> sources;
};

/// A formula that is not one, or names what the schema lacks: internal.
DerivativeCall parse_derivative(const registry::FunctionSchema& schema, const Derivative& derivative);

/// An operator of the list, read once: its schema under `spinel::`, its derivatives.
struct Operator {
  OpDef definition;
  registry::FunctionSchema schema;
  std::vector<DerivativeCall> derivatives;
  /// "max_pool2d"
  std::string name() const { return schema.name.name.substr(schema.name.name.rfind(':') + 1); }
};

}  // namespace spinel::ops
