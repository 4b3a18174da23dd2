#include <ATen/core/Tensor.h>

#include <algorithm>
#include <memory>

#include "spinel/base/error.h"
#include "spinel/base/platform/file.h"
#include "spinel/base/sharded_safetensors.h"
#include "spinel/base/torch_file.h"
#include "spinel/cli/commands.h"
#include "spinel/cli/convert_config.h"
#include "spinel/cli/convert_frames.h"
#include "spinel/cli/convert_schnetpack.h"
#include "spinel/cli/convert_state.h"
#include "spinel/cli/output.h"
#include "spinel/models/schnet/convert.h"

namespace spinel::cli {
namespace {

struct ConvertArguments {
  std::string input, output, member, exclude, model;
  std::vector<std::string> overrides;
  bool tensors = false, no_forces = false;
};

/// What the options say about a model that its tensors do not.
Config model_overrides(const ConvertArguments& arguments) {
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

int list_tensors(const ConvertArguments& arguments, const ShardedSafetensors& file) {
  Config listing = Config::map(), tensors = Config::map(), metadata = Config::map();
  for (const auto& [key, value] : file.metadata()) metadata.set(key, value);
  for (const std::string& name : file.names()) {
    const TensorView& tensor = file.tensor(name);
    Config::List shape;
    for (const int64_t size : tensor.shape) shape.push_back(size);
    tensors.as_map().emplace_back(
        name, Config::map({{"dtype", std::string(to_string(tensor.dtype))}, {"shape", Config(std::move(shape))}}));
  }
  listing.set("metadata", std::move(metadata));
  listing.set("tensors", std::move(tensors));
  write_file_atomic(arguments.output, to_json(listing) + "\n");
  print_line(format("{}: {} tensors listed in {}", arguments.input, file.names().size(), arguments.output));
  return 0;
}

std::string name_of(const TorchTensor& tensor) { return tensor.name; }
std::string name_of(const std::string& name) { return name; }

template <typename Items>
bool names_schnetpack(const Items& items) {
  return std::any_of(items.begin(), items.end(), [](const auto& item) {
    return models::is_schnetpack({{name_of(item), at::Tensor()}});
  });
}

/// Writes a checkpoint of the model that --model names, or of SchNetPack's SchNet; false: it is another model, or only
/// tensors are wished.
template <typename File, typename Items>
bool convert_model(const ConvertArguments& arguments, const File& file, const Items& items) {
  const Config overrides = model_overrides(arguments);
  if (!arguments.model.empty()) {
    require(!arguments.tensors && overrides.as_map().empty(),
            "{}: --model says which model it is; --tensors, --set and --no-forces say nothing beside it",
            arguments.input);
    const train::Checkpoint made = state_checkpoint(tensors_of(file), arguments.input, arguments.model);
    train::save_checkpoint(arguments.output, made);
    print_line(format("{}: {}, written as a checkpoint to {}", arguments.input, made.model_name, arguments.output));
    return true;
  }
  if (!arguments.tensors && names_schnetpack(items)) {
    train::save_checkpoint(arguments.output, schnetpack_checkpoint(tensors_of(file), arguments.input, overrides));
    print_line(format("{}: SchNetPack's SchNet, written as a checkpoint to {}", arguments.input, arguments.output));
    return true;
  }
  require(overrides.as_map().empty(),
          "{}: only its tensors are converted, so --set and --no-forces say nothing; they are for SchNetPack's SchNet",
          arguments.input);
  return false;
}

void require_safetensors(const ConvertArguments& arguments) {
  require(arguments.output.ends_with(".safetensors"), "{}: a checkpoint is converted to .safetensors only",
          arguments.output);
}

int convert_torch(const ConvertArguments& arguments) {
  require_safetensors(arguments);
  const TorchFile file = TorchFile::open(arguments.input);
  if (convert_model(arguments, file, file.tensors())) return 0;
  write_safetensors(arguments.output, file, file.values());
  print_line(format("{}: {} tensors written to {}", arguments.input, file.tensors().size(), arguments.output));
  return 0;
}

int convert_safetensors(const ConvertArguments& arguments) {
  const ShardedSafetensors file = ShardedSafetensors::open(arguments.input);
  if (arguments.output.ends_with(".json")) return list_tensors(arguments, file);
  require_safetensors(arguments);
  if (convert_model(arguments, file, file.names())) return 0;
  write_safetensors(arguments.output, file);
  print_line(format("{}: {} tensors of {} files written to {}", arguments.input, file.names().size(), file.num_shards(),
                    arguments.output));
  return 0;
}

int convert_config(const ConvertArguments& arguments) {
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

int run_convert(const ConvertArguments& arguments) {
  refuse_same_file(arguments.output, arguments.input);
  const std::string& input = arguments.input;
  if (input.ends_with(".safetensors") || ShardedSafetensors::is_index(input)) return convert_safetensors(arguments);
  const FrameConversion frames{input, arguments.output, arguments.member, arguments.exclude};
  if (holds_frames(frames)) {
    print_line(input + ": " + convert_frames(frames));
    return 0;
  }
  require(arguments.member.empty() && arguments.exclude.empty(),
          "{}: it holds no frames of atoms, so --member and --exclude say nothing", input);
  if (ends_in(input, {".yaml", ".yml", ".json"})) return convert_config(arguments);
  if (!file_exists(input)) fail(ErrorKind::not_found, "{}: there is no such file", input);
  // SchNetPack saves its models without an ending.
  return convert_torch(arguments);
}

}  // namespace

Command convert_command() {
  return {
      "convert", "Turn files of other programs into ours; nothing in them is executed",
      "  spinel convert model.ckpt -o model.safetensors\n"
      "  spinel convert best_model -o schnet.safetensors     SchNetPack's model with its offsets\n"
      "  spinel convert best_model -o mu.safetensors --set head.type=DipoleMoment\n"
      "  spinel convert pyg_gcn.pt --model configs/gnn/karate_gcn.yaml -o gcn.safetensors     PyG's state dict\n"
      "  spinel convert md17_aspirin.npz -o aspirin.xyz      trajectory of MD17, rMD17 or MD22\n"
      "  spinel convert rmd17.tar.bz2 --member rmd17_aspirin.npz -o aspirin.xyz\n"
      "  spinel convert dsgdb9nsd.xyz.tar.bz2 --exclude uncharacterized.txt -o qm9.xyz\n"
      "  spinel convert iso17.tar.gz --member reference.db -o reference.xyz\n"
      "  spinel convert qm9.db -o qm9.xyz                    database of ASE or SchNetPack\n"
      "  spinel convert materials_project.json -o materials_project.xyz\n"
      "  spinel convert model.safetensors.index.json -o model.safetensors      shards in one file\n"
      "  spinel convert megnet_mp2018.yaml -o native.yaml    config of PaddleMaterials\n"
      "  spinel convert weights.safetensors -o listing.json  names, types and shapes\n",
      [] {
        const auto arguments = std::make_shared<ConvertArguments>();
        return Invocation{
            {{"INPUT",
              &arguments->input,
              "PyTorch checkpoint (.pt, .pth, .ckpt), safetensors file or index of shards, PaddleMaterials config; "
              "of data sets: NumPy .npz trajectory, ASE .db, file of QM9, JSON of pymatgen or the Materials "
              "Project, or a tar or zip archive of such files",
              "",
              {.required = true}},
             {"-o,--output",
              &arguments->output,
              "Result: .safetensors, .xyz, .yaml or .json",
              "FILE",
              {.required = true}},
             {"--member", &arguments->member, "The file of an archive to convert", "NAME"},
             {"--exclude", &arguments->exclude, "QM9's list of molecules to leave out", "FILE"},
             {"--model", &arguments->model, "Config whose Model section says which model a state dict is of", "FILE"},
             {"--tensors", &arguments->tensors, "Only the tensors, also of models that are known"},
             {"--no-forces", &arguments->no_forces, "A converted SchNet gives no forces"},
             {"--set", &arguments->overrides,
              "An argument of the converted SchNet that its tensors do not tell; may be repeated", "KEY=VALUE"}},
            [arguments] { return run_convert(*arguments); }};
      }};
}

}  // namespace spinel::cli
