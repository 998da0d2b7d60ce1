"""Says what a rule does, from its file alone, so that a manager can check it without reading expressions.

In Chinese, as rules are written, or in English; a firm's own words are quoted as they stand in both.
"""

import re
from collections.abc import Iterator
from datetime import timedelta

from service.domain.content.playbook_actions import Action, PushPack, ResponseClock
from service.domain.content.playbook_selections import When
from service.domain.content.playbooks import Playbook
from service.domain.playbooks.wordings import CHINESE, Wording

SUBJECT_NAMES, ROLE_NAMES, SEVERITY_NAMES = CHINESE.subjects, CHINESE.roles, CHINESE.severities
_DURATION = re.compile(r"\b(days|hours|minutes)\(([0-9]{1,5})\)", re.ASCII)
_ASKED = re.compile(r"(!\s*)?\b([a-z][a-z0-9_]*)\.([a-z][a-z0-9_]*)\b(?!\()", re.ASCII)
_QUOTED = re.compile(r'("(?:[^"\\]|\\.)*")')


def explain(book: Playbook, wording: Wording = CHINESE) -> str:
    """What the rule says, in sentences."""
    return "\n".join(_sentences(book, wording))


def explain_briefly(book: Playbook, wording: Wording = CHINESE) -> str:
    """When the rule fires and what it does then, for a list."""
    return f"{_fires(book, wording)} {wording.say('then', what=_actions(book.actions, wording))}"


def explain_part(text: str, wording: Wording = CHINESE) -> str:
    """What a condition, or a part of one, says."""
    found = _QUOTED.split(text)  # every second one is a text of the firm's, which is quoted as it stands
    return "".join(part if n % 2 else _read(part, wording) for n, part in enumerate(found))


def _sentences(book: Playbook, w: Wording) -> Iterator[str]:
    yield w.say("head", title=book.title, subject=w.subjects[book.subject], severity=w.severities[book.severity],
                status=w.statuses[book.status])  # fmt: skip
    looks = [w.say("named", name=name, what=_selection(when, w)) for name, when in book.when.items()]
    yield w.say("looks", what=w.frames["looks_join"].join(looks))
    yield _fires(book, w)
    if book.unless is not None:
        yield w.say("unless", condition=explain_part(book.unless, w))
    yield w.say("then", what=_actions(book.actions, w))
    if book.clock is not None:
        yield from _clock(book.clock, book.done_when, w)
    yield w.say("once", rest=w.say("rest", time=w.time(book.cooldown)) if book.cooldown else "")


def _fires(book: Playbook, w: Wording) -> str:
    moment = w.say("moment", day=w.days[book.every.on], at=f"{book.every.at:%H:%M}") if book.every else ""
    fires = w.say("fires", moment=moment, condition=explain_part(book.condition, w))
    return fires[0].upper() + fires[1:]


def _clock(clock: ResponseClock, done_when: str | None, w: Wording) -> Iterator[str]:
    business = w.frames["business"] if clock.hours == "business" else ""
    done = w.say("done", condition=explain_part(done_when, w)) if done_when else ""
    yield w.say("within_time", business=business, time=w.time(clock.respond_within), done=done)
    total = clock.respond_within
    for step in clock.then:
        total += step.after or timedelta(0)
        yield w.say("late", business=business, time=w.time(total), what=_actions(step.actions, w))


def _selection(when: When, w: Wording) -> str:
    first, second = when.gap or ("", "")
    found = w.say(
        when.kind,
        field=when.field,
        types=w.listed(when.types),
        within=w.say("within", time=w.time(when.within)) if when.within else "",
        time=w.time(when.for_) if when.for_ else "",
        codes=w.listed(when.finding.codes) if when.finding else "",
        period=w.time(when.period) if when.period else "",
        last=when.last,
        baseline=when.baseline,
        first=first,
        second=second,
        key=when.key,
    )
    conditions = w.listed(w.say("match", key=key) for key in when.match)
    return w.say("matching", found=found, conditions=conditions) if conditions else found


def _read(text: str, w: Wording) -> str:
    said = _DURATION.sub(lambda found: w.say("one_" + found[1] if found[2] == "1" else found[1], n=found[2]), text)
    said = _ASKED.sub(lambda found: _attribute(found, w), said)
    for sign, words in w.signs:
        said = said.replace(sign, words)
    return said


def _attribute(found: re.Match[str], w: Wording) -> str:
    negation, name, attribute = found[1] or "", found[2], found[3]
    if attribute == "present":
        return w.say("missing" if negation else "present", name=name)
    known = w.attributes.get(attribute)
    words = known if known is not None else w.say("unknown", attribute=attribute)
    return negation + w.say("attribute", name=name, words=words).strip()


def _people(roles: tuple[str, ...], w: Wording) -> str:
    return w.listed(w.roles.get(role, role.removeprefix("person:")) for role in roles)


def _actions(actions: tuple[Action, ...], w: Wording) -> str:
    return w.frames["looks_join"].join(_action(action, w) for action in actions)


def _action(action: Action, w: Wording) -> str:
    message = action.message
    if message is not None:
        whom = _people(message.to, w)
        if isinstance(message, PushPack):
            pack = (w.say("talktrack", id=message.talktrack) if message.talktrack else "",
                    w.say("cases", n=message.cases) if message.cases else "")  # fmt: skip
            return w.say("push_pack", pack=w.listed(filter(None, pack)), whom=whom)
        return w.say(action.kind, whom=whom, text=message.text)
    body = action.body
    who = getattr(body, "to", None) or tuple(filter(None, (getattr(body, "approver", ""),)))
    return w.say(
        action.kind,
        whom=_people(who, w),
        pool=getattr(body, "pool", ""),
        stage=getattr(body, "stage", None) or w.frames["any_stage"],
        tag=getattr(body, "tag", ""),
        title=getattr(body, "title", ""),
        name=getattr(body, "name", ""),
        top=getattr(body, "top", ""),
    )
