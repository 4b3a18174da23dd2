// Binaries on the stable ABI name libtorch's files as what they need. Files of these names that lead to this library
// lie beside it in torch_names/.
#include <dlfcn.h>

#include <algorithm>
#include <filesystem>
#include <vector>

#include "compat/aten/operators.h"
#include "compat/shim/guarded.h"

namespace spinel::shim {
namespace {

std::filesystem::path folder_of_names() {
  Dl_info own;
  if (dladdr(reinterpret_cast<void*>(&aoti_torch_abi_version), &own) == 0) {
    fail(ErrorKind::internal, "torch_names: the system does not tell where this library lies");
  }
  return std::filesystem::canonical(own.dli_fname).parent_path() / "torch_names";
}

void provide() {
  if (void* const libtorch = dlopen("libtorch_cpu.so", RTLD_LAZY | RTLD_NOLOAD); libtorch != nullptr) {
    dlclose(libtorch);  // whosever it is, it has the names
    return;
  }
  const std::filesystem::path folder = folder_of_names();
  std::vector<std::filesystem::path> files;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) files.push_back(entry.path());
  std::sort(files.begin(), files.end());
  for (const auto& file : files) {
    // Never closed: what is loaded later may stand on it.
    if (dlopen(file.c_str(), RTLD_NOW | RTLD_LOCAL) == nullptr) {
      fail(ErrorKind::unavailable, "{}: it cannot be loaded: {}", file.string(), dlerror());
    }
  }
}

}  // namespace
}  // namespace spinel::shim

extern "C" AOTITorchError spinel_provide_torch_names() {
  return spinel::shim::guarded([] { spinel::shim::provide(); });
}
extern "C" AOTITorchError spinel_define_aten_operators() {
  return spinel::shim::guarded([] { spinel::aten::register_operators(); });
}
