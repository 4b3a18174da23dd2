#include "spinel/ops/size.h"

namespace spinel::ops {
namespace {

class Unknown final : public SymbolicSize {
 public:
  Size calculate(Operation, const Size&, const Size&) const override { return Size::unknown(); }
  bool less(const Size&, const Size&) const override { return false; }
};

const std::shared_ptr<const SymbolicSize>& the_unknown() {
  static const std::shared_ptr<const SymbolicSize> instance = std::make_shared<Unknown>();
  return instance;
}

const SymbolicSize& symbol_of(const Size& a, const Size& b) { return a.is_number() ? *b.symbol() : *a.symbol(); }

}  // namespace

Size Size::unknown() { return Size(the_unknown()); }

bool Size::is_unknown() const { return symbol_ && symbol_ == the_unknown(); }

Size Size::calculate(SymbolicSize::Operation operation, const Size& a, const Size& b) {
  if (!a.is_number() || !b.is_number()) return symbol_of(a, b).calculate(operation, a, b);
  switch (operation) {
    case SymbolicSize::Operation::add: return a.value_ + b.value_;
    case SymbolicSize::Operation::subtract: return a.value_ - b.value_;
    case SymbolicSize::Operation::multiply: return a.value_ * b.value_;
    case SymbolicSize::Operation::divide: break;
  }
  const int64_t quotient = a.value_ / b.value_;
  return quotient - (a.value_ % b.value_ != 0 && (a.value_ < 0) != (b.value_ < 0));
}

bool Size::less(const Size& a, const Size& b) {
  if (!a.is_number() || !b.is_number()) return symbol_of(a, b).less(a, b);
  return a.value_ < b.value_;
}

}  // namespace spinel::ops
