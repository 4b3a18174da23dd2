#include "spinel/sparse/scipy_npz.h"

#include <ATen/ATen.h>

#include <algorithm>
#include <cstring>

#include "spinel/base/error.h"
#include "spinel/base/npy.h"
#include "spinel/base/npz_writer.h"
#include "spinel/base/utf8.h"

namespace spinel::sparse {
namespace {

/// NumPy's types beside torch's.
struct NumpyType {
  const char* descr;
  at::ScalarType type;
};
constexpr NumpyType numpy_types[] = {{"<f8", at::kDouble}, {"<f4", at::kFloat}, {"<f2", at::kHalf},
                                     {"<i8", at::kLong},   {"<i4", at::kInt},   {"<i2", at::kShort},
                                     {"|i1", at::kChar},   {"|u1", at::kByte},  {"|b1", at::kBool}};

at::ScalarType type_of(const NpyArray& array, const std::string& where) {
  for (const NumpyType& one : numpy_types) {
    if (one.descr[1] == array.kind && one.descr[2] - '0' == array.size) return one.type;
  }
  fail(ErrorKind::invalid_argument, "{}: its elements are of type '{}{}'; real numbers are read", where, array.kind,
       array.size);
}

/// An array of one dimension as a tensor of its own.
at::Tensor read_vector(NpzFile& file, const char* key, const std::string& path) {
  const std::string where = path + ": " + key;
  const NpyArray array = file.array(key);
  if (array.shape.size() != 1) {
    fail(ErrorKind::corrupt, "{}: {} has {} dimensions; 1 is needed", path, key, array.shape.size());
  }
  at::Tensor tensor = at::empty({array.shape[0]}, type_of(array, where));
  if (!array.bytes.empty()) std::memcpy(tensor.mutable_data_ptr(), array.bytes.data(), array.bytes.size());
  return tensor;
}

at::Tensor read_index(NpzFile& file, const char* key, const std::string& path) {
  const at::Tensor tensor = read_vector(file, key, path);
  if (!at::isIntegralType(tensor.scalar_type(), false)) {
    fail(ErrorKind::corrupt, "{}: {} holds {}; indices are needed", path, key, c10::toString(tensor.scalar_type()));
  }
  return tensor.to(at::kLong);
}

/// "csr": bytes, or characters of 4 bytes each.
std::string read_format(NpzFile& file) {
  const NpyArray array = file.array("format");
  std::string text;
  for (size_t i = 0; i < array.bytes.size(); i += array.kind == 'U' ? 4 : 1) {
    const char c = static_cast<char>(array.bytes[i]);
    if (c != 0) text += c;
  }
  return text;
}

std::string descr_of(at::ScalarType type, const std::string& path) {
  for (const NumpyType& one : numpy_types) {
    if (one.type == type) return one.descr;
  }
  fail(ErrorKind::invalid_argument, "{}: NumPy has no type for {}; convert the values to float32 first", path,
       c10::toString(type));
}

SparseTensor read_matrix(NpzFile& file, const std::string& path, bool has_value) {
  const at::Tensor shape = read_index(file, "shape", path);
  if (shape.numel() != 2) fail(ErrorKind::corrupt, "{}: its shape has {} numbers; 2 are needed", path, shape.numel());
  const int64_t rows = shape[0].item<int64_t>(), cols = shape[1].item<int64_t>();
  StorageArguments arguments;
  if (has_value) arguments.value = read_vector(file, "data", path);
  const std::string format = read_format(file);
  if (format == "coo") {
    arguments.row = read_index(file, "row", path);
    arguments.col = read_index(file, "col", path);
    arguments.sparse_sizes = {rows, cols};
    return SparseTensor(std::move(arguments));
  }
  require(format == "csr" || format == "csc", "{}: the format is '{}'; coo, csr and csc are read", path,
          to_valid_utf8(format));
  arguments.rowptr = read_index(file, "indptr", path);
  arguments.col = read_index(file, "indices", path);
  arguments.sparse_sizes = {format == "csr" ? rows : cols, format == "csr" ? cols : rows};
  const SparseTensor read(std::move(arguments));
  return format == "csr" ? read : read.t();
}

}  // namespace

SparseTensor load_npz(const std::string& path, bool has_value) {
  NpzFile file = NpzFile::open(path);
  try {
    const SparseTensor matrix = read_matrix(file, path, has_value);
    file.check_intact();
    return matrix;
  } catch (const Error& error) {
    const std::string message = error.what();
    if (message.starts_with(path)) throw;
    throw Error(ErrorKind::corrupt, path + ": " + message);
  }
}

void save_npz(const std::string& path, const SparseTensor& matrix, Layout layout, std::optional<at::ScalarType> dtype) {
  require(matrix.dim() == 2, "{}: values have the sizes {}; the format holds one number an entry", path,
          matrix.has_value() ? sizes_text(matrix.storage().value().sizes()) : "");
  const bool coo = layout == Layout::coo;
  auto [first, second, value] = coo ? matrix.coo() : layout == Layout::csr ? matrix.csr() : matrix.csc();
  if (!value.defined()) {
    value = at::ones({matrix.nnz()}, dtype.value_or(at::get_default_dtype_as_scalartype()));
  }
  value = value.detach().cpu().contiguous();
  const std::string descr = descr_of(value.scalar_type(), path);
  first = first.cpu().contiguous();
  second = second.cpu().contiguous();
  const int64_t shape[] = {matrix.sparse_size(0), matrix.sparse_size(1)};
  const std::string format = coo ? "coo" : layout == Layout::csr ? "csr" : "csc";
  const auto bytes = [](const at::Tensor& tensor) {
    return std::span(static_cast<const std::byte*>(tensor.const_data_ptr()), tensor.nbytes());
  };
  write_npz(path, {{coo ? "row" : "indptr", "<i8", first.sizes().vec(), bytes(first)},
                   {coo ? "col" : "indices", "<i8", second.sizes().vec(), bytes(second)},
                   {"format", "|S3", {}, std::as_bytes(std::span(format))},
                   {"shape", "<i8", {2}, std::as_bytes(std::span(shape))},
                   {"data", descr, value.sizes().vec(), bytes(value)}});
}

}  // namespace spinel::sparse
