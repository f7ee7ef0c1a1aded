"""系统: signs of life and versions, alerts, the configuration in force, the audit trail. Accounts and keys:
`staff.web.pages.users`."""

from __future__ import annotations

import platform
import shutil
from datetime import timedelta

from fastapi import APIRouter
from starlette.responses import Response

from notifier.alert_words import mend_for
from staff import words
from staff.web import configuration
from staff.web.sessions import needs
from staff.web.site import Site
from staff.web.visit import Here
from staff.workers import workers
from storage.migrate import current_revision
from storage.queries import AuditFilter, Queries
from storage.rows import HeartbeatRow
from storage.watch import WORKER, Watch

router = APIRouter()

JOBS = {
    "poll": "收信", "job-send": "发信", "job-links": "链接核验", "job-watch": "监测", "job-pages": "网页", "job-tell": "告知工作人员",
    "job-decided": "查看各处理机结果", "daemon": "收信的程序（baosong run）", "first-start": "首次启动", "first-tell": "首次告知",
}
"""Words for heartbeats; others are shown by their names."""
STALE = timedelta(minutes=10)


@router.get("/system")
def system(here: Here) -> Response:
    """Versions and signs of life."""
    site = here.site
    return here.page(
        "system.html", beats=_beats(site), workers=workers(Watch(site.database).heartbeats(), site.clock()),
        places=_places(site), python=platform.python_version(),
        revision=current_revision(site.database), alerts=Watch(site.database).open_alerts(),
    )


def _beats(site: Site) -> list[tuple[str, HeartbeatRow, bool]]:
    """Word, row, and whether it is older than a job's heartbeat may be."""
    now = site.clock()
    return [
        (JOBS.get(row.name, row.name), row, now - row.at > STALE)
        for row in Watch(site.database).heartbeats() if not row.name.startswith((WORKER, "first-"))  # remembered once, no sign of life
    ]


def _places(site: Site) -> list[tuple[str, str]]:
    """Where things lie and how much room there is, as words."""
    file = site.database.file
    found = [("数据库", f"SQLite {file}" if file else "PostgreSQL")]
    if file is not None and file.exists():
        found.append(("数据库大小", f"{file.stat().st_size / 2**20:.1f} MB"))
    folder = site.blobs.root.absolute()
    found.append(("文件存放", str(folder)))
    there = next(each for each in (folder, *folder.parents) if each.exists())
    found.append(("磁盘剩余", f"{shutil.disk_usage(there).free / 2**30:.1f} GB"))
    return found


# Alerts ----------------------------------------------------------------------------------------------------------------


@router.get("/system/alerts")
def alerts(here: Here) -> Response:
    """What is wrong now, and what was."""
    watch = Watch(here.site.database)
    return here.page("alerts.html", open=watch.open_alerts(), past=watch.past_alerts(), mend_for=mend_for)


@router.post("/system/alerts/{alert_id}/seen")
def see_alert(here: Here, alert_id: int) -> Response:
    """Somebody knows of it."""
    Watch(here.site.database).see_alert(alert_id, here.site.clock(), here.who)
    return here.back("/system/alerts", "已记下：您已知悉。")


@router.post("/system/alerts/{alert_id}/close")
def close_alert(here: Here, alert_id: int) -> Response:
    """Somebody says that it is over."""
    Watch(here.site.database).close_alert(alert_id, here.site.clock(), here.who)
    return here.back("/system/alerts", "已关闭。如情况仍在，程序会再次提醒。")


# Configuration and audit -----------------------------------------------------------------------------------------------


@router.get("/system/config")
@needs("admin")
def config(here: Here) -> Response:
    """Every option in force, without secrets."""
    return here.page("config.html", sections=configuration.view(here.site.settings), file=here.site.config_file)


@router.get("/system/audit")
@needs("process")
def audit(here: Here) -> Response:
    """Who did what when."""
    kind, action = here.query("kind"), here.query("action")
    wanted = AuditFilter(
        object_kind=kind if kind in words.OBJECTS else None, object_id=here.number("id"), who=here.query("who")[:300] or None,
        action=action if action in words.ACTIONS else None,
    )
    page = Queries(here.site.database).audit(wanted, 50, here.number("before"), here.number("after"))
    categories = {spec.key: spec.name for spec in here.site.campaign.categories}
    return here.page("audit.html", page=page, wanted=wanted, categories=categories)
