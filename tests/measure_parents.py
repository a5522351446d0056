"""What the parent's text does to the sector of comments in the simulated city.

    .venv/bin/python tests/measure_parents.py

Comments under the agencies' posts on Facebook, each decided without its parent, with it as the
product does, and with its words beside every comment, however long.
"""

import json
from dataclasses import replace
from datetime import UTC, datetime

import click

import models
from classifier import features, load
from tanggap.mention import Mention
from tanggap.policy import packaged_policy
from tanggap.simulator.generator import generate_world
from tanggap.simulator.world import Post

START = datetime(2026, 11, 20, 1, tzinfo=UTC)


def main() -> None:
    policy = packaged_policy()
    classifier = load(models.path("baseline"), policy)
    world = generate_world(5, START, 24, 1500, network="facebook")
    comments = [
        post
        for post in world.everything()
        if post.labels.get("sector") and post.parent and post.parent.author.opd
    ]

    def right(mentions: list[Mention]) -> float:
        decided = classifier.decide(mentions)
        hits = [
            decision.sector is not None and decision.sector.label == post.labels["sector"]
            for decision, post in zip(decided, comments, strict=True)
        ]
        return round(sum(hits) / len(hits), 3)

    under = [as_mention(post) for post in comments]
    figures = {
        "comments": len(comments),
        "without the parent": right([replace(mention, parent_text=None) for mention in under]),
        "as the product does": right(under),
    }
    features.SPEAKS_FOR_ITSELF = 10_000
    figures["beside every comment"] = right(under)
    click.echo(json.dumps(figures, indent=1))


def as_mention(post: Post) -> Mention:
    assert post.parent is not None
    return Mention(
        network="facebook",
        network_id=str(post.id),
        kind="comment",
        text=post.versions[0].text,
        posted_at=post.posted_at,
        seen_at=post.posted_at,
        addressed=(post.root.author.opd or "",),
        parent_id=str(post.parent.id),
        parent_text=post.parent.versions[0].text,
    )


if __name__ == "__main__":
    main()
