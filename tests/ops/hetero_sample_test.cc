// Samples of graphs with several types: lists by number, dictionaries by name, and what both refuse.
#include "spinel/ops/hetero_sample.h"

#include <gmock/gmock.h>

#include "spinel/registry/value.h"
#include "tests/ops/graph_call.h"

namespace spinel::ops {
namespace {

using registry::DictValue;
using registry::make_list_value;
using testing::ElementsAre;
using testing::HasSubstr;

Value numbers(const std::vector<int64_t>& values) {
  return make_list_value(registry::TypeKind::integer, {values.begin(), values.end()});
}

Value tensors(const std::vector<Tensor>& values) {
  return make_list_value(registry::TypeKind::tensor, {values.begin(), values.end()});
}

/// Authors (type 0) write papers (type 1): paper 0 by author 0, paper 1 by both; sampling starts at paper 1.
struct Lists {
  std::vector<Tensor> input = {vector_of({1})}, colptr = {vector_of({0, 1, 3})}, row = {vector_of({0, 0, 1})}, times;
  std::vector<int64_t> types = {1}, ends = {0, 1}, counts = {-1};
  int64_t num_types = 2, num_hops = 1;
  Value time_types;

  std::vector<Value> shared() const {
    return {tensors(input), numbers(types), tensors(colptr), tensors(row),
            numbers(ends),  num_types,      numbers(counts), num_hops};
  }
  std::vector<Value> values() const {
    std::vector<Value> all = shared();
    all.insert(all.end(), {false, true, tensors(times), time_types});
    return all;
  }
  std::vector<Tensor> call() const { return call_op("_hetero_neighbor_sample", values()); }
  std::string refused() const { return refusal("_hetero_neighbor_sample", values()); }
};

TEST(HeteroNeighborSampleOperator, JoinsTypesAndRelations) {
  for (const bool is_narrow : {false, true}) {
    Lists lists;
    if (is_narrow) {
      lists.input = {narrow_of({1})};
      lists.colptr = {narrow_of({0, 1, 3})};
      lists.row = {narrow_of({0, 0, 1})};
    }
    const auto out = lists.call();
    EXPECT_EQ(out[0].scalar_type(), is_narrow ? ScalarType::int32 : ScalarType::int64);
    const std::vector<std::vector<int64_t>> wanted = {{0, 1, 1}, {0, 2, 3}, {0, 1}, {0, 0}, {1, 2}, {0, 2}};
    for (size_t k = 0; k < wanted.size(); ++k) EXPECT_EQ(values_of(out[k]), wanted[k]) << k;
  }
}

TEST(HeteroNeighborSampleOperator, TakesTimesOfAnyIndexType) {
  Lists lists;
  lists.times = {narrow_of({5, 9}), vector_of({7, 7})};
  lists.time_types = numbers({0, 1});
  EXPECT_THAT(values_of(lists.call()[0]), ElementsAre(0, 1));
}

TEST(HeteroNeighborSampleOperator, RefusesListsThatDoNotFit) {
  const auto refused = [](auto change) {
    Lists lists;
    change(lists);
    return lists.refused();
  };
  EXPECT_THAT(refused([](Lists& l) { l.types = {}; }), HasSubstr("there are 1 input_node but 0 types of them"));
  EXPECT_THAT(refused([](Lists& l) { l.types = {2}; }), HasSubstr("a type is 2; there are 2"));
  EXPECT_THAT(refused([](Lists& l) { l.ends = {0}; }), HasSubstr("1 ends of relations"));
  EXPECT_THAT(refused([](Lists& l) { l.ends = {-1, 1}; }), HasSubstr("a type is -1"));
  EXPECT_THAT(refused([](Lists& l) { l.counts = {1, 1}; }), HasSubstr("there are 2 counts; 1 hops of 1 need one each"));
  EXPECT_THAT(refused([](Lists& l) { l.num_hops = -1; }), HasSubstr("both must not be negative"));
  EXPECT_THAT(refused([](Lists& l) { l.input = {narrow_of({1})}; }), HasSubstr("input_node is int32"));
  EXPECT_THAT(refused([](Lists& l) { l.row = {}; }), HasSubstr("there are 1 colptr, 0 row"));
  EXPECT_THAT(refused([](Lists& l) { l.time_types = numbers({1}); }),
              HasSubstr("hetero_temporal_neighbor_sample: there are 0 node_time but 1 types"));
  EXPECT_THAT(refused([](Lists& l) { l.time_types = numbers({}); }), HasSubstr("of a type without times"));
  EXPECT_THAT(refused([](Lists& l) {
                l.colptr.push_back(vector_of({0, 0}));
                l.row.push_back(vector_of({}));
                l.ends = {0, 1, 0, 1};
                l.counts = {1, 1};
              }),
              HasSubstr("relation 1 leads to 1 nodes, another one with this type of target to 2"));
}

TEST(HgtSampleOperator, TakesCountsByType) {
  Lists lists;
  lists.counts = {5, 5};
  const auto out = call_op("_hgt_sample", lists.shared());
  EXPECT_THAT(values_of(out[1]), ElementsAre(0, 2, 3));
  EXPECT_EQ(out[4].numel(), 2);
  lists.counts = {5};
  EXPECT_THAT(refusal("_hgt_sample", lists.shared()), HasSubstr("1 hops of 2 need one each"));
}

/// Calls a composite whose operators run as they are.
class PlainComposer final : public Composer {
 public:
  Stack call(const char* op, Stack arguments) override {
    Stack results;
    for (const Tensor& tensor : call_op(op, arguments)) results.emplace_back(tensor);
    return results;
  }
  TensorSpec spec(const Tensor& tensor) const override { return spec_of(tensor); }
  bool needs_gradient(const Tensor&) const override { return false; }
};

Value dict(const std::string& key, const Value& value) {
  auto made = registry::make_intrusive<DictValue>();
  made->items.emplace_back(key, value);
  return made;
}

Stack call_composite(const char* name, const std::vector<Value>& values) {
  PlainComposer composer;
  return find_operator(name).definition.composite(composer, Arguments(values));
}

TEST(HgtSampleOperator, GivesDictionaries) {
  const std::string writes = "author__writes__paper";
  auto samples = registry::make_intrusive<DictValue>();
  samples->items.emplace_back("paper", numbers({1}));
  samples->items.emplace_back("author", numbers({1}));
  std::vector<Value> values = {dict(writes, vector_of({0, 1, 3})), dict(writes, vector_of({0, 0, 1})),
                               dict("paper", vector_of({1})), Value(samples), 1};
  const Stack out = call_composite("hgt_sample", values);
  ASSERT_EQ(out.size(), 4u);
  EXPECT_EQ(out[0].to_dict().items[0].first.to_string(), "paper");
  EXPECT_EQ(values_of(out[0].to_dict().items[0].second.to_tensor())[0], 1);
  EXPECT_EQ(out[3].to_dict().items[0].first.to_string(), writes);
  values[0] = dict("a__b", vector_of({0}));
  EXPECT_THAT(error_of([&] { call_composite("hgt_sample", values); }).what(), HasSubstr("'a__b' is no relation"));
  values[0] = dict("author__reads__paper", vector_of({0, 1, 3}));
  EXPECT_THAT(error_of([&] { call_composite("hgt_sample", values); }).what(),
              HasSubstr("row_dict has no 'author__reads__paper'"));
}

}  // namespace
}  // namespace spinel::ops
