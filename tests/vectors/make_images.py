#!/usr/bin/python3
"""Writes the small photographs of tests/vectors/images, what Pillow makes of them, and a network with
its predictions on them, computed here with NumPy (python3-pil, python3-onnx).

images/*.jpg are drawn here; expected.bin holds, for every line of CASES in order, the planes R, G
and B (side x side bytes each) after Pillow's decoding, bilinear resize and crop. tests/
infer_image_test.c has the same list. The JPEG files are kept as they are when present, since another
version of the encoder may write other bytes: delete them to draw them anew. top1_rgb.csv and
top1_bgr.csv are the classes that net.onnx gives the images of labels.csv, prepared as SIDECAR says.
"""
import csv
import os

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper
from PIL import Image

DIR = os.path.join(os.path.dirname(os.path.abspath(__file__)), "images")

# file, width, height, mode, options of the encoder
FILES = [
    ("colour.jpg", 53, 37, "RGB", {"quality": 85, "subsampling": 2}),
    ("tall.jpg", 31, 64, "RGB", {"quality": 95, "subsampling": 0}),
    ("grey.jpg", 40, 41, "L", {"quality": 90, "progressive": True}),
    ("inks.jpg", 33, 47, "CMYK", {"quality": 90}),
    ("small.jpg", 32, 32, "RGB", {"quality": 75, "subsampling": 1}),
]

# file, resize_short_side (0: straight to side x side), side
CASES = [
    ("colour.jpg", 24, 16),
    ("colour.jpg", 0, 20),
    ("colour.jpg", 50, 48),
    ("tall.jpg", 9, 8),
    ("grey.jpg", 21, 16),
    ("inks.jpg", 24, 24),
    ("small.jpg", 0, 32),
    ("small.jpg", 32, 27),
]

# resize_short_side, input, and mean and std in the network's channel order; tests/cli/photos.sh
SIDECAR = (24, 16, (120, 110, 100), (60, 50.5, 40))


def draw(w, h, channels):
    """Slow waves, one sharp edge, and speckle from a fixed generator."""
    y, x = np.mgrid[0:h, 0:w]
    noise = np.random.RandomState(w * 100 + h).randint(-20, 21, (h, w, channels))
    waves = [128 + 90 * np.sin(x / (5 + c) + c) * np.cos(y / (7 - c)) for c in range(channels)]
    picture = np.stack(waves, 2) + noise + 60 * (x > y)[:, :, None]
    return np.clip(picture, 0, 255).astype(np.uint8)


def prepare(path, short, side):
    image = Image.open(path).convert("RGB")
    if not short:
        return image.resize((side, side), Image.BILINEAR)
    w, h = image.size
    size = (short, round(h * short / w)) if w <= h else (round(w * short / h), short)
    left, top = (size[0] - side) // 2, (size[1] - side) // 2
    return image.resize(size, Image.BILINEAR).crop((left, top, left + side, top + side))


def make_net():
    """Conv 4x4 stride 4, Relu, MaxPool 2, Gemm to 10 classes; weights in steps of 1/64."""
    random = np.random.RandomState(7)
    shapes = {"w": (4, 3, 4, 4), "b": (4,), "v": (10, 16), "a": (10,)}
    tensors = {k: random.randint(-32, 33, s).astype("<f4") / 64 for k, s in shapes.items()}
    nodes = [
        helper.make_node("Conv", ["x", "w", "b"], ["c"], kernel_shape=[4, 4], strides=[4, 4]),
        helper.make_node("Relu", ["c"], ["r"]),
        helper.make_node("MaxPool", ["r"], ["m"], kernel_shape=[2, 2], strides=[2, 2]),
        helper.make_node("Flatten", ["m"], ["f"]),
        helper.make_node("Gemm", ["f", "v", "a"], ["y"], transB=1),
    ]
    image = helper.make_tensor_value_info("x", TensorProto.FLOAT, ["N", 3, 16, 16])
    scores = helper.make_tensor_value_info("y", TensorProto.FLOAT, ["N", 10])
    graph = helper.make_graph(nodes, "net", [image], [scores],
                              [numpy_helper.from_array(t, k) for k, t in tensors.items()])
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)])
    model.ir_version = 7
    onnx.checker.check_model(model)
    with open(os.path.join(DIR, "net.onnx"), "wb") as f:
        f.write(model.SerializeToString())
    return tensors


def predict(t, x):
    """The scores of one image, 3 x 16 x 16."""
    blocks = x.reshape(3, 4, 4, 4, 4).transpose(1, 3, 0, 2, 4)  # row, column, channel, 4, 4
    conv = np.einsum("yxchw,ochw->oyx", blocks, t["w"]) + t["b"][:, None, None]
    pooled = np.maximum(conv, 0).reshape(4, 2, 2, 2, 2).max((2, 4))
    return t["v"] @ pooled.ravel() + t["a"]


def write_predictions(tensors, order):
    short, side, mean, std = SIDECAR
    with open(os.path.join(DIR, "labels.csv"), newline="") as f:
        names = [row["file"] for row in csv.DictReader(f)]
    with open(os.path.join(DIR, "top1_%s.csv" % order.lower()), "w") as out:
        out.write("image,top1\n")
        for i, name in enumerate(names):
            x = np.asarray(prepare(os.path.join(DIR, name), short, side), "f8")
            x = x[:, :, ::-1] if order == "BGR" else x
            scores = predict(tensors, ((x - mean) / std).transpose(2, 0, 1))
            best = np.sort(scores)
            assert best[-1] - best[-2] > 0.01, "too close to call"
            out.write("%d,%d\n" % (i, scores.argmax()))


def main():
    tensors = make_net()
    for order in "RGB", "BGR":
        write_predictions(tensors, order)
    for name, w, h, mode, options in FILES:
        path = os.path.join(DIR, "images", name)
        if not os.path.exists(path):
            pixels = draw(w, h, len(mode))
            Image.fromarray(pixels[:, :, 0] if mode == "L" else pixels, mode).save(path, **options)
    with open(os.path.join(DIR, "expected.bin"), "wb") as out:
        for name, short, side in CASES:
            planes = np.asarray(prepare(os.path.join(DIR, "images", name), short, side))
            out.write(planes.transpose(2, 0, 1).tobytes())


main()
