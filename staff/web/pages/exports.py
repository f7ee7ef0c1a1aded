"""导出: the 汇总表, the experts' folder as a zip and the mails' records, for a batch or all, sent as they are made."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator
from pathlib import Path
from tempfile import mkdtemp
from urllib.parse import quote

from fastapi import APIRouter
from starlette.background import BackgroundTask
from starlette.responses import FileResponse, Response, StreamingResponse

from core.campaign import SHANGHAI, BatchSpec
from staff.folder_export_names import safe_name
from staff.folder_export_plan import Wanted
from staff.folder_export_zip import zip_blocks
from staff.web.pages.overview import chosen_batch
from staff.web.visit import Here, Visit
from staff.xlsx_export import Export, write_workbook
from storage.export_items import count_items
from storage.export_marks import last_export
from storage.exports import export_records

router = APIRouter()
log = logging.getLogger(__name__)

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@router.get("/exports")
def exports(here: Here) -> Response:
    """What can be had, and when the last 汇总表 was made."""
    site = here.site
    batch = chosen_batch(here)
    number = batch.number if batch else None
    return here.page(
        "exports.html", batch=batch, number=number, chosen="all" if batch is None else batch.number,
        batches={spec.number: spec.name for spec in site.campaign.batches}, last=last_export(site.database, site.campaign.key, number),
        items=count_items(site.database, site.campaign.key, number),
    )


@router.get("/exports/summary.xlsx")
def look(here: Here) -> Response:
    """The 汇总表 to look at: the next one is still compared with the last."""
    return _workbook(here, _asked(here.query("batch"), here), remember=False)


@router.post("/exports/summary.xlsx")
def workbook(here: Here) -> Response:
    """The 汇总表: the next one is compared with it."""
    return _workbook(here, _asked(here.form("batch"), here), remember=True)


def _workbook(here: Visit, batch: BatchSpec | None, *, remember: bool) -> Response:
    site = here.site
    folder = Path(mkdtemp(prefix="baosong-export-"))
    target = folder / "汇总表.xlsx"

    def tidy() -> None:
        target.unlink(missing_ok=True)
        folder.rmdir()

    try:
        write_workbook(
            Export(site.database, site.campaign, site.register, batch.number if batch else None, here.who, site.clock(), remember),
            target,
        )
    except BaseException:
        tidy()
        raise
    log.info("workbook exported by %s (batch %s)", here.who, batch.number if batch else "all")
    return FileResponse(target, media_type=XLSX, headers=_headers(here, batch, "汇总表", ".xlsx"), background=BackgroundTask(tidy))


@router.get("/exports/folder.zip")
def folder(here: Here) -> Response:
    """The experts' folder."""
    site, batch = here.site, _asked(here.query("batch"), here)
    wanted = Wanted(site.database, site.campaign, site.register, batch.number if batch else None, here.query("complete") == "1")
    name = safe_name(f"{batch.name if batch else '全部批次'}材料")
    log.info("folder exported by %s (batch %s)", here.who, batch.number if batch else "all")
    return StreamingResponse(
        zip_blocks(wanted, site.blobs, site.clock(), name), media_type="application/zip", headers=_headers(here, batch, "材料", ".zip")
    )


@router.get("/exports/records.jsonl")
def records(here: Here) -> Response:
    """The records of all mails, one a line."""
    batch = _asked(here.query("batch"), here)
    log.info("records exported by %s (batch %s)", here.who, batch.number if batch else "all")
    return StreamingResponse(
        _lines(here, batch), media_type="application/x-ndjson", headers=_headers(here, batch, "来信记录", ".jsonl")
    )


def _lines(here: Visit, batch: BatchSpec | None) -> Iterator[str]:
    for record in export_records(here.site.database, batch.number if batch else None):
        yield json.dumps(record, ensure_ascii=False) + "\n"


def _asked(word: str, here: Visit) -> BatchSpec | None:
    """The batch of this number; None for all."""
    return next((spec for spec in here.site.campaign.batches if str(spec.number) == word), None)


def _headers(here: Visit, batch: BatchSpec | None, what: str, ending: str) -> dict[str, str]:
    """Saved under a Chinese name that says what it is and of which day; never kept by a cache."""
    day = here.site.clock().astimezone(SHANGHAI)
    name = safe_name(f"{here.site.campaign.topic}{batch.name if batch else '全部批次'}{what}{day:%Y%m%d}") + ending
    return {
        "Content-Disposition": f"attachment; filename=\"export{ending}\"; filename*=UTF-8''{quote(name)}",
        "Cache-Control": "no-store", "X-Content-Type-Options": "nosniff",
    }
