"""Space and time: C3D, video-caffe, voxels."""
