// Times graph functions on a graph of an archive, once for each line on standard input; driven by graph.py.
// graph_bench GRAPH.npz: rowptr, col, nodes, all int64. Lines: random_walk LENGTH | saint_subgraph |
// sample_adj COUNT REPLACE | reverse_cuthill_mckee | partition PARTS RECURSIVE. Answers: seconds, the size of the
// result, and a figure of its quality (0 where there is none).
#include <ATen/ATen.h>
#include <ATen/Parallel.h>

#include <chrono>
#include <cstdlib>
#include <functional>
#include <iostream>
#include <map>
#include <sstream>

#include "spinel/base/error.h"
#include "spinel/base/npy.h"
#include "spinel/hosts/torch/operators.h"

namespace {

using at::Tensor;
using spinel::hosts::torch_operator;

struct Graph {
  Tensor rowptr, col, nodes;
};

Tensor read_indices(spinel::NpzFile& file, const char* key) {
  const spinel::NpyArray array = file.array(key);
  spinel::require(array.kind == 'i' && array.size == 8, "{}: it is not int64; convert it", key);
  const Tensor made = at::empty({array.num_elements()}, at::kLong);
  const auto* from = reinterpret_cast<const char*>(array.bytes.data());
  std::copy(from, from + array.bytes.size(), static_cast<char*>(made.data_ptr()));
  return made;
}

struct Answer {
  int64_t size = 0;
  double quality = 0;
};

/// Calls an operator of `spinel` and gives its results.
std::vector<c10::IValue> call(const char* name, std::vector<c10::IValue> stack) {
  torch_operator(name).callBoxed(stack);
  return stack;
}

/// The largest distance of an entry from the diagonal in an order of the nodes.
double bandwidth(const Graph& graph, const Tensor& order) {
  Tensor place = at::empty_like(order);
  place.index_put_({order}, at::arange(order.numel()));
  const Tensor row = at::repeat_interleave(place, graph.rowptr.diff());
  return (row - place.index_select(0, graph.col)).abs().max().item<double>();
}

double edge_cut(const Graph& graph, const Tensor& part) {
  const Tensor row = at::repeat_interleave(part, graph.rowptr.diff());
  return static_cast<double>(row.ne(part.index_select(0, graph.col)).sum().item<int64_t>()) / 2;
}

/// Seconds of the call alone, and what came of it.
std::pair<double, Answer> run(const Graph& graph, const std::string& line) {
  std::istringstream words(line);
  std::string name;
  int64_t number = 0, flag = 0;
  words >> name >> number >> flag;
  const Tensor &rowptr = graph.rowptr, &col = graph.col, &nodes = graph.nodes;
  const std::map<std::string, std::vector<c10::IValue>> calls = {
      {"random_walk", {rowptr, col, nodes, number}},
      {"saint_subgraph", {nodes, rowptr, col, col}},
      {"sample_adj", {rowptr, col, nodes, number, flag != 0}},
      {"reverse_cuthill_mckee", {rowptr, col}},
      {"partition", {rowptr, col, c10::IValue(), number, flag != 0}},
  };
  const auto found = calls.find(name);
  spinel::require(found != calls.end(), "{}: there is no such benchmark; see the head of graph_bench.cc", name);
  const auto begin = std::chrono::steady_clock::now();
  const std::vector<c10::IValue> results = call(name.c_str(), found->second);
  const std::chrono::duration<double> taken = std::chrono::steady_clock::now() - begin;
  Answer answer{results.back().toTensor().numel(), 0};
  if (name == "reverse_cuthill_mckee") answer.quality = bandwidth(graph, results[0].toTensor());
  if (name == "partition") answer.quality = edge_cut(graph, results[0].toTensor());
  return {taken.count(), answer};
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) {
    std::cerr << "usage: graph_bench GRAPH.npz, driven by bench/sparse/graph.py\n";
    return 2;
  }
  if (const char* threads = std::getenv("OMP_NUM_THREADS")) at::set_num_threads(std::atoi(threads));
  try {
    spinel::NpzFile file = spinel::NpzFile::open(argv[1]);
    const Graph graph{read_indices(file, "rowptr"), read_indices(file, "col"), read_indices(file, "nodes")};
    for (std::string line; std::getline(std::cin, line);) {
      const auto [seconds, answer] = run(graph, line);
      std::cout << spinel::format("{} {} {}", seconds, answer.size, answer.quality) << std::endl;
    }
  } catch (const std::exception& error) {
    std::cerr << error.what() << '\n';
    return 1;
  }
}
