"""A real Dovecot in a temporary folder: rootless, loopback only, free ports, ended by its own pid.

    with Dovecot() as server:
        server.add_user("jiaowu@example.test", "secret")
        server.deliver("jiaowu@example.test", raw)              # LMTP: Return-Path, Delivered-To, Received on top
        server.append("jiaowu@example.test", raw, when)         # APPEND: the very bytes, with this INTERNALDATE
        server.imap_port, server.imaps_port, server.lmtp_port, server.ca_file
"""

from __future__ import annotations

import contextlib
import datetime as dt
import imaplib
import ipaddress
import os
import pwd
import shutil
import signal
import smtplib
import socket
import subprocess
import tempfile
import time
from pathlib import Path
from types import TracebackType
from typing import Self

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

FOLDERS_163 = ("草稿箱", "已发送", "已删除", "垃圾邮件", "病毒文件夹", "广告邮件", "订阅邮件")

CONFIG = """
protocols = imap lmtp
listen = 127.0.0.1
base_dir = {base}/run
state_dir = {base}/state
log_path = {base}/log/dovecot.log
default_internal_user = {user}
default_internal_group = {group}
default_login_user = {user}
first_valid_uid = 1
first_valid_gid = 1
mail_location = maildir:~/Maildir
mail_home = {base}/mail/%u
mail_uid = {user}
mail_gid = {group}
disable_plaintext_auth = no
auth_mechanisms = plain login
auth_failure_delay = 0
ssl = yes
ssl_cert = <{base}/cert.pem
ssl_key = <{base}/key.pem
passdb {{
  driver = passwd-file
  args = scheme=PLAIN username_format=%u {base}/users/%u
}}
userdb {{
  driver = static
  args = uid={user} gid={group} home={base}/mail/%u
}}
service anvil {{
  chroot =
  unix_listener anvil-auth-penalty {{
    mode = 0
  }}
}}
service stats {{
  chroot =
}}
service imap-login {{
  chroot =
  inet_listener imap {{
    port = {imap}
  }}
  inet_listener imaps {{
    port = {imaps}
    ssl = yes
  }}
}}
service lmtp {{
  inet_listener lmtp {{
    address = 127.0.0.1
    port = {lmtp}
  }}
}}
namespace inbox {{
  inbox = yes
  separator = /
  mailbox 垃圾邮件 {{
    auto = create
    special_use = \\Junk
  }}
  mailbox 已发送 {{
    auto = create
    special_use = \\Sent
  }}
}}
protocol imap {{
  mail_max_userip_connections = 100
  imap_hibernate_timeout = 0
}}
protocol lmtp {{
  postmaster_address = postmaster@example.test
}}
"""


def available() -> bool:
    """Whether dovecot-imapd and dovecot-lmtpd are installed."""
    return shutil.which("dovecot") is not None and Path("/usr/lib/dovecot/lmtp").exists()


def free_ports(count: int) -> list[int]:
    """Ports nobody listens on at this moment."""
    sockets = [socket.socket() for _ in range(count)]
    try:
        for each in sockets:
            each.bind(("127.0.0.1", 0))
        return [each.getsockname()[1] for each in sockets]
    finally:
        for each in sockets:
            each.close()


def write_certificate(folder: Path, *, names: tuple[str, ...] = ("localhost",)) -> None:
    """A self-signed certificate for loopback: cert.pem (also its own CA) and key.pem."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, names[0])])
    now = dt.datetime.now(dt.UTC)
    alternative = [x509.DNSName(each) for each in names]
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(days=1))
        .not_valid_after(now + dt.timedelta(days=30))
        .add_extension(x509.SubjectAlternativeName(
            [*alternative, x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    (folder / "cert.pem").write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    (folder / "key.pem").write_bytes(key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()))


class Dovecot:
    """One server. As root it runs as `nobody`, else as the caller."""

    def __init__(self) -> None:
        self.base = Path(tempfile.mkdtemp(prefix="bs-dovecot-", dir="/tmp"))  # short: socket paths have 108 bytes
        self.imap_port, self.imaps_port, self.lmtp_port = free_ports(3)
        self._process: subprocess.Popen[bytes] | None = None
        self._passwords: dict[str, str] = {}
        owner = pwd.getpwnam("nobody") if os.geteuid() == 0 else pwd.getpwuid(os.geteuid())
        self._owner = owner

    @property
    def host(self) -> str:
        return "localhost"

    @property
    def ca_file(self) -> str:
        return str(self.base / "cert.pem")

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None,
                 trace: TracebackType | None) -> None:
        self.stop()
        self.remove()

    def start(self) -> None:
        """Start (or start again, with the same ports and mails) and wait for the greeting."""
        import grp

        for name in ("run", "state", "mail", "log", "users"):
            (self.base / name).mkdir(exist_ok=True)
        if not (self.base / "cert.pem").exists():
            write_certificate(self.base)
        group = grp.getgrgid(self._owner.pw_gid).gr_name
        (self.base / "dovecot.conf").write_text(CONFIG.format(
            base=self.base, user=self._owner.pw_name, group=group,
            imap=self.imap_port, imaps=self.imaps_port, lmtp=self.lmtp_port), "utf-8")
        self._own_everything()
        as_root = os.geteuid() == 0
        self._process = subprocess.Popen(
            ["dovecot", "-F", "-c", str(self.base / "dovecot.conf")],
            stdout=subprocess.DEVNULL, stderr=(self.base / "log" / "stderr").open("wb"),
            user=self._owner.pw_uid if as_root else None, group=self._owner.pw_gid if as_root else None,
            extra_groups=[] if as_root else None, start_new_session=True)
        for port in (self.imap_port, self.imaps_port, self.lmtp_port):
            self._await_port(port)

    def _own_everything(self) -> None:
        if os.geteuid() == 0:
            for path in (self.base, *self.base.rglob("*")):
                with contextlib.suppress(FileNotFoundError):
                    os.chown(path, self._owner.pw_uid, self._owner.pw_gid, follow_symlinks=False)

    def _await_port(self, port: int) -> None:
        until = time.monotonic() + 15
        while time.monotonic() < until:
            if self._process is not None and self._process.poll() is not None:
                break
            with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
                return
            time.sleep(0.02)
        raise RuntimeError("dovecot did not start: " + self.log())

    def log(self) -> str:
        """What the server logged so far."""
        return "".join(path.read_text("utf-8", "replace") for path in sorted((self.base / "log").iterdir()))

    def stop(self) -> None:
        """End the master and with it every child; mails stay for another start."""
        if self._process is not None:
            self._process.send_signal(signal.SIGTERM)
            try:
                self._process.wait(10)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait(5)
            self._process = None

    def remove(self) -> None:
        """Delete everything."""
        shutil.rmtree(self.base, ignore_errors=True)

    def add_user(self, user: str, password: str) -> None:
        """An account; possible while the server runs."""
        self._passwords[user] = password
        # A file for each user: one common file is looked at again only after a second.
        (self.base / "users" / user).write_text(f"{user}:{{PLAIN}}{password}::::::\n", "utf-8")

    def deliver(self, user: str, raw: bytes, sender: str = "sender@example.test") -> None:
        """As a mail server would: by LMTP, which puts Return-Path, Delivered-To and Received on top."""
        with smtplib.LMTP("127.0.0.1", self.lmtp_port) as lmtp:
            lmtp.sendmail(sender, [user], raw, mail_options=["BODY=8BITMIME"])

    def admin(self, user: str) -> imaplib.IMAP4:
        """A second client, for tests that change things behind the program's back. Log it out."""
        client = imaplib.IMAP4("127.0.0.1", self.imap_port, timeout=30)
        client.login(user, self._passwords[user])
        return client

    def append(self, user: str, raw: bytes, when: dt.datetime | None = None, folder: str = "INBOX",
               flags: str = "") -> int:
        """These very bytes into a folder (Dovecot makes bare LF to CRLF), by wire name. Returns the UID."""
        client = self.admin(user)
        try:
            # imaplib's own append() would turn every lone CR and LF into CRLF first.
            client.literal = raw
            given = [part for part in (f"({flags})" if flags else "", imaplib.Time2Internaldate(when) if when else "") if part]
            status, data = client._simple_command("APPEND", f'"{folder}"', *given)
            assert status == "OK", data
            return int(data[0].split(b"APPENDUID ")[1].split(b"]")[0].split()[1])
        finally:
            client.logout()

    def mails(self, user: str, folder: str = "INBOX") -> dict[int, tuple[set[str], bytes]]:
        """UID -> (flags, raw bytes) of what lies in a folder, by wire name."""
        client = self.admin(user)
        try:
            status, _ = client.select(f'"{folder}"', readonly=True)
            if status != "OK":
                return {}
            found: dict[int, tuple[set[str], bytes]] = {}
            _, uids = client.uid("SEARCH", "ALL")
            for uid in uids[0].split():
                _, data = client.uid("FETCH", uid.decode(), "(FLAGS BODY.PEEK[])")
                flags = {flag.decode() for flag in imaplib.ParseFlags(data[0][0])}
                found[int(uid)] = (flags, data[0][1])
            return found
        finally:
            client.logout()

    def maildir(self, user: str) -> Path:
        """Where the user's mails lie on disk."""
        return self.base / "mail" / user / "Maildir"

    def forget_uids(self, user: str) -> None:
        """Rebuild INBOX as after a restore: new UIDVALIDITY, UIDs from 1 on."""
        for path in self.maildir(user).glob("dovecot*"):
            if path.is_file():
                path.unlink()
