// Times the neighbour list on points of a binary file, once for each line on standard input; driven by
// neighbor_list.py. neighbor_list_bench POINTS CUTOFF EDGE SORTED: POINTS holds [n, 3] doubles in a periodic cube of
// EDGE Å. Without arguments: the table of linearity, n = 10³ … 10⁶ at 0.1 atoms/Å³ and 5 Å.
#include <chrono>
#include <cmath>
#include <cstdlib>
#include <iostream>
#include <random>

#include "spinel/atoms/neighbor_list.h"
#include "spinel/base/format.h"
#include "spinel/base/parallel.h"
#include "spinel/base/platform/file.h"

namespace {

using spinel::Matrix3;
using spinel::Vector3;

struct Timed {
  double seconds;
  int64_t pairs;
  double checksum;
};

Timed run(const std::vector<Vector3>& points, double edge, const spinel::NeighborOptions& options,
          const spinel::ParallelFor& parallel) {
  const Matrix3 cell{{{edge, 0, 0}, {0, edge, 0}, {0, 0, edge}}};
  const auto begin = std::chrono::steady_clock::now();
  const auto list = spinel::find_neighbors(points, cell, {true, true, true}, options, parallel);
  const std::chrono::duration<double> taken = std::chrono::steady_clock::now() - begin;
  double sum = 0;
  for (double d : list.distance) sum += d;
  return {taken.count(), list.size(), sum};
}

void linearity(const spinel::ParallelFor& parallel) {
  std::cout << "atoms      pairs      ms (best of 3)   ns/pair\n";
  for (int64_t n : {1000, 3000, 10000, 30000, 100000, 300000, 1000000}) {
    const double edge = std::cbrt(static_cast<double>(n) / 0.1);
    std::mt19937_64 generator(1);
    std::uniform_real_distribution<double> uniform(0, edge);
    std::vector<Vector3> points(n);
    for (auto& r : points) r = {uniform(generator), uniform(generator), uniform(generator)};
    Timed best{1e9, 0, 0};
    for (int trial = 0; trial < 3; ++trial) {
      const Timed timed = run(points, edge, {}, parallel);
      if (timed.seconds < best.seconds) best = timed;
    }
    std::cout << spinel::format("{:8d} {:10d} {:12.2f} {:12.2f}\n", n, best.pairs, best.seconds * 1e3,
                                best.seconds * 1e9 / static_cast<double>(best.pairs));
  }
}

}  // namespace

int main(int argc, char** argv) {
  const char* threads = std::getenv("OMP_NUM_THREADS");
  const int count = threads ? std::atoi(threads) : 1;
  if (count > 1) spinel::set_thread_pool_size(count);
  const spinel::ParallelFor& parallel = count > 1 ? spinel::thread_pool() : spinel::serial();
  if (argc != 5) {
    linearity(parallel);
    return 0;
  }
  const std::string bytes = spinel::read_file(argv[1]);
  std::vector<Vector3> points(bytes.size() / sizeof(Vector3));
  std::copy(bytes.begin(), bytes.end(), reinterpret_cast<char*>(points.data()));
  spinel::NeighborOptions options;
  options.cutoff = std::atof(argv[2]);
  options.sorted = std::atoi(argv[4]) != 0;
  for (std::string line; std::getline(std::cin, line);) {
    const Timed timed = run(points, std::atof(argv[3]), options, parallel);
    std::cout << spinel::format("{} {} {}", timed.seconds, timed.pairs, timed.checksum) << std::endl;
  }
}
