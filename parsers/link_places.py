"""Names the place an address leads to: other disks, mail providers' large files, plain web pages, or nothing of use.

Hosts and paths are those of providers.md parts B and C3. Wrappers (mail providers' and search engines' redirect pages)
are opened by their parameter, never by fetching.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from parsers.link_forms import Address

_URL = re.compile(
    r"(?:[hH][tT]{2}[pP][sS]?|[fF][tT][pP])\s?[:：]\s?//\s?[A-Za-z0-9][!-;=?-_a-z{}~]{2,2000}"
    r"|(?<![A-Za-z0-9._/@-])(?:www\.[A-Za-z0-9-]{1,60}\.[a-z]{2,10}|pan\.quark\.cn/s|cloud\.189\.cn/|pan\.xunlei\.com/s"
    r"|share\.weiyun\.com/|www\.(?:alipan|aliyundrive|123pan)\.com/s|drive\.uc\.cn/s|115(?:cdn)?\.com/s"
    r"|[a-z0-9-]{0,20}\.?lanzou[a-z]\.com/)[!-;=?-_a-z{}~]{0,2000}"
)
_INNER = re.compile(r"(?<=[=?&/])https?://", re.IGNORECASE)
_PASSWORD = re.compile(r"[?&#](?:pwd|password|passwd|pass|code|pw)=([A-Za-z0-9]{3,8})(?![A-Za-z0-9])")

# (provider, host ending, path start or None). A disk whose shares may need a code is told apart from a web page.
_DISKS: tuple[tuple[str, re.Pattern[str]], ...] = tuple(
    (name, re.compile(pattern))
    for name, pattern in (
        ("quark", r"(?:pan|drive)\.quark\.cn/s/\w+"),
        ("uc", r"(?:drive|yun|fast)\.uc\.cn/s/\w+"),
        ("aliyun", r"(?:www\.)?(?:aliyundrive|alipan|alywp)\.(?:com|net)/(?:s|t)/\w+"),
        (
            "123",
            r"(?:[\w-]+\.)?(?:123pan\.(?:com|cn)|123(?:684|685|865|912|592|957|635|242|773|295)\.com)/(?:s|123pan|ps)/[\w-]+",
        ),
        ("lanzou", r"(?:[\w-]+\.)?(?:lanzou[a-z]?|woozooo|lanpan|lanpw|lanzn)\.(?:com|cn|net)/\w+"),
        ("lanzou", r"(?:www\.)?ilanzou\.com/s/\w+"),
        ("weiyun", r"share\.weiyun\.com/\w+"),
        ("115", r"(?:www\.)?(?:115|115cdn|anxia)\.com/(?:s|lb)/\w+"),
        ("tianyi", r"(?:h5\.)?cloud\.189\.cn/(?:t/\w+|web/share\?|web/sharedetail|share\.html)"),
        ("xunlei", r"pan\.xunlei\.com/s/[\w-]+"),
        ("139", r"(?:caiyun|yun|caiyun\.feixin)\.?(?:139)?\.(?:10086\.cn|com)/(?:m/i|w/i|shareweb|front|link|dl)"),
        ("wenshushu", r"(?:www\.)?(?:wenshushu|wss1?|wss\.ink)\.?(?:cn|show|ink)?/(?:f|k|box)/\w+"),
        ("cowtransfer", r"(?:[\w-]+\.)?cowtransfer\.com/s/\w+"),
        (
            "ctfile",
            r"(?:[\w-]+\.)?(?:ctfile|545c|pipipan|t00y|089u|dfpan|400gb|bego|n802)\.(?:com|cc|net)/(?:f|d|fs|dir|file)/\w+",
        ),
        ("chaoxing", r"pan-yz\.(?:cldisk|chaoxing)\.com/"),
        ("360", r"(?:[\w-]+\.)*yunpan\.(?:cn|360\.cn)/\w+"),
        ("jianguoyun", r"(?:www\.)?jianguoyun\.com/p/\w+"),
        ("google_drive", r"drive\.google\.com/\w+"),
        ("onedrive", r"(?:1drv\.ms|onedrive\.live\.com|[\w-]+\.sharepoint\.com)/\S+"),
        ("dropbox", r"(?:www\.)?dropbox\.com/(?:s|scl|sh)/\w+"),
    )
)
WITHOUT_CODES = frozenset({"web", "google_drive", "onedrive", "dropbox", "mail_large_file", "baidu_enterprise"})

_LARGE = tuple(
    re.compile(pattern)
    for pattern in (
        r"(?:mail|exmail|[\w.]*\.mail|wx\.mail|iwx\.mail|i?wx\.exmail|work\.weixin)\.?(?:qq\.com)/cgi-bin/(?:ftnexs_download|ftnexs|download_big|exs_)",
        r"i?wx\.(?:mail|exmail)\.qq\.com/(?:ftn/download|s\?)",
        r"(?:[\w.-]+\.)?(?:ftn|ftnapi)\.qq\.com/",
        r"(?:[\w-]+\.)*(?:mail\.)?(?:163|126|yeah|188)\.(?:com|net)/large-attachment-download/",
        r"u\.163\.com/\w+",
        r"(?:fs|bigfile|netdisk|p)\.(?:mail\.)?(?:163|126)\.com/(?:fs|display|download|file)",
        r"dashi\.163\.com/html/cloud-attachment-download/",
        r"(?:[\w-]+\.)?edisk\.qiye\.163\.com/",
        r"(?:[\w-]+\.)*qiye\.163\.com/.*attach",
        r"mail\.sina\.com\.cn/filecenter/",
        r"(?:[\w-]+\.)*mail\.sina\.(?:com\.)?cn/.*(?:filecenter|netdisk)",
        r"download\.cloud\.189\.cn/file/downloadfile\.action",
        r"(?:[\w-]+\.)*mail\.(?:139|10086|21cn|189|aliyun|sohu)\.(?:com|cn)/.*(?:largeattach|bigattach|download|disk|share|filecenter)",
        r"(?:[\w-]+\.)*(?:qiye\.aliyun|mxhichina|alibaba-inc)\.com/.*(?:attach|bigfile|netdisk)",
    )
)
LARGE_HEAD = re.compile(
    r"(?:邮箱|邮件|企业邮|Foxmail|QQMail|NetEase)[^\n]{0,12}(?:发来|发送)?的?(?:超大附件|云附件|大附件)"
)
_MAIL_HOST = re.compile(
    r"(?:^|\.)(?:qq|163|126|yeah|188|139|sina|sohu|21cn|foxmail|10086|aliyun)\.(?:com|net|cn|com\.cn)$"
)

_USELESS_HOST = re.compile(
    r"(?:^|\.)(?:w3\.org|schemas\.(?:microsoft|openxmlformats)\.(?:com|org)|purl\.org|ns\.adobe\.com|localhost"
    r"|mail\.(?:163|126|qq|yeah|139|sina|sohu|aliyun|10086)\.(?:com|net|cn|com\.cn)|(?:www\.)?(?:yeah\.net|foxmail\.com|126\.com|188\.com)"
    r"|(?:exmail|work\.weixin|open\.weixin|rl\.mail|i\.mail|set1\.mail|res\.mail|thirdqq\.qlogo|hm)\.?(?:qq\.com|cn|baidu\.com)?"
    r"|dashi\.163\.com|qiye\.163\.com|mail\.google\.com|outlook\.(?:com|live\.com|office\.com)|aka\.ms|go\.microsoft\.com"
    r"|(?:[\w-]+\.)?list-manage\.com|mimg\.127\.net|[\w-]+\.127\.net|doubleclick\.net|google-analytics\.com|umeng\.com|cnzz\.com"
    r"|apps\.apple\.com|itunes\.apple\.com|play\.google\.com|example\.(?:com|org|net))$"
)
_USELESS_PATH = re.compile(
    r"\.(?:png|jpe?g|gif|bmp|webp|svg|ico|css|js|dtd|xsd|woff2?)(?:[?#]|$)|unsubscribe|optout|opt-out|/track(?:ing)?[/?.]|/pixel|退订",
    re.IGNORECASE,
)
_BAIDU_DISK = re.compile(r"(?:^|\.)(?:pan|yun|eyun|wangpan)\.baidu\.com$")
_TRAILING = ".,;:!?'\"*_~`|]}>(="


def _trim(url: str) -> str:
    """Without what follows an address in Markdown or in a sentence: from a closing bracket that was never opened on,
    and punctuation at the end."""
    depth = 0
    for at, sign in enumerate(url):
        depth += (sign == "(") - (sign == ")")
        if depth < 0 or sign in "[]":
            url = url[:at]
            break
    return url.rstrip(_TRAILING) if not url.endswith("==") else url


def _place(url: str) -> str | None:
    """Provider of an address, or None for what is no use to anybody (home pages of mail clients, name spaces)."""
    rest = url.split("://", 1)[-1]
    authority, _, path = rest.partition("/")
    host = authority.rsplit("@", 1)[-1].split(":", 1)[0].split("?", 1)[0].lower()
    if "." not in host:
        return None
    flat = f"{host}/{path}"
    low = flat.lower()
    if any(pattern.match(low) for pattern in _LARGE):
        return "mail_large_file"
    for name, pattern in _DISKS:
        if pattern.match(flat):
            return name
    if _BAIDU_DISK.search(host) or _USELESS_HOST.search(host) or _USELESS_PATH.search("/" + path):
        return None
    return "web"


def find_places(text: str) -> Iterator[Address]:
    """Every other address in a plain text, in order. Baidu shares inside are left to `link_forms.find_baidu`."""
    for found in _URL.finditer(text):
        start, url = found.start(), found.group()
        inner = max((m.start() for m in _INNER.finditer(url, 8)), default=0)  # a wrapper's parameter
        start, url = start + inner, url[inner:]
        url = _trim(url)
        if "://" not in url:
            url = "https://" + re.sub(r"^\w+\s?[:：]\s?//\s?", "", url)
        provider = _place(url)
        if provider:
            code = None if provider in WITHOUT_CODES else _PASSWORD.search(url)
            yield Address(start, start + len(url), provider, url, code and code.group(1))


def is_mail_host(url: str) -> bool:
    """Whether an address leads to a mail provider: below a large-file head line it is the file's page."""
    host = url.split("://", 1)[-1].split("/", 1)[0].split(":", 1)[0].lower()
    return bool(_MAIL_HOST.search(host))
