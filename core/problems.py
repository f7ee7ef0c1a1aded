"""Why a file was not opened, and what its sender can do about it, in words for the office and for senders."""

from __future__ import annotations

from core.facts import APPLE, EMPTY_FILE, INSIDE, VOLUME, Blocked, Part, Unreadable

_BLOCKED = {
    "executable": "属于可执行程序或脚本，出于安全考虑未予打开",
    "macro": "含有宏代码，出于安全考虑未予打开",
    "bomb": "解压后的体积异常，出于安全考虑未予打开",
    "size": "超过单个附件的大小上限，未能接收",
    "depth": "压缩包嵌套层数过多，未予打开",
    "count": "包含的文件过多，未予打开",
}
_SHORTCUTS = ("application/x-ms-shortcut", ".lnk")
_BLOCKED_KINDS = {
    **dict.fromkeys(_SHORTCUTS, "只是一个快捷方式，其中没有文件的内容"),
    **dict.fromkeys(("application/x-iso9660-image", ".iso"), "是光盘映像，出于安全考虑未予打开"),
}
_UNREAD = {
    "timeout": "读取超时",
    "memory": "内容过大或异常，读取时超出内存上限",
    "limit": "超出可读取的大小上限",
    "no_converter": "本机没有能打开它的程序，或格式特殊",
}
_DETAILS = {
    VOLUME: "是分卷压缩包中的一卷，其余各卷未在同一封邮件中",
    INSIDE: "插入在Word或PDF文档中，体积过大或已损坏，未能取出",
    APPLE: "是苹果 Pages、Numbers 或 Keynote 的文件，需在苹果电脑或 iCloud 网页版中打开，也可请对方另存为Word或PDF",
}


def what_is_wrong(problem: Unreadable | Blocked) -> str:
    """A clause that goes on after the file's name: 已损坏，无法打开."""
    if isinstance(problem, Blocked):
        return _BLOCKED_KINDS.get(problem.detail) or _BLOCKED.get(problem.reason, "未予打开")
    if problem.reason == "password":
        return "设有密码，无法打开"
    if problem.reason == "damaged":
        return "是空文件（0字节），没有内容" if problem.detail == EMPTY_FILE else "已损坏，无法打开"
    return f"程序未能读取（{_DETAILS.get(problem.detail) or _UNREAD.get(problem.reason, '原因不明')}）"


def how_to_mend(part: Part, share_name: str) -> str:
    """What to ask the sender for. `share_name`: the share service that large files go to."""
    problem = part.problem
    if isinstance(problem, Blocked):
        if problem.detail in _SHORTCUTS:
            return "烦请找到它所指向的原文件，将原文件作为附件重新发送。"
        if problem.reason == "macro":
            return "烦请在Word或WPS中另存为不含宏的.docx文档后重新发送。"
        if problem.reason == "size":
            return f"烦请缩小后重新发送；视频等大文件请上传至{share_name}，分享期限设为永久有效，并附链接与提取码。"
        return "烦请改以Word文档、PDF或图片格式发送。"
    if problem is not None and problem.reason == "password":
        return "烦请取消密码后重新发送。"
    return "烦请检查原文件后重新发送。"
