"""All tables in one place: importing this module fills `Base.metadata`."""

from __future__ import annotations

from storage.models_answer import Answer, AnswerCompanion, ReceiptSequence
from storage.models_base import Base
from storage.models_export import Export, ExportRow
from storage.models_item import Item, ItemMessage, ItemPlace, ItemText
from storage.models_message import Attachment, Finding, Link, MailboxFolder, Message, MessageContent
from storage.models_staff import Alert, ApiToken, Audit, Heartbeat, Notice, StaffRole, StaffSession, StaffUser
from storage.models_tally import Tally

__all__ = [
    "Alert", "Answer", "AnswerCompanion", "ApiToken", "Attachment", "Audit", "Base", "Export", "ExportRow", "Finding",
    "Heartbeat", "Item", "ItemMessage", "ItemPlace", "ItemText", "Link", "MailboxFolder", "Message", "MessageContent",
    "Notice", "ReceiptSequence", "StaffRole", "StaffSession", "StaffUser", "Tally",
]
