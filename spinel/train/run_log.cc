#include "spinel/train/run_log.h"

#include "spinel/base/error.h"
#include "spinel/base/platform/file.h"
#include "spinel/train/append.h"
#include "spinel/train/tensorboard.h"
#include "spinel/train/wall_clock.h"

namespace spinel::train {
struct RunLog::Output {
  File file;
  std::string buffer;
  std::unique_ptr<EventWriter> tensorboard;
};

std::vector<Config> read_run_log(const std::string& path, std::optional<int64_t> last_step) {
  const std::string text = read_file(path);
  std::vector<Config> lines;
  size_t begin = 0;
  for (size_t end; (end = text.find('\n', begin)) != std::string::npos; begin = end + 1) {
    try {
      Config line = parse_json(std::string_view(text).substr(begin, end - begin), path);
      const int64_t step = line.at("step").as_int();
      if (!last_step || step <= *last_step) lines.push_back(std::move(line));
    } catch (const Error&) {
      // A kill may have cut the line short; what it said is written again after a resume.
    }
  }
  return lines;
}

RunLog::RunLog(const std::string& folder, const RunLogOptions& options) : path_(join_path(folder, "log.jsonl")) {
  make_folders(folder);
  std::string kept;
  if (options.resume_step && file_exists(path_)) {
    for (const Config& line : read_run_log(path_, options.resume_step)) kept += to_json(line, -1) + "\n";
  }
  last_step_ = options.resume_step.value_or(0);
  write_file_atomic(path_, std::string_view(kept));
  std::optional<int64_t> purge_from;
  if (options.resume_step) purge_from = *options.resume_step + 1;
  output_ = std::make_unique<Output>(
      Output{File::open(path_, File::Mode::append),
             {},
             options.tensorboard ? std::make_unique<EventWriter>(folder, purge_from) : nullptr});
}

RunLog::~RunLog() {
  try {
    flush();
  } catch (const Error&) {
    // As in EventWriter: whoever must know calls flush() first.
  }
}

void RunLog::line(Config entry) { output_->buffer += to_json(entry, -1) + "\n"; }

void RunLog::scalars(int64_t step, const std::vector<std::pair<std::string, double>>& values) {
  last_step_ = step;
  Config entry = Config::map({{"step", step}, {"time", seconds_since_1970()}});
  for (const auto& [name, value] : values) {
    entry.set(name, value);
    if (output_->tensorboard) output_->tensorboard->scalar(name, step, value);
  }
  line(std::move(entry));
}

void RunLog::event(const Config& event) {
  Config entry = Config::map({{"step", last_step_}, {"time", seconds_since_1970()}});
  for (const auto& [key, value] : event.as_map()) entry.set(key, value);
  line(std::move(entry));
}

void RunLog::flush() {
  append_whole(output_->file, output_->buffer);
  output_->file.sync();
  if (output_->tensorboard) output_->tensorboard->flush();
}

}  // namespace spinel::train
