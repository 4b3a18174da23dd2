# Data-parallel training on GPUs: where libtorch has NCCL's process group, the headers that its declaration includes.
# Nothing more is linked: libtorch_cuda.so holds the process group and brings NCCL along. Sets SPINEL_NCCL_DEFINITIONS
# and SPINEL_NCCL_INCLUDES. The headers come from a CUDA toolkit and libnccl-dev, or from wheels beside libtorch's
# (nvidia-nccl-cu13 and the others that torch installs, and nvidia-cuda-crt and nvidia-cuda-cccl, which it does not).
set(SPINEL_NCCL AUTO CACHE STRING "Training on several GPUs through NCCL: ON, OFF, or AUTO (where all it needs is found)")
set_property(CACHE SPINEL_NCCL PROPERTY STRINGS AUTO ON OFF)
set(SPINEL_NCCL_DEFINITIONS)
set(SPINEL_NCCL_INCLUDES)
if(NOT SPINEL_NCCL)
  return()
endif()

set(missing)
if(NOT EXISTS ${SPINEL_TORCH_DIR}/lib/libtorch_cuda.so)
  list(APPEND missing libtorch_cuda.so)
endif()
file(GLOB wheels ${SPINEL_TORCH_DIR}/../nvidia/*/include ${SPINEL_TORCH_DIR}/../nvidia/*/include/cccl)
foreach(header IN ITEMS nccl.h cuda_runtime_api.h crt/host_config.h cublas_v2.h cusparse.h cusolverDn.h nv/target)
  string(MAKE_C_IDENTIFIER spinel_header_${header} variable)
  find_path(${variable} ${header} HINTS ${wheels} ${SPINEL_CUDA_INCLUDE} $ENV{CUDA_HOME}/include /usr/local/cuda/include
            PATH_SUFFIXES cccl)
  mark_as_advanced(${variable})
  if(${variable})
    list(APPEND SPINEL_NCCL_INCLUDES ${${variable}})
  else()
    list(APPEND missing ${header})
  endif()
endforeach()
list(REMOVE_DUPLICATES SPINEL_NCCL_INCLUDES)

if(NOT missing)
  set(SPINEL_NCCL_DEFINITIONS USE_C10D_NCCL)
  message(STATUS "NCCL: data-parallel training on GPUs is built")
elseif(SPINEL_NCCL STREQUAL "AUTO")
  message(STATUS "NCCL: data-parallel training on GPUs is not built; missing: ${missing}")
  set(SPINEL_NCCL_INCLUDES)
else()
  message(FATAL_ERROR "SPINEL_NCCL: ${SPINEL_TORCH_DIR} and the include folders lack ${missing}; set SPINEL_TORCH_DIR "
    "to a libtorch with CUDA, and SPINEL_CUDA_INCLUDE to the folder of the headers")
endif()
