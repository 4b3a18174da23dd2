// The part of CUDA's language and run-time library that our kernels use, on the CPU: tests compile the kernels' sources
// as C++ with this header in place of CUDA's, and so run them as they are.
//
// A block's threads are fibers that take turns; blocks follow one another, and both in random order, so that what
// relies on an order that CUDA does not promise fails. A thread runs until it needs the others: at a barrier or an
// exchange within its warp. Threads that wait for others that never come, or meet at different places, end the program.
// Device memory is out of reach for the host, but for copies: who touches it, or runs over its end, crashes.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <functional>
#include <type_traits>

#define __global__
#define __device__
#define __host__
#define __forceinline__ inline
#define __launch_bounds__(...)
// Blocks never run at the same time.
#define __shared__ static

struct dim3 {
  unsigned x = 1, y = 1, z = 1;
  constexpr dim3(unsigned x = 1, unsigned y = 1, unsigned z = 1) : x(x), y(y), z(z) {}
};
inline dim3 threadIdx, blockIdx, blockDim, gridDim;

namespace cuda_emulation {

/// Runs `body` as each thread of each block.
void run_grid(unsigned blocks, unsigned threads, const std::function<void()>& body);
/// What the lanes of the calling thread's warp hand in, by lane. `what` names the exchange: all must be at the same.
const uint64_t* exchange(uint64_t value, const char* what);
void block_barrier();

/// [bytes], and nothing readable behind it. Its content is nonsense at first.
void* allocate(size_t bytes);
void release(void* memory);
/// Bytes of device memory that are in use.
size_t used_memory();

/// While one lives device memory can be reached.
class DeviceAccess {
 public:
  DeviceAccess();
  ~DeviceAccess();
  DeviceAccess(const DeviceAccess&) = delete;
  DeviceAccess& operator=(const DeviceAccess&) = delete;
};

template <typename T>
uint64_t to_bits(T value) {
  uint64_t bits = 0;
  static_assert(sizeof(T) <= 8);
  std::memcpy(&bits, &value, sizeof(T));
  return bits;
}
template <typename T>
T from_bits(uint64_t bits) {
  T value;
  std::memcpy(&value, &bits, sizeof(T));
  return value;
}

}  // namespace cuda_emulation

// Exchanges within a warp; all 32 lanes take part.

template <typename T>
T __shfl_xor_sync(unsigned, T value, int mask) {
  const unsigned lane = threadIdx.x % 32;
  return cuda_emulation::from_bits<T>(cuda_emulation::exchange(cuda_emulation::to_bits(value), "shfl")[lane ^ mask]);
}
template <typename T>
T __shfl_sync(unsigned, T value, int lane) {
  return cuda_emulation::from_bits<T>(cuda_emulation::exchange(cuda_emulation::to_bits(value), "shfl")[lane % 32]);
}
inline void __syncwarp(unsigned = ~0u) { cuda_emulation::exchange(0, "syncwarp"); }
inline void __syncthreads() { cuda_emulation::block_barrier(); }
inline void __threadfence_system() {}

// Atomic as no two threads run at the same time.

template <typename T>
T atomicAdd(T* at, std::type_identity_t<T> value) {
  const T before = *at;
  *at = before + value;
  return before;
}
template <typename T>
T atomicMin(T* at, std::type_identity_t<T> value) {
  const T before = *at;
  *at = std::min(before, value);
  return before;
}
template <typename T>
T atomicMax(T* at, std::type_identity_t<T> value) {
  const T before = *at;
  *at = std::max(before, value);
  return before;
}
template <typename T>
T atomicCAS(T* at, std::type_identity_t<T> expected, std::type_identity_t<T> value) {
  const T before = *at;
  if (before == expected) *at = value;
  return before;
}

inline float __fmul_rn(float a, float b) { return a * b; }

// The run-time library.

enum cudaError_t { cudaSuccess, cudaErrorInvalidValue };
using cudaStream_t = struct CudaEmulationStream*;
enum cudaMemcpyKind { cudaMemcpyHostToDevice, cudaMemcpyDeviceToHost, cudaMemcpyDeviceToDevice };
struct cudaLaunchConfig_t {
  dim3 gridDim, blockDim;
  size_t dynamicSmemBytes = 0;
  cudaStream_t stream = nullptr;
};
constexpr unsigned cudaHostAllocMapped = 2, cudaHostAllocPortable = 1;

inline const char* cudaGetErrorString(cudaError_t status) { return status == cudaSuccess ? "no error" : "bad value"; }
inline cudaError_t cudaGetDevice(int* device) {
  *device = 0;
  return cudaSuccess;
}
inline cudaError_t cudaSetDevice(int device) { return device == 0 ? cudaSuccess : cudaErrorInvalidValue; }
template <typename T>
cudaError_t cudaHostAlloc(T** memory, size_t bytes, unsigned) {
  *memory = static_cast<T*>(::operator new(bytes));
  return cudaSuccess;
}
inline cudaError_t cudaStreamSynchronize(cudaStream_t) { return cudaSuccess; }
inline cudaError_t cudaMemsetAsync(void* to, int byte, size_t bytes, cudaStream_t) {
  const cuda_emulation::DeviceAccess access;
  if (bytes > 0) std::memset(to, byte, bytes);
  return cudaSuccess;
}
inline cudaError_t cudaMemcpyAsync(void* to, const void* from, size_t bytes, cudaMemcpyKind, cudaStream_t) {
  const cuda_emulation::DeviceAccess access;
  if (bytes > 0) std::memcpy(to, from, bytes);
  return cudaSuccess;
}

template <typename... Parameters, typename... Arguments>
cudaError_t cudaLaunchKernelEx(const cudaLaunchConfig_t* launch, void (*kernel)(Parameters...),
                               Arguments&&... arguments) {
  if (launch->gridDim.x == 0 || launch->blockDim.x == 0 || launch->blockDim.x > 1024) return cudaErrorInvalidValue;
  const cuda_emulation::DeviceAccess access;
  cuda_emulation::run_grid(launch->gridDim.x, launch->blockDim.x, [&] { kernel(Parameters(arguments)...); });
  return cudaSuccess;
}
