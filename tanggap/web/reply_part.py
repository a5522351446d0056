"""The reply drafts on the page of an item."""

from tanggap.advice import Advice
from tanggap.policy import FRONT_OFFICE_SECTOR, Policy
from tanggap.replies import filled, offered, suitable
from tanggap.sectors import caption_of
from tanggap.store.rows import Item


def drafts_of(
    item: Item, dangers: tuple[Advice, ...], policy: Policy, city: str
) -> list[tuple[str, str]]:
    """Return title and text of each reply draft that suits an item, the best first."""
    opd = policy.opd.get(item.opd or "") or policy.opd[policy.owner_of(FRONT_OFFICE_SECTOR)]
    place = policy.kecamatan.get(item.kecamatan or "")
    values = {
        "opd": opd.name,
        "opd_pendek": opd.short,
        "nomor": str(item.id),
        "sektor": caption_of(item.sector),
        "kecamatan": place.name if place else "",
        "kota": city,
        **policy.contacts.model_dump(),
    }
    fit = suitable(
        offered(policy.reply),
        item.jenis,
        item.sector,
        urgent=item.urgent,
        dangers=[one.id for one in dangers],
    )
    return [(reply.title, filled(reply, values)) for reply in fit]
