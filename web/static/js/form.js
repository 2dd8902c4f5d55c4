// Opens and closes fields of a task's form as soon as an answer above decides it. Without this script the same
// happens when the form is sent. The server says which fields there are; nodes that stay are never replaced, so that
// focus, typed texts and chosen files remain.
import { enliven } from "./page.js";

const form = document.getElementById("task-form");
const fields = document.getElementById("form-fields");
const DECIDING = "input[type=radio], input[type=checkbox], select, input[type=text]";
let latest = 0;

function parts(parent) {
  return [...parent.children].filter((child) => child.dataset.part);
}

function holder(part) {
  return part.querySelector(":scope > fieldset.group") ?? part;
}

function offered(part) {
  return [...part.querySelectorAll("option, input[type=radio], input[type=checkbox]")].map((one) => one.value).join("\n");
}

function isGroup(part) {
  return holder(part) !== part;
}

function merge(old, fresh, sent) {
  const known = new Map(parts(old).map((part) => [part.dataset.part, part]));
  let before = null;
  for (const part of parts(fresh)) {
    const mine = known.get(part.dataset.part);
    known.delete(part.dataset.part);
    let stays = part;
    if (mine && isGroup(mine)) {
      merge(holder(mine), holder(part), sent);
      stays = mine;
    } else if (mine && (mine.querySelector("input[type=file]") || offered(mine) === offered(part))) {
      stays = mine;
      follow(mine, part, sent);
    }
    if (stays !== mine) {
      if (mine) mine.remove();
      before ? before.after(stays) : old.prepend(stays);
      clearError(stays);
      enliven(stays);
    }
    before = stays;
  }
  for (const gone of known.values()) gone.remove();
}

function follow(mine, fresh, sent) {
  // A text that nobody has touched since it was sent follows the choice above it.
  const field = mine.querySelector("textarea");
  const said = fresh.querySelector("textarea");
  if (field && said && field.value === sent.get(field.name)) field.value = said.value;
}

function clearError(part) {
  // What has just appeared is not wrong yet.
  part.querySelectorAll(".govuk-error-message").forEach((message) => message.remove());
  part.querySelectorAll(".govuk-form-group--error").forEach((group) => group.classList.remove("govuk-form-group--error"));
}

async function refresh() {
  const turn = ++latest;
  const answers = new URLSearchParams();
  for (const [name, value] of new FormData(form)) if (typeof value === "string") answers.append(name, value);
  let text;
  try {
    const response = await fetch(form.dataset.preview, { method: "POST", body: answers, redirect: "error" });
    if (!response.ok) return;
    text = await response.text();
  } catch {
    return;
  }
  if (turn !== latest) return;
  merge(fields, new DOMParser().parseFromString(text, "text/html").body, answers);
}

if (form && fields) {
  fields.addEventListener("change", (event) => {
    if (event.target.matches(DECIDING) && event.target.name !== "form.removed") refresh();
  });
}
