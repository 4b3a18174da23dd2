#include "spinel/registry/type.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <new>

#include "spinel/base/error.h"

namespace spinel::registry::inline v1 {
namespace {

using internal::TypeNode;

constexpr size_t num_simple = static_cast<size_t>(TypeKind::optional);

constexpr std::array<std::string_view, num_simple> simple_names = {
    "NoneType", "Any",    "AnyClassType", "AnyEnumType", "Tensor",     "int",     "float",        "complex",
    "bool",     "str",    "Scalar",       "SymInt",      "ScalarType", "Layout",  "MemoryFormat", "SymBool",
    "SymFloat", "Device", "Generator",    "Storage",     "Stream",     "QScheme", "Quantizer",    "Capsule"};
static_assert(simple_names[static_cast<size_t>(TypeKind::capsule)] == "Capsule");

constexpr size_t bound_index(size_t kind) {
  switch (static_cast<TypeKind>(kind)) {
    case TypeKind::sym_int:
    case TypeKind::scalar_type:
    case TypeKind::layout:
    case TypeKind::memory_format: return static_cast<size_t>(TypeKind::integer);
    case TypeKind::sym_bool: return static_cast<size_t>(TypeKind::boolean);
    case TypeKind::sym_float: return static_cast<size_t>(TypeKind::floating);
    default: return kind;
  }
}

/// The static nodes of one shape (T, T?, T[], …), one for each simple type T.
struct NodeTable {
  TypeNode nodes[num_simple];
  const TypeNode* pointers[num_simple];  ///< what nodes of the next shape point to as their element
};

template <size_t... I>
constexpr NodeTable simple_table(NodeTable& self, std::index_sequence<I...>) {
  return {{TypeNode{static_cast<TypeKind>(I), 0, 1, 0, 0, {0}, nullptr, "", &self.nodes[bound_index(I)]}...},
          {&self.nodes[I]...}};
}

template <size_t... I>
constexpr NodeTable wrapped_table(NodeTable& self, const NodeTable& elements, TypeKind kind, uint8_t depth,
                                  std::index_sequence<I...>) {
  return {{TypeNode{kind,
                    depth,
                    static_cast<uint16_t>(depth + 1),
                    0,
                    1,
                    {0},
                    &elements.pointers[I],
                    "",
                    &self.nodes[bound_index(I)]}...},
          {&self.nodes[I]...}};
}

constexpr auto all_simple = std::make_index_sequence<num_simple>();
// Constant-initialised and never destroyed, so that libraries may make types before and after main.
constinit NodeTable plain_nodes = simple_table(plain_nodes, all_simple);
constinit NodeTable optional_nodes = wrapped_table(optional_nodes, plain_nodes, TypeKind::optional, 1, all_simple);
constinit NodeTable list_nodes = wrapped_table(list_nodes, plain_nodes, TypeKind::list, 1, all_simple);
constinit NodeTable optional_list = wrapped_table(optional_list, list_nodes, TypeKind::optional, 2, all_simple);
constinit NodeTable list_of_optional = wrapped_table(list_of_optional, optional_nodes, TypeKind::list, 2, all_simple);

/// The static node that wraps `element`, or null.
const TypeNode* static_node(TypeKind kind, const TypeNode* element) {
  if (kind != TypeKind::optional && kind != TypeKind::list) return nullptr;
  const bool is_list = kind == TypeKind::list;
  if (element->depth == 0 && element->kind < TypeKind::optional) {
    return &(is_list ? list_nodes : optional_nodes).nodes[static_cast<size_t>(element->kind)];
  }
  if (element->depth != 1 || element->references.load(std::memory_order_relaxed) != 0) return nullptr;
  const size_t inner = static_cast<size_t>(element->elements[0]->kind);
  if (element->kind == TypeKind::list && !is_list) return &optional_list.nodes[inner];
  if (element->kind == TypeKind::optional && is_list) return &list_of_optional.nodes[inner];
  return nullptr;
}

bool can_be_key(TypeKind kind) {
  switch (kind) {
    case TypeKind::integer:
    case TypeKind::floating:
    case TypeKind::complex:
    case TypeKind::boolean:
    case TypeKind::string:
    case TypeKind::tensor:
    case TypeKind::device:
    case TypeKind::any: return true;
    default: return false;
  }
}

void append_list(std::string& text, const Type& type, std::string_view open) {
  text += open;
  for (size_t i = 0; i < type.size(); ++i) {
    if (i != 0) text += ", ";
    type.element(i).append_to(text);
  }
  text += ')';
}

}  // namespace

constinit const TypeNode* const internal::simple_nodes = plain_nodes.nodes;

void internal::destroy(const TypeNode* node) noexcept {
  for (size_t i = 0; i < node->size; ++i) Type::drop(node->elements[i]);
  if (node->bound != node) Type::drop(node->bound);
  node->~TypeNode();
  ::operator delete(const_cast<TypeNode*>(node));
}

size_t Type::checked_weight(std::span<const Type> elements) {
  size_t weight = 1;
  for (const Type& element : elements) weight += element.node_->weight;
  require(weight <= max_weight, "type: it is made of {} types; at most {} can be", weight, max_weight);
  return weight;
}

/// One block holds the node, the pointers to its elements and its name.
Type Type::composite(TypeKind kind, std::span<const Type> elements, std::string_view name) {
  int depth = 0;
  const size_t weight = checked_weight(elements);
  bool bound = true;
  for (const Type& element : elements) {
    depth = std::max<int>(depth, element.node_->depth + 1);
    bound = bound && element.is_bound();
  }
  require(depth <= max_depth, "type: it nests {} deep; at most {}", depth, max_depth);
  require(name.size() <= UINT16_MAX, "type: a name of {} bytes; at most {}", name.size(), UINT16_MAX);
  Type as_bound;
  if (!bound) {
    std::vector<Type> bound_elements;
    for (const Type& element : elements) bound_elements.push_back(element.bound());
    const bool wraps = kind == TypeKind::optional || kind == TypeKind::list;
    as_bound = wraps ? wrapped(kind, bound_elements.front()) : composite(kind, bound_elements, name);
  }
  const size_t pointers = elements.size() * sizeof(const TypeNode*);
  char* block = static_cast<char*>(::operator new(sizeof(TypeNode) + pointers + name.size()));
  auto** element_nodes = reinterpret_cast<const TypeNode**>(block + sizeof(TypeNode));
  char* name_text = block + sizeof(TypeNode) + pointers;
  auto* node = new (block) TypeNode{kind,
                                    static_cast<uint8_t>(depth),
                                    static_cast<uint16_t>(weight),
                                    static_cast<uint16_t>(name.size()),
                                    static_cast<uint16_t>(elements.size()),
                                    {1},
                                    element_nodes,
                                    name_text,
                                    nullptr};
  node->bound = bound ? node : std::exchange(as_bound.node_, plain_nodes.pointers[0]);
  for (size_t i = 0; i < elements.size(); ++i) {
    elements[i].retain();
    element_nodes[i] = elements[i].node_;
  }
  std::copy(name.begin(), name.end(), name_text);
  Type type;
  type.node_ = node;
  return type;
}

Type Type::wrapped(TypeKind kind, const Type& element) {
  if (const TypeNode* node = static_node(kind, element.node_)) return Type(node);
  return composite(kind, {&element, 1});
}

Type Type::optional(const Type& element) {
  if (element.kind() == TypeKind::optional) return element;
  require(element.kind() != TypeKind::none, "type: NoneType? has one value only; NoneType has the same");
  return wrapped(TypeKind::optional, element);
}

Type Type::list(const Type& element) { return wrapped(TypeKind::list, element); }
Type Type::tuple(std::span<const Type> elements) { return composite(TypeKind::tuple, elements); }
Type Type::future(const Type& element) { return composite(TypeKind::future, {&element, 1}); }
Type Type::await(const Type& element) { return composite(TypeKind::await, {&element, 1}); }
Type Type::rref(const Type& element) { return composite(TypeKind::rref, {&element, 1}); }
Type Type::custom_class(std::string_view name) { return composite(TypeKind::class_, {}, name); }
Type Type::variable(std::string_view name) { return composite(TypeKind::variable, {}, name); }

Type Type::dict(const Type& key, const Type& value) {
  require(can_be_key(key.bound().kind()),
          "Dict: keys cannot be of type {}; int, float, complex, bool, str, Tensor, Device or Any", key.to_string());
  const Type elements[] = {key, value};
  return composite(TypeKind::dict, elements);
}

bool Type::equal(const Type& a, const Type& b) noexcept {
  if (a.kind() != b.kind() || a.size() != b.size() || a.name() != b.name()) return false;
  for (size_t i = 0; i < a.size(); ++i) {
    if (a.element(i) != b.element(i)) return false;
  }
  return true;
}

std::string Type::to_string() const {
  std::string text;
  append_to(text);
  return text;
}

void Type::append_to(std::string& text) const {
  switch (kind()) {
    case TypeKind::optional:
      element().append_to(text);
      text += '?';
      return;
    case TypeKind::list:
      element().append_to(text);
      text += "[]";
      return;
    case TypeKind::tuple: return append_list(text, *this, "(");
    case TypeKind::dict: return append_list(text, *this, "Dict(");
    case TypeKind::future: return append_list(text, *this, "Future(");
    case TypeKind::await: return append_list(text, *this, "Await(");
    case TypeKind::rref: return append_list(text, *this, "RRef(");
    case TypeKind::union_: return append_list(text, *this, "Union(");
    case TypeKind::class_: text += "__torch__.torch.classes."; [[fallthrough]];
    case TypeKind::variable: text += name(); return;
    default: text += simple_names[static_cast<size_t>(kind())]; return;
  }
}

}  // namespace spinel::registry::inline v1
