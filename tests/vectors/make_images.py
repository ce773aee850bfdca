#!/usr/bin/python3
"""Writes the small photographs of tests/vectors/images and what Pillow makes of them (python3-pil).

images/*.jpg are drawn here; expected.bin holds, for every line of CASES in order, the planes R, G
and B (side x side bytes each) after Pillow's decoding, bilinear resize and crop. tests/
infer_image_test.c has the same list. The JPEG files are kept as they are when present, since another
version of the encoder may write other bytes: delete them to draw them anew.
"""
import os

import numpy as np
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


def main():
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
