#include "spinel/ops/list.h"

#include "spinel/base/error.h"
#include "spinel/base/suggest.h"
#include "spinel/ops/cfconv.h"
#include "spinel/ops/hetero_sample.h"
#include "spinel/ops/max_pool.h"
#include "spinel/ops/neighbor_list.h"
#include "spinel/ops/neighbor_sample.h"
#include "spinel/ops/partition.h"
#include "spinel/ops/random_walk.h"
#include "spinel/ops/segment.h"
#include "spinel/ops/segment_softmax.h"
#include "spinel/ops/sparse_index.h"
#include "spinel/ops/spmm.h"
#include "spinel/ops/spspmm.h"
#include "spinel/ops/subgraph.h"
#include "spinel/registry/schema_parser.h"

namespace spinel::ops {
namespace {

/// One line a family of operators.
std::vector<OpDef> definitions() {
  std::vector<OpDef> list;
  const auto add = [&](std::vector<OpDef> family) {
    for (OpDef& op : family) list.push_back(std::move(op));
  };
  add(cfconv_operators());
  add(hetero_sample_operators());
  add(max_pool_operators());
  add(neighbor_list_operators());
  add(neighbor_sample_operators());
  add(partition_operators());
  add(random_walk_operators());
  add(segment_operators());
  add(segment_softmax_operators());
  add(sparse_index_operators());
  add(spmm_operators());
  add(spmm_select_operators());
  add(spspmm_operators());
  add(subgraph_operators());
  return list;
}

std::vector<Operator> read_all() {
  std::vector<Operator> list;
  for (OpDef& definition : definitions()) {
    Operator op{{}, registry::parse_schema("spinel::" + definition.schema), {}};
    for (const Derivative& derivative : definition.derivatives) {
      op.derivatives.push_back(parse_derivative(op.schema, derivative));
    }
    op.definition = std::move(definition);
    list.push_back(std::move(op));
  }
  return list;
}

}  // namespace

const std::vector<Operator>& operators() {
  static const std::vector<Operator> list = read_all();
  return list;
}

const Operator& find_operator(std::string_view name) {
  std::vector<std::string> known;
  for (const Operator& op : operators()) {
    if (op.name() == name) return op;
    known.push_back(op.name());
  }
  fail(ErrorKind::not_found, "{}: there is no such operator{}", name, suggestion(name, known));
}

}  // namespace spinel::ops
