// New numbers for a subset of a graph's nodes: a table of all nodes where they are few, a hash table where the subset
// is small against them.
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

namespace spinel::kernels {

/// Nodes are not negative. A table of all nodes costs their number in time and memory; the hash table costs the size of
/// the subset and, being small, stays in the cache.
template <typename Index>
class NodeLabels {
 public:
  /// `expected`: how many nodes will have a label, about. `num_nodes` negative: not known.
  NodeLabels(int64_t num_nodes, int64_t expected) {
    if (num_nodes >= 0 && num_nodes <= 8 * expected + 1024) {
      table_.assign(static_cast<size_t>(num_nodes), Index{-1});
    } else {
      resize(std::bit_ceil(static_cast<uint64_t>(expected < 8 ? 16 : 2 * expected)));
    }
  }

  /// −1: it has none.
  int64_t find(int64_t node) const {
    if (slots_.empty()) return table_[static_cast<size_t>(node)];
    const Slot& slot = slots_[place_of(node)];
    return slot.node < 0 ? -1 : slot.label;
  }
  /// The label of a node, which is `label` if it had none.
  int64_t insert(int64_t node, int64_t label) {
    if (slots_.empty()) {
      Index& entry = table_[static_cast<size_t>(node)];
      if (entry < 0) entry = static_cast<Index>(label);
      return entry;
    }
    Slot& slot = slots_[place_of(node)];
    if (slot.node >= 0) return slot.label;
    fill(slot, node, label);
    return label;
  }
  /// Takes the place of an earlier label.
  void assign(int64_t node, int64_t label) {
    if (slots_.empty()) {
      table_[static_cast<size_t>(node)] = static_cast<Index>(label);
    } else if (Slot& slot = slots_[place_of(node)]; slot.node >= 0) {
      slot.label = static_cast<Index>(label);
    } else {
      fill(slot, node, label);
    }
  }

 private:
  struct Slot {
    Index node = -1, label = -1;
  };

  void resize(uint64_t capacity) {
    slots_.assign(capacity, Slot());
    mask_ = capacity - 1;
    shift_ = 64 - std::countr_zero(capacity);
  }
  /// Where a node is, or the free place where it belongs: the upper bits of a product spread neighbouring numbers.
  size_t place_of(int64_t node) const {
    uint64_t place = (static_cast<uint64_t>(node) * 0x9E3779B97F4A7C15u) >> shift_;
    while (slots_[place].node >= 0 && slots_[place].node != static_cast<Index>(node)) place = (place + 1) & mask_;
    return place;
  }
  void fill(Slot& slot, int64_t node, int64_t label) {
    slot = {static_cast<Index>(node), static_cast<Index>(label)};
    if (2 * ++size_ <= slots_.size()) return;
    const std::vector<Slot> old = std::move(slots_);
    resize(4 * old.size());
    for (const Slot& kept : old) {
      if (kept.node >= 0) slots_[place_of(kept.node)] = kept;
    }
  }

  std::vector<Index> table_;
  std::vector<Slot> slots_;
  uint64_t mask_ = 0, size_ = 0;
  int shift_ = 0;
};

}  // namespace spinel::kernels
