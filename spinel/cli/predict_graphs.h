// Predictions of models of graphs: a row a graph or a node, with classes and their probabilities.
#pragma once

#include <string>

#include "spinel/train/predictor.h"

namespace spinel::cli {

struct GraphPredictionOptions {
  std::string input;   ///< a folder of TU files, or a safetensors file of one graph: what the run was trained on
  std::string output;  ///< .csv or .jsonl
  std::string part;    ///< train, val or test of the run's split; empty: all
};

/// Reads the input with the dataset of the checkpoint's run, and writes what the model says of each sample: its place
/// from 0, the class and its probability (where the run's loss is cross_entropy), the values, and the target where the
/// input has one. Prints accuracy and f1 of classes, else the mean absolute error. An input that another kind of
/// dataset reads, a checkpoint that does not say its dataset: invalid_argument.
int predict_graphs(train::Predictor& predictor, const GraphPredictionOptions& options);

}  // namespace spinel::cli
