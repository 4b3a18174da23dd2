#include "spinel/base/parallel.h"

namespace spinel {

namespace {

class Serial final : public ParallelFor {
 public:
  void run(int64_t n, int64_t, RangeFunction function) const override {
    if (n > 0) function(0, n);
  }
  int num_threads() const override { return 1; }
};

}  // namespace

const ParallelFor& serial() {
  static const Serial instance;
  return instance;
}

}  // namespace spinel
