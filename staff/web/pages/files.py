"""Files of mails: downloads, pages of scans as pictures, the mail's body in its own locked frame."""

from __future__ import annotations

import hashlib
import json
import logging
import os
import secrets
from collections.abc import Callable
from functools import partial
from html import escape
from typing import Any, TypeVar

import anyio
import anyio.to_thread
from fastapi import APIRouter
from starlette.exceptions import HTTPException
from starlette.responses import FileResponse, HTMLResponse, Response

from core.facts import Blocked, MessageFacts, Part
from staff.aside import Aside, run_aside
from staff.page_pictures import WIDTHS, Drawn, PagePictures
from staff.web.downloads import download
from staff.web.site import Site
from staff.web.visit import Here
from storage.errors import NotFound
from storage.ledger import Ledger
from storage.whole import find_message

Result = TypeVar("Result")
log = logging.getLogger(__name__)
router = APIRouter()

BODY_POLICY = (
    "default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'self'; "
    "sandbox allow-popups allow-popups-to-escape-sandbox"
)
"""The frame of a mail: its own style, pictures that came with it, nothing fetched, nothing run."""
_DRAWING = 2
"""Pages drawn at the same time, whatever is asked for: the other threads stay free for pages."""
_PLACEHOLDER = (
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 420 594" width="420" height="594">'
    '<rect width="420" height="594" fill="#f1f3f5" stroke="#c5ccd3"/>'
    '<text x="210" y="290" font-family="sans-serif" font-size="18" text-anchor="middle" fill="#45505b">{}</text></svg>'
)


async def aside(here: Here, name: str, work: Callable[[], Result]) -> Result:
    """Do work that waits for a process of its own, at most `_DRAWING` of this name at once, in none of the threads that
    answer pages."""
    limiters: dict[str, anyio.CapacityLimiter] = here.request.app.state.__dict__.setdefault("aside", {})
    limiter = limiters.setdefault(name, anyio.CapacityLimiter(_DRAWING))
    return await anyio.to_thread.run_sync(work, limiter=limiter)


def part_of(site: Site, message_id: int, position: int) -> Part:
    """A file of a mail as it was read. Raises NotFound."""
    facts: MessageFacts | None = Ledger(site.database).find_facts(message_id)
    if facts is None or not 0 <= position < len(facts.parts):
        raise NotFound(f"no file {position} of message {message_id}")
    return facts.parts[position]


@router.get("/messages/{message_id}/raw.eml")
def raw_mail(here: Here, message_id: int) -> Response:
    """The mail as it arrived, for a mail program. With a blocked file inside only for 管理, and only after a warning."""
    row = find_message(here.site.database, message_id)
    facts = Ledger(here.site.database).find_facts(message_id)
    blocked = next(((place, part) for place, part in enumerate(facts.parts if facts else ()) if isinstance(part.problem, Blocked)), None)
    if blocked is not None and (refused := _guard_blocked(here, message_id, *blocked, raw=True)) is not None:
        return refused
    return _blob(here, row.raw_sha256, f"来信{row.id}.eml", "message/rfc822")


@router.get("/messages/{message_id}/files/{position}")
def attachment(here: Here, message_id: int, position: int) -> Response:
    """A file of a mail. A blocked one only for 管理, and only after a warning."""
    part = part_of(here.site, message_id, position)
    if isinstance(part.problem, Blocked) and (refused := _guard_blocked(here, message_id, position, part)) is not None:
        return refused
    return _blob(here, part.sha256, part.name, part.media_type)


def _guard_blocked(here: Here, message_id: int, position: int, part: Part, *, raw: bool = False) -> Response | None:
    """The warning that comes before a blocked file, alone or inside its whole mail (`raw`); None once it was read."""
    if not here.may("admin"):
        raise HTTPException(403, "此文件已被程序拦截（可能含有病毒或宏），只有管理员可以下载。")
    if here.query("sure") == "1":
        return None
    return here.page("blocked.html", part=part, message_id=message_id, position=position, raw=raw)


def _blob(here: Here, sha256: str, name: str, media_type: str) -> Response:
    try:
        path = here.site.blobs.path(sha256)
    except KeyError:
        raise HTTPException(404, "文件不在存储中，请管理员运行 baosong db verify 查明。") from None
    return download(path, name, media_type)


# Pages of scans --------------------------------------------------------------------------------------------------------


@router.get("/messages/{message_id}/files/{position}/pages/{page}")
async def page_picture(here: Here, message_id: int, position: int, page: int) -> Response:
    """A page (from 0) of a scan as a picture; `w`: how wide. A page that cannot be drawn shows why."""
    width = here.number("w") or WIDTHS[1]
    work = partial(_draw, here.site, message_id, position, page, min(width, WIDTHS[-1]))
    drawn: Drawn = await aside(here, "drawing", work)
    if drawn.file is None:
        text = _PLACEHOLDER.format(escape(drawn.reason))
        return Response(text, media_type="image/svg+xml", headers={
            "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'", "Cache-Control": "no-store",
        })
    return FileResponse(drawn.file, media_type="image/jpeg", headers={"Cache-Control": "private, max-age=3600"})


def _draw(site: Site, message_id: int, position: int, page: int, width: int) -> Drawn:
    return pictures_of(site).page(part_of(site, message_id, position), page, width)


_PICTURES: dict[str, PagePictures] = {}


def pictures_of(site: Site) -> PagePictures:
    """The site's drawer of pages: one for each folder of blobs, so that a page is drawn once."""
    return _PICTURES.setdefault(str(site.blobs.root), PagePictures(site.blobs))


# The mail's body -------------------------------------------------------------------------------------------------------


@router.get("/messages/{message_id}/body")
async def body(here: Here, message_id: int) -> Response:
    """The mail's HTML, cleaned, for the frame on its page; or why there is nothing to see."""
    seen = await aside(here, "bodies", partial(mail_view, here.site, message_id))
    why = seen["reason"] or "这封来信没有网页格式的正文。"
    html = seen["html"] or f"<!doctype html><meta charset=utf-8><title>来信正文</title><p>{escape(why)}</p>"
    return HTMLResponse(html, headers={
        "Content-Security-Policy": BODY_POLICY, "X-Frame-Options": "SAMEORIGIN", "Cache-Control": "private, no-store",
        "Referrer-Policy": "no-referrer",
    })


def mail_view(site: Site, message_id: int) -> dict[str, Any]:
    """`html`, `text`, `remote` as of `staff.mail_html`, read aside and kept; `reason` in Chinese where it could not be read."""
    row = find_message(site.database, message_id)
    nothing = {"html": "", "text": "", "remote": 0}
    kept = pictures_of(site).folder / "mails" / f"{hashlib.sha256(row.raw_sha256.encode()).hexdigest()}-1.json"
    try:
        if kept.exists():
            return {**nothing, "reason": "", **json.loads(kept.read_text(encoding="utf-8"))}
        path = site.blobs.path(row.raw_sha256)
        data = run_aside("staff.mail_html", {"path": str(path.absolute())})
        seen = json.loads(data)
        kept.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        fresh = kept.with_name(f".{os.getpid()}-{secrets.token_hex(6)}.tmp")
        try:
            fresh.write_text(json.dumps(seen, ensure_ascii=False), encoding="utf-8")
            fresh.replace(kept)
        finally:
            fresh.unlink(missing_ok=True)
        return {**nothing, "reason": "", **seen}
    except KeyError:
        return {**nothing, "reason": "来信的原始文件不在存储中。"}
    except (Aside, ValueError, OSError) as error:
        log.warning("the body of message %s could not be shown: %s", message_id, error)
        return {**nothing, "reason": "正文未能显示，请下载原始邮件查看。"}
