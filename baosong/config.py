"""Configuration files -> one frozen `Settings` and one `Campaign`. All errors at once, each with its key and how to
mend it. Secrets may come from the environment or from files. The only place that knows pydantic."""

from __future__ import annotations

import csv
import difflib
import os
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, fields, is_dataclass
from importlib import resources
from pathlib import Path
from typing import Any, TypeVar, get_type_hints
from urllib.parse import urlsplit

from pydantic import TypeAdapter, ValidationError

from core.campaign import Campaign
from core.register import Register
from core.settings import Settings, StaffSettings

SECRETS = {
    ("mailbox", "password"): "BAOSONG_MAILBOX_PASSWORD",
    ("smtp", "password"): "BAOSONG_SMTP_PASSWORD",
    ("database", "url"): "BAOSONG_DATABASE_URL",
    ("alerts", "dingtalk"): "BAOSONG_ALERTS_DINGTALK",
    ("alerts", "wecom"): "BAOSONG_ALERTS_WECOM",
    ("alerts", "feishu"): "BAOSONG_ALERTS_FEISHU",
}
"""Options that may also come from an environment variable or, as `<option>_file`, from a file."""

_ADDRESS = re.compile(r"[^@\s<>,;]+@[^@\s<>,;]+")

T = TypeVar("T")


class ConfigError(Exception):
    """Wrong configuration. `problems`: one line each, with the key and how to mend it."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__("\n".join(problems))
        self.problems = problems


@dataclass(frozen=True)
class Configuration:
    """Everything read at start: `folder` is where relative paths begin (the configuration file's folder)."""

    settings: Settings
    campaign: Campaign
    register: Register
    folder: Path
    file: Path | None

    def path(self, text: str) -> Path:
        """A path of the configuration, relative ones taken from the file's folder."""
        return self.folder / Path(text).expanduser()

    @property
    def database_url(self) -> str:
        """The database URL with a relative SQLite path taken from the file's folder."""
        url = self.settings.database.url
        head = "sqlite:///"
        if url.startswith(head) and not url.startswith(head + "/") and ":memory:" not in url:
            return f"{head}{self.path(url[len(head):]).resolve()}"
        return url


def load_configuration(file: Path | None) -> Configuration:
    """Read and check everything. `file` None: defaults only. Raises ConfigError with all problems at once."""
    folder = file.parent if file is not None else Path.cwd()
    settings = read_settings(_read_toml(file) if file is not None else {}, folder, os.environ)
    campaign = load_campaign(settings.campaign.name, folder / settings.campaign.file if settings.campaign.file else None)
    base = (folder / settings.campaign.file).parent if settings.campaign.file else None
    return Configuration(settings, campaign, load_register(campaign, base), folder, file)


def _read_toml(file: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(file.read_text(encoding="utf-8-sig"))
    except FileNotFoundError:
        raise ConfigError([f"{file}: 找不到配置文件。请复制 config.example.toml 并修改，或用 --config 指明位置。"]) from None
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError([f"{file}: 无法读取（{error}）。请确认文件权限，并以UTF-8编码保存。"]) from None
    except tomllib.TOMLDecodeError as error:
        raise ConfigError([f"{file}: 格式有误：{error}。"]) from None


def read_settings(data: Mapping[str, Any], folder: Path, environ: Mapping[str, str]) -> Settings:
    """Settings from a parsed TOML file, with secrets filled in. Raises ConfigError."""
    problems: list[str] = []
    filled = {key: dict(value) if isinstance(value, Mapping) else value for key, value in data.items()}
    for (section, option), variable in SECRETS.items():
        part = filled.setdefault(section, {})
        if not isinstance(part, dict):
            continue
        named = part.pop(f"{option}_file", None) or environ.get(f"{variable}_FILE")
        if named is not None:
            try:
                part[option] = (folder / str(named)).read_text(encoding="utf-8").strip()
            except OSError as error:
                problems.append(f"{section}.{option}_file: 无法读取 {named}（{error.strerror}）。")
        if variable in environ:
            part[option] = environ[variable]
    settings = _validated(Settings, filled, problems)
    if settings is not None:
        problems += _cross_checks(settings, folder)
    if problems or settings is None:
        raise ConfigError(problems)
    return settings


def _cross_checks(settings: Settings, folder: Path) -> list[str]:
    found = []
    for name in ("mailbox", "smtp"):
        part = getattr(settings, name)
        loopback = part.host in ("127.0.0.1", "::1", "localhost", "")
        if part.tls == "none" and not loopback:
            found.append(f'{name}.tls: 对远程服务器不能用 "none"，请改为 "tls" 或 "starttls"。')
        if not 0 < part.port < 65536:
            found.append(f"{name}.port: {part.port} 不是有效端口（1–65535）。")
    found += _staff_checks(settings.staff)
    after = settings.mailbox.after
    if after not in ("flag", "none") and not (after.startswith("move:") and after[5:].strip()):
        found.append(f'mailbox.after: “{after}”无效，应为 "flag"、"none" 或 "move:文件夹名"。')
    if not settings.mailbox.folders:
        found.append('mailbox.folders: 不能为空，至少写 ["INBOX"]。')
    if settings.mailbox.since is not None and settings.mailbox.since.tzinfo is None:
        found.append("mailbox.since: 请写明时区，例如 2021-11-01T00:00:00+08:00。")
    for section, option, least in (
        ("mailbox", "interval", 10), ("answers", "grace", 0), ("links", "per_minute", 1), ("workers", "processes", 1),
        ("answers", "remind_days", 0), ("alerts", "deadline_days", 0), ("alerts", "silent_minutes", 1),
        ("workers", "attempts", 1), ("limits", "memory", 256 * 2**20), ("limits", "seconds", 1), ("mailbox", "timeout", 1),
        ("limits", "mail_seconds", 1),
        ("staff", "session_hours", 1), ("staff", "idle_minutes", 5),
    ):
        if getattr(getattr(settings, section), option) < least:
            found.append(f"{section}.{option}: 不能小于 {least}。")
    if not -1 <= (settings.alerts.digest_hour if settings.alerts.digest_hour is not None else -1) <= 23:
        found.append(f"alerts.digest_hour: {settings.alerts.digest_hour} 无效，应为 0–23，或 -1（不发）。")
    found += [f"alerts.mail: “{address}”不是邮箱地址。" for address in settings.alerts.mail if not _ADDRESS.fullmatch(address)]
    if not settings.workers.local and settings.database.url.startswith("sqlite"):
        found.append("workers.local: 使用 SQLite 时只能为 true；由其他机器处理须把 database.url 改为 PostgreSQL。")
    if settings.campaign.file and not (folder / settings.campaign.file).is_file():
        found.append(f"campaign.file: 找不到 {settings.campaign.file}。")
    return found


def _staff_checks(staff: StaffSettings) -> list[str]:
    found = []
    if not 0 <= staff.port < 65536:
        found.append(f"staff.port: {staff.port} 不是有效端口（1–65535）。")
    if staff.public_url:
        try:
            parts = urlsplit(staff.public_url)
            fine = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.path in ("", "/") and not parts.query
        except ValueError:
            fine = False
        if not fine:
            found.append(f"staff.public_url: “{staff.public_url}”无效，应形如 https://baosong.example.edu.cn（不带路径）。")
    if staff.trusted_header is not None and not re.fullmatch(r"[A-Za-z0-9-]+", staff.trusted_header):
        found.append(f"staff.trusted_header: “{staff.trusted_header}”不是请求头的名称，例如 X-Remote-User。")
    return found


def _validated(kind: type[T], data: Mapping[str, Any], problems: list[str]) -> T | None:
    try:
        return TypeAdapter(kind).validate_python(data)
    except ValidationError as error:
        problems.extend(_explain(kind, entry) for entry in error.errors(include_url=False))
        return None


def _explain(kind: type[Any], entry: Any) -> str:
    place = [str(step) for step in entry["loc"]]
    key = ".".join(place)
    if entry["type"] in ("extra_forbidden", "unexpected_keyword_argument"):
        close = difflib.get_close_matches(place[-1], _names_at(kind, place[:-1]), n=1)
        hint = f"您是否想写“{close[0]}”？" if close else "请删去或对照 config.example.toml。"
        return f"{key}: 没有这个选项。{hint}"
    if entry["type"] in ("missing", "missing_argument"):
        return f"{key}: 缺少这个选项。"
    if entry["type"] == "literal_error":
        return f"{key}: “{entry['input']}”无效，可选值为 {entry['ctx']['expected'].replace(' or ', '、')}。"
    return f"{key}: “{entry['input']}”无效（{entry['msg']}）。"


def _names_at(kind: type[Any], place: list[str]) -> list[str]:
    for step in place:
        hint = get_type_hints(kind).get(step) if is_dataclass(kind) else None
        if not isinstance(hint, type):
            return []
        kind = hint
    return [entry.name for entry in fields(kind)] if is_dataclass(kind) else []


def load_campaign(name: str, file: Path | None = None) -> Campaign:
    """A campaign by its built-in name or from a TOML file. Raises ConfigError."""
    if file is not None:
        data = _read_toml(Path(file))
    else:
        inside = resources.files("core") / "data" / "campaigns" / f"{name}.toml"
        if not inside.is_file():
            have = sorted(entry.name[:-5] for entry in (resources.files("core") / "data" / "campaigns").iterdir())
            raise ConfigError([f"campaign.name: 没有名为“{name}”的内置活动，现有：{'、'.join(have)}。"])
        data = tomllib.loads(inside.read_text(encoding="utf-8"))
    problems: list[str] = []
    campaign = _validated(Campaign, data, problems)
    if campaign is not None:
        problems += _campaign_checks(campaign)
    if problems or campaign is None:
        raise ConfigError([f"活动“{file or name}”：{problem}" for problem in problems])
    return campaign


def _campaign_checks(campaign: Campaign) -> list[str]:
    """References inside a campaign that must hold."""
    found = []
    if len({batch.number for batch in campaign.batches}) != len(campaign.batches) or not campaign.batches:
        found.append("batches: 至少一个批次，且编号不能重复。")
    for spec in campaign.categories:
        keys = {entry.key for entry in spec.form.fields}
        named = [
            ("title_field", spec.form.title_field), ("unit_field", spec.form.unit_field),
            *(("fields.after", entry.after) for entry in spec.form.fields if entry.after),
            *(("content_fields", key) for key in spec.form.content_fields),
        ]
        if spec.form.content_field:
            named.append(("content_field", spec.form.content_field))
        if spec.resource:
            named += [("type_field", spec.resource.type_field), ("consent_field", spec.resource.consent_field)]
        found += [f"categories.{spec.key}.{place}: 表中没有字段“{key}”。" for place, key in named if key not in keys]
    return found


def load_register(campaign: Campaign, folder: Path | None = None) -> Register:
    """The units that may report: a file beside the campaign's own, else one shipped with the program."""
    if folder is not None and (folder / campaign.unit_register).is_file():
        text = (folder / campaign.unit_register).read_text(encoding="utf-8-sig")
    else:
        inside = resources.files("core") / "data" / campaign.unit_register
        if not inside.is_file():
            raise ConfigError([f"unit_register: 找不到单位名册 {campaign.unit_register}。"])
        text = inside.read_text(encoding="utf-8-sig")
    return Register.from_rows(csv.DictReader(text.splitlines()))


def load_blank_form(campaign: Campaign, category: str, folder: Path | None = None) -> bytes:
    """The empty form of a category, to be attached to a letter. Raises ConfigError if the campaign ships none."""
    name = campaign.category(category).form.blank_file
    if name is None:
        raise ConfigError([f"categories.{category}.form.blank_file: 未设置空白表格。"])
    if folder is not None and (folder / name).is_file():
        return (folder / name).read_bytes()
    inside = resources.files("core") / "data" / "forms" / name
    if not inside.is_file():
        raise ConfigError([f"categories.{category}.form.blank_file: 找不到 {name}。"])
    return inside.read_bytes()
