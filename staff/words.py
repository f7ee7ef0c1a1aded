"""Chinese words for states, kinds and verdicts: one table for terminal, pages and workbooks."""

from __future__ import annotations

STATES = {
    "complete": "齐全", "incomplete": "待补正", "review": "待核", "pending": "核验中", "superseded": "已替换",
    "accepted": "通过", "correction": "需补正", "ignored": "不处理", "held": "搁置",
    "draft": "草稿", "waiting": "待发", "sending": "发送中", "sent": "已发", "suppressed": "不发", "failed": "未发出",
    "ok": "正常", "code_missing": "缺提取码", "code_wrong": "提取码错误", "dead": "已失效", "expired": "已过期",
    "not_permanent": "非永久", "unchecked": "未核验", "rejected": "不采纳",
}
KINDS = {
    "submission": "报送", "unrelated": "其他来信", "auto_reply": "自动回复", "bounce": "退信", "duplicate": "重复",
    "receipt": "回执", "correction": "补正通知", "reminder": "催报", "link_dead": "链接失效提醒", "free": "来往信件",
}
SEVERITIES = {"error": "需补正", "review": "待核", "note": "提示"}
SEALS = {"present": "有公章", "absent": "无公章", "uncertain": "待看", None: "未查"}
ROLES = {
    "word_form": "申报表", "scan": "扫描件", "video": "视频", "archive": "压缩包", "inline": "正文图片", "other": "其他",
    "blocked": "已拦截", "unreadable": "不可读",
}
MATCHES = {"yes": "一致", "no": "不一致", "unknown": "未知"}


def say(table: dict[str, str], key: str | None) -> str:
    """The Chinese word, or the key itself where there is none."""
    return table.get(key or "", key or "")
