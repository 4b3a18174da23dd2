// What every graph convolution must do, run over a list of descriptions.
#pragma once

#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include <functional>
#include <memory>
#include <ostream>
#include <string>
#include <vector>

#include "spinel/base/config.h"
#include "spinel/nn/call.h"

namespace spinel::nn {

/// One convolution with arguments. Its forward takes x, edge_index and `inputs`.
struct ConvCase {
  std::string name;
  std::string arguments;              ///< JSON
  std::vector<std::string> inputs;    ///< "edge_weight", "edge_attr", "edge_type", "pos", "normal", "x_0", …
  std::vector<std::string> optional;  ///< those of the inputs that may be missing, beside edge_weight

  // Why it is left out of a suite; null: it is in it.
  const char* no_pair = nullptr;          ///< (x, x) and (x of sources, x of targets)
  const char* no_matrix = nullptr;        ///< a matrix instead of an edge list
  const char* no_equal_matrix = nullptr;  ///< with the same result
  const char* no_batch = nullptr;         ///< graphs that do not see each other
  const char* any_width = nullptr;        ///< features of another width are an error
  const char* any_target = nullptr;       ///< nodes out of range in the second row are an error
  const char* no_flow = nullptr;          ///< the other flow is that over turned edges
  const char* no_loops = nullptr;         ///< add_self_loops is a loop more for each node

  std::vector<std::string> edges = {"edge_index"};  ///< names of the argument, or arguments, of the edges
  int64_t layers = 0;                               ///< where not 0: x is [nodes, layers, 4]
};
inline std::ostream& operator<<(std::ostream& out, const ConvCase& one) {
  return out << one.name << " " << one.arguments;
}

const std::vector<ConvCase>& conv_cases();
/// Those without a reason to be left out.
std::vector<ConvCase> conv_cases_with(const char* ConvCase::*reason);
std::string conv_case_name(const testing::TestParamInfo<ConvCase>& info);

/// A graph with everything that a convolution may want of it.
struct TestGraph {
  at::Tensor x, pos, normal, x_0, edge_index, edge_weight, edge_attr, edge_type, node_type, hyperedge_weight;
  int64_t nodes() const { return x.size(0); }
  at::Tensor& named(const std::string& name);
  const at::Tensor& named(const std::string& name) const { return const_cast<TestGraph&>(*this).named(name); }
};
/// No edge is there twice; loops only if asked for. float64.
TestGraph random_graph(int64_t nodes, int64_t edges, int64_t width, bool loops = false);
TestGraph permuted(const TestGraph& graph, const at::Tensor& nodes, const at::Tensor& edges);
TestGraph joined(const TestGraph& a, const TestGraph& b);
bool is_of_nodes(const std::string& input);

class ConvTest : public testing::TestWithParam<ConvCase> {
 protected:
  ConvTest() { at::manual_seed(7); }

  static constexpr int64_t width = 4;

  Config arguments_of_case() const;
  /// float64, in evaluation.
  std::unique_ptr<CallableModule> made(const Config& arguments) const;
  std::unique_ptr<CallableModule> made() const { return made(arguments_of_case()); }
  /// Whether the convolution has an argument of this name.
  bool has_option(const std::string& option) const;

  TestGraph graph(int64_t nodes = 7, int64_t edges = 16, bool loops = false) const;
  bool takes(const std::string& input) const;
  /// The arguments of a call on the graph, with other features or edges where they are given.
  CallArguments arguments(const TestGraph& graph, Value x, const Value& edges) const;
  /// A matrix of the edges, with the values that the convolution would take of them.
  Value matrix(const TestGraph& graph, int64_t rows, int64_t columns) const;
  at::Tensor run(CallableModule& conv, const TestGraph& graph) const;
  at::Tensor run(CallableModule& conv, const CallArguments& arguments) const;
  /// The message of the Error that must come.
  static std::string refusal(const std::function<void()>& action);
};

}  // namespace spinel::nn
