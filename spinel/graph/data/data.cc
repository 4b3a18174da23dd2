#include "spinel/graph/data/data.h"

#include <ATen/ATen.h>

#include <algorithm>
#include <vector>

#include "spinel/base/error.h"
#include "spinel/base/safetensors.h"
#include "spinel/graph/utils/nodes.h"
#include "spinel/hosts/torch/tensor_view.h"

namespace spinel::graph {
namespace {

void check_rows(const at::Tensor& tensor, const char* part, int64_t rows, const char* of, const std::string& name) {
  if (!tensor.defined()) return;
  require(tensor.dim() > 0 && tensor.size(0) == rows, "{}: {} has the sizes [{}] but there are {} {}; a row each", name,
          part, join_text(tensor.sizes(), ", "), rows, of);
}

void check_type(const at::Tensor& tensor, const char* part, bool right, const char* needed, const std::string& name) {
  require(!tensor.defined() || right, "{}: {} is {}; {} is needed", name, part, at::toString(tensor.scalar_type()),
          needed);
}

/// Nodes that only a number tells of, so that a broken number asks for no endless memory.
constexpr int64_t kMaxBareNodes = int64_t{1} << 28;

/// The nodes that the tensors tell of.
int64_t nodes_of(const Data& data) {
  if (data.x.defined()) return data.x.size(0);
  const int64_t needed = data.edge_index.defined() ? num_nodes_of(data.edge_index) : 0;
  return data.y.defined() && data.y.dim() > 0 ? std::max(needed, data.y.size(0)) : needed;
}

/// Joined along `dim`, or undefined where no graph has the part.
at::Tensor joined(std::span<const Data* const> graphs, at::Tensor Data::*part, const char* name, int64_t dim = 0) {
  std::vector<at::Tensor> tensors;
  for (const Data* graph : graphs) {
    const at::Tensor& tensor = graph->*part;
    require(tensor.defined() == (graphs.front()->*part).defined(),
            "batch: some graphs have {} and others do not; all or none must have it", name);
    if (!tensor.defined()) return {};
    require(tensor.dim() > dim && (tensors.empty() || tensor.dim() == tensors.front().dim()),
            "batch: {} of a graph has the sizes [{}], of the first [{}]; as many dimensions are needed", name,
            join_text(tensor.sizes(), ", "), tensors.empty() ? "" : join_text(tensors.front().sizes(), ", "));
    for (int64_t d = 0; d < tensor.dim() && !tensors.empty(); ++d) {
      require(d == dim || tensor.size(d) == tensors.front().size(d),
              "batch: {} of a graph has the sizes [{}], of the first [{}]; only dimension {} may differ", name,
              join_text(tensor.sizes(), ", "), join_text(tensors.front().sizes(), ", "), dim);
    }
    tensors.push_back(tensor);
  }
  return at::cat(tensors, dim);
}

}  // namespace

void check(const Data& data, const std::string& name) {
  require(data.num_nodes >= 0, "{}: num_nodes is {}; it must not be negative", name, data.num_nodes);
  require(data.edge_index.defined(), "{}: there is no edge_index; [2, edges] is needed", name);
  require(data.edge_index.scalar_type() == at::kLong && data.edge_index.dim() == 2 && data.edge_index.size(0) == 2,
          "{}: edge_index is {} [{}]; int64 [2, edges] is needed", name, at::toString(data.edge_index.scalar_type()),
          join_text(data.edge_index.sizes(), ", "));
  const int64_t edges = data.edge_index.size(1);
  if (edges > 0) {
    const int64_t least = data.edge_index.min().item<int64_t>(), largest = data.edge_index.max().item<int64_t>();
    require(least >= 0 && largest < data.num_nodes, "{}: edge_index holds node {}; nodes are in [0, {})", name,
            least < 0 ? least : largest, data.num_nodes);
  }
  check_rows(data.x, "x", data.num_nodes, "nodes", name);
  check_rows(data.edge_weight, "edge_weight", edges, "edges", name);
  check_rows(data.edge_attr, "edge_attr", edges, "edges", name);
  const auto floating = [](const at::Tensor& t, int64_t dim) {
    return !t.defined() || (t.is_floating_point() && t.dim() == dim);
  };
  check_type(data.x, "x", floating(data.x, 2), "a floating matrix", name);
  check_type(data.edge_weight, "edge_weight", floating(data.edge_weight, 1), "a floating vector", name);
  check_type(data.edge_attr, "edge_attr", floating(data.edge_attr, 2), "a floating matrix", name);
  for (auto [mask, part] : {std::pair{&data.train_mask, "train_mask"}, std::pair{&data.val_mask, "val_mask"},
                            std::pair{&data.test_mask, "test_mask"}}) {
    check_rows(*mask, part, data.num_nodes, "nodes", name);
    check_type(*mask, part, !mask->defined() || (mask->scalar_type() == at::kBool && mask->dim() == 1),
               "a boolean vector", name);
  }
}

Data read_data(const std::string& path) {
  const SafetensorsFile file = SafetensorsFile::open(path);
  const auto read = [&](const char* name) {
    if (!file.contains(name)) return at::Tensor();
    const at::Tensor tensor = to_tensor(file.tensor(name), file.owner());
    const bool integers = at::isIntegralType(tensor.scalar_type(), /*includeBool=*/false);
    return integers ? tensor.to(at::kLong, false, /*copy=*/true) : tensor.clone();
  };
  Data data;
  data.edge_index = read("edge_index");
  data.x = read("x");
  data.edge_weight = read("edge_weight");
  data.edge_attr = read("edge_attr");
  data.y = read("y");
  data.train_mask = read("train_mask"), data.val_mask = read("val_mask"), data.test_mask = read("test_mask");
  for (at::Tensor* features : {&data.x, &data.edge_attr}) {
    if (!features->defined()) continue;
    if (!features->is_floating_point()) *features = features->to(at::kFloat);
    if (features->dim() == 1) *features = features->unsqueeze(1);
  }
  if (data.edge_weight.defined() && !data.edge_weight.is_floating_point()) {
    data.edge_weight = data.edge_weight.to(at::kFloat);
  }
  const at::Tensor count = read("num_nodes");
  require(!count.defined() || (count.numel() == 1 && count.scalar_type() == at::kLong),
          "{}: num_nodes has {} entries; one int64 is needed", path, count.defined() ? count.numel() : 0);
  data.num_nodes = count.defined() ? count.item<int64_t>() : nodes_of(data);
  file.check_intact();
  check(data, path);
  const bool has_rows = data.x.defined() || (data.y.defined() && data.y.dim() > 0 && data.y.size(0) == data.num_nodes);
  require(has_rows || data.num_nodes <= kMaxBareNodes,
          "{}: it has {} nodes without x or y; a row for each is needed above {} nodes", path, data.num_nodes,
          kMaxBareNodes);
  return data;
}

Batch collate(std::span<const Data* const> graphs) {
  require(!graphs.empty(), "batch: it has no graphs; at least one is needed");
  Batch result;
  std::vector<int64_t> begins{0};
  std::vector<at::Tensor> edges;
  for (const Data* graph : graphs) {
    edges.push_back(begins.back() == 0 ? graph->edge_index : graph->edge_index + begins.back());
    begins.push_back(begins.back() + graph->num_nodes);
  }
  result.data.num_nodes = begins.back();
  result.data.edge_index = at::cat(edges, 1);
  result.data.x = joined(graphs, &Data::x, "x");
  result.data.edge_weight = joined(graphs, &Data::edge_weight, "edge_weight");
  result.data.edge_attr = joined(graphs, &Data::edge_attr, "edge_attr");
  result.data.y = joined(graphs, &Data::y, "y");
  result.ptr = at::tensor(begins, at::kLong);
  result.batch = at::repeat_interleave(result.ptr.diff());
  return result;
}

}  // namespace spinel::graph
