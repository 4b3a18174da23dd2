#include "spinel/base/suggest.h"

#include <algorithm>
#include <numeric>
#include <span>

#include "spinel/base/format.h"

namespace spinel {
namespace {

// ASCII only: the result must not depend on the locale (Turkish i).
char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

size_t edit_distance(std::string_view a, std::string_view b) {
  std::vector<size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), size_t{0});
  for (size_t i = 0; i < a.size(); ++i) {
    size_t diagonal = row[0];
    row[0] = i + 1;
    for (size_t j = 0; j < b.size(); ++j) {
      const size_t substitution = diagonal + (lower(a[i]) != lower(b[j]));
      diagonal = row[j + 1];
      row[j + 1] = std::min({row[j + 1] + 1, row[j] + 1, substitution});
    }
  }
  return row[b.size()];
}

}  // namespace

std::string nearest_name(std::string_view name, const std::vector<std::string>& known) {
  // Names come from users: a long one cannot be near to anything, and must not cost quadratic time.
  if (name.size() > 200) return "";
  std::string best;
  size_t best_distance = std::max<size_t>(2, name.size() / 3) + 1;
  for (const std::string& candidate : known) {
    const size_t distance = edit_distance(name, candidate);
    if (distance < best_distance) {
      best_distance = distance;
      best = candidate;
    }
  }
  return best;
}

std::string suggestion(std::string_view name, const std::vector<std::string>& known) {
  const std::string nearest = nearest_name(name, known);
  if (!nearest.empty()) return "; did you mean '" + nearest + "'?";
  if (known.empty()) return "";
  std::string text = "; known: ";
  for (size_t i = 0; i < std::min<size_t>(known.size(), 12); ++i) text += (i ? ", " : "") + known[i];
  if (known.size() > 12) text += ", …";
  return text;
}

std::string first_few(const std::vector<std::string>& names) {
  const size_t shown = std::min<size_t>(names.size(), 5);
  std::string text = join_text(std::span(names).first(shown), ", ");
  if (names.size() > shown) text += format(" and {} more", names.size() - shown);
  return text;
}

}  // namespace spinel
