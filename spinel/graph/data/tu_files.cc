#include "spinel/graph/data/tu_files.h"

#include <ATen/ATen.h>

#include <algorithm>
#include <charconv>
#include <optional>
#include <string_view>

#include "spinel/base/error.h"
#include "spinel/base/platform/file.h"
#include "spinel/graph/utils/coalesce.h"
#include "spinel/graph/utils/self_loops.h"

namespace spinel::graph {
namespace {

/// Codes of labels from the least to the largest; more of them are no categories.
constexpr int64_t kMaxLabels = 1 << 16;
/// Entries of all codes of nodes, or of edges: 4 GiB. Two lines of text may ask for any number of them.
constexpr int64_t kMaxCodes = int64_t{1} << 30;

bool is_space(char c) { return c == ' ' || c == '\t' || c == '\r' || c == ','; }

/// The numbers of a file with the same number of columns in each line.
template <typename T>
struct Table {
  std::string path;
  std::vector<T> numbers;
  int64_t rows = 0, columns = 0;

  T at(int64_t row, int64_t column) const { return numbers[static_cast<size_t>(row * columns + column)]; }
  at::Tensor tensor() const { return at::tensor(numbers).reshape({rows, columns}); }
};

template <typename T>
Table<T> parse_table(const std::string& path, std::string_view text) {
  Table<T> table{path, {}, 0, 0};
  int64_t line = 0;
  for (const char *at = text.data(), *end = at + text.size(); at < end;) {
    ++line;
    const char* stop = std::find(at, end, '\n');
    int64_t columns = 0;
    while (true) {
      while (at < stop && is_space(*at)) ++at;
      if (at == stop) break;
      T number{};
      const auto [after, error] = std::from_chars(at, stop, number);
      const char* word_end = std::find_if(at, stop, is_space);
      if (error != std::errc() || after != word_end) {
        fail(ErrorKind::corrupt, "{}: line {}: '{}' is no {}", path, line,
             std::string_view(at, static_cast<size_t>(std::min<std::ptrdiff_t>(word_end - at, 40))),
             std::is_integral_v<T> ? "integer" : "number");
      }
      table.numbers.push_back(number);
      ++columns;
      at = after;
    }
    at = stop + (stop < end);
    if (columns == 0) continue;
    if (table.rows == 0) table.columns = columns;
    if (columns != table.columns) {
      fail(ErrorKind::corrupt, "{}: line {}: it has {} numbers; the lines before have {}", path, line, columns,
           table.columns);
    }
    ++table.rows;
  }
  return table;
}

/// Folder and prefix of the files.
std::string prefix_of(const TUOptions& options) {
  std::vector<std::string> folders{options.root};
  if (!options.name.empty()) {
    folders.push_back(join_path(join_path(options.root, options.name), "raw"));
    folders.push_back(join_path(options.root, options.name));
  }
  for (const std::string& folder : folders) {
    if (!folder_exists(folder)) continue;
    std::vector<std::string> names;
    for (const std::string& file : list_folder(folder)) {
      if (file.ends_with("_A.txt")) names.push_back(file.substr(0, file.size() - 6));
    }
    if (!options.name.empty())
      names.erase(
          std::remove_if(names.begin(), names.end(), [&](const std::string& name) { return name != options.name; }),
          names.end());
    require(names.size() <= 1, "{}: it holds the sets {}; say in 'name' which is meant", folder,
            join_text(names, ", "));
    if (names.size() == 1) return join_path(folder, names.front());
  }
  fail(ErrorKind::not_found, "{}: there is no {}_A.txt in it; a set of the TU collection has one", options.root,
       options.name.empty() ? "<name>" : options.name);
}

void require_rows(int64_t rows, int64_t needed, const std::string& path, const char* of) {
  if (rows != needed) fail(ErrorKind::corrupt, "{}: it has {} lines; there are {} {}", path, rows, needed, of);
}

/// The parts of a set, as tables.
class Parts {
 public:
  Parts(const TUTexts& texts, const std::string& prefix) : texts_(texts), prefix_(prefix) {}

  std::string path(const std::string& part) const { return prefix_ + "_" + part + ".txt"; }
  template <typename T>
  std::optional<Table<T>> find(const std::string& part) const {
    const std::optional<std::string> text = texts_(part);
    return text ? std::optional(parse_table<T>(path(part), *text)) : std::nullopt;
  }
  template <typename T>
  Table<T> at(const std::string& part) const {
    std::optional<Table<T>> table = find<T>(part);
    if (!table) fail(ErrorKind::not_found, "{}: there is no such file; it is needed", path(part));
    return std::move(*table);
  }
  /// With one number a line.
  std::optional<Table<int64_t>> find_column(const std::string& part) const {
    std::optional<Table<int64_t>> table = find<int64_t>(part);
    if (table && table->rows > 0 && table->columns != 1) {
      fail(ErrorKind::corrupt, "{}: lines have {} numbers; one is needed", table->path, table->columns);
    }
    return table;
  }

 private:
  const TUTexts& texts_;
  const std::string& prefix_;
};

/// One-hot codes of each column, from its least label on.
std::vector<at::Tensor> codes_of(const Table<int64_t>& table) {
  std::vector<at::Tensor> parts;
  const at::Tensor labels = table.tensor();
  int64_t width = 0;
  for (int64_t c = 0; c < table.columns && table.rows > 0; ++c) {
    const at::Tensor column = labels.select(1, c);
    const int64_t least = column.min().item<int64_t>(), largest = column.max().item<int64_t>();
    if (static_cast<uint64_t>(largest) - static_cast<uint64_t>(least) >= kMaxLabels) {
      fail(ErrorKind::corrupt, "{}: labels of column {} lie between {} and {}; at most {} kinds are taken", table.path,
           c + 1, least, largest, kMaxLabels);
    }
    width += largest - least + 1;
    if (width > kMaxCodes / table.rows) {
      fail(ErrorKind::corrupt, "{}: {} lines have labels of {} kinds or more; at most {} codes of both are taken",
           table.path, table.rows, width, kMaxCodes);
    }
    parts.push_back(at::zeros({table.rows, largest - least + 1}).scatter_(1, (column - least).unsqueeze(1), 1));
  }
  return parts;
}

/// Attributes, where asked for, then one-hot codes of the labels; undefined where there is neither.
at::Tensor features(const Parts& files, const std::string& kind, int64_t rows, bool use_attributes) {
  std::vector<at::Tensor> parts;
  const char* const of = kind == "node" ? "nodes" : "edges";
  if (use_attributes) {
    const Table<float> table = files.at<float>(kind + "_attributes");
    require_rows(table.rows, rows, table.path, of);
    parts.push_back(table.tensor());
  }
  if (const auto labels = files.find<int64_t>(kind + "_labels")) {
    require_rows(labels->rows, rows, labels->path, of);
    for (at::Tensor& codes : codes_of(*labels)) parts.push_back(std::move(codes));
  }
  return parts.empty() ? at::Tensor() : at::cat(parts, 1);
}

/// [graphs + 1]: where the nodes of each graph begin.
std::vector<int64_t> node_begins(const Table<int64_t>& indicator) {
  std::vector<int64_t> begins;
  int64_t current = 0;
  for (int64_t node = 0; node < indicator.rows; ++node) {
    const int64_t graph = indicator.at(node, 0);
    // Graphs are numbered from 1; each has at least one node.
    if (graph == current + 1) {
      begins.push_back(node);
      current = graph;
    } else if (graph != current || node == 0) {
      fail(ErrorKind::corrupt, "{}: line {}: graph {} follows graph {}; graphs are numbered from 1, one after another",
           indicator.path, node + 1, graph, current);
    }
  }
  begins.push_back(indicator.rows);
  return begins;
}

/// [2, E] from 0. An edge that leaves the nodes or its graph is corrupt.
at::Tensor edges_of(const Table<int64_t>& table, const Table<int64_t>& indicator) {
  const int64_t nodes = indicator.rows;
  for (int64_t k = 0; k < table.rows; ++k) {
    const int64_t i = table.at(k, 0), j = table.at(k, 1);
    if (std::min(i, j) < 1 || std::max(i, j) > nodes) {
      fail(ErrorKind::corrupt, "{}: line {}: an edge joins nodes {} and {}; nodes are 1 to {}", table.path, k + 1, i, j,
           nodes);
    }
    if (indicator.at(i - 1, 0) != indicator.at(j - 1, 0)) {
      fail(ErrorKind::corrupt, "{}: line {}: an edge joins nodes {} and {} of the graphs {} and {}; each lies in one",
           table.path, k + 1, i, j, indicator.at(i - 1, 0), indicator.at(j - 1, 0));
    }
  }
  return (table.tensor() - 1).t().contiguous();
}

/// The target of all graphs [graphs, …], and the classes' names.
at::Tensor targets(const Parts& files, int64_t graphs, std::vector<int64_t>& classes) {
  if (const auto table = files.find<float>("graph_attributes")) {
    require_rows(table->rows, graphs, table->path, "graphs");
    return table->tensor();
  }
  const auto table = files.find_column("graph_labels");
  if (!table) return {};
  require_rows(table->rows, graphs, table->path, "graphs");
  classes = table->numbers;
  std::sort(classes.begin(), classes.end());
  classes.erase(std::unique(classes.begin(), classes.end()), classes.end());
  std::vector<int64_t> y;
  for (const int64_t label : table->numbers) {
    y.push_back(std::lower_bound(classes.begin(), classes.end(), label) - classes.begin());
  }
  return at::tensor(y, at::kLong);
}

}  // namespace

TUSet parse_tu(const TUTexts& texts, const std::string& prefix, const TUOptions& options) {
  const Parts files(texts, prefix);
  const auto numbers = files.find_column("graph_indicator");
  if (!numbers) fail(ErrorKind::not_found, "{}: there is no such file; it is needed", files.path("graph_indicator"));
  const Table<int64_t>& indicator = *numbers;
  const auto pairs = files.at<int64_t>("A");
  if (indicator.rows == 0) fail(ErrorKind::corrupt, "{}: it is empty; a line a node is needed", indicator.path);
  if (pairs.rows > 0 && pairs.columns != 2) {
    fail(ErrorKind::corrupt, "{}: lines have {} numbers; an edge has two", pairs.path, pairs.columns);
  }
  const std::vector<int64_t> begins = node_begins(indicator);
  const auto graphs = static_cast<int64_t>(begins.size()) - 1;
  Edges edges{pairs.rows > 0 ? edges_of(pairs, indicator) : at::empty({2, 0}, at::kLong), {}};
  edges.edge_attr = features(files, "edge", pairs.rows, options.use_edge_attr);
  edges = remove_self_loops(edges.edge_index, edges.edge_attr);
  edges = coalesce(edges.edge_index, edges.edge_attr, indicator.rows);
  const at::Tensor x = features(files, "node", indicator.rows, options.use_node_attr);
  TUSet set;
  const at::Tensor y = targets(files, graphs, set.classes);
  // Coalesced edges are in order of their sources, so those of a graph stand together.
  const at::Tensor cuts = at::searchsorted(edges.edge_index[0].contiguous(), at::tensor(begins, at::kLong));
  const int64_t* cut = cuts.const_data_ptr<int64_t>();
  for (int64_t g = 0; g < graphs; ++g) {
    Data data;
    const int64_t first = begins[static_cast<size_t>(g)], last = begins[static_cast<size_t>(g) + 1];
    data.num_nodes = last - first;
    data.edge_index = edges.edge_index.slice(1, cut[g], cut[g + 1]) - first;
    if (edges.edge_attr.defined()) data.edge_attr = edges.edge_attr.slice(0, cut[g], cut[g + 1]);
    if (x.defined()) data.x = x.slice(0, first, last);
    if (y.defined()) data.y = y.slice(0, g, g + 1);
    set.graphs.push_back(std::move(data));
  }
  return set;
}

TUSet read_tu(const TUOptions& options) {
  const std::string prefix = prefix_of(options);
  const auto text_of = [&](const std::string& part) -> std::optional<std::string> {
    const std::string path = prefix + "_" + part + ".txt";
    if (!file_exists(path)) return std::nullopt;
    return read_file(path);
  };
  return parse_tu(text_of, prefix, options);
}

}  // namespace spinel::graph
