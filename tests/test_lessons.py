"""The scars of other mail-intake programs, row by row: what happened to them, and the tests that keep it from us.

Each row of the table is one case here, named after where it was seen. A row that no test proves fails, and so does a
pointer to a test that has gone or was renamed.
"""

from __future__ import annotations

import ast
import functools
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]

LESSONS: dict[str, tuple[str, ...]] = {
    # The next poll overlapped the first: a unique row is claimed before work, one poll at a time for each mailbox.
    "paperless-ngx #9436, #13336": (
        "storage/test_processes.py::test_two_polls_record_each_mail_once",
        "storage/test_processes.py::test_one_poller_for_each_mailbox",
        "live/test_faults.py::test_two_daemons_on_one_mailbox",
    ),
    # UIDs used again after the mailbox was rebuilt.
    "paperless-ngx #8939, #10080": (
        "live/test_daemon.py::test_a_rebuilt_mailbox_brings_nothing_twice",
        "storage/test_ledger.py::test_new_uidvalidity_relinks",
        "intake/test_mailbox_uids.py::test_uidvalidity",
    ),
    # Sequence numbers lose every second mail.
    "osTicket #6979": ("live/test_daemon.py::test_a_mailbox_like_163",),
    # Archived or marked as seen before it was stored.
    "parsedmarc #242; Odoo #253413, #58500": (
        "live/test_daemon.py::test_every_mail_is_recorded_and_answered_as_expected",
        "storage/test_ledger.py::test_filed_after_the_decision_only",
        "live/test_mailbox_fetch_live.py::test_fetching_marks_nothing_as_read",
    ),
    # Storing a flag failed: replies doubled.
    "Zammad #78, #1662": (
        "live/test_faults.py::test_killed_there_nothing_is_lost_and_nothing_doubled",
        "storage/test_outbox.py::test_claim_is_exclusive_and_sent_is_final",
        "live/test_mailbox_wait_live.py::test_filing_over_a_lost_connection_is_an_outcome",
    ),
    # One poisonous mail stopped intake for days.
    "Zammad #2754; FreeScout #4293, #4159": (
        "live/test_daemon.py::test_any_bytes_as_a_mail_are_recorded_and_the_others_go_on",
        "storage/test_ledger.py::test_third_failure_holds",
        "storage/test_ledger.py::test_mail_that_kills_the_process_is_held",
        "live/test_mailbox_fetch_live.py::test_a_mail_that_kills_the_connection_comes_last_and_is_reported",
        "live/test_mailbox_fetch_live.py::test_a_mail_over_the_limit_is_recorded_by_its_header",
        "intake/test_pipeline.py::test_a_mail_that_fails_is_held_and_the_others_go_on",
    ),
    # "The last 10", "the last day": mails of an outage lost.
    "Chatwoot #6574, #10429, #6604": ("intake/test_mailbox_uids.py::test_the_list_is_frozen_and_takes_mails_older_than_the_newest_known",),
    # Batches that shift while they are iterated.
    "FreeScout #4624, #4047": (
        "intake/test_mailbox_uids.py::test_what_the_ledger_lacks_ascending_and_once",
        "live/test_mailbox_fetch_live.py::test_a_mail_that_vanished_concerns_nobody_else",
    ),
    # Two workers, leaked connections.
    "docspell #1397, #1755; n8n #30179": (
        "storage/test_ledger.py::test_claims_in_order_of_arrival_and_one_owner_each",
        "storage/test_processes.py::test_each_letter_is_claimed_once",
        "intake/test_pipeline.py::test_two_workers_share_the_work",
    ),
    # IDLE hangs, the connection dies silently, the service is "healthy".
    "imapclient #449, #403, #327; n8n #30871": (
        "live/test_mailbox_wait_live.py::test_a_server_that_falls_silent_in_idle_is_found_out",
        "live/test_mailbox_wait_live.py::test_a_connection_that_dies_in_idle_does_not_wake_hang_or_raise",
        "live/test_mailbox_wait_live.py::test_idle_is_renewed_and_sleeps_through_other_news",
        "live/test_mailbox_live.py::test_a_silent_server_times_out",
    ),
    # The server disconnects while a long parse runs.
    "parsedmarc #211": (
        "live/test_daemon.py::test_the_daemon_comes_back_after_a_lost_connection",
        "live/test_daemon.py::test_what_came_before_the_connection_was_lost_is_not_fetched_again",
    ),
    # 163: SELECT Unsafe Login.
    "imapclient #544": (
        "live/test_daemon.py::test_a_mailbox_like_163",
        "live/test_mailbox_live.py::test_id_comes_between_login_and_select_on_every_connection",
        "live/test_mailbox_live.py::test_unsafe_login_says_what_to_do",
    ),
    # SEARCH with a charset refused.
    "paperless-ngx #643, #9451": (
        "live/test_mailbox_live.py::test_163s_answers_suffice",
        "live/test_mailbox_live.py::test_without_search_the_uids_are_fetched",
    ),
    # gb2312 that is GBK, raw GBK, wrong charset, empty names.
    "Zammad #6054; node-imap #870; imap_tools #220; Zammad #2227, #2458, #2491": (
        "parsers/test_message_losses.py::test_body_whatever_its_label",
        "parsers/test_message_losses.py::test_subject",
        "parsers/test_message_losses.py::test_file_name",
        "parsers/test_message_losses.py::test_a_file_without_name",
        "parsers/test_message_parts.py::test_decoding_never_raises",
    ),
    # Names in a zip in GBK.
    "cpython #84587, #83042": ("parsers/test_message_containers.py::test_short_names_in_both_charsets",),
    # PDFs passed over: inline, without a disposition, octet-stream.
    "paperless-ngx #865, #1931, #6827": (
        "parsers/test_message_losses.py::test_inline_pdf_is_an_attachment",
        "parsers/test_message_clients.py::test_every_way_to_write_a_file_name",
        "parsers/test_message_structure.py::test_single_part_mails_that_are_a_file",
    ),
    # Loops with bounces and with the own mailbox.
    "frappe/helpdesk #3628; PostHog #92017; FreeScout #634": (
        "core/test_loop_guard.py::test_our_own_mail_is_not_answered",
        "core/test_loop_guard.py::test_caps",
        "core/test_kind.py::test_bounces",
        "intake/test_sending.py::test_caps_hold_letters_back",
    ),
    # Headers compared in raw case.
    "Mailman 3 reply bot": (
        "core/test_loop_guard.py::test_signs_that_forbid_an_answer",
        "parsers/test_message_parts.py::test_every_header_of_the_loop_guard_is_kept",
    ),
    # Merged by equal subject; an empty Message-ID merged strangers.
    "osTicket #3607; mailanalyzer #81": (
        "core/test_decide.py::test_empty_message_id_matches_nothing",
        "storage/test_ledger.py::test_empty_message_id_matches_nothing",
        "core/test_decide.py::test_two_cases_of_one_unit_stay_two",
    ),
    # The sender's Date is wrong.
    "FreeScout #3380, #5536; ponymail-foal #157": (
        "live/test_mailbox_fetch_live.py::test_arrival_is_the_servers_date_not_the_senders",
        "core/test_decide.py::test_batches_by_arrival",
    ),
    # First connect imported years of mail and notified everyone.
    "Zammad #539, #243, #923": (
        "live/test_daemon_letters.py::test_mail_from_before_the_first_day_is_recorded_and_never_answered",
        "live/test_daemon_letters.py::test_draft_mode_sends_nothing_until_staff_release_it",
    ),
    # 535 too many logins; 554 DT:SPM; 553 From.
    "nodemailer #1350; NodeMail #20; weather-action #5": (
        "live/test_daemon_letters.py::test_the_account_refused_stops_everything_until_a_person_has_looked",
        "notifier/test_sender_live.py::test_one_session_for_many_letters",
        "notifier/test_refusals.py::test_account_refused_stops_everything",
    ),
    # Captchas and false "dead" verdicts.
    "BaiduPanFilesTransfers #66; PanCheck #2; panCheckUrl #8": (
        "intake/test_link_check_answers.py::test_captcha_stops_the_asking",
        "intake/test_link_check_answers.py::test_pages_that_prove_nothing",
        "intake/test_link_check_live.py::test_a_right_share_is_never_bad_whatever_fails",
    ),
    # Accept by itself when complete; mandatory files.
    "HotCRP #277; pkp-lib #6241, #2687": (
        "core/test_decide.py::test_compliant_mail_is_accepted_with_a_receipt",
        "core/test_decide.py::test_missing_scan_waits_for_the_grace_period",
    ),
    # Parts grouped wrongly, no way to mend.
    "patchwork #529": ("storage/test_desk.py::test_merge", "storage/test_desk.py::test_reassign_item"),
    # Memory of ten times the mail.
    "mikel/mail #1602": (
        "parsers/test_message_structure.py::test_memory_for_a_mail_of_70_mb",
        "live/test_mailbox_fetch_live.py::test_a_mail_of_70_mb_needs_a_few_mb",
    ),
    # A text part of 2 MB blocked for minutes.
    "mailparser #389": ("parsers/test_message_structure.py::test_hostile", "core/test_kind.py::test_a_long_mail_takes_no_time"),
    # Raw bytes decoded with errors="replace" before parsing.
    "django-helpdesk": (
        "parsers/test_message_losses.py::test_raw_header_folded_inside_chinese",
        "live/test_mailbox_fetch_live.py::test_odd_mails_come_byte_for_byte",
    ),
}


@functools.cache
def functions(file: Path) -> frozenset[str]:
    """Names of the tests in a file."""
    tree = ast.parse(file.read_text("utf-8"))
    return frozenset(node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef) and node.name.startswith("test_"))


@pytest.mark.parametrize("row", LESSONS)
def test_a_test_keeps_this_from_happening_to_us(row: str) -> None:
    assert LESSONS[row]
    for pointer in LESSONS[row]:
        name, _, test = pointer.partition("::")
        file = ROOT / "tests" / name
        assert file.is_file(), f"{pointer}: there is no such file"
        assert test in functions(file), f"{pointer}: there is no such test"

