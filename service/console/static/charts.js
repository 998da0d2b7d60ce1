// The radar and the trends, drawn by the packaged Plotly. Lines differ in dash and mark, not in colour alone; a click on
// a point or on the name of an axis opens what it rests on: `opens` is a drawer of this page (#id) or a figure's page.
// The tables beside the charts say the same to whoever cannot see them.
import { openDrawer, openFigure } from "./page.js";

const FONT = { family: getComputedStyle(document.documentElement).fontFamily, color: "#1f2a33", size: 13 };
const CONFIG = { displayModeBar: false, responsive: true, scrollZoom: false, doubleClick: false };
const STYLES = {
  main: { color: "#0b6e69", dash: "solid", symbol: "circle", width: 3, fill: "rgba(11,110,105,0.16)" },
  team: { color: "#5a666f", dash: "dash", symbol: "diamond", width: 2 },
  last: { color: "#b06a00", dash: "dot", symbol: "square", width: 2 },
  overlay: { color: "#a8201a", dash: "dash", symbol: "triangle-up", width: 2 },
};

// An axis whose value is under appeal says so beneath its name.
function written(axis) {
  return axis.mark ? `${axis.title}<br>⚑ ${axis.mark}` : axis.title;
}

function trace(line, axes) {
  const style = STYLES[line.style];
  const theta = axes.map(written);
  return {
    type: "scatterpolar",
    name: line.name,
    r: [...line.values, line.values[0]],
    theta: [...theta, theta[0]],
    customdata: [...line.opens, line.opens[0]],
    mode: "lines+markers",
    hoveron: "points", // a filled area would answer for the lines that cross it
    connectgaps: true,
    line: { color: style.color, dash: style.dash, width: style.width },
    marker: { symbol: style.symbol, size: 9, color: style.color },
    fill: style.fill ? "toself" : "none",
    fillcolor: style.fill,
    hovertemplate: "%{theta} %{r:.0f}<extra>" + line.name + "</extra>",
  };
}

function drawRadar(box) {
  const data = JSON.parse(document.getElementById(`${box.id}-data`).textContent);
  const narrow = box.clientWidth < 420;
  const above = data.axes.some((axis) => axis.mark) ? 22 : 0; // room for the second line of a name at the top
  const layout = {
    font: { ...FONT, size: narrow ? 11 : 13 },
    margin: narrow ? { t: 26 + above, b: 40, l: 76, r: 76 } : { t: 30 + above, b: 46, l: 64, r: 64 },
    paper_bgcolor: "rgba(0,0,0,0)",
    showlegend: true,
    legend: { orientation: "h", x: 0.5, xanchor: "center", y: -0.08 },
    dragmode: false,
    polar: {
      bgcolor: "rgba(0,0,0,0)",
      radialaxis: { range: [0, 100], tickvals: [25, 50, 75, 100], gridcolor: "#e3e0d7", tickfont: { size: 10, color: "#5a666f" }, angle: 64, tickangle: 0 },
      angularaxis: { gridcolor: "#e3e0d7", linecolor: "#cfcabd", rotation: 90, direction: "clockwise" },
    },
  };
  const lines = data.lines.map((line) => trace(line, data.axes));
  Plotly.newPlot(box, lines, layout, CONFIG);
  box.dataset.drawn = "true";
  if ("opens" in box.dataset) {
    let pointed = null; // dragging is off, and with it the library's own click
    box.on("plotly_hover", (event) => (pointed = event.points[0].customdata));
    box.on("plotly_unhover", () => (pointed = null));
    box.addEventListener("click", (event) => {
      const name = event.target.closest(".angularaxistick")?.textContent;
      const opens = data.axes.find((axis) => written(axis).replace("<br>", "") === name)?.opens ?? pointed;
      if (opens?.startsWith("#")) openDrawer(opens.slice(1));
      else if (opens) openFigure(opens);
    });
  }
  const chooser = document.querySelector(`[data-radar-overlay="${box.id}"]`);
  chooser?.addEventListener("change", () => {
    const extra = data.overlays[chooser.value];
    Plotly.react(box, extra ? [...lines, trace(extra, data.axes)] : lines, layout, CONFIG);
  });
  for (const trend of document.querySelectorAll("[data-trend]")) {
    trend.closest("dialog").addEventListener("opened", () => drawTrend(trend, data.trends[trend.dataset.trend]));
    if (trend.closest("dialog").open) drawTrend(trend, data.trends[trend.dataset.trend]);
  }
}

function drawTrend(box, trend) {
  const known = trend.values.some((value) => value !== null);
  if (!known) return;
  const points = { x: trend.months, y: trend.values, mode: "lines+markers", line: { color: "#0b6e69", width: 3 }, marker: { size: 9 }, hovertemplate: "%{x} %{y:.0f}<extra></extra>" };
  const layout = {
    font: FONT,
    margin: { t: 12, b: 34, l: 34, r: 12 },
    paper_bgcolor: "rgba(0,0,0,0)",
    plot_bgcolor: "rgba(0,0,0,0)",
    xaxis: { type: "category", gridcolor: "#e3e0d7" },
    yaxis: { range: [0, 100], gridcolor: "#e3e0d7", tickvals: [0, 25, 50, 75, 100] },
  };
  Plotly.newPlot(box, [points], layout, CONFIG);
}

for (const box of document.querySelectorAll("[data-chart='radar']")) drawRadar(box);
