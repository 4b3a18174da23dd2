#include "spinel/sparse/layout.h"

#include "spinel/base/error.h"
#include "spinel/base/suggest.h"

namespace spinel::sparse {

Layout parse_layout(std::string_view name) {
  if (name == "coo") return Layout::coo;
  if (name == "csr") return Layout::csr;
  if (name == "csc") return Layout::csc;
  fail(ErrorKind::invalid_argument, "layout: '{}' is none{}", name, suggestion(name, {"coo", "csr", "csc"}));
}

Reduce parse_reduce(std::string_view name) {
  if (name == "sum" || name == "add") return Reduce::sum;
  if (name == "mean") return Reduce::mean;
  if (name == "min") return Reduce::min;
  if (name == "max") return Reduce::max;
  fail(ErrorKind::invalid_argument, "reduce: '{}' is none{}", name,
       suggestion(name, {"sum", "add", "mean", "min", "max"}));
}

}  // namespace spinel::sparse
