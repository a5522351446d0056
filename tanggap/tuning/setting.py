"""Which policy and which artefact an analyst means; without a config, the packaged Sukamaju."""

from importlib.resources import files
from pathlib import Path

import models
from classifier import Classifier, load
from tanggap.config import ConfigFile
from tanggap.errors import InputError, ModelError
from tanggap.policy import Policy, load_policy
from tanggap.toml_file import read_toml

EXAMPLE_POLICY = "sukamaju-policy.toml"


def policy_of(config: Path | None) -> Policy:
    """Return the policy of a config file, or the packaged one; raise ConfigError.

    Secrets are not needed here, so the rest of the config is not resolved.
    """
    if config is None:
        return load_policy(Path(str(files("tanggap.examples") / EXAMPLE_POLICY)))
    return load_policy(config.parent / read_toml(config, ConfigFile).policy_file)


def classifier_of(model: str | None, config: Path | None, policy: Policy) -> Classifier:
    """Return the classifier of a folder, a version, or (None) of the config.

    Raise InputError when no such model is known, ModelError when it is not sound.
    """
    configured = models.BASELINE
    if config is not None:
        configured = read_toml(config, ConfigFile).classifier.model
    if model is None:
        return load(models.path(configured), policy)
    if model == models.BASELINE or Path(model).is_dir():
        return load(models.path(model), policy)
    known: list[str] = []
    for folder in dict.fromkeys((models.path(configured), models.path(models.BASELINE))):
        try:
            classifier = load(folder, policy)
        except ModelError:
            continue
        if classifier.version == model:
            return classifier
        known.append(classifier.version)
    raise InputError(
        f"model `{model}` tidak ditemukan: bukan folder, dan versi yang ada {', '.join(known)}"
    )
