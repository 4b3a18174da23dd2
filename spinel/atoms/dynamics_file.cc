#include "spinel/atoms/dynamics_file.h"

#include <cstring>

#include "spinel/base/error.h"
#include "spinel/base/safetensors.h"

namespace spinel {
namespace {

template <typename T>
TensorView view(const std::vector<T>& values, Dtype dtype, std::vector<int64_t> shape) {
  return {dtype, std::move(shape), std::as_bytes(std::span(values))};
}

template <typename T>
std::vector<T> read(const SafetensorsFile& file, const char* name, Dtype dtype, int64_t count = -1) {
  if (!file.contains(name)) fail(ErrorKind::corrupt, "{}: '{}' is missing; it is no restart file", file.name(), name);
  const TensorView& tensor = file.tensor(name);
  const size_t size = tensor.bytes.size() / sizeof(T);
  if (tensor.dtype != dtype || (count >= 0 && size != static_cast<size_t>(count) * (sizeof(T) / 8))) {
    fail(ErrorKind::corrupt, "{}: '{}' does not have the form of a restart file", file.name(), name);
  }
  std::vector<T> values(size);
  if (size > 0) std::memcpy(values.data(), tensor.bytes.data(), size * sizeof(T));
  return values;
}

std::vector<Vector3> read_vectors(const SafetensorsFile& file, const char* name, size_t atoms) {
  const std::vector<double> values = read<double>(file, name, Dtype::f64, static_cast<int64_t>(3 * atoms));
  std::vector<Vector3> result(atoms);
  if (atoms > 0) std::memcpy(result.data(), values.data(), values.size() * sizeof(double));
  return result;
}

}  // namespace

void save_restart(const std::string& path, const DynamicsRestart& restart) {
  const DynamicsState& state = restart.state;
  const auto atoms = static_cast<int64_t>(state.positions.size());
  const std::vector<int64_t> step{state.step};
  const std::vector<double> energies{state.energy, state.heat};
  write_safetensors(
      path,
      {{"step", view(step, Dtype::i64, {1})},
       {"numbers", view(restart.numbers, Dtype::i64, {atoms})},
       {"energies", view(energies, Dtype::f64, {2})},
       {"drift", view(restart.drift, Dtype::f64, {static_cast<int64_t>(restart.drift.size())})},
       {"positions", view(state.positions, Dtype::f64, {atoms, 3})},
       {"velocities", view(state.velocities, Dtype::f64, {atoms, 3})},
       {"forces", view(state.forces, Dtype::f64, {atoms, 3})}},
      {{"spinel_restart", "1"}, {"run", to_json(restart.run, -1)}, {"files", to_json(restart.files, -1)}});
}

DynamicsRestart load_restart(const std::string& path) {
  const SafetensorsFile file = SafetensorsFile::open(path, true);
  const auto text = [&](const char* key) {
    const auto found = file.metadata().find(key);
    if (found == file.metadata().end()) {
      fail(ErrorKind::corrupt, "{}: it is no restart file of molecular dynamics; '{}' is missing", path, key);
    }
    return found->second;
  };
  if (text("spinel_restart") != "1") {
    fail(ErrorKind::corrupt, "{}: the restart file has the version '{}'; this build reads 1", path,
         text("spinel_restart"));
  }
  const auto map = [&](const char* key) {
    try {
      Config value = parse_json(text(key), path);
      if (value.is_map()) return value;
    } catch (const Error&) {
      // Told below: the text is the file's, not an argument's.
    }
    fail(ErrorKind::corrupt, "{}: '{}' is no JSON map, which a restart file has there", path, key);
  };
  DynamicsRestart restart;
  restart.run = map("run");
  restart.files = map("files");
  restart.numbers = read<int64_t>(file, "numbers", Dtype::i64);
  restart.drift = read<double>(file, "drift", Dtype::f64, 7);
  restart.state.step = read<int64_t>(file, "step", Dtype::i64, 1)[0];
  const std::vector<double> energies = read<double>(file, "energies", Dtype::f64, 2);
  restart.state.energy = energies[0];
  restart.state.heat = energies[1];
  const size_t atoms = restart.numbers.size();
  restart.state.positions = read_vectors(file, "positions", atoms);
  restart.state.velocities = read_vectors(file, "velocities", atoms);
  restart.state.forces = read_vectors(file, "forces", atoms);
  return restart;
}

}  // namespace spinel
