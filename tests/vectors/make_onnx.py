#!/usr/bin/python3
"""Writes the small ONNX files of tests/model*_test.c into tests/vectors/onnx (needs python3-onnx).

ok_*.onnx pass onnx.checker with full shape inference, so the output shapes that are declared here
(and asserted in the test) are confirmed by an independent implementation. bad_*.onnx have one fault
each. The output is the same on every run.
"""
import os

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

DIR = os.path.join(os.path.dirname(os.path.abspath(__file__)), "onnx")


def tensor(name, shape, values=None, raw=True):
    """FLOAT; element i is (i - 4) / 8 unless values are given."""
    n = int(np.prod(shape))
    a = (np.arange(n) - 4) / 8 if values is None else np.asarray(values)
    a = a.astype("<f4").reshape(shape)
    if raw:
        return numpy_helper.from_array(a, name)
    return helper.make_tensor(name, TensorProto.FLOAT, shape, a.ravel())


def value(name, shape, kind=TensorProto.FLOAT):
    return helper.make_tensor_value_info(name, kind, shape)


def node(op, inputs, output, name=None, **attributes):
    outputs = output if isinstance(output, list) else [output]
    return helper.make_node(op, inputs, outputs, name=name, **attributes)


def write(name, nodes, inputs, outputs, tensors, opset=13, edit=None):
    graph = helper.make_graph(nodes, name, inputs, outputs, tensors)
    model = helper.make_model(graph, producer_name="hcbench",
                              opset_imports=[helper.make_opsetid("", opset)])
    model.ir_version = 7
    if edit:
        edit(model)
    if name.startswith("ok_"):
        onnx.checker.check_model(model, full_check=True)
    with open(os.path.join(DIR, name + ".onnx"), "wb") as f:
        f.write(model.SerializeToString(deterministic=True))


def valid():
    write("ok_conv_pool_gemm", [
        node("Conv", ["image", "c.w", "c.b"], "a", "conv1"),
        node("Relu", ["a"], "b", "relu1"),
        node("MaxPool", ["b"], "c", "pool1", kernel_shape=[2, 2], strides=[2, 2]),
        node("Flatten", ["c"], "d", "flat1"),
        node("Gemm", ["d", "f.w", "f.b"], "e", "fc1", transB=1),
        node("Softmax", ["e"], "scores", "soft1")],
        [value("image", ["N", 1, 6, 6])], [value("scores", ["N", 3])],
        [tensor("c.w", [2, 1, 3, 3]), tensor("c.b", [2], [0.5, -0.25]),
         tensor("f.w", [3, 8], raw=False), tensor("f.b", [3], [1, 2, 3], raw=False)])
    # No node names, no batch to speak of; W[i][o] = 10 i + o.
    w = [10 * i + o for i in range(4) for o in range(3)]
    write("ok_matmul_add", [
        node("MatMul", ["image", "w"], "product"),
        node("Add", ["b", "product"], "scores")],
        [value("image", [1, 4])], [value("scores", [1, 3])],
        [tensor("w", [4, 3], w), tensor("b", [1, 3], [7, 8, 9])], opset=7)
    # Initializers listed as inputs, as files older than IR 4 do; a fixed batch.
    write("ok_gemm_transb0", [node("Gemm", ["image", "w"], "scores", "fc")],
          [value("image", [5, 4]), value("w", [4, 3])], [value("scores", [5, 3])],
          [tensor("w", [4, 3], w, raw=False)], opset=11)
    # Depthwise-like: 2 groups of 2 channels and 3 filters.
    write("ok_grouped", [
        node("Conv", ["image", "w"], "scores", "conv", group=2, kernel_shape=[3, 1],
             strides=[2, 1])],
        [value("image", ["N", 4, 5, 7])], [value("scores", ["N", 6, 2, 7])],
        [tensor("w", [6, 2, 3, 1])])
    # Rows: (5 + 1 + 2 - 5) / 2 + 1 = 2; columns: (7 + 0 + 1 - 2) / 3 + 1 = 3.
    write("ok_pads", [
        node("Conv", ["image", "w"], "scores", "conv", pads=[1, 0, 2, 1], strides=[2, 3],
             dilations=[2, 1], auto_pad="NOTSET")],
        [value("image", ["N", 1, 5, 7])], [value("scores", ["N", 1, 2, 3])],
        [tensor("w", [1, 1, 3, 2])])
    # 7 x 8 by 2 upper: 4 x 4; 4 x 4 by 1 lower: 4 x 4; valid pool: 2 x 2.
    write("ok_auto_pad", [
        node("Conv", ["image", "w1"], "a", "upper", auto_pad="SAME_UPPER", strides=[2, 2]),
        node("Conv", ["a", "w2"], "b", "lower", auto_pad="SAME_LOWER"),
        node("MaxPool", ["b"], "scores", "pool", auto_pad="VALID", kernel_shape=[2, 2],
             strides=[2, 2])],
        [value("image", ["N", 1, 7, 8])], [value("scores", ["N", 1, 2, 2])],
        [tensor("w1", [1, 1, 3, 3]), tensor("w2", [1, 1, 2, 2])])
    # Every constant comes from a node; names are passed on by Identity and Dropout.
    write("ok_constant", [
        node("Constant", [], "w", value=tensor("inner", [2, 1, 2, 2])),
        node("Constant", [], "wb", value_floats=[0.5, 1.5]),
        node("Constant", [], "to", value_ints=[0, -1]),
        node("Identity", ["w"], "w.same"),
        node("Conv", ["image", "w.same"], "a", "conv"),
        node("Add", ["a", "cb"], "biased", "add"),
        node("Dropout", ["biased"], ["b", "mask"], "drop"),
        node("Reshape", ["b", "to"], "c", "shape"),
        node("Constant", [], "fw", value=tensor("inner2", [8, 2])),
        node("Gemm", ["c", "fw", "wb"], "d", "fc"),
        node("Identity", ["d"], "e"),
        node("LogSoftmax", ["e"], "scores", "log", axis=-1)],
        [value("image", ["N", 1, 3, 3])], [value("scores", ["N", 2])],
        [tensor("cb", [1, 2, 1, 1], [3, 4])])
    valid_blocks()
    valid_constants()


def ints(name, values, kind=TensorProto.INT64, shape=None):
    values = np.asarray(values)
    return helper.make_tensor(name, kind, values.shape if shape is None else shape,
                              values.ravel().tolist())


def valid_blocks():
    # BatchNormalization: scale gamma / sqrt(variance + 1) = 4 / 2, 1 / 1; shift 1 - 3 * 2, 0 + 1.
    write("ok_residual", [
        node("Conv", ["image", "w"], "a", "conv"),
        node("BatchNormalization", ["a", "gamma", "beta", "mean", "variance"], "b", "norm",
             epsilon=1.0),
        node("Clip", ["b", "", "six"], "c", "clip"),
        node("Add", ["c", "b"], "d", "sum"),
        node("Mul", ["d", "c"], "e", "product"),
        node("GlobalAveragePool", ["e"], "f", "mean"),
        node("Mul", ["f", "e"], "g", "gate"),
        node("ReduceMean", ["g"], "scores", "mean2", axes=[-1, 2], keepdims=0)],
        [value("image", ["N", 1, 4, 4])], [value("scores", ["N", 2])],
        [tensor("w", [2, 1, 3, 3]), tensor("gamma", [2], [4, 1]), tensor("beta", [2], [1, 0]),
         tensor("mean", [2], [3, -1]), tensor("variance", [2], [3, 0]), tensor("six", [], [6])],
        opset=12)
    # Rows and columns of 6: windows of 3 by 2 begin at 0, 2 and 4, the last one reaches over by 1.
    write("ok_pools", [
        node("Conv", ["image", "w"], "a", "conv"),
        node("MaxPool", ["a"], "b", "max", kernel_shape=[3, 3], strides=[2, 2], ceil_mode=1),
        node("AveragePool", ["a"], "c", "avg", kernel_shape=[3, 3], strides=[2, 2],
             pads=[1, 1, 0, 0], count_include_pad=1),
        node("AveragePool", ["a"], "d", "ceil", kernel_shape=[3, 3], strides=[2, 2], ceil_mode=1,
             count_include_pad=1),
        node("LRN", ["d"], "e", "lrn", size=5, alpha=0.5, bias=2.0),
        node("Concat", ["b", "c", "e"], "f", "cat", axis=-3),
        node("Softmax", ["f"], "scores", "soft")],
        [value("image", ["N", 1, 6, 6])], [value("scores", ["N", 6, 3, 3])],
        [tensor("w", [2, 1, 1, 1])], opset=11)
    # More inputs than a node holds: 8, then the result and 2 more.
    write("ok_long_concat", [
        node("Conv", ["image", "w"], "a", "conv"),
        node("Concat", ["a"] * 10, "scores", "cat", axis=1)],
        [value("image", ["N", 1, 2, 2])], [value("scores", ["N", 20, 2, 2])],
        [tensor("w", [2, 1, 1, 1])])
    # The bias of the product is not its own: something else reads it.
    write("ok_scales", [
        node("MatMul", ["image", "w"], "a", "product"),
        node("Add", ["a", "b"], "c", "add"), node("Sub", ["a", "b"], "d", "sub"),
        node("Mul", ["two", "c"], "e", "mul"), node("Div", ["d", "two"], "f", "div"),
        node("Sum", ["e", "f"], "scores", "sum")],
        [value("image", ["N", 2])], [value("scores", ["N", 2])],
        [tensor("w", [2, 2]), tensor("b", [2], [1, 2]), tensor("two", [1, 1], [2])])


def valid_constants():
    # Two pads add up, and the convolution takes them in.
    write("ok_pad", [
        node("Pad", ["image", "p"], "a", "pad1"), node("Pad", ["a", "q", "zero"], "b", "pad2"),
        node("Conv", ["b", "w"], "scores", "conv", pads=[0, 0, 0, 1])],
        [value("image", ["N", 1, 3, 3])], [value("scores", ["N", 1, 4, 6])],
        [ints("p", [0, 0, 1, 0, 0, 0, 0, 2]), ints("q", [0, 0, 1, 1, 0, 0, 0, 0]),
         tensor("zero", [], [0]), tensor("w", [1, 1, 2, 2])])
    # As PyTorch writes x.view(x.size(0), -1); kernels stored in other orders; channels last and back.
    write("ok_shapes", [
        node("Transpose", ["hwio"], "w", "wt", perm=[3, 2, 0, 1]),
        node("Conv", ["image", "w"], "a", "conv"),
        node("Transpose", ["a"], "b", "t1", perm=[0, 2, 3, 1]),
        node("Identity", ["b"], "b.same"),
        node("Transpose", ["b.same"], "c", "t2", perm=[0, 3, 1, 2]),
        node("Squeeze", ["c"], "d", "squeeze", axes=[2]),
        node("Unsqueeze", ["d"], "e", "unsqueeze", axes=[-1]),
        node("Shape", ["e"], "s", "shape"), node("Gather", ["s", "zero"], "n", "gather", axis=0),
        node("Unsqueeze", ["n"], "n1", "list", axes=[0]),
        node("Constant", [], "rest", value=ints("", [-1])),
        node("Concat", ["n1", "rest"], "to", "to", axis=0),
        node("Reshape", ["e", "to"], "f", "view"),
        node("Reshape", ["flat", "square"], "fw", "wr"),
        node("Gemm", ["f", "fw"], "scores", "fc")],
        [value("image", ["N", 1, 2, 4])], [value("scores", ["N", 3])],
        [tensor("hwio", [2, 2, 1, 2]), ints("zero", 0), tensor("flat", [18]),
         ints("square", [6, -1])], opset=12)
    # Kernels: (q - zero) * scale per output channel; activations of 8 bits: 0.5 * (0 - 10) to
    # 0.5 * (255 - 10).
    write("ok_qdq", [
        node("QuantizeLinear", ["image", "s", "z"], "iq", "iq"),
        node("DequantizeLinear", ["iq", "s", "z"], "id", "id"),
        node("DequantizeLinear", ["wq", "ws", "wz"], "w", "w", axis=0),
        node("DequantizeLinear", ["bq", "ws"], "b", "b", axis=0),
        node("Conv", ["id", "w", "b"], "a", "conv"),
        node("Flatten", ["a"], "f", "flat"),
        node("QuantizeLinear", ["gw", "s", "gz"], "gq", "gq"),
        node("DequantizeLinear", ["gq", "s", "gz"], "gd", "gd"),
        node("Gemm", ["f", "gd"], "scores", "fc", transB=1)],
        [value("image", ["N", 1, 1, 2])], [value("scores", ["N", 1])],
        [tensor("s", [], [0.5]), ints("z", 10, TensorProto.UINT8),
         ints("wq", [-128, 127, 3, -4], TensorProto.INT8, [2, 1, 1, 2]),
         tensor("ws", [2], [0.25, 2]), ints("wz", [0, 1], TensorProto.INT8),
         ints("bq", [100000, -3], TensorProto.INT32), tensor("gw", [1, 2], [0.74, -1000]),
         ints("gz", 0, TensorProto.INT8)])


def invalid_blocks(image, scores):
    def one(name, op, inputs=("image",), tensors=(), opset=12, **attributes):
        write("bad_" + name, [node(op, list(inputs), "scores", "n1", **attributes)], [image],
              [scores], list(tensors), opset)

    def pair(name, first, second, inputs=(), tensors=(), **attributes):
        write("bad_" + name, [first, node(second, ["a", *inputs], "scores", "n2", **attributes)],
              [image], [scores], list(tensors), 12)

    norm = [tensor(n, [1]) for n in ("g", "b", "m", "v")]
    names = ("image", "g", "b", "m", "v")
    one("norm_training", "BatchNormalization", names, norm, 14, training_mode=1)
    one("norm_length", "BatchNormalization", names, [tensor("g", [2])] + norm[1:])
    one("norm_variance", "BatchNormalization", names, norm[:3] + [tensor("v", [1], [-1])])
    one("clip_order", "Clip", ("image", "lo", "hi"),
        [tensor("lo", [], [1]), tensor("hi", [], [0])])
    one("clip_list", "Clip", ("image", "lo"), [tensor("lo", [2])])
    one("concat_axis", "Concat", ("image", "image"), axis=2)
    one("lrn_size", "LRN", size=0)
    one("mul_shape", "Mul", ("image", "k"), [tensor("k", [4])])
    one("div_order", "Div", ("k", "image"), [tensor("k", [1])])
    one("reduce_axes", "ReduceMean", axes=[1])
    one("squeeze", "Squeeze", axes=[2])
    one("squeeze_axis", "Squeeze", axes=[4])
    one("unsqueeze_batch", "Unsqueeze", axes=[0])
    one("average", "AveragePool", kernel_shape=[3, 3], strides=[2, 2], pads=[0, 1, 0, 0],
        ceil_mode=1, count_include_pad=1)
    one("pad_value", "Pad", ("image", "p", "one"),
        [ints("p", [0, 0, 1, 1, 0, 0, 1, 1]), tensor("one", [], [1])])
    one("pad_channels", "Pad", ("image", "p"), [ints("p", [0, 1, 0, 0, 0, 0, 0, 0])])
    one("pad_mode", "Pad", ("image", "p"), [ints("p", [0, 0, 1, 1, 0, 0, 1, 1])], mode="edge")
    one("perm", "Transpose", perm=[0, 1, 2, 2])
    one("perm_batch", "Transpose", perm=[1, 0, 2, 3])
    one("grid_scale", "QuantizeLinear", ("image", "s"), [tensor("s", [], [0])])
    one("grid_zeros", "QuantizeLinear", ("image", "s", "z"),
        [tensor("s", [], [1]), ints("z", [0, 0], TensorProto.INT8)])
    one("grid_axis", "DequantizeLinear", ("q", "s"),
        [ints("q", [0] * 6, TensorProto.INT8, [2, 3]), tensor("s", [2], [1, 1])], 13, axis=1)
    pair("pad_reader", node("Pad", ["image", "p"], "a", "n1"), "Relu",
         tensors=[ints("p", [0, 0, 1, 1, 0, 0, 1, 1])])
    pair("transposed", node("Transpose", ["image"], "a", "n1", perm=[0, 1, 3, 2]), "Conv", ["w"],
         [tensor("w", [2, 1, 3, 3])])
    pair("concat_shape", node("Conv", ["image", "w"], "a", "n1"), "Concat", ["image"],
         [tensor("w", [2, 1, 3, 3])], axis=1)
    pair("gather", node("Shape", ["image"], "a", "n1"), "Gather", ["k"], [ints("k", 4)])


def invalid():
    image, scores = value("image", ["N", 1, 4, 4]), value("scores", None)
    flat = value("image", ["N", 4])
    conv_w, dense_w = tensor("w", [2, 1, 3, 3]), tensor("w", [3, 4])

    def conv(name, tensors=None, inputs=("image", "w"), edit=None, **attributes):
        write("bad_" + name, [node("Conv", list(inputs), "scores", "c1", **attributes)], [image],
              [scores], [conv_w] if tensors is None else tensors, edit=edit)

    def gemm(name, tensors=None, inputs=("image", "w"), opset=13, edit=None, **attributes):
        write("bad_" + name, [node("Gemm", list(inputs), "scores", "g1", **attributes)], [flat],
              [scores], [dense_w] if tensors is None else tensors, opset, edit)

    def first(change):
        return lambda model: change(model.graph.initializer[0])

    def dims(*d):
        def change(t):
            del t.dims[:]
            t.dims.extend(d)
        return first(change)

    def external(t):
        t.ClearField("raw_data")
        t.data_location = TensorProto.EXTERNAL
        entry = t.external_data.add()
        entry.key, entry.value = "location", "/etc/hostname"

    # Operators and attributes
    write("bad_operator", [node("Erf", ["image"], "scores", "e1")], [image], [scores], [])
    write("bad_domain", [node("Conv", ["image", "w"], "scores", "c1", domain="com.acme")],
          [image], [scores], [conv_w])
    conv("attribute", colour=3)
    conv("attribute_type", group="two")
    conv("kernel_shape", kernel_shape=[5, 5])
    conv("stride_zero", strides=[0, 1])
    conv("pads_negative", pads=[-1, 0, 0, 0])
    conv("pads_huge", pads=[1 << 40, 0, 0, 0])
    conv("pads_and_auto", pads=[1, 1, 1, 1], auto_pad="SAME_UPPER")
    conv("auto_pad", auto_pad="SAME_SIDEWAYS")
    conv("groups", group=3)
    conv("group_zero", group=0)
    gemm("alpha", transB=1, alpha=0.5)
    gemm("trans_a", transB=1, transA=1)
    write("bad_storage_order", [
        node("MaxPool", ["image"], "scores", "p1", kernel_shape=[2, 2], storage_order=1)],
        [image], [scores], [])
    write("bad_pool_pads", [
        node("MaxPool", ["image"], "scores", "p1", kernel_shape=[2, 2], pads=[0, 0, 2, 2])],
        [image], [scores], [])
    write("bad_flatten_axis", [node("Flatten", ["image"], "scores", "f1", axis=2)], [image],
          [scores], [])
    write("bad_softmax_axis", [node("Softmax", ["image"], "scores", "s1")], [image], [scores], [])
    write("bad_reshape", [node("Reshape", ["image", "to"], "scores", "r1")], [image], [scores],
          [helper.make_tensor("to", TensorProto.INT64, [2], [-1, 8])])
    write("bad_reshape_type", [node("Reshape", ["image", "to"], "scores", "r1")], [image],
          [scores], [tensor("to", [2], [0, -1])])
    write("bad_training", [node("Dropout", ["image", "", "on"], "scores", "d1")], [image],
          [scores], [helper.make_tensor("on", TensorProto.BOOL, [], [True])])
    write("bad_residual", [
        node("Conv", ["image", "w"], "a", "c1"), node("Add", ["a", "image"], "scores", "a1")],
        [image], [scores], [conv_w])
    write("bad_add_shape", [
        node("Conv", ["image", "w"], "a", "c1"), node("Add", ["a", "b"], "scores", "a1")],
        [image], [scores], [conv_w, tensor("b", [2])])
    invalid_blocks(image, scores)
    # Tensors
    conv("external", edit=first(external))
    conv("rank", [tensor("w", [2, 1, 9])])
    conv("count", edit=dims(2, 1, 3, 4))
    conv("zero_dim", edit=dims(2, 0, 3, 3))
    conv("huge_dims", edit=dims(1 << 40, 1 << 40, 3, 3))
    conv("many_dims", edit=dims(2, 1, 3, 3, 1, 1, 1, 1))
    conv("nan", [tensor("w", [2, 1, 3, 3], [0] * 17 + [np.nan])])
    conv("bias_inf", [conv_w, tensor("b", [2], [1, np.inf])], ("image", "w", "b"))
    conv("bias_length", [conv_w, tensor("b", [3])], ("image", "w", "b"))
    conv("float16", [numpy_helper.from_array(np.ones([2, 1, 3, 3], "<f2"), "w")])
    conv("double", [numpy_helper.from_array(np.ones([2, 1, 3, 3], "<f8"), "w")])
    conv("channels", [tensor("w", [2, 3, 3, 3])])
    conv("window", [tensor("w", [2, 1, 5, 5])])
    gemm("inner", [tensor("w", [3, 5])], transB=1)
    write("bad_gemm_image", [node("Gemm", ["image", "w"], "scores", "g1")], [image], [scores],
          [dense_w])
    write("bad_shared", [
        node("Conv", ["image", "w"], "a", "c1"), node("Conv", ["image", "w"], "scores", "c2")],
        [image], [scores], [conv_w])
    # Names and order
    conv("missing", [])
    conv("dynamic", inputs=("image", "image"))
    write("bad_cycle", [node("Relu", ["b"], "a", "r1"), node("Relu", ["a"], "b", "r2"),
                        node("Conv", ["a", "w"], "scores", "c1")], [image], [scores], [conv_w])
    write("bad_duplicate", [node("Relu", ["image"], "a", "r1"), node("Relu", ["a"], "a", "r2")],
          [image], [scores], [])
    write("bad_inputs", [node("Conv", ["image", "w"], "scores", "c1")],
          [image, value("other", ["N", 2])], [scores], [conv_w])
    write("bad_no_input", [node("Identity", ["w"], "scores", "i1")], [], [scores], [conv_w])
    write("bad_outputs", [node("Conv", ["image", "w"], "scores", "c1")], [image],
          [scores, value("more", None)], [conv_w])
    write("bad_output_name", [node("Conv", ["image", "w"], "a", "c1")], [image], [scores],
          [conv_w])
    write("bad_open_size", [node("Conv", ["image", "w"], "scores", "c1")],
          [value("image", ["N", 1, "H", 4])], [scores], [conv_w])
    write("bad_input_type", [node("Conv", ["image", "w"], "scores", "c1")],
          [value("image", ["N", 1, 4, 4], TensorProto.UINT8)], [scores], [conv_w])
    write("bad_input_huge", [node("Conv", ["image", "w"], "scores", "c1")],
          [value("image", ["N", 1, 1 << 40, 1 << 40])], [scores], [conv_w])
    write("bad_no_kernel", [node("Relu", ["image"], "scores", "r1")], [image], [scores], [])
    # Versions
    gemm("opset6", opset=6, transB=1)
    gemm("opset18", opset=18, transB=1)
    gemm("no_opset", edit=lambda model: model.ClearField("opset_import"), transB=1)
    gemm("no_graph", edit=lambda model: model.ClearField("graph"), transB=1)


if __name__ == "__main__":
    os.makedirs(DIR, exist_ok=True)
    valid()
    invalid()
