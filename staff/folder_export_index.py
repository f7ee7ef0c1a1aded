"""The index page of the experts' folder: one HTML file, written line after line; opens from a disk or a stick, prints well,
and needs nothing but itself. Also the list of SHA-256."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from html import escape
from pathlib import PurePosixPath
from urllib.parse import quote

from core.campaign import SHANGHAI, Campaign
from staff.folder_export_plan import Planned
from staff.words import STATES, say
from staff.xlsx_tables import completeness

INDEX = "目录.html"
MANIFEST = "SHA256.txt"

_STYLE = """
:root { color-scheme: light dark; }
body { font-family: "PingFang SC", "Microsoft YaHei", "Noto Sans CJK SC", sans-serif; margin: 2rem auto; max-width: 75rem;
  padding: 0 1rem; line-height: 1.6; }
h1 { font-size: 1.5rem; text-align: center; } h2 { font-size: 1.2rem; margin-top: 2.5rem; }
table { border-collapse: collapse; width: 100%; font-size: .95rem; }
th, td { border: 1px solid #8888; padding: .35rem .5rem; text-align: left; vertical-align: top; overflow-wrap: anywhere; }
thead th { background: #8882; white-space: nowrap; } td:first-child { text-align: right; white-space: nowrap; }
.wide { overflow-x: auto; } .number { white-space: nowrap; } td:nth-child(5) { min-width: 9.5rem; }
@media (max-width: 700px) { body { margin: 1rem auto; } table { min-width: 46rem; } }
ul { margin: 0; padding-left: 1.1rem; } .bad { color: #b3261e; } .note { color: #666; } footer { margin-top: 2rem; color: #666; }
@media (prefers-color-scheme: dark) { .bad { color: #ff8a80; } .note, footer { color: #aaa; } }
@media print { body { margin: 0; max-width: none; font-size: 10pt; } thead { display: table-header-group; }
  tr { break-inside: avoid; } h2 { break-after: avoid; } a { color: inherit; text-decoration: none; }
  @page { size: A4 landscape; margin: 12mm; } }
"""
_HEADS = ("序号", "报送单位", "申报单位", "名称", "材料", "是否齐全", "回执编号")


class Index:
    """Makes the page piece by piece: `head`, `item` for each item in the order of the plan, `end`."""

    def __init__(self, campaign: Campaign, batch: str, now: datetime) -> None:
        self._campaign, self._batch, self._now = campaign, batch, now
        self._category: str | None = None
        self._number = self._total = 0

    def head(self) -> str:
        """Up to the first table."""
        local = self._now.astimezone(SHANGHAI)
        title = escape(f"{self._campaign.name}申报材料目录（{self._batch}）")
        return (
            f'<!DOCTYPE html>\n<html lang="zh-CN"><head><meta charset="utf-8"><title>{title}</title>\n'
            f'<meta name="viewport" content="width=device-width, initial-scale=1"><style>{_STYLE}</style></head>\n<body>'
            f"<h1>{title}</h1>\n<p class=note>{escape(self._campaign.office.name)}　整理时间：{local.year}年{local.month}月"
            f"{local.day}日{local:%H:%M}。点击材料名称即可打开；各文件的校验值见<a href=\"{quote(MANIFEST)}\">{MANIFEST}</a>。</p>\n"
        )

    def item(self, planned: Planned, missing: Sequence[str]) -> str:
        """One row, with the head of its category before the first. `missing`: files that could not be put in."""
        parts = []
        if self._category != planned.spec.key:
            parts.append(self._close())
            self._category, self._number = planned.spec.key, 0
            heads = "".join(f"<th scope=col>{head}</th>" for head in _HEADS)
            parts.append(f"<h2>{escape(planned.spec.name)}</h2>\n<div class=wide><table><thead><tr>{heads}</tr></thead><tbody>\n")
        self._number += 1
        self._total += 1
        content = planned.one.item.content
        said = completeness(planned.one)
        cells = (
            str(self._number), escape(content.reporting_unit or "待核定"), escape(content.applicant_unit or "未填"),
            f"<a href=\"{_link(planned.folder)}/\">{escape(content.title or '名称未填')}</a>", self._files(planned, missing),
            escape(said) if content.state == "complete" else f"<span class=bad>{escape(said)}</span>",
            f"<span class=number>{escape(content.receipt_number or '')}</span>",
        )
        parts.append(f"<tr>{''.join(f'<td>{cell}</td>' for cell in cells)}</tr>\n")
        return "".join(parts)

    def _files(self, planned: Planned, missing: Sequence[str]) -> str:
        rows = [
            f"<li><a href=\"{_link(entry.path)}\">{escape(entry.label)}</a>"
            f" <span class=note>{escape(PurePosixPath(entry.path).suffix)}</span></li>"
            for entry in planned.entries if entry.path not in missing
        ]
        rows += [f"<li class=bad>{escape(PurePosixPath(path).name)}：原件缺失，未放入</li>" for path in missing]
        rows += [
            f"<li class=note>{_outside(link.link.url)}　提取码：{escape(link.link.code or '无')}"
            f"（{escape(say(STATES, link.link.state.value))}）</li>" for link in planned.one.links
        ]
        return f"<ul>{''.join(rows)}</ul>" if rows else "<span class=bad>没有文件</span>"

    def _close(self) -> str:
        return f"</tbody></table></div>\n<p class=note>共{self._number}件。</p>\n" if self._category is not None else ""

    def end(self, gone: Iterable[str] = ()) -> Iterator[str]:
        """The rest. `gone`: files of an earlier export that are none of this one; they were left where they are."""
        yield self._close()
        if not self._total:
            yield "<p>没有符合条件的报送件。</p>\n"
        first = True
        for path in gone:
            if first:
                yield "<h2>以前导出、现已不属本次材料的文件</h2>\n<p class=note>这些文件仍在文件夹中，请勿作为评审依据；确认后可自行删除。</p>\n<ul>"
                first = False
            yield f"<li class=bad>{escape(path)}</li>\n"
        if not first:
            yield "</ul>\n"
        yield f"<footer>合计{self._total}件。</footer></body></html>\n"


def _outside(url: str) -> str:
    """The address of a share, to be clicked if it is one of the web."""
    text = escape(url)
    return f'<a href="{text}" rel="noopener noreferrer" target="_blank">{text}</a>' if url.startswith(("https://", "http://")) else text


def _link(path: str) -> str:
    """A relative address; names may hold anything a file name can."""
    return "./" + quote(path)


def manifest_line(sha256: str, path: str) -> str:
    """A line as `sha256sum -c` reads it."""
    return f"{sha256}  {path}\n"


def read_manifest(lines: Iterable[str]) -> Iterator[tuple[str, str]]:
    """(path, SHA-256) of each line; others are passed over."""
    for line in lines:
        sha256, _, path = line.rstrip("\r\n").partition("  ")
        if len(sha256) == 64 and path:
            yield path, sha256
