// SchNet's fast path on the CPU: energy, forces, stress and all parameter gradients without autograd inside.
#pragma once

#include <memory>
#include <mutex>
#include <vector>

#include "spinel/nn/named_tensors.h"

namespace spinel::models {

class SchNet;
struct PotentialTape;

/// Tapes that are not in use, so that their memory serves the next batch. All pools of a process share them: models
/// that compute in turn, as those of a committee, need the memory of one. It is freed with the last pool. Thread-safe.
class TapePool {
 public:
  TapePool();
  ~TapePool();
  /// A tape for tensors of `dtype` that returns to the pool when the last owner lets go of it.
  std::shared_ptr<PotentialTape> take(at::ScalarType dtype);
  /// How many tapes wait in the pools of this process.
  size_t num_free() const;

 private:
  struct Store;
  std::shared_ptr<Store> store_;
};

/// Whether the fast path can serve this call: an Atomwise head, CPU tensors in float32 or float64, activations with
/// kernels, an untrained radial basis, and no input that requires grad.
bool has_fast_path(const SchNet& model, const NamedTensors& inputs);

/// As SchNet::call(). The outputs are differentiable once by the parameters; a gradient with create_graph is an error.
NamedTensors call_fast(const SchNet& model, const NamedTensors& inputs, TapePool& pool);

}  // namespace spinel::models
