#include "spinel/kernels/cpu/csr_check.h"

#include <algorithm>
#include <limits>

#include "spinel/base/error.h"
#include "spinel/kernels/cpu/work_pieces.h"

namespace spinel::kernels {

int64_t first_unsound(const std::vector<int64_t>& pieces) {
  const auto found = std::find_if(pieces.begin(), pieces.end(), [](int64_t at) { return at != all_sound; });
  return found == pieces.end() ? all_sound : *found;
}

void fail_row(const CsrNames& names, int64_t row, CsrRow found, int64_t entries) {
  fail(ErrorKind::invalid_argument,
       "{}: {} gives row {} the entries [{}, {}); it must rise from 0 to {}, the number of entries", names.op,
       names.pointers, row, found.begin, found.end, entries);
}

void fail_index(const char* op, const char* list, int64_t place, int64_t found, int64_t limit, const char* counted) {
  fail(ErrorKind::invalid_argument, "{}: {}[{}] is {} but there are {} {}; it must lie in [0, {})", op, list, place,
       found, limit, counted, limit);
}

void fail_column(const CsrNames& names, int64_t place, int64_t found, int64_t columns) {
  fail_index(names.op, names.indices, place, found, columns, names.counted);
}

void fail_count(const char* op, int64_t count, int bits) {
  fail(ErrorKind::invalid_argument, "{}: there are {} entries, more than int{} indices count; int64 is needed", op,
       count, bits);
}

void check_ends(const CsrNames& names, int64_t first, int64_t last, int64_t entries) {
  require(first == 0 && last == entries, "{}: {} goes from {} to {}; it must rise from 0 to {}, the number of entries",
          names.op, names.pointers, first, last, entries);
}

template <typename Index>
int64_t first_outside(int64_t n, const Index* list, int64_t limit, const ParallelFor& parallel) {
  const WorkPieces pieces(n, 1 << 15, parallel);
  std::vector<int64_t> found(static_cast<size_t>(pieces.count), all_sound);
  pieces.run(parallel, [&](int64_t piece, int64_t begin, int64_t end) {
    const auto* at = std::find_if(list + begin, list + end, [&](Index i) { return i < 0 || i >= limit; });
    if (at != list + end) found[static_cast<size_t>(piece)] = at - list;
  });
  return first_unsound(found);
}

template <typename Index>
void check_pointers(const CsrNames& names, int64_t rows, const Index* pointers, int64_t entries,
                    const ParallelFor& parallel) {
  const WorkPieces pieces(rows, 1 << 15, parallel);
  std::vector<char> falls(static_cast<size_t>(pieces.count));
  pieces.run(parallel, [&](int64_t piece, int64_t begin, int64_t end) {
    bool found = false;
    for (int64_t r = begin; r < end; ++r) found |= pointers[r + 1] < pointers[r];
    falls[static_cast<size_t>(piece)] = found;
  });
  if (std::find(falls.begin(), falls.end(), true) != falls.end()) {
    int64_t r = 0;
    while (pointers[r + 1] >= pointers[r]) ++r;
    fail_row(names, r, {pointers[r], pointers[r + 1]}, entries);
  }
  check_ends(names, pointers[0], pointers[rows], entries);
}

template <typename Index>
int64_t accumulate_counts(const char* op, int64_t rows, Index* pointers) {
  int64_t total = 0;
  pointers[0] = 0;
  for (int64_t r = 0; r < rows; ++r) {
    total += pointers[r + 1];
    if (total > std::numeric_limits<Index>::max()) fail_count(op, total, 8 * sizeof(Index));
    pointers[r + 1] = static_cast<Index>(total);
  }
  return total;
}

template int64_t first_outside(int64_t, const int32_t*, int64_t, const ParallelFor&);
template int64_t first_outside(int64_t, const int64_t*, int64_t, const ParallelFor&);
template void check_pointers(const CsrNames&, int64_t, const int32_t*, int64_t, const ParallelFor&);
template void check_pointers(const CsrNames&, int64_t, const int64_t*, int64_t, const ParallelFor&);
template int64_t accumulate_counts(const char*, int64_t, int32_t*);
template int64_t accumulate_counts(const char*, int64_t, int64_t*);

}  // namespace spinel::kernels
