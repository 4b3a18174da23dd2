#include "spinel/kernels/cpu/index_sort.h"

#include <algorithm>
#include <bit>
#include <memory>
#include <numeric>
#include <utility>

#include "spinel/base/uninitialized_vector.h"
#include "spinel/kernels/cpu/csr_check.h"
#include "spinel/kernels/cpu/work_pieces.h"

namespace spinel::kernels {
namespace {

constexpr int64_t grain = 1 << 14;
/// Buckets of the first pass: their cursors and the cache lines they point to fit the second-level cache.
constexpr int bucket_bits = 11;

template <typename Position>
struct Keyed {
  uint32_t low;  ///< the key's bits below the bucket's
  Position position;
};

/// Counts of each piece's keys by bucket, turned into the places where each piece's next entry of a bucket goes.
struct Buckets {
  int64_t pieces, buckets;
  std::vector<int64_t> next;   ///< [pieces, buckets]
  std::vector<int64_t> first;  ///< [buckets + 1]

  Buckets(int64_t pieces, int64_t buckets)
      : pieces(pieces),
        buckets(buckets),
        next(static_cast<size_t>(pieces * buckets)),
        first(static_cast<size_t>(buckets) + 1) {}
  int64_t* of(int64_t piece) { return next.data() + piece * buckets; }
  void accumulate() {
    int64_t total = 0;
    for (int64_t b = 0; b < buckets; ++b) {
      first[static_cast<size_t>(b)] = total;
      for (int64_t p = 0; p < pieces; ++p) total += std::exchange(of(p)[b], total);
    }
    first[static_cast<size_t>(buckets)] = total;
  }
};

/// The keys of one bucket counted: [begin, end) of `entries` to the same places of perm.
template <typename Position, typename Index>
void sort_bucket(const Keyed<Position>* entries, int64_t begin, int64_t end, int64_t low_keys, int64_t* counts,
                 Index* ptr, Index* perm) {
  std::fill(counts, counts + low_keys, 0);
  for (int64_t e = begin; e < end; ++e) ++counts[entries[e].low];
  int64_t total = begin;
  for (int64_t k = 0; k < low_keys; ++k) total += std::exchange(counts[k], total);
  if (ptr != nullptr) std::copy(counts, counts + low_keys, ptr);
  for (int64_t e = begin; e < end; ++e) perm[counts[entries[e].low]++] = static_cast<Index>(entries[e].position);
}

template <typename Position, typename Index>
int64_t radix_sort(int64_t n, const Index* key, int64_t num_keys, Index* ptr, Index* perm,
                   const ParallelFor& parallel) {
  const int bits = std::bit_width(static_cast<uint64_t>(std::max<int64_t>(num_keys - 1, 1)));
  const int shift = bits <= bucket_bits ? 0 : std::max(bits - bucket_bits, bits / 2);
  const int64_t low_keys = int64_t{1} << shift;
  const WorkPieces pieces(n, grain, parallel);
  Buckets buckets(pieces.count, ((std::max<int64_t>(num_keys, 1) - 1) >> shift) + 1);
  std::vector<int64_t> unsound(static_cast<size_t>(pieces.count), all_sound);
  pieces.run(parallel, [&](int64_t piece, int64_t begin, int64_t end) {
    int64_t* count = buckets.of(piece);
    for (int64_t e = begin; e < end; ++e) {
      if (static_cast<uint64_t>(key[e]) >= static_cast<uint64_t>(num_keys)) {
        unsound[static_cast<size_t>(piece)] = e;
        return;
      }
      ++count[key[e] >> shift];
    }
  });
  if (const int64_t at = first_unsound(unsound); at != all_sound) return at;
  buckets.accumulate();
  if (shift == 0) {
    if (ptr != nullptr) std::copy(buckets.first.begin(), buckets.first.begin() + num_keys + 1, ptr);
    pieces.run(parallel, [&](int64_t piece, int64_t begin, int64_t end) {
      int64_t* next = buckets.of(piece);
      for (int64_t e = begin; e < end; ++e) perm[next[key[e]]++] = static_cast<Index>(e);
    });
    return all_sound;
  }
  UninitializedVector<Keyed<Position>> entries(static_cast<size_t>(n));
  pieces.run(parallel, [&](int64_t piece, int64_t begin, int64_t end) {
    int64_t* next = buckets.of(piece);
    const int64_t mask = low_keys - 1;
    for (int64_t e = begin; e < end; ++e) {
      entries[static_cast<size_t>(next[key[e] >> shift]++)] = {static_cast<uint32_t>(key[e] & mask),
                                                               static_cast<Position>(e)};
    }
  });
  for_balanced_rows(buckets.buckets, buckets.first.data(), grain, parallel, [&](int64_t first, int64_t last) {
    std::vector<int64_t> counts(static_cast<size_t>(low_keys));
    for (int64_t b = first; b < last; ++b) {
      const int64_t keys = std::min(low_keys, num_keys - (b << shift));
      sort_bucket(entries.data(), buckets.first[static_cast<size_t>(b)], buckets.first[static_cast<size_t>(b) + 1],
                  keys, counts.data(), ptr == nullptr ? nullptr : ptr + (b << shift), perm);
    }
  });
  if (ptr != nullptr) ptr[num_keys] = static_cast<Index>(n);
  return all_sound;
}

}  // namespace

bool is_countable(int64_t n, int64_t num_keys) { return num_keys / 16 <= n + 4096; }

template <typename Index>
int64_t index_sort(int64_t n, const Index* key, int64_t num_keys, Index* ptr, Index* perm,
                   const ParallelFor& parallel) {
  if (ptr != nullptr || is_countable(n, num_keys)) {
    return n <= UINT32_MAX ? radix_sort<uint32_t>(n, key, num_keys, ptr, perm, parallel)
                           : radix_sort<int64_t>(n, key, num_keys, ptr, perm, parallel);
  }
  for (int64_t e = 0; e < n; ++e) {
    if (key[e] < 0 || key[e] >= num_keys) return e;
  }
  std::iota(perm, perm + n, Index{0});
  std::sort(perm, perm + n, [&](Index a, Index b) { return key[a] != key[b] ? key[a] < key[b] : a < b; });
  return all_sound;
}

template <typename Index>
int64_t invert_permutation(int64_t n, const Index* perm, Index* inverse, const ParallelFor& parallel) {
  const WorkPieces pieces(n, grain, parallel);
  std::vector<int64_t> unsound(static_cast<size_t>(pieces.count), all_sound);
  pieces.run(parallel, [&](int64_t piece, int64_t begin, int64_t end) {
    for (int64_t i = begin; i < end; ++i) {
      if (perm[i] < 0 || perm[i] >= n) {
        unsound[static_cast<size_t>(piece)] = i;
        return;
      }
      inverse[perm[i]] = static_cast<Index>(i);
    }
  });
  if (const int64_t at = first_unsound(unsound); at != all_sound) return at;
  // Of two equal numbers one finds the other's position at its place.
  pieces.run(parallel, [&](int64_t piece, int64_t begin, int64_t end) {
    for (int64_t i = begin; i < end; ++i) {
      if (inverse[perm[i]] != i) {
        unsound[static_cast<size_t>(piece)] = i;
        return;
      }
    }
  });
  return first_unsound(unsound);
}

template <typename Index>
void RowSorter<Index>::sort(int64_t n, Index* column, Index* source) {
  if (std::is_sorted(column, column + n)) return;
  if (n <= 24) {
    for (int64_t i = 1; i < n; ++i) {
      const Index c = column[i], s = source[i];
      int64_t k = i;
      for (; k > 0 && column[k - 1] > c; --k) {
        column[k] = column[k - 1];
        source[k] = source[k - 1];
      }
      column[k] = c;
      source[k] = s;
    }
    return;
  }
  const int64_t num_keys = int64_t{*std::max_element(column, column + n)} + 1;
  if (num_keys <= UINT32_MAX && n <= UINT32_MAX && (n < 4096 || !is_countable(n, num_keys))) {
    return sort_packed(n, column, source);
  }
  column_.assign(column, column + n);
  source_.assign(source, source + n);
  perm_.resize(static_cast<size_t>(n));
  index_sort<Index>(n, column_.data(), num_keys, nullptr, perm_.data(), serial());
  for (int64_t i = 0; i < n; ++i) {
    column[i] = column_[static_cast<size_t>(perm_[static_cast<size_t>(i)])];
    source[i] = source_[static_cast<size_t>(perm_[static_cast<size_t>(i)])];
  }
}

/// Column and place in one number: one comparison a pair, and the place makes it stable.
template <typename Index>
void RowSorter<Index>::sort_packed(int64_t n, Index* column, Index* source) {
  packed_.resize(static_cast<size_t>(n));
  for (int64_t i = 0; i < n; ++i) {
    packed_[static_cast<size_t>(i)] = static_cast<uint64_t>(column[i]) << 32 | static_cast<uint64_t>(i);
  }
  std::sort(packed_.begin(), packed_.end());
  source_.assign(source, source + n);
  for (int64_t i = 0; i < n; ++i) {
    const uint64_t pair = packed_[static_cast<size_t>(i)];
    column[i] = static_cast<Index>(pair >> 32);
    source[i] = source_[static_cast<size_t>(pair & UINT32_MAX)];
  }
}

template <typename Index>
void sort_coo(int64_t n, const Index* row, const Index* col, int64_t rows, Index* row_out, Index* col_out, Index* perm,
              const ParallelFor& parallel) {
  const auto gather = [&](const Index* from, Index* to) {
    parallel.run(n, grain, [&](int64_t begin, int64_t end) {
      for (int64_t e = begin; e < end; ++e) to[e] = from[perm[e]];
    });
  };
  if (!is_countable(n, rows)) {
    // Few entries in a huge matrix: the rows alone would cost more than comparing.
    std::iota(perm, perm + n, Index{0});
    std::sort(perm, perm + n, [&](Index a, Index b) {
      return row[a] != row[b] ? row[a] < row[b] : col[a] != col[b] ? col[a] < col[b] : a < b;
    });
    gather(row, row_out);
    return gather(col, col_out);
  }
  const std::unique_ptr<Index[]> ptr(new Index[static_cast<size_t>(rows) + 1]);
  index_sort(n, row, rows, ptr.get(), perm, parallel);
  for_balanced_rows(rows, ptr.get(), grain, parallel, [&](int64_t first, int64_t last) {
    RowSorter<Index> sorter;
    for (int64_t e = ptr[first]; e < int64_t{ptr[last]}; ++e) col_out[e] = col[perm[e]];
    for (int64_t r = first; r < last; ++r) {
      std::fill(row_out + ptr[r], row_out + ptr[r + 1], static_cast<Index>(r));
      sorter.sort(ptr[r + 1] - ptr[r], col_out + ptr[r], perm + ptr[r]);
    }
  });
}

#define SPINEL_INSTANTIATE(Index)                                                                  \
  template int64_t index_sort(int64_t, const Index*, int64_t, Index*, Index*, const ParallelFor&); \
  template int64_t invert_permutation(int64_t, const Index*, Index*, const ParallelFor&);          \
  template class RowSorter<Index>;                                                                 \
  template void sort_coo(int64_t, const Index*, const Index*, int64_t, Index*, Index*, Index*, const ParallelFor&);
SPINEL_INSTANTIATE(int32_t)
SPINEL_INSTANTIATE(int64_t)

}  // namespace spinel::kernels
