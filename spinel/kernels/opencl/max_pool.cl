// The OpenCL kernels of max pooling, behind max_pool_geometry.h and max_pool_element.h. The program is built for one type:
// POOL_STORED, POOL_NUMBER (what is compared), POOL_SUM and the functions below come from the build's options.
__kernel void forward(const PoolGeometry g, long n, int channels_last, __global const POOL_STORED* x,
                      const PoolStrides xs, __global POOL_STORED* y, const PoolStrides ys, int index_type,
                      __global void* index, const PoolStrides is) {
  const long id = get_global_id(0);
  if (id >= n) return;
  pool_forward_element(&g, pool_position(&g, id, channels_last), x, &xs, y, &ys, index_type, index, &is);
}

__kernel void backward(const PoolGeometry g, long n, int channels_last, __global const POOL_STORED* dy,
                       const PoolStrides ys, int index_type, __global const void* index, const PoolStrides is,
                       __global POOL_STORED* dx, const PoolStrides xs) {
  const long id = get_global_id(0);
  if (id >= n) return;
  pool_backward_element(&g, pool_input_position(&g, id, channels_last), dy, &ys, index_type, index, &is, dx, &xs);
}

__kernel void gather(const PoolGeometry g, long n, int channels_last, __global const POOL_STORED* ddx,
                     const PoolStrides xs, int index_type, __global const void* index, const PoolStrides is,
                     __global POOL_STORED* ddy, const PoolStrides ys) {
  const long id = get_global_id(0);
  if (id >= n) return;
  pool_gather_element(&g, pool_position(&g, id, channels_last), ddx, &xs, index_type, index, &is, ddy, &ys);
}
