// Sets of graphs in the text files of the TU collection: <name>_A.txt, <name>_graph_labels.txt and so on.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "spinel/graph/data/data.h"

namespace spinel::graph {

struct TUOptions {
  std::string root;            ///< the folder of the files, or one with them in <name>/raw/ or <name>/
  std::string name;            ///< what their names begin with; empty: that of the one <name>_A.txt in the folder
  bool use_node_attr = false;  ///< x begins with the columns of <name>_node_attributes.txt
  bool use_edge_attr = false;  ///< edge_attr begins with those of <name>_edge_attributes.txt
};

struct TUSet {
  std::vector<Data> graphs;
  /// What class k is called in the file: class labels are renumbered in rising order. Empty: y holds the numbers of
  /// <name>_graph_attributes.txt [1, columns] float32, or there is no y.
  std::vector<int64_t> classes;
};

/// x: attributes where they are asked for, then each column of <name>_node_labels.txt as one-hot codes from its least
/// label on; edge_attr likewise; undefined where there is neither. Loops are dropped and edges coalesced (attributes
/// summed), as torch_geometric does. Morris et al., arXiv:2007.08663.
///
/// A missing file: not_found; text that is no number, rows that are not as many as nodes, edges or graphs, an edge
/// between graphs, graphs that are not in order, labels of more than 65536 kinds or 2³⁰ codes: corrupt, with file and
/// line.
TUSet read_tu(const TUOptions& options);

/// The text of one part of a set: "A", "graph_indicator", "node_labels" and so on; absent where there is none.
using TUTexts = std::function<std::optional<std::string>(const std::string& part)>;

/// What read_tu() does with the texts of the files <prefix>_<part>.txt, whose names its messages begin with. `root` and
/// `name` of the options do not count.
TUSet parse_tu(const TUTexts& texts, const std::string& prefix, const TUOptions& options = {});

}  // namespace spinel::graph
