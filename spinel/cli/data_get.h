// Published data sets on disk: fetched once, and compared with what is known of their content.
#pragma once

#include <string>

#include "spinel/cli/data_sets.h"
#include "spinel/cli/download.h"

namespace spinel::cli {

struct FetchOptions {
  std::string folder = ".";  ///< made where it is missing
  std::string sha256;        ///< what the content must have; empty: what is known
  std::string url;           ///< a mirror; empty: the publishers' address
};

struct FetchedDataSet {
  std::string path;
  std::string sha256;
  bool was_there = false;     ///< nothing was downloaded
  std::string compared_with;  ///< what the sum agreed with: "its publisher", "x.npz.sha256", …; empty: nothing known
};

/// Downloads the file of a data set, unless it is there. The sums that the options, the publishers and `<file>.sha256`
/// (as sha256sum writes it) state must be met; where that last file is missing it is written, so that a later download
/// or a damaged file is noticed.
/// Another content, on disk or downloaded: corrupt with both sums; what was there stays, what was fetched does not.
FetchedDataSet fetch_data_set(const DataSet& set, const FetchOptions& options, const DownloadProgress& progress = {});

}  // namespace spinel::cli
