#include "spinel/registry/type_parser.h"

#include <algorithm>
#include <array>
#include <utility>
#include <vector>

#include "spinel/base/format.h"
#include "spinel/base/suggest.h"

namespace spinel::registry::inline v1 {
namespace {

using enum TypeKind;

constexpr std::pair<std::string_view, TypeKind> simple_types[] = {
    {"int", integer},
    {"Scalar", scalar},
    {"float", floating},
    {"bool", boolean},
    {"SymInt", sym_int},
    {"str", string},
    {"ScalarType", scalar_type},
    {"Layout", layout},
    {"Device", device},
    {"MemoryFormat", memory_format},
    {"Generator", generator},
    {"complex", complex},
    {"Storage", storage},
    {"Stream", stream},
    {"SymBool", sym_bool},
    {"QScheme", qscheme},
    {"Quantizer", quantizer},
    {"ConstQuantizerPtr", integer},
    {"DeviceIndex", integer},
    {"None", none},
    {"NoneType", none},
    {"Capsule", capsule},
    {"Any", any},
    {"AnyClassType", any_class},
    {"AnyEnumType", any_enum},
};

std::optional<TypeKind> simple_type(std::string_view name) {
  for (const auto& [known, kind] : simple_types) {
    if (known.size() == name.size() && known[0] == name[0] && known == name) return kind;
  }
  return std::nullopt;
}

/// What is said of a type nobody knows, with the nearest known one.
std::string unknown_type(std::string_view name) {
  std::vector<std::string> known = {"Tensor", "Dict", "Union", "Future", "Await", "RRef"};
  for (const auto& entry : simple_types) known.emplace_back(entry.first);
  const std::string nearest = name.size() > 40 ? "" : nearest_name(name, known);
  std::string text = format("there is no type {}", in_quotes(name));
  text += nearest.empty() ? "; lists are written T[], optional values T?" : format("; did you mean '{}'?", nearest);
  return text;
}

/// `(a)` and `(a!)`: all but a few marks are a single letter, and what they point to is shared.
const std::shared_ptr<const AliasInfo>& letter_alias(char letter, bool is_write) {
  using Table = std::array<std::shared_ptr<const AliasInfo>, 2 * 26>;
  static const Table& table = *[] {  // never destroyed, as schemas may outlive this library's statics
    auto* made = new Table;
    for (size_t i = 0; i < made->size(); ++i) {
      const std::vector<std::string> name = {std::string(1, static_cast<char>('a' + i / 2))};
      (*made)[i] = std::make_shared<const AliasInfo>(AliasInfo{name, name, i % 2 == 1, {}});
    }
    return made;
  }();
  return table[static_cast<size_t>(letter - 'a') * 2 + (is_write ? 1 : 0)];
}

}  // namespace

/// Runs `make`; an error in making the type is one of the schema at `token`.
template <typename Make>
Type TypeParser::checked(const Token& token, const Make& make) {
  try {
    return make();
  } catch (const SchemaError&) {
    throw;
  } catch (const Error& error) {
    lexer_.fail(SchemaErrorKind::bad_default, token, error.what());
  }
}

MarkedType TypeParser::parse() {
  if (++depth_ > Type::max_depth) {
    lexer_.fail(SchemaErrorKind::syntax, lexer_.current(), format("types nest deeper than {}", Type::max_depth));
  }
  const Token begin = lexer_.current();
  MarkedType result = parse_base();
  while (true) {
    if (lexer_.at('[', mark(']'))) {
      lexer_.next();
      lexer_.next();
      result.type = checked(begin, [&] { return Type::list(result.type); });
      result.alias = contain(parse_alias(), std::move(result.alias));
    } else if (lexer_.accept('?')) {
      result.type = checked(begin, [&] { return Type::optional(result.type); });
    } else {
      break;
    }
  }
  --depth_;
  return result;
}

std::shared_ptr<const AliasInfo> TypeParser::contain(std::shared_ptr<const AliasInfo> list,
                                                     std::shared_ptr<const AliasInfo> element) {
  if (!element) return list;
  auto both = list ? std::make_shared<AliasInfo>(*list) : std::make_shared<AliasInfo>();
  if (!list) both->is_write = element->is_write;
  both->contained.push_back(*element);
  return both;
}

MarkedType TypeParser::parse_base() {
  if (lexer_.at('(')) return {parse_tuple(), nullptr};
  const Token name = lexer_.current();
  const std::string_view text = lexer_.text(name);
  const auto one_element = [&](Type (*make)(const Type&)) {
    lexer_.next();
    lexer_.expect('(');
    const Type element = parse().type.bound();
    lexer_.expect(')');
    return MarkedType{checked(name, [&] { return make(element); }), nullptr};
  };
  switch (text.empty() ? '\0' : text[0]) {
    case 'T':
      if (!is_word(text, "Tensor")) break;
      lexer_.next();
      return {TypeKind::tensor, parse_alias()};
    case 'D':
      if (is_word(text, "Dict")) return {parse_dict(), parse_alias()};
      break;
    case 'U':
      if (is_word(text, "Union")) return {parse_union(), parse_alias()};
      break;
    case 'F':
      if (is_word(text, "Future")) return one_element(&Type::future);
      break;
    case 'A':
      if (is_word(text, "Await")) return one_element(&Type::await);
      break;
    case 'R':
      if (is_word(text, "RRef")) return one_element(&Type::rref);
      break;
    case '_':
      if (is_word(text, "__torch__")) return {parse_class(), parse_alias()};
      break;
    default: break;
  }
  return {parse_simple(), parse_alias()};
}

/// Elements of tuples, dicts and unions are of the type values are bound as: `(SymInt)` is `(int)`.
Type TypeParser::parse_tuple() {
  const Token begin = lexer_.expect('(');
  std::vector<Type> elements;
  if (!lexer_.at(')')) {
    do {
      elements.push_back(parse().type.bound());
    } while (lexer_.accept(','));
  }
  lexer_.expect(')');
  return checked(begin, [&] { return Type::tuple(elements); });
}

Type TypeParser::parse_union() {
  const Token begin = lexer_.next();
  lexer_.expect('(');
  std::vector<Type> members = {parse().type};
  while (!lexer_.at(')')) {
    lexer_.expect(',');
    members.push_back(parse().type);
  }
  lexer_.expect(')');
  return checked(begin, [&] { return Type::union_of(members); });
}

Type TypeParser::parse_dict() {
  const Token begin = lexer_.next();
  lexer_.expect('(');
  const Type key = parse().type.bound();
  lexer_.expect(',');
  const Type value = parse().type.bound();
  lexer_.expect(')');
  return checked(begin, [&] { return Type::dict(key, value); });
}

/// `__torch__.torch.classes.<namespace>.<Name>`
Type TypeParser::parse_class() {
  lexer_.next();
  for (const std::string_view word : {"torch", "classes"}) {
    lexer_.expect('.');
    const Token found = lexer_.expect(TokenKind::identifier);
    if (lexer_.text(found) != word) {
      lexer_.fail(SchemaErrorKind::unknown_class, found,
                  format("expected '{}' but found {}; a custom class is __torch__.torch.classes.namespace.Name", word,
                         in_quotes(lexer_.text(found))));
    }
  }
  lexer_.expect('.');
  std::string name(lexer_.text(lexer_.expect(TokenKind::identifier)));
  lexer_.expect('.');
  const Token last = lexer_.expect(TokenKind::identifier);
  name += '.';
  name += lexer_.text(last);
  if (!context_.has_class || !context_.has_class(name)) {
    lexer_.fail(SchemaErrorKind::unknown_class, last, format("the custom class {} is not registered", in_quotes(name)));
  }
  return checked(last, [&] { return Type::custom_class(name); });
}

Type TypeParser::parse_simple() {
  const TokenKind kind = lexer_.current().kind;
  const bool is_none = kind == TokenKind::none || kind == TokenKind::none_type;
  const Token token = is_none ? lexer_.next() : lexer_.expect(TokenKind::identifier);
  if (!lexer_.at('.', TokenKind::identifier)) {
    if (const auto simple = simple_type(lexer_.text(token))) return *simple;
  }
  std::string name(lexer_.text(token));
  while (lexer_.at('.', TokenKind::identifier)) {
    lexer_.next();
    name += '.';
    name += lexer_.text(lexer_.next());
  }
  // So a misspelt lower-case type is a variable, in the reference too.
  if (name[0] >= 'a' && name[0] <= 'z') return checked(token, [&] { return Type::variable(name); });
  lexer_.fail(SchemaErrorKind::unknown_type, token, unknown_type(name));
}

/// `a|b`, `*`. After a `*` a further name is not read: it is the caller's syntax error.
std::vector<std::string> TypeParser::parse_alias_set() {
  std::vector<std::string> set;
  bool wildcard = false;
  do {
    if (lexer_.accept('*')) {
      wildcard = true;
    } else if (!wildcard) {
      set.emplace_back(lexer_.text(lexer_.expect(TokenKind::identifier)));
    }
  } while (lexer_.accept('|'));
  if (wildcard) set.emplace_back("*");
  // Sorted and unique, so that equal sets are equal vectors.
  std::sort(set.begin(), set.end());
  set.erase(std::unique(set.begin(), set.end()), set.end());
  return set;
}

std::shared_ptr<const AliasInfo> TypeParser::parse_alias() {
  if (lexer_.accept('(')) {
    if (auto alias = parse_letter_alias()) return alias;
    auto alias = std::make_shared<AliasInfo>();
    alias->before = parse_alias_set();
    alias->is_write = lexer_.accept('!');
    alias->after = lexer_.accept(TokenKind::arrow) ? parse_alias_set() : alias->before;
    lexer_.expect(')');
    return alias;
  }
  if (lexer_.accept('!')) {
    auto alias = std::make_shared<AliasInfo>();
    alias->before.push_back("$" + std::to_string(fresh_sets_++));
    alias->is_write = true;
    return alias;
  }
  return nullptr;
}

/// The rest of `(a)` or `(a!)`; null, and nothing read, where there is another mark.
std::shared_ptr<const AliasInfo> TypeParser::parse_letter_alias() {
  const std::string_view name = lexer_.text(lexer_.current());
  if (name.size() != 1 || name[0] < 'a' || name[0] > 'z') return nullptr;
  const Lexer before = lexer_;
  lexer_.next();
  const bool is_write = lexer_.accept('!');
  if (lexer_.accept(')')) return letter_alias(name[0], is_write);
  lexer_ = before;
  return nullptr;
}

}  // namespace spinel::registry::inline v1
