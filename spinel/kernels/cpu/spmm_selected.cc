#include <algorithm>
#include <vector>

#include "spinel/base/error.h"
#include "spinel/kernels/cpu/spmm_element.h"
#include "spinel/kernels/cpu/spmm_plan.h"
#include "spinel/kernels/cpu/spmm_select.h"

namespace spinel::kernels {
namespace {

[[noreturn]] void fail_selected(int64_t row, int64_t entry, int64_t from, int64_t to) {
  fail(ErrorKind::invalid_argument, "arg: {} is selected in row {}; its entries go from {} to {}", entry, row, from,
       to);
}

/// The operands of a call with their types.
template <typename S, typename Index, typename Arg>
struct Selected {
  using Number = ElementNumber<S>;
  const SelectedCall& call;
  const Index* rowptr = static_cast<const Index*>(call.a.rowptr);
  const Index* col = static_cast<const Index*>(call.a.col);
  const S* value = static_cast<const S*>(call.a.value);
  const Arg* arg = static_cast<const Arg*>(call.arg);
  const S* left = static_cast<const S*>(call.left);
  const S* right = static_cast<const S*>(call.right);
  S* out = static_cast<S*>(call.out);

  /// Calls function(entry, column) for a selected entry; one that is not of the row is refused.
  template <typename Function>
  void with_entry(int64_t row, int64_t at, Function function) const {
    const auto entry = static_cast<int64_t>(arg[at]);
    if (entry == call.a.entries) return;
    const auto from = static_cast<int64_t>(rowptr[row]), to = static_cast<int64_t>(rowptr[row + 1]);
    if (entry < 0 || entry > call.a.entries || entry < from || entry >= to) {
      fail_selected(row, entry, from, to);
    }
    const auto column = static_cast<int64_t>(col[entry]);
    if (column < 0 || column >= call.a.columns) fail_column(call.a.names, entry, column, call.a.columns);
    function(entry, column);
  }
  Number weight(int64_t entry) const { return value ? get_element(value + entry) : Number(1); }
  int64_t at(int64_t b, int64_t row, int64_t f) const { return (b * call.a.rows + row) * call.width + f; }
  int64_t at_column(int64_t b, int64_t column, int64_t f) const {
    return (b * call.a.columns + column) * call.width + f;
  }
};

template <typename Function>
void by_types(const SelectedCall& call, Function function) {
  by_element(call.dtype, [&](auto element) {
    by_index(call.a.index, [&](auto index) {
      by_index(call.arg_index,
               [&](auto arg) { function(Selected<decltype(element), decltype(index), decltype(arg)>{call}); });
    });
  });
}

/// Rows that a thread takes at least.
int64_t row_grain(const SelectedCall& call) {
  return std::max<int64_t>(1, 16384 / std::max<int64_t>(1, call.batch * call.width));
}

}  // namespace

void selected_product(const SelectedCall& call, const ParallelFor& parallel) {
  by_types(call, [&](const auto& s) {
    parallel.run(call.a.rows, row_grain(call), [&](int64_t begin, int64_t end) {
      for (int64_t b = 0; b < call.batch; ++b) {
        for (int64_t row = begin; row < end; ++row) {
          for (int64_t f = 0; f < call.width; ++f) {
            const int64_t at = s.at(b, row, f);
            put_element(s.out + at, 0);
            s.with_entry(row, at, [&](int64_t entry, int64_t column) {
              put_element(s.out + at, s.weight(entry) * get_element(s.right + s.at_column(b, column, f)));
            });
          }
        }
      }
    });
  });
}

namespace {

/// Adds what the rows of matrix b send to their columns in features [first, last), to sums [columns, stride].
template <typename Operands, typename N = typename Operands::Number>
void add_selected(const Operands& s, int64_t b, int64_t first, int64_t last, N* sums, int64_t stride) {
  const CsrOperand& a = s.call.a;
  for (int64_t row = 0; row < a.rows; ++row) {
    const int64_t at = s.at(b, row, 0), from = row_pointer(a, row), to = row_pointer(a, row + 1);
    if (from < 0 || to < from || to > a.entries) fail_row(a.names, row, {from, to}, a.entries);
    for (int64_t f = first; f < last; ++f) {
      const auto entry = static_cast<int64_t>(s.arg[at + f]);
      if (static_cast<uint64_t>(entry - from) >= static_cast<uint64_t>(to - from)) {
        if (entry == a.entries) continue;
        fail_selected(row, entry, from, to);
      }
      const auto column = static_cast<int64_t>(s.col[entry]);
      if (static_cast<uint64_t>(column) >= static_cast<uint64_t>(a.columns))
        fail_column(a.names, entry, column, a.columns);
      N& sum = sums[column * stride + f - first];
      sum = wrapping_add(sum, wrapping_multiply(s.weight(entry), get_element(s.left + at + f)));
    }
  }
}

/// Features that a thread takes at once: several rows may select of one column of the matrix, and threads that take
/// features, whole cache lines of them, never meet.
int64_t feature_block(const SelectedCall& call, int64_t most, int num_threads) {
  constexpr int64_t line = 16;
  const int64_t blocks = std::max<int64_t>(num_threads, (call.width + most - 1) / most);
  return ((call.width + blocks - 1) / blocks + line - 1) / line * line;
}

}  // namespace

void selected_transposed(const SelectedCall& call, const ParallelFor& parallel) {
  if (call.batch * call.width == 0) return;
  by_types(call, [&](const auto& s) {
    using S = std::remove_reference_t<decltype(*s.out)>;
    using N = typename std::decay_t<decltype(s)>::Number;
    constexpr bool is_in_place = std::is_same_v<S, N>;
    // 16-bit floats are summed in memory of their own.
    const int64_t size = feature_block(call, is_in_place ? call.width : 64, parallel.num_threads());
    const int64_t blocks = (call.width + size - 1) / size;
    parallel.run(call.batch * blocks, 1, [&](int64_t begin, int64_t end) {
      std::vector<N> sums(is_in_place ? 0 : static_cast<size_t>(call.a.columns * std::min(call.width, size)));
      for (int64_t part = begin; part < end; ++part) {
        const int64_t b = part / blocks, first = part % blocks * size, last = std::min(call.width, first + size);
        S* out = s.out + s.at_column(b, 0, first);
        if constexpr (is_in_place) {
          for (int64_t column = 0; column < call.a.columns; ++column) {
            std::fill_n(out + column * call.width, last - first, S(0));
          }
          add_selected(s, b, first, last, out, call.width);
        } else {
          std::fill(sums.begin(), sums.end(), N(0));
          add_selected(s, b, first, last, sums.data(), last - first);
          for (int64_t column = 0; column < call.a.columns; ++column) {
            for (int64_t f = 0; f < last - first; ++f) {
              put_element(out + column * call.width + f, sums[static_cast<size_t>(column * (last - first) + f)]);
            }
          }
        }
      }
    });
  });
}

void selected_sampled(const SelectedCall& call, const ParallelFor& parallel) {
  by_types(call, [&](const auto& s) {
    using N = typename std::decay_t<decltype(s)>::Number;
    parallel.run(call.a.rows, row_grain(call), [&](int64_t begin, int64_t end) {
      std::vector<N> sums;
      for (int64_t row = begin; row < end; ++row) {
        const int64_t from = row_pointer(call.a, row), to = row_pointer(call.a, row + 1);
        if (from < 0 || to < from || to > call.a.entries) fail_row(call.a.names, row, {from, to}, call.a.entries);
        sums.assign(static_cast<size_t>(to - from), N(0));
        for (int64_t b = 0; b < call.batch; ++b) {
          for (int64_t f = 0; f < call.width; ++f) {
            const int64_t at = s.at(b, row, f);
            s.with_entry(row, at, [&](int64_t entry, int64_t column) {
              const N product =
                  wrapping_multiply(get_element(s.left + at), get_element(s.right + s.at_column(b, column, f)));
              N& sum = sums[static_cast<size_t>(entry - from)];
              sum = wrapping_add(sum, product);
            });
          }
        }
        for (int64_t e = from; e < to; ++e) put_element(s.out + e, sums[static_cast<size_t>(e - from)]);
      }
    });
  });
}

}  // namespace spinel::kernels
