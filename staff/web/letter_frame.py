"""A letter shown as its reader sees it: the letter's own HTML in a frame where nothing runs and nothing is fetched."""

from __future__ import annotations

import email
import email.policy
import re
from email.message import EmailMessage
from html import escape

from starlette.responses import HTMLResponse, Response

from staff.letters import LetterOffice, Preview
from staff.web.site import Site

POLICY = (
    "default-src 'none'; style-src 'unsafe-inline'; img-src data:; sandbox; base-uri 'none'; form-action 'none'; frame-ancestors 'self'"
)
_BODY = re.compile(r"<body[^>]*>", re.IGNORECASE)


def letter_office(site: Site) -> LetterOffice:
    """What letters are written with, for pages."""
    return LetterOffice(site.database, site.campaign, site.register, site.settings, site.templates, site.blank_forms, site.clock)


def frame(html: str, status: int = 200) -> Response:
    """A whole HTML page to be shown in a frame of ours."""
    return HTMLResponse(html, status, headers={"Content-Security-Policy": POLICY, "X-Frame-Options": "SAMEORIGIN"})


def frame_of(preview: Preview) -> Response:
    """The letter with its reader, its subject and what staff should know above it."""
    to = f"{preview.to_name} {preview.to}".strip()
    lines = [f"收件人：{to}", f"主题：{preview.subject}", *(f"注意：{warning}" for warning in preview.warnings)]
    return frame(with_note(preview.html, lines))


def with_note(html: str, lines: list[str]) -> str:
    """The page with some lines for staff above the letter."""
    note = "".join(f"<div>{escape(line)}</div>" for line in lines)
    banner = (
        '<div style="margin:0;padding:10px 18px;background-color:#eef2f7;color:#334155;border-bottom:1px solid #cbd5e1;'
        f"font-family:-apple-system,'PingFang SC','Microsoft YaHei','Noto Sans CJK SC',sans-serif;font-size:14px;line-height:1.7;\">{note}</div>"
    )
    found = _BODY.search(html)
    return html[: found.end()] + banner + html[found.end() :] if found else banner + html


def frame_saying(text: str) -> Response:
    """A sentence in place of a letter."""
    page = f'<!DOCTYPE html><html lang="zh-CN"><head><meta charset="utf-8"><title>预览</title></head><body>{escape(text)}</body></html>'
    return frame(with_note(page.replace(escape(text), ""), [text]), 200)


def html_of_mail(raw: bytes) -> str:
    """The HTML part of a letter that went out; empty if it has none."""
    message = email.message_from_bytes(raw, policy=email.policy.default)
    part = message.get_body(("html",)) if isinstance(message, EmailMessage) else None
    return str(part.get_content()) if part is not None else ""


def attachments_of_mail(raw: bytes) -> list[tuple[str, int]]:
    """Names and sizes of what a letter carries."""
    message = email.message_from_bytes(raw, policy=email.policy.default)
    if not isinstance(message, EmailMessage):
        return []
    return [(part.get_filename() or "附件", len(part.get_payload(decode=True) or b"")) for part in message.iter_attachments()]
