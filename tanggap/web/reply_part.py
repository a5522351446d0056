"""The replies to copy on the page of an item."""

from tanggap.advice import Advice
from tanggap.config import Config
from tanggap.government import government_of
from tanggap.policy import FRONT_OFFICE_SECTOR, Outside
from tanggap.replies import filled, kept_for, offered, suitable
from tanggap.sectors import caption_of
from tanggap.store.rows import Item


def drafts_of(item: Item, dangers: tuple[Advice, ...], config: Config) -> list[tuple[str, str]]:
    """Return title and text of each reply draft that suits an item, the best first."""
    policy = config.policy
    opd = policy.opd.get(item.opd or "") or policy.opd[policy.owner_of(FRONT_OFFICE_SECTOR)]
    place = policy.kecamatan.get(item.kecamatan or "")
    values = _of_the_city(config) | {
        "opd": opd.name,
        "opd_pendek": opd.short,
        "nomor": str(item.id),
        "sektor": caption_of(item.sector),
        "kecamatan": place.name if place else "",
    }
    fit = suitable(
        offered(policy.reply),
        item.jenis,
        item.sector,
        urgent=item.urgent,
        dangers=[one.id for one in dangers],
    )
    return [(reply.title, filled(reply.text, values)) for reply in fit]


def outside_reply(body: Outside, dangers: tuple[Advice, ...], config: Config) -> str:
    """Return what to answer where a body beyond the city must act.

    Empty where a person is in a danger that drafts are kept for: those are the answer then.
    """
    if kept_for(offered(config.policy.reply), [one.id for one in dangers]):
        return ""
    return filled(body.reply, _of_the_city(config))


def _of_the_city(config: Config) -> dict[str, str]:
    name = config.city.name
    return {
        "kota": name,
        "pemerintah": government_of(name),
        **config.policy.contacts.model_dump(),
    }
