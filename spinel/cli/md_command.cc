#include <memory>

#include "spinel/atoms/xyz.h"
#include "spinel/base/error.h"
#include "spinel/base/platform/file.h"
#include "spinel/base/progress.h"
#include "spinel/cli/commands.h"
#include "spinel/cli/md_run.h"
#include "spinel/cli/output.h"
#include "spinel/cli/plot/axis.h"
#include "spinel/models/list.h"
#include "spinel/train/predictor.h"

namespace spinel::cli {
namespace {

struct MdArguments {
  std::string checkpoint, start, dtype, ensemble = "nve";
  int64_t frame = 0;
  double temperature = 300;
  bool strict = false;
  MdOptions options;
  MdFiles files;
};

Frame read_start(const MdArguments& arguments) {
  require(arguments.frame >= 0, "--frame: it is {}; the first frame is 0", arguments.frame);
  XyzReader reader(arguments.start);
  Frame frame;
  for (int64_t k = 0; k <= arguments.frame; ++k) {
    require(reader.next(frame), "{}: it has {} frames; --frame {} is past the last", arguments.start, k,
            arguments.frame);
  }
  return frame;
}

int run(MdArguments arguments) {
  MdOptions& options = arguments.options;
  require(arguments.ensemble == "nve" || arguments.ensemble == "nvt", "--ensemble: '{}' is unknown; choose nve or nvt",
          arguments.ensemble);
  for (const std::string& path : {arguments.files.trajectory, arguments.files.table, arguments.files.restart}) {
    if (path.empty()) continue;
    refuse_same_file(path, arguments.start);
    refuse_same_file(path, train::resolve_checkpoint(arguments.checkpoint));
  }
  refuse_shared_files({arguments.files.trajectory, arguments.files.table, arguments.files.restart});
  require(!options.resume || !arguments.files.restart.empty(), "--resume: it needs the --restart file of the run");
  options.start_temperature = arguments.temperature;
  if (arguments.ensemble == "nvt") options.dynamics.temperature = arguments.temperature;
  options.dynamics = dynamics_table().parse(dynamics_table().complete(options.dynamics));
  const Frame start = read_start(arguments);
  options.potential = absolute_path(train::resolve_checkpoint(arguments.checkpoint));
  const MakeEvaluator make_evaluator = [&] {
    return std::make_unique<train::Potential>(arguments.checkpoint, models::model_list(), arguments.dtype,
                                              arguments.strict);
  };
  Progress progress("md", options.steps, {.unit = "step"});
  const MdSummary summary = run_md(start, make_evaluator, options, arguments.files,
                                   [&](int64_t step, const std::string& status) { progress.update(step, status); });
  progress.finish();
  print_line(format("{} atoms, {} steps of {} fs ({} ps), trajectory in {}", start.size(), summary.steps,
                    options.dynamics.time_step, summary.time / 1000, arguments.files.trajectory));
  print_line(format("temperature {:.1f} K on average", summary.mean_temperature));
  print_line("energy drift " + plot::significant_text(summary.drift) + " eV/atom/ps, spread " +
             plot::significant_text(summary.spread) + " eV/atom");
  if (summary.steps > summary.first_step) {
    print_line(
        format("{:.3f} ms a step", 1000 * summary.seconds / static_cast<double>(summary.steps - summary.first_step)));
  }
  return 0;
}

std::vector<CommandOption> options(MdArguments& a) {
  return {
      {"CHECKPOINT", &a.checkpoint, "Checkpoint, or folder of a run", "", {.required = true}},
      {"START", &a.start, "Extended XYZ file with the structure to start from", "", {.required = true}},
      {"-o,--output", &a.files.trajectory, "Trajectory, extended XYZ", "FILE.xyz", {.required = true}},
      {"--frame", &a.frame, "Which frame of START, from 0 [0]", "N"},
      {"--steps", &a.options.steps, "Steps of the whole run [1000]", "N"},
      {"--time-step", &a.options.dynamics.time_step, "Time step in fs [0.5]", "FS"},
      {"--ensemble", &a.ensemble, "nve: velocity Verlet; nvt: Langevin (BAOAB) [nve]", "NAME"},
      {"--temperature", &a.temperature, "Of the initial velocities and of the bath in K [300]", "K"},
      {"--friction", &a.options.dynamics.friction, "Of the bath in 1/fs [0.01]", "RATE"},
      {"--seed", &a.options.dynamics.seed, "Of velocities and bath [42]", "N"},
      {"--every", &a.options.write_every, "Steps between frames of the trajectory [10]", "N"},
      {"--table", &a.files.table, "Energies and temperature as CSV", "FILE.csv"},
      {"--restart", &a.files.restart, "Restart file, replaced as the run goes on", "FILE.safetensors"},
      {"--restart-every", &a.options.restart_every, "Steps between restart files [1000]", "N"},
      {"--resume", &a.options.resume, "Go on from the restart file, bit for bit"},
      {"--dtype", &a.dtype, "float32 or float64; as trained otherwise", "TYPE"},
      {"--strict", &a.strict, "Refuse a checkpoint with tensors that its model has no place for"},
  };
}

}  // namespace

Command md_command() {
  return {"md", "Molecular dynamics with a trained potential",
          "  spinel md runs/ethanol start.xyz -o nve.xyz --steps 2000 --temperature 300\n"
          "  spinel md runs/ethanol start.xyz -o nvt.xyz --ensemble nvt --temperature 500 --friction 0.02\n"
          "  spinel md runs/ethanol start.xyz -o long.xyz --steps 1000000 --restart long.safetensors\n"
          "  spinel md runs/ethanol start.xyz -o long.xyz --steps 1000000 --restart long.safetensors --resume\n",
          [] {
            const auto arguments = std::make_shared<MdArguments>();
            return Invocation{options(*arguments), [arguments] { return run(*arguments); }};
          }};
}

}  // namespace spinel::cli
