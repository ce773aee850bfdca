#!/usr/bin/python3
"""Runs the trained networks with PyTorch and writes what hcbench's inference is compared with.

    datasets/predict.py --mnist DIR --digits DIR

DIR holds the four IDX files under their official names, plain or .gz: MNIST as
scripts/fetch_datasets leaves it, the digit set as `make_digits DIR` draws it. Every network of
datasets/models is read from its ONNX file and evaluated node by node with torch.nn.functional, so
the result says nothing about train.py and everything about the file. Written:

  tests/vectors/predictions/NAME.u8   top-1 class of each test image, one byte per image
  tests/vectors/predictions/ties.csv  the five smallest margins between best and second score
  datasets/models/models.csv          measured accuracy, parameters and sha256 of each file
"""
import argparse
import csv
import gzip
import hashlib
import os

import numpy
import onnx
import onnx.numpy_helper
import torch
import torch.nn.functional as F

HERE = os.path.dirname(os.path.abspath(__file__))
MODELS = os.path.join(HERE, "models")
VECTORS = os.path.join(HERE, "..", "tests", "vectors", "predictions")
FILES = {"train": "train", "test": "t10k"}

NETWORKS = [  # name, data set, description
    ("lenet300-mnist", "mnist", "LeNet-300-100 (784-300-100-10 with ReLU) on MNIST"),
    ("lenet5-mnist", "mnist", "LeNet-5 (Caffe variant: conv 20 and 50 of 5x5; 500; 10) on MNIST"),
    ("lenet300-digits", "digits", "LeNet-300-100 on the drawn digit set"),
    ("lenet5-digits", "digits", "LeNet-5 (Caffe variant) on the drawn digit set"),
]


def read_idx(directory, name, rank):
    path = os.path.join(directory, name)
    if os.path.exists(path + ".gz"):
        with gzip.open(path + ".gz") as f:
            data = f.read()
    else:
        with open(path, "rb") as f:
            data = f.read()
    if data[:4] != bytes([0, 0, 8, rank]):
        raise SystemExit(f"{path}: not an IDX file of bytes with {rank} dimensions")
    shape = [int.from_bytes(data[4 + 4 * i : 8 + 4 * i], "big") for i in range(rank)]
    return numpy.frombuffer(data, numpy.uint8, offset=4 + 4 * rank).reshape(shape)


def read_split(directory, split):
    """Images as float32 pixel / 255, n x 1 x 28 x 28, and labels as int64."""
    images = read_idx(directory, FILES[split] + "-images-idx3-ubyte", 3)
    labels = read_idx(directory, FILES[split] + "-labels-idx1-ubyte", 1)
    if len(images) != len(labels):
        raise SystemExit(f"{directory}: {len(images)} images but {len(labels)} labels ({split})")
    pixels = torch.from_numpy(images.astype(numpy.float32) / numpy.float32(255))
    return pixels.unsqueeze(1), torch.from_numpy(labels.astype(numpy.int64))


def run_node(node, attributes, inputs):
    if node.op_type == "Conv":
        return F.conv2d(*inputs, stride=attributes["strides"])
    if node.op_type == "MaxPool":
        return F.max_pool2d(*inputs, attributes["kernel_shape"], stride=attributes["strides"])
    if node.op_type == "Relu":
        return F.relu(*inputs)
    if node.op_type == "Flatten":
        return torch.flatten(*inputs, start_dim=attributes["axis"])
    if node.op_type == "Gemm":
        assert attributes["transB"] == 1
        return F.linear(*inputs)
    raise SystemExit(f"node {node.name}: operator {node.op_type} is not one these networks use")


def run_onnx(model, images):
    """Scores of the images: every node in file order, the batch in chunks."""
    graph = model.graph
    weights = {t.name: torch.from_numpy(onnx.numpy_helper.to_array(t).copy())
               for t in graph.initializer}
    scores = []
    for chunk in images.split(1000):
        values = dict(weights, **{graph.input[0].name: chunk})
        for node in graph.node:
            attributes = {a.name: onnx.helper.get_attribute_value(a) for a in node.attribute}
            values[node.output[0]] = run_node(node, attributes, [values[i] for i in node.input])
        scores.append(values[graph.output[0].name])
    return torch.cat(scores)


def load_onnx(path):
    model = onnx.load(path)
    onnx.checker.check_model(model, full_check=True)
    return model


def evaluate(name, images, labels):
    """Writes NAME.u8; returns the row of models.csv and the rows of ties.csv."""
    path = os.path.join(MODELS, name + ".onnx")
    model = load_onnx(path)
    with torch.no_grad():
        scores = run_onnx(model, images)
    # numpy's argmax takes the first of equal scores, as hcbench does; torch's promises nothing.
    best = scores.numpy().argmax(axis=1)
    top2 = scores.topk(2, dim=1)
    margin = (top2.values[:, 0] - top2.values[:, 1]).numpy()
    with open(os.path.join(VECTORS, name + ".u8"), "wb") as f:
        f.write(best.astype(numpy.uint8).tobytes())
    nearest = numpy.argsort(margin, kind="stable")[:5]
    ties = [[name, i, *sorted(int(c) for c in top2.indices[i]), f"{margin[i]:.6g}"]
            for i in nearest]
    correct = int((best == labels.numpy()).sum())
    with open(path, "rb") as f:
        digest = hashlib.sha256(f.read()).hexdigest()
    parameters = sum(int(numpy.prod(t.dims)) for t in model.graph.initializer)
    accuracy = f"{100 * correct / len(labels):.2f}"
    return [name + ".onnx", len(labels), correct, accuracy, parameters, digest], ties


def main():
    p = argparse.ArgumentParser(description=__doc__,
                                formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("--mnist", required=True, metavar="DIR")
    p.add_argument("--digits", required=True, metavar="DIR")
    args = p.parse_args()
    torch.set_num_threads(1)
    os.makedirs(VECTORS, exist_ok=True)
    splits = {data: read_split(getattr(args, data), "test") for data in ("mnist", "digits")}
    rows, ties = [], []
    for name, data, description in NETWORKS:
        row, near = evaluate(name, *splits[data])
        rows.append([name, row[0], data, *row[1:], description])
        ties += near
        print(f"{name}: {row[2]} of {row[1]} right ({row[3]} %), smallest margin {near[0][4]}")
    with open(os.path.join(MODELS, "models.csv"), "w", encoding="utf-8") as f:
        f.write("# Networks trained by this project with datasets/train.py, measured by\n"
                "# datasets/predict.py (PyTorch on the weights of the file, fp32, test split).\n")
        w = csv.writer(f, lineterminator="\n")
        w.writerow("name file data test_images test_correct test_accuracy_percent parameters "
                   "sha256 description".split())
        w.writerows(rows)
    with open(os.path.join(VECTORS, "ties.csv"), "w", encoding="utf-8") as f:
        f.write("# The five smallest margins between best and second score in PyTorch: where\n"
                "# another correct fp32 implementation may predict the other class.\n")
        w = csv.writer(f, lineterminator="\n")
        w.writerow("network image class_a class_b margin".split())
        w.writerows(ties)


if __name__ == "__main__":
    main()
