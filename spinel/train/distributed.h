// Data-parallel training: the processes of a run, and what they send each other.
#pragma once

#include <ATen/core/Tensor.h>
#include <c10/core/Device.h>

#include <functional>
#include <memory>
#include <optional>
#include <string>

namespace spinel::train {

/// Place of this process in a data-parallel run.
struct WorkerPlace {
  int rank = 0;
  int size = 1;
  int local_rank = 0;  ///< among those on the same machine: the GPU to take
  int local_size = 1;  ///< how many are on the same machine
  std::string address = "127.0.0.1";
  int port = 29500;
};

/// Reads what torchrun (RANK, WORLD_SIZE, LOCAL_RANK, LOCAL_WORLD_SIZE, MASTER_ADDR, MASTER_PORT), mpirun
/// (OMPI_COMM_WORLD_…, PMI_…) or Slurm (SLURM_PROCID, SLURM_NTASKS, SLURM_LOCALID, SLURM_NODELIST) sets, in this order;
/// none: empty. A part of them missing, or a rank outside the size: invalid_argument naming the variable. `get` looks a
/// variable up (null: not set); the default reads the environment.
using Environment = std::function<const char*(const char*)>;
std::optional<WorkerPlace> worker_place(const Environment& get = {});

/// The processes of a run. All of them must call the same operations in the same order. A process that is lost ends the
/// operation on the others within the timeout with one unavailable error.
class Communicator {
 public:
  virtual ~Communicator() = default;
  virtual int rank() const = 0;
  virtual int size() const = 0;
  /// The place of this process among those on the same machine.
  virtual int local_rank() const = 0;
  /// How many processes are on the same machine; they share its cores.
  virtual int local_size() const = 0;
  /// The sum over all processes, in place. Contiguous; on any device.
  virtual void sum(at::Tensor& tensor) = 0;
  /// The values of process 0, in place. Contiguous; on any device.
  virtual void broadcast(at::Tensor& tensor) = 0;
  /// Waits until all processes are here.
  virtual void barrier() = 0;
};

/// A run of one process.
Communicator& single_process();

/// How many GPUs this process sees; 0 where libtorch has no CUDA.
int visible_gpus();

/// Cores of the machine, and how many of them this process may run on: fewer where its launcher binds processes.
struct Cores {
  int machine = 1;
  int mine = 1;
};

/// The threads for each of `local_size` processes on a machine: `wanted`, or where that is 0 an equal part of the
/// cores; 0: as libtorch chooses, for a process by itself or one that is bound to cores of its own. More than there are
/// cores for is a warning: such runs are many times slower, as threads wait for others that have no core.
int process_threads(int64_t wanted, int local_size, const Cores& cores);

/// The device of a process by its name: `cpu`; `cuda:<n>`, GPU n; `cuda`, the GPU whose number is the process's place
/// on its machine, or the only one where the launcher shows each process its own. `gpus` is how many there are. Unknown
/// name, no GPU or too few of them: invalid_argument that begins with `owner`, the option that holds the name.
at::Device process_device(const std::string& owner, const std::string& name, int local_rank, int gpus);

/// True where this build can train on several GPUs (CMake option SPINEL_NCCL).
bool has_nccl();

/// Connects to the other processes through libtorch's c10d: NCCL where `device` (Global.device) is a GPU, else Gloo.
/// What is sent from another device travels over the group's. `timeout` in seconds bounds the wait for each operation.
/// SIGPIPE is ignored from then on, where it had no handler. A GPU in a build without NCCL, or one GPU named for
/// several processes that see more: invalid_argument.
std::unique_ptr<Communicator> connect(const WorkerPlace& place, double timeout = 600,
                                      const std::string& device = "cpu");

}  // namespace spinel::train
