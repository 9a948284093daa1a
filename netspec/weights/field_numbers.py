"""The numbers under which fields stand in binary messages of Caffe. Source: caffe.proto of BVLC."""

from collections.abc import Mapping

# Of a message its fields: `name=number` and how it is encoded, which is i for an integer, b for a truth, f for a float,
# s for a text, e for a value of an enum, or the message that it holds. A list with * is packed.
MESSAGES: Mapping[str, str] = {
    "LayerParameter": (
        "param=6:ParamSpec propagate_down=11b include=8:NetStateRule exclude=9:NetStateRule "
        "transform_param=100:TransformationParameter loss_param=101:LossParameter "
        "accuracy_param=102:AccuracyParameter argmax_param=103:ArgMaxParameter "
        "batch_norm_param=139:BatchNormParameter bias_param=141:BiasParameter clip_param=148:ClipParameter "
        "concat_param=104:ConcatParameter contrastive_loss_param=105:ContrastiveLossParameter "
        "convolution_param=106:ConvolutionParameter crop_param=144:CropParameter data_param=107:DataParameter "
        "dropout_param=108:DropoutParameter dummy_data_param=109:DummyDataParameter "
        "eltwise_param=110:EltwiseParameter elu_param=140:ELUParameter embed_param=137:EmbedParameter "
        "exp_param=111:ExpParameter flatten_param=135:FlattenParameter hdf5_data_param=112:HDF5DataParameter "
        "hdf5_output_param=113:HDF5OutputParameter hinge_loss_param=114:HingeLossParameter "
        "image_data_param=115:ImageDataParameter infogain_loss_param=116:InfogainLossParameter "
        "inner_product_param=117:InnerProductParameter input_param=143:InputParameter log_param=134:LogParameter "
        "lrn_param=118:LRNParameter memory_data_param=119:MemoryDataParameter mvn_param=120:MVNParameter "
        "parameter_param=145:ParameterParameter pooling_param=121:PoolingParameter power_param=122:PowerParameter "
        "prelu_param=131:PReLUParameter python_param=130:PythonParameter recurrent_param=146:RecurrentParameter "
        "reduction_param=136:ReductionParameter relu_param=123:ReLUParameter reshape_param=133:ReshapeParameter "
        "scale_param=142:ScaleParameter sigmoid_param=124:SigmoidParameter softmax_param=125:SoftmaxParameter "
        "spp_param=132:SPPParameter slice_param=126:SliceParameter swish_param=147:SwishParameter "
        "tanh_param=127:TanHParameter threshold_param=128:ThresholdParameter tile_param=138:TileParameter "
        "window_data_param=129:WindowDataParameter"
    ),
    "ParamSpec": "name=1s share_mode=2e lr_mult=3f decay_mult=4f",
    "NetStateRule": "phase=1e min_level=2i max_level=3i stage=4s not_stage=5s",
    "TransformationParameter": (
        "scale=1f mirror=2b crop_size=3i mean_file=4s mean_value=5f force_color=6b force_gray=7b"
    ),
    "LossParameter": "ignore_label=1i normalization=3e normalize=2b",
    "AccuracyParameter": "top_k=1i axis=2i ignore_label=3i",
    "ArgMaxParameter": "out_max_val=1b top_k=2i axis=3i",
    "BatchNormParameter": "use_global_stats=1b moving_average_fraction=2f eps=3f",
    "BiasParameter": "axis=1i num_axes=2i filler=3:FillerParameter",
    "FillerParameter": "type=1s value=2f min=3f max=4f mean=5f std=6f sparse=7i variance_norm=8e",
    "ClipParameter": "min=1f max=2f",
    "ConcatParameter": "axis=2i concat_dim=1i",
    "ContrastiveLossParameter": "margin=1f legacy_version=2b",
    "ConvolutionParameter": (
        "num_output=1i bias_term=2b pad=3i kernel_size=4i stride=6i dilation=18i pad_h=9i pad_w=10i kernel_h=11i "
        "kernel_w=12i stride_h=13i stride_w=14i group=5i weight_filler=7:FillerParameter "
        "bias_filler=8:FillerParameter engine=15e axis=16i force_nd_im2col=17b"
    ),
    "CropParameter": "axis=1i offset=2i",
    "DataParameter": (
        "source=1s batch_size=4i rand_skip=7i backend=8e scale=2f mean_file=3s crop_size=5i mirror=6b "
        "force_encoded_color=9b prefetch=10i"
    ),
    "DropoutParameter": "dropout_ratio=1f",
    "DummyDataParameter": "data_filler=1:FillerParameter shape=6:BlobShape num=2i channels=3i height=4i width=5i",
    "BlobShape": "dim=1i*",
    "EltwiseParameter": "operation=1e coeff=2f stable_prod_grad=3b",
    "ELUParameter": "alpha=1f",
    "EmbedParameter": (
        "num_output=1i input_dim=2i bias_term=3b weight_filler=4:FillerParameter bias_filler=5:FillerParameter"
    ),
    "ExpParameter": "base=1f scale=2f shift=3f",
    "FlattenParameter": "axis=1i end_axis=2i",
    "HDF5DataParameter": "source=1s batch_size=2i shuffle=3b",
    "HDF5OutputParameter": "file_name=1s",
    "HingeLossParameter": "norm=1e",
    "ImageDataParameter": (
        "source=1s batch_size=4i rand_skip=7i shuffle=8b new_height=9i new_width=10i is_color=11b scale=2f "
        "mean_file=3s crop_size=5i mirror=6b root_folder=12s"
    ),
    "InfogainLossParameter": "source=1s axis=2i",
    "InnerProductParameter": (
        "num_output=1i bias_term=2b weight_filler=3:FillerParameter bias_filler=4:FillerParameter axis=5i transpose=6b"
    ),
    "InputParameter": "shape=1:BlobShape",
    "LogParameter": "base=1f scale=2f shift=3f",
    "LRNParameter": "local_size=1i alpha=2f beta=3f norm_region=4e k=5f engine=6e",
    "MemoryDataParameter": "batch_size=1i channels=2i height=3i width=4i",
    "MVNParameter": "normalize_variance=1b across_channels=2b eps=3f",
    "ParameterParameter": "shape=1:BlobShape",
    "PoolingParameter": (
        "pool=1e pad=4i pad_h=9i pad_w=10i kernel_size=2i kernel_h=5i kernel_w=6i stride=3i stride_h=7i stride_w=8i "
        "engine=11e global_pooling=12b round_mode=13e"
    ),
    "PowerParameter": "power=1f scale=2f shift=3f",
    "PReLUParameter": "filler=1:FillerParameter channel_shared=2b",
    "PythonParameter": "module=1s layer=2s param_str=3s share_in_parallel=4b",
    "RecurrentParameter": (
        "num_output=1i weight_filler=2:FillerParameter bias_filler=3:FillerParameter debug_info=4b expose_hidden=5b"
    ),
    "ReductionParameter": "operation=1e axis=2i coeff=3f",
    "ReLUParameter": "negative_slope=1f engine=2e",
    "ReshapeParameter": "shape=1:BlobShape axis=2i num_axes=3i",
    "ScaleParameter": "axis=1i num_axes=2i filler=3:FillerParameter bias_term=4b bias_filler=5:FillerParameter",
    "SigmoidParameter": "engine=1e",
    "SoftmaxParameter": "engine=1e axis=2i",
    "SPPParameter": "pyramid_height=1i pool=2e engine=6e",
    "SliceParameter": "axis=3i slice_point=2i slice_dim=1i",
    "SwishParameter": "beta=1f",
    "TanHParameter": "engine=1e",
    "ThresholdParameter": "threshold=1f",
    "TileParameter": "axis=1i tiles=2i",
    "WindowDataParameter": (
        "source=1s scale=2f mean_file=3s batch_size=4i crop_size=5i mirror=6b fg_threshold=7f bg_threshold=8f "
        "fg_fraction=9f context_pad=10i crop_mode=11s cache_images=12b root_folder=13s"
    ),
}
# Of a field its words, whatever message it stands in.
WORDS: Mapping[str, str] = {
    "share_mode": "STRICT=0 PERMISSIVE=1",
    "phase": "TRAIN=0 TEST=1",
    "normalization": "FULL=0 VALID=1 BATCH_SIZE=2 NONE=3",
    "variance_norm": "FAN_IN=0 FAN_OUT=1 AVERAGE=2",
    "engine": "DEFAULT=0 CAFFE=1 CUDNN=2",
    "backend": "LEVELDB=0 LMDB=1",
    "operation": "PROD=0 SUM=1 MAX=2 ASUM=2 SUMSQ=3 MEAN=4",
    "norm": "L1=1 L2=2",
    "norm_region": "ACROSS_CHANNELS=0 WITHIN_CHANNEL=1",
    "pool": "MAX=0 AVE=1 STOCHASTIC=2",
    "round_mode": "CEIL=0 FLOOR=1",
}
