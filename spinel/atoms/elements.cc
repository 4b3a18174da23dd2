#include "spinel/atoms/elements.h"

#include <array>

#include "spinel/base/error.h"
#include "spinel/base/suggest.h"

namespace spinel {

namespace {

// symbol, name, mass / u, covalent radius / Å
constexpr std::array<Element, kLargestAtomicNumber + 1> kElements = {{
    {"X", "dummy", 1.0, 0.0},
    {"H", "Hydrogen", 1.008, 0.31},
    {"He", "Helium", 4.002602, 0.28},
    {"Li", "Lithium", 6.94, 1.28},
    {"Be", "Beryllium", 9.0121831, 0.96},
    {"B", "Boron", 10.81, 0.84},
    {"C", "Carbon", 12.011, 0.76},
    {"N", "Nitrogen", 14.007, 0.71},
    {"O", "Oxygen", 15.999, 0.66},
    {"F", "Fluorine", 18.998403163, 0.57},
    {"Ne", "Neon", 20.1797, 0.58},
    {"Na", "Sodium", 22.98976928, 1.66},
    {"Mg", "Magnesium", 24.305, 1.41},
    {"Al", "Aluminium", 26.9815385, 1.21},
    {"Si", "Silicon", 28.085, 1.11},
    {"P", "Phosphorus", 30.973761998, 1.07},
    {"S", "Sulfur", 32.06, 1.05},
    {"Cl", "Chlorine", 35.45, 1.02},
    {"Ar", "Argon", 39.948, 1.06},
    {"K", "Potassium", 39.0983, 2.03},
    {"Ca", "Calcium", 40.078, 1.76},
    {"Sc", "Scandium", 44.955908, 1.7},
    {"Ti", "Titanium", 47.867, 1.6},
    {"V", "Vanadium", 50.9415, 1.53},
    {"Cr", "Chromium", 51.9961, 1.39},
    {"Mn", "Manganese", 54.938044, 1.39},
    {"Fe", "Iron", 55.845, 1.32},
    {"Co", "Cobalt", 58.933194, 1.26},
    {"Ni", "Nickel", 58.6934, 1.24},
    {"Cu", "Copper", 63.546, 1.32},
    {"Zn", "Zinc", 65.38, 1.22},
    {"Ga", "Gallium", 69.723, 1.22},
    {"Ge", "Germanium", 72.63, 1.2},
    {"As", "Arsenic", 74.921595, 1.19},
    {"Se", "Selenium", 78.971, 1.2},
    {"Br", "Bromine", 79.904, 1.2},
    {"Kr", "Krypton", 83.798, 1.16},
    {"Rb", "Rubidium", 85.4678, 2.2},
    {"Sr", "Strontium", 87.62, 1.95},
    {"Y", "Yttrium", 88.90584, 1.9},
    {"Zr", "Zirconium", 91.224, 1.75},
    {"Nb", "Niobium", 92.90637, 1.64},
    {"Mo", "Molybdenum", 95.95, 1.54},
    {"Tc", "Technetium", 97.90721, 1.47},
    {"Ru", "Ruthenium", 101.07, 1.46},
    {"Rh", "Rhodium", 102.9055, 1.42},
    {"Pd", "Palladium", 106.42, 1.39},
    {"Ag", "Silver", 107.8682, 1.45},
    {"Cd", "Cadmium", 112.414, 1.44},
    {"In", "Indium", 114.818, 1.42},
    {"Sn", "Tin", 118.71, 1.39},
    {"Sb", "Antimony", 121.76, 1.39},
    {"Te", "Tellurium", 127.6, 1.38},
    {"I", "Iodine", 126.90447, 1.39},
    {"Xe", "Xenon", 131.293, 1.4},
    {"Cs", "Caesium", 132.90545196, 2.44},
    {"Ba", "Barium", 137.327, 2.15},
    {"La", "Lanthanum", 138.90547, 2.07},
    {"Ce", "Cerium", 140.116, 2.04},
    {"Pr", "Praseodymium", 140.90766, 2.03},
    {"Nd", "Neodymium", 144.242, 2.01},
    {"Pm", "Promethium", 144.91276, 1.99},
    {"Sm", "Samarium", 150.36, 1.98},
    {"Eu", "Europium", 151.964, 1.98},
    {"Gd", "Gadolinium", 157.25, 1.96},
    {"Tb", "Terbium", 158.92535, 1.94},
    {"Dy", "Dysprosium", 162.5, 1.92},
    {"Ho", "Holmium", 164.93033, 1.92},
    {"Er", "Erbium", 167.259, 1.89},
    {"Tm", "Thulium", 168.93422, 1.9},
    {"Yb", "Ytterbium", 173.054, 1.87},
    {"Lu", "Lutetium", 174.9668, 1.87},
    {"Hf", "Hafnium", 178.49, 1.75},
    {"Ta", "Tantalum", 180.94788, 1.7},
    {"W", "Tungsten", 183.84, 1.62},
    {"Re", "Rhenium", 186.207, 1.51},
    {"Os", "Osmium", 190.23, 1.44},
    {"Ir", "Iridium", 192.217, 1.41},
    {"Pt", "Platinum", 195.084, 1.36},
    {"Au", "Gold", 196.966569, 1.36},
    {"Hg", "Mercury", 200.592, 1.32},
    {"Tl", "Thallium", 204.38, 1.45},
    {"Pb", "Lead", 207.2, 1.46},
    {"Bi", "Bismuth", 208.9804, 1.48},
    {"Po", "Polonium", 208.98243, 1.4},
    {"At", "Astatine", 209.98715, 1.5},
    {"Rn", "Radon", 222.01758, 1.5},
    {"Fr", "Francium", 223.01974, 2.6},
    {"Ra", "Radium", 226.02541, 2.21},
    {"Ac", "Actinium", 227.02775, 2.15},
    {"Th", "Thorium", 232.0377, 2.06},
    {"Pa", "Protactinium", 231.03588, 2.0},
    {"U", "Uranium", 238.02891, 1.96},
    {"Np", "Neptunium", 237.04817, 1.9},
    {"Pu", "Plutonium", 244.06421, 1.87},
    {"Am", "Americium", 243.06138, 1.8},
    {"Cm", "Curium", 247.07035, 1.69},
    {"Bk", "Berkelium", 247.07031, 0.0},
    {"Cf", "Californium", 251.07959, 0.0},
    {"Es", "Einsteinium", 252.083, 0.0},
    {"Fm", "Fermium", 257.09511, 0.0},
    {"Md", "Mendelevium", 258.09843, 0.0},
    {"No", "Nobelium", 259.101, 0.0},
    {"Lr", "Lawrencium", 262.11, 0.0},
    {"Rf", "Rutherfordium", 267.122, 0.0},
    {"Db", "Dubnium", 268.126, 0.0},
    {"Sg", "Seaborgium", 271.134, 0.0},
    {"Bh", "Bohrium", 270.133, 0.0},
    {"Hs", "Hassium", 269.1338, 0.0},
    {"Mt", "Meitnerium", 278.156, 0.0},
    {"Ds", "Darmstadtium", 281.165, 0.0},
    {"Rg", "Roentgenium", 281.166, 0.0},
    {"Cn", "Copernicium", 285.177, 0.0},
    {"Nh", "Nihonium", 286.182, 0.0},
    {"Fl", "Flerovium", 289.19, 0.0},
    {"Mc", "Moscovium", 289.194, 0.0},
    {"Lv", "Livermorium", 293.204, 0.0},
    {"Ts", "Tennessine", 293.208, 0.0},
    {"Og", "Oganesson", 294.214, 0.0},
}};

// Symbols have one or two letters: a direct table of both makes look-ups in readers cheap.
constexpr int slot(std::string_view symbol) {
  const int first = symbol[0] - 'A', second = symbol.size() > 1 ? symbol[1] - 'a' + 1 : 0;
  return first * 27 + second;
}
constexpr auto kNumberBySlot = [] {
  std::array<int16_t, 26 * 27> table{};
  table.fill(-1);
  for (size_t z = 0; z < kElements.size(); ++z) table[slot(kElements[z].symbol)] = static_cast<int16_t>(z);
  table[slot("D")] = table[slot("T")] = 1;
  return table;
}();

}  // namespace

const Element& element(int64_t number) {
  require(number >= 0 && number <= kLargestAtomicNumber, "element: atomic number {} does not exist; 0 to {} do", number,
          kLargestAtomicNumber);
  return kElements[number];
}

std::optional<int64_t> find_atomic_number(std::string_view symbol) {
  if (symbol.empty() || symbol.size() > 2 || symbol[0] < 'A' || symbol[0] > 'Z') return std::nullopt;
  if (symbol.size() == 2 && (symbol[1] < 'a' || symbol[1] > 'z')) return std::nullopt;
  const int16_t number = kNumberBySlot[slot(symbol)];
  if (number < 0) return std::nullopt;
  return number;
}

int64_t atomic_number(std::string_view symbol, std::string_view where) {
  if (const auto number = find_atomic_number(symbol)) return *number;
  fail(ErrorKind::invalid_argument, "{}'{}': no element has this symbol{}", where, symbol,
       suggestion(symbol, element_symbols()));
}

const std::vector<std::string>& element_symbols() {
  static const std::vector<std::string> symbols = [] {
    std::vector<std::string> result;
    for (const Element& e : kElements) result.emplace_back(e.symbol);
    return result;
  }();
  return symbols;
}

}  // namespace spinel
