#include "spinel/kernels/opencl/device.h"

#define CL_TARGET_OPENCL_VERSION 120
#include <CL/cl.h>

#include <algorithm>
#include <map>

#include "spinel/base/error.h"

namespace spinel::kernels::opencl {
namespace {

constexpr size_t kGroup = 64;

void check(cl_int status, const char* call) {
  if (status != CL_SUCCESS) fail(ErrorKind::unavailable, "OpenCL: {} ended with error {}", call, status);
}

struct Found {
  cl_device_id id;
  std::string name;
};

std::string text_of(cl_device_id device, cl_device_info what) {
  size_t size = 0;
  check(clGetDeviceInfo(device, what, 0, nullptr, &size), "clGetDeviceInfo");
  std::string text(size, '\0');
  check(clGetDeviceInfo(device, what, size, text.data(), nullptr), "clGetDeviceInfo");
  while (!text.empty() && text.back() == '\0') text.pop_back();
  return text;
}

std::vector<Found> find_devices() {
  cl_uint count = 0;
  // Without any platform the loader's answer is an error of its own, CL_PLATFORM_NOT_FOUND_KHR.
  if (clGetPlatformIDs(0, nullptr, &count) != CL_SUCCESS) return {};
  std::vector<cl_platform_id> platforms(count);
  check(clGetPlatformIDs(count, platforms.data(), nullptr), "clGetPlatformIDs");
  std::vector<Found> found;
  for (cl_platform_id platform : platforms) {
    size_t size = 0;
    check(clGetPlatformInfo(platform, CL_PLATFORM_NAME, 0, nullptr, &size), "clGetPlatformInfo");
    std::string name(size, '\0');
    check(clGetPlatformInfo(platform, CL_PLATFORM_NAME, size, name.data(), nullptr), "clGetPlatformInfo");
    cl_uint devices = 0;
    if (clGetDeviceIDs(platform, CL_DEVICE_TYPE_ALL, 0, nullptr, &devices) != CL_SUCCESS) continue;
    std::vector<cl_device_id> ids(devices);
    check(clGetDeviceIDs(platform, CL_DEVICE_TYPE_ALL, devices, ids.data(), nullptr), "clGetDeviceIDs");
    for (cl_device_id id : ids) found.push_back({id, std::string(name.c_str()) + ": " + text_of(id, CL_DEVICE_NAME)});
  }
  return found;
}

}  // namespace

std::vector<std::string> device_names() {
  std::vector<std::string> names;
  for (const Found& device : find_devices()) names.push_back(device.name);
  return names;
}

struct Device::State {
  cl_device_id device = nullptr;
  cl_context context = nullptr;
  cl_command_queue queue = nullptr;
  std::map<std::string, cl_program> programs;
  std::map<std::string, cl_kernel> kernels;

  ~State() {
    for (auto& [name, kernel] : kernels) clReleaseKernel(kernel);
    for (auto& [name, program] : programs) clReleaseProgram(program);
    if (queue) clReleaseCommandQueue(queue);
    if (context) clReleaseContext(context);
  }

  cl_program program_of(std::string_view source, const std::string& options) {
    cl_program& program = programs[options + "\n" + std::string(source)];
    if (program) return program;
    const char* text = source.data();
    const size_t length = source.size();
    cl_int status = CL_SUCCESS;
    program = clCreateProgramWithSource(context, 1, &text, &length, &status);
    check(status, "clCreateProgramWithSource");
    if (clBuildProgram(program, 1, &device, options.c_str(), nullptr, nullptr) == CL_SUCCESS) return program;
    size_t size = 0;
    clGetProgramBuildInfo(program, device, CL_PROGRAM_BUILD_LOG, 0, nullptr, &size);
    std::string log(size, '\0');
    clGetProgramBuildInfo(program, device, CL_PROGRAM_BUILD_LOG, size, log.data(), nullptr);
    clReleaseProgram(program);
    program = nullptr;
    fail(ErrorKind::unavailable, "OpenCL: the device's compiler refuses the program: {}", log.c_str());
  }

  cl_kernel kernel_of(std::string_view source, const std::string& options, const char* name) {
    cl_kernel& kernel = kernels[std::string(name) + "\n" + options + "\n" + std::string(source)];
    if (kernel) return kernel;
    cl_int status = CL_SUCCESS;
    kernel = clCreateKernel(program_of(source, options), name, &status);
    check(status, "clCreateKernel");
    return kernel;
  }
};

Device::Device(int number) : state_(std::make_unique<State>()) {
  const std::vector<Found> devices = find_devices();
  if (number < 0 || number >= static_cast<int>(devices.size())) {
    fail(ErrorKind::unavailable,
         "OpenCL: device {} is asked for, but {} are there; install a platform such as "
         "pocl-opencl-icd",
         number, devices.size());
  }
  state_->device = devices[static_cast<size_t>(number)].id;
  name_ = devices[static_cast<size_t>(number)].name;
  has_double_ = text_of(state_->device, CL_DEVICE_EXTENSIONS).find("cl_khr_fp64") != std::string::npos;
  cl_int status = CL_SUCCESS;
  state_->context = clCreateContext(nullptr, 1, &state_->device, nullptr, nullptr, &status);
  check(status, "clCreateContext");
  state_->queue = clCreateCommandQueue(state_->context, state_->device, 0, &status);
  check(status, "clCreateCommandQueue");
}

Device::~Device() = default;

void Device::run(std::string_view source, const std::string& options, const char* kernel,
                 const std::vector<Argument>& arguments, int64_t count) {
  const cl_kernel compiled = state_->kernel_of(source, options, kernel);
  for (size_t k = 0; k < arguments.size(); ++k) {
    check(clSetKernelArg(compiled, static_cast<cl_uint>(k), arguments[k].size, arguments[k].value), "clSetKernelArg");
  }
  // Work items beyond `count` fill the last group; the kernels leave them out.
  const size_t group = kGroup, items = (static_cast<size_t>(count) + group - 1) / group * group;
  check(clEnqueueNDRangeKernel(state_->queue, compiled, 1, nullptr, &items, &group, 0, nullptr, nullptr),
        "clEnqueueNDRangeKernel");
  check(clFinish(state_->queue), "clFinish");
}

Buffer::Buffer(Device& device, int64_t bytes) : device_(&device) {
  cl_int status = CL_SUCCESS;
  const size_t size = static_cast<size_t>(std::max<int64_t>(bytes, 1));
  cl_mem memory = clCreateBuffer(device.state_->context, CL_MEM_READ_WRITE, size, nullptr, &status);
  check(status, "clCreateBuffer");
  memory_ = std::shared_ptr<void>(memory, [](void* handle) { clReleaseMemObject(static_cast<cl_mem>(handle)); });
}

void Buffer::write(const void* from, int64_t bytes) {
  if (bytes == 0) return;
  check(clEnqueueWriteBuffer(device_->state_->queue, static_cast<cl_mem>(handle()), CL_TRUE, 0,
                             static_cast<size_t>(bytes), from, 0, nullptr, nullptr),
        "clEnqueueWriteBuffer");
}

void Buffer::read(void* to, int64_t bytes) const {
  if (bytes == 0) return;
  check(clEnqueueReadBuffer(device_->state_->queue, static_cast<cl_mem>(handle()), CL_TRUE, 0,
                            static_cast<size_t>(bytes), to, 0, nullptr, nullptr),
        "clEnqueueReadBuffer");
}

}  // namespace spinel::kernels::opencl
