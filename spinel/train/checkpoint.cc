#include "spinel/train/checkpoint.h"

#include <ATen/ATen.h>

#include <filesystem>

#include "spinel/base/error.h"
#include "spinel/base/log.h"
#include "spinel/base/safetensors.h"
#include "spinel/base/suggest.h"
#include "spinel/hosts/torch/tensor_view.h"

namespace spinel::train {
namespace {

constexpr std::string_view kMetadataKey = "spinel_checkpoint";
// State-dict keys have no '/', so nothing of a model can collide with this.
constexpr std::string_view kTrainingPrefix = "training/";

Config description_of(const Checkpoint& checkpoint) {
  return Config::map({
      {"format_version", kCheckpointVersion},
      {"model", Config::map({{"name", checkpoint.model_name}, {"arguments", checkpoint.model_arguments}})},
      {"dtype", checkpoint.dtype},
      {"targets", checkpoint.targets},
      {"transforms", checkpoint.transforms},
      {"split", checkpoint.split},
      {"config", checkpoint.run},
      {"progress", checkpoint.progress},
  });
}

/// Version 1 stored the model as `model: name` with `model_arguments` beside it, and had no `targets`.
Config upgrade_1(Config description) {
  Config model = Config::map({{"name", description.at("model")}, {"arguments", description.at("model_arguments")}});
  description.erase("model_arguments");
  description.set("model", std::move(model));
  description.set("targets", Config::map());
  description.set("format_version", int64_t{2});
  return description;
}

/// upgrades[k] turns version k + 1 into version k + 2.
constexpr Config (*kUpgrades[])(Config) = {upgrade_1};
static_assert(std::size(kUpgrades) == kCheckpointVersion - 1, "each format version needs its upgrade function");

/// The description of an open file; a file without one is no checkpoint.
Config read_description(const SafetensorsFile& file) {
  const auto entry = file.metadata().find(std::string(kMetadataKey));
  require(entry != file.metadata().end(),
          "{}: it is a safetensors file but no checkpoint of a run; give such a file as pretrained_model_path",
          file.name());
  const std::string where = file.name() + ": description";
  try {
    return upgrade_description(parse_json(entry->second, where), where);
  } catch (const Error& error) {
    if (error.kind() == ErrorKind::corrupt) throw;
    throw Error(ErrorKind::corrupt, error.what());
  }
}

std::string with_extension(const std::string& path) {
  return path.ends_with(".safetensors") ? path : path + ".safetensors";
}

}  // namespace

Config upgrade_description(Config description, std::string_view where) {
  const int64_t version = description.at("format_version").as_int();
  if (version < 1 || version > kCheckpointVersion) {
    fail(ErrorKind::corrupt, "{}: format_version is {}; this build reads versions 1 to {}", where, version,
         kCheckpointVersion);
  }
  for (int64_t v = version; v < kCheckpointVersion; ++v) description = kUpgrades[v - 1](std::move(description));
  return description;
}

void save_checkpoint(const std::string& path, const Checkpoint& checkpoint) {
  std::vector<at::Tensor> kept;  // contiguous copies that the views point into
  std::vector<NamedTensorView> views;
  const auto add = [&](const std::string& name, const at::Tensor& tensor) {
    kept.push_back(tensor.detach().to(at::kCPU).contiguous());
    views.push_back({name, to_view(kept.back())});
  };
  for (const auto& [name, tensor] : checkpoint.parameters) add(name, tensor);
  for (const auto& [name, tensor] : checkpoint.training) add(std::string(kTrainingPrefix) + name, tensor);
  write_safetensors(path, views, {{std::string(kMetadataKey), to_json(description_of(checkpoint), -1)}});
}

std::string resolve_checkpoint(const std::string& path) {
  namespace fs = std::filesystem;
  std::error_code ignored;
  if (!fs::is_directory(path, ignored)) {
    if (fs::exists(path, ignored)) return path;
    if (fs::exists(with_extension(path), ignored)) return with_extension(path);
    fail(ErrorKind::not_found,
         "{}: there is no such checkpoint; give a .safetensors file or the output folder of a run", path);
  }
  for (const char* folder : {"", "checkpoints"}) {
    for (const char* name : {"best.safetensors", "latest.safetensors"}) {
      const fs::path candidate = fs::path(path) / folder / name;
      if (fs::exists(candidate, ignored)) return candidate.string();
    }
  }
  fail(ErrorKind::not_found,
       "{}: the folder holds neither best.safetensors nor latest.safetensors; give the output "
       "folder of a run",
       path);
}

bool is_checkpoint(const std::string& path) {
  return SafetensorsFile::open(path).metadata().contains(std::string(kMetadataKey));
}

Checkpoint load_checkpoint(const std::string& path, bool with_training) {
  const std::string resolved = resolve_checkpoint(path);
  require(resolved.ends_with(".safetensors"),
          "{}: a checkpoint is a .safetensors file; turn other formats into one with 'spinel convert'", resolved);
  // Copied, not mapped: a run that goes on may replace the file while its tensors are in use.
  const SafetensorsFile file = SafetensorsFile::open(resolved, true);
  const Config description = read_description(file);
  Checkpoint result;
  try {
    result.model_name = description.at("model").at("name").as_string();
    result.model_arguments = description.at("model").at("arguments");
    result.dtype = description.at("dtype").as_string();
    result.targets = description.at("targets");
    result.transforms = description.at("transforms");
    result.split = description.at("split");
    result.run = description.at("config");
    result.progress = description.at("progress");
  } catch (const Error& error) {
    throw Error(ErrorKind::corrupt, error.what());
  }
  for (const std::string& name : file.names()) {
    const bool training = name.starts_with(kTrainingPrefix);
    if (training && !with_training) continue;
    at::Tensor tensor = to_tensor(file.tensor(name), file.owner());
    if (training) {
      result.training.set(name.substr(kTrainingPrefix.size()), std::move(tensor));
    } else {
      result.parameters.set(name, std::move(tensor));
    }
  }
  return result;
}

at::ScalarType to_scalar_type(std::string_view dtype) {
  if (dtype == "float32") return at::kFloat;
  if (dtype == "float64") return at::kDouble;
  fail(ErrorKind::invalid_argument, "dtype: '{}' is no precision of a model; choose float32 or float64", dtype);
}

std::unique_ptr<Model> make_model(const Checkpoint& checkpoint, const ModelList& models,
                                  const MakeModelOptions& options) try {
  std::unique_ptr<Model> model = models.at(checkpoint.model_name, "").make(checkpoint.model_arguments);
  model->to(to_scalar_type(options.dtype.empty() ? checkpoint.dtype : options.dtype));
  const nn::LoadReport report = model->load_state_dict(
      checkpoint.parameters, options.strict ? nn::KeyMatch::exact : nn::KeyMatch::allow_unexpected);
  if (!report.unexpected.empty()) {
    log_warning("{}: {} has no place for {} of its tensors: {}", options.name, model->name(), report.unexpected.size(),
                first_few(report.unexpected));
  }
  model->eval();
  return model;
} catch (const Error& error) {
  throw Error(error.kind(), options.name + ": " + error.what());
}

}  // namespace spinel::train
