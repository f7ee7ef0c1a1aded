"""The demo's sample mails: what the index says of each is what the engine makes of it."""

from __future__ import annotations

import email
import email.policy
from importlib import resources
from pathlib import Path

import pypdfium2

from baosong.demo_command import SampleClock, campaign_for_trying, sample_mails
from core.findings import SEVERITY
from core.settings import CampaignSettings
from intake.engine import utc_now
from staff.words import FINDINGS
from tests.support.corpus_run import run

VERDICTS = {"合格": "accepted", "合格并提醒": "accepted", "新版本": "accepted", "需补正": "correction", "待核": "review"}
"""What stands before the colon of `shows`; everything else is ignored."""


def test_every_sample_is_what_the_index_says(tmp_path: Path) -> None:
    folder = Path(str(resources.files("baosong") / "demo_mails"))
    mails = sample_mails()
    by_bytes = {(folder / path.name).read_bytes(): path for path in folder.glob("*.eml")}
    outcome = run([by_bytes[mail.raw] for mail in mails], tmp_path, seals=True)
    shown = {
        mail.shows: (record["verdict"], VERDICTS.get(mail.shows.partition("：")[0], "ignored"))
        for mail, record in zip(mails, outcome.records, strict=True)
    }
    assert {shows: got for shows, (got, want) in shown.items() if got != want} == {}
    compliant = {record["message_id"] for record in outcome.records if record["verdict"] != "correction"}
    for letter in outcome.letters:
        assert letter["In-Reply-To"] not in compliant or "补正通知" not in str(letter.get_body(("plain",)))


def test_index_and_folder_agree_and_stay_small() -> None:
    folder = Path(str(resources.files("baosong") / "demo_mails"))
    files = list(folder.glob("*.eml"))
    mails = sample_mails()
    assert len(mails) == len(files) >= 20
    assert len({email.message_from_bytes(mail.raw)["Message-ID"] for mail in mails}) == len(mails)
    assert sum(path.stat().st_size for path in files) < 4 * 2**20


def test_letters_of_the_demo_bear_a_date_that_goes_with_their_deadlines() -> None:
    mails = sample_mails()
    clock = SampleClock(mails)
    assert 0 < (clock() - mails[-1].arrives).total_seconds() < 7200
    clock.join_the_present()
    assert abs((clock() - utc_now()).total_seconds()) < 60


def test_mail_written_to_the_running_demo_is_in_time(tmp_path: Path) -> None:
    from baosong.config import load_campaign

    file = tmp_path / "campaign.toml"
    file.write_text(campaign_for_trying(utc_now().date()), encoding="utf-8")
    extended, built_in = load_campaign("", file), load_campaign(CampaignSettings().name)
    batch = extended.batch_at(utc_now())
    assert batch is not None
    assert len(extended.batches) == len(built_in.batches) + 1
    assert extended.categories == built_in.categories


def test_every_finding_has_a_short_chinese_name() -> None:
    assert set(FINDINGS) >= set(SEVERITY)


def test_the_grey_scan_shows_its_pages() -> None:
    """Seen: a grey JPEG in a PDF that calls it coloured is drawn as white paper; staff of the demo had nothing to judge by."""
    raw = (Path(str(resources.files("baosong") / "demo_mails")) / "24-grey-scan.eml").read_bytes()
    parts = email.message_from_bytes(raw, policy=email.policy.default).walk()
    (scan,) = [part.get_payload(decode=True) for part in parts if (part.get_filename() or "").endswith(".pdf")]
    pages = [page.render(scale=0.3).to_pil().convert("L").getextrema() for page in pypdfium2.PdfDocument(scan)]
    assert len(pages) == 2
    assert all(darkest < 120 for darkest, _ in pages)
