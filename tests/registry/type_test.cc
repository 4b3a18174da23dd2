#include "spinel/registry/type.h"

#include <gtest/gtest.h>

#include <thread>

#include "tests/support/errors.h"

namespace spinel::registry {
namespace {

Type tuple(std::vector<Type> elements) { return Type::tuple(elements); }
Type union_of(std::vector<Type> members) { return Type::union_of(members); }

TEST(Type, PrintsInTheNotationOfSchemas) {
  EXPECT_EQ(Type().to_string(), "NoneType");
  EXPECT_EQ(Type(TypeKind::scalar_type).to_string(), "ScalarType");
  EXPECT_EQ(Type::list(Type::optional(TypeKind::tensor)).to_string(), "Tensor?[]");
  EXPECT_EQ(Type::optional(Type::list(Type::list(TypeKind::integer))).to_string(), "int[][]?");
  EXPECT_EQ(tuple({}).to_string(), "()");
  EXPECT_EQ(tuple({TypeKind::floating}).to_string(), "(float)");
  EXPECT_EQ(Type::dict(TypeKind::string, tuple({TypeKind::boolean, TypeKind::any})).to_string(),
            "Dict(str, (bool, Any))");
  EXPECT_EQ(Type::future(Type::rref(Type::await(TypeKind::complex))).to_string(), "Future(RRef(Await(complex)))");
  EXPECT_EQ(Type::custom_class("a.B").to_string(), "__torch__.torch.classes.a.B");
  EXPECT_EQ(Type::variable("t").to_string(), "t");
}

TEST(Type, IsEqualByStructureAndSpelling) {
  EXPECT_EQ(Type::list(Type::list(TypeKind::integer)), Type::list(Type::list(TypeKind::integer)));
  EXPECT_NE(Type(TypeKind::sym_int), Type(TypeKind::integer));
  EXPECT_NE(Type::variable("t"), Type::variable("s"));
  EXPECT_NE(Type::variable("a.B"), Type::custom_class("a.B"));
  EXPECT_NE(tuple({TypeKind::tensor}), tuple({TypeKind::tensor, TypeKind::tensor}));
}

TEST(Type, OptionalOfOptionalIsOneOptional) {
  EXPECT_EQ(Type::optional(Type::optional(TypeKind::integer)), Type::optional(TypeKind::integer));
  EXPECT_EQ(error_of([] { Type::optional(TypeKind::none); }).kind(), ErrorKind::invalid_argument);
}

TEST(Type, KnowsWhatItIsBoundAs) {
  const Type int_type = TypeKind::integer;
  for (const TypeKind kind : {TypeKind::sym_int, TypeKind::scalar_type, TypeKind::layout, TypeKind::memory_format}) {
    EXPECT_EQ(Type(kind).bound(), int_type);
    EXPECT_EQ(Type::optional(Type::list(kind)).bound(), Type::optional(Type::list(int_type)));
    EXPECT_EQ(tuple({Type::list(Type::list(kind)), kind}).bound(), tuple({Type::list(Type::list(int_type)), int_type}));
    EXPECT_FALSE(Type::list(kind).is_bound());
  }
  EXPECT_EQ(Type(TypeKind::sym_bool).bound(), Type(TypeKind::boolean));
  EXPECT_TRUE(Type::list(Type::list(Type::list(TypeKind::tensor))).is_bound());
}

TEST(Type, RefusesDictKeysThatCannotBeHashed) {
  for (const TypeKind key : {TypeKind::integer, TypeKind::string, TypeKind::tensor, TypeKind::boolean, TypeKind::any}) {
    EXPECT_EQ(Type::dict(key, TypeKind::tensor).element(0).kind(), key);
  }
  for (const Type& key : {Type::variable("t"), Type(TypeKind::scalar), Type::optional(TypeKind::string)}) {
    EXPECT_EQ(error_of([&] { Type::dict(key, TypeKind::tensor); }).kind(), ErrorKind::invalid_argument);
  }
}

TEST(Type, BringsUnionsIntoCanonicalForm) {
  const Type text = TypeKind::string, integer = TypeKind::integer, tensor = TypeKind::tensor, real = TypeKind::floating;
  EXPECT_EQ(union_of({text, integer, tensor, real}).to_string(), "Union(Tensor, float, int, str)");
  EXPECT_EQ(union_of({integer, TypeKind::none}), Type::optional(integer));
  EXPECT_EQ(union_of({Type::optional(integer), text}).to_string(), "Union(int, NoneType, str)");
  EXPECT_EQ(union_of({integer, union_of({text, real})}).to_string(), "Union(float, int, str)");
  EXPECT_EQ(union_of({integer, real, TypeKind::complex}).to_string(), "Union(Scalar)");
  EXPECT_EQ(union_of({TypeKind::scalar, integer, tensor}).to_string(), "Union(Tensor, Scalar)");
  EXPECT_EQ(union_of({text, text, integer}).to_string(), "Union(int, str)");
  for (const auto& members : {std::vector<Type>{}, {integer}, {integer, integer}, {TypeKind::any, integer}}) {
    EXPECT_EQ(error_of([&] { Type::union_of(members); }).kind(), ErrorKind::invalid_argument);
  }
}

TEST(Type, SubtypesAreThoseOfTheReference) {
  const Type tensor = TypeKind::tensor, integer = TypeKind::integer, none = TypeKind::none;
  EXPECT_TRUE(integer.is_subtype_of(TypeKind::any));
  EXPECT_TRUE(integer.is_subtype_of(TypeKind::scalar));
  EXPECT_FALSE(Type(TypeKind::boolean).is_subtype_of(TypeKind::scalar));
  EXPECT_FALSE(integer.is_subtype_of(TypeKind::floating));
  EXPECT_FALSE(Type(TypeKind::boolean).is_subtype_of(integer));
  EXPECT_TRUE(integer.is_subtype_of(TypeKind::scalar_type));
  EXPECT_TRUE(none.is_subtype_of(Type::optional(tensor)));
  EXPECT_TRUE(integer.is_subtype_of(Type::optional(TypeKind::scalar)));
  EXPECT_TRUE(Type::optional(integer).is_subtype_of(Type::optional(TypeKind::scalar)));
  EXPECT_FALSE(Type::optional(tensor).is_subtype_of(tensor));
  // Lists and dicts can be written to, so their elements must be equal; tuples cannot.
  EXPECT_FALSE(Type::list(integer).is_subtype_of(Type::list(TypeKind::scalar)));
  EXPECT_FALSE(Type::list(tensor).is_subtype_of(Type::list(Type::optional(tensor))));
  EXPECT_TRUE(tuple({integer, none}).is_subtype_of(tuple({TypeKind::scalar, Type::optional(tensor)})));
  EXPECT_FALSE(tuple({integer}).is_subtype_of(tuple({integer, integer})));
  EXPECT_TRUE(Type::optional(integer).is_subtype_of(union_of({Type::optional(integer), TypeKind::string})));
  EXPECT_FALSE(Type::optional(integer).is_subtype_of(union_of({integer, TypeKind::string})));
  EXPECT_TRUE(union_of({integer, TypeKind::string}).is_subtype_of(union_of({TypeKind::string, TypeKind::scalar})));
  EXPECT_TRUE(Type::custom_class("a.B").is_subtype_of(TypeKind::any_class));
}

TEST(Type, RefusesTypesThatNestTooDeep) {  // IP-03
  Type type = TypeKind::integer;
  for (int i = 0; i < Type::max_depth; ++i) type = Type::list(type);
  EXPECT_EQ(type.to_string().size(), 3u + 2 * Type::max_depth);
  EXPECT_EQ(error_of([&] { Type::list(type); }).kind(), ErrorKind::invalid_argument);
}

TEST(Type, IsSharedBetweenThreads) {
  const Type shared = tuple({Type::list(Type::list(TypeKind::scalar_type)), Type::custom_class("a.B")});
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([shared] {
      for (int k = 0; k < 1000; ++k) {
        const Type copy = Type::list(shared);
        ASSERT_EQ(copy.element().element(1).name(), "a.B");
        ASSERT_EQ(copy.bound().element().element(0).to_string(), "int[][]");
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
}

}  // namespace
}  // namespace spinel::registry
