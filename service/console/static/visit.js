// The visit: sound in step with the words, and the keyboard: N and P go from objection to objection, K plays.

const player = document.querySelector("[data-player]");
const audio = player.querySelector("audio");
const said = player.querySelector("[data-said]");
const all = () => [...document.querySelectorAll(".turn")]; // asked anew: a judged turn is replaced by a fresh one
let now = "";

function show(turn, { seek = true, play = false } = {}) {
  document.querySelector(".turn.found")?.classList.remove("found");
  turn.classList.add("found");
  turn.scrollIntoView({ block: "center" });
  turn.focus({ preventScroll: true });
  said.textContent = turn.querySelector(".said").textContent;
  if (audio && seek && turn.dataset.start !== undefined) {
    audio.currentTime = Number(turn.dataset.start) / 1000;
    if (play) audio.play();
  }
}

function step(direction) {
  const turns = all();
  const marked = turns.filter((turn) => "objection" in turn.dataset);
  if (!marked.length) return;
  const here = turns.indexOf(document.querySelector(".turn.found"));
  const places = marked.map((turn) => turns.indexOf(turn));
  const next = direction > 0 ? places.find((place) => place > here) : places.findLast((place) => place < here);
  show(turns[next ?? (direction > 0 ? places[0] : places.at(-1))]);
}

document.addEventListener("click", (event) => {
  const stepper = event.target.closest("[data-step]");
  if (stepper) step(Number(stepper.dataset.step));
  const seeker = event.target.closest("[data-seek]");
  if (seeker) show(seeker.closest(".turn"), { play: true });
  const jump = event.target.closest("[data-jump]");
  if (jump) {
    event.preventDefault();
    show(document.getElementById(`turn-${jump.dataset.jump}`));
  }
});

document.addEventListener("keydown", (event) => {
  if (event.target.closest("input, textarea, select") || event.ctrlKey || event.metaKey || event.altKey) return;
  const key = event.key.toLowerCase();
  if (key === "n" || key === "p") step(key === "n" ? 1 : -1);
  else if (key === "k" && audio) audio.paused ? audio.play() : audio.pause();
  else return;
  event.preventDefault();
});

audio?.addEventListener("timeupdate", () => {
  const at = audio.currentTime * 1000;
  const turn = all().findLast((candidate) => Number(candidate.dataset.start ?? Infinity) <= at + 50);
  if ((turn?.id ?? "") === now) return;
  document.querySelector(".turn.now")?.classList.remove("now");
  turn?.classList.add("now");
  now = turn?.id ?? "";
  if (turn && !audio.paused) turn.scrollIntoView({ block: "nearest" });
});

const sentTo = document.querySelector(".turn.found");
if (sentTo) {
  show(sentTo, { seek: false });
  if (audio && sentTo.dataset.start !== undefined) {
    const seek = () => (audio.currentTime = Number(sentTo.dataset.start) / 1000);
    audio.readyState >= 1 ? seek() : audio.addEventListener("loadedmetadata", seek, { once: true });
  }
}
