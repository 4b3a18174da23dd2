#include "spinel/cli/md_run.h"

#include <chrono>
#include <optional>

#include "spinel/atoms/dynamics_file.h"
#include "spinel/atoms/elements.h"
#include "spinel/atoms/xyz.h"
#include "spinel/base/error.h"
#include "spinel/base/platform/file.h"

namespace spinel::cli {
namespace {

std::vector<double> masses_of(const Frame& frame) {
  std::vector<double> masses;
  for (const int64_t number : frame.numbers) masses.push_back(element(number).mass);
  return masses;
}

/// What a restart must have in common with the run that goes on.
Config run_description(const MdOptions& options) {
  Config run = dynamics_table().complete(options.dynamics);
  run.set("potential", options.potential);
  run.set("write_every", options.write_every);
  run.set("restart_every", options.restart_every);
  return run;
}

class MdRun {
 public:
  MdRun(const Frame& start, const MakeEvaluator& make_evaluator, const MdOptions& options, const MdFiles& files)
      : frame_(start),
        make_evaluator_(make_evaluator),
        options_(options),
        files_(files),
        evaluator_(make_evaluator()),
        dynamics_(
            masses_of(start),
            [this](const std::vector<Vector3>& positions, std::vector<Vector3>& forces) {
              frame_.positions = positions;
              train::Evaluation result = evaluator_->evaluate(frame_);
              forces = std::move(result.forces);
              return result.energy;
            },
            options.dynamics) {
    frame_.arrays.clear();
    frame_.info.clear();
  }

  MdSummary run(const std::function<void(int64_t, const std::string&)>& progress) {
    const auto begin = std::chrono::steady_clock::now();
    if (options_.resume) resume();
    else start();
    summary_.first_step = dynamics_.state().step;
    dynamics_.run(options_.steps, {{options_.write_every,
                                    [&] {
                                      write_row();
                                      if (progress) progress(dynamics_.state().step, status());
                                    }},
                                   {options_.restart_every, [&] { save(); }}});
    if (options_.restart_every <= 0 || options_.steps % options_.restart_every) save();
    trajectory_->close();
    if (table_) table_->close();
    const double atoms = static_cast<double>(frame_.size());
    summary_.steps = dynamics_.state().step;
    summary_.time = dynamics_.time();
    summary_.drift = drift_.per_ps() / atoms;
    summary_.spread = drift_.spread() / atoms;
    summary_.mean_temperature = rows_ ? temperatures_ / static_cast<double>(rows_) : 0;
    summary_.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
    return summary_;
  }

 private:
  void start() {
    const std::vector<double>& masses = dynamics_.masses();
    const auto seed = static_cast<uint64_t>(options_.dynamics.seed);
    std::vector<Vector3> velocities = maxwell_boltzmann(masses, options_.start_temperature, seed);
    const int64_t atoms = frame_.size();
    if (atoms > 1) {
      remove_translation(masses, velocities);
      if (!frame_.periodic() && atoms > 2) remove_rotation(masses, frame_.positions, velocities);
      scale_to_temperature(masses, options_.start_temperature, 3 * atoms - 3, velocities);
    }
    trajectory_ = File::open(files_.trajectory, File::Mode::write);
    if (!files_.table.empty()) {
      table_ = File::open(files_.table, File::Mode::write);
      table_->write("step,time_fs,potential_eV,kinetic_eV,conserved_eV,temperature_K\n");
    }
    dynamics_.start(frame_.positions, std::move(velocities));
    write_row();
  }

  void resume() {
    const DynamicsRestart restart = load_restart(files_.restart);
    require(restart.numbers == frame_.numbers, "{}: the restart file has other atoms than the start structure",
            files_.restart);
    const Config run = run_description(options_);
    for (const auto& [key, value] : run.as_map()) {
      const Config* saved = restart.run.find(key);
      require(saved && *saved == value,
              "{}: the run was made with {} {}, not {}; a run goes on with what it began with", files_.restart, key,
              saved ? to_json(*saved, -1) : "unset", to_json(value, -1));
    }
    trajectory_ = reopen(restart, files_.trajectory);
    if (!files_.table.empty()) table_ = reopen(restart, files_.table);
    drift_.load(restart.drift);
    dynamics_.restore(restart.state);
  }

  /// Opens a file of the earlier run and cuts off what it wrote after the restart file.
  File reopen(const DynamicsRestart& restart, const std::string& path) const {
    const Config* size = restart.files.find(file_name_of(path));
    require(size, "{}: the restart file knows no such file; go on with the names of the earlier run", path);
    File file = File::open(path, File::Mode::update);
    const auto bytes = static_cast<uint64_t>(size->as_int());
    require(file.size() >= bytes, "{}: it has {} bytes, {} when the restart file was written; it was changed since",
            path, file.size(), bytes);
    file.truncate(bytes);
    file.close();
    return File::open(path, File::Mode::append);
  }

  void write_row() {
    const DynamicsState& state = dynamics_.state();
    const double kinetic = dynamics_.kinetic_energy(), conserved = dynamics_.conserved_energy();
    Frame row = frame_;
    row.positions = state.positions;
    row.info["energy"] = {{}, std::vector<double>{state.energy}};
    row.info["step"] = {{}, std::vector<int64_t>{state.step}};
    row.info["time"] = {{}, std::vector<double>{dynamics_.time()}};
    row.info["temperature"] = {{}, std::vector<double>{dynamics_.temperature()}};
    row.arrays["forces"] = flat(state.forces);
    row.arrays["velocities"] = flat(state.velocities);
    trajectory_->write(format_xyz(row));
    if (table_) {
      table_->write(format("{},{},{},{},{},{}\n", state.step, dynamics_.time(), state.energy, kinetic, conserved,
                           dynamics_.temperature()));
    }
    drift_.add(dynamics_.time(), conserved);
    temperatures_ += dynamics_.temperature();
    ++rows_;
  }

  /// The files are on the device before the restart file speaks of them.
  void save() {
    trajectory_->sync();
    if (table_) table_->sync();
    if (files_.restart.empty()) return;
    DynamicsRestart restart{dynamics_.state(), frame_.numbers, drift_.save(), run_description(options_), Config::map()};
    restart.files.set(file_name_of(files_.trajectory), static_cast<int64_t>(trajectory_->size()));
    if (table_) restart.files.set(file_name_of(files_.table), static_cast<int64_t>(table_->size()));
    save_restart(files_.restart, restart);
    evaluator_ = make_evaluator_();
  }

  std::string status() const {
    return format("T={:.0f} K, E={:.5f} eV, drift={:.2e} eV/atom/ps", dynamics_.temperature(),
                  dynamics_.conserved_energy(), drift_.per_ps() / static_cast<double>(frame_.size()));
  }

  static AtomProperty flat(const std::vector<Vector3>& vectors) {
    std::vector<double> values;
    for (const Vector3& v : vectors) values.insert(values.end(), v.begin(), v.end());
    return {3, std::move(values)};
  }

  Frame frame_;
  const MakeEvaluator& make_evaluator_;
  const MdOptions& options_;
  const MdFiles& files_;
  std::unique_ptr<train::Evaluator> evaluator_;
  Dynamics dynamics_;
  EnergyDrift drift_;
  std::optional<File> trajectory_, table_;
  MdSummary summary_;
  double temperatures_ = 0;
  int64_t rows_ = 0;
};

}  // namespace

MdSummary run_md(const Frame& start, const MakeEvaluator& make_evaluator, const MdOptions& options,
                 const MdFiles& files, const std::function<void(int64_t, const std::string&)>& progress) {
  require(options.write_every >= 1, "--every: it is {}; it must be at least 1", options.write_every);
  require(options.steps >= 1, "--steps: it is {}; it must be at least 1", options.steps);
  require(files.restart.empty() || files.table.empty() || file_name_of(files.table) != file_name_of(files.trajectory),
          "--table {}: the trajectory {} has the same name, by which the restart file knows them; choose another",
          files.table, files.trajectory);
  return MdRun(start, make_evaluator, options, files).run(progress);
}

}  // namespace spinel::cli
