"""How each alert is mended, in a sentence for staff. Codes stay English; what is raised says what is wrong."""

from __future__ import annotations

from collections.abc import Mapping

_MEND: Mapping[str, str] = {
    "mailbox.login": "请在网页版邮箱重新生成授权码并更新配置，再运行 baosong check 核对",
    "mailbox.unreachable": "请检查本机网络；网络恢复后会自动继续收信，不会漏信",
    "mailbox.silent": "请检查本机网络与程序是否正常运行（系统页可见最近一次收信时间）",
    "mailbox.folder": "请在网页版邮箱核对文件夹名称，并与配置 mailbox.folders 一致",
    "disk.full": "请清理磁盘或把数据移到更大的磁盘；空间恢复前来信仍留在邮箱中，不会丢失",
    "mail.held": "请在“来信”中查看搁置的来信，处理后可重新审核（baosong reprocess --held）",
    "smtp.stopped": "请按所述原因处理，再运行 baosong check，登录成功后自动恢复发信",
    "answers.rate": "其余信件会顺延发出；如不应有这么多信件，请先暂停并查看来信",
    "answers.unusual": "请查看最近发出的信件；如有异常，可将配置 answers.mode 改为 draft",
    "answers.loop": "请查看与该地址的往来；必要时把该地址加入 answers.own_addresses，不再答复",
    "letter.broken": "请在“信件”中查看未发出的信件，核对模板后再放行",
    "letter.failed": "请在“信件”中查看，确认收件地址后再放行",
    "letter.refused": "请在“信件”中查看，与对方核对邮箱地址",
    "letter.template": "请在“信件”的“用语与版式”中改正，或运行 baosong templates check 逐项查看；改正前使用内置用语",
    "deadline.near": "可用“催报”提示尚未报送的单位（baosong remind）",
    "workers.none": "请在处理机上启动 baosong worker，或把配置 workers.local 改为 true 后重新启动 baosong run；来信不会丢失",
    "pages.down": "请检查端口是否被占用，再重新启动程序",
}
_BY_KIND: Mapping[str, str] = {
    "link": "请在“待办”中查看有关报送件，需要时请报送单位更新链接",
    "channel": "请检查群机器人的地址、加签密钥与关键词设置，再用 baosong alerts --test 试发",
    "deadline": _MEND["deadline.near"],
}


def mend_for(code: str) -> str:
    """How to mend what the alert with this code says; empty if there is nothing to add."""
    for known in (code, code.rpartition(".")[0]):
        if known in _MEND:
            return _MEND[known]
    return _BY_KIND.get(code.partition(".")[0], "")
