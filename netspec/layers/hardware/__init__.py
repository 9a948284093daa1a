"""What makers of hardware gave Caffe's layers: several layers in one, and ways of computing them."""
