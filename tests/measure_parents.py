"""What the parent's text does to the sector of comments in the simulated city.

    .venv/bin/python tests/measure_parents.py

Comments under the agencies' posts on Facebook, each decided without its parent, with it as the
product does (where its own words leave the sector open), and with its words beside every comment.
"""

import json
from dataclasses import replace
from datetime import UTC, datetime

import click

import models
from classifier import load, scores
from classifier.dataset import Example, mention_of
from tanggap.mention import Mention
from tanggap.policy import packaged_policy
from tanggap.simulator.generator import generate_world
from tanggap.simulator.texts import packaged_bank
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

    lines = [
        line
        for lines in packaged_bank().by_jenis.values()
        for line in lines
        if line.sector and line.parent_text
    ]
    on_topic = [
        mention_of(
            Example(line.text, mentioned_opd=line.mentioned_opd, parent_text=line.parent_text)
        )
        for line in lines
    ]

    def right(mentions: list[Mention], truth: list[str]) -> float:
        decided = classifier.decide(mentions)
        hits = [
            decision.sector is not None and decision.sector.label == sector
            for decision, sector in zip(decided, truth, strict=True)
        ]
        return round(sum(hits) / len(hits), 3)

    sets = {
        "under any announcement": (
            [as_mention(post) for post in comments],
            [post.labels["sector"] for post in comments],
        ),
        "replies to their own matter": (on_topic, [line.sector for line in lines]),
    }
    sure_alone = scores.SURE_ALONE
    for name, (mentions, truth) in sets.items():
        alone = [replace(mention, parent_text=None) for mention in mentions]
        figures = {"set": name, "n": len(truth), "without the parent": right(alone, truth)}
        figures["as the product does"] = right(mentions, truth)
        scores.SURE_ALONE = 2.0
        figures["beside every comment"] = right(mentions, truth)
        scores.SURE_ALONE = sure_alone
        click.echo(json.dumps(figures))


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
