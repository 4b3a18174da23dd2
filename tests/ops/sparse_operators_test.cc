// Every operator on sparse matrices and graphs with every argument broken in every way: one clear error each, or, where
// an operator may not or need not tell, a result. GR-01, GR-02, GR-04, GR-05, GR-07.
#include <gmock/gmock.h>

#include <cstring>
#include <limits>
#include <regex>
#include <set>

#include "tests/ops/sparse_call.h"

namespace spinel::ops {
namespace {

constexpr int64_t least = std::numeric_limits<int64_t>::min(), greatest = std::numeric_limits<int64_t>::max();

// Two triangles that an edge joins: row 2 has the entries 4, 5 and 6.
const SparseMatrix matrix({0, 2, 4, 7, 10, 12, 14}, {1, 2, 0, 2, 0, 1, 3, 2, 4, 5, 3, 5, 3, 4});

/// A way in which an argument can be wrong.
struct Break {
  const char* name;
  std::set<Role> roles;
  void (*apply)(SparseArgument&);
};

template <size_t at, int64_t number>
void set(SparseArgument& a) {
  a.numbers.at(at) = number;
}
template <ScalarType dtype>
void convert(SparseArgument& a) {
  a.dtype = dtype;
}
void shorten(SparseArgument& a) {
  a.sizes.at(0) -= 1;
  if (!a.numbers.empty()) a.numbers.resize(static_cast<size_t>(a.sizes[0]));
}
void lengthen(SparseArgument& a) {
  a.sizes.at(0) += 1;
  if (!a.numbers.empty()) a.numbers.push_back(a.numbers.back());
}

const std::set<Role> indices = {Role::pointers,    Role::columns, Role::rows,   Role::nodes,
                                Role::permutation, Role::counts,  Role::entries};
const std::set<Role> lists = {Role::pointers, Role::columns, Role::rows, Role::nodes, Role::permutation, Role::counts};
const std::set<Role> floats = {Role::values, Role::dense};
const std::set<Role> places = {Role::columns, Role::rows, Role::permutation};

const std::vector<Break> breaks = {
    // Row 2, which nodes and walks begin at, would have the entries from 12 to 7.
    {"pointers fall", {Role::pointers}, set<2, 12>},
    {"pointers negative", {Role::pointers}, set<2, -1>},
    {"pointers least", {Role::pointers}, set<2, least>},
    {"pointers greatest", {Role::pointers}, set<3, greatest>},
    {"pointers beyond the entries", {Role::pointers}, set<3, 15>},
    {"first pointer not 0", {Role::pointers}, set<0, 1>},
    {"last pointer too small", {Role::pointers}, set<6, 13>},
    {"last pointer too large", {Role::pointers}, set<6, 15>},
    {"no pointers", {Role::pointers}, [](SparseArgument& a) { a.numbers.clear(), a.sizes = {0}; }},
    {"place -1", places, set<5, -1>},
    {"place beyond", places, set<5, 14>},
    {"place least", places, set<5, least>},
    {"place greatest", places, set<5, greatest>},
    {"node -1", {Role::nodes}, set<1, -1>},
    {"node beyond", {Role::nodes}, set<1, 6>},
    {"node greatest", {Role::nodes}, set<1, greatest>},
    {"entry -1", {Role::entries}, set<3, -1>},
    {"entry beyond", {Role::entries}, set<3, 15>},
    {"entry greatest", {Role::entries}, set<3, greatest>},
    {"twice the same", {Role::permutation}, [](SparseArgument& a) { a.numbers[1] = a.numbers[0]; }},
    {"out of order", {Role::rows}, [](SparseArgument& a) { std::swap(a.numbers.front(), a.numbers.back()); }},
    {"one too few", lists, shorten},
    {"one too many", {Role::columns, Role::rows, Role::permutation, Role::counts}, lengthen},
    {"values too few", {Role::values, Role::dense, Role::entries}, shorten},
    {"values too many", {Role::values, Role::dense, Role::entries}, lengthen},
    {"index float64", indices, convert<ScalarType::float64>},
    {"index bool", indices, convert<ScalarType::boolean>},
    {"index int16", indices, convert<ScalarType::int16>},
    {"value bool", floats, convert<ScalarType::boolean>},
    {"value complex", floats, convert<ScalarType::complex64>},
    {"two dimensions", lists, [](SparseArgument& a) { a.sizes.push_back(1); }},
    {"four dimensions",
     {Role::values, Role::dense},
     [](SparseArgument& a) {
       a.sizes.insert(a.sizes.end(), {1, 1, 1});
     }},
    {"no dimension", {Role::values, Role::dense}, [](SparseArgument& a) { a.sizes.clear(); }},
    {"-1", {Role::integer}, set<0, -1>},
    {"least number", {Role::integer}, set<0, least>},
    {"greatest number", {Role::integer}, set<0, greatest>},
    {"negative sizes", {Role::integers}, set<0, -2>},
    {"greatest sizes", {Role::integers}, set<0, greatest>},
    {"too many sizes", {Role::integers}, [](SparseArgument& a) { a.numbers.insert(a.numbers.end(), 4, 1); }},
    {"no sizes", {Role::integers}, [](SparseArgument& a) { a.numbers.clear(); }},
};

/// What need not be an error, as regular expressions, and why.
struct Harmless {
  const char* op;
  const char* argument;
  const char* breaks;
};
const std::vector<Harmless> harmless = {
    // Looked at by derivatives alone.
    {"_spmm|spmm_sum|spmm_mean|spmm|_?sampled_product", "row|colptr|csr2csc|rowcount", ".*"},
    {"_spmm_paired", "(rowptr|col|value)_t", ".*"},
    // Rows that no column leads to.
    {"_?spmm.*|_?sampled_product|_selected_.*", "mat|right|b", "values too .*"},
    // Only entries that were selected are read, and of the transposed matrix not the rows.
    {"_selected_.*", "col|rowptr", "place .*|last pointer .*|one too many"},
    {"_spmm_transposed", "rowptr|col", "place .*|.* pointer .*|pointers .*"},
    {"_spmm_transposed", "csr2csc|row", "twice the same|out of order"},
    {"_spspmm_right", "colB", "place .*"},
    // Rows and columns that walks and samples do not come to.
    {"random_walk|sample|sample_adj", "col", "place .*"},
    // Columns of bipartite graphs are other nodes, and numbers for any are made.
    {"sample|sample_adj|relabel.*", "col|idx", "(place|node) (beyond|greatest)"},
    // Negative counts are all neighbours; many are as many as there are.
    {"sample_adj|ego_.*|neighbor_sample", "num_neighbors", ".*"},
    {"ego_.*|partition_halo", "depth|hops", "greatest number"},
    // Other lists that are sound too.
    {".*", "idx|start|subset|input_node|index|ind", "one too .*"},
    {"relabel", "col", "one too .*"},
    {"relabel_one_hop", "optional_value", "value .*"},
    {"segment_.*", "src", "four dimensions"},
    {"_segment_pick", "src|arg", "values too .*"},
    // It tells what is wrong with them.
    {"inspect_coo", "row|col", "place .*|out of order"},
    // Rows are copied, columns outside left out; there is no number of columns to compare with.
    {"select_rows|narrow_columns", "col", "place .*"},
    {"non_diag_mask|sort_coo|reshape_coo", "M|N|new_N|k", ".*number|-1"},
    {"sort_coo|reshape_coo", "row", "out of order|place beyond"},
    {"mt_partition", "num_workers", "greatest number"},
    // torch_sparse's argument, of which nothing is needed.
    {"saint_subgraph", "row", ".*"},
};

bool is_harmless(const std::string& op, const std::string& argument, const std::string& name, std::set<size_t>& used) {
  const auto matches = [](const std::string& text, const char* pattern) {
    return std::regex_match(text, std::regex(pattern));
  };
  for (size_t k = 0; k < harmless.size(); ++k) {
    const auto& [ops, arguments, names] = harmless[k];
    if (!matches(op, ops) || !matches(argument, arguments) || !matches(name, names)) continue;
    used.insert(k);
    return true;
  }
  return false;
}

std::string outcome(const Operator& op, const std::vector<SparseArgument>& arguments) {
  plain::manual_seed(7);
  try {
    call_sparse(op, arguments);
    return {};
  } catch (const Error& error) {
    const bool of_caller = error.kind() == ErrorKind::invalid_argument || error.kind() == ErrorKind::unavailable;
    EXPECT_TRUE(of_caller) << error.what();
    return error.what();
  } catch (const std::exception& error) {
    ADD_FAILURE() << op.name() << ": no Error of ours: " << error.what();
    return "?";
  }
}

std::vector<SparseArgument> sound_arguments(const Operator& op, ScalarType index) {
  std::vector<SparseArgument> arguments = sound_arguments(matrix, op);
  for (SparseArgument& argument : arguments) {
    if (argument.is_index() && argument.role != Role::entries) argument.dtype = index;
  }
  return arguments;
}

TEST(SparseOperators, TakeSoundArguments) {
  for (const Operator* op : sparse_operators()) {
    for (const ScalarType index : {ScalarType::int64, ScalarType::int32}) {
      EXPECT_EQ(outcome(*op, sound_arguments(*op, index)), "") << op->name();
    }
  }
}

TEST(SparseOperators, RefuseEachBrokenArgument) {
  std::set<size_t> used;
  for (const Operator* op : sparse_operators()) {
    for (const ScalarType index : {ScalarType::int64, ScalarType::int32}) {
      const std::vector<SparseArgument> sound = sound_arguments(*op, index);
      for (size_t k = 0; k < sound.size(); ++k) {
        const std::string& argument = op->schema.arguments[k].name;
        for (const Break& one : breaks) {
          const std::string name = one.name;
          const bool is_wide = name.ends_with("least") || name.ends_with("greatest");
          if (index == ScalarType::int32 && sound[k].is_index() && is_wide) continue;  // int32 has no such numbers
          if (!one.roles.contains(sound[k].role)) continue;
          std::vector<SparseArgument> broken = sound;
          one.apply(broken[k]);
          if (!outcome(*op, broken).empty()) continue;
          EXPECT_TRUE(is_harmless(op->name(), argument, name, used))
              << op->name() << "(" << argument << "), " << name << ", is taken as if it were sound";
        }
      }
    }
  }
  for (size_t k = 0; k < harmless.size(); ++k) {
    EXPECT_TRUE(used.contains(k)) << harmless[k].op << " refuses " << harmless[k].argument << ": "
                                  << harmless[k].breaks;
  }
}

TEST(SparseOperators, SayThatThereIsNoMemory) {
  const Operator& op = find_operator("neighbor_sample");
  std::vector<SparseArgument> arguments = sound_arguments(op, ScalarType::int64);
  arguments[2].numbers = {0};
  arguments[2].sizes = {1};
  arguments[3].numbers = {int64_t{1} << 61};
  arguments[4].value = true;  // so many draws of one neighbour
  EXPECT_THAT(outcome(op, arguments), testing::HasSubstr("neighbor_sample: there is no memory"));
}

// Every tensor with gaps in memory: the same results as without.
TEST(SparseOperators, TakeViews) {
  for (const Operator* op : sparse_operators()) {
    const std::vector<SparseArgument> sound = sound_arguments(*op, ScalarType::int64);
    std::vector<Value> whole, views;
    for (const SparseArgument& argument : sound) {
      whole.push_back(value_of(argument));
      views.push_back(whole.back());
      if (!argument.is_tensor()) continue;
      // Every second element of a tensor twice as large, behind each of them another number.
      const Tensor tensor = whole.back().to_tensor();
      std::vector<int64_t> sizes(tensor.sizes().begin(), tensor.sizes().end()), wide = sizes, strides(sizes.size());
      wide.push_back(2);
      int64_t stride = 2;
      for (size_t d = sizes.size(); d-- > 0; stride *= sizes[d]) strides[d] = stride;
      const Tensor spread = plain::zeros(wide, tensor.scalar_type());
      std::memset(spread.data(), 0x7f,
                  static_cast<size_t>(spread.numel()) * registry::element_size(tensor.scalar_type()));
      const Tensor view = plain::from_blob(
          spread.data(), sizes, {.strides = strides, .dtype = tensor.scalar_type(), .deleter = [spread](void*) {}});
      copy_elements(tensor, view);
      views.back() = view;
    }
    plain::manual_seed(5);
    const Stack expected = call_sparse(*op, whole);
    plain::manual_seed(5);
    const Stack found = call_sparse(*op, views);
    for (size_t k = 0; k < expected.size(); ++k) {
      const Tensor a = expected[k].to_tensor(), b = found[k].to_tensor();
      ASSERT_EQ(a.numel(), b.numel()) << op->name();
      EXPECT_EQ(
          std::memcmp(a.data(), b.data(), static_cast<size_t>(a.numel()) * registry::element_size(a.scalar_type())), 0)
          << op->name() << ": result " << k;
    }
  }
}

}  // namespace
}  // namespace spinel::ops
