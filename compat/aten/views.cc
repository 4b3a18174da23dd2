// Operators that show the memory of a tensor in another way.
#include "compat/aten/operators.h"

namespace spinel::aten {
namespace {

using registry::Stack;

constexpr Operator operators[] = {
    {"narrow(Tensor(a) self, int dim, SymInt start, SymInt length) -> Tensor(a)",
     [](const Arguments& a) -> Stack {
       return {registry::narrow(a.tensor(0), a.integer(1), a.integer(2), a.integer(3))};
     }},
    {"select.int(Tensor(a) self, int dim, SymInt index) -> Tensor(a)",
     [](const Arguments& a) -> Stack { return {registry::select(a.tensor(0), a.integer(1), a.integer(2))}; }},
    {"slice.Tensor(Tensor(a) self, int dim=0, SymInt? start=None, SymInt? end=None, SymInt step=1) -> Tensor(a)",
     [](const Arguments& a) -> Stack {
       return {registry::slice(a.tensor(0), a.integer(1), a.maybe_integer(2), a.maybe_integer(3), a.integer(4))};
     }},
    {"transpose.int(Tensor(a) self, int dim0, int dim1) -> Tensor(a)",
     [](const Arguments& a) -> Stack { return {registry::transpose(a.tensor(0), a.integer(1), a.integer(2))}; }},
    {"permute(Tensor(a) self, int[] dims) -> Tensor(a)",
     [](const Arguments& a) -> Stack { return {registry::permute(a.tensor(0), a.integers(1))}; }},
    {"reshape(Tensor(a) self, SymInt[] shape) -> Tensor(a)",
     [](const Arguments& a) -> Stack { return {registry::reshape(a.tensor(0), a.integers(1))}; }},
    {"view(Tensor(a) self, SymInt[] size) -> Tensor(a)",
     [](const Arguments& a) -> Stack { return {registry::view(a.tensor(0), a.integers(1))}; }},
    {"flatten.using_ints(Tensor(a) self, int start_dim=0, int end_dim=-1) -> Tensor(a)",
     [](const Arguments& a) -> Stack { return {registry::flatten(a.tensor(0), a.integer(1), a.integer(2))}; }},
    {"squeeze(Tensor(a) self) -> Tensor(a)",
     [](const Arguments& a) -> Stack { return {registry::squeeze(a.tensor(0))}; }},
    {"squeeze.dim(Tensor(a) self, int dim) -> Tensor(a)",
     [](const Arguments& a) -> Stack { return {registry::squeeze(a.tensor(0), a.integer(1))}; }},
    {"unsqueeze(Tensor(a) self, int dim) -> Tensor(a)",
     [](const Arguments& a) -> Stack { return {registry::unsqueeze(a.tensor(0), a.integer(1))}; }},
    {"expand(Tensor(a) self, SymInt[] size, *, bool implicit=False) -> Tensor(a)",
     [](const Arguments& a) -> Stack { return {registry::expand(a.tensor(0), a.integers(1))}; }},
};

}  // namespace

std::span<const Operator> views() { return operators; }

}  // namespace spinel::aten
