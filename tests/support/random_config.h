// Random configs, for tests that write values and read them back.
#pragma once

#include <bit>
#include <cmath>
#include <cstdint>
#include <random>
#include <string>

#include "spinel/base/config.h"

namespace spinel {

/// Texts that look like something else in JSON or YAML, and random ones with quotes, controls and non-ASCII letters.
inline std::string random_text(std::mt19937_64& random) {
  static const char* const odd[] = {"",     "null", "true",  "~",    "1",   "1e5",    "0x1f", "-",    "- a",
                                    "a: b", "#",    " lead", "end ", "\t",  "${a.b}", "\\",   "\"",   "'",
                                    "a\nb", "é",    "%",     "&a",   "*a",  "!t",     "|",    ">",    "{",
                                    "[1]",  ".inf", "nan",   "?",    "yes", "=",      "a#b",  "a #b", "\r",
                                    "\x7f", "-.5",  "0o17",  "@",    "`",   ":",      "a:",   "..."};
  if (random() % 2) return odd[random() % std::size(odd)];
  static const char* const pieces[] = {"a",  "Z",  "0",    " ", ".",  ":", "-", "\"",
                                       "\\", "\n", "\x01", "Å", "😀", "_", "/"};
  std::string text;
  for (size_t i = random() % 8; i-- > 0;) text += pieces[random() % std::size(pieces)];
  return text;
}

/// Any finite double, often a round one.
inline double random_number(std::mt19937_64& random) {
  if (random() % 2) return static_cast<double>(static_cast<int64_t>(random() % 2001) - 1000) / 8;
  for (;;) {
    const double value = std::bit_cast<double>(random());
    if (std::isfinite(value)) return value;
  }
}

/// A value with at most `depth` further levels.
inline Config random_config(std::mt19937_64& random, int depth) {
  switch (random() % (depth > 0 ? 8 : 5)) {
    case 0: return Config();
    case 1: return Config(random() % 2 == 0);
    case 2: return Config(static_cast<int64_t>(random() % 4 ? random() % 100 : random()));
    case 3: return Config(random_number(random));
    case 4: return Config(random_text(random));
    case 5: {
      Config::List items;
      for (size_t i = random() % 4; i-- > 0;) items.push_back(random_config(random, depth - 1));
      return Config(std::move(items));
    }
    default: {
      Config map = Config::map();
      for (size_t i = random() % 4; i-- > 0;) map.set(random_text(random), random_config(random, depth - 1));
      return map;
    }
  }
}

}  // namespace spinel
