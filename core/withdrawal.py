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

_NOT_MEANT = re.compile(
    r"(?<![例比诸譬])如(?![题上下前实期约数])|若|倘|视为|视同|否则|一经|逾期|"  # what would happen
    # What courses teach:
    r"(?:消息|信息|微信|红包|转账|照片)[^,，]{0,4}撤[回销]|撤[回销][^,，]{0,6}(?:消息|信息|微信|转账|订单)|涵盖|讲解|演示|学会|教会|教老|"
    r"(?:不再|取消|停止)[^,，]{0,8}(?:为|因|怕|愁|担心|受理|线下|纸质|纸版|另行|单独|其[他它])"
)
"""Sentences with such words beside material take nothing back: how the papers go, what the case is about."""


def asks_back(facts: MessageFacts) -> bool:
    """Whether subject or text say that something sent is to be taken back. Beside files of its own a mail must say so plainly;
    without any it is for a person in any case."""
    text = f"{facts.text}\n{facts.quoted}" if facts.forwarded else facts.text
    whole = plain(text[:_TEXT])
    if is_reply(facts.envelope.subject) and len(whole) < _SHORT and re.search(_BACK, whole):
        return True  # what is taken back, the thread says
    if _ASKS_BACK.search(bare_subject(facts.envelope.subject)):
        return True
    files = [plain(part.name) for part in facts.parts if not part.inline]
    loose = not files or any(re.search(_BACK, name) for name in files)
    return any(loose or not _NOT_MEANT.search(_sentence(whole, found)) for found in _ASKS_BACK.finditer(whole))


def _sentence(whole: str, found: re.Match[str]) -> str:
    """The sentence that the hit is in, up to a few characters behind it."""
    return re.split(r"[。;!?\n]", whole[: found.start()])[-1] + re.split(r"[。;!?\n]", whole[found.start() : found.end() + 8])[0]


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
