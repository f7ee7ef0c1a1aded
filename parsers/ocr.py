"""Text of pictures by PP-OCRv6, whose models lie inside the rapidocr wheel: nothing is fetched at run time. The only
file that imports rapidocr.

Finding lines and reading them are two calls, since most of a form's lines need not be read. The engine is loaded once
a process and dropped when the process has grown too large; the next page loads it again.
"""

from __future__ import annotations

import gc
import logging
import os
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt

from parsers.seal_colour import Picture

Quad = npt.NDArray[np.float32]  # four corners, clockwise from top left

NARROWEST = 96  # pixels a line is padded to at 48 of height: the engine's own 320 makes a label of four characters cost double
DETECT_SIDE = 1280  # longest side of the picture in which lines are sought; letters of 10.5 pt keep 13 pixels
LEAST_SCORE = 0.5
MEMORY = 1100 * 2**20  # bytes of the process above which the engine is dropped after a page
_LOCK = threading.Lock()


@dataclass(frozen=True, slots=True)
class Line:
    """A line of text and its corners in pixels. `score` 0..1. `centres`: where each character stands, in shares of the
    line's length; () if the engine did not tell."""

    text: str
    quad: Quad
    score: float
    centres: tuple[float, ...] = ()

    @property
    def box(self) -> tuple[float, float, float, float]:
        """Left, top, right, bottom."""
        return (
            float(self.quad[:, 0].min()),
            float(self.quad[:, 1].min()),
            float(self.quad[:, 0].max()),
            float(self.quad[:, 1].max()),
        )


class OcrUnavailable(Exception):
    """The OCR packages are not installed or cannot be loaded; the message says which."""


class _Engine:
    """Holds the one engine of this process."""

    def __init__(self) -> None:
        self.engine: object | None = None
        # The daemon reads in as many processes as there are cores: more threads than that only wait for one another
        # (23 mails took 255 s with two threads in each of two processes on two cores).
        self.threads = 1

    def get(self) -> object:
        if self.engine is None:
            try:
                self.engine = self._load()
            except MemoryError:
                raise
            except Exception as error:  # not installed, a model file missing, a processor without the needed instructions
                raise OcrUnavailable(f"{type(error).__name__}: {error}") from error
        return self.engine

    def ask(self, picture: Picture, **steps: bool) -> object:
        """What the engine says of a picture. Raises OcrUnavailable for whatever goes wrong inside it, except MemoryError:
        its failures are ours and say nothing about the sender's file."""
        engine = self.get()
        try:
            found: object = engine(picture, use_cls=False, **steps)  # type: ignore[operator]
        except MemoryError:
            raise
        except Exception as error:
            raise OcrUnavailable(f"{type(error).__name__}: {error}") from error
        return found

    def _load(self) -> object:
        from rapidocr import RapidOCR  # noqa: PLC0415 - 2 s and 100 MB that a process without scans never needs

        logging.getLogger("RapidOCR").setLevel(logging.CRITICAL)
        return RapidOCR(
            params={
                "Global.log_level": "critical",
                "Global.use_cls": False,  # its 180° line classifier turns good lines over
                "Global.text_score": LEAST_SCORE,
                "Global.max_side_len": 4000,
                "Det.limit_type": "max",
                "Det.limit_side_len": DETECT_SIDE,
                "Rec.rec_img_shape": [3, 48, NARROWEST],
                "EngineConfig.onnxruntime.intra_op_num_threads": self.threads,
                "EngineConfig.onnxruntime.inter_op_num_threads": 1,
            }
        )


_HOLDER = _Engine()


def set_threads(threads: int) -> None:
    """Threads the engine may use; takes effect when it is loaded next."""
    with _LOCK:
        _HOLDER.threads = max(1, threads)
        _HOLDER.engine = None


def check_ocr() -> str | None:
    """None if the engine can be loaded, else why not."""
    try:
        with _LOCK:
            _HOLDER.get()
    except OcrUnavailable as error:
        return str(error)
    return None


def find_lines(image: Picture) -> list[Quad]:
    """Corners of the lines of text, unordered. Raises OcrUnavailable."""
    with _LOCK:
        found = _HOLDER.ask(image, use_det=True, use_rec=False)
    boxes = getattr(found, "boxes", None)
    return [] if boxes is None else [np.asarray(box, np.float32).reshape(4, 2) for box in boxes]


def read_lines(image: Picture, quads: Sequence[Quad]) -> list[Line]:
    """The text in these corners; lines that cannot be read are left out. Raises OcrUnavailable."""
    lines = []
    with _LOCK:
        for quad in quads:
            part = cut_out(image, quad)
            if part is None:
                continue
            read = _HOLDER.ask(part, use_det=False, use_rec=True, return_word_box=True)
            texts, scores = getattr(read, "txts", None), getattr(read, "scores", None)
            if texts and scores and texts[0].strip() and float(scores[0]) >= LEAST_SCORE:
                lines.append(Line(texts[0].strip(), quad, float(scores[0]), _centres(texts[0], read)))
    return lines


def _centres(text: str, read: object) -> tuple[float, ...]:
    """Where the characters of a line stand, 0..1, from the engine's columns; () if they do not match the text."""
    found = (getattr(read, "word_results", None) or [None])[0]
    if found is None or not found.line_txt_len:
        return ()
    columns = [column for word in found.word_cols for column in word]
    if len(columns) != len("".join(char for word in found.words for char in word)):
        return ()
    known = iter(columns)
    placed = []
    last = 0.0
    for char in text:
        # Blanks have no column of their own: they stand right behind the character before.
        last = last if char.isspace() else float(next(known, last))
        placed.append(min(1.0, (last + 0.7) / found.line_txt_len))
    lead = len(text) - len(text.lstrip())
    return tuple(placed[lead : lead + len(text.strip())])


def cut_out(image: Picture, quad: Quad) -> Picture | None:
    """The quadrilateral as an upright rectangle; a tall one is turned by 90° (vertical text)."""
    width = int(max(np.hypot(*(quad[1] - quad[0])), np.hypot(*(quad[2] - quad[3]))))
    height = int(max(np.hypot(*(quad[3] - quad[0])), np.hypot(*(quad[2] - quad[1]))))
    if width < 4 or height < 4:
        return None
    target = np.array([[0, 0], [width, 0], [width, height], [0, height]], np.float32)
    matrix = cv2.getPerspectiveTransform(quad.astype(np.float32), target)
    part = cv2.warpPerspective(image, matrix, (width, height), flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE)
    return np.ascontiguousarray(np.rot90(part) if height > 1.8 * width else part)


def release_if_large(limit: int = MEMORY) -> bool:
    """Drop the engine when the process holds more than `limit` bytes; whether it was dropped."""
    if process_memory() <= limit:
        return False
    with _LOCK:
        _HOLDER.engine = None
    gc.collect()
    return True


def process_memory() -> int:
    """Bytes of memory this process holds (resident set); 0 where the system does not tell."""
    try:
        return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")
    except (OSError, ValueError, IndexError):
        return 0
