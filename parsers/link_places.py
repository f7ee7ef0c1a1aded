"""Names the place an address leads to: other disks, mail providers' large files, plain web pages, or nothing of use.

Hosts and paths are those of providers.md parts B and C3. Wrappers (mail providers' and search engines' redirect pages)
are opened by their parameter, never by fetching.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from parsers.link_forms import Address

_REST = r"[!-;=?-_a-z{}~]"  # what an address consists of: ASCII without blank, quotes <, >, `, |, backslash excepted
_URL = re.compile(
    rf"(?:[hH][tT]{{2}}[pP][sS]?|[fF][tT][pP])\s?[:：]\s?//\s?[A-Za-z0-9]{_REST}{{2,2000}}"
    r"|(?<![A-Za-z0-9._/@-])(?:www\.[A-Za-z0-9-]{1,60}\.[a-z]{2,10}|pan\.quark\.cn/s|cloud\.189\.cn/|pan\.xunlei\.com/s"
    r"|share\.weiyun\.com/|www\.(?:alipan|aliyundrive|123pan)\.com/s|drive\.uc\.cn/s|115(?:cdn)?\.com/s"
    rf"|[a-z0-9-]{{0,20}}\.?lanzou[a-z]\.com/){_REST}{{0,2000}}"
)
_SCHEME = re.compile(r"^(\w+)\s?[:：]\s?//\s?")
_INNER = re.compile(r"(?<=[=?&/])https?://", re.IGNORECASE)
_PASSWORD = re.compile(r"[?&#](?:pwd|password|passwd|pass|code|pw)=([A-Za-z0-9]{3,8})(?![A-Za-z0-9])")
_TRAILING = ".,;:!?'\"*_~`|}>="

LARGE = "mail_large_file"
HOME = "mail_home"  # a page of a mail provider: of no use, unless it stands below the head line of a large file
_NONE = ""
_ANY = r".*"

# Registered domain -> (provider, pattern of host/path in lower case); the first that matches names the place, an empty
# name says that nobody is helped by this address. A domain not listed is a web page.
_TABLE: tuple[tuple[str, str, str], ...] = (
    ("quark.cn", "quark", r"(?:pan|drive)\.quark\.cn/s/\w"),
    ("uc.cn", "uc", r"(?:drive|yun|fast)\.uc\.cn/s/\w"),
    ("aliyundrive.com alipan.com alywp.net aliyundrive.net", "aliyun", r"(?:www\.)?[a-z]+\.(?:com|net)/[st]/\w"),
    ("123pan.com 123pan.cn", "123", r"[\w.-]+/(?:s|ps|123pan)/[\w-]"),
    (
        "123684.com 123685.com 123865.com 123912.com 123592.com 123957.com 123635.com 123242.com 123773.com 123295.com",
        "123",
        r"[\w.-]+/(?:s|ps)/[\w-]",
    ),
    ("woozooo.com lanpan.com lanpw.com lanzn.com", "lanzou", r"[\w.-]+/\w"),
    ("ilanzou.com", "lanzou", r"[\w.-]+/s/\w"),
    ("weiyun.com", "weiyun", r"share\.weiyun\.com/\w"),
    ("115.com 115cdn.com anxia.com", "115", r"[\w.-]+/(?:s|lb)/\w"),
    ("189.cn", LARGE, r"download\.cloud\.189\.cn/file/downloadfile"),
    ("189.cn", "tianyi", r"(?:h5\.)?cloud\.189\.cn/(?:t/\w|web/share|share\.html)"),
    ("189.cn", LARGE, r"[\w.-]*mail\.189\.cn/.*(?:attach|download|share|disk)"),
    ("xunlei.com", "xunlei", r"pan\.xunlei\.com/s/[\w-]"),
    ("139.com", "139", r"(?:yun|caiyun)\.139\.com/(?:m/i|w/i|shareweb|front|link|dl)"),
    ("139.com", LARGE, r"[\w.-]*mail\.(?:10086\.)?139\.com/.*(?:attach|largefile|bigfile|download|share|disk)"),
    ("10086.cn", "139", r"(?:yun|caiyun)\.(?:feixin\.)?10086\.cn/"),
    ("10086.cn", LARGE, r"[\w.-]*mail\.10086\.cn/.*(?:attach|largefile|bigfile|download|share|disk)"),
    ("wenshushu.cn wss.ink wss.show", "wenshushu", r"[\w.-]+/(?:f/|k/|box/|\w)"),
    ("cowtransfer.com", "cowtransfer", r"[\w.-]+/s/\w"),
    (
        "ctfile.com 545c.com pipipan.com t00y.com 089u.com dfpan.com 400gb.com bego.cc n802.com",
        "ctfile",
        r"[\w.-]+/(?:fs?|d|dir|file)/\w",
    ),
    ("cldisk.com chaoxing.com", "chaoxing", r"pan-yz\.(?:cldisk|chaoxing)\.com/"),
    ("yunpan.cn 360.cn", "360", r"(?:[\w-]+\.)*yunpan\.(?:360\.)?cn/\w"),
    ("jianguoyun.com", "jianguoyun", r"[\w.-]+/p/\w"),
    ("google.com", "google_drive", r"drive\.google\.com/\w"),
    ("google.com", _NONE, r"(?:mail|play)\.google\.com(?:/|$)"),
    ("1drv.ms sharepoint.com", "onedrive", _ANY),
    ("live.com", "onedrive", r"onedrive\.live\.com/"),
    ("live.com office.com outlook.com", _NONE, r"outlook\."),
    ("dropbox.com", "dropbox", r"[\w.-]+/(?:s|scl|sh)/\w"),
    # Mail providers: the pages of their large files; their home pages and promotions are of no use.
    ("qq.com", LARGE, r"[\w.-]*mail\.qq\.com/cgi-bin/(?:ftnexs|ftndownload|download_big|exs_)"),
    ("qq.com", LARGE, r"i?wx\.(?:mail|exmail)\.qq\.com/(?:ftn/|s\?)"),
    ("qq.com", LARGE, r"(?:[\w.-]+\.)?ftn(?:api)?\.qq\.com/"),
    (
        "qq.com",
        _NONE,
        r"(?:[\w-]+\.)*(?:mail|exmail|weixin|open|rl|hm|res|thirdqq|qlogo)\.(?:[\w-]+\.)*qq\.com(?:/|$|\?)",
    ),
    ("163.com 126.com yeah.net 188.com", LARGE, r"[\w.-]+/(?:html/)?(?:large|cloud)-attachment-download/"),
    ("163.com", LARGE, r"u\.163\.com/\w|(?:[\w-]+\.)*edisk\.qiye\.163\.com/|(?:[\w-]+\.)*qiye\.163\.com/.*attach"),
    ("163.com 126.com", LARGE, r"(?:fs|bigfile|netdisk)\.(?:mail\.)?(?:163|126)\.com/."),
    (
        "163.com 126.com yeah.net 188.com",
        _NONE,
        r"(?:[\w-]+\.)*(?:mail|email|dashi|qiye|reg|hm)\.(?:163|126|188|yeah)\.\w+(?:/|$|\?)",
    ),
    ("163.com 126.com yeah.net 188.com", _NONE, r"(?:www\.)?(?:126|188|163|yeah)\.(?:com|net)/?$"),
    ("foxmail.com 127.net", _NONE, _ANY),
    ("sina.com.cn sina.cn sina.com", LARGE, r"[\w.-]*mail\.sina\.(?:com\.)?(?:cn|com)/.*(?:filecenter|netdisk)"),
    ("sina.com.cn sina.cn sina.com sohu.com aliyun.com", _NONE, r"(?:[\w-]+\.)*mail\.(?:sina|sohu|aliyun)\.[\w.]+/?$"),
    (
        "aliyun.com mxhichina.com alibaba-inc.com sohu.com 21cn.com",
        LARGE,
        r"[\w.-]*mail[\w.-]*/.*(?:attach|bigfile|netdisk|largefile)",
    ),
    ("apple.com", _NONE, r"(?:apps|itunes)\.apple\.com/"),
    ("microsoft.com", _NONE, r"(?:go|schemas)\.microsoft\.com/"),
    ("baidu.com", _NONE, r"(?:pan|yun|eyun|wangpan|hm)\.baidu\.com(?:/|$|\?)"),
    ("w3.org openxmlformats.org purl.org aka.ms doubleclick.net google-analytics.com umeng.com cnzz.com", _NONE, _ANY),
    ("list-manage.com example.com example.org example.net", _NONE, _ANY),
    ("adobe.com", _NONE, r"ns\.adobe\.com/"),
)
_PLACES: dict[str, list[tuple[str, re.Pattern[str]]]] = {}
for _domains, _name, _pattern in _TABLE:
    for _domain in _domains.split():
        _PLACES.setdefault(_domain, []).append((_name, re.compile(_pattern)))
_LANZOU = re.compile(r"(?:[\w-]+\.)*lanzou\w?\.com/\w")
_DOUBLE = frozenset(("com.cn", "net.cn", "org.cn", "edu.cn", "gov.cn"))

WITHOUT_CODES = frozenset({"web", HOME, "google_drive", "onedrive", "dropbox", LARGE, "baidu_enterprise"})
LARGE_HEAD = re.compile(
    r"(?:邮箱|邮件|企业邮|Foxmail|QQMail|NetEase)[^\n]{0,12}?(?:发来|发送)?的?(?:超大附件|云附件|大附件)"
)
_MAIL_HOST = re.compile(
    r"(?:^|\.)(?:qq|163|126|yeah|188|139|sina|sohu|21cn|foxmail|10086|aliyun)\.(?:com|net|cn|com\.cn)$"
)
_USELESS_PATH = re.compile(
    r"\.(?:png|jpe?g|gif|bmp|webp|svg|ico|css|js|dtd|xsd|woff2?)(?:[?#]|$)"
    r"|unsubscribe|opt-?out|/track(?:ing)?[/?.]|/pixel|退订",
    re.IGNORECASE,
)


def _trim(url: str) -> str:
    """Without what follows an address in Markdown or in a sentence: from a closing bracket that was never opened on,
    and punctuation at the end."""
    if "[" in url or "]" in url:
        url = re.split(r"[\[\]]", url, maxsplit=1)[0]
    if ")" in url:
        depth = 0
        for at, sign in enumerate(url):
            depth += (sign == "(") - (sign == ")")
            if depth < 0:
                url = url[:at]
                break
    return url if url.endswith("==") else url.rstrip(_TRAILING)


def _place(url: str) -> str | None:
    """Provider of an address, or None for what is no use to anybody (home pages of mail clients, name spaces)."""
    authority, _, path = url[url.find("://") + 3 :].partition("/")
    host = authority.rsplit("@", 1)[-1].split(":", 1)[0].split("?", 1)[0].lower()
    labels = host.split(".")
    if len(labels) < 2 or host == "localhost":
        return None
    domain = ".".join(labels[-2:])
    if domain in _DOUBLE:
        domain = ".".join(labels[-3:])
    if domain in _PLACES or domain.startswith("lanzou"):
        flat = f"{host}/{path.lower()}" if path or "?" not in authority else authority.lower()
        for name, pattern in _PLACES.get(domain, ()):
            if pattern.match(flat):
                return name or (HOME if is_mail_host(url) and len(flat) > len(host) + 1 else None)
        if _LANZOU.match(flat):
            return "lanzou"
    return None if _USELESS_PATH.search(path) else "web"


def find_places(text: str) -> Iterator[Address]:
    """Every other address in a plain text, in order. Baidu shares inside are left to `link_forms.find_baidu`."""
    for found in _URL.finditer(text):
        start, url = found.start(), found.group()
        inner = max((m.start() for m in _INNER.finditer(url, 8)), default=0)  # a wrapper's parameter
        start, url = start + inner, url[inner:]
        if url.startswith(("https://pan.baidu.com/", "http://pan.baidu.com/")):
            continue
        shown = _trim(url)
        scheme = _SCHEME.match(shown)
        url = f"{scheme[1].lower()}://{shown[scheme.end() :]}" if scheme else "https://" + shown
        provider = _place(url)
        if provider:
            code = None if provider in WITHOUT_CODES else _PASSWORD.search(url)
            yield Address(start, start + len(shown), provider, url, code and code.group(1))


def is_mail_host(url: str) -> bool:
    """Whether an address leads to a mail provider: below a large-file head line it is the file's page."""
    host = url.split("://", 1)[-1].split("/", 1)[0].split(":", 1)[0].lower()
    return bool(_MAIL_HOST.search(host))
