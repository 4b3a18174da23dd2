#include "spinel/ops/hetero_sample.h"

#include <limits>

#include "spinel/base/error.h"
#include "spinel/kernels/cpu/hetero_sample.h"
#include "spinel/ops/sparse_operands.h"

namespace spinel::ops {
namespace {

using kernels::by_index;
using kernels::HeteroProblem;

std::vector<Tensor> tensors_of(const Value& value) {
  std::vector<Tensor> tensors;
  for (const Value& item : value.to_list().items) tensors.push_back(item.to_tensor());
  return tensors;
}

/// The lists of a call by number, checked, and the memory that a problem points to.
class HeteroLists {
 public:
  HeteroLists(const Host& host, const char* op, Arguments arguments)
      : host_(host), op_(op), num_types_(arguments.integer(5)), num_hops_(arguments.integer(7)) {
    require(num_types_ >= 0 && num_hops_ >= 0, "{}: there are {} types and {} hops; both must not be negative", op,
            num_types_, num_hops_);
    read_relations(tensors_of(arguments[2]), tensors_of(arguments[3]), arguments.integers(4));
    const std::vector<Tensor> inputs = tensors_of(arguments[0]);
    const std::vector<int64_t> types = arguments.integers(1);
    require(types.size() == inputs.size(), "{}: there are {} input_node but {} types of them; each needs one", op,
            inputs.size(), types.size());
    inputs_.resize(num_types());
    for (size_t k = 0; k < inputs.size(); ++k) {
      if (!first_.is_given()) first_ = IndexArray(host, inputs[k], op, "input_node");
      inputs_[type(types[k])] = IndexArray(host, inputs[k], op, "input_node", first_);
    }
  }

  Dtype index() const { return first_.is_given() ? first_.index() : Dtype::i64; }
  int64_t num_hops() const { return num_hops_; }
  size_t num_types() const { return static_cast<size_t>(num_types_); }
  size_t num_relations() const { return csc_.size(); }

  size_t type(int64_t number) const {
    require(number >= 0 && number < num_types_, "{}: a type is {}; there are {}", op_, number, num_types_);
    return static_cast<size_t>(number);
  }

  /// Hop by hop for each relation, or type: `count` lists of the numbers of all hops.
  std::vector<std::vector<int64_t>> counts(const std::vector<int64_t>& numbers, size_t count) const {
    const auto hops = static_cast<size_t>(num_hops_);
    require(count == 0 || (numbers.size() % count == 0 && numbers.size() / count == hops),
            "{}: there are {} counts; {} hops of {} need one each", op_, numbers.size(), hops, count);
    std::vector<std::vector<int64_t>> lists(count);
    for (size_t k = 0; k < count; ++k) {
      lists[k].assign(numbers.begin() + static_cast<int64_t>(k * hops),
                      numbers.begin() + static_cast<int64_t>((k + 1) * hops));
    }
    return lists;
  }

  template <typename Index>
  HeteroProblem<Index> problem(uint64_t seed) const {
    HeteroProblem<Index> made{.relations = {}, .inputs = {}, .num_hops = num_hops_, .seed = seed};
    for (size_t r = 0; r < csc_.size(); ++r) {
      // Types that are no relation's target may have any number of nodes.
      const int64_t sources = sizes_[static_cast<size_t>(ends_[2 * r])];
      const auto graph = csc_[r].graph<Index>(sources < 0 ? std::numeric_limits<Index>::max() : sources);
      made.relations.push_back({graph, ends_[2 * r], ends_[2 * r + 1], {}});
    }
    for (const IndexArray& nodes : inputs_) {
      made.inputs.push_back(nodes.is_given() ? nodes.span<Index>() : std::span<const Index>());
    }
    return made;
  }

 private:
  void read_relations(const std::vector<Tensor>& colptr, const std::vector<Tensor>& row, std::vector<int64_t> ends) {
    require(colptr.size() == row.size() && ends.size() == 2 * row.size(),
            "{}: there are {} colptr, {} row and {} ends of relations; each relation needs one, one and two", op_,
            colptr.size(), row.size(), ends.size());
    ends_ = std::move(ends);
    sizes_.assign(num_types(), -1);
    for (size_t r = 0; r < row.size(); ++r) {
      csc_.emplace_back(host_, colptr[r], row[r], kernels::CsrNames{op_, "colptr", "row"});
      require(csc_[r].dtype() == csc_[0].dtype(), "{}: the indices of relation {} have another type; give all one", op_,
              r);
      first_ = csc_[0].pointers();
      type(ends_[2 * r]);
      int64_t& size = sizes_[type(ends_[2 * r + 1])];
      require(size < 0 || size == csc_[r].rows(),
              "{}: relation {} leads to {} nodes, another one with this type of target to {}; both must be the same",
              op_, r, csc_[r].rows(), size);
      size = csc_[r].rows();
    }
  }

  const Host& host_;
  const char* op_;
  int64_t num_types_, num_hops_;
  IndexArray first_;  ///< whose type all have
  std::vector<CsrArrays> csc_;
  std::vector<int64_t> ends_, sizes_;  ///< types of source and target of each relation; nodes of each type, or −1
  std::vector<IndexArray> inputs_;
};

/// All lists one after another, and where each begins and the last ends.
template <typename Index>
void join(const Host& host, const std::vector<const std::vector<Index>*>& lists, Tensor& joined, Tensor& ptr) {
  std::vector<Index> all;
  std::vector<int64_t> begins = {0};
  for (const std::vector<Index>* list : lists) {
    all.insert(all.end(), list->begin(), list->end());
    begins.push_back(static_cast<int64_t>(all.size()));
  }
  joined = to_tensor(host, all);
  ptr = to_tensor(host, begins);
}

template <typename Index>
void give(const Host& host, const kernels::HeteroSample<Index>& sample, std::span<Tensor> results) {
  std::vector<const std::vector<Index>*> nodes, rows, cols, edges;
  for (const std::vector<Index>& list : sample.nodes) nodes.push_back(&list);
  for (const kernels::EdgeLists<Index>& lists : sample.edges) {
    rows.push_back(&lists.rows);
    cols.push_back(&lists.cols);
    edges.push_back(&lists.edges);
  }
  join(host, nodes, results[0], results[1]);
  join(host, rows, results[2], results[5]);
  join(host, cols, results[3], results[5]);
  join(host, edges, results[4], results[5]);
}

/// Times by type as int64; the vectors are where the spans point.
kernels::NodeTimes times_of(const Host& host, const HeteroLists& lists, const std::vector<Tensor>& tensors,
                            const std::vector<int64_t>& types, std::vector<std::vector<int64_t>>& memory) {
  constexpr const char* op = "hetero_temporal_neighbor_sample";
  require(tensors.size() == types.size(), "{}: there are {} node_time but {} types of them; each needs one", op,
          tensors.size(), types.size());
  kernels::NodeTimes times(lists.num_types());
  memory.resize(tensors.size());
  for (size_t k = 0; k < tensors.size(); ++k) {
    const IndexArray given(host, tensors[k], op, "node_time");
    by_index(given.index(), [&](auto zero) {
      const auto numbers = given.span<decltype(zero)>();
      memory[k].assign(numbers.begin(), numbers.end());
    });
    times[lists.type(types[k])] = memory[k];
  }
  return times;
}

void neighbors(const Host& host, Arguments arguments, std::span<Tensor> results) {
  const bool is_temporal = !arguments[11].is_none();
  const HeteroLists lists(host, is_temporal ? "hetero_temporal_neighbor_sample" : "hetero_neighbor_sample", arguments);
  const bool replace = arguments.boolean(8);
  const auto counts = lists.counts(arguments.integers(6), lists.num_relations());
  by_index(lists.index(), [&](auto zero) {
    using Index = decltype(zero);
    HeteroProblem<Index> problem = lists.problem<Index>(host.random());
    for (size_t r = 0; r < counts.size(); ++r) problem.relations[r].counts = counts[r];
    if (!is_temporal) {
      give(host, hetero_neighbor_sample(problem, replace, arguments.boolean(9), host.parallel()), results);
      return;
    }
    std::vector<std::vector<int64_t>> memory;
    const auto times = times_of(host, lists, tensors_of(arguments[10]), arguments.integers(11), memory);
    give(host, hetero_temporal_neighbor_sample(problem, times, replace), results);
  });
}

void hgt(const Host& host, Arguments arguments, std::span<Tensor> results) {
  const HeteroLists lists(host, "hgt_sample", arguments);
  const auto counts = lists.counts(arguments.integers(6), lists.num_types());
  by_index(lists.index(), [&](auto zero) {
    give(host, kernels::hgt_sample(lists.problem<decltype(zero)>(host.random()), counts), results);
  });
}

/// The index type of the graph, or of the input nodes where there is none.
std::vector<ScalarType> list_dtypes(const SpecArguments& arguments) {
  ScalarType index = ScalarType::int64;
  for (const size_t k : {0, 2}) {
    const auto& items = arguments.value(k).to_list().items;
    if (!items.empty()) index = items[0].to_tensor().scalar_type();
  }
  return {index, ScalarType::int64, index, index, index, ScalarType::int64};
}

}  // namespace

std::vector<OpDef> hetero_sample_operators() {
  const std::string arguments =
      "(Tensor[] input_node, int[] input_types, Tensor[] colptr, Tensor[] row, int[] ends, int num_types, int[] ";
  const std::string results =
      " -> (Tensor node, Tensor node_ptr, Tensor out_row, Tensor out_col, Tensor edge, Tensor edge_ptr)";
  std::vector<OpDef> list = {
      {.schema = "_hetero_neighbor_sample" + arguments +
                 "num_neighbors, int num_hops, bool replace, bool directed, Tensor[] node_time, int[]? time_types)" +
                 results,
       .dtypes = list_dtypes,
       .cpu = neighbors,
       .is_random = true},
      {.schema = "_hgt_sample" + arguments + "num_samples, int num_hops)" + results,
       .dtypes = list_dtypes,
       .cpu = hgt,
       .is_random = true}};
  for (OpDef& op : hetero_dictionary_operators()) list.push_back(std::move(op));
  return list;
}

}  // namespace spinel::ops
