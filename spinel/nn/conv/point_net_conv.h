// Convolutions on points in space: PointNet++, PPFNet and Point-GNN.
#pragma once

#include <memory>
#include <string>

#include "spinel/nn/conv/message_passing.h"
#include "spinel/nn/conv/module_argument.h"

namespace spinel::nn {

struct PointNetConvOptions {
  LayerArgument local_nn;   ///< of messages; none: they are aggregated as they are
  LayerArgument global_nn;  ///< of what is aggregated; none: it is the result
  bool add_self_loops = true;
  MessagePassingOptions kwargs;
};

/// γ(max_j φ([x_j, p_j − p_i])) (Qi et al., arXiv:1612.00593 and 1706.02413). State: `local_nn.*`, `global_nn.*`.
class PointNetConv : public MessagePassing<PointNetConv> {
 public:
  explicit PointNetConv(PointNetConvOptions options = {});
  static OptionTable<PointNetConvOptions> options();

  std::string name() const override { return "PointNetConv"; }
  std::string to_string() const override;
  /// x [N, F] or of the sources, or undefined: messages are p_j − p_i alone. pos [N, D], or of sources and targets.
  at::Tensor forward(const Features& x, const Features& pos, const Adjacency& edge_index);
  ValueList call(const CallArguments& arguments) override;

  at::Tensor message(Arg<"x_j"> x_j, Arg<"pos_i"> pos_i, Arg<"pos_j"> pos_j, Arg<"mapped_j"> mapped_j);

 private:
  bool add_self_loops_;
  std::shared_ptr<Layer> local_nn_, global_nn_;
};

/// ‖d‖, ∠(n_i, d), ∠(n_j, d), ∠(n_i, n_j) with d = p_j − p_i, angles in radians: [E, 3] each → [E, 4].
at::Tensor point_pair_features(const at::Tensor& pos_i, const at::Tensor& pos_j, const at::Tensor& normal_i,
                               const at::Tensor& normal_j);

/// γ(max_j φ([x_j, point_pair_features])) (Deng et al., arXiv:1802.02669). State: `local_nn.*`, `global_nn.*`. The
/// angle at a loop has no gradient in positions and normals (NaN).
class PPFConv : public MessagePassing<PPFConv> {
 public:
  explicit PPFConv(PointNetConvOptions options = {});
  static OptionTable<PointNetConvOptions> options();

  std::string name() const override { return "PPFConv"; }
  std::string to_string() const override;
  /// pos, normal [N, 3], or of sources and targets.
  at::Tensor forward(const Features& x, const Features& pos, const Features& normal, const Adjacency& edge_index);
  ValueList call(const CallArguments& arguments) override;

  at::Tensor message(Arg<"x_j"> x_j, Arg<"pos_i"> pos_i, Arg<"pos_j"> pos_j, Arg<"normal_i"> normal_i,
                     Arg<"normal_j"> normal_j, Arg<"mapped_j"> mapped_j);

 private:
  bool add_self_loops_;
  std::shared_ptr<Layer> local_nn_, global_nn_;
};

struct PointGNNConvOptions {
  LayerArgument mlp_h;  ///< from x to shifts of positions
  LayerArgument mlp_f;  ///< from positions and features to messages
  LayerArgument mlp_g;  ///< from what is aggregated to changes of x
  MessagePassingOptions kwargs;
};

/// x_i' = x_i + g(max_j f([p_j − p_i + h(x_i), x_j])) (Shi and Rajkumar, arXiv:2003.01251). State: `mlp_h.*`,
/// `mlp_f.*`, `mlp_g.*`. h is applied to nodes, not to edges.
class PointGNNConv : public MessagePassing<PointGNNConv> {
 public:
  explicit PointGNNConv(PointGNNConvOptions options);
  static OptionTable<PointGNNConvOptions> options();

  std::string name() const override { return "PointGNNConv"; }
  std::string to_string() const override;
  /// x [N, F], pos [N, 3].
  at::Tensor forward(const at::Tensor& x, const at::Tensor& pos, const Adjacency& edge_index);
  ValueList call(const CallArguments& arguments) override;

  at::Tensor message(Arg<"pos_j"> pos_j, Arg<"shifted_i"> shifted_i, Arg<"x_j"> x_j, Arg<"mapped_j"> mapped_j);

 private:
  std::shared_ptr<Layer> mlp_h_, mlp_f_, mlp_g_;
};

}  // namespace spinel::nn
