// Times reading an extended XYZ file, once for each line on standard input; driven by xyz.py.
#include <chrono>
#include <iostream>

#include "spinel/atoms/xyz.h"
#include "spinel/base/format.h"

int main(int argc, char** argv) {
  if (argc != 2) {
    std::cerr << "usage: xyz_bench FILE\n";
    return 2;
  }
  for (std::string line; std::getline(std::cin, line);) {
    const auto begin = std::chrono::steady_clock::now();
    const auto frames = spinel::read_xyz(argv[1]);
    const std::chrono::duration<double> taken = std::chrono::steady_clock::now() - begin;
    double sum = 0;
    for (const auto& frame : frames) {
      for (const auto& r : frame.positions) sum += r[0] + r[1] + r[2];
    }
    std::cout << spinel::format("{} {} {}", taken.count(), frames.size(), sum) << std::endl;
  }
}
