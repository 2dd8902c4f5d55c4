// Says shortly before the session ends that it will, and lets the person stay. Other tabs may have made it last longer,
// so the server is asked before anything is said; asking does not make it last longer.
const box = document.getElementById("session-end");
const WARNED = 180; // seconds before the end
const AGAIN = 15; // seconds between two looks at the clock while the warning stands

let over = 0; // moment of the end, of this machine's clock
let last = 0; // moment of the end that nothing moves
let hidden = false;
let timer;

function learn({ seconds, longest }) {
  over = Date.now() + seconds * 1000;
  last = Date.now() + longest * 1000;
}

function left() {
  return (over - Date.now()) / 1000;
}

function early() {
  return left() - Math.min(WARNED, Number(box.dataset.seconds) / 2);
}

function wait(seconds) {
  clearTimeout(timer);
  timer = setTimeout(look, Math.max(seconds, 1) * 1000);
}

async function ask(options) {
  try {
    const answer = await fetch(box.dataset.url, { headers: { Accept: "application/json" }, ...options });
    if (answer.ok) learn(await answer.json());
  } catch {
    // No connection: the last known end still holds.
  }
}

function say(title, text, staying) {
  const [heading, words] = [box.querySelector(".session-end__title"), box.querySelector(".session-end__text")];
  if (title) heading.textContent = title;
  if (words.textContent !== text) words.textContent = text;
  box.querySelector("[data-session=stay]").hidden = !staying;
  box.hidden = hidden;
}

function rest() {
  box.hidden = true;
  hidden = false;
  wait(early());
}

async function look() {
  if (early() > 0) return rest();
  await ask();
  if (early() > 0) return rest();
  if (left() <= 0) {
    hidden = false;
    return say(box.dataset.overTitle, box.dataset.over, false);
  }
  const extendable = last - over > 1000;
  const minutes = String(Math.max(1, Math.round(left() / 60)));
  say("", (extendable ? box.dataset.soon : box.dataset.last).replace("{minutes}", minutes), extendable);
  wait(Math.min(AGAIN, left()));
}

async function stay() {
  const proof = box.querySelector("input[name=csrf]").value;
  await ask({ method: "POST", body: new URLSearchParams({ csrf: proof }) });
  look();
}

if (box) {
  learn({ seconds: Number(box.dataset.seconds), longest: Number(box.dataset.longest) });
  box.addEventListener("click", (event) => {
    const action = event.target.closest("[data-session]")?.dataset.session;
    if (action === "stay") stay();
    if (action === "hide") box.hidden = hidden = true;
  });
  // A machine that slept has missed its timers.
  document.addEventListener("visibilitychange", () => document.hidden || look());
  look();
}
