"""What all machines of one installation must have alike: the version, the blob store, and every setting that a decision
depends on. The daemon publishes it as a heartbeat; a worker compares before it takes a mail and again and again.

A worker with another campaign file or another pause before letters would answer otherwise than the machine beside it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import replace

from core.codec import Json, digest
from core.settings import LinkSettings, MailboxSettings, SmtpSettings, WorkerSettings
from intake.engine import Setup
from storage.rows import HeartbeatRow

DAEMON = "daemon"
"""The heartbeat of `baosong run`."""


def terms(setup: Setup, store: str | None) -> dict[str, Json]:
    """What this machine works by: version, name of the blob store, a hash for each part of the configuration."""
    settings = setup.settings
    answers = replace(settings.answers, templates="")
    smtp = SmtpSettings(user=settings.smtp.user, from_address=settings.smtp.from_address, from_name=settings.smtp.from_name)
    links = LinkSettings(check=settings.links.check)
    units = "\n".join(repr(unit) for unit in setup.register.units)
    blanks = "\n".join(f"{key} {hashlib.sha256(data).hexdigest()}" for key, data in sorted(setup.blank_forms.items()))
    limits = replace(settings.limits, seconds=1, mail_seconds=1, memory=1)  # how strong a machine is
    parts: dict[str, Json] = {
        "活动": digest(setup.campaign),
        "单位名册": hashlib.sha256(units.encode()).hexdigest(),
        "空白表格": hashlib.sha256(blanks.encode()).hexdigest(),
        "[answers]": digest(answers),
        "[smtp]": digest(smtp),
        "[mailbox] user": digest(MailboxSettings(user=settings.mailbox.user)),
        "[links] check": digest(links),
        "[scan]": digest(settings.scan),
        "[limits]": digest(limits),
        "[workers] attempts": digest(WorkerSettings(attempts=settings.workers.attempts)),
    }
    return {"version": setup.version, "store": store, "parts": parts}


def disagreement(own: Mapping[str, Json], daemon: HeartbeatRow | None) -> str | None:
    """Why a worker with these terms must not work beside this daemon, in Chinese; None if it may, or if there is none yet."""
    if daemon is None or "parts" not in daemon.detail:
        return None
    theirs = daemon.detail
    if theirs.get("version") != own["version"]:
        return (
            f"本机程序版本为{own['version']}，收信的机器为{theirs.get('version')}，两者必须相同。请在各机器安装同一版本后再启动"
        )
    if theirs.get("store") is not None and theirs.get("store") != own["store"]:
        return (
            "本机 blobs.path 与收信的机器不是同一处存储（或尚未挂载）。请挂载同一共享文件夹，并核对 blobs.path"
        )
    mine, other = own["parts"], theirs["parts"]
    assert isinstance(mine, dict)
    assert isinstance(other, dict)
    apart = [name for name in mine if name in other and other[name] != mine[name]]
    if apart:
        return f"本机配置与收信的机器不一致：{'、'.join(apart)}。请使用同一份配置文件后再启动；收信的机器改过配置的，也请重新启动"
    return None
