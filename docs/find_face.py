"""Draws the face that a trained SSD finds in a photograph: python find_face.py PHOTO PICTURE

`detector.py` beside it is what netspec compiles, `README.md` says from what. OpenCV reads, scales and draws.
"""

import sys

import cv2
import detector
import torch

photo, picture = sys.argv[1:]
image = cv2.imread(photo)
data = cv2.dnn.blobFromImage(image, size=(300, 300), mean=(104, 177, 123))  # BGR, as the net was trained

model = detector.trained().eval()
with torch.inference_mode():
    found = model(torch.from_numpy(data))[0, 0]  # a row for each box: item, label, score, and its corners

height, width = image.shape[:2]
for _, _, score, *corners in found[found[:, 2] > 0.5].tolist():
    left, top, right, bottom = (round(x * size) for x, size in zip(corners, (width, height) * 2, strict=True))
    print(f"a face at {left}, {top} to {right}, {bottom}, score {score:.6f}")
    cv2.rectangle(image, (left, top), (right, bottom), (80, 220, 80), 3)
    cv2.putText(image, f"{score:.4f}", (left, top - 8), cv2.FONT_HERSHEY_SIMPLEX, 0.7, (80, 220, 80), 2)
cv2.imwrite(picture, cv2.resize(image, (256, 256), interpolation=cv2.INTER_AREA))
