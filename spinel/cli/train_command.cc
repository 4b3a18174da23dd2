#include <memory>

#include "spinel/base/log.h"
#include "spinel/cli/commands.h"
#include "spinel/cli/output.h"
#include "spinel/cli/plot/axis.h"
#include "spinel/models/list.h"
#include "spinel/train/trainer.h"

namespace spinel::cli {
namespace {

struct TrainArguments {
  std::string config, output;
  std::vector<std::string> overrides;
  bool resume = false, overwrite = false;
};

void print_scores(const std::string& part, const train::Scores& scores) {
  if (scores.empty()) return;
  std::string text;
  for (const auto& [name, value] : scores) text += format("  {} {}", name, plot::significant_text(value, 4));
  print_line(part + text);
}

int run_train(const TrainArguments& arguments) {
  Config config = load_config(arguments.config, arguments.overrides);
  if (!arguments.output.empty()) config.set_path("Trainer.output_dir", arguments.output);
  if (arguments.resume) config.set_path("Trainer.resume_from_checkpoint", "latest");
  if (arguments.overwrite) config.set_path("Trainer.overwrite", true);
  const train::RunConfig run = train::parse_run_config(config);
  std::unique_ptr<train::Communicator> connection;
  if (const auto place = train::worker_place(); place && place->size > 1) {
    connection = train::connect(*place, run.trainer.timeout, run.global.device);
  }
  train::Communicator& processes = connection ? *connection : train::single_process();
  train::Trainer trainer(run, models::model_list(), processes);
  const train::TrainingResult result = trainer.run();
  if (processes.rank() != 0) return result.exit_status();
  print_scores("validation", result.val);
  print_scores("test", result.test);
  print_line("checkpoint " + run.trainer.output_dir + "/checkpoints/best.safetensors");
  return result.exit_status();
}

}  // namespace

Command train_command() {
  return {
      "train", "Train a model as a config says",
      "  spinel train configs/schnet/ethanol_demo.yaml\n"
      "  spinel train my.yaml --set Model.SchNet.cutoff=6 --set Trainer.max_epochs=50 --output runs/wide\n"
      "  spinel train my.yaml --output runs/wide --resume     go on where a killed or stopped run ended\n"
      "  torchrun --no-python --nproc-per-node 4 spinel train my.yaml     data parallel; mpirun and srun likewise\n",
      [] {
        const auto arguments = std::make_shared<TrainArguments>();
        return Invocation{
            {{"CONFIG", &arguments->config, "Config of the run, YAML or JSON", "", {.required = true}},
             {"--set", &arguments->overrides, "Override a value of the config; may be repeated", "KEY=VALUE"},
             {"-o,--output", &arguments->output, "Folder of the run, instead of Trainer.output_dir", "FOLDER"},
             {"--resume", &arguments->resume, "Go on from the latest checkpoint of the folder"},
             {"--overwrite",
              &arguments->overwrite,
              "Start anew in a folder that holds an earlier run",
              "",
              {.excludes = "--resume"}}},
            [arguments] { return run_train(*arguments); }};
      }};
}

}  // namespace spinel::cli
