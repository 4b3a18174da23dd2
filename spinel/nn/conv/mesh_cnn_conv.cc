#include "spinel/nn/conv/mesh_cnn_conv.h"

#include <ATen/ATen.h>

#include "spinel/base/error.h"
#include "spinel/nn/conv/channels.h"
#include "spinel/nn/dense/linear.h"

namespace spinel::nn {

OptionTable<MeshCNNConvOptions> MeshCNNConv::options() {
  using Options = MeshCNNConvOptions;
  OptionTable<Options> table("MeshCNNConv");
  table.add("in_channels", &Options::in_channels, "features of an edge of the mesh").required().range(0);
  table.add("out_channels", &Options::out_channels, "width of the result").required().range(0);
  table.add("kernels", &Options::kernels, "five layers, of the edge, |a - c|, a + c, |b - d| and b + d; null: linear");
  return table;
}

MeshCNNConv::MeshCNNConv(MeshCNNConvOptions options)
    : MessagePassing("MeshCNNConv", "add"), options_(std::move(options)) {
  constexpr size_t count = 5;
  const int64_t in = options_.in_channels;
  require(!options_.kernels || options_.kernels->size() == count,
          "MeshCNNConv: there are {} kernels; five are needed, of an edge and of four pairs of its neighbours",
          options_.kernels ? options_.kernels->size() : 0);
  for (size_t k = 0; k < count; ++k) {
    if (options_.kernels) kernels_.push_back((*options_.kernels)[k].get());
    else kernels_.push_back(std::make_shared<Linear>(in, options_.out_channels));
    require(kernels_[k] != nullptr, "MeshCNNConv: kernels[{}] is None; a layer is needed", k);
    const int64_t takes = kernels_[k]->in_channels().value_or(in), gives = kernels_[k]->result_width(in);
    require(
        takes == in && gives == options_.out_channels,
        "MeshCNNConv: kernels[{}] maps {} features to {} but in_channels is {} and out_channels {}; they must agree", k,
        takes, gives, in, options_.out_channels);
    add_child("kernels." + std::to_string(k), *kernels_[k]);
  }
}

at::Tensor MeshCNNConv::forward(const at::Tensor& x, const Adjacency& edge_index) {
  check_width(x, options_.in_channels, "x", name());
  require(x.dim() == 2, "MeshCNNConv: x has {} dimensions; edges of the mesh and their features are needed", x.dim());
  require(!edge_index.is_sparse(),
          "MeshCNNConv: the edges are a sparse matrix, which does not keep the order of neighbours; give an edge list");
  MessageEdges::check(edge_index, flow(), name());
  const int64_t edges = edge_index.edge_index().size(1);
  require(edges == 4 * x.size(0),
          "MeshCNNConv: edge_index has {} columns for {} edges of the mesh; four of each are "
          "needed",
          edges, x.size(0));
  return propagate(edge_index, {}, arg<"x">(x)) + kernels_[0]->forward(x);
}

at::Tensor MeshCNNConv::message(Arg<"x_j"> x_j) {
  const std::vector<at::Tensor> around = x_j.tensor().view({-1, 4, options_.in_channels}).unbind(1);
  const at::Tensor &a = around[0], &b = around[1], &c = around[2], &d = around[3];
  const at::Tensor messages = at::stack({kernels_[1]->forward((a - c).abs()), kernels_[2]->forward(a + c),
                                         kernels_[3]->forward((b - d).abs()), kernels_[4]->forward(b + d)},
                                        1);
  return messages.flatten(0, 1);
}

ValueList MeshCNNConv::call(const CallArguments& arguments) {
  return call_forward(*this, &MeshCNNConv::forward, {{"x"}, {"edge_index"}}, arguments);
}

std::string MeshCNNConv::to_string() const {
  return format("MeshCNNConv({}, {})", options_.in_channels, options_.out_channels);
}

}  // namespace spinel::nn
