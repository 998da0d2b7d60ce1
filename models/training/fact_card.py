"""Writes the summary's figures down for people; no number in the card is typed by hand."""

from collections.abc import Mapping
from typing import Any

from models.training.cards import per_cent
from models.training.fact_figures import OURS, SHIPPED, SHORTENED, SIMPLE

_INTRO = """# Does the summary tell what a manager wants to know?

A reader noted by hand, before seeing what any program says of them, the facts a manager would want of {visits} whole
visits of the corpus: {facts} facts with the turns that carry them (`corpus/facts_1.jsonl`). A fact counts as told when
one of its turns is among those that the text was taken from. The other ways get as many characters as our summary used
in the same visit, and the turn on which these run out counts as told. Intervals are 95% bootstrap over visits.
"""
_FITTED = """What a turn's length, its figures, who speaks and what was found in it say of its worth was fitted on half
of the visits, those at even places (`nlp/summarize/salience.py`), and so was how the short form is filled; the tables
count the other half alone.
"""
_LIMITS = """## What this does not say

- It asks whether the right places were chosen, not what was left of them. A turn cut to {note} characters, or {points}
  in a key point, may have lost the fact; a turn given whole has not. The condensed rows cut every turn as short as ours
  does, but from its beginning, not around what was found in it, and spend nothing on labels or answers to objections.
- Plain TextRank ranks long turns high, and long turns carry more facts; cut short, it names more turns than ours does,
  for ours spends a part on the next step, which counts for no fact here, and characters on labels.
- One reader, a language model, chose the facts, and had read the summariser's code; a second reader was not asked.
- The visits are written, not recorded, and denser than life: they hold less of the small talk that wastes first turns.
- "As shipped" has learnt these very visits and is not to be quoted as quality.
"""


def facts_card(figures: Mapping[str, Any]) -> str:
    """Text of `models/summary/card.md`."""
    steps = figures["next_steps"]
    parts = [
        _INTRO.format(**{key: figures[key] for key in ("visits", "facts")}),
        _FITTED,
        *_form("The short form, at most 120 characters", figures["held_out"]["note"]),
        *_form("All key points", figures["held_out"]["points"]),
        "## Over all visits, those included that the weights were fitted on\n",
        *(_whole(name, figures[form]) for name, form in (("the short form", "note"), ("all key points", "points"))),
        "",
        "## Next steps\n",
        f"Of {steps['annotated']} next steps that the reader noted, {_spread(steps)} are among those extracted.\n",
        _LIMITS.format(note=SHORTENED["note"], points=SHORTENED["points"]),
    ]
    return "\n".join(parts)


def _form(title: str, form: Mapping[str, Any]) -> list[str]:
    size = form["characters"]
    lines = [
        f"## {title}\n",
        f"{size['mean']:.0f} characters a visit on average, {size['most']} at most.\n",
        "| way | facts told, % (95%) | ours ahead by, points (95%) |",
        "|---|---|---|",
    ]
    for way in (OURS, SHIPPED, *SIMPLE):
        own = form["coverage"][way]
        ahead = form["ahead_of"].get(way)
        lines.append(f"| {way} | {_spread(own)} | {_spread(ahead) if ahead else ''} |")
    return [*lines, "", _verdict(form), ""]


def _whole(name: str, form: Mapping[str, Any]) -> str:
    ours, best = form["coverage"][OURS], max(form["coverage"][way]["share"] for way in SIMPLE)
    return f"- {name}: ours tells {_spread(ours)} of the facts, the best simple way {per_cent(best)}."


def _verdict(form: Mapping[str, Any]) -> str:
    """Which simple ways ours beats, loses to, or cannot be told from; by the interval, not by the mean."""
    better = [way for way in SIMPLE if form["ahead_of"][way]["share_95"][0] > 0]
    worse = [way for way in SIMPLE if form["ahead_of"][way]["share_95"][1] < 0]
    even = [way for way in SIMPLE if way not in better and way not in worse]
    said = [
        f"{word}: {'; '.join(ways)}."
        for word, ways in (("Beats", better), ("Even with", even), ("Loses to", worse))
        if ways
    ]
    return f"`{OURS}` is the row that counts. " + " ".join(said)


def _spread(own: Mapping[str, Any]) -> str:
    low, high = own["share_95"]
    return f"{per_cent(own['share'])} ({per_cent(low)} to {per_cent(high)})"
