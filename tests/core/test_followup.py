"""Words in answer to a letter about a link: which of them have the link looked at again."""

from __future__ import annotations

import pytest

from core.facts import Link, LinkState
from core.followup import says_link_is_mended
from core.submission import Item
from tests.support.facts import mail

LINK = Link("baidu", "https://pan.baidu.com/s/1Qx7mYb2LkP0vR4cTn8dWeA", "k7m2")


def course(state: LinkState) -> Item:
    return Item("course", "微信使用入门", "历下区社区教育学院", links=(Link(LINK.provider, LINK.url, LINK.code, state=state),))


@pytest.mark.parametrize("text", ["链接已恢复，请查收。", "您好，网盘链接已经重新设置为永久有效，请再看一下。", "分享的文件现在可以正常打开了", "链接好了，谢谢老师！"])
def test_said_to_be_mended(text: str) -> None:
    assert says_link_is_mended(mail(text=text), (course(LinkState.DEAD),))
    assert not says_link_is_mended(mail(text=text), (course(LinkState.OK),))


@pytest.mark.parametrize(
    "text",
    [
        "收到，链接失效的事我们会尽快处理，谢谢！", "链接怎么设置成永久有效？", "链接已失效，稍后重新分享。", "链接已恢复，负责人电话是13805310099。",
        "谢谢，已收到关于网盘链接的通知。", "知道了，谢谢老师。",
    ],
)  # fmt: skip
def test_thanks_promises_and_other_matters_are_not(text: str) -> None:
    assert not says_link_is_mended(mail(text=text), (course(LinkState.DEAD),))
