# A net | Input: c0 2×4×13×14. | Output: c14 2×4×5×3. | Phase: TEST; the module begins in evaluation mode.
# Tensor, nn
class Net(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.conv0 = nn.Conv2d(4, 4, kernel_size=3, padding=1)
        self.conv1 = nn.Conv2d(4, 4, kernel_size=1)
        self.conv2 = nn.Conv2d(4, 4, kernel_size=3)
        self.conv3 = nn.Conv2d(4, 4, kernel_size=3, stride=2, padding=1)
        self.conv4 = nn.Conv2d(4, 4, kernel_size=3, padding=2, dilation=2)
        self.conv5 = nn.Conv2d(4, 4, kernel_size=3, padding=1, groups=2)
        self.conv6 = nn.Conv2d(4, 4, kernel_size=3, padding=1, bias=False)
        self.conv7 = nn.Conv2d(4, 4, kernel_size=3, padding=1)
        self.conv8 = nn.Conv2d(4, 4, kernel_size=3, padding=1)
        self.conv10 = nn.Conv2d(4, 4, kernel_size=3, padding=1)
        self.conv10.weight = self.conv8.weight
        self.conv11 = nn.Conv2d(4, 4, kernel_size=(1, 3), stride=(1, 2))
        self.conv12 = nn.Conv2d(4, 4, kernel_size=1, stride=2)
        self.conv13 = nn.Conv2d(4, 4, kernel_size=1, padding=1)
        self.init_weights()
        self.conv7.weight.requires_grad_(False)  # lr_mult: 0
        self.eval()  # as in TEST; train() for training

    def init_weights(self) -> None:
        """Fills the parameters as the spec says."""
        for layer in (
            self.conv0,
            self.conv3,
            self.conv4,
            self.conv5,
            self.conv7,
            self.conv8,
            self.conv11,
            self.conv12,
            self.conv13,
        ):
            nn.init.kaiming_uniform_(layer.weight, nonlinearity="linear")  # Caffe's xavier
            nn.init.zeros_(layer.bias)
        nn.init.kaiming_uniform_(self.conv1.weight, nonlinearity="linear")  # Caffe's xavier
        nn.init.constant_(self.conv1.bias, 0.5)
        nn.init.kaiming_uniform_(self.conv2.weight, nonlinearity="linear")  # Caffe's xavier
        nn.init.normal_(self.conv2.bias)
        nn.init.kaiming_uniform_(self.conv6.weight, nonlinearity="linear")  # Caffe's xavier
        nn.init.zeros_(self.conv10.bias)

    def forward(self, c0: Tensor) -> Tensor:
        c1 = self.conv0(c0)
        c2 = self.conv1(c1)
        c3 = self.conv2(c2)  # 2×4×11×12
        c4 = self.conv3(c3)  # 2×4×6×6
        c5 = self.conv4(c4)
        c6 = self.conv5(c5)
        c7 = self.conv6(c6)
        c8 = self.conv7(c7)
        c9 = self.conv8(c8)
        c10 = self.conv8(c9)
        c11 = self.conv10(c10)
        c12 = self.conv11(c11)  # 2×4×6×2
        c13 = self.conv12(c12)  # 2×4×3×1
        c14 = self.conv13(c13)  # 2×4×5×3
        return c14
