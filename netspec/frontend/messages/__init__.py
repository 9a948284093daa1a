"""Caffe's messages as every layer has them: their fields, how each is read, and where each stands in the text."""
