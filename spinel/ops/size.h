// A length that shape rules calculate with: a number, a symbol of the host's tracer, or unknown.
#pragma once

#include <cstdint>
#include <memory>

namespace spinel::ops {

class Size;

/// What a host's tracer has instead of numbers. Sizes of two hosts do not meet.
class SymbolicSize {
 public:
  enum class Operation { add, subtract, multiply, divide };

  virtual ~SymbolicSize() = default;
  /// One of the two is of the host's kind, the other that or a number. Division rounds down.
  virtual Size calculate(Operation operation, const Size& a, const Size& b) const = 0;
  /// Whether a < b; a tracer may note the answer as a condition of its trace.
  virtual bool less(const Size& a, const Size& b) const = 0;
};

class Size {
 public:
  Size(int64_t value = 0) : value_(value) {}
  explicit Size(std::shared_ptr<const SymbolicSize> symbol) : symbol_(std::move(symbol)) {}
  /// A length that is known when data comes: results of calculations with it are unknown too, and no comparison holds.
  static Size unknown();

  bool is_number() const { return !symbol_; }
  bool is_unknown() const;
  /// Of numbers only.
  int64_t value() const { return value_; }
  const SymbolicSize* symbol() const { return symbol_.get(); }

  friend Size operator+(const Size& a, const Size& b) { return calculate(SymbolicSize::Operation::add, a, b); }
  friend Size operator-(const Size& a, const Size& b) { return calculate(SymbolicSize::Operation::subtract, a, b); }
  friend Size operator*(const Size& a, const Size& b) { return calculate(SymbolicSize::Operation::multiply, a, b); }
  friend Size operator/(const Size& a, const Size& b) { return calculate(SymbolicSize::Operation::divide, a, b); }
  friend bool operator<(const Size& a, const Size& b) { return less(a, b); }
  friend bool operator>=(const Size& a, const Size& b) { return !a.is_unknown() && !b.is_unknown() && !less(a, b); }

 private:
  static Size calculate(SymbolicSize::Operation operation, const Size& a, const Size& b);
  static bool less(const Size& a, const Size& b);

  int64_t value_ = 0;
  std::shared_ptr<const SymbolicSize> symbol_;
};

}  // namespace spinel::ops
