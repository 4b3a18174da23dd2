// OpenCL devices: their memory, and programs compiled at run time.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace spinel::kernels::opencl {

/// The names of all devices of all platforms ("platform: device"); empty where there is no platform.
std::vector<std::string> device_names();

class Device;

/// Memory of a device. Copies share it.
class Buffer {
 public:
  Buffer() = default;
  /// No memory: unavailable. At least one byte is allocated.
  Buffer(Device& device, int64_t bytes);
  void write(const void* from, int64_t bytes);
  void read(void* to, int64_t bytes) const;
  /// The cl_mem; null for a default-constructed one.
  void* handle() const { return memory_.get(); }

 private:
  std::shared_ptr<void> memory_;
  Device* device_ = nullptr;
};

/// One argument of a kernel: a buffer, or the bytes of a value.
struct Argument {
  size_t size;
  const void* value;
};

/// A device with a queue that works in order. Not to be used by two threads at once.
class Device {
 public:
  /// The device of this number in device_names(). None: unavailable.
  explicit Device(int number = 0);
  ~Device();
  Device(const Device&) = delete;
  Device& operator=(const Device&) = delete;

  const std::string& name() const { return name_; }
  bool has_double() const { return has_double_; }

  /// Runs `kernel` of the program made of `source` and `options` with `count` work items, and waits for it. Programs
  /// are compiled once; what the compiler says is part of the error.
  void run(std::string_view source, const std::string& options, const char* kernel,
           const std::vector<Argument>& arguments, int64_t count);

 private:
  friend class Buffer;
  struct State;
  std::unique_ptr<State> state_;
  std::string name_;
  bool has_double_ = false;
};

}  // namespace spinel::kernels::opencl
