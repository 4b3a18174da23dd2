// Input that no convolution takes: its message names the convolution and both values. Over all cases of the list.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "spinel/nn/conv/list.h"
#include "tests/nn/conv/conformance.h"

namespace spinel::nn {
namespace {

using testing::AllOf;
using testing::AnyOf;
using testing::HasSubstr;
using testing::StartsWith;

class ConvInputOfEvery : public ConvTest {
 protected:
  testing::Matcher<std::string> named() const { return StartsWith(GetParam().name + ": "); }
  std::string refusal_of(CallableModule& conv, const CallArguments& call) const {
    return refusal([&] { run(conv, call); });
  }
  /// With one more rather than another tensor of the graph.
  std::string refusal_of(CallableModule& conv, const TestGraph& graph) const {
    return refusal_of(conv, arguments(graph, graph.x, graph.edge_index));
  }
};

TEST_P(ConvInputOfEvery, NodesOutOfRange) {
  const auto conv = made();
  for (const at::ScalarType type : {at::kLong, at::kInt}) {
    for (const int64_t bad : {int64_t{7}, int64_t{-1}}) {
      for (const int64_t row : {0, 1}) {
        if (row == 1 && bad == 7 && GetParam().any_target) continue;
        TestGraph one = graph();
        one.edge_index[row][3] = bad;
        one.edge_index = one.edge_index.to(type);
        EXPECT_THAT(refusal_of(*conv, one), AllOf(named(), HasSubstr(std::to_string(bad)), HasSubstr("7)")));
      }
    }
  }
}

TEST_P(ConvInputOfEvery, EdgeListsOfAnotherShapeOrType) {
  const auto conv = made();
  const auto message = [&](const at::Tensor& edges) {
    TestGraph one = graph();
    one.edge_index = edges;
    return refusal_of(*conv, one);
  };
  EXPECT_THAT(message(at::zeros({3, 16}, at::kLong)), AllOf(named(), HasSubstr("[3, 16]")));
  EXPECT_THAT(message(at::zeros({4}, at::kLong)), AllOf(named(), HasSubstr("[4]")));
  EXPECT_THAT(message(at::zeros({2, 16, 1}, at::kLong)), AllOf(named(), HasSubstr("[2, 16, 1]")));
  EXPECT_THAT(message(at::zeros({2, 16}, at::kFloat)), AllOf(named(), HasSubstr("Float")));
  EXPECT_THAT(message(at::zeros({2, 16}, at::kBool)), AllOf(named(), HasSubstr("Bool")));
  EXPECT_THAT(message({}), AllOf(named(), HasSubstr("None")));
}

TEST_P(ConvInputOfEvery, AMatrixOfOtherSizes) {
  if (GetParam().no_matrix) return;
  const auto conv = made();
  const TestGraph one = graph();
  for (const auto& [rows, columns] : {std::pair(8, 7), std::pair(7, 8), std::pair(9, 9)}) {
    EXPECT_THAT(refusal_of(*conv, arguments(one, one.x, matrix(one, rows, columns))),
                AllOf(named(), HasSubstr(std::to_string(std::max(rows, columns))), HasSubstr("7")));
  }
}

TEST_P(ConvInputOfEvery, FeaturesOfAnotherRank) {
  const auto conv = made();
  const TestGraph one = graph();
  EXPECT_THAT(refusal_of(*conv, arguments(one, at::randn({width}, at::kDouble), one.edge_index)), named());
  EXPECT_THAT(refusal_of(*conv, arguments(one, at::ones({}, at::kDouble), one.edge_index)), named());
}

TEST_P(ConvInputOfEvery, FeaturesOfAnotherWidth) {
  if (GetParam().any_width) return;
  const auto conv = made();
  TestGraph one = graph();
  one.x = at::cat({one.x, one.x}, -1);
  EXPECT_THAT(refusal_of(*conv, one), AllOf(named(), HasSubstr("8")));
}

TEST_P(ConvInputOfEvery, InputsThatAreMissing) {
  const auto conv = made();
  const TestGraph one = graph();
  for (const std::string& name : GetParam().inputs) {
    SCOPED_TRACE(name);
    CallArguments call = arguments(one, one.x, one.edge_index);
    std::erase_if(call.named, [&](const auto& argument) { return argument.first == name; });
    const auto& optional = GetParam().optional;
    const Config given = arguments_of_case();
    const Config* normalize = given.find("normalize");
    const bool weights_needed = GetParam().name == "DNAConv" && normalize && !normalize->as_bool();
    if ((name == "edge_weight" && !weights_needed) ||
        std::find(optional.begin(), optional.end(), name) != optional.end()) {
      EXPECT_TRUE(run(*conv, call).isfinite().all().item<bool>());
    } else {
      EXPECT_THAT(refusal_of(*conv, call), AllOf(named(), HasSubstr(name)));
    }
  }
}

TEST_P(ConvInputOfEvery, InputsOfAnotherLength) {
  const auto conv = made();
  for (const std::string& name : GetParam().inputs) {
    SCOPED_TRACE(name);
    for (const int64_t length : {0, 5}) {
      TestGraph one = graph();
      one.named(name) = one.named(name).narrow(0, 0, length);
      EXPECT_THAT(refusal_of(*conv, one),
                  AllOf(named(), HasSubstr(std::to_string(length)), AnyOf(HasSubstr(is_of_nodes(name) ? "7" : "16"))));
    }
  }
}

TEST_P(ConvInputOfEvery, InputsOfAnotherWidthOrRank) {
  const auto conv = made();
  for (const std::string& name : GetParam().inputs) {
    SCOPED_TRACE(name);
    TestGraph one = graph();
    at::Tensor& tensor = one.named(name);
    tensor = tensor.dim() == 1 ? tensor.unsqueeze(1).repeat({1, 2}) : tensor.repeat({1, 2});
    if (!GetParam().any_width || tensor.size(1) == 2) EXPECT_THAT(refusal_of(*conv, one), named());
    tensor = tensor[0][0];
    EXPECT_THAT(refusal_of(*conv, one), named());
  }
}

TEST_P(ConvInputOfEvery, UnknownAggregationsFlowsAndOptions) {
  const auto message = [&](const char* option, const char* value) {
    Config arguments = arguments_of_case();
    arguments.set(option, Config(value));
    return refusal([&] { made(arguments); });
  };
  EXPECT_THAT(message("agrr", "sum"), AllOf(HasSubstr(GetParam().name), HasSubstr("agrr")));
  if (has_option("flow"))
    EXPECT_THAT(message("flow", "sideways"), AllOf(HasSubstr(GetParam().name), HasSubstr("sideways")));
  if (!has_option("aggr")) return;
  Config arguments = arguments_of_case();
  arguments.set("aggr", Config("meen"));
  try {
    made(arguments);
    ADD_FAILURE() << "the aggregation was taken";
  } catch (const Error& error) {
    EXPECT_THAT(error.what(), AllOf(named(), HasSubstr("meen")));
  }
}

INSTANTIATE_TEST_SUITE_P(All, ConvInputOfEvery, testing::ValuesIn(conv_cases()), conv_case_name);

}  // namespace
}  // namespace spinel::nn
