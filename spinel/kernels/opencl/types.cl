// What the type of elements means for the common source; TYPE_… is defined by the build's options.
#define POOL_TEMPLATE
#define POOL_GLOBAL __global
#ifdef TYPE_F64
#pragma OPENCL EXTENSION cl_khr_fp64 : enable
#endif
#if defined(TYPE_F16)
#define POOL_STORED ushort
#define POOL_NUMBER float
#define POOL_SUM float
#define pool_number(x, i) pool_from_half((x)[i])
#define pool_store(value, to) (*(to) = pool_to_half(value))
#elif defined(TYPE_BF16)
#define POOL_STORED ushort
#define POOL_NUMBER float
#define POOL_SUM float
#define pool_number(x, i) pool_from_bf16((x)[i])
#define pool_store(value, to) (*(to) = pool_to_bf16(value))
#else
#define POOL_NUMBER POOL_STORED
#define POOL_SUM POOL_STORED
#define pool_number(x, i) ((x)[i])
#define pool_store(value, to) (*(to) = (POOL_STORED)(value))
#endif
