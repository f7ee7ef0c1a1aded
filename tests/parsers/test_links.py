"""Links of a body: the real texts, both bodies, other places, large files that expire."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from core.facts import Link
from parsers.links import find_links

SAMPLE = Path(__file__).parents[1] / "data" / "links-sample.jsonl"
A, B = "1QvwfHXf0r-hfBEDkFR3tbp", "1WDyeKyQE2VfpFcvg0t_dXN"
a, b = (f"https://pan.baidu.com/s/{share}" for share in (A, B))


def shares(text: str, html: str | None = None) -> list[tuple[str, str | None]]:
    return [(link.url.rsplit("/", 1)[1], link.code) for link in find_links(text, html) if link.provider == "baidu"]


def places(text: str, html: str | None = None) -> list[tuple[str, str, str | None]]:
    return [(link.provider, link.url, link.code) for link in find_links(text, html)]


@pytest.mark.parametrize("row", [json.loads(line) for line in SAMPLE.read_text("utf-8").splitlines()])
def test_real_texts(row: dict[str, object]) -> None:
    expected = [(share["surl"], share["code"]) for share in row["expected"]]  # type: ignore[attr-defined]
    assert shares(str(row["text"])) == expected


def test_found_in_and_canonical_address() -> None:
    assert find_links(f"http://yun.baidu.com/s/{A}?pwd=ab12#list/path=%2F", found_in="附件.docx") == (
        Link("baidu", a, "ab12", "附件.docx"),
    )


def test_both_codes_are_kept_when_address_and_text_differ() -> None:
    (link,) = find_links(f"{a}?pwd=zz99 提取码：ab12")
    assert (link.code, link.other_code) == ("zz99", "ab12")
    (link,) = find_links(f"{a}?pwd=zz99\n更正：正确的提取码：ab12")
    assert (link.code, link.other_code) == ("ab12", "zz99")


def test_two_mentions_are_one_link_and_nothing_is_lost() -> None:
    assert find_links(f"见 {a} 。\n{'另附材料。' * 400}\n链接：{a} 提取码：ab12") == (Link("baidu", a, "ab12"),)
    assert find_links(f"链接 {a}", f'<a href="{a}">视频</a>提取码：ab12') == (Link("baidu", a, "ab12"),)


@pytest.mark.parametrize(
    ("html", "expected"),
    [
        (f'<p>链接：<a href="{a}">{a[:30]}<wbr>{a[30:]}</a></p><p>提取码：<i>ab</i><b>12</b></p>', [(A, "ab12")]),
        (f"<div>pan.bai<b></b>du.com/s/{A[:9]}<span>{A[9:]}</span> 提取码&nbsp;:&nbsp;ab12</div>", [(A, "ab12")]),
        (f'<a href="{a}?pwd=ab12&amp;from=x">点击观看</a>', [(A, "ab12")]),
        (f"<a href='{a}'>https://pan.baidu.com/s/1QvwfHX...</a>，提取码：ab12", [(A, "ab12")]),
        (f"<a href={a}>视频</a><br>提取码：ab12<br><a href={b}>视频</a><br>提取码：cd34", [(A, "ab12"), (B, "cd34")]),
        (f"<a title='a > b' href='{a}'>视频</a> 提取码：ab12", [(A, "ab12")]),
        (f"<!-- {b} --><style>.x{{}}</style><script>var u='{b}'</script>{a}&#12288;提取码：ab12", [(A, "ab12")]),
        (f"<p>提取码：ab12</p><p>{a}</p><!-- 未结束 {b}", [(A, "ab12"), (B, None)]),
        (f"链接：{a[:40]}<br/>{a[40:]}<br/>提取码：ab12", [(A, "ab12")]),
        (
            (
                f"<table><tr><th>课程</th><th>链接</th><th>提取码</th></tr><tr><td>一</td><td><a href='{a}'>下载</a></td>\n"
                f"<td>abcd</td></tr><tr><td>二</td><td><a href='{b}'>下载</a></td><td>quma</td></tr></table>"
            ),
            [(A, "abcd"), (B, "quma")],
        ),
        (
            f"<table><tr><td>{a}</td><td>提取码</td><td>ab12</td></tr><tr><td>{b}</td><td>提取码</td><td>cd34</td></tr></table>",
            [(A, "ab12"), (B, "cd34")],
        ),
    ],
)
def test_html(html: str, expected: list[tuple[str, str | None]]) -> None:
    assert shares("", html) == expected


@pytest.mark.parametrize(
    "wrapper",
    [
        "https://mail.qq.com/cgi-bin/readtemplate?t=safety&check=false&gourl={}&subtemplate=gray&evil=0",
        "https://wx.mail.qq.com/xmspamcheck/xmsafejump?url={}&x=1",
        "https://c.pc.qq.com/middlem.html?pfurl={}&pfuin=1",
        "https://docs.qq.com/scenario/link.html?url={}&pid=3",
        "https://link.zhihu.com/?target={}",
        "https://link.csdn.net/?target={}",
        "https://weibo.cn/sinaurl?u={}",
        "https://www.google.com/url?q={}&sa=D",
        "https://apc01.safelinks.protection.outlook.com/?url={}&data=05%7C01&reserved=0",
        "https://www.oschina.net/action/GoToLink?url={}",
    ],
)
def test_wrappers_are_opened_by_their_parameter(wrapper: str) -> None:
    wrapped = f"https%3A%2F%2Fpan.baidu.com%2Fs%2F{A}%3Fpwd%3Dab12"
    assert places(f"课程：{wrapper.format(wrapped)} 。") == [("baidu", a, "ab12")]
    twice = wrapped.replace("%", "%25")
    assert places("", f'<a href="{wrapper.format(twice).replace("&", "&amp;")}">视频</a>') == [("baidu", a, "ab12")]
    web = places(f"{wrapper.format('http%3A%2F%2Fwww.sdou.edu.cn%2Fkc%2F1.html')}")
    assert web == [("web", "http://www.sdou.edu.cn/kc/1.html", None)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("https://pan.quark.cn/s/2196a91bc124", ("quark", "https://pan.quark.cn/s/2196a91bc124", None)),
        ("pan.quark.cn/s/2196a91bc124 提取码：4b4R", ("quark", "https://pan.quark.cn/s/2196a91bc124", "4b4R")),
        ("https://drive.uc.cn/s/ab12cd", ("uc", "https://drive.uc.cn/s/ab12cd", None)),
        ("https://www.aliyundrive.com/s/TJoKMK6du6x", ("aliyun", "https://www.aliyundrive.com/s/TJoKMK6du6x", None)),
        ("https://www.alipan.com/s/ZAHW 提取码: o1Wz", ("aliyun", "https://www.alipan.com/s/ZAHW", "o1Wz")),
        ("https://www.123pan.com/s/abc-def.html 提取码:aB12", ("123", "https://www.123pan.com/s/abc-def.html", "aB12")),
        ("https://www.123865.com/s/abc-def", ("123", "https://www.123865.com/s/abc-def", None)),
        ("https://wwt.lanzouq.com/izahN1 密码：fn2o", ("lanzou", "https://wwt.lanzouq.com/izahN1", "fn2o")),
        ("https://share.weiyun.com/5T6F 密码：abcdef", ("weiyun", "https://share.weiyun.com/5T6F", "abcdef")),
        ("https://115.com/s/sw3?password=q1w2", ("115", "https://115.com/s/sw3?password=q1w2", "q1w2")),
        ("https://cloud.189.cn/t/abc123（访问码：x1y2）", ("tianyi", "https://cloud.189.cn/t/abc123", "x1y2")),
        ("https://pan.xunlei.com/s/VNab?pwd=ab12", ("xunlei", "https://pan.xunlei.com/s/VNab?pwd=ab12", "ab12")),
        ("https://caiyun.139.com/m/i?1A5 提取码:xyz1", ("139", "https://caiyun.139.com/m/i?1A5", "xyz1")),
        ("https://yun.139.com/shareweb/#/w/i/2oRg", ("139", "https://yun.139.com/shareweb/#/w/i/2oRg", None)),
        ("https://1drv.ms/u/s!AgNFVS", ("onedrive", "https://1drv.ms/u/s!AgNFVS", None)),
        (
            "https://drive.google.com/file/d/1UpE/view",
            ("google_drive", "https://drive.google.com/file/d/1UpE/view", None),
        ),
        ("课程网址：http://kc.sdou.cn/a(1).html）。", ("web", "http://kc.sdou.cn/a(1).html", None)),
        ("网址www.sdou.edu.cn/kc，欢迎", ("web", "https://www.sdou.edu.cn/kc", None)),
        ("[课程](https://kc.sdou.cn/1)", ("web", "https://kc.sdou.cn/1", None)),
        ("<https://kc.sdou.cn/1>", ("web", "https://kc.sdou.cn/1", None)),
        ("ｈｔｔｐ：／／ｗｗｗ．ｓｄｏｕ．ｃｎ／ｋｃ", ("web", "http://www.sdou.cn/kc", None)),
    ],
)
def test_other_places(text: str, expected: tuple[str, str, str | None]) -> None:
    assert places(text) == [expected]


@pytest.mark.parametrize(
    "text",
    [
        "网易邮箱大师 https://mail.163.com/", "https://www.foxmail.com", "发自我的 http://mail.qq.com", "https://dashi.163.com/",
        "http://www.w3.org/1999/xhtml", "http://schemas.microsoft.com/office/2004/12/omml", "https://x.cn/logo.png?v=1",
        "https://a.cn/unsubscribe?u=1", "mailto:a@b.cn", "pan.baidu.com 提取码：ab12", "https://pan.baidu.com/disk/main#/index",
        "https://pan.baidu.com/s/1xxxxxxxxxxxxxxxxxxxxxx?pwd=xxxx", "https://pan.baidu.com/s/", "https://pan.baidu.com/s/1",
        "https://", "https://localhost/a", "a@163.com", "版本 v1.2.3 见 readme.txt", "https://www.163.com",
    ],
)  # fmt: skip
def test_of_no_use(text: str) -> None:
    assert find_links(text) == ()


def test_pictures_and_scripts_in_html_are_not_links() -> None:
    html = (
        '<html xmlns="http://www.w3.org/1999/xhtml"><head><link href="https://a.cn/x.css"></head><body>'
        '<img src="https://img.a.cn/sign.png"><a href="https://mail.163.com/dashi">网易邮箱大师</a>'
        '<a href="mailto:a@b.cn">a</a><img src="https://t.a.cn/open?id=1" width=1 height=1></body></html>'
    )
    assert find_links("", html) == ()


@pytest.mark.parametrize(
    ("body", "url", "expires"),
    [
        (("从QQ邮箱发来的超大附件\n\n课程.mp4 (128.03M, 2020年11月27日 21:59 到期)进入下载页面："
         "http://mail.qq.com/cgi-bin/ftnExs_download?t=exs_ftn_download&k=7a6&code=2c96"),
         "http://mail.qq.com/cgi-bin/ftnExs_download?t=exs_ftn_download&k=7a6&code=2c96", "2020年11月27日 21:59"),
        ("课程.mp4 (1.2G, 2021年12月1日 8:00 到期) https://wx.mail.qq.com/ftn/download?func=3&key=1&code=2",
         "https://wx.mail.qq.com/ftn/download?func=3&key=1&code=2", "2021年12月1日 8:00"),
        (("从网易163邮箱发来的超大附件 课程.mp4 (80.96M, 2026年8月17日 0:49 到期) 下载 "
         "https://mail.163.com/large-attachment-download/index.html?file=abc"),
         "https://mail.163.com/large-attachment-download/index.html?file=abc", "2026年8月17日 0:49"),
        (("从网易企业邮箱发来的云附件 https://edisk.qiye.163.com/api/biz/attachment/download?identity=a&title=b "
         "20.49K | 过期时间：2024年8月4日 23:48"),
         "https://edisk.qiye.163.com/api/biz/attachment/download?identity=a&title=b", "2024年8月4日 23:48"),
        ("https://dashi.163.com/html/cloud-attachment-download/?key=abc 有效期至 2021-12-01",
         "https://dashi.163.com/html/cloud-attachment-download/?key=abc", "2021-12-01"),
        ("https://iwx.mail.qq.com/s?k=1 无限期", "https://iwx.mail.qq.com/s?k=1", "无限期"),
        ("http://u.163.com/AbCd?spm=1", "http://u.163.com/AbCd?spm=1", None),
        ("https://mail.sina.com.cn/filecenter/download.php?id=1",
         "https://mail.sina.com.cn/filecenter/download.php?id=1", None),
        ("https://download.cloud.189.cn/file/downloadFile.action?dt=1",
         "https://download.cloud.189.cn/file/downloadFile.action?dt=1", None),
        ("从腾讯企业邮箱发来的超大附件 https://newkind.exmail.qq.com/file?x=1 （2021年12月1日 到期）",
         "https://newkind.exmail.qq.com/file?x=1", "2021年12月1日"),
    ],
)  # fmt: skip
def test_large_files_of_mail_providers(body: str, url: str, expires: str | None) -> None:
    assert find_links(body) == (Link("mail_large_file", url, expires=expires),)


def test_large_files_in_html_attributes() -> None:
    html = (
        '<div id="QQMailBigAttach"><span class="qqmailbgattach" expiretime="1606485540" '
        'downloadlink="http://mail.qq.com/cgi-bin/ftnExs_download?k=1&amp;t=exs_ftn_download&amp;code=2">课程.mp4</span></div>'
    )
    url = "http://mail.qq.com/cgi-bin/ftnExs_download?k=1&t=exs_ftn_download&code=2"
    assert find_links("", html) == (Link("mail_large_file", url, expires="2020-11-27 21:59"),)


def test_enterprise_and_oldest_shares_are_named_apart() -> None:
    assert places("https://pan.baidu.com/share/link?shareid=875905087&uk=3356128450 密码 ab12") == [
        ("baidu_old", "https://pan.baidu.com/share/link?shareid=875905087&uk=3356128450", "ab12")
    ]
    assert places("https://eyun.baidu.com/s/3htTXfaG 密码：ab12")[0][0] == "baidu_enterprise"
