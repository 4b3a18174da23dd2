#include "spinel/nn/conv/wl_conv.h"

#include <ATen/ATen.h>

#include <algorithm>

#include "spinel/base/error.h"
#include "spinel/nn/conv/message_edges.h"

namespace spinel::nn {
namespace {

at::Tensor colours_of(const at::Tensor& x) {
  require(x.defined() && (x.dim() == 1 || x.dim() == 2),
          "WLConv: x has {} dimensions; [nodes] or one-hot rows are needed", x.defined() ? x.dim() : 0);
  if (x.dim() == 2) {
    const at::Tensor whole = (x != 0).sum(1).eq(1).logical_and(x.sum(1).eq(1));
    require(whole.all().item<bool>(), "WLConv: x has rows that are not one-hot; one 1 and zeros are needed");
    return x.argmax(1);
  }
  require(x.scalar_type() == at::kLong, "WLConv: x holds {}; int64 colours or one-hot rows are needed",
          at::toString(x.scalar_type()));
  return x.contiguous();
}

}  // namespace

size_t WLConv::Hash::operator()(const std::vector<int64_t>& colours) const {
  uint64_t hash = colours.size();
  for (const int64_t colour : colours) {
    // The finaliser of splitmix64: neighbouring colours must not give neighbouring hashes.
    uint64_t mixed = hash + 0x9e3779b97f4a7c15U + static_cast<uint64_t>(colour);
    mixed = (mixed ^ (mixed >> 30U)) * 0xbf58476d1ce4e5b9U;
    mixed = (mixed ^ (mixed >> 27U)) * 0x94d049bb133111ebU;
    hash = mixed ^ (mixed >> 31U);
  }
  return hash;
}

void WLConv::reset_parameters() { numbers_.clear(); }

at::Tensor WLConv::forward(const at::Tensor& x, const Adjacency& edge_index) {
  const at::NoGradGuard no_grad;
  const at::Tensor colours = colours_of(x).cpu();
  const int64_t nodes = colours.size(0);
  const MessageEdges edges(edge_index, Flow::source_to_target, nodes, nodes, name());
  const sparse::SparseStorage storage = edges.adj_t().storage();
  const at::Tensor ptr = storage.rowptr().cpu(), neighbours = colours.index_select(0, storage.col().cpu());
  const int64_t* const own = colours.const_data_ptr<int64_t>();
  const int64_t* const first = ptr.const_data_ptr<int64_t>();
  const int64_t* const others = neighbours.const_data_ptr<int64_t>();
  at::Tensor out = at::empty({nodes}, colours.options());
  int64_t* const result = out.mutable_data_ptr<int64_t>();
  std::vector<int64_t> key;
  for (int64_t i = 0; i < nodes; ++i) {
    key.assign(1, own[i]);
    key.insert(key.end(), others + first[i], others + first[i + 1]);
    std::sort(key.begin() + 1, key.end());
    result[i] = numbers_.try_emplace(key, static_cast<int64_t>(numbers_.size())).first->second;
  }
  return out.to(x.device());
}

ValueList WLConv::call(const CallArguments& arguments) {
  return call_forward(*this, &WLConv::forward, {{"x"}, {"edge_index"}}, arguments);
}

at::Tensor WLConv::histogram(const at::Tensor& x, const at::Tensor& batch, bool norm) const {
  const auto colours = static_cast<int64_t>(numbers_.size());
  require(x.dim() == 1 && x.scalar_type() == at::kLong, "WLConv: x has the sizes [{}] of {}; int64 [nodes] is needed",
          join_text(x.sizes(), ", "), at::toString(x.scalar_type()));
  const at::Tensor graph = batch.defined() ? batch : at::zeros_like(x);
  require(graph.sizes() == x.sizes() && at::isIntegralType(graph.scalar_type(), false),
          "WLConv: batch has the sizes [{}] but x [{}]; the graph of each node is needed",
          join_text(graph.sizes(), ", "), join_text(x.sizes(), ", "));
  if (x.numel() > 0) {
    const auto [least, greatest] = at::aminmax(x);
    const int64_t low = least.item<int64_t>(), high = greatest.item<int64_t>();
    require(low >= 0 && high < colours, "WLConv: x holds the colour {}; it must lie in [0, {})", low < 0 ? low : high,
            colours);
    require(graph.min().item<int64_t>() >= 0, "WLConv: batch holds {}; graphs are numbered from 0",
            graph.min().item<int64_t>());
  }
  const int64_t graphs = x.numel() == 0 ? 0 : graph.max().item<int64_t>() + 1;
  const at::Tensor counts = at::bincount(graph.to(at::kLong) * colours + x, {}, graphs * colours);
  const at::Tensor out = counts.view({graphs, colours});
  if (!norm) return out;
  const at::Tensor numbers = out.to(at::kFloat);
  return numbers / numbers.norm(2, 1, true);
}

}  // namespace spinel::nn
