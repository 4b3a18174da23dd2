#include "spinel/graph/data/tu_files.h"

#include <ATen/ATen.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "spinel/base/platform/file.h"
#include "tests/support/errors.h"
#include "tests/support/paths.h"

namespace spinel::graph {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

at::Tensor longs(std::vector<int64_t> values) { return at::tensor(values, at::kLong); }

/// Two graphs: a pair of nodes with a double edge and a loop, and a path of three nodes.
struct TUFiles : testing::Test {
  TUFiles() {
    put("A", "1, 2\n2, 1\n1, 2\n1, 1\n4,3\r\n3, 4\n4, 5\n5, 4\n");
    put("graph_indicator", "1\n1\n2\n2\n2\n");
    put("graph_labels", "7\n-1\n");
    put("node_labels", "3\n5\n3\n4\n3\n");
    put("edge_labels", "0\n1\n1\n0\n0\n0\n1\n1\n");
    put("node_attributes", "0.5, 1\n1.5, 2\n2.5, 3\n3.5, 4\n4.5, 5\n");
  }
  void put(const std::string& part, const std::string& text) {
    write_file_atomic(folder.file("S_" + part + ".txt"), text);
  }
  TUSet read(TUOptions options = {}) const {
    options.root = folder.path();
    return read_tu(options);
  }
  Error refusal(TUOptions options = {}) const {
    return error_of([&] { read(options); });
  }
  TemporaryFolder folder;
};

TEST_F(TUFiles, GraphsHaveTheirNodesEdgesAndClasses) {
  const TUSet set = read();
  ASSERT_EQ(set.graphs.size(), 2u);
  EXPECT_THAT(set.classes, ElementsAre(-1, 7));
  const Data &pair = set.graphs[0], &path = set.graphs[1];
  EXPECT_EQ(pair.num_nodes, 2);
  // The loop is gone, the double edge is one, with both codes added.
  EXPECT_TRUE(pair.edge_index.equal(longs({0, 1, 1, 0}).view({2, 2})));
  EXPECT_TRUE(pair.edge_attr.equal(at::tensor({1.0F, 1.0F, 0.0F, 1.0F}).view({2, 2})));
  EXPECT_TRUE(pair.x.equal(at::tensor({1.0F, 0.0F, 0.0F, 0.0F, 0.0F, 1.0F}).view({2, 3})));
  EXPECT_TRUE(pair.y.equal(longs({1})));
  EXPECT_TRUE(path.edge_index.equal(longs({0, 1, 1, 2, 1, 0, 2, 1}).view({2, 4})));
  EXPECT_TRUE(path.x.argmax(1).equal(longs({0, 1, 0})));
  EXPECT_TRUE(path.y.equal(longs({0})));
}

TEST_F(TUFiles, AttributesStandBeforeTheCodesWhereAskedFor) {
  const TUSet set = read({.use_node_attr = true});
  EXPECT_TRUE(set.graphs[1].x.slice(1, 0, 2).equal(at::tensor({2.5F, 3.0F, 3.5F, 4.0F, 4.5F, 5.0F}).view({3, 2})));
  EXPECT_EQ(set.graphs[1].x.size(1), 5);
  EXPECT_EQ(refusal({.use_edge_attr = true}).kind(), ErrorKind::not_found);
}

TEST_F(TUFiles, GraphAttributesAreTargetsInThePlaceOfClasses) {
  put("graph_attributes", "0.25\n-3e2\n");
  const TUSet set = read();
  EXPECT_TRUE(set.classes.empty());
  EXPECT_TRUE(set.graphs[1].y.equal(at::tensor({-300.0F}).view({1, 1})));
}

TEST_F(TUFiles, SetsAreFoundByNameAndInTheFolderOfTheirs) {
  const std::string raw = folder.file("S/raw");
  make_folders(raw);
  for (const char* part : {"A", "graph_indicator"}) {
    rename_file(folder.file(std::string("S_") + part + ".txt"), raw + "/S_" + part + ".txt");
  }
  EXPECT_EQ(read({.name = "S"}).graphs.size(), 2u);
  EXPECT_FALSE(read({.name = "S"}).graphs[0].x.defined());
  EXPECT_EQ(refusal().kind(), ErrorKind::not_found);
  EXPECT_THAT(refusal({.name = "T"}).what(), HasSubstr("there is no T_A.txt"));
  write_file_atomic(folder.file("S_A.txt"), "");
  write_file_atomic(folder.file("T_A.txt"), "");
  EXPECT_THAT(refusal().what(), HasSubstr("it holds the sets S, T"));
}

TEST_F(TUFiles, BrokenFilesAreNamedWithTheirLine) {
  const auto broken = [&](const char* part, const char* text) {
    const std::string path = folder.file(std::string("S_") + part + ".txt"), kept = read_file(path);
    write_file_atomic(path, text);
    const Error error = refusal();
    EXPECT_EQ(error.kind(), ErrorKind::corrupt) << error.what();
    write_file_atomic(path, kept);
    return std::string(error.what());
  };
  EXPECT_THAT(broken("A", "1, 2\n2, x\n"), HasSubstr("S_A.txt: line 2: 'x' is no integer"));
  EXPECT_THAT(broken("A", "1, 2\n2, 1.5\n"), HasSubstr("'1.5' is no integer"));
  EXPECT_THAT(broken("A", "1, 2\n2\n"), HasSubstr("line 2: it has 1 numbers; the lines before have 2"));
  EXPECT_THAT(broken("A", "1\n2\n"), HasSubstr("lines have 1 numbers; an edge has two"));
  EXPECT_THAT(broken("A", "1, 2\n0, 1\n"), HasSubstr("line 2: an edge joins nodes 0 and 1; nodes are 1 to 5"));
  EXPECT_THAT(broken("A", "1, 6\n"), HasSubstr("nodes are 1 to 5"));
  EXPECT_THAT(broken("A", "1, 3\n"), HasSubstr("of the graphs 1 and 2; each lies in one"));
  EXPECT_THAT(broken("graph_indicator", "1\n1\n3\n3\n3\n"), HasSubstr("line 3: graph 3 follows graph 1"));
  EXPECT_THAT(broken("graph_indicator", "1\n2\n1\n2\n2\n"), HasSubstr("line 3: graph 1 follows graph 2"));
  EXPECT_THAT(broken("graph_indicator", "2\n2\n2\n2\n2\n"), HasSubstr("line 1: graph 2 follows graph 0"));
  EXPECT_THAT(broken("graph_indicator", "0\n0\n1\n1\n1\n"), HasSubstr("line 1: graph 0 follows graph 0"));
  EXPECT_THAT(broken("graph_indicator", "1 1\n1 1\n2 2\n2 2\n2 2\n"), HasSubstr("lines have 2 numbers; one is"));
  EXPECT_THAT(broken("graph_indicator", ""), HasSubstr("it is empty"));
  EXPECT_THAT(broken("graph_labels", "1 2\n3 4\n"), HasSubstr("S_graph_labels.txt: lines have 2 numbers"));
  EXPECT_THAT(broken("graph_labels", "1\n"), HasSubstr("it has 1 lines; there are 2 graphs"));
  EXPECT_THAT(broken("node_labels", "1\n"), HasSubstr("it has 1 lines; there are 5 nodes"));
  EXPECT_THAT(broken("node_labels", "1\n2\n3\n4\n9000000000\n"), HasSubstr("at most 65536 kinds are taken"));
  EXPECT_THAT(broken("node_labels", "1\n2\n3\n4\n99999999999999999999\n"), HasSubstr("is no integer"));
  EXPECT_THAT(broken("edge_labels", "1\n"), HasSubstr("it has 1 lines; there are 8 edges"));
}

// Two lines of text may ask for any number of codes.
TEST_F(TUFiles, CodesThatWouldTakeMoreMemoryThanIsSaneAreRefused) {
  constexpr int nodes = (1 << 14) + 1;
  std::string indicator, labels = "65535\n";
  for (int k = 0; k < nodes; ++k) indicator += "1\n";
  for (int k = 1; k < nodes; ++k) labels += "0\n";
  put("A", ""), put("edge_labels", ""), put("graph_labels", "0\n");
  put("graph_indicator", indicator), put("node_labels", labels);
  const Error error = refusal();
  EXPECT_EQ(error.kind(), ErrorKind::corrupt);
  EXPECT_THAT(error.what(), HasSubstr("S_node_labels.txt: 16385 lines have labels of 65536 kinds"));
}

TEST_F(TUFiles, TextsInMemoryAreReadLikeFiles) {
  const auto text_of = [&](const std::string& part) -> std::optional<std::string> {
    if (part == "node_labels") return std::nullopt;
    return read_file(folder.file("S_" + part + ".txt"));
  };
  put("graph_attributes", "1\n2\n");
  const TUSet set = parse_tu(text_of, "memory"), files = read();
  EXPECT_FALSE(set.graphs[1].x.defined());
  EXPECT_TRUE(set.graphs[1].edge_attr.equal(files.graphs[1].edge_attr));
  const auto nothing = [](const std::string&) -> std::optional<std::string> { return std::nullopt; };
  const Error error = error_of([&] { parse_tu(nothing, "memory"); });
  EXPECT_EQ(error.kind(), ErrorKind::not_found);
  EXPECT_THAT(error.what(), HasSubstr("memory_graph_indicator.txt: there is no such file"));
}

TEST_F(TUFiles, GraphsWithoutEdgesAreRead) {
  put("A", "");
  put("edge_labels", "");
  const TUSet set = read();
  EXPECT_EQ(set.graphs[0].edge_index.size(1), 0);
  EXPECT_EQ(set.graphs[1].num_nodes, 3);
}

// Numbers of the data set's own documentation.
TEST(TUSets, OfTheRepositoryAreAsTheySay) {
  const TUSet set = read_tu({.root = source_dir() + "/data/mof-building-blocks"});
  ASSERT_EQ(set.graphs.size(), 200u);
  int64_t linkers = 0, most = 0;
  for (const Data& graph : set.graphs) {
    linkers += graph.y.item<int64_t>();
    most = std::max(most, graph.num_nodes);
    EXPECT_EQ(graph.x.size(1), 37);
    EXPECT_EQ(graph.edge_attr.size(1), 4);
    // 34: a connection point. Linkers have two.
    const bool two = graph.x.select(1, 34).sum().item<double>() == 2;
    EXPECT_EQ(graph.y.item<int64_t>(), two ? 1 : 0);
  }
  EXPECT_EQ(linkers, 110);
  EXPECT_EQ(most, 36);
}

}  // namespace
}  // namespace spinel::graph
