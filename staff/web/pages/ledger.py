"""台账: units × categories (× batches) with states, who is missing; filter, sort and page in the address."""

from __future__ import annotations

from fastapi import APIRouter
from starlette.responses import Response

from staff import matrix
from staff.web.pages.addresses import items_query, messages_query
from staff.web.pages.overview import chosen_batch
from staff.web.visit import Here
from storage import progress

router = APIRouter()

PAGE = 50


@router.get("/ledger")
def ledger(here: Here) -> Response:
    """The matrix, or a part of it."""
    site = here.site
    batch = chosen_batch(here)
    number = batch.number if batch else None
    cells = progress.cells(site.database, site.campaign.key, number)
    names = {*site.register.reporting_units(), *(cell.unit for cell in cells if cell.unit)}
    last = progress.last_mails(site.database, sorted(names), site.campaign.key, number)
    everything = matrix.build(cells, last, site.register)
    wanted = _wanted(here)
    sort = here.query("sort") if here.query("sort") in matrix.SORTS else ""
    found = matrix.arrange(matrix.choose(everything, wanted), sort)
    columns = matrix.columns_of(site.campaign, number, everything, wanted.category)
    pages = max(1, -(-len(found) // PAGE))
    page = min(max(here.number("page") or 1, 1), pages)
    whole = here.query("page") == "all"
    return here.page(
        "ledger.html", batch=batch, number=number, wanted=wanted, sort=sort,
        lines=found if whole else found[(page - 1) * PAGE : page * PAGE], found=len(found), total=len(everything),
        page=page, pages=pages, whole=whole, columns=columns, totals=matrix.totals(found, columns),
        whole_count=sum(line.count() for line in found),
        missing=sum(line.state == "missing" for line in everything), state_order=matrix.STATE_ORDER,
        unit_states=matrix.UNIT_STATES, kinds=matrix.UNIT_KINDS, sorts=matrix.SORTS,
        categories={spec.key: spec.name for spec in site.campaign.categories},
        batches={spec.number: spec.name for spec in site.campaign.batches}, items_query=items_query,
        messages_query=messages_query,
    )


def _wanted(here: Here) -> matrix.Wanted:
    """The filter of the address; words that are not known are not asked for."""
    categories = {spec.key for spec in here.site.campaign.categories}

    def known(name: str, words: object) -> str:
        value = here.query(name)
        return value if value in words else ""  # type: ignore[operator]

    states = {"missing", "mail", *matrix.STATE_ORDER}
    return matrix.Wanted(
        here.query("q")[:60], known("kind", matrix.UNIT_KINDS), known("state", states), known("category", categories)
    )
