// Principal neighbourhood aggregation: several aggregations, scaled by degrees, in towers.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "spinel/nn/activation.h"
#include "spinel/nn/conv/message_passing.h"
#include "spinel/nn/conv/numbered_modules.h"
#include "spinel/nn/dense/linear.h"

namespace spinel::nn {

struct PNAConvOptions {
  int64_t in_channels = 0;
  int64_t out_channels = 0;
  std::vector<std::string> aggregators;
  std::vector<std::string> scalers;  ///< see DegreeScalerAggregation
  std::vector<int64_t> deg;          ///< how many nodes have 0, 1, … incoming edges
  std::optional<int64_t> edge_dim;
  int64_t towers = 1;
  int64_t pre_layers = 1;
  int64_t post_layers = 1;
  bool divide_input = false;  ///< each tower sees its share of the features, not all
  Config act = "relu";
  Config act_kwargs;
  bool train_norm = false;
  MessagePassingOptions kwargs;
};

/// Per tower MLP_post([x_i, scalers ⊗ aggregators of MLP_pre([x_i, x_j, enc(e_ji)])]), towers side by side, then a
/// linear map (Corso et al., arXiv:2004.05718). State: `edge_encoder.*`, `pre_nns.<t>.<l>.*`, `post_nns.<t>.<l>.*`,
/// `lin.*`, `aggr_module.avg_deg_lin`, `aggr_module.avg_deg_log`. The first layer of MLP_pre takes nodes before edges.
class PNAConv : public MessagePassing<PNAConv> {
 public:
  /// Towers that do not divide the widths: invalid_argument.
  explicit PNAConv(PNAConvOptions options);
  static OptionTable<PNAConvOptions> options();

  std::string name() const override { return "PNAConv"; }
  std::string to_string() const override;
  /// x [N, in], edge_attr [E, edge_dim] → [N, out].
  at::Tensor forward(const at::Tensor& x, const Adjacency& edge_index, const at::Tensor& edge_attr = {});
  ValueList call(const CallArguments& arguments) override;

  /// of_i, of_j [N, towers, F]: what both ends add to the first layers.
  at::Tensor message(Arg<"of_i"> of_i, Arg<"of_j"> of_j, Arg<"edge_attr"> edge_attr);

 private:
  /// Linear layers under the names of their places in a Sequential of layers and activations.
  class Tower : public Module {
   public:
    Tower(int64_t in, int64_t width, int64_t layers);
    Linear& first() const { return *lins_.front(); }
    /// All layers, or those behind the first on its result.
    at::Tensor forward(at::Tensor x, const Activation& act) const;
    at::Tensor forward_behind_first(at::Tensor h, const Activation& act) const;

   private:
    std::vector<std::unique_ptr<Linear>> lins_;
  };

  PNAConvOptions options_;
  int64_t in_width_, out_width_;
  Activation act_;
  std::unique_ptr<Linear> edge_encoder_;
  NumberedModules<Tower> pre_nns_, post_nns_;
  Linear lin_;
};

/// in-degrees of the nodes of all graphs of a data set, as `deg` takes them: adds edge_index's to `histogram` [D],
/// which becomes as long as needed; an undefined one is begun.
at::Tensor degree_histogram(const at::Tensor& histogram, const at::Tensor& edge_index, int64_t num_nodes);

}  // namespace spinel::nn
