"""Real mails whose every text is an attempt at script: subject, names, addresses, file names, the form's cells, HTML bodies.

Each vector, should it ever run, calls `hit()` or asks for something at `EVIL`: a browser test sees both.
"""

from __future__ import annotations

from email.message import EmailMessage

from tests.support.form_builder import build

EVIL = "https://evil.example.test"
SHORT = (
    '<script>hit(1)</script>', '"><img src=x onerror=hit(2)>', "'-hit(3)-'", '</title><svg/onload=hit(4)>', "{{7*7}}{% raw %}",
    '<iframe srcdoc="<script>parent.hit(5)</script>">', "javascript:hit(6)", '&lt;script&gt;hit(7)&lt;/script&gt;',
    '"autofocus onfocus=hit(8) x="', "<!--<img title=\"--><img src onerror=hit(9)>\">",
)
"""Vectors for one line: subjects, names, file names, fields."""
BODIES = (
    f'<p>你好</p><script>hit(20)</script><script src="{EVIL}/a.js"></script>',
    f'<img src="{EVIL}/pixel.gif"><img src=x onerror="hit(21)"><img srcset="{EVIL}/b.png 2x" src="data:image/svg+xml,<svg onload=hit(22)>">',
    '<svg><script>hit(23)</script><animate onbegin=hit(24) attributeName=x dur=1s></svg><math><mtext><table><mglyph><style><img src=x onerror=hit(25)>',
    f'<a href="javascript:hit(26)">点我</a><a href="  java\tscript:hit(27)">再点</a><a href="data:text/html,<script>hit(28)</script>">三</a><a href="{EVIL}/x">好链接</a>',
    f'<link rel=stylesheet href="{EVIL}/c.css"><style>@import "{EVIL}/d.css"; body{{background:url({EVIL}/e.png)}}</style>'
    f'<div style="background-image:url({EVIL}/f.png);width:expression(hit(29))">样式</div><p style="background:u\\72l({EVIL}/g.png)">样式</p>',
    f'<meta http-equiv=refresh content="0;url={EVIL}/r"><base href="{EVIL}/"><form action="{EVIL}/form"><input name=q autofocus onfocus=hit(30)><button>交</button></form>',
    f'<iframe src="{EVIL}/i"></iframe><iframe srcdoc="<script>parent.parent.hit(31)</script>"></iframe><object data="{EVIL}/o"></object><embed src="{EVIL}/p">',
    f'<video autoplay poster="{EVIL}/v.png"><source src="{EVIL}/v.mp4" onerror=hit(32)></video><audio src="{EVIL}/s.mp3" autoplay></audio>',
    f'<body onload=hit(33) background="{EVIL}/bg.png"><table background="{EVIL}/t.png"><td background="{EVIL}/u.png">表</td></table>',
    '<noscript><p title="</noscript><img src=x onerror=hit(34)>"></noscript><textarea><img title="</textarea><img src onerror=hit(35)>"></textarea>',
    '<xmp><img title="</xmp><img src onerror=hit(36)>"></xmp><details open ontoggle=hit(37)><summary>x</summary></details><marquee onstart=hit(38)>x</marquee>',
    f'<img src="cid:pic@x"><img src="//evil.example.test/h.png"><img src="http:/\\evil.example.test/j.png"><a href="//evil.example.test" ping="{EVIL}/ping">p</a>',
)
PNG = bytes.fromhex(
    "89504e470d0a1a0a0000000d4948445200000001000000010802000000907753de0000000c4944415408d763f8cfc0000003010100c9fe92ef0000000049454e44ae426082"
)


def hostile_mails() -> list[bytes]:
    """The mails, in order of arrival."""
    return [_mail(number) for number in range(max(len(SHORT), len(BODIES)))]


def _mail(number: int) -> bytes:
    short, body = SHORT[number % len(SHORT)], BODIES[number % len(BODIES)]
    mail = EmailMessage()
    mail["From"] = f'"{short.replace(chr(34), chr(39))}" <clerk{number}@jinan.example.test>'
    mail["To"] = "sdsqedu@163.com"
    mail["Date"] = f"Mon, 08 Nov 2021 {10 + number // 6:02}:{number % 6}0:00 +0800"
    mail["Received"] = f"from a by b; Mon, 08 Nov 2021 {10 + number // 6:02}:{number % 6}0:00 +0800"
    mail["Message-ID"] = f"<hostile{number}@jinan.example.test>"
    mail["Subject"] = f"济南市教育局+智慧助老 {short}"
    mail.set_content(f"请查收。\n{short}\nhttps://pan.baidu.com/s/1abcdefghijklmnopqrstu{number:02}?pwd=ab12\n")
    mail.add_alternative(body, subtype="html")
    html = mail.get_payload()[1]  # type: ignore[index]
    html.add_related(PNG, "image", "png", cid="<pic@x>")  # type: ignore[union-attr]
    cells = {
        "title": f"案例{number}{short}", "applicant_unit": f"历下区社区教育学院{short}", "leader": short, "leader_phone": f"0531-8234567{number % 10}",
        "contact": short, "contact_phone": "13853112345", "content": f"一、基本情况\n{short * 3}\n{body[:300]}",
    }
    mail.add_attachment(
        build("case", "template", cells), maintype="application", subtype="octet-stream", filename=f"{short}+典型案例{number}.docx"
    )
    mail.add_attachment(body.encode(), maintype="text", subtype="html", filename=f"../../etc/{short}.html")
    mail.add_attachment(
        f'<svg xmlns="http://www.w3.org/2000/svg" onload="hit(50)"><script>hit(51)</script><image href="{EVIL}/svg.png"/></svg>'.encode(),
        maintype="image", subtype="png", filename=f"照片{number}.png\r\n",
    )
    mail.add_attachment(b"MZ\x90\x00" + b"\x00" * 200 + b"This program cannot be run in DOS mode", maintype="application", subtype="pdf",
                        filename="扫描件\u202efdp.exe")
    return mail.as_bytes()
