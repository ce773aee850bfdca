#!/usr/bin/python3
"""Trains the networks that hcbench ships and writes them as ONNX.

One command per network (about 1 to 4 minutes each on two cores):

    datasets/train.py lenet300-mnist  MNIST_DIR
    datasets/train.py lenet5-mnist    MNIST_DIR
    datasets/train.py lenet300-digits DIGITS_DIR
    datasets/train.py lenet5-digits   DIGITS_DIR

The directory holds the four IDX files under their official names, plain or .gz: MNIST as
scripts/fetch_datasets leaves it, the digit set as `make_digits DIR` draws it. The network goes to
datasets/models/NAME.onnx (--out for elsewhere); then datasets/predict.py measures the files.

Input is pixel / 255. The recipe of each network is fixed below, with its number of epochs; it was
checked on a validation split (--validate trains without the last sixth of the training images and
prints the accuracy on them). The test split is never read here. The seed is fixed, so the same
PyTorch build with the same number of threads gives the same file; other builds round otherwise.
"""
import argparse
import os

import onnx
import torch
from onnx import TensorProto, helper, numpy_helper
from torch import nn

from predict import MODELS, load_onnx, read_split, run_onnx

SEED = 20210407
BATCH = 100
THREADS = 2

# epochs, peak learning rate of the one-cycle schedule, L2 penalty, dropout after hidden layers
RECIPES = {
    "lenet300-mnist": (15, 3e-3, 0.0, 0.2),
    "lenet5-mnist": (6, 3e-3, 0.0, 0.2),
    "lenet300-digits": (15, 3e-3, 0.0, 0.2),
    "lenet5-digits": (6, 3e-3, 0.0, 0.2),
}


class Dense(nn.Linear):
    """A dense layer computed as a 1x1 convolution: Debian's PyTorch has the reference BLAS behind
    nn.Linear, and oneDNN behind the convolution is seven times as fast."""

    def forward(self, x):
        weight = self.weight[:, :, None, None]
        return nn.functional.conv2d(x[:, :, None, None], weight, self.bias)[:, :, 0, 0]


def lenet300(dropout):
    return nn.Sequential(
        nn.Flatten(),
        Dense(784, 300), nn.ReLU(), nn.Dropout(dropout),
        Dense(300, 100), nn.ReLU(), nn.Dropout(dropout),
        Dense(100, 10))


def lenet5(dropout):
    return nn.Sequential(
        nn.Conv2d(1, 20, 5), nn.MaxPool2d(2),
        nn.Conv2d(20, 50, 5), nn.MaxPool2d(2),
        nn.Flatten(),
        Dense(800, 500), nn.ReLU(), nn.Dropout(dropout),
        Dense(500, 10))


def accuracy(net, images, labels):
    net.eval()
    with torch.no_grad():
        right = sum(int((net(x).argmax(1) == y).sum())
                    for x, y in zip(images.split(1000), labels.split(1000)))
    net.train()
    return 100 * right / len(labels)


def train(net, images, labels, recipe, held_out):
    epochs, peak, l2, _ = recipe
    steps = (len(images) + BATCH - 1) // BATCH
    optimiser = torch.optim.Adam(net.parameters(), lr=peak, weight_decay=l2)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, peak, total_steps=epochs * steps)
    net.train()
    for epoch in range(epochs):
        total = 0.0
        for pick in torch.randperm(len(images)).split(BATCH):
            loss = nn.functional.cross_entropy(net(images[pick]), labels[pick])
            optimiser.zero_grad()
            loss.backward()
            optimiser.step()
            schedule.step()
            total += loss.item() * len(pick)
        line = f"epoch {epoch + 1} of {epochs}: loss {total / len(images):.4f}"
        if held_out:
            line += f", validation accuracy {accuracy(net, *held_out):.2f} %"
        print(line, flush=True)


def export(net, name, path):
    """Writes the inference graph by hand: only these operators, readable names, stable bytes."""
    nodes, weights, value, counts = [], [], "image", {}

    def add(op, inputs, **attributes):
        counts[op] = counts.get(op, 0) + 1
        out = f"{op.lower()}{counts[op]}"
        nodes.append(helper.make_node(op, inputs, [out], name=out, **attributes))
        return out

    def parameters(layer, label):
        for part in ("weight", "bias"):
            array = getattr(layer, part).detach().numpy().astype("<f4")
            weights.append(numpy_helper.from_array(array, f"{label}.{part}"))
        return [f"{label}.weight", f"{label}.bias"]

    for layer in net:
        if isinstance(layer, nn.Conv2d):
            label = f"conv{counts.get('Conv', 0) + 1}"
            value = add("Conv", [value, *parameters(layer, label)], kernel_shape=[5, 5],
                        strides=[1, 1], pads=[0, 0, 0, 0], dilations=[1, 1], group=1)
        elif isinstance(layer, nn.MaxPool2d):
            value = add("MaxPool", [value], kernel_shape=[2, 2], strides=[2, 2])
        elif isinstance(layer, nn.Flatten):
            value = add("Flatten", [value], axis=1)
        elif isinstance(layer, nn.ReLU):
            value = add("Relu", [value])
        elif isinstance(layer, Dense):
            label = f"fc{counts.get('Gemm', 0) + 1}"
            value = add("Gemm", [value, *parameters(layer, label)], alpha=1.0, beta=1.0, transB=1)
    nodes[-1].output[0] = "scores"
    graph = helper.make_graph(
        nodes, name,
        [helper.make_tensor_value_info("image", TensorProto.FLOAT, ["N", 1, 28, 28])],
        [helper.make_tensor_value_info("scores", TensorProto.FLOAT, ["N", 10])], weights)
    model = helper.make_model(graph, producer_name="hcbench",
                              opset_imports=[helper.make_opsetid("", 13)])
    model.ir_version = 7  # the one that came with opset 13
    onnx.checker.check_model(model, full_check=True)
    with open(path + ".part", "wb") as f:
        f.write(model.SerializeToString(deterministic=True))
    os.replace(path + ".part", path)


def main():
    p = argparse.ArgumentParser(description=__doc__,
                                formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("name", choices=RECIPES)
    p.add_argument("directory")
    p.add_argument("--out", metavar="FILE")
    p.add_argument("--validate", action="store_true",
                   help="hold out the last sixth of the training images; write nothing")
    args = p.parse_args()
    recipe = RECIPES[args.name]
    torch.set_num_threads(THREADS)
    torch.use_deterministic_algorithms(True)
    torch.manual_seed(SEED)
    net = (lenet300 if args.name.startswith("lenet300") else lenet5)(recipe[3])

    images, labels = read_split(args.directory, "train")
    held_out = None
    if args.validate:
        n = len(images) - len(images) // 6
        held_out = images[n:], labels[n:]
        images, labels = images[:n], labels[:n]
    train(net, images, labels, recipe, held_out)
    if args.validate:
        return
    path = args.out or os.path.join(MODELS, args.name + ".onnx")
    export(net, args.name, path)
    net.eval()
    with torch.no_grad():
        apart = (run_onnx(load_onnx(path), images[:1000]) - net(images[:1000])).abs().max()
    if apart > 1e-4:
        raise SystemExit(f"{path}: its scores differ from the trained network's by {apart}")
    print(f"{path}: {sum(x.numel() for x in net.parameters())} parameters, training accuracy "
          f"{accuracy(net, images, labels):.2f} %")


if __name__ == "__main__":
    main()
