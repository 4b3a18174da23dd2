#include "spinel/registry/dispatch_key.h"

#include <map>
#include <vector>

#include "spinel/base/error.h"
#include "spinel/base/format.h"
#include "spinel/base/suggest.h"
#include "spinel/registry/operator_error.h"

namespace spinel::registry::inline v1 {
namespace {

/// By number; empty for the three marks that end a range.
constexpr std::string_view key_names[] = {"Undefined",
#define SPINEL_NAME(name) #name,
                                          SPINEL_FOR_EACH_FUNCTIONALITY(SPINEL_NAME)
#undef SPINEL_NAME
                                              "",
#define SPINEL_NAME(prefix, name) #prefix #name,
                                          SPINEL_FOR_EACH_BACKEND(SPINEL_NAME, )              //
                                          SPINEL_FOR_EACH_BACKEND(SPINEL_NAME, Quantized)     //
                                          SPINEL_FOR_EACH_BACKEND(SPINEL_NAME, Sparse)        //
                                          SPINEL_FOR_EACH_BACKEND(SPINEL_NAME, SparseCsr)     //
                                          SPINEL_FOR_EACH_BACKEND(SPINEL_NAME, NestedTensor)  //
                                          SPINEL_FOR_EACH_BACKEND(SPINEL_NAME, Autograd)
#undef SPINEL_NAME
                                              "",
#define SPINEL_NAME(name) #name,
                                          SPINEL_FOR_EACH_ALIAS_KEY(SPINEL_NAME)
#undef SPINEL_NAME
};
static_assert(std::size(key_names) == static_cast<size_t>(DispatchKey::EndOfKeys));

}  // namespace

std::string_view to_string(DispatchKey key) {
  const auto number = static_cast<size_t>(key);
  if (number >= std::size(key_names) || key_names[number].empty()) return "UNKNOWN_DISPATCH_KEY";
  return key_names[number];
}

std::string_view to_string(Backend backend) { return to_string(runtime_key(DispatchKey::Dense, backend)); }

DispatchKey parse_dispatch_key(std::string_view name) {
  static const auto* const by_name = [] {
    auto* map = new std::map<std::string_view, DispatchKey>;
    for (size_t i = 0; i < std::size(key_names); ++i) {
      if (!key_names[i].empty()) map->emplace(key_names[i], static_cast<DispatchKey>(i));
    }
    return map;
  }();
  if (const auto found = by_name->find(name); found != by_name->end()) return found->second;
  std::vector<std::string> known;
  for (const auto& entry : *by_name) known.emplace_back(entry.first);
  fail_operator(OperatorFailure::unknown_key,
                format("could not parse dispatch key: {}{}", name, suggestion(name, known)));
}

Backend backend_of_device(DeviceType type) {
  switch (type) {
    case DeviceType::cpu: return Backend::CPU;
    case DeviceType::cuda: return Backend::CUDA;
    case DeviceType::hip: return Backend::HIP;
    case DeviceType::xla: return Backend::XLA;
    case DeviceType::mps: return Backend::MPS;
    case DeviceType::ipu: return Backend::IPU;
    case DeviceType::xpu: return Backend::XPU;
    case DeviceType::hpu: return Backend::HPU;
    case DeviceType::ve: return Backend::VE;
    case DeviceType::lazy: return Backend::Lazy;
    case DeviceType::mtia: return Backend::MTIA;
    case DeviceType::maia: return Backend::MAIA;
    case DeviceType::privateuseone: return Backend::PrivateUse1;
    case DeviceType::meta: return Backend::Meta;
    default: fail(ErrorKind::not_found, "{}: no backend of the dispatcher serves this device type", to_string(type));
  }
}

DispatchKey dispatch_key_of_device(DeviceType type) {
  switch (type) {
    case DeviceType::fpga: return DispatchKey::FPGA;
    case DeviceType::vulkan: return DispatchKey::Vulkan;
    case DeviceType::metal: return DispatchKey::Metal;
    case DeviceType::mkldnn: return DispatchKey::MkldnnCPU;
    default: return runtime_key(DispatchKey::Dense, backend_of_device(type));
  }
}

}  // namespace spinel::registry::inline v1
