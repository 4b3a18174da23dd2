// Units of physical quantities by name, and the factors between them.
#pragma once

#include <string>
#include <string_view>

namespace spinel::train {

/// The factor that turns values in `from` into values in `to`: unit_factor("kcal/mol/Å", "eV/Å") = 0.0433641….
/// A unit is a product of names with optional powers: eV, meV, Ha, Ry, kJ, kcal, J, mol, Å (Ang, Angstrom), Bohr (a0),
/// nm, pm, m, e, D (Debye), GPa, kbar, bar, Pa, fs, ps, K, 1; '*', '·' or a blank multiplies, '/' divides by the name
/// that follows, blanks round them do not count; "Å^3", "Å**3" and "Å³" are powers. Constants: CODATA 2018. Unknown or
/// missing name, different dimensions: invalid_argument that begins with `where`.
double unit_factor(std::string_view from, std::string_view to, std::string_view where = "unit");

}  // namespace spinel::train
