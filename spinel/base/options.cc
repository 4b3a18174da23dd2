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

namespace options_internal {

std::string message_start(const Config& at, const std::string& component) {
  const std::string where = at.where();
  return where.empty() ? component : where;
}

void check_range(const Config& value, const std::string& start, const std::string& name, double lowest, bool open,
                 double highest) {
  if (value.is_list()) {
    for (const Config& item : value.as_list()) check_range(item, start, name, lowest, open, highest);
    return;
  }
  const double number = value.as_double();
  if (std::isfinite(number) && (open ? number > lowest : number >= lowest) && number <= highest) return;
  const std::string place = message_start(value, start);
  if (highest < std::numeric_limits<double>::max()) {
    fail(ErrorKind::invalid_argument, "{}: {} is {}; it must lie between {} and {}", place, name, number, lowest,
         highest);
  }
  fail(ErrorKind::invalid_argument, "{}: {} is {}; it must be {} {}", place, name, number,
       open ? "greater than" : "at least", lowest);
}

void check_choice(const Config& value, const std::string& start, const std::string& name,
                  const std::vector<std::string>& choices) {
  for (const std::string& choice : choices) {
    if (choice == value.as_string()) return;
  }
  fail(ErrorKind::invalid_argument, "{}: {} is '{}', which is unknown{}", message_start(value, start), name,
       value.as_string(), suggestion(value.as_string(), choices));
}

}  // namespace options_internal
}  // namespace spinel
