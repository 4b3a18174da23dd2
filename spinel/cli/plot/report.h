// Files that show how well a model predicts: a parity plot as PNG, and a report as one HTML file without outside parts.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "spinel/cli/plot/charts.h"

namespace spinel::plot {

/// One panel per quantity, side by side. Written all or nothing.
void write_parity_png(const std::string& path, const std::vector<ParityData>& quantities);

struct Report {
  std::string title;
  std::vector<std::pair<std::string, std::string>> facts;  ///< a table of name and value at the top
  std::vector<ParityData> quantities;
  std::vector<CurveData> curves;
};
void write_html_report(const std::string& path, const Report& report);

/// Collects predictions beside targets: exact errors of all values, and a sample of at most `most_kept` for the plots,
/// every value with the same chance and the same choice in each run.
class ParityCollector {
 public:
  ParityCollector(std::string name, std::string unit, size_t most_kept = 200000);
  /// A value that is not finite on either side is counted in skipped() only.
  void add(double target, double predicted);
  ParityData data() const;
  int64_t count() const { return count_; }
  int64_t skipped() const { return skipped_; }
  double mae() const { return count_ ? absolute_ / static_cast<double>(count_) : 0; }
  double rmse() const;

 private:
  ParityData kept_;
  size_t most_kept_;
  int64_t count_ = 0, skipped_ = 0;
  double absolute_ = 0, square_ = 0;
};

}  // namespace spinel::plot
