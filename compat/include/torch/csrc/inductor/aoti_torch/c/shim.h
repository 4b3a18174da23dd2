// The C functions behind PyTorch's stable ABI: handles, values of 64 bits, registration, calls, tensors.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

// Libraries that were built against PyTorch's own headers call the same functions, so names and signatures are fixed.
#define AOTI_TORCH_EXPORT __attribute__((visibility("default")))

typedef struct AtenTensorOpaque* AtenTensorHandle;
typedef struct AtenGeneratorOpaque* AtenGeneratorHandle;
typedef struct TorchLibraryOpaque* TorchLibraryHandle;
typedef struct StableListOpaque* StableListHandle;
typedef struct StringOpaque* StringHandle;
typedef struct DeviceGuardOpaque DeviceGuardOpaque;
typedef DeviceGuardOpaque* DeviceGuardHandle;
typedef struct StreamOpaque StreamOpaque;
typedef StreamOpaque* StreamHandle;
typedef int32_t AOTITorchError;
/// An argument or result: a number in its low bytes, or a handle that the receiver owns.
typedef uint64_t StableIValue;
#define AOTI_TORCH_SUCCESS 0
#define AOTI_TORCH_FAILURE 1

// The codes of PyTorch, by the names of its functions.
#define SPINEL_SHIM_FOR_EACH_DTYPE(X) \
  X(uint8, 0)                         \
  X(int8, 1)                          \
  X(int16, 2)                         \
  X(int32, 3)                         \
  X(int64, 4)                         \
  X(float16, 5)                       \
  X(float32, 6)                       \
  X(float64, 7)                       \
  X(complex32, 8)                     \
  X(complex64, 9)                     \
  X(complex128, 10)                   \
  X(bool, 11)                         \
  X(bfloat16, 15)                     \
  X(float8_e5m2, 23)                  \
  X(float8_e4m3fn, 24)                \
  X(float8_e5m2fnuz, 25)              \
  X(float8_e4m3fnuz, 26)              \
  X(uint16, 27)                       \
  X(uint32, 28)                       \
  X(uint64, 29)
#define SPINEL_SHIM_FOR_EACH_DEVICE_TYPE(X) \
  X(cpu, 0)                                 \
  X(cuda, 1)                                \
  X(meta, 14)                               \
  X(xpu, 12)                                \
  X(mps, 13)                                \
  X(privateuse1, 20)
#define SPINEL_SHIM_FOR_EACH_LAYOUT(X) \
  X(strided, 0)                        \
  X(sparse_coo, 1)                     \
  X(sparse_csr, 2)                     \
  X(_mkldnn, 3)                        \
  X(sparse_csc, 4)                     \
  X(sparse_bsr, 5)                     \
  X(sparse_bsc, 6)                     \
  X(jagged, 7)
#define SPINEL_SHIM_FOR_EACH_MEMORY_FORMAT(X) \
  X(contiguous_format, 0)                     \
  X(preserve_format, 1)                       \
  X(channels_last, 2)                         \
  X(channels_last_3d, 3)
#define SPINEL_SHIM_FOR_EACH_TAG(X) \
  X(core, 0)                        \
  X(cudagraph_unsafe, 1)            \
  X(data_dependent_output, 2)       \
  X(dynamic_output_shape, 3)        \
  X(flexible_layout, 4)             \
  X(generated, 5)                   \
  X(inplace, 6)                     \
  X(inplace_view, 7)                \
  X(maybe_aliasing_or_mutating, 8)  \
  X(needs_contiguous_strides, 9)    \
  X(needs_exact_strides, 10)        \
  X(needs_fixed_stride_order, 11)   \
  X(nondeterministic_bitwise, 12)   \
  X(nondeterministic_seeded, 13)    \
  X(out, 14)                        \
  X(out_variant, 15)                \
  X(pointwise, 16)                  \
  X(pt2_compliant_tag, 17)          \
  X(reduction, 18)                  \
  X(view_copy, 19)

#ifdef __cplusplus
extern "C" {
#endif

#define SPINEL_SHIM_DECLARE(name, code) AOTI_TORCH_EXPORT int32_t aoti_torch_dtype_##name();
SPINEL_SHIM_FOR_EACH_DTYPE(SPINEL_SHIM_DECLARE)
#undef SPINEL_SHIM_DECLARE
#define SPINEL_SHIM_DECLARE(name, code) AOTI_TORCH_EXPORT int32_t aoti_torch_device_type_##name();
SPINEL_SHIM_FOR_EACH_DEVICE_TYPE(SPINEL_SHIM_DECLARE)
#undef SPINEL_SHIM_DECLARE
#define SPINEL_SHIM_DECLARE(name, code) AOTI_TORCH_EXPORT int32_t aoti_torch_layout_##name();
SPINEL_SHIM_FOR_EACH_LAYOUT(SPINEL_SHIM_DECLARE)
#undef SPINEL_SHIM_DECLARE
#define SPINEL_SHIM_DECLARE(name, code) AOTI_TORCH_EXPORT int32_t aoti_torch_memory_format_##name();
SPINEL_SHIM_FOR_EACH_MEMORY_FORMAT(SPINEL_SHIM_DECLARE)
#undef SPINEL_SHIM_DECLARE
#define SPINEL_SHIM_DECLARE(name, code) AOTI_TORCH_EXPORT int32_t torch_tag_##name();
SPINEL_SHIM_FOR_EACH_TAG(SPINEL_SHIM_DECLARE)
#undef SPINEL_SHIM_DECLARE
AOTI_TORCH_EXPORT int32_t torch_dtype_float8_e8m0fnu();
AOTI_TORCH_EXPORT int32_t torch_dtype_float4_e2m1fn_x2();

/// The release whose functions are here: 2.13.0.
AOTI_TORCH_EXPORT uint64_t aoti_torch_abi_version();
/// What the thread's last failed function has to say.
AOTI_TORCH_EXPORT const char* torch_exception_get_what();
AOTI_TORCH_EXPORT const char* torch_exception_get_what_without_backtrace();

// Registration. A kernel takes its arguments from the stack and puts its results there, from the first place on.
typedef void (*StableKernel)(StableIValue* stack, uint64_t num_args, uint64_t num_outputs);
AOTI_TORCH_EXPORT AOTITorchError aoti_torch_library_init_def(const char* ns, const char* file, uint32_t line,
                                                             TorchLibraryHandle* ret);
AOTI_TORCH_EXPORT AOTITorchError aoti_torch_library_init_fragment(const char* ns, const char* file, uint32_t line,
                                                                  TorchLibraryHandle* ret);
AOTI_TORCH_EXPORT AOTITorchError aoti_torch_library_init_impl(const char* ns, const char* k, const char* file,
                                                              uint32_t line, TorchLibraryHandle* ret);
AOTI_TORCH_EXPORT AOTITorchError aoti_torch_delete_library_object(TorchLibraryHandle library);
AOTI_TORCH_EXPORT AOTITorchError aoti_torch_library_def(TorchLibraryHandle library, const char* schema);
AOTI_TORCH_EXPORT AOTITorchError torch_library_def_with_tags(TorchLibraryHandle library, const char* schema,
                                                             const int32_t* tags, int32_t num_tags);
AOTI_TORCH_EXPORT AOTITorchError aoti_torch_library_impl(TorchLibraryHandle library, const char* name,
                                                         StableKernel kernel);
AOTI_TORCH_EXPORT AOTITorchError torch_library_impl(TorchLibraryHandle library, const char* name, StableKernel kernel,
                                                    uint64_t extension_build_version);
AOTI_TORCH_EXPORT AOTITorchError torch_library_set_python_module(TorchLibraryHandle library, const char* module,
                                                                 const char* context);

// Calls: arguments in, results out, both from the first place of the stack on.
AOTI_TORCH_EXPORT AOTITorchError aoti_torch_call_dispatcher(const char* name, const char* overload,
                                                            StableIValue* stack);
AOTI_TORCH_EXPORT AOTITorchError torch_call_dispatcher(const char* name, const char* overload, StableIValue* stack,
                                                       uint64_t extension_build_version);

// Lists and strings, owned by whoever holds the handle; optional values are a pointer to one, null for None.
AOTI_TORCH_EXPORT AOTITorchError torch_new_list_reserve_size(size_t size, StableListHandle* ret);
AOTI_TORCH_EXPORT AOTITorchError torch_list_size(StableListHandle list, size_t* size);
AOTI_TORCH_EXPORT AOTITorchError torch_list_get_item(StableListHandle list, size_t index, StableIValue* element);
AOTI_TORCH_EXPORT AOTITorchError torch_list_set_item(StableListHandle list, size_t index, StableIValue element);
AOTI_TORCH_EXPORT AOTITorchError torch_list_push_back(StableListHandle list, StableIValue element);
AOTI_TORCH_EXPORT AOTITorchError torch_delete_list(StableListHandle list);
AOTI_TORCH_EXPORT AOTITorchError torch_new_string_handle(const char* data, size_t length, StringHandle* handle);
AOTI_TORCH_EXPORT AOTITorchError torch_delete_string(StringHandle handle);
AOTI_TORCH_EXPORT AOTITorchError torch_string_length(StringHandle handle, size_t* length);
AOTI_TORCH_EXPORT AOTITorchError torch_string_c_str(StringHandle handle, const char** data);
AOTI_TORCH_EXPORT AOTITorchError torch_new_stable_ivalue(StableIValue** ret);
AOTI_TORCH_EXPORT AOTITorchError torch_delete_stable_ivalue(StableIValue* value);
AOTI_TORCH_EXPORT AOTITorchError torch_parse_device_string(const char* text, uint32_t* type, int32_t* index);

// Tensors.
AOTI_TORCH_EXPORT AOTITorchError aoti_torch_new_uninitialized_tensor(AtenTensorHandle* ret);
AOTI_TORCH_EXPORT AOTITorchError aoti_torch_new_tensor_handle(AtenTensorHandle original, AtenTensorHandle* ret);
AOTI_TORCH_EXPORT AOTITorchError aoti_torch_delete_tensor_object(AtenTensorHandle tensor);
AOTI_TORCH_EXPORT AOTITorchError aoti_torch_is_defined(AtenTensorHandle tensor, bool* ret);
AOTI_TORCH_EXPORT AOTITorchError aoti_torch_is_contiguous(AtenTensorHandle tensor, bool* ret);
AOTI_TORCH_EXPORT AOTITorchError aoti_torch_get_data_ptr(AtenTensorHandle tensor, void** ret);
AOTI_TORCH_EXPORT AOTITorchError torch_get_mutable_data_ptr(AtenTensorHandle tensor, void** ret);
AOTI_TORCH_EXPORT AOTITorchError torch_get_const_data_ptr(AtenTensorHandle tensor, const void** ret);
AOTI_TORCH_EXPORT AOTITorchError aoti_torch_get_numel(AtenTensorHandle tensor, int64_t* ret);
AOTI_TORCH_EXPORT AOTITorchError aoti_torch_get_dim(AtenTensorHandle tensor, int64_t* ret);
AOTI_TORCH_EXPORT AOTITorchError aoti_torch_get_sizes(AtenTensorHandle tensor, int64_t** ret);
AOTI_TORCH_EXPORT AOTITorchError aoti_torch_get_strides(AtenTensorHandle tensor, int64_t** ret);
AOTI_TORCH_EXPORT AOTITorchError aoti_torch_get_size(AtenTensorHandle tensor, int64_t dimension, int64_t* ret);
AOTI_TORCH_EXPORT AOTITorchError aoti_torch_get_stride(AtenTensorHandle tensor, int64_t dimension, int64_t* ret);
AOTI_TORCH_EXPORT AOTITorchError aoti_torch_get_dtype(AtenTensorHandle tensor, int32_t* ret);
AOTI_TORCH_EXPORT AOTITorchError aoti_torch_get_layout(AtenTensorHandle tensor, int32_t* ret);
AOTI_TORCH_EXPORT AOTITorchError aoti_torch_get_device_type(AtenTensorHandle tensor, int32_t* ret);
AOTI_TORCH_EXPORT AOTITorchError aoti_torch_get_device_index(AtenTensorHandle tensor, int32_t* ret);
AOTI_TORCH_EXPORT AOTITorchError aoti_torch_empty_strided(int64_t ndim, const int64_t* sizes, const int64_t* strides,
                                                          int32_t dtype, int32_t device_type, int32_t device_index,
                                                          AtenTensorHandle* ret);
/// Memory of the caller's, which outlives the tensor; `storage_offset` counts elements from `data`. Only strided ones.
AOTI_TORCH_EXPORT AOTITorchError aoti_torch_create_tensor_from_blob(void* data, int64_t ndim, const int64_t* sizes,
                                                                    const int64_t* strides, int64_t storage_offset,
                                                                    int32_t dtype, int32_t device_type,
                                                                    int32_t device_index, AtenTensorHandle* ret);
AOTI_TORCH_EXPORT AOTITorchError aoti_torch_create_tensor_from_blob_v2(void* data, int64_t ndim, const int64_t* sizes,
                                                                       const int64_t* strides, int64_t storage_offset,
                                                                       int32_t dtype, int32_t device_type,
                                                                       int32_t device_index, AtenTensorHandle* ret,
                                                                       int32_t layout, const uint8_t* opaque_metadata,
                                                                       int64_t opaque_metadata_size);
/// As above; `deleter(data, deleter_ctx)` runs when the last use ends, and also where this fails.
AOTI_TORCH_EXPORT AOTITorchError torch_from_blob(void* data, int64_t ndim, const int64_t* sizes, const int64_t* strides,
                                                 int64_t storage_offset, int32_t dtype, int32_t device_type,
                                                 int32_t device_index, AtenTensorHandle* ret, int32_t layout,
                                                 const uint8_t* opaque_metadata, int64_t opaque_metadata_size,
                                                 void (*deleter)(void* data, void* ctx), void* deleter_ctx);
AOTI_TORCH_EXPORT size_t aoti_torch_dtype_element_size(int32_t dtype);
/// False is what tensors have anyway; true is an error, as gradients are the host's.
AOTI_TORCH_EXPORT AOTITorchError torch_set_requires_grad(AtenTensorHandle tensor, bool requires_grad);

// Operators of PyTorch that have a C function of their own. Null pointers stand for None.
AOTI_TORCH_EXPORT AOTITorchError aoti_torch_aten_amax(AtenTensorHandle self, const int64_t* dims, int64_t num_dims,
                                                      int32_t keepdim, AtenTensorHandle* ret);
AOTI_TORCH_EXPORT AOTITorchError aoti_torch_aten_fill__Scalar(AtenTensorHandle self, double value);
AOTI_TORCH_EXPORT AOTITorchError aoti_torch_aten_full(const int64_t* size, int64_t num_sizes, double fill_value,
                                                      int32_t* dtype, int32_t* layout, int32_t* device_type,
                                                      int32_t device_index, int32_t* pin_memory, AtenTensorHandle* ret);
AOTI_TORCH_EXPORT AOTITorchError aoti_torch_aten_narrow(AtenTensorHandle self, int64_t dim, int64_t start,
                                                        int64_t length, AtenTensorHandle* ret);
AOTI_TORCH_EXPORT AOTITorchError aoti_torch_aten_new_empty(AtenTensorHandle self, const int64_t* size,
                                                           int64_t num_sizes, int32_t* dtype, int32_t* layout,
                                                           int32_t* device_type, int32_t device_index,
                                                           int32_t* pin_memory, AtenTensorHandle* ret);
AOTI_TORCH_EXPORT AOTITorchError aoti_torch_aten_new_zeros(AtenTensorHandle self, const int64_t* size,
                                                           int64_t num_sizes, int32_t* dtype, int32_t* layout,
                                                           int32_t* device_type, int32_t device_index,
                                                           int32_t* pin_memory, AtenTensorHandle* ret);
/// Mode "constant" alone.
AOTI_TORCH_EXPORT AOTITorchError aoti_torch_aten_pad(AtenTensorHandle self, const int64_t* pad, int64_t num_pads,
                                                     const char* mode, double* value, AtenTensorHandle* ret);
/// self - alpha * other
AOTI_TORCH_EXPORT AOTITorchError aoti_torch_aten_subtract_Tensor(AtenTensorHandle self, AtenTensorHandle other,
                                                                 double alpha, AtenTensorHandle* ret);

// Threads: those of the process-wide pool. An index is below the number of threads; outside of a loop it is 0.
typedef void (*ParallelFunc)(int64_t begin, int64_t end, void* ctx);
AOTI_TORCH_EXPORT AOTITorchError torch_parallel_for(int64_t begin, int64_t end, int64_t grain_size, ParallelFunc func,
                                                    void* ctx);
AOTI_TORCH_EXPORT AOTITorchError torch_get_thread_idx(uint32_t* index);
AOTI_TORCH_EXPORT AOTITorchError torch_get_num_threads(uint32_t* count);

// Devices and their queues. The layer queues nothing: the one device is number 0, its one queue is number 0 and has no
// native handle. Another device, and all that is CUDA's, is an error.
AOTI_TORCH_EXPORT AOTITorchError aoti_torch_create_device_guard(int32_t device_index, DeviceGuardHandle* ret);
AOTI_TORCH_EXPORT AOTITorchError aoti_torch_delete_device_guard(DeviceGuardHandle guard);
AOTI_TORCH_EXPORT AOTITorchError aoti_torch_device_guard_set_index(DeviceGuardHandle guard, int32_t device_index);
AOTI_TORCH_EXPORT AOTITorchError aoti_torch_get_current_device_index(int32_t* device_index);
AOTI_TORCH_EXPORT AOTITorchError aoti_torch_get_current_stream(int32_t device_index, StreamHandle* ret);
AOTI_TORCH_EXPORT AOTITorchError aoti_torch_delete_stream(StreamHandle stream);
AOTI_TORCH_EXPORT AOTITorchError aoti_torch_stream_id(StreamHandle stream, int64_t* id);
AOTI_TORCH_EXPORT AOTITorchError torch_stream_native_handle(StreamHandle stream, void** native_handle);
AOTI_TORCH_EXPORT AOTITorchError aoti_torch_get_current_cuda_stream(int32_t device_index, void** stream);
AOTI_TORCH_EXPORT AOTITorchError torch_set_current_cuda_stream(void* stream, int32_t device_index);
AOTI_TORCH_EXPORT AOTITorchError torch_get_cuda_stream_from_pool(bool high_priority, int32_t device_index,
                                                                 void** stream);
AOTI_TORCH_EXPORT AOTITorchError torch_cuda_stream_synchronize(void* stream, int32_t device_index);
AOTI_TORCH_EXPORT AOTITorchError torch_get_current_cuda_blas_handle(void** handle);
/// The text of a cudaError_t other than 0, to be freed by the function below; null for 0.
AOTI_TORCH_EXPORT AOTITorchError torch_c10_cuda_check_msg(int32_t error, const char* file, const char* function,
                                                          uint32_t line, bool include_device_assertions,
                                                          char** message);
AOTI_TORCH_EXPORT void torch_c10_cuda_free_error_msg(char* message);

// Generators of the host's.
AOTI_TORCH_EXPORT AOTITorchError torch_new_generator_handle(AtenGeneratorHandle self, AtenGeneratorHandle* ret);
AOTI_TORCH_EXPORT AOTITorchError torch_delete_generator(AtenGeneratorHandle generator);
AOTI_TORCH_EXPORT AOTITorchError torch_generator_get_device(AtenGeneratorHandle generator, int32_t* device_type,
                                                            int32_t* device_index);

/// A warning on stderr.
AOTI_TORCH_EXPORT void aoti_torch_warn(const char* function, const char* file, uint32_t line, const char* message);
/// Throws a runtime_error where the condition does not hold.
AOTI_TORCH_EXPORT void aoti_torch_check(bool condition, const char* function, const char* file, uint32_t line,
                                        const char* message);

// Of the layer alone.
/// Lets libraries load that name libtorch's files as needed (libtorch_cpu.so, libc10.so, …) where no libtorch is in the
/// process: files of these names beside this library stand in for them, until the process ends.
AOTI_TORCH_EXPORT AOTITorchError spinel_provide_torch_names();
/// Defines PyTorch's own operators (aten::…) as far as libraries call them, where nobody has; more calls do nothing.
AOTI_TORCH_EXPORT AOTITorchError spinel_define_aten_operators();

#ifdef __cplusplus
}
#endif
