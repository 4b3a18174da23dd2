// Which samples form each batch of an epoch, for every process of a run.
#pragma once

#include <cstdint>
#include <vector>

namespace spinel::train {

struct BatchOrderOptions {
  int64_t samples = 0;
  int64_t batch_size = 1;  ///< per process
  bool shuffle = false;
  bool drop_last = false;
  uint64_t seed = 0;
  int size = 1;  ///< processes
};

/// The order of one epoch. It follows from options and epoch alone, so a resumed run needs no stored order, and from
/// the number of processes only through the joint batch of batch_size · size samples: `size` processes see what one
/// process with the joint batch sees.
class BatchOrder {
 public:
  BatchOrder(const BatchOrderOptions& options, int64_t epoch);

  /// Joint batches of the epoch.
  int64_t batches() const { return batches_; }
  int64_t joint_size(int64_t batch) const;
  /// The samples of process `rank` in a batch. The last, incomplete joint batch is divided as evenly as possible; a
  /// process may get none of it.
  std::vector<int64_t> samples(int64_t batch, int rank = 0) const;

 private:
  BatchOrderOptions options_;
  int64_t batches_ = 0;
  std::vector<int64_t> order_;
};

}  // namespace spinel::train
