// A graph with features and labels, as it is read from files and put into batches.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <span>
#include <string>

namespace spinel::graph {

/// Undefined: the graph has none. The names are those of torch_geometric's Data.
struct Data {
  int64_t num_nodes = 0;
  at::Tensor x;            ///< [N, F] floating
  at::Tensor edge_index;   ///< [2, E] int64, row 0 source, row 1 target
  at::Tensor edge_weight;  ///< [E] floating
  at::Tensor edge_attr;    ///< [E, D] floating
  at::Tensor y;            ///< of nodes [N, …], of a graph [1, …]; classes int64
  /// [N] boolean: the nodes of each part.
  at::Tensor train_mask, val_mask, test_mask;
};

/// Edges outside the nodes, rows that are not as many as nodes or edges, other types: invalid_argument that `name`
/// begins.
void check(const Data& data, const std::string& name);

/// A safetensors file with the tensors above under their names (num_nodes: an int64 of one number; absent: the rows of
/// x, else of y, else what edge_index needs). Integers are converted to int64, a vector x to one column. Tensors of
/// other names are left alone. Errors as SafetensorsFile::open and check().
Data read_data(const std::string& path);

/// What batches of graphs are made of.
struct Batch {
  Data data;         ///< all nodes and edges one after another, edges renumbered; y along the first axis; no masks
  at::Tensor batch;  ///< [N] int64 the graph of each node
  at::Tensor ptr;    ///< [B + 1] int64 where the nodes of each graph begin
};
/// Graphs, at least one, that have the same parts. Others: invalid_argument.
Batch collate(std::span<const Data* const> graphs);

}  // namespace spinel::graph
