#include "spinel/base/options.h"

#include <cmath>

namespace spinel {

void read_config(const Config& from, bool& to) { to = from.as_bool(); }

void read_config(const Config& from, int& to) {
  const int64_t value = from.as_int();
  require(value >= std::numeric_limits<int>::min() && value <= std::numeric_limits<int>::max(),
          "{}: {} does not fit; it must lie between -2^31 and 2^31-1", from.where(), value);
  to = static_cast<int>(value);
}

void read_config(const Config& from, int64_t& to) { to = from.as_int(); }
void read_config(const Config& from, float& to) {
  const double value = from.as_double();
  require(!std::isfinite(value) || std::abs(value) <= std::numeric_limits<float>::max(),
          "{}: {} does not fit; at most 3.4e38 does", from.where(), value);
  to = static_cast<float>(value);
}
void read_config(const Config& from, double& to) { to = from.as_double(); }
void read_config(const Config& from, std::string& to) { to = from.as_string(); }
void read_config(const Config& from, Config& to) { to = from; }

}  // namespace spinel
