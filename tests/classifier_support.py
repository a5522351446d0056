"""What the classifier's tests share: the packaged policy, the shipped model, small mentions."""

from functools import cache
from pathlib import Path

import models
from classifier import Classifier, load
from classifier.artefact import Artefact, read
from classifier.dataset import Example, mention_of
from tanggap.mention import Decision, Mention
from tanggap.policy import Kecamatan, Opd, Policy, Rule
from tanggap.tuning import files
from tanggap.tuning.setting import policy_of

BASELINE = models.path("baseline")


@cache
def policy() -> Policy:
    return policy_of(None)


@cache
def baseline() -> Classifier:
    return load(BASELINE, policy())


@cache
def artefact() -> Artefact:
    return read(BASELINE)


def mention(text: str, *addressed: str, parent: str = "") -> Mention:
    return mention_of(Example(text=text, mentioned_opd="|".join(addressed), parent_text=parent))


def decide(text: str, *addressed: str, parent: str = "") -> Decision:
    return baseline().decide([mention(text, *addressed, parent=parent)])[0]


def other_city() -> Policy:
    """A city with other ids, a hospital without a sector, and rules bound to a kecamatan."""
    return policy().model_copy(
        update={
            "opd": {
                "pupr_kab": Opd(name="Dinas Pekerjaan Umum", short="DPU Kab"),
                "dinkes_kab": Opd(name="Dinas Kesehatan", short="Dinkes Kab"),
                "rsud_kab": Opd(
                    name="RSUD Kabupaten", short="RSUD", keywords=("rumah sakit umum",)
                ),
                "umum_kab": Opd(name="Bagian Umum", short="Bagian Umum"),
            },
            "sector_opd": {
                **dict.fromkeys(policy().sector_opd, "umum_kab"),
                "jalan": "pupr_kab",
                "drainase_banjir": "pupr_kab",
                "kesehatan": "dinkes_kab",
            },
            "kecamatan": {
                "utara": Kecamatan(name="Wanasari Utara", kelurahan=("Melati", "Sukamulya")),
                "selatan": Kecamatan(name="Selatan", kelurahan=("Sukamulya",), aliases=("kidul",)),
            },
            "rule": (
                Rule(id="pasar", words=("pasar induk",), opd="umum_kab", kecamatan="utara"),
                Rule(id="klinik", words=("klinik haji",), opd="rsud_kab", sectors=("kesehatan",)),
            ),
        }
    )


@cache
def small_corpus() -> tuple[Example, ...]:
    """Every sixth text of the corpus, and all of the rarest jenis."""
    return tuple(
        example for i, example in enumerate(files.corpus()) if i % 6 == 0 or example.jenis == "spam"
    )


def write_lines(path: Path, *lines: str) -> Path:
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path
