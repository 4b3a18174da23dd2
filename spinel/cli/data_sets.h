// Published data sets that `spinel data` knows: what they hold, where they are, under which licence.
#pragma once

#include <string>
#include <vector>

namespace spinel::cli {

struct DataSet {
  std::string name;  ///< "qm9"
  std::string summary;
  std::string size;         ///< "133 885 molecules"
  std::string format;       ///< of the file, with units
  std::string licence;      ///< as its publishers state it
  std::string url;          ///< of the file; empty: it must be fetched by hand, see `page`
  std::string page;         ///< where its publishers describe it
  std::string file;         ///< its name on disk
  std::string md5;          ///< that its publishers state; empty: they state none
  std::string folder = "";  ///< from which the configs read it: "data/qm9"
  /// What makes extended XYZ of the file, as the configs read it; {file} and {folder} stand for where it was put.
  std::vector<std::string> commands = {};
};

/// The sets on which SchNet's papers report (arXiv:1706.08566, arXiv:1712.06113).
const std::vector<DataSet>& data_sets();
/// An unknown name: not_found with the nearest one.
const DataSet& data_set(const std::string& name);
/// The commands of a set that lies in `folder`, as lines of shell.
std::vector<std::string> commands_after_fetching(const DataSet& set, const std::string& folder);

}  // namespace spinel::cli
