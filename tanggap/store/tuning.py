"""All that the store keeps for the classifier that learns the city."""

from tanggap.store.tuning_jobs import TuningJobs
from tanggap.store.tuning_labels import TuningLabels
from tanggap.store.tuning_labels import digest_of as digest_of  # part of the face of the store
from tanggap.store.tuning_models import TuningModels


class Tuning(TuningLabels, TuningModels, TuningJobs):
    """Implements `tanggap.store.base_tuning.TuningStore`."""
