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
ROLE_NAMES = {"view": "查看", "process": "处理", "admin": "管理"}
TONES = {
    "complete": "good", "accepted": "good", "sent": "good", "ok": "good", "yes": "good", "present": "good",
    "incomplete": "bad", "correction": "bad", "failed": "bad", "held": "bad", "dead": "bad", "expired": "bad",
    "code_wrong": "bad", "code_missing": "bad", "not_permanent": "bad", "rejected": "bad", "error": "bad", "no": "bad",
    "absent": "bad", "blocked": "bad", "unreadable": "bad",
    "review": "warn", "draft": "warn", "unchecked": "warn", "uncertain": "warn",
    "pending": "info", "waiting": "info", "sending": "info", "note": "info", "submission": "info",
}
"""The colour that goes with a word of the tables here: good, bad, warn, info; none: grey."""
MATCHES = {"yes": "一致", "no": "不一致", "unknown": "未比对"}
OBJECTS = {
    "item": "报送件", "message": "来信", "finding": "问题", "answer": "信件", "link": "链接", "alert": "提醒", "user": "账号",
    "token": "密钥", "template": "模板", "export": "导出",
}
ACTIONS = {
    "accept": "采纳", "reject": "不采纳", "reopen": "撤回认定", "receive_paper": "纸质件收到", "reassign": "改归属", "merge": "合并",
    "split": "拆分", "waive": "免除问题", "unwaive": "撤回免除", "note": "备注", "reprocess": "重新处理", "settle": "认定链接",
    "decide": "判断", "ask": "请对方补正", "delete": "删除", "write": "写信", "release": "放行", "suppress": "不发", "replace": "改由人工去信",
    "edit": "改信", "hold": "暂缓",
    "tell": "告知", "see": "知悉", "close": "关闭提醒", "login": "登录", "lock": "暂停登录", "add": "新建", "remove": "删除账号",
    "password": "改密码", "role": "改角色", "disable": "停用", "enable": "启用", "revoke": "作废", "supersede": "换新版",
    "place": "放置文件", "choose": "选定版本", "export": "导出", "force": "认定为报送", "unsay": "撤回认定", "take_out": "取出文件",
    "lost": "链接失效", "found_again": "链接恢复",
}
"""Words for the audit trail; an action without one is shown by its key."""

FINDINGS = {
    "subject.no_topic": "主题无征集名称", "subject.no_unit": "主题无单位名称", "subject.irregular": "主题不规范",
    "unit.unknown": "单位待核定", "mail.empty": "无附件无链接", "mail.malformed": "邮件残缺", "mail.duplicate": "重复来信",
    "attachment.name_irregular": "文件名不规范", "attachment.unreadable": "附件打不开", "attachment.blocked": "附件已拦截",
    "attachment.cloud_expiring": "超大附件会过期", "form.missing": "缺Word版申报表", "form.blank": "申报表空白",
    "form.field_missing": "申报表漏填", "form.too_long": "超过字数", "form.phone_invalid": "电话有误",
    "form.unreadable": "申报表待人工打开", "scan.missing": "缺盖章扫描件", "scan.no_seal": "扫描件无公章",
    "scan.seal_uncertain": "公章待核", "scan.mismatch": "扫描件与Word不一致", "scan.unreadable": "扫描件认不出文字",
    "course.consent_missing": "未标明是否共享", "course.video_missing": "缺视频", "course.address_missing": "缺网络地址",
    "link.code_missing": "缺提取码", "link.code_wrong": "提取码错误", "link.dead": "链接失效", "link.expired": "链接过期",
    "link.not_permanent": "链接非永久", "link.unchecked": "链接未能核验", "link.no_video": "链接中未见视频", "link.other_place": "视频不在百度网盘",
    "deadline.late": "计入下一批", "deadline.closed": "已过最后期限", "submission.superseded": "已有新版本",
    "submission.sender_changed": "换了发件人", "submission.unclear": "待人工判断",
}
"""Short names of the finding codes, for lists; the finding's own sentence says the rest."""


def say(table: dict[str, str], key: str | None) -> str:
    """The Chinese word, or the key itself where there is none."""
    return table.get(key or "", key or "")


def size(count: int) -> str:
    """Bytes for people: 812 B, 34 KB, 1.2 MB, 3.4 GB."""
    value = float(count)
    for unit in ("B", "KB", "MB"):
        if value < 1024:
            return f"{value:.0f} {unit}" if unit != "MB" else f"{value:.1f} {unit}"
        value /= 1024
    return f"{value:.1f} GB"
