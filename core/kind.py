"""What kind of mail this is: a submission, something unrelated, an automatic reply, a bounce.

Whoever sent a form of the campaign has submitted, whatever the headers say; a bounce is one even if our own form hangs
on it. In doubt it is a submission, which staff see, never something that disappears. Whether it repeats an earlier
mail is decided elsewhere.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass
from typing import Literal

from core.campaign import Campaign
from core.facts import FormFacts, MessageFacts, Part
from core.loop_guard import find_automatic, find_list, has_null_return_path, is_no_reply, is_own
from core.register import Register
from core.subject import SubjectFacts, bare_subject
from core.text import compact
from core.topic import filler, has_category, has_topic, plain, speaks_of_material
from core.withdrawal import asks_back

SeenKind = Literal["submission", "unrelated", "auto_reply", "bounce"]

_BOUNCE = re.compile(
    r"^.{0,12}?(?:系统退信|退信|退回邮件|邮件(?:被)?退回|(?:邮件)?(?:投递|发送|递送|传递|传送)(?:失败|状态|报告)|未送达|无法(?:送达|投递|传递)|未能(?:送达|投递)|"
    r"undeliver|delivery (?:status|failure|has failed|report|notification)|returned mail|return(?:ed)? to sender|failure notice|"
    r"mail(?: |-)?delivery|non-?delivery|message not delivered)",
    re.IGNORECASE,
)
_AUTOMATIC = re.compile(
    r"^.{0,16}?(?:自动[回答][复覆应]|自动应答|auto(?:mat(?:ic|ed))?[- ]?(?:reply|response|answer)|auto:|out of (?:the )?office|"
    r"外出(?:自动)?(?:答复|回复)|不在办公室|(?:休假|度假|假期|节假日)(?:自动|中|通知|期间)?[回答]?[复覆]?(?:$|[:(])|vacation (?:reply|notice))|^休假",
    re.IGNORECASE,
)
_READ = re.compile(
    r"^(?:已读|已阅读?|阅读回执|已读回执|邮件回执|回执|read|read receipt|return receipt)(?:[:\s]|$)|^.{0,6}您的邮件已被?(?:对方)?阅读",
    re.IGNORECASE,
)
_RECALL = re.compile(
    r"发[信件]方已?撤回|^撤回(?:邮件)?:|邮件已(?:被)?撤回|would like to recall|^recall:|(?:想要|希望|尝试)撤回(?:此|该|这封)?邮件", re.IGNORECASE
)
_RECALL_TEXT = re.compile(r"撤回(?:此|该|这封)?邮件|recall", re.IGNORECASE)
_AUTOMATIC_TEXT = re.compile(
    r"自动[回答][复覆]|系统自动(?:发送|发出|生成)|请勿(?:直接)?回复|do not reply|"
    r"我(?:正|现|目前|最近)?(?:在|正在)?.{0,6}(?:休假|出差|外出|度假|放假).{0,30}回复|"
    r"(?:邮件|来信|来件)(?:我)?已(?:经)?收到.{0,12}(?:尽快|稍后|及时|会).{0,8}(?:回复|答复|处理|联系|查阅|阅读)",
    re.IGNORECASE | re.DOTALL,
)
_QUESTION = re.compile(
    r"请问|想问|咨询|请教|想了解|想知道|询问|问一?下|求助|能否|可否|是不是|行不行|可不可以|能不能|怎么|怎样|如何填|什么时候|"
    r"何时|在哪|哪里|吗 ?(?:[?。!,]|\s|$)|(?<=[\u4e00-\u9fff])\?|(?<!有)(?<!任何)疑问"
)
_ASKING_SUBJECT = re.compile(r"咨询|请问|请教|求助|疑问|询问|问题|\?|吗$|截止(?:时间|日期)")
_SENDING = re.compile(
    r"请(?:您|老师|领导)?[查接]收|请(?:予)?审[阅核查]|附件(?:是|为|中|里|内|[:])|(?:见|详见|在|如)附件|随(?:信|函|邮件)|现将|现报|予以报送|特此报送|呈报|"
    r"(?:链接|网址|地址|下载)[:]|提取码|网盘"
)
_ENCLOSING = re.compile(r"请(?:您|老师|领导)?[查接]收|附件|随(?:信|函|邮件)|现将|现报|予以报送|特此报送|呈报")
_ELSEWHERE = re.compile(
    r"(?:另|别|其[他它])一?[个的]?(?:封|邮箱|邮件)|上一?封|前一?封|邮寄|快递|微信|QQ|"
    r"(?:此前|之前|刚才|昨天|已经?)(?:已|另)?(?:重新|另行|单独)?(?:发|寄|报送|上传)",
    re.IGNORECASE,
)
"""Of something that was sent another way: nothing is said to hang on this mail."""
_THANKS = re.compile(r"收到|谢谢|感谢|好的|知道了|明白|辛苦|收悉|了解|没问题|嗯|thanks|thank you|ok|received", re.IGNORECASE)
_ANNOUNCING = re.compile(r"通知|会议|邀请|研讨|座谈|简报|新闻|报道|讲座|招聘|培训班|调研|征文|公告|公示|回访|调查问卷|满意度|测评|中标|招标|论坛|祝")
_ADVERT = re.compile(
    r"发票|代开|优惠|促销|推广|贷款|招商|加盟|广告|退订|unsubscribe|特价|会员|中奖|免费领|猎头|简历|报价|展会|seo|域名|认证咨询|论文发表|代写|"
    r"代理记账|软文|课程顾问|试听|限时|红包|账号异常|密码(?:过期|到期)|邮箱(?:升级|容量|备案)|工资补贴|补贴申领",
    re.IGNORECASE,
)
_NO_MATERIAL = re.compile(
    r"text/(?:calendar|x-?vcard|vcard|directory|rfc822-headers)|message/(?:delivery-status|disposition-notification|feedback-report|global.*)|"
    r"application/(?:(?:x-)?pkcs7-(?:signature|mime)|pgp-signature|pgp-keys|ics)"
)
_READABLE = re.compile(r"application/(?:pdf|msword|vnd\.(?:openxmlformats|oasis|ms-)|rtf|wps)|text/")
_SOUVENIR = re.compile(r"照片|合影|剪影|新闻|logo", re.IGNORECASE)
_LARGE_PICTURE = 60 * 1024
_SHARES_NOTHING = ("web",)
_TEXT = 20_000


@dataclass(frozen=True, slots=True)
class KindFacts:
    """`reason`: a Chinese sentence for staff that says why. `says`: nothing is attached, and what is written is neither thanks nor a
    question nor an announcement of something attached: it may answer our letter."""

    kind: SeenKind
    reason: str
    says: bool = False


def classify(
    message: MessageFacts, subject: SubjectFacts, campaign: Campaign, register: Register, own_addresses: Collection[str]
) -> KindFacts:
    """The kind of a mail. `subject`: its subject as `core.subject.read_subject` read it. Pure, never raises."""
    seen = _Seen(message, subject, campaign, register)
    if is_own(message.envelope, own_addresses):
        return KindFacts("unrelated", "本邮箱自己发出的邮件")
    return _delivery_report(seen) or _by_form(seen) or _automatic(seen) or _mass_mail(seen) or _taking_back(seen) or _by_hand(seen)


class _Seen:
    """What the tests below ask of one mail, each thing looked at once."""

    def __init__(self, message: MessageFacts, subject: SubjectFacts, campaign: Campaign, register: Register) -> None:
        self.message, self.subject, self.campaign, self.register = message, subject, campaign, register
        self.envelope = message.envelope
        written = message.text[:_TEXT]
        if message.forwarded:
            written = f"{written}\n{message.quoted[:_TEXT]}"
        self.text = plain(written)
        self.bare = bare_subject(message.envelope.subject)
        self.files = tuple(part for part in message.parts if _may_be_material(part))
        links = (*message.links, *(link for part in message.parts for link in part.links))
        self.links = tuple(link for link in links if message.forwarded or not link.quoted)
        self.shares = tuple(link for link in self.links if link.provider not in _SHARES_NOTHING)

    @property
    def material(self) -> bool:
        return bool(self.files or self.shares)

    @property
    def has_form(self) -> bool:
        return any(form.category is not None for part in self.message.parts for form in _forms(part))

    @property
    def has_filled_form(self) -> bool:
        return any(
            form.category is not None and not form.blank for part in self.message.parts for form in _forms(part)
        )

    @property
    def asks(self) -> bool:
        """A question without anything that says "enclosed please find"."""
        asked = _QUESTION.search(self.text) or _ASKING_SUBJECT.search(self.bare)
        return bool(asked) and not _SENDING.search(self.text)

    def names_the_call(self) -> bool:
        """Whether body, file names or contents name the topic or one of its categories."""
        if has_topic(self.text, self.campaign) or has_category(self.bare, self.campaign):
            return True
        for part in self.files:
            names = " ".join(part.path or (part.name,))
            if any(has_topic(text, self.campaign) or has_category(text, self.campaign) for text in (names, _content(part))):
                return True
        return False

    def unread(self) -> bool:
        """Whether a file's content is unknown: a picture, a scan without text, something that could not be opened."""
        return any(
            not part.inline and not _SOUVENIR.search(part.name)
            and not (_READABLE.match(part.media_type) and _content(part).strip())
            for part in self.files
        )

    def speaks_of_nothing_else(self) -> bool:
        """A subject that is empty, a greeting, or only unit and words of submitting."""
        rest = self.bare.replace(self.subject.unit_text or "\0", " ")
        return len(compact(filler(self.campaign)[0].sub(" ", rest))) < 4


def _forms(part: Part) -> tuple[FormFacts, ...]:
    found = [part.form] if part.form else []
    for scan in (part.scan, part.embedded):
        if scan is not None:
            found += [*scan.forms, *([scan.form] if scan.form else [])]
    return tuple(found)


def _content(part: Part) -> str:
    pages = [page.text for scan in (part.scan, part.embedded) if scan for page in scan.pages[:20]]
    form = part.form.text if part.form else ""
    return "\n".join((part.text[:_TEXT], form[:_TEXT], *(text[:2000] for text in pages)))


def _may_be_material(part: Part) -> bool:
    """Files that somebody may have meant to submit: no signatures, calendars, delivery reports, logos."""
    if _NO_MATERIAL.fullmatch(part.media_type):
        return False
    if part.container and part.media_type.startswith("message/"):
        return False  # what lies in an attached mail counts by itself
    return not part.inline or (part.media_type.startswith("image/") and part.size >= _LARGE_PICTURE)


# The tests, in their order ---------------------------------------------------------------------------------------


def _delivery_report(seen: _Seen) -> KindFacts | None:
    """Reports by mail servers (RFC 3464) and mail programs (RFC 8098). They may carry our own letter with its forms."""
    kind = seen.envelope.content_type.lower()
    types = {part.media_type for part in seen.message.parts}
    if "disposition-notification" in kind or "message/disposition-notification" in types:
        return KindFacts("auto_reply", "阅读回执")
    if kind.startswith("multipart/report") or "message/delivery-status" in types:
        return KindFacts("bounce", "投递状态报告")
    if seen.envelope.headers.get("x-failed-recipients"):
        return KindFacts("bounce", "投递失败通知")
    local = (seen.envelope.sender or "").partition("@")[0].lower()
    if re.fullmatch(r"mailer[._-]?daemon.*|postmaster|mail[._-]?delivery.*", local):
        return KindFacts("bounce", "邮件服务器发出的退信")
    return None


def _by_form(seen: _Seen) -> KindFacts | None:
    """A filled form is a submission. Empty ones come also with questions about them and with the notice passed on."""
    if seen.has_filled_form:
        return KindFacts("submission", "含本次征集的申报表")
    if not seen.has_form:
        return None
    if not seen.unread() and not seen.shares:
        if seen.asks:
            return KindFacts("unrelated", "咨询，所附为空白申报表")
        if _ANNOUNCING.search(seen.bare) and not seen.subject.unit_text:
            return KindFacts("unrelated", "转来的通知等，所附为空白申报表")
    return KindFacts("submission", "含本次征集的空白申报表")


def _automatic(seen: _Seen) -> KindFacts | None:
    files = seen.files
    by_hand = seen.bare.startswith("撤回:") and seen.text.strip() and not _RECALL_TEXT.search(seen.text)
    if _RECALL.search(seen.bare) and not files and not by_hand:
        return KindFacts("auto_reply", "撤回邮件的通知")
    if _AUTOMATIC.search(seen.bare) and not (files and seen.names_the_call()):
        return KindFacts("auto_reply", "主题为自动回复")
    # 回复：回执：… is a person's answer to something called 回执.
    if _READ.search(seen.bare) and not seen.material and not seen.subject.reply:
        return KindFacts("auto_reply", "阅读回执")
    submits = bool(files) and (seen.subject.topic or seen.names_the_call())
    if _BOUNCE.search(seen.bare) and not submits:
        return KindFacts("bounce", "主题为退信")
    if submits:
        return None  # an office system that marks all its mail automatic still brings material
    found = find_automatic(seen.envelope)
    if found is not None:
        return KindFacts("auto_reply", f"自动发出的邮件（{found}）")
    if has_null_return_path(seen.envelope):
        return KindFacts("auto_reply", "退信地址为空的自动邮件")
    if not seen.material and len(seen.text) < 400 and _AUTOMATIC_TEXT.search(seen.text):
        return KindFacts("auto_reply", "正文为自动回复")
    return None


def _mass_mail(seen: _Seen) -> KindFacts | None:
    """Lists and notification services, unless they bring files that name the call."""
    if seen.material and (seen.subject.topic or seen.names_the_call()):
        return None
    if find_list(seen.envelope):
        return KindFacts("unrelated", "邮件列表或群发邮件")
    if seen.envelope.sender and is_no_reply(seen.envelope.sender):
        return KindFacts("unrelated", "系统通知邮件")
    return None


def _taking_back(seen: _Seen) -> KindFacts | None:
    """A person takes back what they sent: for staff, if anything ties the mail to this call."""
    if not asks_back(seen.message):
        return None
    whole = f"{seen.bare}\n{seen.text[:2000]}"
    tied = seen.subject.topic or seen.subject.unit_text or seen.subject.reply or seen.subject.receipt_number or has_category(whole, seen.campaign)
    announces = _ANNOUNCING.search(seen.bare) and not (seen.subject.topic or seen.subject.reply)
    if announces or not (tied or speaks_of_material(seen.bare, seen.campaign) or has_topic(whole, seen.campaign)):
        return None
    return KindFacts("submission", "来信要求撤回已报送的材料或不再申报")


def _by_hand(seen: _Seen) -> KindFacts:
    """Mails that people write."""
    if seen.material:
        return _with_material(seen)
    if seen.subject.topic:
        return _topic_without_material(seen)
    if has_topic(seen.text, seen.campaign) and _SENDING.search(seen.text) and not seen.asks and not seen.subject.reply:
        return KindFacts("submission", "正文称报送材料，但未见附件")
    if seen.asks:
        return KindFacts("unrelated", "咨询")
    return KindFacts("unrelated", "与本次征集无关，且没有附件", says=_says_something(seen))


def _says_something(seen: _Seen) -> bool:
    text = compact(seen.text)
    thanks = len(text) < 60 and bool(_THANKS.search(seen.text)) and not re.search(r"[a-z\d]{4}", seen.text)
    return len(text) >= 4 and not thanks and (not _ENCLOSING.search(seen.text) or bool(_ELSEWHERE.search(seen.text)))


def _with_material(seen: _Seen) -> KindFacts:
    subject = seen.subject
    if subject.topic:
        if _ANNOUNCING.search(seen.bare) and not subject.unit_text and not seen.unread() and not seen.shares:
            return KindFacts("unrelated", "通知、会议等来信，附件中没有申报表")
        return KindFacts("submission", "主题含征集主题，并有附件或分享链接")
    if subject.receipt_number:
        return KindFacts("submission", "注有回执编号，并有附件或分享链接")
    if seen.names_the_call():
        return KindFacts("submission", "正文、文件名或附件内容提及本次征集")
    if _ADVERT.search(f"{seen.bare}\n{seen.text[:2000]}"):
        return KindFacts("unrelated", "广告")
    if any(link.provider == seen.campaign.share_provider for link in seen.links):
        return KindFacts("submission", "含分享链接，可能是报送材料")
    if seen.unread() and (seen.speaks_of_nothing_else() or _speaks_of_sending(seen)):
        return KindFacts("submission", "附件内容未能识别，可能是报送材料")
    return KindFacts("unrelated", "附件内容与本次征集无关")


def _speaks_of_sending(seen: _Seen) -> bool:
    """Subject and body use the words of submitting, and the subject names nothing that is announced."""
    words = speaks_of_material(seen.bare, seen.campaign)
    return words and bool(seen.subject.unit_text) and not _ANNOUNCING.search(seen.bare)


def _topic_without_material(seen: _Seen) -> KindFacts:
    subject = seen.subject
    if seen.asks:
        return KindFacts("unrelated", "咨询")
    sends = bool(_SENDING.search(seen.text))
    text = compact(seen.text)
    says = _says_something(seen)
    if len(text) < 60 and _THANKS.search(seen.text) and not sends:
        return KindFacts("unrelated", "致谢或确认，没有新材料", says)
    if subject.reply and not subject.forward and not sends:
        return KindFacts("unrelated", "仅为回复，没有新材料", says)
    if subject.regular:
        return KindFacts("submission", "主题符合报送要求，但未见附件", says)
    if _ANNOUNCING.search(seen.bare):
        return KindFacts("unrelated", "通知、会议等来信")
    if subject.unit_text or sends or subject.material or not text:
        return KindFacts("submission", "主题含征集主题，但未见附件", says)
    return KindFacts("unrelated", "主题提及本次征集，但不是报送")
