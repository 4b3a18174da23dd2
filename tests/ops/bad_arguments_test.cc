// Every operator on sparse matrices and graphs with every argument broken in every way: one clear error each, or, where
// an operator may not or need not tell, a result. GR-01, GR-02, GR-04, GR-05, GR-07.
#include <gmock/gmock.h>

#include <limits>
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

/// What need not be an error, by "operator(argument): break".
const std::set<std::string> harmless = {};

std::string outcome(const Operator& op, const std::vector<SparseArgument>& arguments) {
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

class BadArguments : public testing::TestWithParam<const Operator*> {};

TEST_P(BadArguments, SoundOnesAreTaken) {
  const auto arguments = sound_arguments(matrix, *GetParam());
  EXPECT_EQ(outcome(*GetParam(), arguments), "");
}

TEST_P(BadArguments, EachIsOneError) {
  const Operator& op = *GetParam();
  const std::vector<SparseArgument> sound = sound_arguments(matrix, op);
  for (size_t k = 0; k < sound.size(); ++k) {
    for (const Break& one : breaks) {
      if (!one.roles.contains(sound[k].role)) continue;
      std::vector<SparseArgument> broken = sound;
      one.apply(broken[k]);
      const std::string what = op.name() + "(" + op.schema.arguments[k].name + "): " + one.name;
      const std::string message = outcome(op, broken);
      if (getenv("SHOW")) printf("%s -> %s\n", what.c_str(), message.c_str());
      EXPECT_EQ(message.empty(), harmless.contains(what)) << what << ": " << message;
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Sparse, BadArguments, testing::ValuesIn(sparse_operators()),
                         [](const auto& info) { return info.param->name(); });

}  // namespace
}  // namespace spinel::ops
