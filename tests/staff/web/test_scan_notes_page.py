"""The words on a seal and the pages of a form stand on the item's page, beside the file."""

from __future__ import annotations

import json
from dataclasses import replace

from starlette.testclient import TestClient

from core.codec import encode
from core.regroup import item_of
from core.submission import RingText
from staff.web.site import Site
from storage.queries import Queries


def test_seal_words_and_own_pages_stand_beside_the_file(site: Site, viewer: TestClient) -> None:
    row = next(one for one in Queries(site.database).items(limit=200).rows if one.content.scans and item_of(one.content).scan_reads)
    item = item_of(row.content)
    ring = RingText(0, "<东营>市老年大学")
    reads = (replace(item.scan_reads[0], pages=(0,), rings=(ring,)), *item.scan_reads[1:])
    with site.database.write() as connection:
        connection.exec_driver_sql(
            "UPDATE item SET detail = ? WHERE id = ?", (json.dumps(encode(replace(item, scan_reads=reads))), row.id)
        )
    page = viewer.get(f"/items/{row.id}").text
    assert "印章文字（程序识读）：“&lt;东营&gt;市老年大学”" in page
    assert "此文件含多份申报表，本件为第1页。" in page
