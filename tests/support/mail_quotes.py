"""How each client quotes the mail that is answered or passed on: text and HTML, wording as found in real mails."""

from __future__ import annotations

from collections.abc import Callable
from html import escape

from tests.support.mime_pieces import History

Quote = tuple[str, str]  # text, HTML
WEEKDAYS = "一二三四五六日"


def lines_as_html(text: str, tag: str = "div") -> str:
    """Text as a client's editor keeps it: one block a line, blanks as &nbsp;."""
    return "".join(f"<{tag}>{escape(line) or '<br>'}</{tag}>" for line in text.split("\n"))


def _half_day(history: History) -> str:
    hour = history.date.hour
    return f"{'上午' if hour < 12 else '下午'}{hour if hour <= 12 else hour - 12}:{history.date.minute:02d}"


def _day(history: History) -> str:
    return f"{history.date.year}年{history.date.month}月{history.date.day}日"


def _inner(history: History) -> str:
    return history.html if history.html is not None else lines_as_html(history.text)


def _who(history: History, quote: str = '"') -> str:
    name, mailbox = history.sender
    return f"{quote}{name}{quote} <{mailbox}>" if name else mailbox


def qq(history: History, how: str) -> Quote:
    """QQ web: the same head for answers and forwards, blanks between label and value."""
    del how
    head = [
        ("发件人:", f'"{history.sender[0]}" <{history.sender[1]}>;'),
        ("发送时间:", f"{_day(history)}(星期{WEEKDAYS[history.date.weekday()]}) {_half_day(history)}"),
        ("收件人:", f'"{history.to[0]}"<{history.to[1]}>;'),
    ]
    mark = "------------------ 原始邮件 ------------------"
    text = f"\n\n\n{mark}\n" + "\n".join(f"{a}{' ' * 24}{b}" for a, b in head)
    text += f"\n\n主题: {history.subject}\n\n\n\n{history.text}"
    rows = "".join(f"<div><b>{a}</b>&nbsp;{escape(b)}</div>" for a, b in head)
    html = (
        '<div><br></div><div><div><br></div><div><br></div><div style="font-size: 12px;font-family: Arial Narrow;'
        'padding:2px 0 2px 0;">------------------&nbsp;原始邮件&nbsp;------------------</div><div style="font-size: '
        f'12px;background:#efefef;padding:8px;">{rows}<div></div><div><b>主题:</b>&nbsp;{escape(history.subject)}</div>'
        f"</div><div><br></div>{_inner(history)}</div>"
    )
    return text, html


def qq_phone(history: History, how: str) -> Quote:
    """QQ on a phone: short marks."""
    del how
    head = [
        f'发件人："{history.sender[0]}"<{history.sender[1]}>',
        f"发送时间：{_day(history)}(星期{WEEKDAYS[history.date.weekday()]}) {_half_day(history)}",
        f'收件人："{history.to[0]}"<{history.to[1]}>;',
        f"主题：{history.subject}",
    ]
    text = "\n\n---原始邮件---\n" + "\n".join(head) + f"\n\n{history.text}"
    return text, "<br><br>---原始邮件---<br>" + "<br>".join(map(escape, head)) + f"<br><br>{_inner(history)}"


def foxmail(history: History, how: str) -> Quote:
    """Foxmail: a rule, then a block with labels; the same for both."""
    del how
    date = history.date.strftime("%Y-%m-%d %H:%M")
    head = [("发件人", history.sender[0] or history.sender[1]), ("发送时间", date), ("收件人", history.to[0]),
            ("主题", history.subject)]  # fmt: skip
    text = "\n\n\n\nzhangsan@example.cn\n \n" + "\n".join(f"{a}： {b}" for a, b in head) + f"\n{history.text}"
    rows = "".join(f"<div><b>{a}：</b>&nbsp;{escape(b)}</div>" for a, b in head)
    html = (
        '<div><br></div><hr style="width: 210px; height: 1px;" color="#b5c4df" size="1" align="left">'
        '<div><span><div style="MARGIN: 10px; FONT-FAMILY: verdana; FONT-SIZE: 10pt"><div>zhangsan@example.cn</div></div>'
        '</span></div><blockquote style="margin-Top: 0px; margin-Bottom: 0px; margin-Left: 0.5em; margin-Right: inherit">'
        '<div>&nbsp;</div><div style="border:none;border-top:solid #B5C4DF 1.0pt;padding:3.0pt 0cm 0cm 0cm"><div '
        'style="PADDING-RIGHT: 8px; PADDING-LEFT: 8px; FONT-SIZE: 12px;FONT-FAMILY:tahoma;COLOR:#000000; BACKGROUND: '
        f'#efefef; PADDING-BOTTOM: 8px; PADDING-TOP: 8px">{rows}</div></div><div>{_inner(history)}</div></blockquote>'
    )
    return text, html


def foxmail_en(history: History, how: str) -> Quote:
    """Foxmail with an English interface."""
    text, html = foxmail(history, how)
    for chinese, english in (("发件人", "From"), ("发送时间", "Date"), ("收件人", "To"), ("主题", "Subject")):
        text = text.replace(f"\n{chinese}：", f"\n{english}:")
        html = html.replace(f"<b>{chinese}：</b>", f"<b>{english}:</b>")
    return text, html


def netease(history: History, how: str) -> Quote:
    """163/126 web."""
    when = history.date.strftime("%Y-%m-%d %H:%M:%S")
    if how == "forward":
        head = [f'发件人："{history.sender[0]}" <{history.sender[1]}>', f"发送日期：{when}",
                f"收件人：{history.to[0]} <{history.to[1]}>", f"主题：{history.subject}"]  # fmt: skip
        text = "\n\n\n\n-------- 转发邮件信息 --------\n" + "\n".join(head) + f"\n\n{history.text}"
        html = (
            '<br><br><br><div id="isForwardContent"><div>-------- 转发邮件信息 --------<br>'
            + "<br>".join(map(escape, head))
            + f"</div>{_inner(history)}</div>"
        )
        return text, html
    line = f"在 {when}，{_who(history)} 写道："
    text = f"\n\n\n{line}\n\n" + "\n".join(f">{one}" for one in history.text.split("\n"))
    html = (
        '<br><br><br><div style="position:relative;zoom:1"></div><div id="divNeteaseMailCard"></div><p style="margin: 0;">'
        f'{escape(line)}</p><blockquote id="isReplyContent" style="PADDING-LEFT: 1ex; MARGIN: 0px 0px 0px 0.8ex; '
        f'BORDER-LEFT: #ccc 1px solid">{_inner(history)}</blockquote>'
    )
    return text, html


def coremail(history: History, how: str) -> Quote:
    """Coremail of universities."""
    del how
    head = [
        f"发件人:{_who(history)}",
        f"发送时间:{history.date:%Y-%m-%d %H:%M:%S} (星期{WEEKDAYS[history.date.weekday()]})",
        f"收件人: {history.to[1]}",
        "抄送: ",
        f"主题: {history.subject}",
    ]
    text = "\n\n\n-----原始邮件-----\n" + "\n".join(head) + f"\n\n{history.text}"
    html = (
        '<br><br><blockquote name="replyContent" class="ReferenceQuote" style="padding-left:5px;margin-left:5px;'
        'border-left:#b6b6b6 2px solid;margin-right:0;">-----原始邮件-----<br>'
        + "<br>".join(f"<b>{escape(one.split(':')[0])}:</b>{escape(one.partition(':')[2])}" for one in head)
        + f"<br><br>{_inner(history)}</blockquote>"
    )
    return text, html


def outlook(history: History, how: str) -> Quote:
    """Outlook in Chinese; HTML has the rule above a bold block, plain text the dashes."""
    del how
    stamp = f"{_day(history)} {history.date:%H:%M}"
    head = [("发件人", f"{history.sender[0]} [mailto:{history.sender[1]}]"), ("发送时间", stamp),
            ("收件人", f"{history.to[0]} <{history.to[1]}>"), ("主题", history.subject)]  # fmt: skip
    text = "\n\n-----邮件原件-----\n" + "\n".join(f"{a}: {b} " for a, b in head) + f"\n\n{history.text}"
    rows = "<br>".join(f"<b><span lang=EN-US>{a}:</span></b><span> {escape(b)}</span>" for a, b in head)
    html = (
        "<p class=MsoNormal><o:p>&nbsp;</o:p></p><div><div style='border:none;border-top:solid #E1E1E1 1.0pt;padding:3.0pt "
        f"0cm 0cm 0cm'><p class=MsoNormal>{rows}</p></div></div>{_inner(history)}"
    )
    return text, html


def outlook_web(history: History, how: str) -> Quote:
    """Outlook on the web and new Outlook: underscores in plain text."""
    del how
    head = [("发件人", f"{history.sender[0]} <{history.sender[1]}>"), ("发送时间", f"{_day(history)} {history.date:%H:%M}"),
            ("收件人", f"{history.to[0]} <{history.to[1]}>"), ("主题", history.subject)]  # fmt: skip
    text = "\n\n________________________________\n" + "\n".join(f"{a}: {b}" for a, b in head) + f"\n\n{history.text}"
    rows = "<br>".join(f"<b>{a}:</b> {escape(b)}" for a, b in head)
    html = (
        '<div id="appendonsend"></div><hr style="display:inline-block;width:98%" tabindex="-1"><div id="divRplyFwdMsg" '
        f'dir="ltr"><font face="Calibri" style="font-size:11pt">{rows}</font><div>&nbsp;</div></div>{_inner(history)}'
    )
    return text, html


def apple(history: History, how: str) -> Quote:
    """Apple Mail and iPhone."""
    if how == "forward":
        head = [("发件人", f"{history.sender[0]} <{history.sender[1]}>"), ("主题", history.subject),
                ("日期", f"{_day(history)} GMT+8 {_half_day(history)}"), ("收件人", history.to[0])]  # fmt: skip
        text = "\n\n> 下面是被转发的邮件：\n> \n" + "\n".join(f"> {a}: {b}" for a, b in head) + "\n> \n"
        text += "\n".join(f"> {line}" for line in history.text.split("\n"))
        rows = "".join(f"<div><b>{a}: </b>{escape(b)}<br></div>" for a, b in head)
        return text, (
            '<div><br><blockquote type="cite"><div>下面是被转发的邮件：</div><br class="Apple-interchange-newline">'
            f"{rows}<br><div>{_inner(history)}</div></blockquote></div>"
        )
    line = f"{_day(history)} {_half_day(history)}，{history.sender[0]} <{history.sender[1]}> 写道："
    text = f"\n\n> {line}\n> \n" + "\n".join(f"> {one}" for one in history.text.split("\n"))
    html = (
        f'<div><br><blockquote type="cite"><div>{escape(line)}</div><br class="Apple-interchange-newline">'
        f"<div>{_inner(history)}</div></blockquote></div>"
    )
    return text, html


def thunderbird(history: History, how: str) -> Quote:
    """Thunderbird in Chinese."""
    if how == "forward":
        head = [("主题", history.subject), ("日期", f"{history.date:%a, %d %b %Y %H:%M:%S +0800}"),
                ("发件人", f"{history.sender[0]} <{history.sender[1]}>"), ("收件人", history.to[1])]  # fmt: skip
        text = (
            "\n\n\n-------- 转发的消息 --------\n"
            + "\n".join(f"{a}: \t{b}" for a, b in head)
            + f"\n\n\n\n{history.text}"
        )
        rows = "".join(f'<tr><th nowrap="nowrap">{a}: </th><td>{escape(b)}</td></tr>' for a, b in head)
        html = (
            '<p><br></p><div class="moz-forward-container"><br><br>-------- 转发的消息 --------<table class="'
            f'moz-email-headers-table"><tbody>{rows}</tbody></table><br><br>{_inner(history)}</div>'
        )
        return text, html
    line = f"在 {history.date:%Y/%m/%d %H:%M}, {history.sender[0] or history.sender[1]} 写道:"
    text = f"\n\n{line}\n" + "\n".join(f"> {one}" for one in history.text.split("\n"))
    html = (
        f'<p><br></p><div class="moz-cite-prefix">{escape(line)}<br></div><blockquote type="cite" '
        f'cite="mid:abc@163.com">{_inner(history)}</blockquote>'
    )
    return text, html


def mailmaster(history: History, how: str) -> Quote:
    """NetEase Mail Master: a table of labels, bars in plain text."""
    mark = "---- 转发的原邮件 ----" if how == "forward" else "---- 回复的原邮件 ----"
    head = [("发件人", f"{history.sender[0]}<{history.sender[1]}>"), ("发送日期", f"{_day(history)} {history.date:%H:%M}"),
            ("收件人", f"{history.to[0]}<{history.to[1]}>"), ("主题", history.subject)]  # fmt: skip
    text = f"\n\n\n{mark}\n" + "\n".join(f"| {a} | {b} |" for a, b in head) + f"\n{history.text}"
    rows = "".join(f'<tr><td style="width:60px">{a}</td><td><span>{escape(b)}</span></td></tr>' for a, b in head)
    html = (
        f'<div class="ntes-mailmaster-quote" style="padding-top: 1px; padding-bottom: 1px"><div>{mark}</div><table '
        f'width="100%">{rows}</table></div><div>{_inner(history)}</div>'
    )
    return text, html


def gmail(history: History, how: str) -> Quote:
    """Gmail in Chinese."""
    who = f"{history.sender[0]} <{history.sender[1]}>"
    if how == "forward":
        head = [f"发件人： {who}", f"Date: {_day(history)}周{WEEKDAYS[history.date.weekday()]} {_half_day(history)}",
                f"Subject: {history.subject}", f"To: {history.to[0]} <{history.to[1]}>"]  # fmt: skip
        text = "\n\n---------- Forwarded message ---------\n" + "\n".join(head) + f"\n\n\n{history.text}"
        return text, (
            '<br><br><div class="gmail_quote"><div dir="ltr" class="gmail_attr">---------- Forwarded message ---------<br>'
            + "<br>".join(map(escape, head))
            + f"<br></div><br><br>{_inner(history)}</div>"
        )
    line = f"{who} 于{_day(history)}周{WEEKDAYS[history.date.weekday()]} {history.date:%H:%M}写道："
    text = f"\n\n{line}\n\n" + "\n".join(f"> {one}" for one in history.text.split("\n"))
    return text, (
        f'<br><div class="gmail_quote"><div dir="ltr" class="gmail_attr">{escape(line)}<br></div><blockquote class='
        f'"gmail_quote" style="margin:0px 0px 0px 0.8ex;border-left:1px solid rgb(204,204,204);padding-left:1ex">'
        f"{_inner(history)}</blockquote></div>"
    )


def alimail(history: History, how: str) -> Quote:
    """Aliyun and DingTalk mail: one long rule, labels with wide blanks."""
    del how
    head = [f"发件人：{history.sender[0]} <{history.sender[1]}>",
            f"发送时间：{_day(history)}(星期{WEEKDAYS[history.date.weekday()]}) {history.date:%H:%M}",
            f"收件人：{history.to[0]} <{history.to[1]}>", f"主　题：{history.subject}"]  # fmt: skip
    rule = "-" * 66
    text = f"\n\n\n{rule}\n" + "\n".join(head) + f"\n\n{history.text}"
    html = f'<div><br></div><blockquote style="margin-right:.0px;margin-top:.0px"><div>{rule}</div>'
    html += "".join(f"<div>{escape(one)}</div>" for one in head) + f"<div><br></div>{_inner(history)}</blockquote>"
    return text, html


def richmail(history: History, how: str) -> Quote:
    """139 (China Mobile)."""
    del how
    head = [f"发件人：{_who(history)}", f"收 件 人：{history.to[1]}", "抄 送：", f"发送时间：{history.date:%Y-%m-%d %H:%M:%S}",
            f"主题：{history.subject}"]  # fmt: skip
    text = "\n\n----邮件原文----\n" + "\n".join(head) + f"\n\n{history.text}"
    return text, '<div id="signContainer"></div><div id="reply139content"><br>----邮件原文----<br>' + "<br>".join(
        f"<b>{escape(one)}</b>" for one in head
    ) + f"<br><br>{_inner(history)}</div>"


def sina(history: History, how: str) -> Quote:
    """Sina web."""
    del how
    head = [f"发件人：{history.sender[0]} <{history.sender[1]}>", f"收件人：{history.to[1]}", f"主题：{history.subject}",
            f"日期：{history.date:%Y年%m月%d日 %H点%M分}"]  # fmt: skip
    text = "\n\n----- 原始邮件 -----\n" + "\n".join(head) + f"\n\n{history.text}"
    return text, '<div id="origbody"><div style="background: #f2f2f2;">----- 原始邮件 -----<br>' + "<br>".join(
        map(escape, head)
    ) + f"</div><br>{_inner(history)}</div>"


QUOTES: dict[str, Callable[[History, str], Quote]] = {
    "qq": qq,
    "qq-phone": qq_phone,
    "foxmail": foxmail,
    "foxmail-en": foxmail_en,
    "netease": netease,
    "coremail": coremail,
    "outlook": outlook,
    "outlook-web": outlook_web,
    "apple": apple,
    "thunderbird": thunderbird,
    "mailmaster": mailmaster,
    "gmail": gmail,
    "alimail": alimail,
    "139": richmail,
    "sina": sina,
}
