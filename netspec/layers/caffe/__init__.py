"""The layer types of BVLC's Caffe. Other rooms hold those of forks, families under the same file names."""
