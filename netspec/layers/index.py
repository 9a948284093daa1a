"""Which types each file of layers defines. Written by docs/generate.py, from the classes."""

# The names of a file's types, in its order, by room and file.
FAMILIES = {
    "caffe.activation": "ReLU PReLU ELU Sigmoid TanH AbsVal BNLL Power Exp Log Threshold Swish Clip Dropout",
    "caffe.convolution": "Convolution Deconvolution Im2col",
    "caffe.data": "Data ImageData WindowData HDF5Data MemoryData HDF5Output Python PythonData PythonSink",
    "caffe.input": "Input DummyData RandomData Parameter",
    "caffe.linear": "InnerProduct Embed Scale Bias",
    "caffe.loss": "SoftmaxWithLoss InfogainLoss SigmoidCrossEntropyLoss EuclideanLoss HingeLoss "
    "MultinomialLogisticLoss ContrastiveLoss Accuracy",
    "caffe.merge": "Eltwise Concat Slice Split Silence Filter BatchReindex",
    "caffe.normalization": "LRN BatchNorm MVN Softmax",
    "caffe.pooling": "Pooling SPP",
    "caffe.recurrent": "LSTM RNN LSTMUnit",
    "caffe.reduction": "Reduction ArgMax",
    "caffe.shape": "Flatten Reshape Tile Crop",
    "detection.box_output": "BoxOutput BoxGroupOutput",
    "detection.boxes": "DetectionOutput DetectionEvaluate",
    "detection.detection": "SSDNormalize SmoothL1Loss SmoothL1LossOHEM SoftmaxWithLossOHEM BoxAnnotatorOHEM",
    "detection.detectnet": "DetectNetTransformation",
    "detection.field_accuracy": "DetectionAccuracy DetectionGroupAccuracy BboxAccuracy",
    "detection.field_losses": "MSCNNDetectionLoss DetectionGroupLoss",
    "detection.focal": "FocalLoss",
    "detection.mnc": "PythonMNCProposal PythonMNCAnchorTarget PythonMNCProposalTarget PythonMNCMask "
    "PythonMNCMaskLabels PythonStageBridge PythonStageTargets PythonMNCData PythonCFMData",
    "detection.multibox": "MultiBoxLoss",
    "detection.prior_box": "PriorBox",
    "detection.proposals": "Proposal PythonProposal PythonAnchorTarget PythonProposalTarget PythonRoIData",
    "detection.refinement": "DecodeBBox FrcnnOutput ScaleRoute",
    "detection.regions": "ROIPooling PSROIPooling ROIAlign",
    "detection.text": "PythonTextProposal",
    "detection.window_data": "ImageGtData DetectionData EvalData ProposalTarget",
    "detection.yolo": "RegionLoss EvalDetection YoloDetectionOutput Yolov3DetectionOutput",
    "detection.yolo1": "YoloDetectionLoss",
    "detection.yolo3": "Yolov3 GaussianYolov3 YoloSeg AssistedExcitation SegmentationEvaluate",
    "detection.yolo_cells": "YoloV2Loss YoloV3Loss",
    "flow.correlation": "Correlation Correlation1D",
    "flow.flow": "FlowWarp Accum Downsample LpqLoss",
    "flow.flow_augmentation": "DataAugmentation GenerateAugmentationParameters FlowAugmentation BlackAugmentation",
    "flow.flow_files": "ImgReader FloatReader DisparityData ImgWriter FloatWriter FLOWriter PFMWriter",
    "metric.contrast": "GeneralContrastiveLoss GeneralTripletLoss LabelSpecificRescale",
    "metric.ctc": "CtcLoss LabelsequenceAccuracy",
    "metric.linear": "BottomInnerProduct",
    "metric.loss": "L1Loss AffinityLoss CenterLoss PythonEuclideanLoss ChannelNorm",
    "metric.margin": "MarginInnerProduct",
    "metric.normface": "CosineInnerProduct InnerDistance HappynearNormalize ChannelScale LabelSpecificAdd",
    "metric.pairs": "PairwiseLoss",
    "metric.rank": "RankLoss",
    "neurons.activation": "ReLU6 HardSigmoid HardSwish SeLU SeLu ThresholdedReLU NegReLU ScaleTanH",
    "neurons.learned": "EltwiseAffine APL",
    "neurons.spatial_dropout": "SpatialDropout PythonSpatialDropout",
    "neurons.stochastic": "RReLU SeLuDropout",
    "readers.datasets": "MultiLabelImageData ImageLabelmapData ImageSegData DenseImageData CustomData NDimData "
    "MolGridData ContinuationIndicator",
    "readers.distortion": "DataRandTransform",
    "readers.python_data": "PythonSegmentation PythonSBDD PythonContext PythonSIFTFlow PythonNYUD PythonFilms "
    "PythonFlow PythonTestFilms PythonTestFlow",
    "readers.records": "AnnotatedData LaneData BoxData VideoData",
    "segmentation.accuracy": "SegAccuracy",
    "segmentation.batch_norm": "SegNetBN PSPNetBN HappynearBN",
    "segmentation.cascade": "ROIWarping MaskPooling MaskResize",
    "segmentation.dice": "PythonDiceLoss",
    "segmentation.distance": "ScaledEuclideanLoss",
    "segmentation.icnet": "ICNetSubgraph",
    "segmentation.malis": "Affinity ConnectedComponent MalisLoss",
    "segmentation.meanfield": "MultiStageMeanfield",
    "segmentation.mergecrop": "MergeCrop",
    "segmentation.pooling": "DilatedPooling",
    "segmentation.resize": "Interp NearestUpsample Resample SegNetUpsample",
    "segmentation.shape": "AlignedCrop AutoCrop",
    "segmentation.unpooling": "Unpooling",
    "tensors.arithmetic": "Sub Div FloorDiv FloorMod Maximum Minimum NotEqual Softplus Softsign Mish HardTanh "
    "ScaledTanH LogSoftmax Sin Atan Floor Ceil Round",
    "tensors.channels": "Axpy ShuffleChannel Reorg Squeeze Pad Add Mul Mean",
    "tensors.convolution": "DepthwiseConvolution ConvolutionDepthwise",
    "tensors.engine": "TRT",
    "tensors.gathering": "Gather GatherV2 Shape OneHot",
    "tensors.merge": "Stack Unstack ExpandDimsND Piece",
    "tensors.products": "MatMul Gemm LayerNorm LpNormalization",
    "tensors.pruning": "ChannelFilter",
    "tensors.rearrange": "Permute Transpose Reverse Flip",
    "tensors.recurrent": "Lstm",
    "tensors.reduce": "ReduceSum ReduceMean ReduceMax ReduceMin ReduceLogsumexp ReduceAll ReduceAny CountNonzero "
    "ReduceL1 ReduceL2",
    "tensors.space": "SpaceToBatchND BatchToSpaceND DepthToSpace SpaceToDepth",
    "tensors.strided": "StridedSlice",
    "tensors.tensorflow_resize": "ResizeBilinear ResizeNearestNeighbor",
    "tensors.tile": "TileND BroadcastTo UpsampleDarknet MirrorPad",
    "video.convolution": "NdConvolution Convolution3D Deconvolution3D",
    "video.data": "FilmData",
    "video.pooling": "NdPooling Pooling3D",
    "video.proposals": "TemporalROIPooling PythonTwinProposal PythonTwinAnchorTarget",
    "video.voxels": "VideoSegmentationData VideoWithVoxelTruthData VoxelWiseSoftmax VoxelWiseSoftmaxWithLoss",
}
# The types that read each message, and its fields, those that forks add among them.
MESSAGES = {
    "accum_param": "Accum: top_height top_width size_divisible_by have_reference",
    "accuracy_param": "Accuracy: top_k axis ignore_label min_is_better",
    "affinity_loss_param": "AffinityLoss: scale gap pseudohuber delta maxgrad penalty ranklossmult ranklossneg "
    "fractional_gap diff_for_zero weighted",
    "affinity_param": "Affinity: offset",
    "annotated_data_param": "AnnotatedData LaneData: batch_sampler label_map_file anno_type yolo_data_type "
    "yolo_data_jitter train_diffcult single_class seg_scales seg_resize_width seg_resize_height",
    "apl_param": "APL: sums slope_filler offset_filler save_mem",
    "argmax_param": "ArgMax: out_max_val top_k axis min_first",
    "augmentation_param": "DataAugmentation FlowAugmentation GenerateAugmentationParameters: crop_width "
    "crop_height max_multiplier augment_during_test recompute_mean mean_per_pixel mean mode bottomwidth bottomheight "
    "num chromatic_eigvec mirror translate rotate zoom squeeze translate_x translate_y gamma brightness contrast "
    "color lmult_pow lmult_mult lmult_add sat_pow sat_mult sat_add col_pow col_mult col_add ladd_pow ladd_mult "
    "ladd_add col_rotate fog_amount fog_size motion_blur_angle motion_blur_size shadow_angle shadow_distance "
    "shadow_strength noise write_augmented write_mean",
    "batch_norm_param": "BatchNorm: use_global_stats moving_average_fraction eps add_eps_before_sqrt "
    "update_global_stats stats_batch_size scale_bias scale_filler bias_filler use_weight_bias filler bias_term relu "
    "icnet engine",
    "batch_to_space_nd_param": "BatchToSpaceND: block_shape crops",
    "bbox_reg_param": "BboxAccuracy BoxGroupOutput BoxOutput DecodeBBox DetectionAccuracy DetectionGroupAccuracy "
    "DetectionGroupLoss FrcnnOutput MSCNNDetectionLoss ProposalTarget: bbox_mean bbox_std cls_aware",
    "bias_param": "Bias: axis num_axes filler",
    "black_augmentation_param": "BlackAugmentation: black border",
    "bn_param": "HappynearBN PSPNetBN SegNetBN: bn_mode scale_filler shift_filler slope_filler bias_filler "
    "momentum eps frozen icnet engine var_eps decay moving_average use_history_in_test axis",
    "box_annotator_ohem_param": "BoxAnnotatorOHEM: roi_per_img ignore_label",
    "box_group_output_param": "BoxGroupOutput: fg_thr iou_thr nms_type field_whr field_xyr max_nms_num "
    "max_post_nms_num min_size box_group_param",
    "box_output_param": "BoxOutput: fg_thr iou_thr nms_type field_whr field_xyr max_nms_num max_post_nms_num "
    "min_size field_h field_w downsample_rate",
    "broadcast_to_param": "BroadcastTo: shape",
    "center_loss_param": "CenterLoss: num_output center_filler axis",
    "channel_scale_param": "ChannelScale: do_forward do_backward_feature do_backward_scale global_scale "
    "max_global_scale min_global_scale init_global_scale",
    "clip_param": "Clip: min max",
    "coeff_schedule_param": "DataAugmentation FlowAugmentation GenerateAugmentationParameters: half_life "
    "initial_coeff final_coeff",
    "concat_param": "Concat: output_scale output_zero_point axis concat_dim input_scale input_zero_point "
    "per_fla_fuse engine",
    "continuation_indicator_param": "ContinuationIndicator: time_step batch_size",
    "contrastive_loss_param": "ContrastiveLoss: margin legacy_version",
    "convolution3d_param": "Convolution3D Deconvolution3D: kernel_size stride pad kernel_h kernel_w stride_h "
    "stride_w pad_h pad_w bias_term weight_filler bias_filler dilation group axis num_output kernel_depth "
    "temporal_stride temporal_pad filter_group hole hole_h hole_w saturate output_scale output_zero_point input_scale "
    "input_zero_point weight_scale weight_zero_point bias_scale bias_zero_point pad_type pad_l pad_r pad_t pad_b "
    "fuse_type relu_param relu negative_slope engine force_nd_im2col conv_algorithm cudnn_convolution_algo_seeker "
    "conv_algos_override cudnnConvolutionFwdAlgo cudnnConvolutionBwdDataAlgo cudnnConvolutionBwdFilterAlgo",
    "convolution_param": "Convolution ConvolutionDepthwise Deconvolution DepthwiseConvolution Im2col "
    "NdConvolution: kernel_size stride pad kernel_h kernel_w stride_h stride_w pad_h pad_w bias_term weight_filler "
    "bias_filler dilation group axis num_output hole hole_h hole_w saturate output_scale output_zero_point "
    "input_scale input_zero_point weight_scale weight_zero_point bias_scale bias_zero_point pad_type pad_l pad_r "
    "pad_t pad_b fuse_type relu_param relu negative_slope engine force_nd_im2col conv_algorithm "
    "cudnn_convolution_algo_seeker conv_algos_override cudnnConvolutionFwdAlgo cudnnConvolutionBwdDataAlgo "
    "cudnnConvolutionBwdFilterAlgo kernel_shape stride_shape pad_shape",
    "correlation_param": "Correlation Correlation1D: pad kernel_size max_displacement stride_1 stride_2 "
    "correlation_type single_direction do_abs",
    "count_nonzero_param": "CountNonzero: axis keepdims",
    "crop_param": "Crop: axis offset",
    "ctc_loss_param": "CtcLoss: alphabet_size time_step blank_label",
    "data_param": "AnnotatedData BoxData CustomData Data LaneData VideoData: source batch_size rand_skip backend "
    "force_encoded_color prefetch side scale mean_file crop_size mirror shuffle cache threads parser_threads precache "
    "random slice_point encoding limit_samples preselection_file preselection_label range_start range_end "
    "rand_permute rand_permute_order rand_permute_seed subtract permute_every_iter block_size disk_reader_threads "
    "huge_video_dataset verbose",
    "decode_bbox_param": "DecodeBBox: gt_iou_thr",
    "dense_image_data_param": "DenseImageData: source batch_size rand_skip shuffle new_height new_width is_color "
    "root_folder mirror crop_width crop_height label_divide_factor multi_scale root_folder_image root_folder_label "
    "mean_file",
    "depth_to_space_param": "DepthToSpace: block_size data_format",
    "detection_accuracy_param": "DetectionAccuracy: cls_num field_whr field_xyr bg_threshold objectness "
    "coord_num field_h field_w downsample_rate top_k",
    "detection_data_param": "DetectionData: source batch_size resize_width resize_height root_folder coord_num "
    "field_h field_w fg_threshold crop_width crop_height min_gt_width min_gt_height output_gt_boxes stride "
    "resize_ratio short_size long_size crop_short_size crop_long_size ignore_fg_threshold min_scale max_scale "
    "low_scale_ratio high_scale_ratio multiscale_prob min_whaspect max_whaspect template_ratio "
    "anchor_ignore_margin_ratio anchor_ignore_iou_thr pickup_iou_thr shuffle mix_group_size cache_images "
    "distort_param resize_param scale",
    "detection_evaluate_param": "DetectionEvaluate: num_classes background_label_id overlap_threshold "
    "evaluate_difficult_gt name_size_file resize_param",
    "detection_group_accuracy_param": "DetectionGroupAccuracy: cls_num field_whr field_xyr bg_threshold "
    "objectness field_h field_w stride",
    "detection_group_loss_param": "DetectionGroupLoss: bg_threshold bg_multiple objectness pos_neg_weighted "
    "cls_num lambda field_h field_w stride field_whr field_xyr neg_mining_type neg_ranking_type min_num_neg "
    "batch_size bbox_loss_type",
    "detection_loss_param": "MSCNNDetectionLoss YoloDetectionLoss: bg_threshold bg_multiple objectness "
    "pos_neg_weighted cls_num lambda coord_num field_h field_w downsample_rate bb_smooth field_whr field_xyr "
    "sample_mode iou_weighted side num_class num_object object_scale noobject_scale class_scale coord_scale sqrt "
    "constriant",
    "detection_output_param": "DetectionOutput: no_permute ratio_permute nbottom ratio0 ratio1 ratio2 ratio3 "
    "ratio4 ratio5 tflite_detection tflite_use_regular_nms max_classes_per_detection scale_xywh num_classes "
    "share_location background_label_id nms_param save_output_param code_type variance_encoded_in_target keep_top_k "
    "confidence_threshold visualize objectness_score visualize_threshold save_file nms_threshold top_k",
    "detectnet_augmentation_param": "DetectNetTransformation: crop_prob shift_x shift_y scale_prob scale_min "
    "scale_max flip_prob rotation_prob max_rotate_degree hue_rotation_prob hue_rotation desaturation_prob "
    "desaturation_max",
    "detectnet_groundtruth_param": "DetectNetTransformation: stride scale_cvg gridbox_type max_cvg_len "
    "min_cvg_len coverage_type image_size_x image_size_y obj_norm crop_bboxes object_class",
    "downsample_param": "Downsample: top_height top_width",
    "dropout_param": "Dropout SpatialDropout: dropout_ratio sample_weights_test scale_train engine random_seed",
    "dummy_data_param": "DummyData RandomData: data_filler shape num channels height width",
    "eltwise_affine_param": "EltwiseAffine: slope_filler bias_filler channel_shared",
    "eltwise_param": "Eltwise: operation coeff stable_prod_grad saturate output_scale output_zero_point "
    "input_scale input_zero_point axis engine",
    "elu_param": "ELU: alpha",
    "embed_param": "Embed: bias_term weight_filler bias_filler num_output input_dim",
    "eval_data_param": "EvalData: source batch_size resize_width resize_height root_folder short_size long_size scale",
    "eval_detection_param": "EvalDetection: side num_class num_object threshold sqrt constriant score_type nms biases",
    "exp_param": "Exp: base scale shift",
    "expand_dims_nd_param": "ExpandDimsND: axis",
    "filter_param": "ChannelFilter Filter: num_output axis",
    "flatten_param": "Flatten: axis end_axis",
    "flip_param": "Flip: flip_width flip_height",
    "flow_warp_param": "FlowWarp: fill_value",
    "focal_loss_param": "FocalLoss: axis alpha gamma",
    "frcnn_output_param": "FrcnnOutput: conf_thr iou_thr nms_type max_det_num save_output_param",
    "gather_param": "Gather: indices shape axis",
    "gather_v2_param": "GatherV2: axis batch_flag",
    "gemm_param": "Gemm: alpha beta transA transB",
    "general_contrastive_loss_param": "GeneralContrastiveLoss: positive_margin negative_margin positive_weight "
    "negative_weight normalize_negative positive_outlier_thresh max_negative_only max_positive_only positive_first "
    "positive_upper_bound exp_negative_weight add_intra_mae max_negative_margin square",
    "general_triplet_loss_param": "GeneralTripletLoss: margin add_center_loss hardest_only positive_first "
    "positive_upper_bound positive_weight negative_weight",
    "hard_sigmoid_param": "HardSigmoid: alpha beta",
    "hdf5_data_param": "HDF5Data: source batch_size shuffle",
    "hdf5_output_param": "HDF5Output: file_name",
    "hinge_loss_param": "HingeLoss: norm",
    "image_data_param": "DisparityData FilmData ImageData ImageLabelmapData ImageSegData MultiLabelImageData "
    "VideoSegmentationData VideoWithVoxelTruthData: source batch_size rand_skip shuffle new_height new_width is_color "
    "root_folder new_dim short_side label_cut_start label_dim scale mean_file crop_size mirror min_height min_width "
    "bicubic threads cache precache face_transform max_shear_ratio max_aspect_ratio max_rotate_angle min_random_scale "
    "max_random_scale max_random_shift face_mirror face_point_num balance_class balance_by label_cut_end label_type "
    "ignore_label new_length use_image show_data use_temporal_jitter sampling_rate use_label mean_value "
    "num_truth_channels use_byte_input is_flow truth_scale clip_min clip_max",
    "image_gt_data_param": "ImageGtData: source batch_size resize_width resize_height root_folder coord_num "
    "field_h field_w fg_threshold crop_width crop_height min_gt_width min_gt_height output_gt_boxes scale mean_file "
    "downsample_rate do_multiple_scale min_scale max_scale min_whaspect max_whaspect shuffle fg_img_multiple "
    "cache_images mirror",
    "infogain_loss_param": "InfogainLoss: source axis",
    "inner_distance_param": "InnerDistance: num_output weight_filler axis transpose distance_type normalize "
    "update_center_only bias_term bias_filler",
    "inner_product_param": "BottomInnerProduct CosineInnerProduct InnerProduct: output_scale output_zero_point "
    "input_scale input_zero_point bias_term weight_filler bias_filler num_output axis transpose weight_scale "
    "weight_zero_point bias_scale bias_zero_point normalize engine",
    "input_param": "Input: shape output_scale output_zero_point",
    "interp_param": "Interp: height width zoom_factor shrink_factor full_zoom_factor pad_beg pad_end use_blob_size",
    "l1_loss_param": "L1Loss: l2_per_location l2_prescale_by_channels normalize_by_num_entries epsilon plateau",
    "label_specific_add_param": "LabelSpecificAdd: bias bias_base bias_gamma bias_power bias_min bias_max "
    "iteration transform_test",
    "label_specific_rescale_param": "LabelSpecificRescale: positive_weight negative_weight rescale_test for_ip "
    "positive_weight_base gamma power positive_weight_min positive_weight_max iteration bias_fix power_on_positive "
    "positive_lower_bound negative_upper_bound",
    "labelsequence_accuracy_param": "LabelsequenceAccuracy: blank_label",
    "layer_norm_param": "LayerNorm: eps elementwise_affine",
    "log_param": "Log: base scale shift",
    "log_softmax_param": "LogSoftmax: axis",
    "loss_param": "DetectionAccuracy DetectionGroupAccuracy DetectionGroupLoss FocalLoss InfogainLoss "
    "MSCNNDetectionLoss MultiBoxLoss SigmoidCrossEntropyLoss SmoothL1Loss SmoothL1LossOHEM SoftmaxWithLoss "
    "SoftmaxWithLossOHEM: ignore_label normalization normalize pre_fixed_normalizer label_smoothing "
    "weight_by_label_freqs class_weighting",
    "lp_normalization_param": "LpNormalization: axis p",
    "lpq_loss_param": "LpqLoss: l2_prescale_by_channels normalize_by_num_entries p_epsilon q_epsilon "
    "pq_episode_starts_at_iter p q",
    "lrn_param": "LRN: output_scale output_zero_point local_size alpha beta norm_region k input_scale "
    "input_zero_point fuse_type pooling_param engine",
    "lstm_param": "Lstm: num_output clipping_threshold weight_filler bias_filler batch_size",
    "margin_inner_product_param": "MarginInnerProduct: num_output type weight_filler axis base gamma power "
    "iteration lambda_min",
    "mask_resize_param": "MaskResize: output_height output_width",
    "matmul_param": "MatMul: transpose_a transpose_b",
    "mean_param": "Mean: operation file value mean_scale input_scale output_scale",
    "memory_data_param": "MemoryData: batch_size channels height width dim",
    "mergecrop_param": "MergeCrop: operation forward backward",
    "mirror_pad_param": "MirrorPad: paddings constant_values mode",
    "molgrid_data_param": "MolGridData: source batch_size dimension resolution rand_skip addH shuffle balanced "
    "check root_folder rotate random_rotation random_translate binary_occupancy recmap ligmap inmemory "
    "radius_multiple fixed_radius has_affinity has_rmsd stratify_receptor cache_structs source2 root_folder2 "
    "source_ratio stratify_affinity_min stratify_affinity_max stratify_affinity_step spherical_mask peturb_ligand "
    "peturb_ligand_translate peturb_ligand_rotate ignore_ligand jitter num_poses use_covalent_radius "
    "affinity_reweight_mean affinity_reweight_std affinity_reweight_stdcut fix_center_to_origin recmolcache "
    "ligmolcache mem_recmap mem_ligmap duplicate_poses subgrid_dim maxgroupsize maxchunksize stride use_rec_center "
    "peturb_bins",
    "mul_param": "Mul: mul_shape",
    "multi_stage_meanfield_param": "MultiStageMeanfield: num_iterations theta_alpha theta_beta theta_gamma eps "
    "compatibility_mode threshold spatial_filter_weight bilateral_filter_weight forced_spatial_filter_weight "
    "forced_bilateral_filter_weight",
    "multibox_loss_param": "MultiBoxLoss: loc_loss_type conf_loss_type loc_weight num_classes share_location "
    "match_type overlap_threshold use_prior_for_matching background_label_id use_difficult_gt do_neg_mining "
    "neg_pos_ratio neg_overlap code_type encode_variance_in_target map_object_to_agnostic ignore_cross_boundary_bbox "
    "bp_inside mining_type nms_param sample_size use_prior_for_nms objectness_score",
    "mvn_param": "MVN: normalize_variance across_channels eps add_eps_before_sqrt",
    "ndim_data_param": "NDimData: source batch_size shape rand_skip shuffle balanced check root_folder rotate inmemory",
    "norm_param": "SSDNormalize: across_spatial scale_filler channel_shared eps",
    "normalize_param": "HappynearNormalize: normalize_type bp_norm fix_gradient",
    "not_equal_param": "NotEqual: comparand",
    "one_hot_param": "OneHot: depth on_value off_value axis",
    "pad_param": "Pad: paddings constant_values",
    "pairwise_param": "PairwiseLoss: axis l_threshold l_lambda class_num sigmoid_param continous_similarity "
    "engine q_threshold q_gamma",
    "parameter_param": "Parameter: shape blob_filler",
    "permute_param": "Permute: order",
    "piece_param": "Piece: begin size",
    "pooling3d_param": "Pooling3D: kernel_size stride pad kernel_h kernel_w stride_h stride_w pad_h pad_w pool "
    "global_pooling round_mode kernel_depth temporal_stride temporal_pad saturate output_scale output_zero_point "
    "input_scale input_zero_point pad_type pad_l pad_r pad_t pad_b avg_include_pad axis ceil_mode dilation kernel_l "
    "stride_l engine",
    "pooling_param": "DilatedPooling NdPooling Pooling: kernel_size stride pad kernel_h kernel_w stride_h "
    "stride_w pad_h pad_w pool global_pooling round_mode saturate output_scale output_zero_point input_scale "
    "input_zero_point pad_type pad_l pad_r pad_t pad_b avg_include_pad axis ceil_mode dilation engine kernel_shape "
    "stride_shape pad_shape",
    "power_param": "Power: power scale shift",
    "prelu_param": "PReLU: filler channel_shared",
    "prior_box_param": "PriorBox: min_size max_size aspect_ratio flip clip variance img_size img_h img_w step "
    "step_h step_w offset faceboxes box_width box_height tf yx_order keras",
    "proposal_param": "Proposal: feat_stride base_size min_size ratio scale pre_nms_topn post_nms_topn "
    "nms_thresh anchor_base_size anchor_scale anchor_ratio max_rois rpn_min_size rpn_nms_thresh",
    "proposal_target_param": "ProposalTarget: cls_num batch_size fg_fraction num_img_per_batch fg_thr bg_thr_hg "
    "bg_thr_lw img_width img_height iou_weighted bbox_thr_lw bbox_thr_hg pickup_discard append_gtbox",
    "psroi_pooling_param": "PSROIPooling: spatial_scale output_dim group_size",
    "python_param": "Python PythonAnchorTarget PythonCFMData PythonContext PythonData PythonDiceLoss "
    "PythonEuclideanLoss PythonFilms PythonFlow PythonMNCAnchorTarget PythonMNCData PythonMNCMask PythonMNCMaskLabels "
    "PythonMNCProposal PythonMNCProposalTarget PythonNYUD PythonProposal PythonProposalTarget PythonRoIData "
    "PythonSBDD PythonSIFTFlow PythonSegmentation PythonSink PythonSpatialDropout PythonStageBridge "
    "PythonStageTargets PythonTestFilms PythonTestFlow PythonTextProposal PythonTwinAnchorTarget PythonTwinProposal: "
    "module layer param_str share_in_parallel feat_stride use_clip clip_base gradient_scale scales ratios "
    "allowed_border num_classes bp_all phase p",
    "rank_loss_param": "RankLoss: allpairs",
    "reader_param": "FloatReader ImgReader: file num",
    "recurrent_param": "LSTM RNN: num_output weight_filler bias_filler debug_info expose_hidden",
    "reduce_all_param": "ReduceAll: axis keepdims",
    "reduce_any_param": "ReduceAny: axis keepdims",
    "reduce_l1_param": "ReduceL1: axes keepdims",
    "reduce_l2_param": "ReduceL2: axes keepdims",
    "reduce_logsumexp_param": "ReduceLogsumexp: axis keepdims",
    "reduce_max_param": "ReduceMax: axis keepdims",
    "reduce_mean_param": "ReduceMean: axis keepdims",
    "reduce_min_param": "ReduceMin: axis keepdims",
    "reduce_sum_param": "ReduceSum: axis keepdims",
    "reduction_param": "Reduction: operation axis coeff",
    "region_loss_param": "RegionLoss: side num_class bias_match coords num softmax jitter rescore object_scale "
    "class_scale noobject_scale coord_scale absolute thresh random biases softmax_tree class_map",
    "relu6_param": "ReLU6: negative_slope",
    "relu_param": "ReLU: negative_slope saturate output_scale output_zero_point input_scale input_zero_point "
    "relu6 maximum minimum engine fuse",
    "reorg_param": "Reorg: stride reverse",
    "resample_param": "Resample: antialias width height type factor",
    "reshape_param": "Reshape: shape axis num_axes pixelshuffler",
    "resize_bilinear_param": "ResizeBilinear: align_corners data_format output_height output_width scale_height "
    "scale_width half_pixel_centers output_scale output_zero_point input_scale input_zero_point pytorch_half_pixel "
    "output_depth scale_depth",
    "resize_nearest_neighbor_param": "ResizeNearestNeighbor: align_corners data_format output_height "
    "output_width scale_height scale_width half_pixel_centers",
    "reverse_param": "Reverse: axis",
    "roi_pooling_param": "ROIAlign ROIPooling TemporalROIPooling: pooled_h pooled_w spatial_scale pad_ratio "
    "pooled_l temporal_scale",
    "roi_warping_param": "ROIWarping: pooled_h pooled_w spatial_scale",
    "rrelu_param": "RReLU: lb ub",
    "scale_param": "Scale: axis num_axes filler bias_term bias_filler min_value max_value",
    "scale_route_param": "ScaleRoute: low_scale high_scale",
    "scale_tanh_param": "ScaleTanH: init_scale step_size gamma power",
    "scaled_tanh_param": "ScaledTanH: alpha beta",
    "seg_accuracy_param": "SegAccuracy: ignore_label reset metric",
    "segmentation_evaluate_param": "SegmentationEvaluate: num_classes threshold",
    "selu_dropout_param": "SeLuDropout: dropout_ratio alpha",
    "selu_param": "SeLU SeLu: lambda alpha",
    "shuffle_channel_param": "ShuffleChannel: group",
    "sigmoid_param": "Sigmoid: output_scale output_zero_point input_scale input_zero_point engine",
    "slice_param": "Slice: axis slice_point slice_dim",
    "smooth_l1_loss_param": "SmoothL1Loss: sigma",
    "softmax_param": "FocalLoss Softmax SoftmaxWithLoss SoftmaxWithLossOHEM: axis normalize_type engine "
    "output_scale output_zero_point input_scale input_zero_point",
    "space_to_batch_nd_param": "SpaceToBatchND: block_shape paddings",
    "space_to_depth_param": "SpaceToDepth: block_size data_format",
    "spatial_dropout_param": "SpatialDropout: dropout_ratio sample_weights_test",
    "split_param": "Split: engine",
    "spp_param": "SPP: pyramid_height pool engine",
    "squeeze_param": "Squeeze: axis",
    "stack_param": "Stack: axis",
    "strided_slice_param": "StridedSlice: begin end strides axes begin_mask end_mask ellipsis_mask new_axis_mask "
    "shrink_axis_mask",
    "swish_param": "Swish: beta",
    "tanh_param": "TanH: engine",
    "threshold_param": "Threshold: threshold",
    "thresholded_relu_param": "ThresholdedReLU: alpha",
    "tile_nd_param": "TileND: multiples axis tiles",
    "tile_param": "Tile: axis tiles",
    "transform_param": "AnnotatedData BoxData CustomData Data DenseImageData DetectNetTransformation "
    "DetectionData DetectionOutput DisparityData EvalData FilmData HDF5Data ImageData ImageGtData ImageLabelmapData "
    "ImageSegData ImgReader LaneData MemoryData MultiLabelImageData VideoData VideoSegmentationData "
    "VideoWithVoxelTruthData WindowData: scale mirror crop_size mean_file mean_value force_color force_gray crop_h "
    "crop_w crop_height crop_width resize_param random_resize_param random_aspect_ratio_param caffe_yolo "
    "img_rand_resize_lower rand_resize_ratio_upper vertical_stretch_upper horizontal_stretch_upper pad upper_size "
    "noise_param distort_param expand_param emit_constraint scale_factors flow bgr2rgb img_rand_resize_upper "
    "rand_resize_ratio_lower vertical_stretch_lower horizontal_stretch_lower allow_upscale interpolation_algo_up "
    "interpolation_algo_down var_sz_img_enabled use_gpu_transform random_seed display num_labels fix_crop "
    "more_fix_crop multi_scale scale_ratios max_distort is_flow original_image random_crop_on_test vertical_mirror "
    "random_90_deg_rot stride upper_height upper_width",
    "transpose_param": "Transpose: dim",
    "trt_param": "TRT: trt_mode top_k deploy model deploy_outputs calibrator",
    "unpooling_param": "Unpooling: unpool unpool_size unpool_h unpool_w pad pad_h pad_w kernel_size kernel_h "
    "kernel_w stride stride_h stride_w",
    "unstack_param": "Unstack: axis num",
    "upsample_darknet_param": "UpsampleDarknet: stride",
    "upsample_param": "NearestUpsample SegNetUpsample: scale scale_h scale_w pad_out_h pad_out_w upsample_h upsample_w",
    "video_data_param": "VideoData: source batch_size rand_skip shuffle new_height new_width new_length is_color "
    "root_folder num_segments modality name_pattern encoded grayscale video_type device_id video_file skip_frames "
    "use_image show_data use_temporal_jitter sampling_rate max_sampling_rate use_sampling_rate_jitter "
    "use_multiple_label num_of_labels scale mean_file crop_size mirror",
    "window_data_param": "WindowData: source batch_size fg_threshold bg_threshold fg_fraction context_pad "
    "crop_mode cache_images root_folder scale mean_file crop_size mirror",
    "writer_param": "FLOWriter FloatWriter ImgWriter PFMWriter: file folder prefix suffix normalize scale",
    "yolo_detection_output_param": "YoloDetectionOutput: num_classes num_box confidence_threshold nms_threshold "
    "biases side coords label_map_file",
    "yolo_seg_param": "YoloSeg: object_scale num_class class_scale use_logic_gradient use_hardsigmoid",
    "yolo_v2_loss_param": "YoloV2Loss: side num_classes num_object anchors box_scale class_scale noobject_scale "
    "object_scale rescore constraint thresh",
    "yolo_v3_loss_param": "YoloV3Loss: side num_classes num_object anchors mask total_object ignore_thresh "
    "truth_thresh net_w net_h",
    "yolov3_detection_output_param": "Yolov3DetectionOutput: num_classes num_box confidence_threshold "
    "nms_threshold biases anchors_scale mask_group_num mask",
    "yolov3_param": "GaussianYolov3 Yolov3: num_class num object_scale class_scale coord_scale thresh "
    "anchors_scale biases mask use_logic_gradient use_focal_loss iou_loss iou_normalizer iou_thresh max_delta "
    "accumulate side noobject_scale",
}
# The fields of each group, so that a layer without any of them does not import it.
GROUP_FIELDS = {
    "detection.activation.ScaledDropout": "scale_train",
    "detection.pooling.CeilPooling": "ceil_mode",
    "hardware.activation.DropoutEngine": "engine random_seed",
    "hardware.activation.ReLUEngine": "fuse",
    "hardware.convolution.ConvolutionAlgorithm": "conv_algorithm cudnn_convolution_algo_seeker "
    "conv_algos_override cudnnConvolutionFwdAlgo cudnnConvolutionBwdDataAlgo cudnnConvolutionBwdFilterAlgo",
    "hardware.convolution.FusedConvolution": "fuse_type relu_param",
    "hardware.convolution.RectifiedConvolution": "relu negative_slope",
    "hardware.linear.InnerProductEngine": "engine",
    "hardware.merge.EltwiseEngine": "engine",
    "hardware.merge.FlatConcat": "engine per_fla_fuse",
    "hardware.merge.SplitEngine": "split_param",
    "hardware.normalization.AffineBatchNorm": "engine scale_bias scale_filler bias_filler use_weight_bias filler "
    "bias_term relu",
    "hardware.normalization.PartialBatchNorm": "stats_batch_size",
    "hardware.normalization.PooledLRN": "fuse_type pooling_param",
    "hardware.pooling.PaddedPooling": "avg_include_pad axis",
    "hardware.proposals.CountedAnchors": "anchor_base_size anchor_scale anchor_ratio max_rois rpn_min_size "
    "rpn_nms_thresh",
    "metric.accuracy.DistanceAccuracy": "min_is_better",
    "metric.input.FilledParameter": "blob_filler",
    "metric.linear.BoundedScale": "min_value max_value",
    "metric.linear.NormalizedInnerProduct": "normalize",
    "metric.softmax.OtherSoftmax": "",
    "metric.softmax.OtherSoftmaxWithLoss": "",
    "readers.data.ForksData": "shuffle cache threads parser_threads precache random side",
    "readers.data.ForksImageData": "min_height min_width bicubic threads cache precache face_transform "
    "max_shear_ratio max_aspect_ratio max_rotate_angle min_random_scale max_random_scale max_random_shift face_mirror "
    "face_point_num balance_class balance_by label_cut_end new_dim short_side label_cut_start label_dim",
    "readers.data.ShapedMemoryData": "dim",
    "readers.transform.Transformed": "transform_param",
    "readers.transform.Untransformed": "transform_param",
    "segmentation.activation.SampledDropout": "sample_weights_test",
    "segmentation.convolution.Holes": "engine force_nd_im2col kernel_size stride pad kernel_h kernel_w stride_h "
    "stride_w pad_h pad_w bias_term weight_filler bias_filler dilation group axis hole hole_h hole_w",
    "segmentation.loss.WeighingLoss": "loss_param",
    "segmentation.loss.WeighingSoftmaxWithLoss": "",
    "segmentation.pooling.GappedPooling": "dilation",
    "tensors.activation.BoundedReLU": "relu6 maximum minimum",
    "tensors.eltwise.FurtherEltwise": "",
    "tensors.eltwise.StretchedEltwise": "axis",
    "tensors.normalization.OtherBatchNorm": "icnet add_eps_before_sqrt update_global_stats",
    "tensors.normalization.OtherMVN": "add_eps_before_sqrt",
    "tensors.pooling.InsidePooling": "",
    "tensors.pruning.PruningFilter": "filter_param",
    "tensors.quantized.Quantized": "output_scale output_zero_point input_scale input_zero_point",
    "tensors.quantized.QuantizedInput": "output_scale output_zero_point",
    "tensors.quantized.QuantizedInputs": "output_scale output_zero_point input_scale input_zero_point",
    "tensors.quantized.QuantizedWeights": "output_scale output_zero_point input_scale input_zero_point "
    "weight_scale weight_zero_point bias_scale bias_zero_point",
    "tensors.quantized.Saturated": "saturate",
    "tensors.reduction.ArgMin": "min_first",
    "tensors.shape.PixelShuffle": "pixelshuffler",
    "tensors.window.EvenlySided": "kernel_size stride pad kernel_h kernel_w stride_h stride_w pad_h pad_w "
    "pad_type pad_l pad_r pad_t pad_b",
    "tensors.window.Sided": "kernel_size stride pad kernel_h kernel_w stride_h stride_w pad_h pad_w pad_type "
    "pad_l pad_r pad_t pad_b",
    "tensors.window.SidedPooling": "pad_type pad_l pad_r pad_t pad_b",
    "video.pooling.LengthPooling": "kernel_l stride_l pad_l",
    "video.proposals.LengthROIPooling": "pooled_l temporal_scale",
}
# The types that stand for layers written in Python, by module and class.
PYTHON = {
    ("pylayer.proposal_layer", "ProposalLayer"): "PythonMNCProposal",
    ("pylayer.anchor_target_layer", "AnchorTargetLayer"): "PythonMNCAnchorTarget",
    ("pylayer.proposal_target_layer", "ProposalTargetLayer"): "PythonMNCProposalTarget",
    ("pylayer.mask_layer", "MaskLayer"): "PythonMNCMask",
    ("pylayer.stage_bridge_layer", "StageBridgeLayer"): "PythonStageBridge",
    ("pylayer.mnc_data_layer", "MNCDataLayer"): "PythonMNCData",
    ("pylayer.cfm_data_layer", "CFMDataLayer"): "PythonCFMData",
    ("rpn.proposal_layer", "ProposalLayer"): "PythonProposal",
    ("rpn.anchor_target_layer", "AnchorTargetLayer"): "PythonAnchorTarget",
    ("rpn.proposal_target_layer", "ProposalTargetLayer"): "PythonProposalTarget",
    ("roi_data_layer.layer", "RoIDataLayer"): "PythonRoIData",
    ("layers.text_proposal_layer", "ProposalLayer"): "PythonTextProposal",
    ("pyloss", "EuclideanLossLayer"): "PythonEuclideanLoss",
    ("spatial_dropout", "SpatialDropoutLayer"): "PythonSpatialDropout",
    ("voc_layers", "VOCSegDataLayer"): "PythonSegmentation",
    ("voc_layers", "SBDDSegDataLayer"): "PythonSBDD",
    ("pascalcontext_layers", "PASCALContextSegDataLayer"): "PythonContext",
    ("siftflow_layers", "SIFTFlowSegDataLayer"): "PythonSIFTFlow",
    ("nyud_layers", "NYUDSegDataLayer"): "PythonNYUD",
    ("sequence_input_layer", "videoReadTrain_RGB"): "PythonFilms",
    ("sequence_input_layer", "videoReadTrain_flow"): "PythonFlow",
    ("sequence_input_layer", "videoReadTest_RGB"): "PythonTestFilms",
    ("sequence_input_layer", "videoReadTest_flow"): "PythonTestFlow",
    ("pyLayer", "DiceLoss"): "PythonDiceLoss",
}
