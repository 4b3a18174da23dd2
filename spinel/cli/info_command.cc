#include <ATen/ATen.h>
#include <ATen/Parallel.h>
#include <ATen/Version.h>
#include <torch/version.h>

#include <memory>
#include <thread>

#include "spinel/base/error.h"
#include "spinel/base/platform/file.h"
#include "spinel/base/sharded_safetensors.h"
#include "spinel/base/version.h"
#include "spinel/cli/commands.h"
#include "spinel/cli/component_docs.h"
#include "spinel/cli/output.h"
#include "spinel/cli/plot/canvas.h"
#include "spinel/hosts/torch/tensor_view.h"
#include "spinel/kernels/cpu/simd_level.h"
#include "spinel/models/list.h"
#include "spinel/train/checkpoint.h"

namespace spinel::cli {
namespace {

struct InfoArguments {
  std::string path;
  bool json = false;
  bool options = false;
};

std::string compiler() {
#if defined(__clang__)
  return std::string("clang ") + __clang_version__;
#else
  return std::string("g++ ") + __VERSION__;
#endif
}

/// Those of the vector extensions that make a difference to the kernels.
std::vector<std::string> cpu_features() {
  std::vector<std::string> names;
#if defined(__x86_64__)
  __builtin_cpu_init();
  if (__builtin_cpu_supports("sse4.2")) names.push_back("sse4.2");
  if (__builtin_cpu_supports("avx2")) names.push_back("avx2");
  if (__builtin_cpu_supports("fma")) names.push_back("fma");
  if (__builtin_cpu_supports("avx512f")) names.push_back("avx512f");
  if (__builtin_cpu_supports("avx512bw")) names.push_back("avx512bw");
  if (__builtin_cpu_supports("avx512vnni")) names.push_back("avx512vnni");
  if (__builtin_cpu_supports("avx512bf16")) names.push_back("avx512bf16");
#endif
  return names;
}

Config build_info() {
  Config info = Config::map();
  info.set("version", version());
  info.set("compiler", compiler());
  info.set("libtorch", TORCH_VERSION);
  info.set("libtorch_cpu_capability", at::get_cpu_capability());
  Config::List features;
  for (const std::string& name : cpu_features()) features.push_back(name);
  info.set("cpu_features", std::move(features));
  info.set("simd", kernels::simd_level());
  info.set("cpu_cores", static_cast<int64_t>(std::thread::hardware_concurrency()));
  info.set("threads", static_cast<int64_t>(at::get_num_threads()));
  info.set("gpus", static_cast<int64_t>(at::hasCUDA() ? at::getNumGPUs() : 0));
  info.set("cuda", at::hasCUDA());
  info.set("png_plots", plot::png_available());
  return info;
}

std::string value_text(const Config& value) {
  if (value.is_string()) return value.as_string();
  if (!value.is_list()) return to_json(value, -1);
  std::vector<std::string> items;
  for (const Config& item : value.as_list()) items.push_back(value_text(item));
  return join_text(items, " ");
}

void print_table(const Config& map, const std::string& indent = "") {
  size_t width = 0;
  for (const auto& [key, value] : map.as_map()) width = std::max(width, key.size());
  for (const auto& [key, value] : map.as_map()) {
    if (value.is_map()) {
      print_line(indent + key);
      print_table(value, indent + "  ");
    } else {
      print_line(indent + key + std::string(width - key.size() + 2, ' ') + value_text(value));
    }
  }
}

int print_build(const InfoArguments& arguments) {
  Config info = build_info();
  if (arguments.json) {
    Config components = Config::map();
    for (const KindDoc& kind : component_kinds()) components.set(kind.kind, component_config(kind));
    info.set("components", std::move(components));
    print_line(to_json(info));
    return 0;
  }
  print_table(info);
  for (const KindDoc& kind : component_kinds()) {
    print_line("\n" + kind.kind);
    for (const ComponentDoc& component : kind.components) {
      print(arguments.options ? component_text(component) : "  " + component.name + ": " + component.summary + "\n");
    }
  }
  return 0;
}

/// Values that a trained model should not have, and how many values there are.
struct ValueCounts {
  int64_t values = 0, nan = 0, infinite = 0, denormal = 0;
  void add(const at::Tensor& tensor) {
    values += tensor.numel();
    if (!tensor.is_floating_point() || tensor.numel() == 0) return;
    nan += at::isnan(tensor).sum().item<int64_t>();
    infinite += at::isinf(tensor).sum().item<int64_t>();
    const at::Tensor size = tensor.abs();
    const double smallest = tensor.scalar_type() == at::kDouble ? std::numeric_limits<double>::min()
                            : tensor.scalar_type() == at::kHalf ? 6.103515625e-05
                                                                : double{std::numeric_limits<float>::min()};
    denormal += ((size > 0) & (size < smallest)).sum().item<int64_t>();
  }
  void write(Config& info) const {
    info.set("values", values);
    info.set("nan", nan);
    info.set("infinite", infinite);
    info.set("denormal", denormal);
  }
};

Config checkpoint_info(const std::string& path) {
  const train::Checkpoint checkpoint = train::load_checkpoint(path);
  const auto model = train::make_model(checkpoint, models::model_list(), {.name = path});
  Config info = Config::map();
  info.set("file", train::resolve_checkpoint(path));
  info.set("model", checkpoint.model_name);
  info.set("arguments", checkpoint.model_arguments);
  info.set("dtype", checkpoint.dtype);
  info.set("parameters", model->num_parameters());
  ValueCounts counts;
  for (const auto& [name, tensor] : checkpoint.parameters) counts.add(tensor);
  counts.write(info);
  info.set("targets", checkpoint.targets);
  info.set("transforms", checkpoint.transforms);
  Config split = Config::map();
  if (checkpoint.split.is_map()) {
    for (const auto& [part, indices] : checkpoint.split.as_map()) {
      if (indices.is_list()) split.set(part, static_cast<int64_t>(indices.as_list().size()));
    }
  }
  info.set("split", std::move(split));
  info.set("progress", checkpoint.progress);
  return info;
}

std::string shape_text(const TensorView& view) {
  return std::string(to_string(view.dtype)) + " [" + join_text(view.shape, ", ") + "]";
}

Config safetensors_info(const std::string& path) {
  const ShardedSafetensors file = ShardedSafetensors::open(path);
  Config info = Config::map();
  info.set("file", file.name());
  info.set("shards", static_cast<int64_t>(file.num_shards()));
  Config metadata = Config::map(), tensors = Config::map();
  for (const auto& [key, value] : file.metadata()) metadata.set(key, value);
  ValueCounts counts;
  for (const std::string& name : file.names()) {
    tensors.as_map().emplace_back(name, shape_text(file.tensor(name)));
    counts.add(to_tensor(file.tensor(name), file.owner(name)));
  }
  file.check_intact();
  counts.write(info);
  info.set("metadata", std::move(metadata));
  info.set("tensors", std::move(tensors));
  return info;
}

/// A folder of the hub's form is known by its files, before it is taken for that of a run.
bool is_hub_folder(const std::string& path) {
  return ShardedSafetensors::is_index(path) ||
         (folder_exists(path) && file_exists(join_path(path, "model.safetensors")));
}

int run_info(const InfoArguments& arguments) {
  if (arguments.path.empty()) return print_build(arguments);
  Config info;
  if (is_hub_folder(arguments.path)) {
    info = safetensors_info(arguments.path);
  } else {
    const std::string file = train::resolve_checkpoint(arguments.path);
    info = train::is_checkpoint(file) ? checkpoint_info(arguments.path) : safetensors_info(file);
  }
  if (arguments.json) print_line(to_json(info));
  else print_table(info);
  return 0;
}

}  // namespace

Command info_command() {
  return {"info", "Show what this build can do, or what is in a checkpoint",
          "  spinel info\n"
          "  spinel info --options\n"
          "  spinel info runs/ethanol\n"
          "  spinel info weights.safetensors --json\n",
          [] {
            const auto arguments = std::make_shared<InfoArguments>();
            return Invocation{{{"PATH", &arguments->path,
                                "Checkpoint, folder of a run, safetensors file, or model.safetensors.index.json"},
                               {"--json", &arguments->json, "Everything as JSON"},
                               {"--options", &arguments->options, "Also the options of each component"}},
                              [arguments] { return run_info(*arguments); }};
          }};
}

}  // namespace spinel::cli
