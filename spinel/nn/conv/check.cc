#include "spinel/nn/conv/check.h"

#include <ATen/ATen.h>

#include "spinel/nn/conv/check_message_passing.h"
#include "spinel/nn/conv/fused_gat_conv.h"
#include "spinel/nn/conv/list.h"
#include "spinel/nn/conv/pna_conv.h"
#include "spinel/nn/conv/point_net_conv.h"
#include "spinel/nn/conv/spline_basis.h"
#include "spinel/nn/conv/supergat_conv.h"
#include "spinel/nn/conv/wl_conv.h"

namespace spinel::nn {
namespace {

using golden::Call;
using golden::Outputs;

golden::ModuleEntry entry(const std::string& name) {
  return {"conv/" + name, [name](const Config& args) {
            const Config arguments = golden::native_form(args);
            std::unique_ptr<CallableModule> made = make_message_passing_case(name, arguments);
            if (!made) made = conv_list().at(name).make(arguments);
            return golden::under_test(std::move(made));
          }};
}

/// Its cases in training want the loss of the attention beside the result.
golden::ModuleEntry supergat_entry() {
  return {"conv/SuperGATConv", [](const Config& args) {
            auto made = std::make_unique<SuperGATConv>(SuperGATConv::options().parse(args));
            const SuperGATConv* const conv = made.get();
            golden::ModuleUnderTest test = golden::under_test(std::move(made));
            test.run = [conv, run = test.run](const Call& call) {
              Outputs outputs = run(call);
              for (const std::string& name : call.metadata.at("outputs").as_strings()) {
                if (name == "attention_loss") outputs.tensors.emplace_back(name, conv->get_attention_loss());
              }
              return outputs;
            };
            return test;
          }};
}

Outputs wl_histogram(const Call& call) {
  WLConv conv;
  const at::Tensor colours = conv.forward(call.tensor("x"), call.tensor("edge_index"));
  const at::Tensor counts = conv.histogram(colours, call.optional_tensor("batch"), call.args.at("norm").as_bool());
  return {{{"colours", colours}, {"histogram", counts}}, {}};
}

Outputs graph_format(const Call& call) {
  Size size;
  if (const Config* given = call.args.find("size"); given && !given->is_null()) {
    const std::vector<int64_t> numbers = given->as_ints();
    size = {numbers.at(0), numbers.at(1)};
  }
  const auto [csr, csc, perm] = FusedGATConv::to_graph_format(call.tensor("edge_index"), size);
  return {{{"rowptr", csr.first}, {"col", csr.second}, {"row", csc.first}, {"colptr", csc.second}, {"perm", perm}}, {}};
}

Outputs degrees(const Call& call) {
  const std::vector<int64_t> nodes = call.args.at("num_nodes").as_ints();
  at::Tensor histogram;
  for (size_t k = 0; k < call.positional.size(); ++k) {
    histogram = degree_histogram(histogram, std::get<at::Tensor>(call.positional[k]), nodes.at(k));
  }
  return {{{"deg", histogram}}, {}};
}

Outputs pair_features(const Call& call) {
  return {{{"out", point_pair_features(call.tensor("pos_i"), call.tensor("pos_j"), call.tensor("normal_i"),
                                       call.tensor("normal_j"))}},
          {}};
}

Outputs basis_of_splines(const Call& call) {
  const at::Tensor sizes = call.tensor("kernel_size"), open = call.tensor("is_open_spline");
  std::vector<int64_t> kernel_size;
  std::vector<bool> is_open;
  for (int64_t d = 0; d < sizes.numel(); ++d) {
    kernel_size.push_back(sizes[d].item<int64_t>());
    is_open.push_back(open[d].item<int64_t>() != 0);
  }
  const auto [basis, index] =
      spline_basis(call.tensor("pseudo"), kernel_size, is_open, std::get<Config>(call.positional.at(3)).as_int());
  return {{{"basis", basis}, {"weight_index", index}}, {}};
}

Outputs weighting_of_splines(const Call& call) {
  return {{{"out", spline_weighting(call.tensor("x"), call.tensor("weight"),
                                    {call.tensor("basis"), call.tensor("weight_index")})}},
          {}};
}

}  // namespace

std::vector<golden::ModuleEntry> conv_golden_modules() {
  std::vector<golden::ModuleEntry> entries = {entry("MessagePassing"), entry("EdgeUpdateMessagePassing"),
                                              entry("DifferenceMessagePassing"), supergat_entry()};
  for (const std::string& name : conv_list().names()) {
    if (name != "SuperGATConv") entries.push_back(entry(name));
  }
  return entries;
}

std::vector<golden::Function> conv_golden_functions() {
  return {{"conv/WLConv.histogram", wl_histogram},
          {"conv/point_pair_features", pair_features},
          {"conv/spline_basis", basis_of_splines},
          {"conv/spline_weighting", weighting_of_splines},
          {"conv/FusedGATConv.to_graph_format", graph_format},
          {"conv/PNAConv.get_degree_histogram", degrees}};
}

}  // namespace spinel::nn
