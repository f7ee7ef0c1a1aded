"""Shares as the stand-in of the share service holds them: their state, their files, their code."""

from __future__ import annotations

import html
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote

CTIME = 1_636_000_000
ERROR_TYPES = {
    "deleted": 0, "cancelled": 1, "hidden": 2, "banned": 3, "nothing": 5, "expired": 10, "worn": 11, "backup": 12, "upgrade": 15,
    "restricted": 17, "crowded": 123, "frozen": 124,
}  # fmt: skip
SENTENCES = {
    "deleted": "啊哦，你来晚了，分享的文件已经被删除了，下次要早点哟。",
    "cancelled": "啊哦，你来晚了，分享的文件已经被取消了，下次要早点哟。",
    "banned": "此链接分享内容可能因为涉及侵权、色情、反动、低俗等信息，无法访问！",
    "expired": "啊哦，来晚了，该分享文件已过期",
}
SCRIPT = "<script>var T={0:'分享的文件已经被删除了，',10:'该分享文件已过期',x:'链接不存在'};</script>"
"""Every live page of the service carries the sentences for all errors in its scripts."""


@dataclass
class Node:
    """A file (`children` None) or folder of a share."""

    name: str
    size: int = 1
    category: int = 4
    children: list[Node] | None = None


def video(name: str = "第一讲.mp4") -> Node:
    return Node(name, 350_000_000, 1)


@dataclass
class Share:
    """One share. `id` with its leading 1. `state`: alive, or a key of ERROR_TYPES, or "never" (no such share).
    `form`: how its page carries the data. `dead_verify`: what the right code of a dead share is answered: A accepted,
    B 105, C -21. `seconds`: expiredType. `faults`: what goes wrong with this share alone, by endpoint or "*"."""

    id: str
    pwd: str | None = None
    state: str = "alive"
    seconds: int | None = 0
    tree: list[Node] = field(default_factory=lambda: [video()])
    form: str = "locals-data"
    dead_verify: str = "A"
    dead_data: bool = False
    shareid: int = 17666619262
    uk: int = 1100012345
    owner: str = "济南***学"
    extra: dict[str, Any] = field(default_factory=dict)
    faults: dict[str, str] = field(default_factory=dict)

    @property
    def alive(self) -> bool:
        return self.state == "alive"

    @property
    def key(self) -> str:
        return quote(f"k+{self.id}/{self.pwd}=", safe="")

    def find(self, path: str) -> list[Node] | None:
        nodes: list[Node] | None = self.tree
        prefix = f"/sharelink{self.uk}-1"
        if not path.startswith(prefix + "/"):
            return None
        for part in path[len(prefix) + 1 :].split("/"):
            found = next((node for node in nodes or [] if node.name == part and node.children is not None), None)
            if found is None:
                return None
            nodes = found.children
        return nodes

    def items(self, nodes: list[Node], parent: str, *, strings: bool) -> list[dict[str, Any]]:
        rows = []
        for number, node in enumerate(nodes):
            folder = node.children is not None
            row: dict[str, Any] = {
                "app_id": "250528", "category": 6 if folder else node.category, "fs_id": 966200000 + number,
                "isdir": 1 if folder else 0, "server_filename": html.escape(node.name), "size": 0 if folder else node.size,
                "md5": "" if folder else "5f2a", "path": f"{parent}/{node.name}", "server_mtime": CTIME,
            }  # fmt: skip
            rows.append({key: str(value) for key, value in row.items()} if strings else row)
        return rows
