#include "spinel/nn/call.h"

#include <ATen/ATen.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/errors.h"

namespace spinel::nn {
namespace {

using testing::HasSubstr;

/// Gives back what it is called with.
class Echo : public CallableModule {
 public:
  std::string name() const override { return "Echo"; }
  std::tuple<at::Tensor, NamedTensors> forward(const Features& x, const Adjacency& edges, const Size& size, double p,
                                               const NamedTensors& dict) {
    seen_x = x;
    seen_edges = edges;
    seen_size = size;
    seen_p = p;
    return {x.source(), dict};
  }
  ValueList call(const CallArguments& arguments) override {
    return call_forward(*this, &Echo::forward,
                        {{"x"}, {"edge_index"}, {"size", Config()}, {"p", 0.5}, {"x_dict", Config()}}, arguments);
  }

  Features seen_x;
  Adjacency seen_edges;
  Size seen_size;
  double seen_p = 0;
};

const at::Tensor& edges() {
  static const at::Tensor edges = at::zeros({2, 1}, at::kLong);
  return edges;
}

std::string message(Echo& echo, const CallArguments& arguments) {
  return error_of([&] { echo.call(arguments); }).what();
}

TEST(CallForward, ConvertsToTheDeclaredTypes) {
  Echo echo;
  const at::Tensor a = at::ones({2}), b = at::ones({3});
  ValueList out = echo.call({{a, edges()}, {{"p", Config(2)}}});
  EXPECT_FALSE(echo.seen_x.is_pair());
  EXPECT_TRUE(echo.seen_x.target().is_same(a));
  EXPECT_FALSE(echo.seen_edges.is_sparse());
  EXPECT_FALSE(echo.seen_size.has_value());
  EXPECT_EQ(echo.seen_p, 2);
  ASSERT_EQ(out.size(), 2U);
  EXPECT_TRUE(out[0].tensor()->is_same(a));
  EXPECT_TRUE(out[1].dict()->empty());

  const auto adj = sparse::SparseTensor::eye(2);
  const Config size(Config::List{Config(4), Config(3)});
  echo.call({{Features(a, b), adj}, {{"size", size}, {"x_dict", NamedTensors{{"paper", b}}}}});
  EXPECT_TRUE(echo.seen_x.is_pair());
  EXPECT_TRUE(echo.seen_x.target().is_same(b));
  EXPECT_EQ(echo.seen_edges.adj_t().nnz(), 2);
  EXPECT_EQ(*echo.seen_size, (std::array<int64_t, 2>{4, 3}));
  EXPECT_EQ(echo.seen_p, 0.5);

  // A list of two is a pair, of which one may be None.
  echo.call({{ValueList{Value(a), Value()}, edges()}, {}});
  EXPECT_TRUE(echo.seen_x.is_pair());
  EXPECT_FALSE(echo.seen_x.target().defined());
}

TEST(CallForward, NamesTheArgumentThatIsWrong) {
  Echo echo;
  const at::Tensor a = at::ones({2});
  EXPECT_THAT(message(echo, {{a}, {}}), HasSubstr("Echo: edge_index is missing; it must be given"));
  EXPECT_THAT(message(echo, {{a, Config(3)}, {}}),
              HasSubstr("Echo: edge_index: it is an integer; an edge_index or a sparse"));
  EXPECT_THAT(message(echo, {{a, edges()}, {{"size", Config(Config::List{Config(4)})}}}),
              HasSubstr("Echo: size: it has 1 numbers"));
  EXPECT_THAT(message(echo, {{a, edges()}, {{"x_dict", a}}}),
              HasSubstr("x_dict: it is a tensor; a dictionary is needed"));
  EXPECT_THAT(message(echo, {{a, edges()}, {{"P", Config(1)}}}), HasSubstr("takes no argument 'P'; did you mean 'p'"));
  EXPECT_THAT(message(echo, {{a, a, a, a, a, a}, {}}), HasSubstr("6 arguments are given; it takes 5"));
  EXPECT_THAT(message(echo, {{a, edges()}, {{"x", a}}}), HasSubstr("x is given twice"));
}

}  // namespace
}  // namespace spinel::nn
