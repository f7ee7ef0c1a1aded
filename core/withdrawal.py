"""Does a person ask to take back what they sent, or no longer apply? Such a letter is for staff, whatever else is in it. Pure.

A mail system's notice that a mail was recalled is no such letter; `core.kind` tells the two apart.
"""

from __future__ import annotations

import re

from core.facts import MessageFacts
from core.subject import bare_subject, is_reply
from core.topic import plain

TAKEN_BACK = "来信要求撤回、作废此前报送的材料或不再申报，请人工处理并答复。"
_TEXT, _SHORT = 20_000, 200
_NEAR = r"[^。;!?\n]{0,24}?"
_WHAT = r"(?:报送|申报|推荐|推介|参评|材料|案例|项目|课程|《[^》\n]{1,60}》)"
_BACK = r"(?:撤回|撤销|撤消|撤下|撤稿|撤走|作废)"
_ASKS_BACK = re.compile(
    rf"{_BACK}{_NEAR}{_WHAT}|{_WHAT}{_NEAR}{_BACK}|"
    rf"(?:取消|放弃|退出|不再|停止|终止)(?:参加|参与)?[^。;!?\n]{{0,12}}?(?:申报|报送|参评|评选|推介|推荐)"
)


_INSTEAD = re.compile(r"(?:以|按)[^。;!?\n]{0,16}为准|(?<!后)(?<!再)重新(?:报送|发送|上传|提交)|重发|替换|更换|换成|现报送|改为")
"""Words with which something else comes in its place: no withdrawal, where the mail brings it."""


def asks_back(facts: MessageFacts) -> bool:
    """Whether subject or text say that something sent is to be taken back."""
    text = f"{facts.text}\n{facts.quoted}" if facts.forwarded else facts.text
    whole = plain(text[:_TEXT])
    if is_reply(facts.envelope.subject) and len(whole) < _SHORT and re.search(_BACK, whole):
        return True  # what is taken back, the thread says
    return bool(_ASKS_BACK.search(bare_subject(facts.envelope.subject)) or _ASKS_BACK.search(whole))


def takes_back(facts: MessageFacts) -> bool:
    """Whether the mail asks that, and brings nothing in place of it: no filled form, no share link, no file said to be it."""
    if not asks_back(facts):
        return False
    forms = [form for part in facts.parts for form in (part.form, *part.forms) if form is not None]
    if any(form.category is not None and not form.blank for form in forms):
        return False
    if any(link.provider != "web" and (facts.forwarded or not link.quoted) for link in facts.links):
        return False
    files = any(not part.inline for part in facts.parts)
    return not (files and _INSTEAD.search(plain(facts.text[:_TEXT])))
