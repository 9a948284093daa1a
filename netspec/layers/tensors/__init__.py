"""Operations on tensors, most of them of Synopsys' fork, which reads nets from TensorFlow and ONNX."""
