"""概览: how far the batch is, and what waits for a person."""

from __future__ import annotations

from fastapi import APIRouter
from starlette.responses import Response

from staff.web.visit import Here
from storage.counts import summary

router = APIRouter()


@router.get("/")
def overview(here: Here) -> Response:
    """The first page."""
    return here.page("overview.html", summary=summary(here.site.database, here.site.campaign.key))
