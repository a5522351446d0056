"""Mention + Decision + the city's policy -> Route. Pure: no I/O, no clock, no database.

Rules in the order in which they are asked; the first that fits decides:

    repost            context   a repost repeats what is already there
    own_answer        answer    an OPD's own account replies to or quotes somebody
    own_naming        answer    an OPD's own account posts to somebody by name
    own_post          context   an OPD's own account posts
    sensitive         triage    violence, suicide, a child, an official: own lane
    no_decision       triage    no artefact could decide, or one that knows another policy
    no_text           triage    a photo or link without words
    aside             aside     surely nothing is asked of the government
    unsure_jenis      triage    neither surely asked nor surely not
    urgent_unsure     triage    life at stake and the sector unsure
    unsure_sector     triage    asked, but below the sector's threshold
    outside           queue     a body outside the city must act: the front office explains
    sector            queue     actionable and confident
"""

import re

from tanggap.mention import Decision, Mention, Route, handles_named
from tanggap.policy import FRONT_OFFICE_SECTOR, Policy

_LINK = re.compile(r"https?://\S+")
_HANDLE = re.compile(r"@\w+(?:\.\w+)*")


def route(mention: Mention, decision: Decision, policy: Policy) -> Route:
    """Return where `mention` goes; every candidate is an OPD of `policy`."""
    if mention.kind == "repost":
        return Route("context", "repost")
    if mention.author_opd is not None:
        if mention.kind in ("reply", "comment", "quote"):
            return Route("answer", "own_answer", opd=mention.author_opd)
        if _names_others(mention):
            return Route("answer", "own_naming", opd=mention.author_opd)
        return Route("context", "own_post")
    candidates = _candidates(mention, decision, policy)
    proposed = candidates[0]

    def triage(rule: str) -> Route:
        return Route(
            "triage",
            rule,
            opd=proposed,
            supporting=_supporting(decision, proposed, policy),
            candidates=candidates,
            sensitive=decision.sensitive.on,
        )

    if decision.sensitive.on:
        return triage("sensitive")
    if decision.jenis is None or decision.sector is None or decision.opd is None:
        return triage("no_decision")
    if decision.opd.label not in policy.names:
        return triage("no_decision")
    if _is_photo_or_link_without_words(mention):
        return triage("no_text")
    aside_below, actionable_from = decision.actionable_thresholds
    if decision.actionable < aside_below and not decision.urgent.on:
        return Route("aside", "aside", opd=proposed, candidates=candidates)
    if decision.actionable < actionable_from:
        return triage("unsure_jenis")
    if decision.sector.confidence < decision.sector_threshold:
        return triage("urgent_unsure" if decision.urgent.on else "unsure_sector")
    return Route(
        "queue",
        "outside" if policy.is_outside(decision.opd.label) else "sector",
        opd=proposed,
        supporting=_supporting(decision, proposed, policy),
        candidates=candidates,
    )


def _names_others(mention: Mention) -> bool:
    """Whether a post names more accounts than those of other OPD that it addresses.

    Pages of Meta address themselves, whether their text names them or not.
    """
    others = [opd for opd in mention.addressed if opd != mention.author_opd]
    return len(handles_named(mention.text)) > len(others)


def _is_photo_or_link_without_words(mention: Mention) -> bool:
    """Whether only a person who looks can tell; a bare tag or emoji alone shows nothing."""
    without_links = _LINK.sub(" ", mention.text)
    if any(character.isalnum() for character in _HANDLE.sub(" ", without_links)):
        return False
    return mention.has_media or without_links != mention.text or not mention.text.strip()


def _candidates(mention: Mention, decision: Decision, policy: Policy) -> tuple[str, ...]:
    """Return at least one OPD, best first: decided, next best, addressed, front office."""
    front_office = policy.owner_of(FRONT_OFFICE_SECTOR)
    wished: list[str] = []
    if decision.opd is not None:
        wished.append(decision.opd.label)
        wished.extend(label for label, _ in decision.opd.top)
    addressed = [opd for opd in mention.addressed if opd in policy.opd]
    if decision.opd is None or policy.is_outside(decision.opd.label):
        wished = [*addressed, front_office, *wished]
    else:
        wished.extend([*addressed, front_office])
    return tuple(dict.fromkeys(opd for opd in wished if opd in policy.opd))


def _supporting(decision: Decision, opd: str, policy: Policy) -> tuple[str, ...]:
    return tuple(other for other in decision.supporting if other in policy.opd and other != opd)
