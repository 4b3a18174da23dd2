#include "tests/cuda/cuda_testing.h"

#include <algorithm>
#include <cmath>
#include <cstring>

#include "spinel/base/error.h"
#include "spinel/hosts/plain/operators.h"
#include "spinel/hosts/plain/plain_tensor.h"
#include "spinel/kernels/cpu/spmm_element.h"
#include "spinel/ops/dtype.h"
#include "spinel/ops/executor.h"
#include "tests/support/cuda/cuda_runtime.h"
#include "tests/support/errors.h"

namespace spinel::ops {
namespace {

constexpr registry::Device kCuda{registry::DeviceType::cuda, 0};

std::vector<int64_t> sizes_of(const Tensor& tensor) { return {tensor.sizes().begin(), tensor.sizes().end()}; }

/// Elements from the first to the last in memory.
int64_t extent_of(const Tensor& tensor) {
  int64_t extent = 1;
  for (int64_t d = 0; d < tensor.dim(); ++d) {
    if (tensor.size(d) == 0) return 0;
    extent += (tensor.size(d) - 1) * tensor.strides()[static_cast<size_t>(d)];
  }
  return extent;
}

Tensor cuda_tensor(const std::vector<int64_t>& sizes, std::vector<int64_t> strides, ScalarType dtype, size_t bytes) {
  return plain::from_blob(
      cuda_emulation::allocate(bytes), sizes,
      {.strides = std::move(strides), .dtype = dtype, .device = kCuda, .deleter = cuda_emulation::release});
}

/// The plain host with an emulated GPU, and with random numbers that every call draws anew.
class EmulatedHost final : public Host {
 public:
  std::string_view name() const override { return "emulated"; }
  Tensor empty(const std::vector<int64_t>& sizes, ScalarType dtype, registry::Device device,
               MemoryFormat format) const override {
    if (device.type == registry::DeviceType::cpu) return plain::host().empty(sizes, dtype, device, format);
    int64_t count = 1;
    for (const int64_t size : sizes) count *= size;
    return cuda_tensor(sizes, compact_strides(sizes, format), dtype,
                       static_cast<size_t>(count) * registry::element_size(dtype));
  }
  Tensor contiguous(const Tensor& tensor, MemoryFormat format) const override {
    if (is_compact(tensor, format)) return tensor;
    const Tensor copy = empty(sizes_of(tensor), tensor.scalar_type(), tensor.device(), format);
    const cuda_emulation::DeviceAccess access;
    copy_elements(tensor, copy);
    return copy;
  }
  const ParallelFor& parallel() const override { return plain::host().parallel(); }
  void* stream(registry::Device) const override { return nullptr; }
  uint64_t random() const override { return 12345; }
  Tensor uniform(const std::vector<int64_t>& sizes, registry::Device device) const override {
    const Tensor drawn = Host::uniform(sizes, {});
    return device.type == registry::DeviceType::cpu ? drawn : to_cuda(drawn);
  }
};
const EmulatedHost host;

Tensor copied(const Tensor& from, const Tensor& to) {
  const cuda_emulation::DeviceAccess access;
  const auto bytes = static_cast<size_t>(extent_of(from)) * registry::element_size(from.scalar_type());
  if (bytes > 0) std::memcpy(to.data(), from.data(), bytes);
  return to;
}

template <typename T>
void append(const Tensor& tensor, std::vector<double>& numbers) {
  const auto* data = static_cast<const T*>(tensor.data());
  for (int64_t i = 0; i < tensor.numel(); ++i) numbers.push_back(static_cast<double>(kernels::get_element(data + i)));
}

}  // namespace

Tensor to_cuda(const Tensor& tensor) {
  const registry::IntArrayRef strides = tensor.strides();
  const auto bytes = static_cast<size_t>(extent_of(tensor)) * registry::element_size(tensor.scalar_type());
  return copied(tensor, cuda_tensor(sizes_of(tensor), {strides.begin(), strides.end()}, tensor.scalar_type(), bytes));
}

Tensor to_cpu(const Tensor& tensor) {
  const Tensor compact = host.contiguous(tensor, MemoryFormat::contiguous);
  return copied(compact, plain::empty(sizes_of(tensor), tensor.scalar_type()));
}

std::vector<Tensor> call_cpu(const char* name, const std::vector<Value>& arguments) {
  return run_forward(find_operator(name).definition, host, Arguments(arguments));
}

std::vector<Tensor> call_cuda(const char* name, const std::vector<Value>& arguments) {
  std::vector<Value> moved = arguments;
  for (Value& value : moved) {
    if (value.is_tensor()) value = to_cuda(value.to_tensor());
  }
  std::vector<Tensor> results = run_forward(find_operator(name).definition, host, Arguments(moved));
  for (Tensor& result : results) {
    EXPECT_EQ(result.device().type, registry::DeviceType::cuda) << name;
    result = to_cpu(result);
  }
  return results;
}

std::vector<Tensor> expect_same(const char* name, const std::vector<Value>& arguments, double tolerance) {
  const std::vector<Tensor> wanted = call_cpu(name, arguments), found = call_cuda(name, arguments);
  EXPECT_EQ(cuda_emulation::used_memory(), 0u) << name;
  EXPECT_EQ(wanted.size(), found.size()) << name;
  for (size_t k = 0; k < wanted.size(); ++k) {
    EXPECT_EQ(sizes_of(wanted[k]), sizes_of(found[k])) << name << ", result " << k;
    EXPECT_EQ(wanted[k].scalar_type(), found[k].scalar_type()) << name << ", result " << k;
    const std::vector<double> a = numbers_of(host.contiguous(wanted[k], MemoryFormat::contiguous));
    const std::vector<double> b = numbers_of(found[k]);
    for (size_t i = 0; i < a.size() && i < b.size(); ++i) {
      if (a[i] == b[i] || (std::isnan(a[i]) && std::isnan(b[i]))) continue;
      if (std::abs(a[i] - b[i]) <= tolerance * std::max(1.0, std::abs(a[i]))) continue;
      ADD_FAILURE() << name << ", result " << k << "[" << i << "]: " << a[i] << " on the CPU, " << b[i] << " on CUDA";
      break;
    }
  }
  return found;
}

void expect_refused(const char* name, const std::vector<Value>& arguments, const std::string& text) {
  const Error cpu = error_of([&] { call_cpu(name, arguments); });
  const Error cuda = error_of([&] { call_cuda(name, arguments); });
  EXPECT_THAT(cpu.what(), testing::HasSubstr(text)) << name;
  EXPECT_STREQ(cuda.what(), cpu.what()) << name;
  EXPECT_EQ(cuda.kind(), cpu.kind()) << name;
  EXPECT_EQ(cuda_emulation::used_memory(), 0u) << name;
}

void with_cuda_workspace(const std::function<void(kernels::cuda::Workspace&)>& function) {
  CudaWorkspace workspace(host, kCuda);
  function(workspace);
}

std::vector<double> numbers_of(const Tensor& tensor) {
  std::vector<double> numbers;
  if (tensor.scalar_type() == ScalarType::boolean) {
    append<uint8_t>(tensor, numbers);
    return numbers;
  }
  switch (tensor.scalar_type()) {
    case ScalarType::uint8: append<uint8_t>(tensor, numbers); break;
    case ScalarType::int8: append<int8_t>(tensor, numbers); break;
    case ScalarType::int16: append<int16_t>(tensor, numbers); break;
    default:
      kernels::by_element(kernel_dtype(tensor.scalar_type()),
                          [&](auto element) { append<decltype(element)>(tensor, numbers); });
  }
  return numbers;
}

Tensor random_tensor(std::mt19937& random, std::vector<int64_t> sizes, ScalarType dtype, int low, int high) {
  const Tensor tensor = plain::empty(std::move(sizes), dtype);
  const auto fill = [&](auto element, int parts) {
    using S = decltype(element);
    std::uniform_int_distribution<int> number(low * parts, high * parts);
    for (int64_t i = 0; i < tensor.numel(); ++i) {
      kernels::put_element(static_cast<S*>(tensor.data()) + i, static_cast<kernels::ElementNumber<S>>(number(random)) /
                                                                   static_cast<kernels::ElementNumber<S>>(parts));
    }
  };
  switch (dtype) {
    case ScalarType::uint8: fill(uint8_t{}, 1); break;
    case ScalarType::int8: fill(int8_t{}, 1); break;
    case ScalarType::int16: fill(int16_t{}, 1); break;
    case ScalarType::int32: fill(int32_t{}, 1); break;
    case ScalarType::int64: fill(int64_t{}, 1); break;
    case ScalarType::float64: fill(double{}, 8); break;
    case ScalarType::float16: fill(kernels::Half{}, 8); break;
    case ScalarType::bfloat16: fill(kernels::Bf16{}, 8); break;
    default: fill(float{}, 8);
  }
  return tensor;
}

Tensor index_tensor(const std::vector<int64_t>& numbers, ScalarType dtype) {
  const Tensor tensor = plain::empty({static_cast<int64_t>(numbers.size())}, dtype);
  if (dtype == ScalarType::int32) std::copy(numbers.begin(), numbers.end(), static_cast<int32_t*>(tensor.data()));
  else std::copy(numbers.begin(), numbers.end(), static_cast<int64_t*>(tensor.data()));
  return tensor;
}

Pattern pattern_of(std::mt19937& random, const std::vector<int64_t>& lengths, int64_t columns, bool is_sorted) {
  Pattern made{static_cast<int64_t>(lengths.size()), columns, {0}, {}, {}};
  for (size_t r = 0; r < lengths.size(); ++r) {
    std::vector<int64_t> taken;
    for (int64_t k = 0; k < lengths[r]; ++k) {
      taken.push_back(static_cast<int64_t>(random() % static_cast<uint64_t>(columns)));
    }
    if (is_sorted) {
      std::sort(taken.begin(), taken.end());
      taken.erase(std::unique(taken.begin(), taken.end()), taken.end());
    }
    made.col.insert(made.col.end(), taken.begin(), taken.end());
    made.row.insert(made.row.end(), taken.size(), static_cast<int64_t>(r));
    made.rowptr.push_back(made.entries());
  }
  return made;
}

Pattern power_law_pattern(std::mt19937& random, int64_t rows, int64_t columns, int64_t longest, bool is_sorted) {
  std::vector<int64_t> lengths(static_cast<size_t>(rows));
  for (int64_t& length : lengths) {
    const double u = static_cast<double>(random() % 10000 + 1) / 10000;
    length = std::min(longest, static_cast<int64_t>(0.7 / (u * u)));
  }
  return pattern_of(random, lengths, columns, is_sorted);
}

}  // namespace spinel::ops
