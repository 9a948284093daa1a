"""The layer types of BVLC's Caffe, with their fields, and nothing else. Other rooms add to them."""
