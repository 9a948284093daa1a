"""What nets that label every pixel brought: SegNet, PSPNet, ICNet, CRF-RNN, FCN, cascades."""
