"""What a rep changed in the form teaches the turn that the form had quoted, where the visit may teach at all."""

import json
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from models.training.corrections import load_corrections
from models.training.labels import load_labels
from nlp.extract.five_elements import objection_elements
from nlp.types import Debrief
from service.usecases.coaching.review_findings import TrainingTasks, export_tasks
from tests.support.api import TENANT, Api
from tests.support.coached import coached
from tests.support.fakes import NOON

DEAR, LATE, SURE = "两万八一把太贵了。", "三个月才交货，等不了。", "质量我是信得过的。"
TALK = (f"c|price||{DEAR}", "r|||这个我们再说。", f"c|delivery||{LATE}", f"c||commitment|{SURE}")
AGREED = {"purposes": ["training"], "given_at": "2026-03-01T10:00:00+08:00"}


@pytest.fixture
def visit(api: Api) -> str:
    """A visit whose form was filled with two objections, each from its turn, and that may teach."""
    visit_id = coached(api.services, 1, *TALK, at=NOON - timedelta(days=1))
    with api.services.uow() as tx:
        record = tx.analyses.latest(TENANT, visit_id)
        assert record is not None
        titles = {code: title for (kind, code), title in api.services.content.titles.items() if kind == "objection"}
        filled = Debrief(objections=objection_elements(record.analysis.findings, titles))
        tx.analyses.put(replace(record, version=2, analysis=replace(record.analysis, debrief=filled)))
    assert api.client().get(f"/v1/visits/{visit_id}/debrief").json()["filled"]["objections"] == ["price", "delivery"]
    assert api.client().patch(f"/v1/visits/{visit_id}/consent", json=AGREED).status_code == 200
    return visit_id


def confirm(api: Api, visit_id: str, *objections: str, by: str = "rep-1") -> Any:
    form = {"breakthrough": None, "objections": list(objections), "next_step": "", "due": None}
    done = api.client().post(f"/v1/visits/{visit_id}/debrief", json={"by": by, "form": form})
    assert done.status_code == 200, done.text
    return done.json()


def exported(api: Api) -> TrainingTasks:
    with api.services.uow(write=False) as tx:
        return export_tasks(tx, tenant_id=TENANT, now=api.clock.now())


def taught(api: Api, folder: Path) -> dict[str, set[str]]:
    """The turns that the trainer reads as judged, and what each carries."""
    file = folder / "labels.json"
    file.write_text(json.dumps(exported(api).tasks, ensure_ascii=False), encoding="utf-8")
    talks = load_corrections(file, [label.code for label in load_labels()])
    return {turn.text: set(turn.codes) for talk in talks for turn in talk.turns if turn.labelled}


@pytest.mark.parametrize(
    ("objections", "expected"),
    [
        pytest.param(["price", "delivery"], {}, id="confirmed as it stood"),
        pytest.param(["delivery", "price"], {}, id="in another order"),
        pytest.param(["budget", "delivery"], {DEAR: {"budget"}}, id="another name for the same words"),
        pytest.param(["delivery"], {DEAR: set()}, id="those words were none"),
        pytest.param([], {DEAR: set(), LATE: set()}, id="none of them was one"),
        pytest.param(["price", "delivery", "need"], {}, id="put in without words"),
        pytest.param(["need"], {}, id="one for two, and nobody knows for which"),
        pytest.param(["delivery", "need", "budget"], {}, id="two for one"),
    ],
)
def test_a_changed_objection_is_learned_on_the_turn_that_the_form_quoted(
    api: Api, visit: str, tmp_path: Path, objections: list[str], expected: dict[str, set[str]]
) -> None:
    confirm(api, visit, *objections)
    assert taught(api, tmp_path) == expected


def test_the_label_names_the_finding_its_words_and_who_said_so(api: Api, visit: str) -> None:
    confirm(api, visit, "budget", "delivery", by="rep-7")
    (task,) = exported(api).tasks
    (annotation,) = task["annotations"]
    judged = {name: annotation["meta"][name] for name in ("source", "kind", "code", "verdict")}
    assert judged == {"source": "debrief", "kind": "objection", "code": "price", "verdict": "should_be"}
    assert annotation["completed_by"] == "rep-7"
    assert (task["data"]["text"], task["data"]["role"], task["data"]["visit_turn"]) == (DEAR, "customer", 0)
    findings = api.client().get(f"/v1/visits/{visit}/analysis").json()["findings"]
    assert task["data"]["finding_id"] in {found["id"] for found in findings if found["code"] == "price"}


def test_a_visit_that_may_not_teach_is_left_out(api: Api, visit: str) -> None:
    confirm(api, visit, "delivery")
    assert (len(exported(api).tasks), exported(api).left_out) == (1, 0)
    api.clock.forward(hours=1)
    assert api.client().delete(f"/v1/visits/{visit}/consent?purpose=training").status_code == 200
    assert exported(api) == TrainingTasks([], 1)


def test_a_form_confirmed_again_takes_its_former_word_back(api: Api, visit: str, tmp_path: Path) -> None:
    confirm(api, visit, "delivery")
    confirm(api, visit, "price")
    assert taught(api, tmp_path) == {LATE: set()}
    assert api.client().post(f"/v1/visits/{visit}/debrief", json={"by": "rep-1"}).status_code == 200
    assert taught(api, tmp_path) == {}


def test_who_judged_the_turn_itself_is_believed_before_a_form(api: Api, visit: str, tmp_path: Path) -> None:
    analysis = api.client().get(f"/v1/visits/{visit}/analysis").json()
    finding = next(found["id"] for found in analysis["findings"] if found["code"] == "price")
    reviewed = api.client().post(f"/v1/findings/{finding}/review", json={"verdict": "right", "by": "trainer-1"})
    assert reviewed.status_code == 201
    api.clock.forward(hours=1)
    confirm(api, visit, "delivery")
    assert taught(api, tmp_path) == {DEAR: {"price"}}


def test_words_that_the_turn_does_not_hold_teach_nothing(api: Api, visit: str) -> None:
    with api.services.uow() as tx:
        record = tx.analyses.latest(TENANT, visit)
        assert record is not None
        turns = tuple(replace(turn, text="听不清。") if turn.i == 0 else turn for turn in record.analysis.turns)
        tx.analyses.put(replace(record, version=3, analysis=replace(record.analysis, turns=turns)))
    confirm(api, visit, "delivery")
    assert exported(api).tasks == []
