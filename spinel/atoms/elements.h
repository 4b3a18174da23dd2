// The chemical elements: symbols, names, masses and covalent radii.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace spinel {

struct Element {
  std::string_view symbol;
  std::string_view name;
  double mass;             ///< u; IUPAC 2016 standard weights, CIAAW's best-known isotope where there is none
  double covalent_radius;  ///< Å, Cordero et al., Dalton Trans. 2008, 2832; 0: none is known
};

/// 118; atomic number 0 is the dummy atom X with mass 1.
inline constexpr int64_t kLargestAtomicNumber = 118;

/// A number outside 0 … 118: invalid_argument.
const Element& element(int64_t number);

/// Exact symbol ("Cl", not "CL") to atomic number; D and T are hydrogen.
std::optional<int64_t> find_atomic_number(std::string_view symbol);
/// As find_atomic_number; an unknown symbol: invalid_argument with the nearest one. `where` begins the message.
int64_t atomic_number(std::string_view symbol, std::string_view where = "");

/// All symbols, by atomic number.
const std::vector<std::string>& element_symbols();

}  // namespace spinel
