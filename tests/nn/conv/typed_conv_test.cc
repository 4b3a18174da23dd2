// What every convolution on graphs with several types of nodes and edges must do: as conformance.h, on dictionaries.
#include <ATen/ATen.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <torch/csrc/autograd/autograd.h>

#include "spinel/base/config.h"
#include "spinel/nn/conv/list.h"
#include "tests/support/errors.h"

namespace spinel::nn {
namespace {

using testing::AllOf;
using testing::AnyOf;
using testing::HasSubstr;
using testing::StartsWith;

struct TypedCase {
  const char *name, *arguments;
};
std::ostream& operator<<(std::ostream& out, const TypedCase& one) { return out << one.name; }

constexpr const char* writes = "author__writes__paper";
constexpr const char* written = "paper__written_by__author";
constexpr const char* cites = "paper__cites__paper";

/// Authors and papers; papers may cite themselves.
struct Library {
  at::Tensor author, paper, writes_edges, written_edges, cites_edges;

  NamedTensors x() const { return {{"author", author}, {"paper", paper}}; }
  ValueDict edges() const { return {{writes, writes_edges}, {written, written_edges}, {cites, cites_edges}}; }
};

at::Tensor random_edges(int64_t sources, int64_t targets, int64_t count) {
  const at::Tensor places = at::randperm(sources * targets).slice(0, 0, count);
  return at::stack({places.remainder(sources), places.div(sources, "floor")});
}

Library library(int64_t authors = 4, int64_t papers = 5) {
  const bool is_empty = authors * papers == 0;
  return {at::randn({authors, 6}, at::kDouble), at::randn({papers, 8}, at::kDouble),
          is_empty ? at::empty({2, 0}, at::kLong) : random_edges(authors, papers, 9),
          is_empty ? at::empty({2, 0}, at::kLong) : random_edges(papers, authors, 7),
          is_empty ? at::empty({2, 0}, at::kLong) : random_edges(papers, papers, 12)};
}

class TypedConv : public testing::TestWithParam<TypedCase> {
 protected:
  TypedConv() {
    at::manual_seed(11);
    conv_ = made();
  }
  static std::unique_ptr<CallableModule> made() {
    auto conv = conv_list().at(GetParam().name).make(parse_json(GetParam().arguments, GetParam().name));
    conv->to(at::kDouble);
    conv->eval();
    return conv;
  }
  NamedTensors run(CallableModule& conv, const NamedTensors& x, const ValueDict& edges) const {
    NamedTensors out;
    read_value(conv.call({{Value(x), Value(edges)}, {}}).at(0), out, "result");
    return out;
  }
  NamedTensors run(const Library& one) const { return run(*conv_, one.x(), one.edges()); }
  std::string refusal(const NamedTensors& x, const ValueDict& edges) const {
    const Error error = error_of([&] { run(*conv_, x, edges); });
    EXPECT_NE(error.kind(), ErrorKind::internal) << error.what();
    return error.what();
  }
  /// HeteroConv's convolutions look at their edges themselves.
  testing::Matcher<std::string> named() const {
    return AnyOf(StartsWith(std::string(GetParam().name) + ": "), StartsWith("SAGEConv: "));
  }
  std::unique_ptr<CallableModule> conv_;
};

TEST_P(TypedConv, NodesAndEdgesMayComeInAnyOrder) {
  const Library one = library();
  const at::Tensor authors = at::randperm(4), papers = at::randperm(5);
  const at::Tensor new_author = authors.argsort(), new_paper = papers.argsort();
  const auto moved = [](const at::Tensor& edges, const at::Tensor& source, const at::Tensor& target) {
    const at::Tensor both = at::stack({source.index_select(0, edges[0]), target.index_select(0, edges[1])});
    return both.index_select(1, at::randperm(edges.size(1)));
  };
  const Library other{one.author.index_select(0, authors), one.paper.index_select(0, papers),
                      moved(one.writes_edges, new_author, new_paper), moved(one.written_edges, new_paper, new_author),
                      moved(one.cites_edges, new_paper, new_paper)};
  const NamedTensors out = run(one), again = run(other);
  EXPECT_TRUE(at::allclose(again.at("author"), out.at("author").index_select(0, authors)));
  EXPECT_TRUE(at::allclose(again.at("paper"), out.at("paper").index_select(0, papers)));
}

TEST_P(TypedConv, MatricesAndInt32EdgesAreAsGoodAsLists) {
  const Library one = library();
  const NamedTensors out = run(one);
  ValueDict matrices, ints;
  for (const auto& [type, edges] : one.edges()) {
    const at::Tensor& list = *edges.tensor();
    const int64_t sources = std::string(type) == writes ? 4 : 5, targets = std::string(type) == written ? 4 : 5;
    matrices.emplace_back(type, sparse::SparseTensor(sparse::StorageArguments{
                                    .row = list[1], .col = list[0], .sparse_sizes = {targets, sources}}));
    ints.emplace_back(type, list.to(at::kInt));
  }
  for (const ValueDict& edges : {matrices, ints}) {
    const NamedTensors same = run(*conv_, one.x(), edges);
    for (const char* type : {"author", "paper"}) EXPECT_TRUE(at::allclose(same.at(type), out.at(type)));
  }
}

TEST_P(TypedConv, FirstAndSecondDerivativesAreThoseOfTheResult) {
  const Library one = library();
  const at::Tensor d_author = at::randn_like(one.author), d_paper = at::randn_like(one.paper);
  const auto value = [&](const at::Tensor& author, const at::Tensor& paper) {
    Library moved = one;
    moved.author = author, moved.paper = paper;
    const NamedTensors out = run(moved);
    return out.at("author").square().sum() + out.at("paper").pow(3).sum();
  };
  const auto slope = [&](double h, bool create_graph) {
    const at::Tensor author = (one.author + h * d_author).set_requires_grad(true);
    const at::Tensor paper = (one.paper + h * d_paper).set_requires_grad(true);
    const auto found = torch::autograd::grad({value(author, paper)}, {author, paper}, {}, create_graph, create_graph);
    const at::Tensor along = (found[0] * d_author).sum() + (found[1] * d_paper).sum();
    if (!create_graph) return along.item<double>();
    const auto second = torch::autograd::grad({along}, {author, paper});
    return ((second[0] * d_author).sum() + (second[1] * d_paper).sum()).item<double>();
  };
  const double h = 1e-5;
  const auto at_step = [&](double step) {
    return value(one.author + step * d_author, one.paper + step * d_paper).item<double>();
  };
  const double first = slope(0, false), second = slope(0, true);
  EXPECT_NEAR(first, (at_step(h) - at_step(-h)) / (2 * h), 1e-5 * std::max(1.0, std::abs(first)));
  EXPECT_NEAR(second, (slope(h, false) - slope(-h, false)) / (2 * h), 1e-4 * std::max(1.0, std::abs(second)));
}

TEST_P(TypedConv, SavedStateGivesTheSameResultAndResettingAnother) {
  const Library one = library();
  const NamedTensors out = run(one);
  const auto other = made();
  EXPECT_FALSE(at::allclose(run(*other, one.x(), one.edges()).at("paper"), out.at("paper")));
  other->load_state_dict(conv_->state_dict());
  EXPECT_TRUE(at::equal(run(*other, one.x(), one.edges()).at("paper"), out.at("paper")));
  for (const at::Tensor& parameter : conv_->parameters()) {
    const at::NoGradGuard no_grad;
    parameter.fill_(7);
  }
  conv_->reset_parameters();
  for (const auto& [name, parameter] : conv_->named_parameters()) {
    EXPECT_LT(parameter.abs().max().item<double>(), 6) << name;
  }
}

TEST_P(TypedConv, LibrariesWithoutEdgesOrNodesAreTaken) {
  const at::Tensor none = at::empty({2, 0}, at::kLong);
  Library one = library();
  one.writes_edges = one.written_edges = one.cites_edges = none;
  for (const auto& [type, out] : run(one)) EXPECT_TRUE(out.isfinite().all().item<bool>()) << type;
  for (const auto& [type, out] : run(library(0, 0))) EXPECT_EQ(out.size(0), 0) << type;
}

TEST_P(TypedConv, NodesOutOfRangeAreErrors) {
  for (const auto& [row, bad, size] : {std::tuple(0, 4, "4"), std::tuple(0, -1, "4"), std::tuple(1, 5, "5")}) {
    Library one = library();
    one.writes_edges[row][2] = bad;
    EXPECT_THAT(refusal(one.x(), one.edges()), AllOf(named(), HasSubstr(std::to_string(bad)), HasSubstr(size)));
  }
}

TEST_P(TypedConv, EdgeListsAndMatricesOfOtherSizesAreErrors) {
  const Library one = library();
  const auto message = [&](Value edges) { return refusal(one.x(), {{writes, std::move(edges)}}); };
  EXPECT_THAT(message(at::zeros({3, 4}, at::kLong)), AllOf(named(), HasSubstr("[3, 4]")));
  EXPECT_THAT(message(at::zeros({2, 4}, at::kFloat)), AllOf(named(), HasSubstr("Float")));
  EXPECT_THAT(message(sparse::SparseTensor(sparse::StorageArguments{
                  .row = one.writes_edges[1], .col = one.writes_edges[0], .sparse_sizes = {5, 6}})),
              AllOf(named(), HasSubstr("6"), HasSubstr("4")));
}

TEST_P(TypedConv, FeaturesOfAnotherRankOrWidthAreErrors) {
  const Library one = library();
  const auto message = [&](const at::Tensor& author) {
    return refusal({{"author", author}, {"paper", one.paper}}, one.edges());
  };
  EXPECT_THAT(message(one.author.narrow(1, 0, 5)), AllOf(named(), HasSubstr("5 features"), HasSubstr("6")));
  EXPECT_THAT(message(one.author.select(1, 0)), named());
  EXPECT_THAT(message(at::ones({}, at::kDouble)), named());
}

TEST_P(TypedConv, DictionariesOfAnotherKindAreErrors) {
  const Library one = library();
  const auto message = [&](ValueList arguments) {
    return std::string(error_of([&] { conv_->call({std::move(arguments), {}}); }).what());
  };
  EXPECT_THAT(message({one.author, Value(one.edges())}), AllOf(HasSubstr(GetParam().name), HasSubstr("dict")));
  EXPECT_THAT(message({Value(one.x()), one.writes_edges}), AllOf(HasSubstr(GetParam().name), HasSubstr("dict")));
}

TEST_P(TypedConv, UnknownOptionsAndAggregationsAreErrors) {
  const auto message = [&](const char* option, const char* value) {
    Config arguments = parse_json(GetParam().arguments, GetParam().name);
    arguments.set(option, Config(value));
    return std::string(error_of([&] { conv_list().at(GetParam().name).make(arguments); }).what());
  };
  EXPECT_THAT(message("agrr", "sum"), AllOf(HasSubstr(GetParam().name), HasSubstr("agrr")));
  EXPECT_THAT(message("aggr", "meen"), AllOf(HasSubstr(GetParam().name), HasSubstr("aggr")));
}

const char* const typed_arguments = R"({"in_channels": {"author": 6, "paper": 8}, "out_channels": 4, "heads": 2,
  "metadata": [["author", "paper"], [["author", "writes", "paper"], ["paper", "written_by", "author"],
                                     ["paper", "cites", "paper"]]]})";

INSTANTIATE_TEST_SUITE_P(All, TypedConv,
                         testing::Values(TypedCase{"HANConv", typed_arguments}, TypedCase{"HGTConv", typed_arguments},
                                         TypedCase{"HeteroConv", R"({"aggr": "mean", "convs": {
                        "author__writes__paper": {"SAGEConv": {"in_channels": [6, 8], "out_channels": 4}},
                        "paper__written_by__author": {"SAGEConv": {"in_channels": [8, 6], "out_channels": 4}},
                        "paper__cites__paper": {"SAGEConv": {"in_channels": 8, "out_channels": 4}}}})"}),
                         [](const auto& info) { return std::string(info.param.name); });

}  // namespace
}  // namespace spinel::nn
