// Loops on libtorch's own threads.
#pragma once

#include "spinel/base/parallel.h"

namespace spinel {

/// Runs on the OpenMP pool that libtorch's operators use, with at::get_num_threads() threads: a second pool beside it
/// would double the threads and, by their spinning, slow both down. Called through GOMP_parallel, which every OpenMP
/// run-time that libtorch is built with offers, so that our compiler needs no OpenMP at all. (at::parallel_for is no
/// alternative: compiled without -fopenmp it is a serial loop.)
/// In a forked child whose parent has used the pool its threads are missing: call at::set_num_threads(1) there.
const ParallelFor& torch_parallel();

}  // namespace spinel
