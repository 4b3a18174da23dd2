// Operators on sparse matrices and graphs with arguments of any kind: each call gives a result or an error. Bytes: how
// many nodes, how many entries, their places, which types; then changes of arguments: which one, how, where, a number.
#include <cstdint>
#include <limits>

#include "spinel/base/parallel.h"
#include "spinel/hosts/plain/operators.h"
#include "tests/ops/sparse_call.h"

namespace {

using namespace spinel::ops;

class Bytes {
 public:
  Bytes(const uint8_t* data, size_t size) : data_(data), size_(size) {}
  int64_t next() { return size_ == 0 ? 0 : (--size_, static_cast<int8_t>(*data_++)); }
  int64_t below(int64_t limit) { return static_cast<uint8_t>(next()) % limit; }
  bool is_over() const { return size_ == 0; }

 private:
  const uint8_t* data_;
  size_t size_;
};

SparseMatrix read_matrix(Bytes& bytes) {
  const int64_t n = bytes.below(8), wanted = n == 0 ? 0 : bytes.below(32);
  std::vector<std::vector<int64_t>> rows(static_cast<size_t>(n));
  for (int64_t e = 0; e < wanted; ++e) rows[static_cast<size_t>(bytes.below(n))].push_back(bytes.below(n));
  std::vector<int64_t> rowptr = {0}, col;
  for (auto& row : rows) {
    std::sort(row.begin(), row.end());
    col.insert(col.end(), row.begin(), row.end());
    rowptr.push_back(static_cast<int64_t>(col.size()));
  }
  return {rowptr, col};
}

/// A change of one of a call's arguments.
struct Change {
  size_t argument;
  int64_t kind, place, number;

  void apply(std::vector<SparseArgument>& arguments) const {
    constexpr ScalarType types[] = {ScalarType::int64,   ScalarType::int32,    ScalarType::float32, ScalarType::float64,
                                    ScalarType::float16, ScalarType::bfloat16, ScalarType::boolean, ScalarType::uint8};
    SparseArgument& a = arguments[argument % arguments.size()];
    const auto at = static_cast<size_t>(place);
    switch (kind) {
      case 0: a.dtype = types[at % 8]; break;
      case 1: a.sizes.push_back(place % 3); break;
      case 2:
        if (!a.sizes.empty()) a.sizes.pop_back();
        break;
      case 3:
        if (!a.sizes.empty()) a.sizes[at % a.sizes.size()] = place % 40;
        break;
      case 4:
        if (a.is_tensor() || a.role == Role::other) a = {.value = {}};
        else a.numbers[0] = 0;
        break;
      case 5:
        if (a.role == Role::other) a.value = place % 2 == 0;
        break;
      default:
        if (!a.numbers.empty()) a.numbers[at % a.numbers.size()] = number;
    }
  }
};

/// Small numbers, or such as overflow.
int64_t read_number(Bytes& bytes) {
  constexpr int64_t extremes[] = {std::numeric_limits<int64_t>::min(), std::numeric_limits<int64_t>::max(),
                                  int64_t{1} << 62, -(int64_t{1} << 32), int64_t{1} << 61};
  const int64_t byte = bytes.next();
  return byte >= 100 && byte < 105 ? extremes[byte - 100] : byte;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  static const std::vector<const Operator*> operators = sparse_operators();
  spinel::set_thread_pool_size(1);
  Bytes bytes(data, size);
  const SparseMatrix matrix = read_matrix(bytes);
  const int64_t options = bytes.next();
  std::vector<Change> changes;
  while (!bytes.is_over() && changes.size() < 4) {
    changes.push_back({static_cast<size_t>(bytes.below(16)), bytes.below(10), bytes.below(128), read_number(bytes)});
  }
  for (const Operator* op : operators) {
    std::vector<SparseArgument> arguments = sound_arguments(matrix, *op);
    for (SparseArgument& argument : arguments) {
      if (argument.is_index() && (options & 1) != 0) argument.dtype = ScalarType::int32;
      if (!argument.is_index() && (options & 2) != 0) argument.dtype = ScalarType::float64;
      if (argument.value.is_bool()) argument.value = (options & 4) != 0;
    }
    for (const Change& change : changes) change.apply(arguments);
    try {
      call_sparse(*op, arguments);
    } catch (const spinel::Error&) {
    }
  }
  return 0;
}
