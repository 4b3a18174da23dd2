#include <ATen/core/Tensor.h>

#include <CLI/App.hpp>
#include <algorithm>
#include <memory>

#include "spinel/base/error.h"
#include "spinel/base/platform/file.h"
#include "spinel/base/torch_file.h"
#include "spinel/cli/commands.h"
#include "spinel/cli/convert_config.h"
#include "spinel/cli/convert_schnetpack.h"
#include "spinel/cli/output.h"
#include "spinel/models/schnet/convert.h"

namespace spinel::cli {
namespace {

struct Arguments {
  std::string input, output;
  std::vector<std::string> overrides;
  bool tensors = false, no_forces = false;
};

bool ends_in(const std::string& path, std::initializer_list<const char*> endings) {
  for (const char* ending : endings) {
    if (path.ends_with(ending)) return true;
  }
  return false;
}

/// What the options say about a model that its tensors do not.
Config model_overrides(const Arguments& arguments) {
  Config overrides = Config::map();
  if (arguments.no_forces) overrides.set_path("head.forces", false);
  for (const std::string& text : arguments.overrides) {
    const size_t equals = text.find('=');
    require(equals != std::string::npos && equals > 0, "--set {}: not an assignment; write head.type=DipoleMoment",
            text);
    overrides.set_path(text.substr(0, equals), parse_yaml(std::string_view(text).substr(equals + 1), "--set " + text));
  }
  return overrides;
}

bool is_schnetpack_file(const TorchFile& file) {
  return std::any_of(file.tensors().begin(), file.tensors().end(), [](const TorchTensor& tensor) {
    return models::is_schnetpack({{tensor.name, at::Tensor()}});
  });
}

int convert_torch(const Arguments& arguments) {
  require(arguments.output.ends_with(".safetensors"), "{}: a checkpoint is converted to .safetensors only",
          arguments.output);
  const TorchFile file = TorchFile::open(arguments.input);
  const Config overrides = model_overrides(arguments);
  if (!arguments.tensors && is_schnetpack_file(file)) {
    train::save_checkpoint(arguments.output, schnetpack_checkpoint(tensors_of(file), arguments.input, overrides));
    print_line(format("{}: SchNetPack's SchNet, written as a checkpoint to {}", arguments.input, arguments.output));
    return 0;
  }
  require(
      overrides.as_map().empty(),
      "{}: only its tensors are converted, so --set and --no-forces have no meaning; they are for SchNetPack's SchNet",
      arguments.input);
  write_safetensors(arguments.output, file, file.values());
  print_line(format("{}: {} tensors written to {}", arguments.input, file.tensors().size(), arguments.output));
  return 0;
}

int convert_config(const Arguments& arguments) {
  const std::string text = read_file(arguments.input, 16 << 20);
  const Config config =
      arguments.input.ends_with(".json") ? parse_json(text, arguments.input) : parse_yaml(text, arguments.input);
  require(is_paddle_config(config),
          "{}: there is no __class_name__ in it; only configs of PaddleMaterials are converted", arguments.input);
  const Config native = convert_paddle_config(config);
  write_file_atomic(arguments.output, arguments.output.ends_with(".json") ? to_json(native) + "\n" : to_yaml(native));
  print_line(format("{}: written in the native form to {}", arguments.input, arguments.output));
  return 0;
}

int list_tensors(const Arguments& arguments) {
  const SafetensorsFile file = SafetensorsFile::open(arguments.input);
  Config listing = Config::map(), tensors = Config::map(), metadata = Config::map();
  for (const auto& [key, value] : file.metadata()) metadata.set(key, value);
  for (const std::string& name : file.names()) {
    const TensorView& tensor = file.tensor(name);
    Config::List shape;
    for (const int64_t size : tensor.shape) shape.push_back(size);
    Config entry = Config::map();
    entry.set("dtype", std::string(to_string(tensor.dtype)));
    entry.set("shape", std::move(shape));
    tensors.set(name, std::move(entry));
  }
  listing.set("metadata", std::move(metadata));
  listing.set("tensors", std::move(tensors));
  write_file_atomic(arguments.output, to_json(listing) + "\n");
  print_line(format("{}: {} tensors listed in {}", arguments.input, file.names().size(), arguments.output));
  return 0;
}

int run_convert(const Arguments& arguments) {
  require(absolute_path(arguments.input) != absolute_path(arguments.output),
          "{}: it is the same file as the input; choose another name", arguments.output);
  if (ends_in(arguments.input, {".pt", ".pth", ".ckpt", ".bin"})) return convert_torch(arguments);
  if (ends_in(arguments.input, {".yaml", ".yml", ".json"})) return convert_config(arguments);
  if (arguments.input.ends_with(".safetensors") && arguments.output.ends_with(".json")) return list_tensors(arguments);
  // SchNetPack saves its models without an ending.
  require(file_exists(arguments.input), "{}: there is no such file", arguments.input);
  return convert_torch(arguments);
}

}  // namespace

Command convert_command() {
  return {"convert", "Turn files of other programs into ours; nothing in them is executed",
          "  spinel convert model.ckpt -o model.safetensors\n"
          "  spinel convert best_model -o schnet.safetensors     SchNetPack's model with its offsets\n"
          "  spinel convert best_model -o mu.safetensors --set head.type=DipoleMoment\n"
          "  spinel convert megnet_mp2018.yaml -o native.yaml    config of PaddleMaterials\n"
          "  spinel convert weights.safetensors -o listing.json  names, types and shapes\n",
          [](CLI::App& app) -> std::function<int()> {
            const auto arguments = std::make_shared<Arguments>();
            app.add_option("INPUT", arguments->input,
                           "PyTorch checkpoint (.pt, .pth, .ckpt), PaddleMaterials config, or safetensors file")
                ->required()
                ->type_name("");
            app.add_option("-o,--output", arguments->output, "Result: .safetensors, .yaml or .json")
                ->required()
                ->type_name("FILE");
            app.add_flag("--tensors", arguments->tensors, "Only the tensors, also of models that are known");
            app.add_flag("--no-forces", arguments->no_forces, "A converted SchNet gives no forces");
            app.add_option("--set", arguments->overrides,
                           "An argument of the converted SchNet that its tensors do not tell; may be repeated")
                ->type_name("KEY=VALUE")
                ->allow_extra_args(false);
            return [arguments] { return run_convert(*arguments); };
          }};
}

}  // namespace spinel::cli
