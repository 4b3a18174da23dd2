// Types of operator arguments and returns, as schema strings name them: kind, element types, printing, subtyping.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace spinel::registry::inline v1 {

/// The kinds, in the names of PyTorch's schema language. Those from `optional` on have element types or a name.
enum class TypeKind : uint8_t {
  none,
  any,
  any_class,
  any_enum,
  tensor,
  integer,   ///< int
  floating,  ///< float (64 bit)
  complex,
  boolean,  ///< bool
  string,   ///< str
  scalar,   ///< Scalar: int, float, complex or bool
  sym_int,  ///< bound as int, as are the next three
  scalar_type,
  layout,
  memory_format,
  sym_bool,   ///< bound as bool
  sym_float,  ///< bound as float; comes out of inference only
  device,
  generator,
  storage,
  stream,
  qscheme,
  quantizer,
  capsule,
  optional,  ///< T?
  list,      ///< T[]; the N of T[N] belongs to the argument
  tuple,     ///< (T1, T2, ...)
  dict,      ///< Dict(K, V)
  future,
  await,
  rref,
  union_,    ///< Union(T1, T2, ...)
  class_,    ///< __torch__.torch.classes.ns.Name; name() is "ns.Name"
  variable,  ///< type variable: any value fits
};

namespace internal {
/// What a Type points to. Nodes of simple types and of `T?`, `T[]`, `T?[]`, `T[]?` are static, all others counted.
struct TypeNode {
  TypeKind kind;
  uint8_t depth;
  uint16_t weight;  ///< how many types it is made of, with itself
  uint16_t name_size;
  uint16_t size;
  mutable std::atomic<uint32_t> references;  ///< 0: static
  const TypeNode* const* elements;
  const char* name;
  const TypeNode* bound;  ///< the type values are bound as; may be this node
};
void destroy(const TypeNode* node) noexcept;
/// The nodes of the simple types, in the order of TypeKind.
extern const TypeNode* const simple_nodes;
}  // namespace internal

/// A type: an immutable value of pointer size. Simple types, and `T?` and `T[]` of them, take no memory.
/// Equality is that of the spelt types (ScalarType differs from int), structural, across shared libraries.
class Type {
 public:
  /// Composite types nest at most this deep, so that printing and comparing are bounded.
  static constexpr int max_depth = 128;
  /// And are made of at most so many types.
  static constexpr int max_weight = 1024;

  Type() noexcept : node_(internal::simple_nodes) {}
  /// A kind without elements and name.
  Type(TypeKind simple) noexcept : node_(internal::simple_nodes + static_cast<size_t>(simple)) {}
  Type(const Type& other) noexcept : node_(other.node_) { retain(); }
  Type(Type&& other) noexcept : node_(std::exchange(other.node_, internal::simple_nodes)) {}
  Type& operator=(Type other) noexcept {
    std::swap(node_, other.node_);
    return *this;
  }
  ~Type() { release(); }

  /// `T?`; `T??` is `T?`. `None?` is an error.
  static Type optional(const Type& element);
  static Type list(const Type& element);
  static Type tuple(std::span<const Type> elements);
  /// Keys are int, float, complex, bool, str, Tensor, Device or Any; other keys are an error.
  static Type dict(const Type& key, const Type& value);
  static Type future(const Type& element);
  static Type await(const Type& element);
  static Type rref(const Type& element);
  /// The union in canonical form: nested unions and optionals are spread out, members that another one contains left
  /// out, {int, float, complex} becomes Scalar, Tensor stands first; of `Union(T, NoneType)` becomes `T?`. An error
  /// where one member only remains.
  static Type union_of(std::span<const Type> members);
  /// A custom class by "namespace.Name".
  static Type custom_class(std::string_view name);
  static Type variable(std::string_view name);

  TypeKind kind() const noexcept { return node_->kind; }
  /// How many element types it has, and each: of optional, list, future, await and rref the one, of dict key and value.
  size_t size() const noexcept { return node_->size; }
  Type element(size_t index = 0) const noexcept { return Type(node_->elements[index]); }
  /// Of a class "namespace.Name", of a variable its name, else "".
  std::string_view name() const noexcept { return {node_->name, node_->name_size}; }

  /// The type that values are bound as: int for SymInt, ScalarType, Layout and MemoryFormat, and so inside `?` and
  /// `[]`.
  Type bound() const noexcept { return Type(node_->bound); }
  /// Whether it is the type values are bound as.
  bool is_bound() const noexcept { return node_->bound == node_; }

  /// The schema notation: `Tensor?`, `int[]`, `(Tensor, int)`, `Dict(str, int)`.
  std::string to_string() const;
  void append_to(std::string& text) const;

  friend bool operator==(const Type& a, const Type& b) noexcept { return a.node_ == b.node_ || equal(a, b); }
  /// Whether each value of this type is one of `other`: T in T? and Any; int, float, complex in Scalar; tuples by
  /// element; list and dict elements must be equal. Decided on the bound types.
  bool is_subtype_of(const Type& other) const noexcept;

 private:
  friend void internal::destroy(const internal::TypeNode* node) noexcept;
  explicit Type(const internal::TypeNode* node) noexcept : node_(node) { retain(); }
  static void drop(const internal::TypeNode* node) noexcept {
    Type owned;
    owned.node_ = node;
  }
  static bool equal(const Type& a, const Type& b) noexcept;
  static Type composite(TypeKind kind, std::span<const Type> elements, std::string_view name = {});
  static size_t checked_weight(std::span<const Type> elements);
  static Type wrapped(TypeKind kind, const Type& element);
  void retain() const noexcept {
    if (node_->references.load(std::memory_order_relaxed) != 0) {
      node_->references.fetch_add(1, std::memory_order_relaxed);
    }
  }
  void release() const noexcept {
    if (node_->references.load(std::memory_order_relaxed) == 0) return;
    if (node_->references.fetch_sub(1, std::memory_order_acq_rel) == 1) internal::destroy(node_);
  }

  const internal::TypeNode* node_;
};

}  // namespace spinel::registry::inline v1
