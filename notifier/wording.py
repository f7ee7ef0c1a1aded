"""The sentences of the letters, once, for the text and the HTML version alike.

A campaign may put its own sentence in place of any of them (`[wording]` in the campaign's file, same keys). Names in
braces are filled in; which ones may be used is `PLACES`. Words of one campaign must not stand here.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Mapping
from datetime import date, datetime

from core.campaign import SHANGHAI
from core.facts import EMPTY

PHRASES: Mapping[str, str] = {
    # Titles, and the short mark beside them
    "receipt_title": "材料接收回执",
    "correction_title": "材料补正通知",
    "reminder_title": "材料报送提示",
    "link_dead_title": "链接复核提示",
    "free_title": "有关情况告知",
    "receipt_badge": "已登记",
    "checking_badge": "已登记，待核验",
    "correction_badge": "需补正{count}处",
    "words_badge": "需补充说明",
    "reminder_badge": "请留意报送时间",
    "reminder_badge_open": "尚有{count}处待补正",
    "link_dead_badge": "请更新链接",
    # Salutation and opening
    "salutation_unit": "{unit}：",
    "salutation": "尊敬的老师：",
    "receipt_opening": "您好。贵单位报送的{campaign}材料已收悉，并完成登记。感谢贵单位对此项工作的支持，现将登记情况反馈如下，请予核对。",
    "checking_opening": (
        "您好。贵单位报送的{campaign}材料已收悉并登记，将按程序核验。感谢贵单位对此项工作的支持，现将收到的材料列明如下，请予核对。"
    ),
    "correction_opening": (
        "您好。贵单位报送的{campaign}材料已收悉，感谢贵单位对此项工作的支持。"
        "经核对，有{count}处需要补充或更正，现将有关情况反馈如下，烦请{by}补正。"
    ),
    "correction_opening_mail": (
        "您好。贵单位关于{campaign}的来信已收悉，感谢贵单位对此项工作的支持。"
        "经核对，有{count}处需要补充或更正，现将有关情况反馈如下，烦请{by}补正。"
    ),
    "words_opening": (
        "您好。贵单位报送的{campaign}材料已收悉，感谢贵单位对此项工作的支持。"
        "经核对，有关内容还需补充或更正，现告知如下，烦请{by}补正。"
    ),
    "words_opening_mail": (
        "您好。贵单位关于{campaign}的来信已收悉，感谢贵单位对此项工作的支持。"
        "经核对，有关内容还需补充或更正，现告知如下，烦请{by}补正。"
    ),
    "reminder_opening": (
        "您好。感谢贵单位对{campaign}工作的支持。{batch}材料报送的截止日期为{deadline}，"
        "截至目前我们尚未收到贵单位的报送材料，谨此提示，烦请留意报送时间。"
    ),
    "reminder_opening_undated": (
        "您好。感谢贵单位对{campaign}工作的支持。截至目前我们尚未收到贵单位的报送材料，谨此提示，烦请留意报送时间。"
    ),
    "reminder_exempt": "如贵单位已经报送，或近期暂无报送计划，则无需回复本提示。",
    "reminder_opening_open": (
        "您好。感谢贵单位对{campaign}工作的支持。贵单位此前报送的材料尚有{count}处有待补正，"
        "现再次列明如下，烦请{by}补正。如已补正，则无需回复本提示。"
    ),
    "link_dead_opening": (
        "您好。感谢贵单位对{campaign}工作的支持。近日复核已登记材料所附链接时，"
        "发现有{count}处需要贵单位协助核实，现将有关情况告知如下，烦请及时更新。"
    ),
    "free_opening": "您好。感谢贵单位对{campaign}工作的支持，现将有关情况告知如下。",
    "late": "本次材料收到时，前一批次的报送已经截止，按工作安排计入{batch}。",
    "late_no_batch": "本次材料收到时，相应批次的报送已经截止，现已登记备查。",
    "checking_promise": "本回执仅说明收件情况。材料核验后如需补充，我们将另行与贵单位联系。",
    # Facts
    "receipt_number": "回执编号",
    "subject_received": "来信主题",
    "no_subject": "（未填写）",
    "received_at": "收到时间",
    "batch": "计入批次",
    "batch_reported": "报送批次",
    "batch_deadline": "{batch}（截止日期：{deadline}）",
    "correct_by": "补正截止",
    "report_by": "报送截止",
    "by_day": "{deadline}（含当日）",
    "companions": "一并答复",
    "right_subject": "规范主题",
    # Sections
    "problems_heading": "需要补正的事项（共{count}处）",
    "problems_heading_open": "尚待补正的事项（共{count}处）",
    "problems_heading_links": "需要核实的链接（共{count}处）",
    "general_group": "来信情况",
    "general_group_subject": "邮件主题",
    "items_heading": "已收到的材料（共{items}件）",
    "fine_heading": "已登记、无需重新报送的材料",
    "fine_heading_checking": "已登记、目前无需重新报送的材料",
    "format_heading": "规范主题与文件名称",
    "format_heading_subject": "规范邮件主题",
    "format_lead": "补正时请使用以下名称（可直接复制）：",
    "format_lead_report": "报送时请使用以下名称（可直接复制）：",
    "format_lead_placeholder": "请按以下格式命名，其中“{placeholder}”请换为贵单位全称：",
    "blank_heading": "空白表格",
    "blank_lead": "随信附上空白表格，供填报时使用：",
    "blank_point": "{file}",
    "how_heading": "补正方式",
    "how_heading_report": "报送方式",
    "paper_heading": "纸质材料邮寄",
    "paper_lead": "{paper}请邮寄至以下地址，邮件封面上请注明报送单位{receipt_hint}：",
    "paper_receipt_hint": "和回执编号{receipt}",
    "paper_address": "邮寄地址",
    "paper_recipient": "收件联系人",
    "notes_heading": "温馨提示",
    "notes_lead": "以下事项供参考，不需要因此重新报送：",
    "notes_lead_correction": "以下事项不作硬性要求，可在补正时一并完善：",
    # Rows of an item
    "item_unnamed": "报送材料",
    "applicant_unit": "{unit_word}",
    "word_form": "Word版{form_word}",
    "stamped_scan": "盖章扫描件",
    "received_file": "已收到（{file}）",
    "received_files": "已收到{number}个文件（{file}）",
    "not_received": "未收到",
    "seal": "印章",
    "seal_present": "已加盖",
    "seal_absent": "未见印章",
    "share_link": "{share}链接",
    "web_link": "网络地址",
    "large_file_link": "超大附件链接",
    "link_tail": "尾号{tail}",
    "link_ok_code": "可以打开，提取码{code}有效",
    "link_ok": "可以打开",
    "link_code_missing": "已收到，未见提取码",
    "link_code_wrong": "已收到，提取码{code}未能打开",
    "link_dead": "已收到，目前无法打开",
    "link_expired": "已收到，分享已过期",
    "link_not_permanent": "已收到，分享时间不是永久有效",
    "link_registered_code": "已登记，提取码{code}",
    "link_registered": "已登记",
    "paper": "纸质材料",
    "paper_row": "请按下文地址邮寄",
    "fine_all": "{item}：材料齐全",
    "fine_checking": "{item}：已登记，将按程序核验",
    "fine_word": "{item}：Word版{form_word}",
    "fine_scan": "{item}：盖章扫描件",
    "fine_both": "{item}：Word版{form_word}、盖章扫描件",
    # Copyable names
    "mail_subject": "邮件主题",
    "file_names": "附件名称",
    # How to answer
    "how_reply_subject": "请直接回复本邮件，邮件主题写为“{subject}”，并附上补正后的材料。",
    "how_reply": "请直接回复本邮件，保留原有主题，并附上补正后的材料。",
    "how_reply_format": "请直接回复本邮件，邮件主题请按上列格式填写，并附上补正后的材料。",
    "how_reply_only_format": "请直接回复本邮件，将邮件主题按上列格式填写即可，已登记的材料不必再次附上。",
    "how_reply_only_subject": "请直接回复本邮件，将邮件主题改为“{subject}”即可，已登记的材料不必再次附上。",
    "how_receipt": "回复时请保留本信内容；如另写新邮件，请在正文中注明回执编号{receipt}，以便与已收到的材料合并登记。",
    "how_keep": "回复时请保留本信内容，以便与已收到的材料合并登记。",
    "how_deadline": "补正材料请于{deadline}前（含当日）发送。",
    "how_next_batch": "逾期收到的材料将计入{next_batch}。",
    "how_report": "请将材料发送至报送邮箱{mailbox}，邮件主题写为“{subject}”。",
    "how_report_format": "请将材料发送至报送邮箱{mailbox}，邮件主题请按上列格式填写。",
    "how_report_no_subject": "请将材料发送至报送邮箱{mailbox}。",
    "how_report_reply": "请直接回复本邮件报送材料。",
    "how_report_reply_subject": "请直接回复本邮件报送材料，邮件主题写为“{subject}”。",
    "how_link_subject": "请直接回复本邮件，邮件主题写为“{subject}”，正文中写明有效的链接与提取码；分享时间请设置为永久有效。",
    "how_link": "请直接回复本邮件，保留原有主题，正文中写明有效的链接与提取码；分享时间请设置为永久有效。",
    # Closing
    "contact": "如有疑问，请致电{phone}（联系人：{contact}）。",
    "contact_phone": "如有疑问，请致电{phone}。",
    "contact_reply": "如有疑问，请直接回复本邮件。",
    "closing_receipt": "特此告知，感谢贵单位的支持。",
    "closing": "特此告知，感谢贵单位的支持与配合。",
    "supplement": "如需补充或更新材料，请直接回复本邮件；另写新邮件时，请在正文中注明回执编号{receipt}。",
    "problem_unworded": "该项材料需要进一步核对，烦请与我们联系",
    # Subjects of letters that answer no mail
    "reply_prefix": "回复：",
    "reminder_subject": "关于报送{campaign}材料的提示",
    "link_dead_subject": "关于更新{campaign}材料链接的提示",
    "free_subject": "关于{campaign}材料报送的有关情况",
    "answer_subject": "{campaign}材料",
}

PLACES = frozenset(
    {
        "unit", "campaign", "topic", "office", "phone", "contact", "address", "mailbox", "share", "batch", "deadline",
        "receipt", "subject", "count", "items", "by", "form", "file", "number", "item", "tail", "code", "paper",
        "receipt_hint", "next_batch", "placeholder", "form_word", "unit_word",
    }
)
_PLACE = re.compile(r"\{(\w*)\}")
_REPLY = re.compile(r"\s*(?:re|回复|回覆|答复|答覆|回信)\s*[:：]\s*", re.IGNORECASE)
_DIGITS = "零一二三四五六七八九"


class Wording:
    """The campaign's sentences with the letter's own values to fill in. Unknown names in braces come out empty rather
    than as braces in an official letter; `wording_problems` finds them before a campaign goes live."""

    def __init__(self, overrides: Mapping[str, str], values: Mapping[str, str]) -> None:
        self._phrases = {**PHRASES, **{key: text for key, text in overrides.items() if key in PHRASES}}
        self._values = dict(values)

    def __call__(self, key: str, **more: str) -> str:
        """The sentence `key`, filled in. Raises KeyError for a key that is none."""
        values = {**self._values, **more}
        return _PLACE.sub(lambda match: values.get(match.group(1), ""), self._phrases[key])


COMMON = frozenset(
    {"unit", "campaign", "topic", "office", "phone", "contact", "address", "mailbox", "share", "batch", "deadline", "receipt",
     "subject", "count", "items", "by"}
)  # fmt: skip
"""Names that are filled in wherever they stand; the others only in the sentences that hold them here."""
NEEDED = frozenset({"receipt", "subject", "mailbox", "address", "file", "item", "placeholder", "deadline", "next_batch", "tail"})
"""What a sentence of the office's own must not lose where the built-in one has it: a letter without it misleads."""
_LONGEST = 600
_MAY_BE_EMPTY = frozenset({"reminder_exempt", "closing", "closing_receipt", "notes_lead", "notes_lead_correction", "supplement"})


def places_of(text: str) -> frozenset[str]:
    """The names in braces of a sentence."""
    return frozenset(_PLACE.findall(text))


def unknown_key(key: str) -> str:
    """What is wrong with the name of a sentence; empty if it exists."""
    if key in PHRASES:
        return ""
    close = difflib.get_close_matches(key, PHRASES, n=1)
    return f"没有名为“{key}”的用语" + (f"，您是否想写“{close[0]}”？" if close else "，请对照样本检查名称。")


def sentence_problem(key: str, text: object, campaign: Mapping[str, str] = EMPTY) -> str:
    """What is wrong with a sentence of the office's own for `key`, which exists; empty if nothing. `campaign`: the
    campaign's own sentences, which it takes the place of."""
    if not isinstance(text, str):
        return f"用语“{key}”应为一句文字，请加英文引号。"
    if not text.strip() and key not in _MAY_BE_EMPTY:
        return f"用语“{key}”不能为空。"
    if any(c < " " or c in "\x7f\x85\u2028\u2029" for c in text):
        return f"用语“{key}”不能换行，也不能有控制字符。"
    if len(text) > _LONGEST:
        return f"用语“{key}”过长（{len(text)}字），请控制在{_LONGEST}字以内。"
    built_in = campaign.get(key, PHRASES[key])
    own, allowed = set(_PLACE.findall(text)), COMMON | set(_PLACE.findall(PHRASES[key]))
    wrong = sorted(own - allowed)
    if wrong or re.search(r"[{}]", _PLACE.sub("", text)):
        named = "、".join(f"{{{name}}}" for name in wrong) or "不成对的花括号"
        return f"用语“{key}”中的{named}无法识别，可用的有：{'、'.join(f'{{{name}}}' for name in sorted(allowed))}。"
    lost = sorted((set(_PLACE.findall(built_in)) & NEEDED) - own) if text.strip() else []
    if lost:
        return f"用语“{key}”缺少{'、'.join(f'{{{name}}}' for name in lost)}，收信人需要这项内容。"
    if key == "reply_prefix" and not _REPLY.fullmatch(text):
        return "用语“reply_prefix”须为“回复：”“答复：”或“Re: ”，否则往来邮件的主题会越来越长。"
    return ""


def wording_problems(wording: Mapping[str, str]) -> list[str]:
    """What is wrong with a campaign's own sentences, as Chinese sentences for staff; empty if nothing."""
    return [problem for key, text in wording.items() if (problem := unknown_key(key) or sentence_problem(key, text))]


def day(value: date) -> str:
    """2021年11月8日."""
    return f"{value.year}年{value.month}月{value.day}日"


def minute(moment: datetime) -> str:
    """2021年11月8日 10:12, in the office's time zone."""
    local = moment.astimezone(SHANGHAI)
    return f"{day(local.date())} {local:%H:%M}"


def numeral(number: int) -> str:
    """一, 二 ... 十 ... 九十九; beyond that digits."""
    if number > 99 or number < 1:
        return str(number)
    tens, ones = divmod(number, 10)
    head = "" if tens == 0 else "十" if tens == 1 else f"{_DIGITS[tens]}十"
    return head + ("" if ones == 0 else _DIGITS[ones])
