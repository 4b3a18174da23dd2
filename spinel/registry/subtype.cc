// Which values of one type are values of another, and unions, which that decides.
#include <algorithm>

#include "spinel/base/error.h"
#include "spinel/registry/type.h"

namespace spinel::registry::inline v1 {
namespace {

bool is_number(TypeKind kind) {
  return kind == TypeKind::integer || kind == TypeKind::floating || kind == TypeKind::complex;
}

bool is_element_of_union(const Type& type, const Type& all) {
  for (size_t i = 0; i < all.size(); ++i) {
    if (type.is_subtype_of(all.element(i))) return true;
  }
  return false;
}

bool elements_are_subtypes(const Type& type, const Type& other) {
  if (type.size() != other.size()) return false;
  for (size_t i = 0; i < type.size(); ++i) {
    if (!type.element(i).is_subtype_of(other.element(i))) return false;
  }
  return true;
}

/// The place of a kind among the members of a union, which is PyTorch's order of kinds.
int union_rank(const Type& type) {
  using enum TypeKind;
  static constexpr TypeKind order[] = {any,    any_enum, tensor,    storage,   tuple,    list,     dict,
                                       scalar, floating, complex,   future,    await,    rref,     integer,
                                       none,   string,   generator, quantizer, boolean,  variable, device,
                                       stream, class_,   capsule,   qscheme,   any_class};
  return static_cast<int>(std::find(std::begin(order), std::end(order), type.kind()) - std::begin(order));
}

/// Unions and optionals are spread out into their members.
void flatten(const Type& type, std::vector<Type>& members) {
  if (type.kind() == TypeKind::union_) {
    for (size_t i = 0; i < type.size(); ++i) flatten(type.element(i), members);
  } else if (type.kind() == TypeKind::optional) {
    flatten(type.element(), members);
    members.push_back(TypeKind::none);
  } else {
    members.push_back(type);
  }
}

/// Leaves out members whose values another member has too. None stays where there is no second None.
void drop_subtypes(std::vector<Type>& members) {
  std::vector<Type> kept;
  for (size_t i = 0; i < members.size(); ++i) {
    const auto covers = [&](size_t j) {
      if (i == j || !members[i].is_subtype_of(members[j])) return false;
      return !members[j].is_subtype_of(members[i]) || j < i;  // of equal ones the first stays
    };
    bool covered = false;
    for (size_t j = 0; j < members.size() && !covered; ++j) covered = covers(j);
    if (!covered) kept.push_back(members[i]);
  }
  members = std::move(kept);
}

/// {int, float, complex} is Scalar.
void join_numbers(std::vector<Type>& members) {
  const auto holds = [&](TypeKind kind) {
    return std::any_of(members.begin(), members.end(), [&](const Type& member) { return member.kind() == kind; });
  };
  if (!holds(TypeKind::integer) || !holds(TypeKind::floating) || !holds(TypeKind::complex)) return;
  std::erase_if(members, [](const Type& member) { return is_number(member.kind()); });
  members.push_back(TypeKind::scalar);
}

}  // namespace

bool Type::is_subtype_of(const Type& other) const noexcept {
  const Type type = bound(), wide = other.bound();
  if (type == wide || wide.kind() == TypeKind::any) return true;
  if (type.kind() == TypeKind::union_) {
    for (size_t i = 0; i < type.size(); ++i) {
      if (!type.element(i).is_subtype_of(wide)) return false;
    }
    return true;
  }
  switch (wide.kind()) {
    case TypeKind::scalar: return is_number(type.kind());
    case TypeKind::optional:
      if (type.kind() == TypeKind::optional) return type.element().is_subtype_of(wide.element());
      return type.kind() == TypeKind::none || type.is_subtype_of(wide.element());
    case TypeKind::union_:
      if (type.kind() == TypeKind::optional) {
        return is_element_of_union(TypeKind::none, wide) && type.element().is_subtype_of(wide);
      }
      return is_element_of_union(type, wide);
    case TypeKind::tuple: return type.kind() == TypeKind::tuple && elements_are_subtypes(type, wide);
    case TypeKind::future:
    case TypeKind::await: return type.kind() == wide.kind() && elements_are_subtypes(type, wide);
    case TypeKind::any_class: return type.kind() == TypeKind::class_;
    default: return false;
  }
}

Type Type::union_of(std::span<const Type> given) {
  checked_weight(given);  // members are compared in pairs
  std::vector<Type> members;
  for (const Type& member : given) flatten(member.bound(), members);
  drop_subtypes(members);
  join_numbers(members);
  std::stable_sort(members.begin(), members.end(),
                   [](const Type& a, const Type& b) { return union_rank(a) < union_rank(b); });
  if (members.size() == 2) {
    for (size_t none : {0u, 1u}) {
      if (members[none].kind() == TypeKind::none) return optional(members[1 - none]);
    }
  }
  const bool is_scalar = members.size() == 1 && members[0].kind() == TypeKind::scalar && given.size() > 1;
  require(members.size() > 1 || is_scalar,
          "Union: it needs at least two types of which none contains the other; got {}",
          members.empty() ? "none" : members[0].to_string() + " alone");
  return composite(TypeKind::union_, members);
}

}  // namespace spinel::registry::inline v1
