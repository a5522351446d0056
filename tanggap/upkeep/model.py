"""Which model decides: the promoted one, else the config's; without a sound one the rules alone.

Promotions stand in the store, so every daemon of an install finds them, and a restart does too.
The artefact is read from the store's bytes into memory and leaves no file behind.
"""

import logging
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

import models
from classifier import AnswerKinds, Classifier, load, load_answers, rules_only
from tanggap.config import Config
from tanggap.errors import ModelError
from tanggap.store import Store
from tanggap.tuning import versions
from tanggap.upkeep.clock_skew import right_now

logger = logging.getLogger("tanggap.daemon")

AGAIN_SECONDS = 60.0
"""Real seconds after which a model that could not be used is tried once more."""


@dataclass(frozen=True, slots=True)
class Loaded:
    """A classifier that decides from now on."""

    classifier: Classifier
    promoted: str | None
    """The version that was to be used; None: the one of the config."""
    problem: str | None
    """Why the rules alone decide instead, in one line for people; None: nothing is wrong."""
    answers_problem: str | None
    """Likewise, why answers get no kind."""


def load_model(store: Store, config: Config) -> Loaded:
    """Return the promoted model, else the config's; the rules alone where it is not sound."""
    promoted = store.current_model()
    if promoted is None:
        return configured_model(config)
    answers, wrong = _answer_kinds()
    try:
        classifier = Classifier(config.policy, versions.stored(store, promoted), answers)
    except ModelError as exc:
        return Loaded(rules_only(config.policy, answers), promoted, str(exc), wrong)
    return Loaded(classifier, promoted, None, wrong)


def configured_model(config: Config) -> Loaded:
    """Return the model that the config names; the rules alone where it is not sound."""
    answers, wrong = _answer_kinds()
    try:
        classifier = load(models.path(config.classifier.model), config.policy, answers)
    except ModelError as exc:
        return Loaded(rules_only(config.policy, answers), None, str(exc), wrong)
    return Loaded(classifier, None, None, wrong)


def _answer_kinds() -> tuple[AnswerKinds | None, str | None]:
    """Return the shipped model of answer kinds, or None and what is wrong with it."""
    try:
        return load_answers(models.answers()), None
    except ModelError as exc:
        return None, str(exc)


class ModelWatch:
    """Sees that another model is wanted than the one that was loaded last."""

    def __init__(self, loaded: Loaded, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self.took(loaded)

    def took(self, loaded: Loaded) -> None:
        """Note which model decides now."""
        self._promoted, self._problems = loaded.promoted, _problems(loaded)
        self._tried_at = self._clock()

    def follow(self, store: Store, config: Config, owner: str) -> Classifier | None:
        """Return what decides from now on, its alarm raised or taken back; None: as before.

        A model that cannot be used is tried again every `AGAIN_SECONDS`: it may have been mended.
        """
        if store.current_model() == self._promoted and (
            not any(self._problems) or self._clock() - self._tried_at < AGAIN_SECONDS
        ):
            return None
        loaded = load_model(store, config)
        changed = (loaded.promoted, _problems(loaded)) != (self._promoted, self._problems)
        if changed:
            report_model(store, loaded, right_now(store, config), owner)
            logger.info("event=model_taken model=%s", loaded.classifier.version)
        self.took(loaded)  # last: what the store refused is done again in the next round
        return loaded.classifier if changed else None


def report_model(store: Store, loaded: Loaded, now: datetime, owner: str) -> None:
    """Alarm while a model that `owner` was told to use cannot be used; else take it back."""
    modes = {"model": "rules", "answer_kinds": "without_answer_kinds"}
    for (code, mode), problem in zip(modes.items(), _problems(loaded), strict=True):
        if problem is None:
            store.clear_alarm(code, owner)
        else:
            logger.error("event=model_unusable mode=%s", mode)
            store.raise_alarm(code, problem, now, owner)


def _problems(loaded: Loaded) -> tuple[str | None, str | None]:
    return loaded.problem, loaded.answers_problem
