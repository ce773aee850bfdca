"""An ONNX file as a PyTorch module that runs the graph node by node."""
import gzip

import onnx
import onnx.numpy_helper
import torch
import torch.nn.functional as F


def attributes(node):
    return {a.name: onnx.helper.get_attribute_value(a) for a in node.attribute}


def pad(x, a, value=0.0):
    """Pads that PyTorch's windows cannot express are a step of their own."""
    p = a.get("pads", [0, 0, 0, 0])
    if p[0] == p[2] and p[1] == p[3]:
        return x, (p[0], p[1])
    return F.pad(x, (p[1], p[3], p[0], p[2]), value=value), (0, 0)


def conv(x, w, b, a):
    x, p = pad(x, a)
    return F.conv2d(x, w, b, a.get("strides", [1, 1]), p, a.get("dilations", [1, 1]), a.get("group", 1))


def max_pool(x, a):
    x, p = pad(x, a, float("-inf"))
    return F.max_pool2d(x, a["kernel_shape"], a.get("strides", [1, 1]), p, 1, bool(a.get("ceil_mode", 0)))


def average_pool(x, a):
    p = a.get("pads", [0, 0, 0, 0])
    if p[0] != p[2] or p[1] != p[3]:
        raise NotImplementedError("AveragePool with asymmetric pads")
    return F.avg_pool2d(x, a["kernel_shape"], a.get("strides", [1, 1]), (p[0], p[1]),
                        bool(a.get("ceil_mode", 0)), bool(a.get("count_include_pad", 0)))


def gemm(x, w, b, a):
    y = F.linear(x, w if a.get("transB", 0) else w.t())
    return y if b is None else y + b


def clip(x, low, high, a):
    return torch.clamp(x, a.get("min", low), a.get("max", high))


RUN = {
    "Conv": lambda i, a: conv(i[0], i[1], i[2] if len(i) > 2 else None, a),
    "BatchNormalization": lambda i, a: F.batch_norm(i[0], i[3], i[4], i[1], i[2], False, 0.0,
                                                    a.get("epsilon", 1e-5)),
    "Relu": lambda i, a: F.relu(i[0]),
    "Clip": lambda i, a: clip(i[0], i[1] if len(i) > 1 else None, i[2] if len(i) > 2 else None, a),
    "MaxPool": lambda i, a: max_pool(i[0], a),
    "AveragePool": lambda i, a: average_pool(i[0], a),
    "GlobalAveragePool": lambda i, a: F.adaptive_avg_pool2d(i[0], 1),
    "Gemm": lambda i, a: gemm(i[0], i[1], i[2] if len(i) > 2 else None, a),
    "Add": lambda i, a: i[0] + i[1],
    "Concat": lambda i, a: torch.cat(i, a["axis"]),
    "Flatten": lambda i, a: torch.flatten(i[0], a.get("axis", 1)),
    "Dropout": lambda i, a: i[0],
    "Identity": lambda i, a: i[0],
}


class OnnxModule(torch.nn.Module):
    def __init__(self, path):
        super().__init__()
        with (gzip.open if path.endswith(".gz") else open)(path, "rb") as f:
            graph = onnx.load_model_from_string(f.read()).graph
        self.nodes = [(n.op_type, list(n.input), n.output[0], attributes(n)) for n in graph.node]
        unknown = {n[0] for n in self.nodes} - RUN.keys()
        if unknown:
            raise NotImplementedError("operators " + ", ".join(sorted(unknown)))
        self.weights = {}
        for i, t in enumerate(graph.initializer):
            value = torch.from_numpy(onnx.numpy_helper.to_array(t).copy())
            if value.dim() == 0:  # the limits of a clip, plain numbers so that it can be fused
                setattr(self, "w%d" % i, value.item())
            else:
                self.register_buffer("w%d" % i, value)
            self.weights[t.name] = "w%d" % i
        self.input = next(i.name for i in graph.input if i.name not in self.weights)
        self.output = graph.output[0].name

    def forward(self, x):
        values = {self.input: x}
        for op, inputs, output, a in self.nodes:
            i = [values[n] if n in values else getattr(self, self.weights[n]) if n else None
                 for n in inputs]
            values[output] = RUN[op](i, a)
        return values[self.output]
