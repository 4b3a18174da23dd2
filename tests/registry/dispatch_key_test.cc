#include <gtest/gtest.h>

#include "spinel/registry/dispatch_guards.h"
#include "spinel/registry/dispatch_key_set.h"
#include "tests/support/errors.h"

namespace spinel::registry {
namespace {

TEST(DispatchKey, NamesAreThoseOfTheReferenceAndParseBack) {
  EXPECT_EQ(to_string(DispatchKey::CPU), "CPU");
  EXPECT_EQ(to_string(DispatchKey::AutogradPrivateUse1), "AutogradPrivateUse1");
  EXPECT_EQ(to_string(DispatchKey::SparseCsrCUDA), "SparseCsrCUDA");
  EXPECT_EQ(to_string(DispatchKey::CatchAll), "CompositeImplicitAutograd");
  for (int i = 0; i < static_cast<int>(DispatchKey::EndOfKeys); ++i) {
    const auto key = static_cast<DispatchKey>(i);
    if (key == DispatchKey::EndOfFunctionalityKeys || key == DispatchKey::EndOfRuntimeKeys) continue;
    EXPECT_EQ(parse_dispatch_key(to_string(key)), key);
  }
}

TEST(DispatchKey, UnknownNamesAreAnErrorWithTheNearestOne) {
  const Error error = error_of([] { parse_dispatch_key("AutogradCUDDA"); });
  EXPECT_EQ(error.kind(), ErrorKind::not_found);
  EXPECT_NE(std::string(error.what()).find("could not parse dispatch key: AutogradCUDDA"), std::string::npos);
  EXPECT_NE(std::string(error.what()).find("'AutogradCUDA'"), std::string::npos);
  // A C++ spelling that is no name.
  EXPECT_EQ(error_of([] { parse_dispatch_key("CatchAll"); }).kind(), ErrorKind::not_found);
  EXPECT_EQ(error_of([] { parse_dispatch_key(""); }).kind(), ErrorKind::not_found);
}

TEST(DispatchKey, PerBackendKeysAreProducts) {
  EXPECT_EQ(runtime_key(DispatchKey::AutogradFunctionality, Backend::XPU), DispatchKey::AutogradXPU);
  EXPECT_EQ(functionality_of(DispatchKey::QuantizedCUDA), DispatchKey::Quantized);
  EXPECT_EQ(backend_of(DispatchKey::NestedTensorMeta), Backend::Meta);
  EXPECT_EQ(runtime_key(DispatchKey::Tracer, Backend::XPU), DispatchKey::Tracer);
  EXPECT_EQ(dispatch_key_of_device(DeviceType::privateuseone), DispatchKey::PrivateUse1);
  EXPECT_EQ(error_of([] { backend_of_device(DeviceType::opengl); }).kind(), ErrorKind::not_found);
}

TEST(DispatchKeySet, TheHighestBackendWinsAndTheOutermostFunctionality) {
  EXPECT_EQ(DispatchKeySet().highest(), DispatchKey::Undefined);
  EXPECT_EQ(DispatchKeySet({DispatchKey::CPU, DispatchKey::CUDA}).highest(), DispatchKey::CUDA);
  EXPECT_EQ(DispatchKeySet({DispatchKey::Meta, DispatchKey::PrivateUse1}).highest(), DispatchKey::Meta);
  EXPECT_EQ(tensor_keys(Backend::CPU).highest(), DispatchKey::AutogradCPU);
  EXPECT_EQ((tensor_keys(Backend::CPU) & after_autograd_keys).highest(), DispatchKey::ADInplaceOrView);
  EXPECT_EQ((tensor_keys(Backend::CPU) & after_ad_inplace_or_view_keys).highest(), DispatchKey::CPU);
  // A functionality that needs a backend and finds none.
  EXPECT_EQ(DispatchKeySet(DispatchKey::Dense).highest(), DispatchKey::Undefined);
}

TEST(DispatchKeySet, TakingAwayLeavesTheBackends) {
  const DispatchKeySet keys = tensor_keys(Backend::CUDA) - DispatchKeySet(DispatchKey::AutogradCPU);
  EXPECT_FALSE(keys.has(DispatchKey::AutogradCUDA));
  EXPECT_TRUE(keys.has(DispatchKey::CUDA));
  EXPECT_EQ(keys.to_string(), "DispatchKeySet(CUDA, ADInplaceOrView)");
}

TEST(DispatchKeySet, HasAnyNeedsAFunctionalityAndItsBackend) {
  EXPECT_TRUE(DispatchKeySet(DispatchKey::CPU).has_any(tensor_keys(Backend::CPU)));
  EXPECT_FALSE(DispatchKeySet(DispatchKey::CPU).has_any(DispatchKeySet(DispatchKey::CUDA)));
  EXPECT_FALSE(DispatchKeySet(DispatchKey::CPU).has_any(DispatchKeySet(DispatchKey::SparseCPU)));
  EXPECT_TRUE(DispatchKeySet(DispatchKey::Tracer).has_any(DispatchKeySet({DispatchKey::Tracer, DispatchKey::CPU})));
}

TEST(DispatchKeySet, EachRuntimeKeyHasItsOwnSlot) {
  std::vector<int> used(table_size, 0);
  for (int i = 0; i < static_cast<int>(DispatchKey::EndOfRuntimeKeys); ++i) {
    const auto key = static_cast<DispatchKey>(i);
    if (key == DispatchKey::EndOfFunctionalityKeys || is_per_backend_functionality(key)) continue;
    ASSERT_LT(table_index(key), table_size) << to_string(key);
    ++used[table_index(key)];
  }
  for (int count : used) EXPECT_EQ(count, 1);
}

// The reference's answers to torch._C._dispatch_is_included_in_alias.
TEST(DispatchKeySet, AliasesReachTheKeysOfTheReference) {
  using enum DispatchKey;
  EXPECT_TRUE(is_included_in_alias(AutogradOther, Autograd));
  EXPECT_TRUE(is_included_in_alias(AutogradMeta, Autograd));
  EXPECT_FALSE(is_included_in_alias(CPU, Autograd));
  EXPECT_TRUE(is_included_in_alias(AutogradCUDA, CompositeImplicitAutograd));
  EXPECT_TRUE(is_included_in_alias(NestedTensorCPU, CompositeImplicitAutograd));
  EXPECT_FALSE(is_included_in_alias(Functionalize, CompositeImplicitAutograd));
  EXPECT_FALSE(is_included_in_alias(BackendSelect, CompositeImplicitAutograd));
  EXPECT_TRUE(is_included_in_alias(SparseMeta, CompositeExplicitAutograd));
  EXPECT_FALSE(is_included_in_alias(NestedTensorCPU, CompositeExplicitAutograd));
  EXPECT_FALSE(is_included_in_alias(AutogradCPU, CompositeExplicitAutograd));
  EXPECT_FALSE(is_included_in_alias(XLA, CompositeExplicitAutogradNonFunctional));
  EXPECT_FALSE(is_included_in_alias(Lazy, CompositeExplicitAutogradNonFunctional));
  EXPECT_FALSE(is_included_in_alias(SparseCPU, CompositeExplicitAutogradNonFunctional));
  EXPECT_TRUE(is_included_in_alias(SparseCsrCPU, CompositeExplicitAutogradNonFunctional));
  EXPECT_FALSE(is_included_in_alias(Undefined, CompositeImplicitAutograd));
}

TEST(DispatchGuards, ChangeTheKeysOfTheThreadWhileTheyLive) {
  const DispatchKeySet before = thread_state().excluded;
  {
    AutoDispatchBelowADInplaceOrView below;
    EXPECT_TRUE(thread_state().excluded.has(DispatchKey::ADInplaceOrView));
    IncludeDispatchKeyGuard tracer{DispatchKey::Tracer};
    EXPECT_TRUE(thread_state().included.has(DispatchKey::Tracer));
    EXPECT_TRUE(thread_state().included.has(DispatchKey::BackendSelect));
  }
  EXPECT_EQ(thread_state().excluded, before);
  EXPECT_EQ(thread_state().included, default_included_keys);
}

}  // namespace
}  // namespace spinel::registry
