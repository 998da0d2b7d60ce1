// What every page may use: drawers, printing, lists that submit on change, and forms that change their place in the
// page without leaving it. Every form works without this file too.

for (const button of document.querySelectorAll("[data-print]")) button.addEventListener("click", () => window.print());

for (const list of document.querySelectorAll("[data-submit-on-change]")) {
  list.addEventListener("change", () => list.form.requestSubmit());
}

export function openDrawer(id) {
  const drawer = document.getElementById(id);
  if (!drawer || drawer.open) return;
  drawer.showModal();
  drawer.dispatchEvent(new CustomEvent("opened"));
}

// What a figure rests on: the page behind its link, shown in this page's drawer; followed where that cannot be.
export async function openFigure(href) {
  const drawer = document.getElementById("opened");
  try {
    const answer = await fetch(href);
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    const figure = page.getElementById("figure");
    if (!drawer || !answer.ok || !figure) return window.location.assign(href);
    drawer.querySelector("h2").textContent = page.querySelector("h1").textContent;
    drawer.querySelector("[data-opened]").replaceChildren(...figure.childNodes);
    openDrawer(drawer.id);
    drawer.scrollTop = 0;
  } catch {
    window.location.assign(href);
  }
}

const elsewhere = (event) => event.ctrlKey || event.metaKey || event.shiftKey;

document.addEventListener("click", (event) => {
  const opener = event.target.closest("[data-open], a[data-drawer]");
  if (opener && !elsewhere(event)) {
    event.preventDefault();
    if (opener.dataset.open) openDrawer(opener.dataset.open);
    else openFigure(opener.href);
  }
  if (event.target.closest("[data-close]")) event.target.closest("dialog").close();
  if (event.target.matches("dialog.drawer")) event.target.close(); // the backdrop
  const opens = event.target.closest("[data-toggle]");
  if (opens) {
    const panel = toggle(opens);
    if (!panel.hidden && event.detail === 0) panel.querySelector(WITHIN)?.focus(); // opened with the keyboard
  }
});

const WITHIN = "button, select, summary, a";

function toggle(button) {
  const panel = document.getElementById(button.getAttribute("aria-controls"));
  panel.hidden = !panel.hidden;
  button.setAttribute("aria-expanded", String(!panel.hidden));
  return panel;
}

document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  const panel = event.target.closest?.(".finding[id]");
  const opener = panel && document.querySelector(`[data-toggle][aria-controls="${panel.id}"]`);
  if (!opener) return;
  toggle(opener);
  opener.focus({ preventScroll: true });
});

const wanted = document.querySelector("dialog[data-open-now]");
if (wanted) openDrawer(wanted.id);

function toast(text) {
  document.querySelector(".toast")?.remove();
  const note = document.createElement("p");
  note.className = "toast";
  note.setAttribute("role", "status");
  note.textContent = text;
  document.body.append(note);
  setTimeout(() => note.remove(), 5000);
}

// Put a fresh copy of one place of the answered page into this one; false where the answer has no such place.
async function replaceIn(answer, place) {
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  if (!answer.ok) {
    toast(page.querySelector("#main p")?.textContent || answer.statusText);
    return true;
  }
  const fresh = page.querySelector(place);
  const old = document.querySelector(place);
  if (!old || !fresh) return false;
  fresh.classList.toggle("now", old.classList.contains("now"));
  old.replaceWith(fresh);
  return true;
}

document.addEventListener("submit", async (event) => {
  const form = event.target;
  const place = form.dataset.inPlace;
  if (!place) return;
  event.preventDefault();
  const body = new URLSearchParams(new FormData(form, event.submitter));
  const buttons = form.querySelectorAll("button");
  buttons.forEach((button) => (button.disabled = true));
  try {
    const answer = await fetch(form.action, { method: "POST", body, redirect: "follow" });
    if (!(await replaceIn(answer, place))) window.location.reload();
    else if (answer.ok) {
      const fresh = document.querySelector(place);
      const opener = form.dataset.keepOpen && fresh.querySelector(`[aria-controls="${form.dataset.keepOpen}"]`);
      if (opener) toggle(opener);
      (opener || fresh.querySelector("button:not([disabled])") || fresh).focus({ preventScroll: true });
    }
  } catch {
    form.submit();
  } finally {
    buttons.forEach((button) => (button.disabled = false));
  }
});

document.addEventListener("click", async (event) => {
  const link = event.target.closest("a[data-in-place]");
  if (!link || elsewhere(event)) return;
  event.preventDefault();
  try {
    if (!(await replaceIn(await fetch(link.href), link.dataset.inPlace))) window.location.assign(link.href);
    else document.querySelector(link.dataset.inPlace)?.querySelector("select, a")?.focus({ preventScroll: true });
  } catch {
    window.location.assign(link.href);
  }
});

// Times that run on: the server says how long it has been, and this page counts from there. It never asks what time this
// machine thinks it is.
const shownAt = new WeakMap();

function elapsed(whole, days) {
  const two = (value) => String(Math.floor(value)).padStart(2, "0");
  const ofDay = `${two((whole % 86400) / 3600)}:${two((whole % 3600) / 60)}:${two(whole % 60)}`;
  return whole >= 86400 ? `${Math.floor(whole / 86400)} ${days} ${ofDay}` : ofDay;
}

function count() {
  for (const timer of document.querySelectorAll("[data-running]")) {
    if (!shownAt.has(timer)) shownAt.set(timer, performance.now());
    const passed = Math.floor((performance.now() - shownAt.get(timer)) / 1000);
    timer.textContent = elapsed(Number(timer.dataset.running) + passed, timer.dataset.day);
  }
}

if (document.querySelector("[data-running]")) {
  count();
  setInterval(count, 1000);
}
