"""Rules: each a small pure function `Submission -> Iterable[Finding]`. Their table is `core.judge.RULES`."""
