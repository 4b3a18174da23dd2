#include "spinel/graph/check.h"

#include <ATen/ATen.h>

#include "spinel/base/error.h"
#include "spinel/graph/nearest.h"
#include "spinel/graph/utils/coalesce.h"
#include "spinel/graph/utils/dense.h"
#include "spinel/graph/utils/gcn_norm.h"
#include "spinel/graph/utils/measures.h"
#include "spinel/graph/utils/nodes.h"
#include "spinel/graph/utils/scatter.h"
#include "spinel/graph/utils/self_loops.h"
#include "spinel/graph/utils/softmax.h"
#include "spinel/graph/utils/sort.h"
#include "spinel/graph/utils/subgraph.h"
#include "spinel/sparse/golden_call.h"
#include "spinel/sparse/matmul.h"

namespace spinel::graph {
namespace {

using golden::Call;
using golden::Outputs;
using sparse::GoldenCall;

/// What the cases' numbers were made with where nothing says a type.
constexpr at::ScalarType default_dtype = at::kDouble;

Outputs one(at::Tensor out) { return {{{"out", std::move(out)}}, {}}; }
Outputs truth(bool value) { return one(at::scalar_tensor(value, at::kBool)); }
/// edge_attr only where the case asks for it.
Outputs edges(const Edges& result, const Call& call, const char* attr = "edge_attr") {
  Outputs outputs{{{"edge_index", result.edge_index}}, {}};
  for (const Config& name : call.metadata.at("outputs").as_list()) {
    if (name.as_string() == attr) outputs.tensors.emplace_back(attr, result.edge_attr);
  }
  return outputs;
}

/// The arguments of a call, by the reference's names of them.
class Arguments {
 public:
  explicit Arguments(const Call& call) : call_(call) {}
  at::Tensor operator[](const char* name) const { return call_.optional_tensor(name); }
  std::optional<int64_t> count(const char* name) const {
    const Config* value = call_.args.find(name);
    return value && !value->is_null() ? std::optional(value->as_int()) : std::nullopt;
  }
  int64_t integer(const char* name, int64_t otherwise) const { return count(name).value_or(otherwise); }
  double number(const char* name, double otherwise) const {
    const Config* value = call_.args.find(name);
    return value ? value->as_double() : otherwise;
  }
  bool flag(const char* name, bool otherwise = false) const {
    const Config* value = call_.args.find(name);
    return value ? value->as_bool() : otherwise;
  }
  std::string text(const char* name, const char* otherwise) const {
    const Config* value = call_.args.find(name);
    return value && !value->is_null() ? value->as_string() : otherwise;
  }
  /// The tensors that a list names, at this position.
  std::vector<at::Tensor> list(size_t position) const {
    const Config& given = GoldenCall(call_).literal(position);
    const Config* inner = given.is_map() ? given.find("list") : &given;
    require(inner != nullptr, "golden case: argument {} is no list; one is needed", position);
    std::vector<at::Tensor> tensors;
    for (const Config& name : inner->as_list()) tensors.push_back(call_.tensor(name.as_string()));
    return tensors;
  }
  const Call& call() const { return call_; }

 private:
  const Call& call_;
};

FillValue fill_value(const Arguments& a) {
  if (const at::Tensor tensor = a["fill_value"]; tensor.defined()) return tensor;
  const Config* value = a.call().args.find("fill_value");
  if (!value || value->is_null()) return {};
  if (value->is_string()) return value->as_string();
  return value->as_double();
}

NumNodes num_nodes(const Arguments& a) {
  for (const auto& [name, value] : a.call().named) {
    if (name != "num_nodes") continue;
    std::vector<int64_t> sizes;
    for (const Config& size : std::get<Config>(value).at("tuple").as_list()) {
      sizes.push_back((size.is_map() ? size.at("value") : size).as_int());
    }
    return std::array<int64_t, 2>{sizes.at(0), sizes.at(1)};
  }
  return a.count("num_nodes");
}

Outputs normalised(const Arguments& a) {
  GcnNormOptions options;
  options.improved = a.flag("improved");
  options.add_self_loops = a.flag("add_self_loops", true);
  options.flow = parse_flow(a.text("flow", "source_to_target"), "gcn_norm");
  options.num_nodes = a.count("num_nodes");
  options.dtype = default_dtype;
  if (const at::Tensor edge_index = a["edge_index"]; edge_index.defined()) {
    const Edges result = gcn_norm(edge_index, a["edge_weight"], options);
    return edges(result, a.call(), "edge_weight");
  }
  return sparse::sparse_outputs("adj_t", gcn_norm(GoldenCall(a.call()).sparse(0), options));
}

Outputs hops(const Arguments& a) {
  const GoldenCall call(a.call());
  at::Tensor nodes = call.tensor(size_t{0});
  if (!nodes.defined()) nodes = at::scalar_tensor(call.integer(size_t{0}), at::kLong);
  const HopSubgraph result =
      k_hop_subgraph(nodes, call.integer(size_t{1}), a["edge_index"], a.flag("relabel_nodes"), a.count("num_nodes"),
                     parse_flow(a.text("flow", "source_to_target"), "k_hop_subgraph"), a.flag("directed"));
  return {{{"subset", result.subset},
           {"edge_index", result.edge_index},
           {"mapping", result.mapping},
           {"edge_mask", result.edge_mask}},
          {}};
}

Outputs with_mask(const Subgraph& result, const Call& call) {
  Outputs outputs = edges(result.edges, call);
  outputs.tensors.emplace_back("edge_mask", result.edge_mask);
  return outputs;
}

Outputs without_isolated(const Arguments& a) {
  const WithoutIsolated result = remove_isolated_nodes(a["edge_index"], a["edge_attr"], a.count("num_nodes"));
  Outputs outputs = edges(result.edges, a.call());
  outputs.tensors.emplace_back("mask", result.mask);
  return outputs;
}

Outputs segregated(const Arguments& a) {
  const SegregatedLoops result = segregate_self_loops(a["edge_index"], a["edge_attr"]);
  return {{{"edge_index", result.edges.edge_index},
           {"edge_attr", result.edges.edge_attr},
           {"loop_edge_index", result.loops.edge_index},
           {"loop_edge_attr", result.loops.edge_attr}},
          {}};
}

Outputs dense_batch(const Arguments& a) {
  const DenseBatch result =
      to_dense_batch(a["x"], a["batch"], a.number("fill_value", 0), a.count("max_num_nodes"), a.count("batch_size"));
  return {{{"out", result.x}, {"mask", result.mask}}, {}};
}

/// A literal number by position.
double number_at(const Arguments& a, size_t position) {
  const Config& literal = GoldenCall(a.call()).literal(position);
  return (literal.is_map() ? literal.at("value") : literal).as_double();
}

PointGraphOptions point_graph(const Arguments& a) {
  return {.loop = a.flag("loop"), .flow = parse_flow(a.text("flow", "source_to_target"), "knn_graph")};
}

struct Case {
  const char* name;
  Outputs (*run)(const Arguments&);
};

/// A line each.
constexpr Case cases[] = {
    {"add_remaining_self_loops",
     [](const Arguments& a) {
       return edges(add_remaining_self_loops(a["edge_index"], a["edge_attr"], fill_value(a), num_nodes(a)), a.call());
     }},
    {"add_self_loops",
     [](const Arguments& a) {
       return edges(add_self_loops(a["edge_index"], a["edge_attr"], fill_value(a), num_nodes(a)), a.call());
     }},
    {"assortativity", [](const Arguments& a) { return one(assortativity(a["edge_index"])); }},
    {"bipartite_subgraph",
     [](const Arguments& a) {
       const std::vector<at::Tensor> subset = a.list(0);
       return with_mask(
           bipartite_subgraph({subset.at(0), subset.at(1)}, a["edge_index"], a["edge_attr"], a.flag("relabel_nodes")),
           a.call());
     }},
    {"coalesce",
     [](const Arguments& a) {
       return edges(coalesce(a["edge_index"], a["edge_attr"], a.count("num_nodes"), a.text("reduce", "sum"),
                             a.flag("is_sorted"), a.flag("sort_by_row", true)),
                    a.call());
     }},
    {"contains_isolated_nodes",
     [](const Arguments& a) { return truth(contains_isolated_nodes(a["edge_index"], a.count("num_nodes"))); }},
    {"contains_self_loops", [](const Arguments& a) { return truth(contains_self_loops(a["edge_index"])); }},
    {"cumsum", [](const Arguments& a) { return one(graph::cumsum(a["x"], a.integer("dim", 0))); }},
    {"degree", [](const Arguments& a) { return one(degree(a["index"], a.count("num_nodes"), default_dtype)); }},
    {"dense_to_sparse", [](const Arguments& a) { return edges(dense_to_sparse(a["adj"], a["mask"]), a.call()); }},
    {"fps",
     [](const Arguments& a) {
       return one(
           fps(a["src"], a["batch"], {.ratio = a.number("ratio", 0.5), .random_start = a.flag("random_start", true)}));
     }},
    {"gcn_norm", normalised},
    {"get_laplacian",
     [](const Arguments& a) {
       return edges(get_laplacian(a["edge_index"], a["edge_weight"],
                                  parse_laplacian(a.text("normalization", ""), "get_laplacian"), default_dtype,
                                  a.count("num_nodes")),
                    a.call(), "edge_weight");
     }},
    {"get_self_loop_attr",
     [](const Arguments& a) { return one(get_self_loop_attr(a["edge_index"], a["edge_attr"], a.count("num_nodes"))); }},
    {"group_argsort",
     [](const Arguments& a) {
       return one(group_argsort(a["src"], a["index"], a.count("num_groups"), a.flag("descending"),
                                a.flag("return_consecutive"), a.flag("stable")));
     }},
    {"group_cat",
     [](const Arguments& a) {
       const GroupCat result = group_cat(a.list(0), a.list(1));
       return Outputs{{{"out", result.out}, {"index", result.index}}, {}};
     }},
    {"homophily",
     [](const Arguments& a) { return one(homophily(a["edge_index"], a["y"], a["batch"], a.text("method", "edge"))); }},
    {"index_sort",
     [](const Arguments& a) {
       auto [values, perm] = index_sort(a["inputs"], a.count("max_value"));
       return Outputs{{{"values", values}, {"perm", perm}}, {}};
     }},
    {"index_to_mask", [](const Arguments& a) { return one(index_to_mask(a["index"], a.count("size"))); }},
    {"is_undirected",
     [](const Arguments& a) { return truth(is_undirected(a["edge_index"], {a["edge_attr"]}, a.count("num_nodes"))); }},
    {"k_hop_subgraph", hops},
    {"knn",
     [](const Arguments& a) {
       return one(knn(a["x"], a["y"], static_cast<int64_t>(number_at(a, 2)), a["batch_x"], a["batch_y"]));
     }},
    {"knn_graph",
     [](const Arguments& a) {
       return one(knn_graph(a["x"], static_cast<int64_t>(number_at(a, 1)), a["batch"], point_graph(a)));
     }},
    {"lexsort",
     [](const Arguments& a) {
       return Outputs{{{"perm", lexsort(a.list(0), -1, a.flag("descending"))}}, {}};
     }},
    {"mask_to_index", [](const Arguments& a) { return one(mask_to_index(a["mask"])); }},
    {"normalized_cut",
     [](const Arguments& a) { return one(normalized_cut(a["edge_index"], a["edge_attr"], a.count("num_nodes"))); }},
    {"one_hot", [](const Arguments& a) { return one(one_hot(a["index"], a.count("num_classes"), default_dtype)); }},
    {"radius",
     [](const Arguments& a) { return one(radius(a["x"], a["y"], number_at(a, 2), a["batch_x"], a["batch_y"])); }},
    {"radius_graph",
     [](const Arguments& a) { return one(radius_graph(a["x"], number_at(a, 1), a["batch"], 32, point_graph(a))); }},
    {"remove_isolated_nodes", without_isolated},
    {"remove_self_loops",
     [](const Arguments& a) { return edges(remove_self_loops(a["edge_index"], a["edge_attr"]), a.call()); }},
    {"scatter",
     [](const Arguments& a) {
       return one(scatter(a["src"], a["index"], a.integer("dim", 0), a.count("dim_size"), a.text("reduce", "sum")));
     }},
    {"scatter_argmax",
     [](const Arguments& a) { return one(scatter_argmax(a["src"], a["index"], a.count("dim_size"))); }},
    {"segment", [](const Arguments& a) { return one(segment(a["src"], a["ptr"], a.text("reduce", "sum"))); }},
    {"segregate_self_loops", segregated},
    {"softmax",
     [](const Arguments& a) {
       return one(softmax(a["src"], a["index"], a["ptr"], a.count("num_nodes"), a.integer("dim", 0)));
     }},
    {"sort_edge_index",
     [](const Arguments& a) {
       return edges(sort_edge_index(a["edge_index"], a["edge_attr"], a.count("num_nodes"), a.flag("sort_by_row", true)),
                    a.call());
     }},
    {"spmm",
     [](const Arguments& a) {
       return one(sparse::matmul(GoldenCall(a.call()).sparse(0), a["x"], a.text("reduce", "sum")));
     }},
    {"subgraph",
     [](const Arguments& a) {
       return with_mask(
           subgraph(a["subset"], a["edge_index"], a["edge_attr"], a.flag("relabel_nodes"), a.count("num_nodes")),
           a.call());
     }},
    {"to_dense_adj",
     [](const Arguments& a) {
       return one(
           to_dense_adj(a["edge_index"], a["batch"], a["edge_attr"], a.count("max_num_nodes"), a.count("batch_size")));
     }},
    {"to_dense_batch", dense_batch},
    {"to_undirected",
     [](const Arguments& a) {
       return edges(to_undirected(a["edge_index"], a["edge_attr"], a.count("num_nodes"), a.text("reduce", "add")),
                    a.call());
     }},
};

}  // namespace

std::vector<golden::Function> graph_golden_functions() {
  std::vector<golden::Function> list;
  for (const Case& one : cases) {
    list.push_back(
        {std::string("conv/") + one.name, [run = one.run](const Call& call) { return run(Arguments(call)); }});
  }
  return list;
}

}  // namespace spinel::graph
