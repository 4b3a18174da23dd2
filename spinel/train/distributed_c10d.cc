// Process groups of libtorch's c10d. The wheel contains the Gloo backend but not Gloo's headers: these are Debian's.
#include <ATen/ATen.h>
#include <ATen/core/grad_mode.h>

#include <chrono>
#include <csignal>
#include <cstdlib>
#include <torch/csrc/distributed/c10d/ProcessGroupGloo.hpp>
#include <torch/csrc/distributed/c10d/TCPStore.hpp>
#include <vector>
#ifdef USE_C10D_NCCL
#include <torch/csrc/distributed/c10d/ProcessGroupNCCL.hpp>
#endif

#include "spinel/base/error.h"
#include "spinel/train/distributed.h"

namespace spinel::train {
namespace {

/// Gloo writes to sockets whose other end may be gone; that must be an error there, not the end of this process.
void ignore_broken_pipes() {
#ifdef SIGPIPE
  const auto former = std::signal(SIGPIPE, SIG_IGN);
  if (former != SIG_DFL && former != SIG_ERR) std::signal(SIGPIPE, former);
#endif
}

class C10dCommunicator : public Communicator {
 public:
  C10dCommunicator(const WorkerPlace& place, double timeout, at::Device device) : place_(place), device_(device) {
    const auto wait = std::chrono::milliseconds(static_cast<int64_t>(timeout * 1000));
    ignore_broken_pipes();
    guard("connecting", [&] {
      c10d::TCPStoreOptions options;
      options.port = static_cast<uint16_t>(place.port);
      options.isServer = place.rank == 0;
      options.numWorkers = static_cast<size_t>(place.size);
      options.timeout = wait;
      store_ = c10::make_intrusive<c10d::TCPStore>(place.address, options);
      backend_ = device.is_cuda() ? make_nccl(wait) : make_gloo(wait);
    });
  }

  int rank() const override { return place_.rank; }
  int size() const override { return place_.size; }
  int local_rank() const override { return place_.local_rank; }
  int local_size() const override { return place_.local_size; }

  void sum(at::Tensor& tensor) override {
    on_device("adding up gradients", tensor, [&](std::vector<at::Tensor>& t) { backend_->allreduce(t)->wait(); });
  }

  void broadcast(at::Tensor& tensor) override {
    on_device("sending parameters", tensor, [&](std::vector<at::Tensor>& t) { backend_->broadcast(t)->wait(); });
  }

  void barrier() override {
    // A sum that is read, as NCCL's own barrier only queues behind the work of the GPU.
    at::Tensor one = at::ones({1}, at::TensorOptions(device_).dtype(at::kLong));
    on_device("waiting for all processes", one, [&](std::vector<at::Tensor>& t) {
      backend_->allreduce(t)->wait();
      t.front().item<int64_t>();
    });
  }

 private:
  /// Runs a collective on a tensor of the group's device: `tensor` itself, or a copy that is copied back.
  template <typename Collective>
  void on_device(const char* doing, at::Tensor& tensor, Collective collective) {
    at::NoGradGuard no_grad;
    guard(doing, [&] {
      std::vector<at::Tensor> there{tensor.to(device_)};
      collective(there);
      if (!there.front().is_same(tensor)) tensor.copy_(there.front());
    });
  }

  c10::intrusive_ptr<c10d::Backend> make_gloo(std::chrono::milliseconds wait) {
    auto options = c10d::ProcessGroupGloo::Options::create(wait);
    // A run on one machine must not depend on what the machine's name resolves to.
    const bool local = place_.address == "127.0.0.1" || place_.address == "localhost";
    options->devices.push_back(local ? c10d::ProcessGroupGloo::createDeviceForHostname("127.0.0.1")
                                     : c10d::ProcessGroupGloo::createDefaultDevice());
    return c10::make_intrusive<c10d::ProcessGroupGloo>(store_, place_.rank, place_.size, options);
  }

  c10::intrusive_ptr<c10d::Backend> make_nccl([[maybe_unused]] std::chrono::milliseconds wait) {
#ifdef USE_C10D_NCCL
    // Otherwise a lost process ends the others through NCCL's watchdog, without an error that could be reported.
    setenv("TORCH_NCCL_BLOCKING_WAIT", "1", 0);
    auto options = c10d::ProcessGroupNCCL::Options::create();
    options->timeout = wait;
    return c10::make_intrusive<c10d::ProcessGroupNCCL>(store_, place_.rank, place_.size, options);
#else
    fail(ErrorKind::internal, "data parallel: NCCL was asked for in a build without it");
#endif
  }

  /// One error of ours for whatever c10d throws, with its first line.
  template <typename Action>
  void guard(const char* doing, Action action) {
    try {
      action();
    } catch (const Error&) {
      throw;
    } catch (const std::exception& error) {
      std::string_view text = error.what();
      text = text.substr(0, text.find('\n'));
      fail(ErrorKind::unavailable,
           "data parallel: process {} of {} lost the others at {}:{} while {} ({}); look for the process that ended "
           "first and resume from the latest checkpoint",
           place_.rank, place_.size, place_.address, place_.port, doing, text);
    }
  }

  WorkerPlace place_;
  at::Device device_;
  c10::intrusive_ptr<c10d::Store> store_;
  c10::intrusive_ptr<c10d::Backend> backend_;
};

}  // namespace

bool has_nccl() {
#ifdef USE_C10D_NCCL
  return true;
#else
  return false;
#endif
}

std::unique_ptr<Communicator> connect(const WorkerPlace& place, double timeout, const std::string& device) {
  const char* owner = "Global.device";
  require(!device.starts_with("cuda") || has_nccl(),
          "{}: '{}' in a run of {} processes needs NCCL, which this build lacks; configure with -DSPINEL_NCCL=ON and a "
          "CUDA libtorch, or choose cpu",
          owner, device, place.size);
  const int gpus = visible_gpus();
  require(!device.starts_with("cuda:") || place.size == 1 || gpus == 1,
          "{}: '{}' names one GPU for {} processes; choose cuda, and each takes the one of its place on its machine",
          owner, device, place.size);
  return std::make_unique<C10dCommunicator>(place, timeout, process_device(owner, device, place.local_rank, gpus));
}

}  // namespace spinel::train
