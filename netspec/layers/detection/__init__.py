"""Detectors and their losses: SSD, Faster R-CNN, R-FCN, YOLO, DetectNet."""
