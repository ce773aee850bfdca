#!/usr/bin/python3
"""Makes tests/vectors/weights: NumPy arrays as NumPy itself writes them, and a safetensors file.

Kernels are ramps 0, 1/4, 2/4 .. in row-major order, so that a wrong order shows.
"""
import json
import pathlib
import struct

import numpy as np
from numpy.lib import format as npy

here = pathlib.Path(__file__).parent / "weights"


def ramp(*shape, dtype=np.float32):
    return (np.arange(np.prod(shape)) / 4).astype(dtype).reshape(shape)


def save(name, array, version=(1, 0)):
    with open(here / "net" / (name + ".npy"), "wb") as f:
        npy.write_array(f, array, version)


save("a.conv.weight", ramp(4, 2, 3, 3))
save("a.conv.bias", ramp(4))
save("b.dense.weight", np.asfortranarray(ramp(3, 5)))
save("c.half", ramp(2, 6, dtype=np.float16), (2, 0))
save("d.conv_fortran", np.asfortranarray(ramp(2, 3, 2, 2)), (3, 0))
save("e.steps", np.int64(7))

tensors = {
    "conv.weight": ("F32", ramp(4, 2, 3, 3)),
    "conv.bias": ("F32", ramp(4)),
    "half.weight": ("F16", ramp(2, 6, dtype=np.float16)),
    "brain": ("BF16", (ramp(3, 4).view(np.uint32) >> 16).astype(np.uint16)),
    "steps": ("I64", np.array(7, dtype=np.int64)),
}
header, data = {"__metadata__": {"made by": "make_weights.py"}}, b""
for name, (dtype, array) in tensors.items():
    begin = len(data)
    data += array.tobytes()
    header[name] = {"dtype": dtype, "shape": list(array.shape), "data_offsets": [begin, len(data)]}
text = json.dumps(header).encode()
text += b" " * (-len(text) % 8)
(here / "net.safetensors").write_bytes(struct.pack("<Q", len(text)) + text + data)
