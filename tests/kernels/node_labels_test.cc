// Labels of nodes: the table and the hash table give the same answers.
#include "spinel/kernels/cpu/node_labels.h"

#include <gtest/gtest.h>

#include <limits>
#include <map>
#include <random>

namespace spinel::kernels {
namespace {

template <typename Index>
void compare_with_map(int64_t num_nodes, int64_t expected, int64_t largest) {
  std::mt19937_64 random(7);
  NodeLabels<Index> labels(num_nodes, expected);
  std::map<int64_t, int64_t> known;
  for (int64_t k = 0; k < 5000; ++k) {
    const auto node = static_cast<int64_t>(random() % static_cast<uint64_t>(largest));
    const auto found = known.find(node);
    ASSERT_EQ(labels.find(node), found == known.end() ? -1 : found->second);
    if (random() % 5 == 0) {
      labels.assign(node, k);
      known[node] = k;
    } else {
      const bool is_new = known.try_emplace(node, k).second;
      ASSERT_EQ(labels.insert(node, k), is_new ? k : known[node]);
    }
  }
  for (const auto& [node, label] : known) EXPECT_EQ(labels.find(node), label);
}

TEST(NodeLabels, AreThoseOfAMap) {
  compare_with_map<int32_t>(300, 300, 300);     // a table
  compare_with_map<int64_t>(900, 0, 900);       // a table, as it is small
  compare_with_map<int32_t>(1 << 30, 4, 3000);  // a hash table that grows
  compare_with_map<int64_t>(-1, 2500, 3000);    // a number of nodes that is not known
  compare_with_map<int64_t>(-1, 0, int64_t{1} << 62);
}

TEST(NodeLabels, TakeNodesThatShareAPlace) {
  // Multiples of a power of two, and neighbours, where a table without mixing would search long.
  NodeLabels<int64_t> labels(-1, 1000);
  for (int64_t k = 0; k < 1000; ++k) EXPECT_EQ(labels.insert(k << 40, k), k);
  for (int64_t k = 0; k < 1000; ++k) EXPECT_EQ(labels.find(k << 40), k);
  EXPECT_EQ(labels.find((int64_t{1} << 40) + 1), -1);
  EXPECT_EQ(labels.find(std::numeric_limits<int64_t>::max()), -1);
}

TEST(NodeLabels, OfNoNodesAreNone) {
  const NodeLabels<int32_t> table(0, 0), hash(-1, 0);
  EXPECT_EQ(hash.find(3), -1);
}

}  // namespace
}  // namespace spinel::kernels
