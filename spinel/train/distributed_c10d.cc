// Process groups of libtorch's c10d. The wheel contains the Gloo backend but not Gloo's headers: these are Debian's.
#include <ATen/ATen.h>

#include <chrono>
#include <csignal>
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
  C10dCommunicator(const WorkerPlace& place, double timeout, bool cuda) : place_(place) {
    const auto wait = std::chrono::milliseconds(static_cast<int64_t>(timeout * 1000));
    ignore_broken_pipes();
    guard("connecting", [&] {
      c10d::TCPStoreOptions options;
      options.port = static_cast<uint16_t>(place.port);
      options.isServer = place.rank == 0;
      options.numWorkers = static_cast<size_t>(place.size);
      options.timeout = wait;
      store_ = c10::make_intrusive<c10d::TCPStore>(place.address, options);
      backend_ = cuda ? make_nccl(wait) : make_gloo(wait);
    });
  }

  int rank() const override { return place_.rank; }
  int size() const override { return place_.size; }

  void sum(at::Tensor& tensor) override {
    guard("adding up gradients", [&] {
      std::vector<at::Tensor> tensors{tensor};
      backend_->allreduce(tensors)->wait();
    });
  }

  void broadcast(at::Tensor& tensor) override {
    guard("sending parameters", [&] {
      std::vector<at::Tensor> tensors{tensor};
      backend_->broadcast(tensors)->wait();
    });
  }

  void barrier() override {
    guard("waiting for all processes", [&] { backend_->barrier()->wait(); });
  }

 private:
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
    auto options = c10d::ProcessGroupNCCL::Options::create();
    options->timeout = wait;
    return c10::make_intrusive<c10d::ProcessGroupNCCL>(store_, place_.rank, place_.size, options);
#else
    fail(ErrorKind::invalid_argument,
         "data parallel: this build has no NCCL; build against a CUDA libtorch, or train with device cpu");
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
  c10::intrusive_ptr<c10d::Store> store_;
  c10::intrusive_ptr<c10d::Backend> backend_;
};

}  // namespace

std::unique_ptr<Communicator> connect(const WorkerPlace& place, double timeout, bool cuda) {
  return std::make_unique<C10dCommunicator>(place, timeout, cuda);
}

}  // namespace spinel::train
