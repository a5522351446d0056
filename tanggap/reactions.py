"""How a citizen took an answer: by what the same author wrote in the thread after it. Pure."""

from typing import Literal

from tanggap.clocks import answers_that_count
from tanggap.mention import ACTIONABLE
from tanggap.store.rows_answers import AnswerFacts

Reaction = Literal["thanks", "again", "none"]


def reaction(facts: AnswerFacts) -> Reaction:
    """Return how the author of an item took the first answer that counts.

    The last word counts: who thanks and then complains again is not served. Posts that neither
    thank nor ask (chat, spam, what nobody has judged yet) say nothing.
    """
    answers = answers_that_count(facts)
    if not answers:
        return "none"
    said: Reaction = "none"
    for post in facts.later:
        if post.posted_at <= answers[0].posted_at:
            continue
        if post.jenis == "apresiasi":
            said = "thanks"
        elif post.jenis in ACTIONABLE and post.tab != "aside":
            said = "again"
    return said
