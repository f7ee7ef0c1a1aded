"""Every way of writing a link and its code that was met or can be thought of: text -> (share id, code) in order."""

from __future__ import annotations

import pytest

from parsers.links import find_links

A, B, C = "1QvwfHXf0r-hfBEDkFR3tbp", "1WDyeKyQE2VfpFcvg0t_dXN", "1tCjxL4Fc2ZyjRFZBC98NBh"
a, b, c = (f"https://pan.baidu.com/s/{share}" for share in (A, B, C))

CASES: list[tuple[str, list[tuple[str, str | None]]]] = [
    (f"提取码：ab12\n{a}\n提取码：cd34\n{b}", [(A, "ab12"), (B, "cd34")]),
    (f"{a}\n{b}\n{c}\n提取码：ab12\n提取码：cd34\n提取码：ef56", [(A, "ab12"), (B, "cd34"), (C, "ef56")]),
    (f"链接1：{a}\n链接2：{b}\n提取码1：ab12\n提取码2：cd34", [(A, "ab12"), (B, "cd34")]),
    (f"1、{a}\n2、{b}\n提取码分别为：ab12、cd34", [(A, "ab12"), (B, "cd34")]),
    (f"1、{a}\n2、{b}\n提取码分别是ab12和cd34", [(A, "ab12"), (B, "cd34")]),
    (f"{a}\n{b}\n提取码均为：1137", [(A, "1137"), (B, "1137")]),
    (f"以下链接提取码都是1137\n{a}\n{b}", [(A, "1137"), (B, "1137")]),
    (f"[Flickr30K]({a}) and [MSCOCO]({b}), the extraction code is: USTC.", [(A, "USTC"), (B, "USTC")]),
    (f"链接：{a} 提取码：见附件", [(A, None)]),
    (f"链接：{a} 密码为1234567", [(A, None)]),
    (f"链接：{a}\n提取码：ab12\n解压密码：8888", [(A, "ab12")]),
    (f"链接：{a}\n解压密码：8888", [(A, None)]),
    (f"链接：{a}\n解压缩密码是 8888", [(A, None)]),
    (f"链接：{a} 解压码: 8888", [(A, None)]),
    (f"链接：{a} 电话：0531-1234", [(A, None)]),
    (f"链接：{a} 联系电话 1380 1234567", [(A, None)]),
    (f"{a} （提取码区分大小写）：aB1d", [(A, "aB1d")]),
    (f"{a}--来自百度网盘超级会员v4的分享", [(A, None)]),
    (f"{a}?pwd=ab12--来自百度网盘超级会员v4的分享", [(A, "ab12")]),
    (f"链接：{a} 提取码：ab12--来自百度网盘超级会员v4的分享", [(A, "ab12")]),
    (f"链接：{a}提取码：ab12复制这段内容后打开", [(A, "ab12")]),
    ("链接：ｈｔｔｐｓ：／／ｐａｎ．ｂａｉｄｕ．ｃｏｍ／ｓ／１dGKK4vc 提取码：ａｂ１２", [("1dGKK4vc", "ab12")]),
    (f"链接：https://pan.baidu。com/s/{A} 提取码：ab12", [(A, "ab12")]),
    (f"链接：pan点baidu点com/s/{A} 提取码：ab12", [(A, "ab12")]),
    (f"pan.baidu.com/s/{A[:10]}\u200b{A[10:]} 提取码\u00a0ab12", [(A, "ab12")]),
    (f"链接: https://pan.baidu.com/s/{A[:12]}\n{A[12:]} 提取码: ab12", [(A, "ab12")]),
    (f"链接: https://pan.baidu.com/s/{A}?pw\nd=ab12 提取码: ab12", [(A, "ab12")]),
    (f"链接: https://pan.baidu.com/s/{A}?pwd=\nab12 提取码: ab12", [(A, "ab12")]),
    (f"链接: https://pan.baidu.com/s/{A}\n?pwd=ab12", [(A, "ab12")]),
    (f"链接: https://pan.baidu.com/s/{A}&pwd=ab12", [(A, "ab12")]),
    (f"链接: https://pan.baidu.com/s/{A}?_at_=1657878872095&pwd=ab12", [(A, "ab12")]),
    (f"链接: https://pan.baidu.com/s/{A}?from=init&amp;pwd=ab12", [(A, "ab12")]),
    (f"链接: https://pan.baidu.com/s/{A}？pwd=ab12", [(A, "ab12")]),
    (f"HTTPS://PAN.BAIDU.COM/s/{A} 提取码 ab12", [(A, "ab12")]),
    (f"{a}#list/path=%2F&parentPath=%2F&pwd=ab12", [(A, "ab12")]),
    (f"https://pan.baidu.com/wap/init?surl={A[1:]} 密码：z5ld", [(A, "z5ld")]),
    (f"https://link.zhihu.com/?target=https%3A//pan.baidu.com/s/{A}%3Fpwd%3Dab12", [(A, "ab12")]),
    (
        f"https://mail.qq.com/cgi-bin/readtemplate?t=safety&check=false&gourl=https%3A%2F%2Fpan.baidu.com%2Fs%2F{A}&subtemplate=gray 提取码：ab12",
        [(A, "ab12")],
    ),
    (f"夸克：https://pan.quark.cn/s/2196a91bc124 提取码：xy12 \n百度：{a} 提取码：ab12", [(A, "ab12")]),
    (f"百度：{a}\n夸克：https://pan.quark.cn/s/2196a91bc124 提取码：xy12", [(A, None)]),
    (
        f"| 名称 | 链接 | 提取码 |\n|--|--|--|\n| 甲 | {a} | abcd |\n| 乙 | [下载]({b}) | quma |",
        [(A, "abcd"), (B, "quma")],
    ),
    (
        f"| 名称 | 提取码 | 链接 |\n|--|--|--|\n| 甲 | abcd | {a} |\n| 乙 | quma | [下载]({b}) |",
        [(A, "abcd"), (B, "quma")],
    ),
    (f"[Baidu Netdisk (sbqn) ]({a} )", [(A, "sbqn")]),
    (f'| <a href="{a}">x</a>\n更正：提取码应为ab12', [(A, "ab12")]),
    (f"{a}?pwd=zz99 \n更正：正确的提取码：ab12", [(A, "ab12")]),
    (f"{a}?pwd=zz99 提取码：ab12", [(A, "zz99")]),
    (f"课程视频（百度网盘：{a}，提取码ab12）已上传", [(A, "ab12")]),
    (f"课程视频提取码为“ab12”，链接为{a}。", [(A, "ab12")]),
    (f"链接:{a}\n提取码：\nab12", [(A, "ab12")]),
    (f"链接:{a}\n提 取 码：ab12", [(A, "ab12")]),
    (f"链接:{a}\n提取码： a b 1 2", [(A, "ab12")]),
    (f"用户名：test 密码：1234 网盘 {a}", [(A, None)]),
    (f"{a}\n腾讯会议密码：1234", [(A, None)]),
    (f"{a}\n验证码：1234", [(A, "1234")]),
    ("pan.baidu.com/disk/home 提取码：ab12", []),
    (f"看 {a}... 和 https://pan.baidu.com/s/1QvwfH... ", [(A, None)]),
    (f"{a}\n密码：8o8k\n\n{b}\n密码：ihhv", [(A, "8o8k"), (B, "ihhv")]),
    (f"课程一 提取码：ab12\n{a}\n\n课程二 提取码：cd34\n{b}\n", [(A, "ab12"), (B, "cd34")]),
    (f"课程一：{a}\n课程二：{b} 提取码：cd34", [(A, None), (B, "cd34")]),
    (f"{a},ab12\n{b},cd34", [(A, "ab12"), (B, "cd34")]),
    (f"{a}----ab12\n{b}----qwer", [(A, "ab12"), (B, "qwer")]),
    (f"('x','{a}','ab12'),('y','{b}','abcd')", [(A, "ab12"), (B, "abcd")]),
    (f'{{"url":"{a}","pwd":"ab12"}}', [(A, "ab12")]),
    (f'{{"pwd":"ab12","url":"{a}"}},{{"pwd":"cd34","url":"{b}"}}', [(A, "ab12"), (B, "cd34")]),
    (f"url: {a}\npassword: ab12\n", [(A, "ab12")]),
    (f"You can download it here {a} this is the code", [(A, None)]),
    (f"{a} Download code here", [(A, None)]),
    (f"{a} (password: none)", [(A, None)]),
    (f"{a} пароль: ab12", [(A, "ab12")]),
    (f"{a} 비밀번호: ab12", [(A, "ab12")]),
    (f"{a} パスワード：ab12", [(A, "ab12")]),
    (f"{a} contraseña: ab12", [(A, "ab12")]),
    (f"{a} with the code `ab12`", [(A, "ab12")]),
    (f"{a} Passcode ab12", [(A, "ab12")]),
    (f"链接：/s/{A} 百度网盘 提取码 ab12", [(A, "ab12")]),
    (f"百度网盘 /s/{A} 提取码 ab12", [(A, "ab12")]),
    (f"https://pan.baidu.com/share/init?surl={A} 密码 ab12", [(A, "ab12")]),
    (f"<td>{a}</td>\n<td>ab12</td>", [(A, "ab12")]),
    (f"{a} - ab12", [(A, "ab12")]),
    (f"{a} 30MB", [(A, None)]),
    (f"{a} 2021", [(A, None)]),
    (f"{a} 2021年", [(A, None)]),
    (f"{a}\n2021-11-10", [(A, None)]),
    (f"{a}\n1234\n", [(A, None)]),
    (f"链接：{a} 提取码：ab12\n链接：{a} 提取码：ab12", [(A, "ab12")]),
    (f"第一课 {a} 提取码 ab12；第二课 {b} 提取码 cd34。", [(A, "ab12"), (B, "cd34")]),
    (f"第一课（提取码ab12）{a}；第二课（提取码cd34）{b}。", [(A, "ab12"), (B, "cd34")]),
    (f"> {a} \n> 提取码：ab12", [(A, "ab12")]),
    (f"链接：{a} 提取码：ab12 密码：1234", [(A, "ab12")]),
    (f"链接：{a} 密码：1234 提取码：ab12", [(A, "ab12")]),
    (f"{a} 提取码ab12，有效期7天", [(A, "ab12")]),
    (f"{a} 提取码:ab12.", [(A, "ab12")]),
    (f"{a} 提取码：【ab12】", [(A, "ab12")]),
    (f"{a} pwd=ab12", [(A, "ab12")]),
    (f"{a} code=ab12", [(A, "ab12")]),
    (f"{a} #ab12", [(A, "ab12")]),
    (f"{a}#ab12", [(A, "ab12")]),
    (f"[url={a}]{a}[/url] 提取码：[b][color=Red]ab12[/color][/b]", [(A, "ab12")]),
    (f"https://pan.baidu.com/s/{A[:9]}删掉中文{A[9:]} 提取码：ab12", [(A, "ab12")]),
    (f"\\u94fe\\u63a5\\uff1ahttps:\\/\\/pan.baidu.com\\/s\\/{A}\\n\\u63d0\\u53d6\\u7801\\uff1aab12", [(A, "ab12")]),
    (f"[[Baidu NetDisk(oc33)]]({a}) to", [(A, "oc33")]),
    (f"[Baidu]({a}) aq4i | [Google](https://drive.google.com/file/d/1pVq/view?u)", [(A, "aq4i")]),
    (f"> 链接：{a} \\n提取码：ab12", [(A, "ab12")]),
    # Ids that end in a word which, standing alone before a label, would mean something.
    *(
        (f"https://pan.baidu.com/s/1QvwfHXf0r-hfBEDkF{tail} {label}ab12", [(f"1QvwfHXf0r-hfBEDkF{tail}", "ab12")])
        for tail in ("RR115", "RRRUC", "RR123", "-UC12", "_rar1", "R_zip", "uquar", "-user", "baidu", "_123_")
        for label in ("提取码：", "密码:", "code: ", "pwd ")
    ),
]


@pytest.mark.parametrize(("text", "expected"), CASES)
def test_link_with_its_code(text: str, expected: list[tuple[str, str | None]]) -> None:
    found = [(link.url.rsplit("/", 1)[1], link.code) for link in find_links(text) if link.provider == "baidu"]
    assert found == expected


@pytest.mark.parametrize(("text", "expected"), CASES)
def test_same_inside_a_long_letter(text: str, expected: list[tuple[str, str | None]]) -> None:
    """What stands far away from a link changes nothing about it."""
    filler = "各位老师：现将我市材料报送如下，请审阅。联系人张三，电话0531-81234567，邮编250001。\n" * 200
    found = [
        (link.url.rsplit("/", 1)[1], link.code)
        for link in find_links(f"{filler}\n\n{text}\n\n{filler}")
        if link.provider == "baidu"
    ]
    assert found == expected
