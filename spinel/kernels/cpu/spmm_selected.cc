#include <algorithm>
#include <vector>

#include "spinel/base/error.h"
#include "spinel/kernels/cpu/spmm_element.h"
#include "spinel/kernels/cpu/spmm_plan.h"
#include "spinel/kernels/cpu/spmm_select.h"

namespace spinel::kernels {
namespace {

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
      fail(ErrorKind::invalid_argument, "arg: {} is selected in row {}; its entries go from {} to {}", entry, row, from,
           to);
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

void selected_transposed(const SelectedCall& call, const ParallelFor& parallel) {
  // Several rows may select of one column of the matrix: threads take features, a cache line of them, and never meet.
  constexpr int64_t line = 16;
  const int64_t blocks = (call.width + line - 1) / line;
  by_types(call, [&](const auto& s) {
    using N = typename std::decay_t<decltype(s)>::Number;
    parallel.run(call.batch * blocks, 1, [&](int64_t begin, int64_t end) {
      std::vector<N> sums(static_cast<size_t>(call.a.columns * std::min(call.width, line)));
      for (int64_t part = begin; part < end; ++part) {
        const int64_t b = part / blocks, first = part % blocks * line, last = std::min(call.width, first + line);
        std::fill(sums.begin(), sums.end(), N(0));
        const auto sum_of = [&](int64_t column, int64_t f) -> N& {
          return sums[static_cast<size_t>(column * (last - first) + f - first)];
        };
        for (int64_t row = 0; row < call.a.rows; ++row) {
          for (int64_t f = first; f < last; ++f) {
            const int64_t at = s.at(b, row, f);
            s.with_entry(row, at, [&](int64_t entry, int64_t column) {
              N& sum = sum_of(column, f);
              sum = wrapping_add(sum, wrapping_multiply(s.weight(entry), get_element(s.left + at)));
            });
          }
        }
        for (int64_t column = 0; column < call.a.columns; ++column) {
          for (int64_t f = first; f < last; ++f) put_element(s.out + s.at_column(b, column, f), sum_of(column, f));
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
