"""Which policy and which artefact an analyst means; without a config, the packaged Sukamaju."""

from collections.abc import Iterator
from contextlib import contextmanager
from importlib.resources import files
from pathlib import Path

import models
from classifier import Classifier
from classifier.artefact import Artefact, read
from tanggap.config import ConfigFile, load_config
from tanggap.errors import InputError, ModelError
from tanggap.policy import Policy, load_policy
from tanggap.store import Store, open_store
from tanggap.toml_file import read_toml
from tanggap.tuning import versions

EXAMPLE_POLICY = "sukamaju-policy.toml"


def policy_of(config: Path | None) -> Policy:
    """Return the policy of a config file, or the packaged one; raise ConfigError.

    Secrets are not needed here, so the rest of the config is not resolved.
    """
    if config is None:
        return load_policy(Path(str(files("tanggap.examples") / EXAMPLE_POLICY)))
    return load_policy(config.parent / read_toml(config, ConfigFile).policy_file)


def classifier_of(model: str | None, config: Path | None, policy: Policy) -> Classifier:
    """Return the classifier of a folder, a version, or (None) of what is in use.

    Raise InputError when no such model is known, ModelError when it is not sound.
    """
    return Classifier(policy, artefact_of(model, config))


def artefact_of(model: str | None, config: Path | None) -> Artefact:
    """Return the artefact of a folder, a version, or (None) of what is in use.

    In use is the version that was promoted in the config's database, else the model that the
    config names. A version is looked for among the shipped ones, the config's, and in its
    database. Raise InputError when no such model is known, ModelError when it is not sound.
    """
    configured = models.BASELINE
    if config is not None:
        configured = read_toml(config, ConfigFile).classifier.model
    if model is None:
        with _database(config) as store:
            return (
                read(models.path(configured))
                if store is None
                else versions.in_use(store, configured)
            )
    if model == models.BASELINE or Path(model).is_dir():
        return read(models.path(model))
    known: list[str] = []
    for folder in dict.fromkeys((models.path(configured), models.path(models.BASELINE))):
        try:
            artefact = read(folder)
        except ModelError:
            continue
        if artefact.version == model:
            return artefact
        known.append(artefact.version)
    with _database(config) as store:
        kept = [] if store is None else [one.version for one in store.models() if one.kept]
        if store is not None and model in kept:
            return versions.stored(store, model)
    raise InputError(
        f"model `{model}` tidak ditemukan: bukan folder, dan versi yang ada "
        f"{', '.join([*known, *kept])}"
    )


@contextmanager
def _database(path: Path | None) -> Iterator[Store | None]:
    """Give the database of a config, to be read; None where there is none yet."""
    if path is None:
        yield None
        return
    config = load_config(path, secrets=False)
    password = config.database_password.get_secret_value()
    store = open_store(config.database_where, password=password, read_only=True)
    try:
        if store.is_new():
            yield None
            return
        store.check_schema()
        yield store
    finally:
        store.close()
