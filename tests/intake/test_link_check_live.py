"""The link check against a faithful stand-in of the share service on loopback (providers.md D11), row by row."""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from core.facts import Link, LinkState
from core.link_report import LinkReport
from core.settings import LinkSettings
from intake.link_check import LinkChecker
from tests.support.fake_share import FakeShareService
from tests.support.shares import Node, Share, video

pytestmark = pytest.mark.live

ID = "1QvwfHXf0r-hfBEDkFR3tb_"
URL = f"https://pan.baidu.com/s/{ID}"
NOW = datetime(2021, 11, 8, 10, 0, tzinfo=UTC)
PROTECTED = Link("baidu", URL, "ab12")
PUBLIC = Link("baidu", URL)
FORMS = ["locals-data", "window.locals", "mset", "setData", "shell"]


@pytest.fixture
def service() -> Iterator[FakeShareService]:
    with FakeShareService().running() as running:
        yield running


def checker(service: FakeShareService, **changes: object) -> LinkChecker:
    settings = LinkSettings(**{"base_url": service.url, "per_minute": 1000, "timeout": 2, **changes})  # type: ignore[arg-type]
    return LinkChecker(settings, clock=lambda: NOW, sleep=lambda _: None, chance=random.Random(1))


def ask(service: FakeShareService, link: Link = PROTECTED, **changes: object) -> LinkReport:
    return checker(service, **changes).check(link)


# -- good ones


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("strict", [True, False])
def test_protected_and_permanent(service: FakeShareService, form: str, strict: bool) -> None:
    service.strict = strict
    service.add(Share(ID, "ab12", form=form))
    report = ask(service)
    assert (report.outcome, report.state, report.permanent, report.code) == ("good", LinkState.OK, True, "ab12")
    assert [(file.name, file.size, file.is_dir) for file in report.files] == [("第一讲.mp4", 350_000_000, False)]
    assert (report.file_count, report.has_video, report.expires_at) == (1, True, None)
    assert report.owner == (None if form == "shell" else "济南***学")
    assert report.shared_at == (None if form == "shell" else datetime.fromtimestamp(1_636_000_000, UTC))


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("link", [PUBLIC, PROTECTED])
def test_public(service: FakeShareService, form: str, link: Link) -> None:
    service.add(Share(ID, form=form))
    report = ask(service, link)
    assert (report.outcome, report.state, report.permanent, report.code) == ("good", LinkState.OK, True, None)
    assert not [path for path in service.paths() if "verify" in path]


def test_the_second_code_opens(service: FakeShareService) -> None:
    service.add(Share(ID, "ab12"))
    report = ask(service, Link("baidu", URL, "zz99", other_code="ab12"))
    assert (report.state, report.code) == (LinkState.OK, "ab12")


@pytest.mark.parametrize("fault", ["file_list_object", "strings"])
def test_other_shapes_of_the_same_data(service: FakeShareService, fault: str) -> None:
    service.add(Share(ID, "ab12"))
    service.faults["page"] = fault
    report = ask(service)
    assert (report.state, report.permanent, report.file_count, report.has_video) == (LinkState.OK, True, 1, True)
    service.faults = {"page": "", "list": "ints"}
    service.shares[ID].form = "shell"
    assert ask(service).state is LinkState.OK


def test_names_are_unescaped_and_never_taken_for_messages(service: FakeShareService) -> None:
    tree = [Node("链接不存在 & 该分享文件已过期.mp4"), Node("请输入提取码.pptx")]
    service.add(Share(ID, "ab12", tree=tree))
    report = ask(service)
    assert (report.state, report.files[0].name) == (LinkState.OK, "链接不存在 & 该分享文件已过期.mp4")


# -- what is in it


def test_video_in_a_folder_of_a_folder(service: FakeShareService) -> None:
    tree = [
        Node("说明.docx"),
        Node("课程", children=[Node("第 1 讲", children=[Node("讲义.pdf"), video("1+1=2 讲.MOV")])]),
    ]
    service.add(Share(ID, "ab12", tree=tree))
    report = ask(service)
    assert (report.has_video, report.file_count, [file.is_dir for file in report.files]) == (True, 3, [False, True])


@pytest.mark.parametrize(
    "tree", [[Node("说明.docx")], [Node("空", children=[])], [Node("课程", children=[Node("a.pdf")])]]
)
@pytest.mark.parametrize("form", ["locals-data", "shell"])
def test_no_video(service: FakeShareService, tree: list[Node], form: str) -> None:
    service.add(Share(ID, "ab12", tree=tree, form=form))
    report = ask(service)
    assert (report.outcome, report.has_video) == ("good", False)


def test_empty_share(service: FakeShareService) -> None:
    service.add(Share(ID, "ab12", tree=[]))
    report = ask(service)
    assert (report.outcome, report.file_count, report.has_video, report.files) == ("good", 0, False, ())


@pytest.mark.parametrize("form", ["locals-data", "shell"])
def test_video_on_the_third_page_of_a_long_list(service: FakeShareService, form: str) -> None:
    tree = [Node(f"{number:03}.pdf") for number in range(240)] + [video()]
    service.add(Share(ID, "ab12", tree=tree, form=form))
    report = ask(service)
    assert report.has_video is True
    assert len(report.files) <= 60


def test_a_share_too_large_to_look_through_is_not_said_to_lack_a_video(service: FakeShareService) -> None:
    service.add(Share(ID, "ab12", tree=[Node(f"{n}", children=[Node("a.pdf")]) for n in range(40)]))
    report = ask(service)
    assert (report.outcome, report.has_video) == ("good", None)
    assert len(service.asked) < 20


# -- how long


@pytest.mark.parametrize("form", FORMS)
def test_seven_days(service: FakeShareService, form: str) -> None:
    service.add(Share(ID, "ab12", seconds=544_389, form=form))
    report = ask(service)
    assert (report.outcome, report.state, report.permanent) == ("bad", LinkState.NOT_PERMANENT, False)
    assert report.expires_at == (None if form == "shell" else NOW + timedelta(seconds=544_389))
    assert (report.code, report.has_video) == ("ab12", True)


@pytest.mark.parametrize("seconds", [None, -1])
@pytest.mark.parametrize("form", ["locals-data", "window.locals"])
def test_term_not_told_is_not_held_against_anybody(service: FakeShareService, seconds: int | None, form: str) -> None:
    service.add(Share(ID, "ab12", seconds=seconds, form=form))
    report = ask(service)
    assert (report.outcome, report.state, report.permanent) == ("good", LinkState.OK, None)


def test_term_on_a_page_with_an_error_is_no_proof(service: FakeShareService) -> None:
    service.add(Share(ID, "ab12", seconds=600, extra={"errno": 7}))
    service.faults.update({"list": "-6", "wxlist": "-6"})
    assert ask(service).outcome == "unknown"


def test_page_and_list_that_contradict_each_other_prove_nothing(service: FakeShareService) -> None:
    service.add(Share(ID, "ab12", seconds=600, tree=[], extra={"expiredType": 0}))
    report = ask(service)
    assert (report.outcome, report.permanent) == ("good", None)


# -- bad ones, with proof


def test_code_missing(service: FakeShareService) -> None:
    service.add(Share(ID, "ab12"))
    report = ask(service, PUBLIC)
    assert (report.outcome, report.state) == ("bad", LinkState.CODE_MISSING)


def test_code_wrong_and_at_most_two_are_tried(service: FakeShareService) -> None:
    service.add(Share(ID, "ab12"))
    report = ask(service, Link("baidu", URL, "zz99", other_code="AB12"))
    assert (report.outcome, report.state, report.code) == ("bad", LinkState.CODE_WRONG, None)
    assert service.paths().count("POST /share/verify") == 2


@pytest.mark.parametrize("state", ["deleted", "cancelled", "banned", "nothing", "worn", "never"])
@pytest.mark.parametrize("pwd", [None, "ab12"])
@pytest.mark.parametrize("dead_data", [True, False])
@pytest.mark.parametrize("dead_verify", ["A", "B", "C"])
def test_gone(service: FakeShareService, state: str, pwd: str | None, dead_data: bool, dead_verify: str) -> None:
    service.add(Share(ID, pwd, state, dead_data=dead_data, dead_verify=dead_verify))
    report = ask(service)
    assert (report.outcome, report.state) == ("bad", LinkState.DEAD)


@pytest.mark.parametrize("dead_verify", ["A", "B", "C"])
def test_dead_behind_a_code_page_that_looks_alive(service: FakeShareService, dead_verify: str) -> None:
    share = service.add(Share(ID, "ab12", dead_verify=dead_verify))
    alive = checker(service)
    original = share.state
    calls = iter([original, "cancelled"])

    class Turning(Share):
        pass

    share.__class__ = Turning
    Turning.alive = property(lambda self: next(calls, "cancelled") == "alive")  # type: ignore[assignment]
    share.state = "cancelled"
    report = alive.check(PROTECTED)
    assert (report.outcome, report.state) == ("bad", LinkState.DEAD)


@pytest.mark.parametrize("pwd", [None, "ab12"])
def test_expired(service: FakeShareService, pwd: str | None) -> None:
    service.add(Share(ID, pwd, "expired", dead_data=True))
    report = ask(service)
    assert report.outcome == "bad"
    assert report.state in (LinkState.EXPIRED, LinkState.DEAD)  # a protected one only says that it is gone


@pytest.mark.parametrize("state", ["hidden", "backup", "upgrade", "restricted", "crowded", "frozen"])
def test_states_that_may_pass_prove_nothing(service: FakeShareService, state: str) -> None:
    service.add(Share(ID, None, state))
    assert ask(service).outcome == "unknown"


# -- can't tell


FAULTS = ["html", "changed", "passport", "inner", "loop", "empty", "garbage", "no_errno", "array", "deep", "drip", "big", "reset",
          "-62", "-63", "-19", "-20", "-65", "8001", "9013", "9019", "132", "2", "140", "-6", "-4", "-11", "3", "112", "118", "-8", "116",
          "http403", "http404", "http429", "http500", "http502", "http503"]  # fmt: skip


@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize("where", ["page", "init", "verify", "list", "*"])
def test_faults_prove_nothing(service: FakeShareService, fault: str, where: str) -> None:
    service.add(Share(ID, "ab12", form="shell", seconds=600))
    service.faults[where] = fault
    report = ask(service, timeout=1)
    # Other ways may tell the truth all the same: this share runs out in ten minutes.
    assert report.state in (LinkState.UNCHECKED, LinkState.NOT_PERMANENT)
    if where in ("verify", "*"):
        assert (report.outcome, report.state) == ("unknown", LinkState.UNCHECKED)
    assert report.reason
    if fault in ("-62", "-63", "html", "passport") and report.outcome == "unknown":
        assert report.retry_at is not None
        assert report.retry_at > NOW


@pytest.mark.parametrize("where", ["page", "init", "verify", "list", "wxlist"])
def test_a_right_share_is_never_bad_whatever_fails(service: FakeShareService, where: str) -> None:
    for fault in FAULTS:
        if fault in ("drip", "big", "deep"):
            continue
        service.add(Share(ID, "ab12", form="shell"))
        service.faults = {where: fault}
        service.wrong = 0
        assert ask(service, timeout=1).outcome in ("good", "unknown"), fault


def test_slow_is_waited_for_within_bounds(service: FakeShareService) -> None:
    service.add(Share(ID, "ab12"))
    service.faults["verify"], service.slow = "slow", 0.5
    assert ask(service).state is LinkState.OK
    service.slow = 4
    report = ask(service, timeout=1)
    assert (report.outcome, report.state) == ("unknown", LinkState.UNCHECKED)


def test_nobody_listens(service: FakeShareService) -> None:
    settings = LinkSettings(base_url="http://127.0.0.1:1", timeout=1)
    report = LinkChecker(settings, sleep=lambda _: None).check(PROTECTED)
    assert (report.outcome, report.state) == ("unknown", LinkState.UNCHECKED)
    assert "no answer" in report.reason


def test_list_wants_the_code_again_once(service: FakeShareService) -> None:
    service.add(Share(ID, "ab12", form="shell"))
    service.faults["list"] = "-9"
    report = ask(service)
    assert report.state is LinkState.OK  # told by the mini-program's way
    assert service.paths().count("POST /share/verify") == 2
    service.faults["wxlist"] = "-130"
    assert ask(service).outcome == "unknown"  # the code was accepted: a refusal now proves nothing


def test_pages_that_are_not_understood_are_not_needed(service: FakeShareService) -> None:
    service.add(Share(ID, "ab12", form="shell"))
    service.faults["page"] = "changed"
    service.strict = False
    assert ask(service).state is LinkState.OK
    assert ask(service, PUBLIC).outcome == "unknown"  # "needs a code" must be read in words


# -- manners


def test_headers_and_cookies(service: FakeShareService) -> None:
    service.add(Share(ID, "ab12"))
    ask(service)
    jars = [jar for _, _, _, jar in service.asked]
    assert jars[0] == {}
    assert all("BAIDUID" in jar for jar in jars[1:])
    assert jars[-1]["BDCLND"] == service.shares[ID].key
    verify = next(fields for method, path, fields, _ in service.asked if path == "/share/verify")
    assert (verify["surl"], verify["pwd"]) == (ID[1:], "ab12")
    service.asked.clear()
    ask(service)
    assert service.asked[0][3] == {}  # a new jar for every link


def test_answers_are_kept(service: FakeShareService) -> None:
    service.add(Share(ID, "ab12"))
    same = checker(service)
    first = same.check(PROTECTED)
    count = len(service.asked)
    assert same.check(PROTECTED) is first
    assert len(service.asked) == count
    same.check(Link("baidu", URL, "zz99"))
    assert len(service.asked) > count


def test_kept_answers_grow_old(service: FakeShareService) -> None:
    service.add(Share(ID, "ab12"))
    now = [NOW]
    settings = LinkSettings(base_url=service.url, per_minute=1000)
    same = LinkChecker(settings, clock=lambda: now[0], sleep=lambda _: None)
    assert same.check(PROTECTED).state is LinkState.OK
    service.shares[ID].state = "cancelled"
    now[0] += timedelta(minutes=11)
    assert same.check(PROTECTED).state is LinkState.DEAD


def test_after_a_captcha_nobody_is_asked_until_the_rest_is_over(service: FakeShareService) -> None:
    service.add(Share(ID, "ab12"))
    service.faults["verify"] = "-62"
    now = [NOW]
    settings = LinkSettings(base_url=service.url, per_minute=1000)
    same = LinkChecker(settings, clock=lambda: now[0], sleep=lambda _: None, chance=random.Random(1))
    rests = []
    for _ in range(4):
        report = same.check(PROTECTED)
        assert (report.outcome, report.retry_at) != ("unknown", None)
        assert report.retry_at is not None
        rests.append(report.retry_at - now[0])
        count = len(service.asked)
        again = same.check(Link("baidu", "https://pan.baidu.com/s/1dGKK4vc"))
        assert (again.outcome, again.retry_at, len(service.asked)) == ("unknown", report.retry_at, count)
        now[0] = report.retry_at
    assert rests == sorted(rests)
    assert rests[3] > 4 * rests[0]
    del service.faults["verify"]
    assert same.check(PROTECTED).state is LinkState.OK
    service.faults["verify"] = "-62"
    service.shares.clear()
    service.add(Share(ID, "cd34"))
    again = same.check(Link("baidu", URL, "cd34"))
    assert again.retry_at is not None
    assert again.retry_at - now[0] < timedelta(minutes=12)  # a success let the rests begin anew


def test_too_many_wrong_codes_from_others(service: FakeShareService) -> None:
    service.add(Share(ID, "ab12"))
    service.wrong = 10
    report = ask(service, Link("baidu", URL, "zz99"))
    assert (report.outcome, report.state) == ("unknown", LinkState.UNCHECKED)


def test_pace(service: FakeShareService) -> None:
    slept: list[float] = []
    settings = LinkSettings(base_url=service.url, per_minute=3)
    same = LinkChecker(settings, sleep=slept.append, chance=random.Random(1))
    for number in range(5):
        service.add(Share(f"1abcdef{number}", state="cancelled", dead_data=True))
        same.check(Link("baidu", f"https://pan.baidu.com/s/1abcdef{number}"))
    assert sum(pause > 50 for pause in slept) == 2


@pytest.mark.parametrize(
    "link",
    [
        Link("web", URL), Link("baidu", "https://pan.baidu.com/share/link?shareid=1&uk=2"), Link("baidu", "http://127.0.0.1/s/1abcdef"),
        Link("baidu", URL + "/../../x"), Link("baidu", URL + "?x"), Link("baidu", ""), Link("baidu", "https://pan.baidu.com@evil.cn/s/1abcdef"),
    ],
)  # fmt: skip
def test_other_links_are_never_opened(service: FakeShareService, link: Link) -> None:
    assert ask(service, link).outcome == "unknown"
    assert service.asked == []
