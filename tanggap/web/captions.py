"""What ids and labels are called, on pages and in workbooks: the desk's words, the city's names."""

from dataclasses import dataclass

from tanggap.language import gettext as _
from tanggap.mention import UMBRELLA, Mention
from tanggap.policy import Policy
from tanggap.sectors import caption_of
from tanggap.web import words


def sector_name(sector: str | None) -> str:
    """Return what people read for a sector, "" for none."""
    return _(caption_of(sector))


def jenis_name(jenis: str) -> str:
    """Return what people read for a jenis."""
    return _(words.JENIS.get(jenis, jenis))


def status_name(status: str) -> str:
    """Return what people read for a status."""
    return _(words.STATUS.get(status, status))


def answer_kind_name(kind: str | None) -> str:
    """Return what people read for the kind of an answer."""
    known = words.ANSWER_KINDS.get(kind or "")
    return _(known.caption) if known else _("belum dinilai")


def network_name(network: str) -> str:
    """Return what people call a network."""
    return words.NETWORK.get(network, network.capitalize())


def kind_name(mention: Mention) -> str:
    """Return what a mention of this kind is called on its network."""
    own = words.KINDS_OF_NETWORK.get((mention.network, mention.kind))
    return _(own or words.KINDS.get(mention.kind, mention.kind))


def actor_name(actor: str) -> str:
    """Return who did something: a person's account, or what the daemon is called."""
    return _("mesin") if actor == "mesin" else actor


@dataclass(frozen=True, slots=True)
class Captions:
    """What a city calls its OPD and places, and with them the value of any field."""

    city: str
    policy: Policy

    def opd(self, opd: str | None) -> str:
        """Return the short name of an OPD, the city's for the umbrella account."""
        if opd == UMBRELLA:
            return self.city
        return self.policy.names.get(opd or "", opd or "")

    def long_opd(self, opd: str | None) -> str:
        """Return the full name of an OPD."""
        found = self.policy.opd.get(opd or "")
        return found.name if found else self.opd(opd)

    def kecamatan(self, place: str | None) -> str:
        """Return the name of a kecamatan."""
        found = self.policy.kecamatan.get(place or "")
        return found.name if found else (place or "")

    def of(self, value: str, field: str) -> str:
        """Return what the value of a field is called; as it is where it has no other name."""
        match field:
            case "jenis":
                return jenis_name(value)
            case "kind":
                return answer_kind_name(value)
            case "sector":
                return sector_name(value)
            case "opd":
                return self.opd(value)
            case "supporting":
                return ", ".join(map(self.opd, value.replace(",", " ").split()))
            case "kecamatan":
                return self.kecamatan(value)
            case "status":
                return status_name(value)
            case "network":
                return network_name(value)
            case "tab" if value in words.TABS:
                return _(words.TABS[value].caption)
            case "age":
                return _(words.AGES.get(value, value))
            case "rule":
                return _(words.RULES.get(value, value))
            case "decided_by" if value == "mesin":
                return _("model")
        return value
