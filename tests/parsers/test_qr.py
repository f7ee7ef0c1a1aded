"""QR codes in pictures, as they are sent: pasted small, printed on a scanned page, photographed askew, in colour."""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np
import pytest
import zxingcpp
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageDraw, ImageFilter

from parsers.links import find_links
from parsers.qr import find_qr_texts, read_qr_texts

SHARE = "https://pan.baidu.com/s/1QvwfHXf0r-hfBEDkFR3tbp?pwd=ab12"


def drawn(text: str = SHARE, scale: int = 6, margin: int = 4) -> Image.Image:
    """A QR code, `scale` pixels a module, `margin` modules of white round it."""
    code = zxingcpp.create_barcode(text, zxingcpp.BarcodeFormat.QRCode, ec_level="M")
    bits = np.array(zxingcpp.write_barcode_to_image(code, scale=1, add_quiet_zones=False))
    picture = Image.fromarray(bits).convert("L")
    big = picture.resize((picture.width * scale, picture.height * scale), Image.Resampling.NEAREST)
    framed = Image.new("RGB", (big.width + 2 * margin * scale, big.height + 2 * margin * scale), "white")
    framed.paste(big.convert("RGB"), (margin * scale, margin * scale))
    return framed


def on_page(code: Image.Image, size: tuple[int, int] = (1654, 2339)) -> Image.Image:
    page = Image.new("RGB", size, (250, 249, 245))
    pen = ImageDraw.Draw(page)
    for line in range(30):
        pen.line((150, 150 + line * 60, size[0] - 150, 150 + line * 60), fill=(60, 60, 60), width=2)
    page.paste(code, (900, 1500))
    return page


@pytest.mark.parametrize(
    "picture",
    [
        drawn(),
        drawn(scale=3, margin=0),
        drawn(scale=2, margin=1),
        drawn(scale=24),
        drawn().rotate(90),
        drawn().rotate(13, expand=True, fillcolor="white"),
        Image.eval(drawn(), lambda value: 255 - value),
        drawn().filter(ImageFilter.GaussianBlur(1.5)),
        on_page(drawn(scale=5)),
        on_page(drawn(scale=5)).rotate(180),
        on_page(drawn(scale=12), (4960, 7016)),
        drawn().convert("P"),
        drawn().convert("LA"),
    ],
)
def test_share_is_read(picture: Image.Image) -> None:
    (text,) = find_qr_texts(picture)
    (link,) = find_links(text, found_in="picture.png")
    assert (link.url, link.code) == ("https://pan.baidu.com/s/1QvwfHXf0r-hfBEDkFR3tbp", "ab12")


@pytest.mark.parametrize("kind", ["png", "jpg", "bmp", "gif", "webp", "tif"])
def test_kinds_of_picture_files(kind: str, tmp_path: Path) -> None:
    path = tmp_path / f"picture.{kind}"
    on_page(drawn()).save(path)
    assert read_qr_texts(path) == (SHARE,) == read_qr_texts(path.read_bytes())


def test_several_codes_and_none() -> None:
    page = on_page(drawn())
    page.paste(drawn("课程资源二：" + SHARE), (200, 400))
    assert set(find_qr_texts(page)) == {SHARE, "课程资源二：" + SHARE}
    assert find_qr_texts(Image.new("RGB", (800, 600), "white")) == ()
    assert find_qr_texts(Image.new("L", (1, 1))) == ()


@given(st.binary(max_size=300), st.integers(0, 400))
@settings(max_examples=60, deadline=None)
def test_damaged_files_say_nothing(noise: bytes, cut: int) -> None:
    whole = io.BytesIO()
    drawn().save(whole, "PNG")
    data = whole.getvalue()
    assert read_qr_texts(noise) == ()
    assert read_qr_texts(data[:cut] + noise + data[cut + len(noise) :]) in ((), (SHARE,))


def test_missing_file_says_nothing(tmp_path: Path) -> None:
    assert read_qr_texts(tmp_path / "none.png") == ()
