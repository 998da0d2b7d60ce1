"""`make bench`: text analysis, triage, start-up and memory on this machine, each beside its baseline."""

import asyncio
import random
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import date
from pathlib import Path

import httpx
import jieba
import jieba.analyse
from rich.console import Console
from rich.table import Table

from models.corpus.check import conversation_files, parse_visits
from nlp.keywords.matcher import KeywordMatcher
from nlp.types import Transcript, Turn, VisitContext
from service.adapters.garbage import calm_garbage_collector
from service.adapters.text_core import load_text_core
from service.bootstrap import build, demo_settings
from service.demo.story import running
from service.settings import ROOT
from tests.bench import coaching, crm, playbooks

TURNS, CHARACTERS, TERMS = 400, 15_000, 2_000
RATE, SECONDS = 200, 5


def an_hour(seed: int = 7) -> Transcript:
    """400 turns of about 15,000 characters, drawn from the corpus."""
    said = [turn for path in conversation_files() for visit in parse_visits(path, []) for turn in visit["turns"]]
    rows = [turn for turn in said if len(turn["text"]) > 20]
    chosen = random.Random(seed).sample(rows, TURNS)
    turns = tuple(Turn(i, row["text"], row["role"], 1.0, i * 9_000, i * 9_000 + 8_000) for i, row in enumerate(chosen))
    return Transcript(turns, "zh", TURNS * 9_000)


def timed(work: Callable[[], object], *, repeat: int = 7) -> float:
    """Median milliseconds of one core's time, whatever else runs on the machine, after one run that is not counted."""
    work()
    spent = []
    for _ in range(repeat):
        started = time.process_time()
        work()
        spent.append((time.process_time() - started) * 1_000)
    return statistics.median(spent)


def plain_pipeline(transcript: Transcript, terms: list[str]) -> object:
    """The baseline: jieba's words, terms by substring search, jieba's TextRank; no labels, no amounts, no quotes."""
    text = "\n".join(turn.text for turn in transcript.turns)
    words = [jieba.lcut(turn.text) for turn in transcript.turns]
    hits = [(i, term) for i, turn in enumerate(transcript.turns) for term in terms if term in turn.text]
    return words, hits, jieba.analyse.textrank(text, topK=20)


def memory_of_a_core() -> float:
    """MiB that a fresh process holds once the language core is loaded, interpreter and libraries included."""
    program = (
        "from pathlib import Path; from service.adapters.text_core import load_text_core; from service.settings import "
        "ROOT; load_text_core(models_dir=ROOT / 'models', prompts_dir=ROOT / 'prompts'); "
        "print(Path('/proc/self/status').read_text().split('VmRSS:')[1].split()[0])"
    )
    done = subprocess.run([sys.executable, "-c", program], check=True, cwd=ROOT, capture_output=True, text=True)
    return int(done.stdout.split()[-1]) / 1024


def percentile(values: list[float], share: float) -> float:
    """The value below which `share` of them lie."""
    return sorted(values)[min(len(values) - 1, int(len(values) * share))]


async def steady_load(address: str, key: str) -> list[float]:
    """Milliseconds of each of RATE x SECONDS triage requests, sent at their planned moments."""
    body = {"from": "customer", "context": "年框在谈", "text": "老板昨晚定了别家，你们这边先放放吧"}
    headers = {"Authorization": f"Bearer {key}"}
    async with httpx.AsyncClient(base_url=address, headers=headers, trust_env=False) as client:

        async def one(delay: float) -> float:
            await asyncio.sleep(delay)
            started = time.perf_counter()
            (await client.post("/v1/messages/triage", json=body)).raise_for_status()
            return (time.perf_counter() - started) * 1_000

        await one(0)
        return await asyncio.gather(*(one(i / RATE) for i in range(RATE * SECONDS)))


def main() -> None:
    """Measure and print."""
    table = Table("what", "measured", "baseline in the same run", "goal")
    started = time.process_time()
    core = load_text_core(models_dir=ROOT / "models", prompts_dir=ROOT / "prompts")
    table.add_row("load of the language core", f"{time.process_time() - started:.2f} s", "", "1 s (models)")
    calm_garbage_collector()  # as API and runner do before their first job

    table.add_row("memory of a process that holds it", f"{memory_of_a_core():.0f} MiB", "", "250 MB")

    hour = an_hour()
    words = sorted({word for turn in hour.turns for word in jieba.cut(turn.text) if len(word) > 1})
    terms = (words * 10)[:TERMS]
    terms = [
        f"{word}{'甲乙丙丁戊己庚辛壬癸'[i // len(words)]}" if i >= len(words) else word for i, word in enumerate(terms)
    ]
    analyzer = type(core.analyzer)(
        **{
            **{name: getattr(core.analyzer, name) for name in core.analyzer.__dataclass_fields__},
            "matcher": KeywordMatcher.from_terms(terms, lexicon=core.lexicon),
        }
    )
    context = VisitContext("v", date(2026, 3, 11))
    ours = timed(lambda: analyzer.analyze(hour, context=context), repeat=15)
    plain = timed(lambda: plain_pipeline(hour, terms), repeat=5)
    size = sum(len(turn.text) for turn in hour.turns)
    table.add_row(
        f"analysis of an hour ({TURNS} turns, {size} characters, {TERMS} terms)",
        f"{ours:.0f} ms ({ours / plain:.2f} of baseline)",
        f"{plain:.0f} ms: jieba + substring search + TextRank",
        "150 ms",
    )

    texts = [turn.text for turn in hour.turns]
    spent = []
    for text in texts * 3:
        begun = time.perf_counter()
        core.triage.judge(text, sender="customer", context="年框在谈")
        spent.append((time.perf_counter() - begun) * 1_000)
    table.add_row(
        "triage core", f"p50 {percentile(spent, 0.5):.2f} ms, p99 {percentile(spent, 0.99):.2f} ms", "", "p99 3 ms"
    )

    with tempfile.TemporaryDirectory() as folder:
        installation = build(demo_settings(Path(folder), crm_port=1))
        with running(installation) as (address, key):
            over_http = asyncio.run(steady_load(address, key))
            coached = list(coaching.rows(installation, address, key, hour))
            coached += crm.over_http(address, key)
            coached += crm.rows(installation, Path(folder))
    p50, p99 = percentile(over_http, 0.5), percentile(over_http, 0.99)
    table.add_row(f"triage over HTTP, {RATE} requests/s", f"p50 {p50:.1f} ms, p99 {p99:.1f} ms", "", "p99 20 ms")

    for row in coached:
        table.add_row(*row)
    playbooks.add_rows(table)
    begun = time.perf_counter()
    subprocess.run([sys.executable, "-c", "import service.cli"], check=True, cwd=ROOT)
    table.add_row("start of the command line", f"{time.perf_counter() - begun:.2f} s", "", "")
    Console().print(table)


if __name__ == "__main__":
    main()
