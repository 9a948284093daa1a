"""How long do the layers of a net take? `layer_times` in `clock` says it, as `caffe time` does."""
