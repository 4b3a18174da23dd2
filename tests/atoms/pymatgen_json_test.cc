#include "spinel/atoms/pymatgen_json.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "spinel/atoms/xyz.h"
#include "spinel/base/format.h"
#include "tests/support/errors.h"

namespace spinel {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

std::string site(const std::string& symbol, const std::string& abc, const std::string& more = "") {
  return format(R"({{"species": [{{"element": "{}", "occu": 1}}], "abc": [{}], "label": "{}"{}}})", symbol, abc, symbol,
                more);
}
std::string structure(const std::string& sites) {
  return R"({"@module": "pymatgen.core.structure", "@class": "Structure", "charge": 0,
    "lattice": {"matrix": [[4, 0, 0], [1, 3, 0], [0, 0, 5.5]], "pbc": [true, true, false], "a": 4},
    "sites": [)" +
         sites + "]}";
}
std::string document(const std::string& sites) {
  return R"({"material_id": "mp-22862", "formation_energy_per_atom": -2.1, "nsites": 2, "is_stable": true,
    "symmetry": {"number": 225}, "band_gap": null, "structure": )" +
         structure(sites) + "}";
}
const std::string salt = site("Na", "0, 0, 0") + ", " + site("Cl", "0.5, 0.5, 0.5");

std::vector<Frame> read(const std::string& text) {
  PymatgenReader reader = PymatgenReader::over(text, "mp.json");
  std::vector<Frame> frames;
  for (Frame frame; reader.next(frame);) frames.push_back(frame);
  return frames;
}

TEST(PymatgenJson, DocumentsOfTheMaterialsProjectBecomeFrames) {
  for (const std::string& text : {"[" + document(salt) + "]", document(salt), "{\"data\": [" + document(salt) + "]}"}) {
    const Frame frame = read(text).at(0);
    EXPECT_THAT(frame.numbers, ElementsAre(11, 17));
    EXPECT_EQ(frame.cell[1], (Vector3{1, 3, 0}));
    EXPECT_EQ(frame.positions[1], (Vector3{2.5, 1.5, 2.75}));
    EXPECT_EQ(frame.pbc, (std::array<bool, 3>{true, true, false}));
    EXPECT_EQ(std::get<std::vector<double>>(frame.info.at("formation_energy_per_atom").values)[0], -2.1);
    EXPECT_EQ(std::get<std::vector<std::string>>(frame.info.at("material_id").values)[0], "mp-22862");
    EXPECT_EQ(std::get<std::vector<int64_t>>(frame.info.at("nsites").values)[0], 2);
    EXPECT_EQ(std::get<std::vector<uint8_t>>(frame.info.at("is_stable").values)[0], 1);
    EXPECT_EQ(frame.info.size(), 4u);  // neither maps nor null
    const Frame again = parse_xyz(format_xyz(frame), "a.xyz").at(0);
    EXPECT_EQ(again.positions, frame.positions);
    EXPECT_EQ(again.cell, frame.cell);
    EXPECT_EQ(again.info.at("formation_energy_per_atom").values, frame.info.at("formation_energy_per_atom").values);
  }
}

TEST(PymatgenJson, StructuresAloneAndMoleculesAreRead) {
  const Frame frame = read(structure(salt)).at(0);
  EXPECT_EQ(frame.size(), 2);
  EXPECT_FALSE(frame.info.count("@module"));
  const Frame molecule = read(R"([{"sites": [{"species": [{"element": "H"}], "xyz": [0, 0, 0.5]}]}])").at(0);
  EXPECT_EQ(molecule.positions[0], (Vector3{0, 0, 0.5}));
  EXPECT_FALSE(molecule.periodic());
}

TEST(PymatgenJson, PropertiesOfSitesBecomeThoseOfAtoms) {
  const Frame frame =
      read(structure(site("Fe2+", "0, 0, 0", R"(, "properties": {"magmom": 2, "f": [1, 2, 3], "x": 1})") + "," +
                     site("O", "0, 0, 0.5", R"(, "properties": {"magmom": -0.5, "f": [4, 5, 6]})")))
          .at(0);
  EXPECT_THAT(frame.numbers, ElementsAre(26, 8));
  EXPECT_THAT(std::get<std::vector<double>>(frame.arrays.at("magmom").values), ElementsAre(2, -0.5));
  EXPECT_EQ(frame.arrays.at("f").columns, 3);
  EXPECT_THAT(std::get<std::vector<double>>(frame.arrays.at("f").values), ElementsAre(1, 2, 3, 4, 5, 6));
  EXPECT_FALSE(frame.arrays.count("x"));
}

TEST(PymatgenJson, WhatIsNoDocumentIsNamed) {
  const auto with = [](const std::string& from, const std::string& to) {
    std::string text = document(salt);
    return text.replace(text.find(from), from.size(), to);
  };
  const std::pair<std::string, const char*> cases[] = {
      {"[5]", "document 1 from line 1: it is an integer, not a map"},
      {"[" + document(salt) + ",\n{}]", "it has no structure with 'sites'"},
      {with("[[4, 0, 0]", "[[4, 0]"), "(mp-22862): a row of its lattice is no list of three numbers"},
      {with("\"matrix\"", "\"m\""), "no matrix of 3x3"},
      {with("\"abc\"", "\"x\""), "site 1 has no position"},
      {with("0.5, 0.5, 0.5", "0.5, 0.5"), "site 2's position is no list"},
      {with("\"Cl\"", "\"Qq\""), "site 2 has the unknown element 'Qq'"},
      {with("\"species\": [", "\"species\": [], \"y\": ["), "site 1 has no species"},
      {with("\"element\"", "\"e\""), "without 'element'"},
      {with("[true, true, false]", "true"), "pbc is no list"},
      {with("[true, true, false]", "[1, true, false]"), "pbc holds what is neither true nor false"},
      {with("\"occu\": 1", "\"occu\": \"x\""), "the occupation of site 1 is a string where a number is needed"},
      {with("\"Na\", \"occu\"", "5, \"occu\""), "site 1 has a species without 'element'"},
      {with("[4, 0, 0]", "[4, null, 0]"), "a part of a row of its lattice is null where a number is needed"},
      {with("-2.1", "-2.1.1"), "mp.json: document 1 from line 1"},
  };
  for (const auto& [text, message] : cases) {
    const Error error = error_of([&] { read(text); });
    EXPECT_EQ(error.kind(), ErrorKind::corrupt) << error.what();
    EXPECT_THAT(error.what(), HasSubstr(message));
    EXPECT_THAT(error.what(), HasSubstr("mp.json: "));
  }
  EXPECT_THAT(error_of([&] { read("[" + document(salt) + ",\n{}]"); }).what(), HasSubstr("document 2 from line "));
  for (const auto& [text, message] :
       {std::pair<std::string, const char*>{with("\"occu\": 1", "\"occu\": 0.5"),
                                            "site 1 is shared or partly occupied"},
        {with("\"occu\": 1}", "\"occu\": 0.5}, {\"element\": \"K\", \"occu\": 0.5}"), "(2 species"},
        {R"({"structure": "data_NaCl"})", "its structure is text, such as CIF"},
        {R"({"structure": "data_NaCl"})", "pymatgen.core.Structure.from_str(text, fmt='cif').as_dict()"}}) {
    const Error error = error_of([&] { read(text); });
    EXPECT_EQ(error.kind(), ErrorKind::invalid_argument);
    EXPECT_THAT(error.what(), HasSubstr(message));
  }
}

}  // namespace
}  // namespace spinel
