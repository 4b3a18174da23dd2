// The C functions of the stable ABI for threads, devices, queues of work, generators and warnings.
#include <cstdlib>
#include <cstring>
#include <stdexcept>

#include "compat/shim/guarded.h"
#include "spinel/base/log.h"
#include "spinel/base/parallel_cut.h"

struct DeviceGuardOpaque {};
struct StreamOpaque {};

namespace spinel::shim {
namespace {

thread_local uint32_t thread_index = 0;

/// Puts the old index back also where a loop fails.
class IndexScope {
 public:
  explicit IndexScope(int64_t index) : before_(thread_index) { thread_index = static_cast<uint32_t>(index); }
  ~IndexScope() { thread_index = before_; }
  IndexScope(const IndexScope&) = delete;
  IndexScope& operator=(const IndexScope&) = delete;

 private:
  uint32_t before_;
};

void require_only_device(int32_t index) {
  if (index == 0 || index == -1) return;
  fail(ErrorKind::unavailable, "device: its index is {}; the layer runs on the CPU, which is device 0", index);
}

[[noreturn]] void fail_cuda(const char* what) {
  fail(ErrorKind::unavailable, "{}: the layer queues no work on CUDA; call kernels of the CPU", what);
}

registry::Generator& generator_of(AtenGeneratorHandle handle) {
  return *reinterpret_cast<registry::Generator*>(handle);
}

}  // namespace
}  // namespace spinel::shim

using namespace spinel::shim;
namespace registry = spinel::registry;

extern "C" {

AOTITorchError torch_parallel_for(int64_t begin, int64_t end, int64_t grain_size, ParallelFunc func, void* ctx) {
  return guarded([&] {
    if (begin >= end) return;
    const spinel::ParallelFor& pool = spinel::thread_pool();
    const spinel::ParallelCut cut(end - begin, grain_size, pool.num_threads());
    pool.run(end - begin, grain_size, [&](int64_t first, int64_t last) {
      const IndexScope scope(first / cut.piece);
      func(begin + first, begin + last, ctx);
    });
  });
}
AOTITorchError torch_get_thread_idx(uint32_t* index) {
  return guarded([&] { *index = thread_index; });
}
AOTITorchError torch_get_num_threads(uint32_t* count) {
  return guarded([&] { *count = static_cast<uint32_t>(spinel::thread_pool().num_threads()); });
}

AOTITorchError aoti_torch_create_device_guard(int32_t device_index, DeviceGuardHandle* ret) {
  return guarded([&] {
    require_only_device(device_index);
    *ret = new DeviceGuardOpaque;
  });
}
AOTITorchError aoti_torch_delete_device_guard(DeviceGuardHandle guard) {
  return guarded([&] { delete guard; });
}
AOTITorchError aoti_torch_device_guard_set_index(DeviceGuardHandle, int32_t device_index) {
  return guarded([&] { require_only_device(device_index); });
}
AOTITorchError aoti_torch_get_current_device_index(int32_t* device_index) {
  return guarded([&] { *device_index = 0; });
}
AOTITorchError aoti_torch_get_current_stream(int32_t device_index, StreamHandle* ret) {
  return guarded([&] {
    require_only_device(device_index);
    *ret = new StreamOpaque;
  });
}
AOTITorchError aoti_torch_delete_stream(StreamHandle stream) {
  return guarded([&] { delete stream; });
}
AOTITorchError aoti_torch_stream_id(StreamHandle, int64_t* id) {
  return guarded([&] { *id = 0; });
}
AOTITorchError torch_stream_native_handle(StreamHandle, void** native_handle) {
  return guarded([&] { *native_handle = nullptr; });
}
AOTITorchError aoti_torch_get_current_cuda_stream(int32_t, void**) {
  return guarded([] { fail_cuda("current CUDA stream"); });
}
AOTITorchError torch_set_current_cuda_stream(void*, int32_t) {
  return guarded([] { fail_cuda("current CUDA stream"); });
}
AOTITorchError torch_get_cuda_stream_from_pool(bool, int32_t, void**) {
  return guarded([] { fail_cuda("CUDA stream"); });
}
AOTITorchError torch_cuda_stream_synchronize(void*, int32_t) {
  return guarded([] { fail_cuda("CUDA stream"); });
}
AOTITorchError torch_get_current_cuda_blas_handle(void**) {
  return guarded([] { fail_cuda("cuBLAS handle"); });
}
AOTITorchError torch_c10_cuda_check_msg(int32_t error, const char* file, const char* function, uint32_t line, bool,
                                        char** message) {
  return guarded([&] {
    *message = nullptr;
    if (error == 0) return;
    const std::string text = spinel::format("CUDA error {} in {} ({}:{})", error, function, file, line);
    *message = strdup(text.c_str());
    if (*message == nullptr) throw std::bad_alloc();
  });
}
void torch_c10_cuda_free_error_msg(char* message) { std::free(message); }

AOTITorchError torch_new_generator_handle(AtenGeneratorHandle self, AtenGeneratorHandle* ret) {
  return guarded([&] { *ret = reinterpret_cast<AtenGeneratorHandle>(new registry::Generator(generator_of(self))); });
}
AOTITorchError torch_delete_generator(AtenGeneratorHandle generator) {
  return guarded([&] { delete &generator_of(generator); });
}
AOTITorchError torch_generator_get_device(AtenGeneratorHandle generator, int32_t* device_type, int32_t* device_index) {
  return guarded([&] {
    const registry::Device device = generator_of(generator)->device();
    *device_type = static_cast<int32_t>(device.type);
    *device_index = device.index;
  });
}

void aoti_torch_warn(const char*, const char* file, uint32_t line, const char* message) {
  spinel::log_warning("{} ({}:{})", message, file, line);
}
void aoti_torch_check(bool condition, const char* function, const char* file, uint32_t line, const char* message) {
  if (!condition) throw std::runtime_error(spinel::format("{} ({} at {}:{})", message, function, file, line));
}

}  // extern "C"
