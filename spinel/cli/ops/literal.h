// Arguments of operators as they are typed in a shell, read as the types that a schema wants.
#pragma once

#include <string_view>

#include "spinel/registry/value.h"

namespace spinel::cli {

/// `text` as a value for an argument of `type`. Numbers (`2`, `1e-3`, `inf`, `1+2j`), `true`, `false`, `none`, texts
/// (quoted, or as they stand where the type is str), lists `[1, 2]`, tuples `(1, 2)`, dictionaries `{a: 1}`, names of
/// dtypes, layouts, memory formats and devices. Where a tensor is wanted: `FILE.safetensors:KEY`, `FILE.npz:KEY`,
/// `FILE.npy`, or numbers, `[[1, 2], [3, 4]]`, `[1, 2]:float64`, `3:int64`; without a dtype whole numbers are int64,
/// others float32. A number alone is a number, as in Python. What does not read as `type` is read as what it looks
/// like, for the binder to judge. Malformed text: invalid_argument; files: as their readers say.
registry::Value read_literal(std::string_view text, const registry::Type& type);

}  // namespace spinel::cli
