#include "spinel/train/distributed.h"

#include <ATen/Context.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdlib>
#include <string_view>

#include "spinel/base/error.h"
#include "spinel/base/log.h"

namespace spinel::train {
namespace {

/// The variables of one launcher. The first two decide whether it started the run.
struct Launcher {
  const char* name;
  const char* rank;
  const char* size;
  const char* local_rank;
  const char* local_size;
};

constexpr Launcher kLaunchers[] = {
    {"torchrun", "RANK", "WORLD_SIZE", "LOCAL_RANK", "LOCAL_WORLD_SIZE"},
    {"mpirun", "OMPI_COMM_WORLD_RANK", "OMPI_COMM_WORLD_SIZE", "OMPI_COMM_WORLD_LOCAL_RANK",
     "OMPI_COMM_WORLD_LOCAL_SIZE"},
    {"mpirun", "PMI_RANK", "PMI_SIZE", "MPI_LOCALRANKID", "MPI_LOCALNRANKS"},
    {"srun", "SLURM_PROCID", "SLURM_NTASKS", "SLURM_LOCALID", "SLURM_NTASKS_PER_NODE"},
};

int number(const char* name, std::string_view text, int lowest, int highest) {
  int value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  require(error == std::errc() && end == text.data() + text.size() && value >= lowest && value <= highest,
          "{}: the environment sets it to '{}'; it must be an integer from {} to {}", name, text, lowest, highest);
  return value;
}

/// The first host of Slurm's notation: "node[003-006,9],other" → "node003".
std::string first_host(std::string_view list) {
  const size_t bracket = list.find_first_of("[,");
  std::string host(list.substr(0, bracket));
  if (bracket != std::string_view::npos && list[bracket] == '[') {
    const std::string_view inside = list.substr(bracket + 1);
    host += inside.substr(0, inside.find_first_of(",-]"));
  }
  return host;
}

class SingleProcess : public Communicator {
 public:
  int rank() const override { return 0; }
  int size() const override { return 1; }
  int local_rank() const override { return 0; }
  int local_size() const override { return 1; }
  void sum(at::Tensor&) override {}
  void broadcast(at::Tensor&) override {}
  void barrier() override {}
};

}  // namespace

std::optional<WorkerPlace> worker_place(const Environment& get) {
  const auto look = [&](const char* name) { return get ? get(name) : std::getenv(name); };
  for (const Launcher& launcher : kLaunchers) {
    const char* rank = look(launcher.rank);
    const char* size = look(launcher.size);
    if (!rank && !size) continue;
    require(rank && size, "{}: {} is set but {} is not; both are needed, start the run with torchrun, mpirun or srun",
            launcher.name, rank ? launcher.rank : launcher.size, rank ? launcher.size : launcher.rank);
    WorkerPlace place;
    place.size = number(launcher.size, size, 1, 1 << 20);
    place.rank = number(launcher.rank, rank, 0, place.size - 1);
    const char* local = look(launcher.local_rank);
    place.local_rank = local ? number(launcher.local_rank, local, 0, place.size - 1) : place.rank;
    const char* neighbours = look(launcher.local_size);
    place.local_size = neighbours ? number(launcher.local_size, neighbours, 1, place.size) : place.local_rank + 1;
    if (const char* address = look("MASTER_ADDR")) {
      place.address = address;
    } else if (const char* nodes = look("SLURM_NODELIST"); nodes && std::string_view(launcher.name) == "srun") {
      place.address = first_host(nodes);
    }
    if (const char* port = look("MASTER_PORT")) {
      place.port = number("MASTER_PORT", port, 1, 65535);
    } else if (const char* job = look("SLURM_JOB_ID")) {
      // Two jobs on one machine must not meet at the same port.
      place.port = 20000 + number("SLURM_JOB_ID", job, 0, INT32_MAX) % 20000;
    }
    return place;
  }
  return std::nullopt;
}

int process_threads(int64_t wanted, int local_size, const Cores& cores) {
  const bool bound = cores.mine < cores.machine;
  const int room = bound ? cores.mine : std::max(1, cores.machine / local_size);
  if (wanted > room) {
    log_warning(
        "Global.num_threads: it is {}, but each of {} processes on this machine has {} cores to itself; more "
        "threads than cores wait for each other",
        wanted, local_size, room);
  }
  if (wanted > 0) return static_cast<int>(wanted);
  return bound || local_size == 1 ? 0 : room;
}

int visible_gpus() { return static_cast<int>(at::getNumGPUs()); }

at::Device process_device(const std::string& owner, const std::string& name, int local_rank, int gpus) {
  if (name == "cpu") return at::kCPU;
  const std::string_view number_of_gpu = name.starts_with("cuda:") ? std::string_view(name).substr(5) : "";
  int index = gpus == 1 ? 0 : local_rank;
  const auto [end, error] = std::from_chars(number_of_gpu.data(), number_of_gpu.data() + number_of_gpu.size(), index);
  const bool numbered = error == std::errc() && end == number_of_gpu.data() + number_of_gpu.size() && index >= 0;
  require(name == "cuda" || numbered, "{}: '{}' is unknown; choose cpu, cuda or cuda:<n>", owner, name);
  require(gpus > 0, "{}: '{}' needs a libtorch with CUDA and a GPU, and there is none; choose cpu", owner, name);
  require(index < gpus, "{}: '{}' of process {} on its machine is GPU {}, and {} can be seen; start no more than that",
          owner, name, local_rank, index, gpus);
  return {at::kCUDA, static_cast<c10::DeviceIndex>(index)};
}

Communicator& single_process() {
  static SingleProcess communicator;
  return communicator;
}

}  // namespace spinel::train
