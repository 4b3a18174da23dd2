#include "spinel/nn/conv/list.h"

#include "spinel/nn/conv/agnn_conv.h"
#include "spinel/nn/conv/antisymmetric_conv.h"
#include "spinel/nn/conv/appnp.h"
#include "spinel/nn/conv/arma_conv.h"
#include "spinel/nn/conv/cg_conv.h"
#include "spinel/nn/conv/cheb_conv.h"
#include "spinel/nn/conv/cluster_gcn_conv.h"
#include "spinel/nn/conv/dir_gnn_conv.h"
#include "spinel/nn/conv/dna_conv.h"
#include "spinel/nn/conv/dynamic_edge_conv.h"
#include "spinel/nn/conv/edge_conv.h"
#include "spinel/nn/conv/eg_conv.h"
#include "spinel/nn/conv/fa_conv.h"
#include "spinel/nn/conv/feast_conv.h"
#include "spinel/nn/conv/film_conv.h"
#include "spinel/nn/conv/fused_gat_conv.h"
#include "spinel/nn/conv/gat_conv.h"
#include "spinel/nn/conv/gated_graph_conv.h"
#include "spinel/nn/conv/gatv2_conv.h"
#include "spinel/nn/conv/gcn_conv.h"
#include "spinel/nn/conv/gen_conv.h"
#include "spinel/nn/conv/general_conv.h"
#include "spinel/nn/conv/gin_conv.h"
#include "spinel/nn/conv/gmm_conv.h"
#include "spinel/nn/conv/gps_conv.h"
#include "spinel/nn/conv/graph_conv.h"
#include "spinel/nn/conv/gravnet_conv.h"
#include "spinel/nn/conv/han_conv.h"
#include "spinel/nn/conv/heat_conv.h"
#include "spinel/nn/conv/hetero_conv.h"
#include "spinel/nn/conv/hgt_conv.h"
#include "spinel/nn/conv/hypergraph_conv.h"
#include "spinel/nn/conv/le_conv.h"
#include "spinel/nn/conv/mesh_cnn_conv.h"
#include "spinel/nn/conv/mf_conv.h"
#include "spinel/nn/conv/nn_conv.h"
#include "spinel/nn/conv/pan_conv.h"
#include "spinel/nn/conv/pdn_conv.h"
#include "spinel/nn/conv/pna_conv.h"
#include "spinel/nn/conv/point_net_conv.h"
#include "spinel/nn/conv/point_transformer_conv.h"
#include "spinel/nn/conv/res_gated_graph_conv.h"
#include "spinel/nn/conv/rgat_conv.h"
#include "spinel/nn/conv/rgcn_conv.h"
#include "spinel/nn/conv/sage_conv.h"
#include "spinel/nn/conv/sg_conv.h"
#include "spinel/nn/conv/signed_conv.h"
#include "spinel/nn/conv/simple_conv.h"
#include "spinel/nn/conv/spline_conv.h"
#include "spinel/nn/conv/supergat_conv.h"
#include "spinel/nn/conv/tag_conv.h"
#include "spinel/nn/conv/transformer_conv.h"
#include "spinel/nn/conv/wl_conv.h"
#include "spinel/nn/conv/wl_conv_continuous.h"
#include "spinel/nn/conv/x_conv.h"

namespace spinel::nn {
namespace {

/// A convolution whose options() declare its arguments.
template <class Conv>
Component<std::unique_ptr<CallableModule>(const Config&)> conv(std::string summary) {
  const auto table = Conv::options();
  return {table.component(), std::move(summary), table.docs(),
          [](const Config& arguments) { return std::make_unique<Conv>(Conv::options().parse(arguments)); }};
}

struct NoArguments {};

template <class Conv>
Component<std::unique_ptr<CallableModule>(const Config&)> without_options(const char* name, std::string summary) {
  return {name, std::move(summary), {}, [name](const Config& arguments) {
            OptionTable<NoArguments>(name).parse(arguments);
            return std::make_unique<Conv>();
          }};
}

}  // namespace

const ConvList& conv_list() {
  static const ConvList list("graph convolution",
                             {
                                 conv<AGNNConv>("attention by cosine similarity"),
                                 conv<APPNP>("propagation by personalised PageRank"),
                                 conv<AntiSymmetricConv>("a step of a stable differential equation"),
                                 conv<ARMAConv>("auto-regressive moving average filters"),
                                 conv<CGConv>("crystal graph convolution with gates on edges"),
                                 conv<ChebConv>("Chebyshev polynomials of the Laplacian"),
                                 conv<ClusterGCNConv>("Cluster-GCN with diagonal enhancement"),
                                 conv<DirGNNConv>("a convolution of each direction of the edges"),
                                 conv<DNAConv>("attention over all layers of a neighbour"),
                                 conv<EGConv>("adaptive filters over several aggregators"),
                                 conv<DynamicEdgeConv>("a network on pairs of nearest neighbours"),
                                 conv<EdgeConv>("a network on pairs of nodes, of dynamic graph CNNs"),
                                 conv<FiLMConv>("feature-wise linear modulation by the target"),
                                 conv<FAConv>("frequency adaptive weights between -1 and 1"),
                                 conv<FastRGCNConv>("relational graph convolution in one pass"),
                                 conv<FusedGATConv>("graph attention on compressed forms of the graph"),
                                 conv<FeaStConv>("feature-steered weights"),
                                 conv<GATConv>("graph attention"),
                                 conv<GATv2Conv>("graph attention with dynamic scores"),
                                 conv<GCN2Conv>("initial residual and identity mapping, for deep networks"),
                                 conv<GCNConv>("graph convolution with symmetric normalisation"),
                                 conv<GENConv>("generalised convolution of DeeperGCN"),
                                 conv<GINConv>("graph isomorphism network"),
                                 conv<GINEConv>("graph isomorphism network with features of edges"),
                                 conv<GPSConv>("a convolution beside attention of all nodes"),
                                 conv<GatedGraphConv>("messages into a gated recurrent cell"),
                                 conv<GMMConv>("Gaussian mixtures over pseudo-coordinates"),
                                 conv<GeneralConv>("the general layer of the design space of graph networks"),
                                 conv<GraphConv>("weighted neighbours and the node itself"),
                                 conv<GravNetConv>("nearest neighbours in a learnt space"),
                                 conv<HANConv>("attention of edges, then of edge types"),
                                 conv<HEATConv>("attention with types and features of edges"),
                                 conv<HGTConv>("transformer over node types and edge types"),
                                 conv<HeteroConv>("a convolution for each edge type"),
                                 conv<HypergraphConv>("hypergraph convolution"),
                                 conv<LEConv>("differences to neighbours, of ASAP"),
                                 conv<LGConv>("normalised sum without parameters, of LightGCN"),
                                 conv<MeshCNNConv>("kernels on the neighbours of a mesh's edge"),
                                 conv<MixHopConv>("powers of the adjacency side by side"),
                                 conv<MFConv>("weights for each degree, of molecular fingerprints"),
                                 conv<NNConv>("weights that a network makes from edges"),
                                 conv<PANConv>("path integrals over several hops"),
                                 conv<PDNConv>("weights of edges learnt from their features"),
                                 conv<PNAConv>("principal neighbourhood aggregation"),
                                 conv<PPFConv>("point pair features, of PPFNet"),
                                 conv<PointGNNConv>("points with learnt shifts"),
                                 conv<PointNetConv>("PointNet++ on neighbours in space"),
                                 conv<PointTransformerConv>("attention by positions for each channel"),
                                 conv<RGCNConv>("relational graph convolution"),
                                 conv<RGATConv>("relational graph attention"),
                                 conv<ResGatedGraphConv>("residual gated graph convolution"),
                                 conv<SAGEConv>("GraphSAGE"),
                                 conv<SGConv>("several hops and one linear map"),
                                 conv<SSGConv>("several hops with a share of the node itself"),
                                 conv<SignedConv>("positive and negative edges"),
                                 conv<SimpleConv>("aggregation without parameters"),
                                 conv<SplineConv>("continuous kernels of B-splines"),
                                 conv<SuperGATConv>("graph attention that is trained to find edges"),
                                 conv<TAGConv>("a linear map of each power of the adjacency"),
                                 conv<TransformerConv>("scaled dot-product attention"),
                                 without_options<WLConv>("WLConv", "Weisfeiler-Leman refinement of colours"),
                                 conv<WLConvContinuous>("continuous Weisfeiler-Leman operator"),
                                 conv<XConv>("convolution of points in a learnt order"),
                             });
  return list;
}

std::unique_ptr<CallableModule> make_conv(const Config& value) {
  const NamedArguments call = named_arguments(value);
  return conv_list().at(call.name, call.where).make(call.arguments);
}

}  // namespace spinel::nn
