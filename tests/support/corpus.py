"""All scenarios of the corpus, gathered from their modules."""

from __future__ import annotations

from pathlib import Path

from tests.support import (
    corpus_clients,
    corpus_files,
    corpus_files_mixed,
    corpus_forms,
    corpus_hostile,
    corpus_inside,
    corpus_links,
    corpus_more,
    corpus_others,
    corpus_quotes,
    corpus_sequences,
    corpus_subjects,
    corpus_threads,
)
from tests.support.corpus_world import SCENARIOS

__all__ = ["CORPUS", "MODULES", "SCENARIOS"]

CORPUS = Path(__file__).resolve().parents[1] / "corpus"
MODULES = (
    corpus_clients, corpus_subjects, corpus_files, corpus_files_mixed, corpus_forms, corpus_links, corpus_threads, corpus_others, corpus_hostile,
    corpus_more, corpus_quotes, corpus_inside, corpus_sequences,
)  # fmt: skip
