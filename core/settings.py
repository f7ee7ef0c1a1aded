"""Everything that can be configured, as one frozen value. Read and checked by `baosong.config`; handed down, never
looked up. Defaults are those of config.example.toml, which a test compares option by option."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

from core.campaign import Strict
from core.ports import ReadLimits


@dataclass(frozen=True)
class MailboxSettings(Strict):
    host: str = ""
    port: int = 993
    tls: Literal["tls", "starttls", "none"] = "tls"
    ca_file: str | None = None
    user: str = ""
    password: str = ""
    folders: tuple[str, ...] = ("INBOX",)
    since: datetime | None = None
    mode: Literal["idle", "poll"] = "idle"
    interval: int = 120
    idle_renew: int = 170
    after: str = "flag"
    timeout: int = 60
    chunk_over: int = 8 * 2**20
    chunk: int = 2**20


@dataclass(frozen=True)
class SmtpSettings(Strict):
    host: str = ""
    port: int = 465
    tls: Literal["tls", "starttls", "none"] = "tls"
    ca_file: str | None = None
    user: str = ""
    password: str = ""
    from_address: str = ""
    from_name: str = ""
    timeout: int = 60


@dataclass(frozen=True)
class DatabaseSettings(Strict):
    url: str = "sqlite:///data/baosong.db"


@dataclass(frozen=True)
class BlobSettings(Strict):
    path: str = "data/blobs"


@dataclass(frozen=True)
class CampaignSettings(Strict):
    name: str = "zhihui-zhulao"
    file: str | None = None


@dataclass(frozen=True)
class AnswerSettings(Strict):
    mode: Literal["send", "draft", "off"] = "draft"
    grace: int = 15  # minutes
    per_address_day: int = 6
    per_thread_day: int = 4
    per_hour: int = 60
    per_day: int = 300
    copy_to: tuple[str, ...] = ()
    own_addresses: tuple[str, ...] = ()
    templates: str = "data/templates"
    attempts: int = 8
    remind_days: int = 3


@dataclass(frozen=True)
class LinkSettings(Strict):
    check: bool = True
    base_url: str = "https://pan.baidu.com"
    per_minute: int = 12
    timeout: int = 20
    retries: int = 6
    first_pause: int = 10  # minutes; doubles each time, jittered
    recheck_days: int = 7
    recheck_until: int = 30  # days after the batch's deadline
    notify_dead: bool = False
    user_agent: str = "Mozilla/5.0 (compatible; Baosong/1.0)"


@dataclass(frozen=True)
class ScanSettings(Strict):
    ocr: bool = True
    seals: bool = True


@dataclass(frozen=True)
class StaffSettings(Strict):
    enabled: bool = True
    bind: str = "127.0.0.1"
    port: int = 8025
    session_hours: int = 10
    idle_minutes: int = 90
    trusted_header: str | None = None
    trusted_proxies: tuple[str, ...] = ("127.0.0.1",)
    public_url: str = ""


@dataclass(frozen=True)
class AlertSettings(Strict):
    mail: tuple[str, ...] = ()
    dingtalk: str = ""
    wecom: str = ""
    feishu: str = ""
    digest_hour: int | None = 8
    silent_minutes: int = 30
    disk_free_mb: int = 1024
    deadline_days: int = 3


@dataclass(frozen=True)
class LogSettings(Strict):
    level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = "INFO"
    file: str | None = None


@dataclass(frozen=True)
class WorkerSettings(Strict):
    local: bool = True  # False: `baosong run` reads no mail, workers do
    processes: int = 2
    attempts: int = 3


@dataclass(frozen=True)
class Settings(Strict):
    mailbox: MailboxSettings = field(default_factory=MailboxSettings)
    smtp: SmtpSettings = field(default_factory=SmtpSettings)
    database: DatabaseSettings = field(default_factory=DatabaseSettings)
    blobs: BlobSettings = field(default_factory=BlobSettings)
    campaign: CampaignSettings = field(default_factory=CampaignSettings)
    answers: AnswerSettings = field(default_factory=AnswerSettings)
    links: LinkSettings = field(default_factory=LinkSettings)
    scan: ScanSettings = field(default_factory=ScanSettings)
    limits: ReadLimits = field(default_factory=ReadLimits)
    staff: StaffSettings = field(default_factory=StaffSettings)
    alerts: AlertSettings = field(default_factory=AlertSettings)
    log: LogSettings = field(default_factory=LogSettings)
    workers: WorkerSettings = field(default_factory=WorkerSettings)
