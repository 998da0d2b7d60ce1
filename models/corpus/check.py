"""Validate the labelled conversations beside this file, count labels, optionally write one JSON object a visit.

    python models/corpus/check.py [--jsonl OUT] [FILE ...]

Every fault is named by file and line; the exit status is 1 when there is one. The labels and the roles that may carry
them are read from `prompts/taxonomy/`, so that data and product cannot drift apart. The same file is the only reader
of the format for training.
"""

import argparse
import collections
import json
import re
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import yaml

HERE = Path(__file__).resolve().parent
TAXONOMY = HERE.parents[1] / "prompts" / "taxonomy"
ROLES = {"r": "rep", "c": "customer", "o": "other"}
HEADER = re.compile(r"^(id|industry|channel|stage|date|product|churn_risk): (.*)$")
RISKS = {"low", "medium", "high"}
MESSAGE_KEYS = {"from", "context", "text", "manager_should_step_in", "reason", "objections", "signals"}
REASONS = {
    "none",
    "compliance",
    "deal_at_risk",
    "complaint",
    "unapproved_discount",
    "overpromise",
    "big_opportunity",
    "legal",
}


def allowed_roles(kind: str) -> dict[str, set[str]]:
    """Code to roles that may carry it, of `objections` or `signals`."""
    documents = (yaml.safe_load(path.read_text(encoding="utf-8")) for path in sorted((TAXONOMY / kind).glob("*.yaml")))
    return {document["id"]: set(document["roles"]) for document in documents}


OBJECTIONS = allowed_roles("objections")
SIGNALS = allowed_roles("signals")


def parse_turn(line: str) -> dict[str, Any]:
    """One `role|objections|signals|text` line as a dict.

    Raises:
        ValueError: with the reason when it is wrong.
    """
    parts = line.split("|", 3)
    if len(parts) != 4 or parts[0] not in ROLES or not parts[3].strip():
        raise ValueError("want role|objections|signals|text")
    role = ROLES[parts[0]]
    turn: dict[str, Any] = {"role": role, "text": parts[3].strip()}
    for kind, cell, known in (("objections", parts[1], OBJECTIONS), ("signals", parts[2], SIGNALS)):
        turn[kind] = [code for code in cell.split(",") if code]
        for code in turn[kind]:
            if code not in known:
                raise ValueError(f"unknown label {code} among {kind}")
            if role not in known[code]:
                raise ValueError(f"{code} cannot stand on a turn of {role}")
    return turn


def parse_visits(path: Path, faults: list[str]) -> Iterator[dict[str, Any]]:
    """Visits or snippets of one file, in order; faults are appended as sentences."""
    visit: dict[str, Any] | None = None
    count = 0
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        if not line.strip():
            if visit is not None:
                yield visit
            visit = None
            continue
        if visit is None:
            count += 1
            visit = {"id": f"{path.stem}-{count:03d}", "file": path.name, "turns": []}
        header = HEADER.match(line)
        if header and not visit["turns"]:
            visit[header[1]] = header[2].strip()
            if header[1] == "churn_risk" and visit["churn_risk"] not in RISKS:
                faults.append(f"{path.name}:{number}: want churn_risk low, medium or high: {line[:60]}")
            continue
        try:
            turn = parse_turn(line)
        except ValueError as error:
            faults.append(f"{path.name}:{number}: {error}: {line[:60]}")
            continue
        visit["turns"].append({"i": len(visit["turns"]), **turn})
    if visit is not None:
        yield visit


def parse_messages(path: Path, faults: list[str]) -> Iterator[dict[str, Any]]:
    """Chat messages of one file, in order; faults are appended as sentences."""
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        try:
            message = json.loads(line)
            if set(message) != MESSAGE_KEYS or message["from"] not in {"rep", "customer"}:
                raise ValueError(f"want the keys {', '.join(sorted(MESSAGE_KEYS))}")
            reason, needed = message["reason"], message["manager_should_step_in"]
            if reason not in REASONS or needed is not (reason != "none"):
                raise ValueError("the reason is unknown or contradicts manager_should_step_in")
            unknown = {*message["objections"]} - {*OBJECTIONS} | {*message["signals"]} - {*SIGNALS}
            if unknown:
                raise ValueError(f"unknown labels {', '.join(sorted(unknown))}")
        except (ValueError, TypeError) as error:
            faults.append(f"{path.name}:{number}: {error}: {line[:60]}")
            continue
        yield {**message, "file": path.name}


def conversation_files() -> list[Path]:
    """Every file of visits, snippets and single turns."""
    return sorted(HERE.glob("[a-z]*_[0-9]*.txt"))


def message_files() -> list[Path]:
    """Every file of chat messages."""
    return sorted(HERE.glob("messages_[0-9]*.jsonl"))


def main(arguments: Sequence[str] | None = None) -> int:
    """Check, count, report; 1 when anything is wrong."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--jsonl")
    parser.add_argument("files", nargs="*", type=Path)
    options = parser.parse_args(arguments)
    faults: list[str] = []
    paths = [path.resolve() for path in options.files]
    texts = [p for p in paths if p.suffix == ".txt"] if paths else conversation_files()
    chats = [p for p in paths if p.suffix == ".jsonl"] if paths else message_files()
    visits = [visit for path in texts for visit in parse_visits(path, faults)]
    messages = [message for path in chats for message in parse_messages(path, faults)]
    turns = [turn for visit in visits for turn in visit["turns"]]
    print(f"{len(visits)} conversations, {len(turns)} turns, {len(messages)} messages")
    for code, count in collections.Counter(c for t in turns for c in t["objections"] + t["signals"]).most_common():
        print(f"{count:6d} {code}")
    if options.jsonl:
        lines = (json.dumps(visit, ensure_ascii=False) + "\n" for visit in visits)
        Path(options.jsonl).write_text("".join(lines), encoding="utf-8")
    for fault in faults:
        print("fault", fault, file=sys.stderr)
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
