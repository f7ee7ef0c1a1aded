"""What each sentence of the letters is for, in words for the office: the names of `notifier.wording.PHRASES` are for files."""

from __future__ import annotations

from collections.abc import Mapping

LABELS: Mapping[str, str] = {
    "receipt_title": "回执：标题", "correction_title": "补正通知：标题", "reminder_title": "催报信：标题", "link_dead_title": "链接提示：标题",
    "free_title": "工作人员去信：标题", "receipt_badge": "回执：标题下的标记", "checking_badge": "回执（尚待核验）：标题下的标记",
    "correction_badge": "补正通知：标题下的标记", "words_badge": "补正通知（只有工作人员的话）：标题下的标记",
    "reminder_badge": "催报信（未报送）：标题下的标记", "reminder_badge_open": "催报信（待补正）：标题下的标记",
    "link_dead_badge": "链接提示：标题下的标记",
    "salutation_unit": "称呼：已知单位", "salutation": "称呼：单位不明", "receipt_opening": "回执：开头",
    "checking_opening": "回执（尚待核验）：开头",
    "correction_opening": "补正通知：开头", "correction_opening_mail": "补正通知（来信中没有报送件）：开头",
    "words_opening": "补正通知（只有工作人员的话）：开头", "words_opening_mail": "补正通知（只有工作人员的话，来信中没有报送件）：开头",
    "reminder_opening": "催报信（未报送）：开头", "reminder_opening_undated": "催报信（未报送，无截止日期）：开头",
    "reminder_exempt": "催报信（未报送）：无需回复的情形", "reminder_opening_open": "催报信（待补正）：开头", "link_dead_opening": "链接提示：开头",
    "free_opening": "工作人员去信：开头", "late": "过了截止日期：计入下一批", "late_no_batch": "过了截止日期：登记备查",
    "checking_promise": "回执（尚待核验）：结尾的说明",
    "receipt_number": "栏目：回执编号", "subject_received": "栏目：来信主题", "no_subject": "来信没有主题时填写", "received_at": "栏目：收到时间",
    "batch": "栏目：计入批次", "batch_reported": "栏目：报送批次", "batch_deadline": "批次连同截止日期", "correct_by": "栏目：补正截止",
    "report_by": "栏目：报送截止", "by_day": "截止日期的写法", "companions": "栏目：一并答复的来信", "right_subject": "栏目：规范主题",
    "problems_heading": "补正通知：问题部分的标题", "problems_heading_open": "催报信：待补正部分的标题",
    "problems_heading_links": "链接提示：链接部分的标题",
    "general_group": "不属于某件材料的问题：小标题", "general_group_subject": "邮件主题的问题：小标题", "items_heading": "已收到的材料：标题",
    "fine_heading": "无需重新报送的材料：标题", "fine_heading_checking": "无需重新报送的材料（尚待核验）：标题",
    "format_heading": "规范主题与文件名称：标题", "format_heading_subject": "只有规范主题时：标题", "format_lead": "规范名称（补正时）：引言",
    "format_lead_report": "规范名称（报送时）：引言", "format_lead_placeholder": "规范名称（单位不明）：引言", "blank_heading": "空白表格：标题",
    "blank_lead": "空白表格：引言", "blank_point": "空白表格：一份", "how_heading": "补正方式：标题", "how_heading_report": "报送方式：标题",
    "paper_heading": "纸质材料邮寄：标题", "paper_lead": "纸质材料邮寄：引言", "paper_receipt_hint": "纸质材料邮寄：注明回执编号",
    "paper_address": "栏目：邮寄地址", "paper_recipient": "栏目：收件联系人", "notes_heading": "温馨提示：标题",
    "notes_lead": "温馨提示（回执）：引言",
    "notes_lead_correction": "温馨提示（补正通知）：引言",
    "item_unnamed": "没有名称的材料", "applicant_unit": "栏目：申报单位", "word_form": "栏目：Word版申报表", "stamped_scan": "栏目：盖章扫描件",
    "received_file": "收到一个文件", "received_files": "收到几个文件", "not_received": "未收到", "seal": "栏目：印章", "seal_present": "印章：已加盖",
    "seal_absent": "印章：未见", "share_link": "栏目：网盘链接", "web_link": "栏目：网络地址", "large_file_link": "栏目：超大附件链接",
    "link_tail": "链接的尾号", "link_ok_code": "链接：可以打开，有提取码", "link_ok": "链接：可以打开", "link_code_missing": "链接：缺提取码",
    "link_code_wrong": "链接：提取码不对", "link_dead": "链接：无法打开", "link_expired": "链接：已过期", "link_not_permanent": "链接：不是永久有效",
    "link_registered_code": "链接：已登记，有提取码", "link_registered": "链接：已登记", "paper": "栏目：纸质材料", "paper_row": "纸质材料：请邮寄",
    "fine_all": "无需重报：材料齐全", "fine_checking": "无需重报：尚待核验", "fine_word": "无需重报：Word版", "fine_scan": "无需重报：扫描件",
    "fine_both": "无需重报：Word版与扫描件", "mail_subject": "栏目：邮件主题", "file_names": "栏目：附件名称",
    "how_reply_subject": "补正：回复并改用规范主题", "how_reply": "补正：回复并保留原主题", "how_reply_format": "补正：回复（单位不明）",
    "how_reply_only_format": "补正：只需改主题（单位不明）", "how_reply_only_subject": "补正：只需改主题",
    "how_receipt": "补正：保留本信或注明回执编号",
    "how_keep": "补正：保留本信（没有回执编号）", "how_deadline": "补正：何时之前", "how_next_batch": "补正：逾期计入下一批",
    "how_report": "报送：邮箱与主题", "how_report_format": "报送：邮箱与主题（单位不明）", "how_report_no_subject": "报送：只有邮箱",
    "how_report_reply": "报送：直接回复", "how_report_reply_subject": "报送：直接回复并写明主题", "how_link_subject": "链接：如何更新，改用规范主题",
    "how_link": "链接：如何更新，保留原主题",
    "contact": "联系电话与联系人", "contact_phone": "只有联系电话", "contact_reply": "没有电话：请回复邮件", "closing_receipt": "回执：结束语",
    "closing": "其他信件：结束语", "supplement": "回执：以后如何补充", "problem_unworded": "没有现成说法的问题", "reply_prefix": "回复的前缀",
    "reminder_subject": "催报信：邮件主题", "link_dead_subject": "链接提示：邮件主题", "free_subject": "工作人员去信：邮件主题（不在往来中）",
    "answer_subject": "答复：邮件主题（来信没有主题）",
}


def label_of(key: str) -> str:
    """What the sentence is for; its name where nothing is known."""
    return LABELS.get(key, key)
