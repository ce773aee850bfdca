#!/usr/bin/python3
"""Writes the small ONNX files of tests/model_test.c into tests/vectors/onnx (needs python3-onnx).

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
    write("bad_ceil_mode", [
        node("MaxPool", ["image"], "scores", "p1", kernel_shape=[2, 2], ceil_mode=1)],
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
        node("Conv", ["image", "w"], "a", "c1"), node("Add", ["a", "a"], "scores", "a1")],
        [image], [scores], [conv_w])
    # The sum goes on, but so does the product without it.
    write("bad_add_shared", [
        node("MatMul", ["image", "w"], "a", "m1"), node("Add", ["a", "b"], "c", "a1"),
        node("Relu", ["a"], "scores", "r1")],
        [flat], [scores], [tensor("w", [4, 3]), tensor("b", [3])])
    write("bad_add_shape", [
        node("Conv", ["image", "w"], "a", "c1"), node("Add", ["a", "b"], "scores", "a1")],
        [image], [scores], [conv_w, tensor("b", [2])])
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
