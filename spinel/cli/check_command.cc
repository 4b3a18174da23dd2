#include <ATen/ATen.h>

#include <memory>
#include <thread>

#include "spinel/base/component.h"
#include "spinel/base/error.h"
#include "spinel/base/platform/worker_pool.h"
#include "spinel/cli/check/check.h"
#include "spinel/cli/commands.h"
#include "spinel/cli/output.h"

namespace spinel::cli {
namespace {

struct Options {
  std::vector<std::string> paths;
  std::string dtype;
  check::RunOptions run;
};

at::ScalarType dtype_named(const std::string& name) {
  const std::vector<std::pair<std::string, at::ScalarType>> known = {
      {"float64", at::kDouble}, {"float32", at::kFloat}, {"float16", at::kHalf}, {"bfloat16", at::kBFloat16}};
  std::vector<std::string> names;
  for (const auto& [known_name, type] : known) {
    if (known_name == name) return type;
    names.push_back(known_name);
  }
  fail(ErrorKind::invalid_argument, "--dtype: there is no dtype '{}'{}", name, suggestion(name, names));
}

/// Tries the device in a process of its own: a CUDA context made here would not survive the forks of the workers.
void require_device(const std::string& name) {
  std::string problem;
  run_in_workers(
      1, 1, 120,
      [&](int64_t) -> std::string {
        try {
          at::empty({1}, at::Device(name));
          return "";
        } catch (const std::exception&) {
          return "is not available in this build or on this machine";
        }
      },
      [&](int64_t, const WorkerResult& result) { problem = result.text; });
  if (!problem.empty()) fail(ErrorKind::unavailable, "--device: '{}' {}; 'cpu' always is", name, problem);
}

int run(Options& options) {
  if (!options.dtype.empty()) options.run.settings.dtype = dtype_named(options.dtype);
  if (options.run.settings.device != "cpu") require_device(options.run.settings.device);
  const auto summary = check::run_cases(check::find_case_files(options.paths), check::check_lists(), options.run,
                                        [](std::string_view line) { print_line(line); });
  return summary.failed > 0 ? 1 : 0;
}

}  // namespace

Command check_command() {
  const char* examples =
      "  spinel check tests/golden\n"
      "  spinel check tests/golden/materials/schnet --verbose\n"
      "  spinel check SchNet-energy-forces-f64.safetensors --dtype float32 --threads 2\n";
  return {
      "check", "compare components with golden cases of reference implementations", examples, [] {
        auto options = std::make_shared<Options>();
        check::RunOptions& run_options = options->run;
        run_options.jobs = static_cast<int>(std::max(1u, std::thread::hardware_concurrency()));
        return Invocation{
            {{"path",
              &options->paths,
              "golden cases (.safetensors, .json), or folders of them",
              "FILE|FOLDER",
              {.required = true}},
             {"--dtype", &options->dtype,
              "run in float64, float32, float16 or bfloat16 instead of each case's own dtype", "TYPE"},
             {"--device", &run_options.settings.device, "run on this device", "DEVICE", {.show_default = true}},
             {"--threads",
              &run_options.threads,
              "threads of each worker",
              "N",
              {.show_default = true, .range = {{1, 1024}}}},
             {"-j,--jobs", &run_options.jobs, "worker processes (default: one per core)", "N", {.range = {{1, 1024}}}},
             {"--timeout",
              &run_options.timeout,
              "seconds until a case counts as hanging",
              "SECONDS",
              {.show_default = true, .range = {{0.1, 1e6}}}},
             {"--data",
              &run_options.settings.data_folder,
              "where the files that some cases need are",
              "FOLDER",
              {.show_default = true}},
             {"-v,--verbose", &run_options.verbose, "also show the worst element of each output"}},
            [options] { return run(*options); }};
      }};
}

}  // namespace spinel::cli
