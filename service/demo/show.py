"""The webhook as a person reads it: transcript with red keywords, findings with quotes, and what to do next."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

ROLE = {"rep": "销售", "customer": "客户", "other": "其他"}
RISK = {"low": ("低", "green"), "medium": ("中", "yellow"), "high": ("高", "red")}
ELEMENTS = {"time": "时间", "place": "地点", "decision_maker": "决策人", "next_commitment": "下一步承诺"}
Titles = Mapping[tuple[str, str], str]


def show_written(console: Console, visit: Mapping[str, Any], event: Mapping[str, Any], *, on: date) -> None:
    """One line for a visit that came as text."""
    summary = event["data"]["analysis"]["summary"]["text"]
    console.print(f"[bold]{on:%Y-%m-%d} {visit['channel']}[/bold]（文字稿）{summary}")


def show_heard(console: Console, *, errors: float) -> None:
    """What the engine made of the recording, beside what was said in it."""
    console.print(
        f"录音由语音模型转写，与原稿相比字错率 {errors:.1%}。随附的演示模型只听得懂这类合成语音，不能用于真人录音。"
    )


def show_webhook(console: Console, event: Mapping[str, Any], titles: Titles | None = None) -> None:
    """Everything that the CRM received about the recorded visit."""
    analysis = event["data"]["analysis"]
    _transcript(console, analysis)
    _findings(console, analysis, titles or {})
    _elements(console, analysis)
    _outlook(console, analysis)
    _coaching(console, analysis)
    headers = event["headers"]
    console.rule("[bold]CRM 收到的回调（签名已验证）")
    for name in ("webhook-id", "webhook-timestamp", "webhook-signature"):
        console.print(f"{name}: {headers[name]}", soft_wrap=True)
    console.print(f"type: {event['type']}  sequence: {event['data']['sequence']}  {analysis['notice']}")


def clock(milliseconds: int | None) -> str:
    """Minutes and seconds of the recording, empty where there is no time."""
    if milliseconds is None:
        return ""
    return f"{milliseconds // 60_000:02d}:{milliseconds // 1000 % 60:02d}"


def _transcript(console: Console, analysis: Mapping[str, Any]) -> None:
    console.rule("[bold]文字稿（红色为关键词）")
    for turn in analysis["turns"]:
        text = Text(turn["text"])
        for finding in analysis["findings"]:
            if finding["kind"] == "keyword" and finding["turn"] == turn["i"]:
                text.stylize("bold red", *finding["span"])
        console.print(Text(f"{clock(turn['start_ms'])} {ROLE[turn['role']]}：", style="dim"), text, sep="")


def _findings(console: Console, analysis: Mapping[str, Any], titles: Titles) -> None:
    console.rule("[bold]异议与信号")
    table = Table(show_edge=False, pad_edge=False)
    for name in ("时间", "类别", "标签", "置信", "原话"):
        table.add_column(name, overflow="fold")
    for finding in analysis["findings"]:
        if finding["kind"] in {"objection", "signal", "compliance"}:
            kind = "异议" if finding["kind"] == "objection" else "信号"
            label = titles.get((finding["kind"], finding["code"]), finding["code"])
            table.add_row(clock(finding["start_ms"]), kind, label, f"{finding['score']:.2f}", finding["quote"])
    console.print(table)


def _elements(console: Console, analysis: Mapping[str, Any]) -> None:
    console.rule("[bold]拜访五要素与下一步")
    elements = analysis["five_elements"]
    for name, title in ELEMENTS.items():
        value = elements[name]
        console.print(f"{title}：{value['value'] if value else '（未提及）'}")
    console.print("异议：" + ("；".join(item["value"] for item in elements["objections"]) or "（无）"))
    for step in analysis["next_steps"]:
        console.print(f"· {ROLE[step['who']]}：{step['what']}" + (f"（{step['due']} 前）" if step["due"] else ""))


def _outlook(console: Console, analysis: Mapping[str, Any]) -> None:
    risk = analysis["churn_risk"]
    title, colour = RISK[risk["level"]]
    console.rule("[bold]摘要与流失风险")
    console.print(analysis["summary"]["text"])
    console.print(f"流失风险：[bold {colour}]{title}[/]（{risk['probability']:.0%}）")
    for reason in risk["because"]:
        console.print(f"  · {reason['text']}", highlight=False)


def _coaching(console: Console, analysis: Mapping[str, Any]) -> None:
    console.rule("[bold]给销售的提示与课程")
    for hint in analysis["hints"]:
        console.print(f"[bold]提示[/bold] {hint['text']}")
        for proof in hint["because"]:
            console.print(f"  ↳ {proof['said_at'][:10]} 第{proof['turn'] + 1}句：“{proof['quote']}”", style="dim")
    for course in analysis["courses"]:
        console.print(
            f"[bold]课程[/bold] 《{course['title'].strip('《》')}》（{course['minutes']} 分钟）{course['reason']}"
        )
    scored = [skill for skill in analysis["skills"] if skill["score"] is not None]
    if scored:
        console.print("能力：" + "  ".join(f"{skill['code']} {skill['score']:.0f}" for skill in scored))
