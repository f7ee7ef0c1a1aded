"""What a person should know of a scan beyond its picture: which pages are the item's, and what is written on its seals. Pure."""

from __future__ import annotations

from collections.abc import Mapping

from core.compare import name_of_ring
from core.register import Register
from core.submission import Item, RingText, ScanRead

_NAMES = {
    "own": "与本件的单位名称相符", "like": "与本件的单位名称相近", "other": "似为另一单位的名称，请留意", "unknown": "未能与单位名称对上",
}


def scan_notes(item: Item, register: Register) -> Mapping[str, tuple[str, ...]]:
    """SHA-256 of a scan -> sentences about it."""
    return {read.sha256: notes for read in item.scan_reads if (notes := (*_pages(read), *_rings(read, item, register)))}


def _pages(read: ScanRead) -> tuple[str, ...]:
    if not read.pages:
        return ()
    first, last = read.pages[0] + 1, read.pages[-1] + 1
    which = f"第{first}页" if first == last else f"第{first}至{last}页"
    return (f"此文件含多份申报表，本件为{which}。",)


def _rings(read: ScanRead, item: Item, register: Register) -> tuple[str, ...]:
    return tuple(_ring(ring, item, register) for ring in read.rings)


def _ring(ring: RingText, item: Item, register: Register) -> str:
    naming = name_of_ring(ring.text, item, register)
    settled = "；此章不够清晰，据此认作公章" if ring.doubtful and naming in ("own", "like") and item.seal == "present" else ""
    return f"第{ring.page + 1}页印章文字（程序识读）：“{ring.text}”，{_NAMES[naming]}{settled}。"
