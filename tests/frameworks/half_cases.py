"""A small net for each layer type that `cases` has none of; named by the type's class."""

from __future__ import annotations

from tests.frameworks.cases import inputs, layer


def net(type_name: str, fields: str, *shapes: str, tops: int = 1) -> str:
    """Inputs x0, x1, … and a layer with the tops y0, y1, …; a shape is written `2 3 4`."""
    fed = {f"x{i}": tuple(int(size) for size in shape.split()) for i, shape in enumerate(shapes)}
    return inputs(**fed) + layer(type_name, " ".join(fed), " ".join(f"y{i}" for i in range(tops)), fields)


HALF_CASES = {
    "APL": net("APL", "apl_param { sums: 2 }", "2 3 2 4"),
    "Accum": net("Accum", "accum_param { size_divisible_by: 4 }", "2 3 5 6"),
    "Add": net("Add", "", "6", "2 8 4 6"),
    "AffinityLoss": net("AffinityLoss", "affinity_loss_param { pseudohuber: true delta: 4 }", "6 1", "6"),
    "Atan": net("Atan", "", "2 3 4"),
    "Axpy": net("Axpy", "", "2 8", "2 8 4 6", "2 8 4 6"),
    "BatchToSpaceND": net(
        "BatchToSpaceND", "batch_to_space_nd_param { block_shape: [2, 3] crops: [1, 0, 0, 2] }", "12 2 3 2"
    ),
    "BlackAugmentation": net("BlackAugmentation", "", "2 3 5 6"),
    "BoxAnnotatorOHEM": net(
        "BoxAnnotatorOHEM", "box_annotator_ohem_param { roi_per_img: 2 }", "6 5", "6", "6", "6 2", tops=2
    ),
    "BroadcastTo": net("BroadcastTo", "broadcast_to_param { shape: [2, 3, 5] }", "3 1"),
    "Ceil": net("Ceil", "", "8"),
    "CenterLoss": net("CenterLoss", "center_loss_param { num_output: 3 }", "4 5", "4"),
    "ChannelFilter": net("Filter", "filter_param { num_output: 2 }", "2 5 3 4"),
    "ChannelNorm": net("ChannelNorm", "", "2 3 4 5"),
    "ChannelScale": net("ChannelScale", "", "4 6", "4"),
    "ContinuationIndicator": net(
        "ContinuationIndicator", "continuation_indicator_param { time_step: 3 batch_size: 2 }"
    ),
    "Convolution3D": net(
        "Convolution3D", "convolution3d_param { num_output: 4 kernel_size: 2 kernel_depth: 3 }", "1 2 4 6 5"
    ),
    "ConvolutionDepthwise": net("ConvolutionDepthwise", "convolution_param { kernel_size: 3 stride: 2 }", "2 3 7 6"),
    "Correlation": net(
        "Correlation",
        "correlation_param { pad: 3 kernel_size: 3 max_displacement: 3 stride_1: 2 stride_2: 2 }",
        "2 3 5 6",
        "2 3 5 6",
    ),
    "Correlation1D": net(
        "Correlation1D", "correlation_param { pad: 2 kernel_size: 1 max_displacement: 2 }", "2 3 5 6", "2 3 5 6"
    ),
    "CosineInnerProduct": net(
        "InnerProduct", "inner_product_param { num_output: 5 normalize: true bias_term: true }", "4 6"
    ),
    "CountNonzero": net("CountNonzero", "count_nonzero_param { axis: 1 }", "2 3"),
    "DataAugmentation": net("DataAugmentation", "", "2 3 5 6"),
    "Deconvolution3D": net(
        "Deconvolution3D",
        "convolution3d_param { num_output: 3 kernel_size: 3 kernel_depth: 2 stride: 2 temporal_stride: 2 "
        "pad: 1 group: 2 }",
        "1 2 4 6 5",
    ),
    "DepthToSpace": net("DepthToSpace", "depth_to_space_param { block_size: 2 }", "2 3 2 8"),
    "DepthwiseConvolution": net(
        "DepthwiseConvolution", "convolution_param { num_output: 6 kernel_size: 3 }", "2 3 7 6"
    ),
    "DetectionLoss": net(
        "DetectionLoss", "detection_loss_param { side: 3 num_class: 4 num_object: 2 }", "2 126", "2 63"
    ),
    "DetectionOutput": net(
        "DetectionOutput",
        "detection_output_param { num_classes: 3 nms_param { nms_threshold: 0.45 } keep_top_k: 5 }",
        "2 24",
        "2 18",
        "1 2 24",
    ),
    "Div": net("Div", "", "2 3 4", ""),
    "Downsample": net("Downsample", "downsample_param { top_height: 3 top_width: 4 }", "2 3 5 6"),
    "EltwiseAffine": net("EltwiseAffine", "", "3 4"),
    "ExpandDimsND": net("ExpandDimsND", "expand_dims_nd_param { axis: -1 }", "2 3 4"),
    "Flip": net("Flip", "", "2 3 4 5"),
    "Floor": net("Floor", "", "8"),
    "FloorDiv": net("FloorDiv", "", "2 3 4", "3 1"),
    "FloorMod": net("FloorMod", "", "2 3 4", "3 1"),
    "FlowWarp": net("FlowWarp", "", "2 3 5 6", "2 2 5 6"),
    "FocalLoss": net(
        "FocalLoss", "focal_loss_param { axis: -1 alpha: 1 gamma: 3 } softmax_param { axis: 2 }", "3 2 5", "3 2"
    ),
    "Gather": net("Gather", "gather_param { indices: 1 shape: 0 }", "2 3 4"),
    "GatherV2": net("GatherV2", "gather_v2_param { axis: -2 }", "2 3 4", "2"),
    "GeneralContrastiveLoss": net("GeneralContrastiveLoss", "general_contrastive_loss_param { }", "4 5", "4"),
    "GenerateAugmentationParameters": net(
        "GenerateAugmentationParameters",
        'augmentation_param { crop_width: 4 crop_height: 4 mode: "replace" zoom { spread: 1 } }',
        "2 3 5 6",
    ),
    "HappynearBN": net("HappynearBN", "bn_param { decay: 0.25 }", "2 3 4 6"),
    "HappynearNormalize": net("Normalize", "", "2 3 4 5"),
    "HardSigmoid": net("HardSigmoid", "", "2 4"),
    "HardSwish": net("HardSwish", "", "2 4"),
    "HardTanh": net("HardTanh", "", "2 3 4"),
    "ICNetSubgraph": net("ICNetSubgraph", "", "2 2 33 65"),
    "InnerDistance": net("InnerDistance", "inner_distance_param { num_output: 5 }", "4 6"),
    "Interp": net("Interp", "interp_param { height: 9 width: 300 }", "1 2 5 140"),
    "L1Loss": net("L1Loss", "", "2 3 4 5"),
    "LabelSpecificAdd": net("LabelSpecificAdd", "label_specific_add_param { }", "4 6", "4"),
    "LabelSpecificRescale": net("LabelSpecificRescale", "label_specific_rescale_param { }", "4 5", "4", tops=2),
    "LayerNorm": net("LayerNorm", "", "2 3 4"),
    "LogSoftmax": net("LogSoftmax", "", "2 3 4"),
    "LpNormalization": net("LpNormalization", "lp_normalization_param { axis: 1 }", "2 3 4"),
    "LpqLoss": net("LpqLoss", "lpq_loss_param { p: 1 q: 1 q_epsilon: 0 pq_episode_starts_at_iter: 0 }", "2 3 5 6"),
    "MarginInnerProduct": net(
        "MarginInnerProduct",
        "margin_inner_product_param { num_output: 3 type: SINGLE base: 100 gamma: 1 power: 2 lambda_min: 5 }",
        "4 5",
        "4",
    ),
    "MaskPooling": net("MaskPooling", "", "2 3 4 5", "2 1 4 5"),
    "MaskResize": net("MaskResize", "mask_resize_param { output_height: 3 output_width: 2 }", "2 3 4 5"),
    "Maximum": net("Maximum", "", "2 3 4", "3 1"),
    "Mean": net("Mean", "mean_param { operation: ADD value: 2 }", "2 3 4 5"),
    "Minimum": net("Minimum", "", "2 3 4", "3 1"),
    "MirrorPad": net(
        "MirrorPad", 'mirror_pad_param { paddings: [1, 0, 0, 2, 2, 3] mode: "EDGE" constant_values: 3 }', "2 3 4"
    ),
    "Mish": net("Mish", "", "2 3 4"),
    "Mul": net("Mul", "mul_param { mul_shape: [4] }", "2 4"),
    "MultiBoxLoss": net("MultiBoxLoss", "multibox_loss_param { num_classes: 2 }", "3 80", "3 40", "1 2 80", "1 1 9 8"),
    "NdConvolution": net(
        "NdConvolution", "convolution_param { num_output: 3 kernel_shape { dim: 3 dim: 2 dim: 1 } }", "1 2 4 6 5"
    ),
    "NdPooling": net("NdPooling", "pooling_param { kernel_shape { dim: 2 dim: 2 dim: 2 } }", "1 2 4 6 5"),
    "NearestUpsample": net("Upsample", "upsample_param { scale: 2 }", "2 3 5 4"),
    "NegReLU": net("NegReLU", "", "2 4"),
    "NotEqual": net("NotEqual", "", "2 3", ""),
    "OneHot": net("OneHot", "one_hot_param { depth: 3 }", "4"),
    "PSPNetBN": net("BN", "bn_param { icnet: true }", "1 3 2 2"),
    "PSROIPooling": net(
        "PSROIPooling", "psroi_pooling_param { output_dim: 2 group_size: 2 spatial_scale: 0.6 }", "2 8 6 7", "9 5"
    ),
    "Pad": net("Pad", "pad_param { paddings: [0, 1, 2, 0] }", "2 4"),
    "Permute": net("Permute", "", "2 3 4 5"),
    "Piece": net("Piece", "piece_param { begin: [0, 1, 2] size: [-1, 2, 1] }", "2 3 4"),
    "Pooling3D": net("Pooling3D", "pooling3d_param { kernel_size: 2 stride: 2 kernel_depth: 1 }", "1 2 4 6 5"),
    "PriorBox": net(
        "PriorBox", "prior_box_param { min_size: 30 max_size: 60 aspect_ratio: 2 flip: true }", "1 2 3 4", "1 3 120 80"
    ),
    "Proposal": net(
        "Proposal", "proposal_param { ratio: [0.5, 1, 2] scale: 2 min_size: 16 }", "1 6 4 5", "1 12 4 5", "1 3", tops=2
    ),
    "PythonDiceLoss": net(
        "Python", 'loss_weight: 1 python_param { module: "pyLayer" layer: "DiceLoss" }', "3 2 8", "3 1 8"
    ),
    "PythonEuclideanLoss": net("Python", "python_param { module: 'pyloss' layer: 'EuclideanLossLayer' }", "2 5", "2 5"),
    "PythonProposal": net(
        "Python",
        "python_param { module: 'rpn.proposal_layer' layer: 'ProposalLayer' param_str: \"'scales': [2]\" }",
        "1 6 4 5",
        "1 12 4 5",
        "1 3",
        tops=2,
    ),
    "PythonSpatialDropout": net(
        "Python",
        'python_param { module: "spatial_dropout" layer: "SpatialDropoutLayer" param_str: "{\'phase\': '
        "'TEST', 'p': 0.1}\" }",
        "2 3",
    ),
    "ROIPooling": net(
        "ROIPooling", "roi_pooling_param { pooled_h: 2 pooled_w: 3 spatial_scale: 0.6 }", "2 8 6 7", "9 5"
    ),
    "RReLU": net("RReLU", "rrelu_param { lb: 10 ub: 30 }", "2 3 2 4"),
    "RankLoss": net("RankLoss", "rank_loss_param { allpairs: true }", "6", "6"),
    "ReLU6": net("ReLU6", "", "2 4"),
    "ReduceAll": net("ReduceAll", "reduce_all_param { axis: 0 }", "2 3"),
    "ReduceAny": net("ReduceAny", "reduce_any_param { axis: 0 }", "2 3"),
    "ReduceL1": net("ReduceL1", "reduce_l1_param { axes: 1 }", "2 3 4"),
    "ReduceL2": net("ReduceL2", "reduce_l2_param { axes: [1, 2] keepdims: 0 }", "2 3 4"),
    "ReduceLogsumexp": net("ReduceLogsumexp", "reduce_logsumexp_param { axis: 1 }", "2 3 4"),
    "ReduceMax": net("ReduceMax", "reduce_max_param { axis: 1 }", "2 3 4"),
    "ReduceMean": net("ReduceMean", "reduce_mean_param { axis: [-1, 0] keepdims: true }", "2 3 4"),
    "ReduceMin": net("ReduceMin", "reduce_min_param { axis: 2 axis: 1 }", "2 3 4"),
    "ReduceSum": net("ReduceSum", "reduce_sum_param { axis: 1 }", "2 3 4"),
    "RegionLoss": net(
        "RegionLoss", "region_loss_param { num: 2 num_class: 3 biases: [1, 1, 2, 2] }", "2 16 2 2", "2 1 3 5"
    ),
    "Reorg": net("Reorg", "reorg_param { stride: 2 }", "2 8 4 6"),
    "Resample": net("Resample", "resample_param { height: 9 width: 300 }", "1 2 5 140"),
    "ResizeBilinear": net(
        "ResizeBilinear",
        'resize_bilinear_param { output_height: 2 output_width: 2 data_format: "NCHW" output_scale: 1 '
        "output_zero_point: 0 }",
        "1 2 4 4",
    ),
    "ResizeNearestNeighbor": net(
        "ResizeNearestNeighbor",
        'resize_nearest_neighbor_param { data_format: "NCHW" output_height: 3 output_width: 3 }',
        "2 3 5 4",
    ),
    "Reverse": net("Reverse", "", "2 3 4 5"),
    "Round": net("Round", "", "8"),
    "SSDNormalize": net("Normalize", "norm_param { }", "2 3 4 5"),
    "ScaledTanH": net("ScaledTanH", "scaled_tanh_param { alpha: 1.5 beta: 0.5 }", "2 3 4"),
    "SeLU": net("SeLU", "", "2 4"),
    "SeLu": net("SeLu", "", "3 4"),
    "SeLuDropout": net("SeLuDropout", "selu_dropout_param { dropout_ratio: 0.3 }", "2 3 2 4"),
    "SegNetBN": net("SegNetBN", "bn_param { bn_mode: INFERENCE }", "2 3 4 6"),
    "Shape": net("Shape", "", "2 3 4"),
    "ShuffleChannel": net("ShuffleChannel", "", "2 8 4 6"),
    "Sin": net("Sin", "", "2 3 4"),
    "SmoothL1Loss": net("SmoothL1Loss", "smooth_l1_loss_param { sigma: 1.5 }", "3 4 2 1", "3 4 2 1"),
    "SmoothL1LossOHEM": net("SmoothL1LossOHEM", "loss_weight: [1, 0]", "6 4 1 1", "6 4 1 1", "6 4 1 1", tops=2),
    "SoftmaxWithLossOHEM": net("SoftmaxWithLossOHEM", "loss_weight: [1, 0, 0]", "6 4 1 1", "6", tops=3),
    "Softplus": net("Softplus", "", "2 3 4"),
    "Softsign": net("Softsign", "", "2 3 4"),
    "SpaceToBatchND": net(
        "SpaceToBatchND", "space_to_batch_nd_param { block_shape: [2, 3] paddings: [1, 1, 0, 1] }", "2 4 5 3"
    ),
    "SpaceToDepth": net("SpaceToDepth", "space_to_depth_param { block_size: 2 }", "2 4 6 3"),
    "SpatialDropout": net("SpatialDropout", "", "2 3"),
    "Squeeze": net("Squeeze", "", "1 8 1 6"),
    "Stack": net("Stack", "", "2 3 4", "2 3 4"),
    "StridedSlice": net("StridedSlice", "strided_slice_param { begin: [0, -2] end: [2, 9] }", "2 3 4"),
    "Sub": net("Sub", "", "2 3 4", "3 1"),
    "ThresholdedReLU": net("ThresholdedReLU", "thresholded_relu_param { alpha: 3 }", "2 4"),
    "TileND": net("TileND", "tile_nd_param { multiples: [1, 2] }", "2 3 4"),
    "Transpose": net("Transpose", "transpose_param { dim: [0, 1] }", "4 5"),
    "Unstack": net("Unstack", "unstack_param { axis: 1 }", "2 3 4", tops=2),
    "UpsampleDarknet": net("UpsampleDarknet", "upsample_darknet_param { stride: 3 }", "2 3 2 4"),
    "VoxelWiseSoftmax": net("VoxelWiseSoftmax", "", "2 3 2 3 2"),
    "VoxelWiseSoftmaxWithLoss": net("VoxelWiseSoftmaxWithLoss", "", "2 3 2 3 2", "2 1 2 3 2"),
    "YoloDetectionOutput": net(
        "YoloDetectionOutput",
        "yolo_detection_output_param { num_classes: 3 num_box: 2 biases: [0.5, 0.75, 1.25, 1.5] "
        "confidence_threshold: 0.1 nms_threshold: 0.0 }",
        "2 16 3 3",
        "2 16 2 2",
    ),
    "YoloSeg": net("YoloSeg", "yolo_seg_param { }", "2 3 4 5", "2 3 4 5"),
    "YoloV2Loss": net(
        "YoloV2Loss",
        "yolo_v2_loss_param { side: 3 num_classes: 4 num_object: 2 anchors: [0.8, 1.1, 2.0, 1.6] }",
        "2 18 3 3",
        "2 63",
    ),
    "YoloV3Loss": net(
        "YoloV3Loss",
        "yolo_v3_loss_param { side: 3 num_classes: 4 num_object: 2 anchors: [8, 11, 20, 16, 50, 44] "
        "total_object: 3 mask: [1, 0] net_w: 60 net_h: 60 }",
        "2 18 3 3",
        "2 63",
    ),
    "Yolov3": net(
        "Yolov3",
        "yolov3_param { num: 2 num_class: 3 anchors_scale: 8 biases: 6.0 biases: 9.0 biases: 30.0 biases: "
        "22.0 biases: 11.0 biases: 6.0 biases: 14.0 biases: 25.0 mask: 3 mask: 1 object_scale: 5 "
        "coord_scale: 2 thresh: 0.3 }",
        "2 16 4 5",
        "2 10",
    ),
    "Yolov3DetectionOutput": net(
        "Yolov3DetectionOutput",
        "yolov3_detection_output_param { num_classes: 3 num_box: 2 biases: 10.0 biases: 14.0 biases: 23.0 "
        "biases: 27.0 biases: 37.0 biases: 58.0 biases: 81.0 biases: 82.0 mask: [2, 3, 0, 1] "
        "mask_group_num: 2 anchors_scale: [32, 16] confidence_threshold: 0.3 nms_threshold: 0.2 }",
        "2 16 3 3",
        "2 16 2 2",
    ),
    "SegNetUpsample": inputs(data=(2, 3, 5, 4))
    + layer("Pooling", "data", "p m", "pooling_param { kernel_size: 2 stride: 2 }")
    + layer("Upsample", "p m", "y", "upsample_param { scale: 2 }"),
}
