// Lessons and modules are moved by hand: dragged by mouse, pen or finger, or with the keyboard. The server has the last
// word: it answers each move with the list as it stands. Without this file the buttons under "More" do the same.
const place = document.querySelector("[data-outline]");
const form = document.querySelector("#arrange");
const live = document.querySelector("[data-outline-says]");
const EDGE = 72; // px from the edge of the window where dragging scrolls
let held = null; // {row, grip, kind, parent, next, pointer}

const say = (words) => {
  live.textContent = "";
  setTimeout(() => { live.textContent = words; }, 30); // the same words twice are read twice
};
const list = () => place.querySelector("[data-modules]");
const siblings = (row) => [...row.parentElement.children].filter((one) => one.matches("[data-lesson], [data-module]"));
const moduleOf = (row) => row.closest("[data-module]");

const ready = () => {
  place.querySelectorAll("[data-grip]").forEach((grip) => {
    grip.hidden = false;
    grip.setAttribute("aria-pressed", "false");
  });
  const how = document.querySelector("[data-outline-how]");
  if (how) how.hidden = !place.querySelector("[data-grip]");
};

// ---- where it stands, in words and for the server ----
const words = (row) => {
  const around = siblings(row);
  const where = `${around.indexOf(row) + 1} of ${around.length}`;
  return row.dataset.lesson ? `${where} in ${moduleOf(row).dataset.title}` : where;
};
const command = (row) => {
  const before = siblings(row)[siblings(row).indexOf(row) - 1];
  return row.dataset.lesson
    ? `put:lesson:${row.dataset.lesson}:${moduleOf(row).dataset.module}:${before?.dataset.lesson ?? 0}`
    : `put:module:${row.dataset.module}:0:${before?.dataset.module ?? 0}`;
};

// ---- taking up and putting down ----
const take = (grip, pointer = null) => {
  const row = grip.closest("[data-lesson], [data-module]");
  const top = row.getBoundingClientRect().top;
  held = { row, grip, pointer, kind: grip.dataset.grip, parent: row.parentElement, next: row.nextElementSibling };
  grip.setAttribute("aria-pressed", "true");
  row.classList.add("is-held");
  place.querySelectorAll("details[open]").forEach((menu) => { menu.open = false; });
  if (held.kind === "module") {
    list().classList.add("is-folded"); // only the names of modules, so that the way is short
    window.scrollBy(0, row.getBoundingClientRect().top - top);
  }
  say(`${row.dataset.title}, taken up: ${words(row)}.`);
};
const letGo = () => {
  const { row, grip, kind } = held;
  held = null;
  grip.setAttribute("aria-pressed", "false");
  row.classList.remove("is-held");
  document.documentElement.removeAttribute("data-dragging");
  if (kind === "module") {
    list().classList.remove("is-folded");
    row.scrollIntoView({ block: "nearest" });
  }
};
const putBack = () => {
  const { row, grip, parent, next } = held;
  parent.insertBefore(row, next);
  letGo();
  grip.focus();
  say(`${row.dataset.title} is back where it was.`);
};
const putDown = () => {
  const { row, grip, parent, next } = held;
  const moved = row.parentElement !== parent || row.nextElementSibling !== next;
  letGo();
  grip.focus();
  if (moved) send(row, parent, next);
  else say(`${row.dataset.title}, put down where it was.`);
};

const send = async (row, parent, next) => {
  const title = row.dataset.title;
  const data = new FormData(form);
  data.set("do", command(row));
  list().classList.add("is-busy");
  try {
    const answer = await fetch(location.pathname, {
      method: "POST", body: data, headers: { "X-Requested-With": "outline" }, redirect: "manual",
    });
    if (answer.status !== 200 && answer.status !== 409) throw new Error(String(answer.status || "signed out"));
    place.innerHTML = await answer.text();
    ready();
    say(place.querySelector("[data-said]")?.firstChild.textContent.trim() ?? "Moved.");
    (document.getElementById(row.id)?.querySelector("[data-grip]") ?? place.querySelector("[data-grip]"))?.focus();
  } catch {
    parent.insertBefore(row, next);
    list().classList.remove("is-busy");
    complain(`${title} was not moved: the site did not take it. Check your connection, and that you are still signed in.`);
  }
};
const complain = (text) => {
  place.querySelector(".outline-said")?.remove();
  const note = document.createElement("ul");
  note.className = "messagelist outline-said";
  const line = document.createElement("li");
  line.className = "error";
  line.textContent = text;
  note.append(line);
  place.prepend(note);
  say(text);
};

// ---- the keyboard ----
const step = (row, direction) => {
  const up = direction < 0;
  const aim = up ? row.previousElementSibling : row.nextElementSibling;
  if (aim) {
    aim[up ? "before" : "after"](row);
  } else if (row.dataset.lesson) {
    const other = moduleOf(row)[up ? "previousElementSibling" : "nextElementSibling"]?.querySelector("[data-lessons]");
    if (!other) return false;
    other[up ? "append" : "prepend"](row);
  } else {
    return false;
  }
  return true;
};
place.addEventListener("keydown", (event) => {
  const grip = event.target.closest?.("[data-grip]");
  if (!grip) return;
  if (!held) {
    if (event.key === " " || event.key === "Enter") {
      event.preventDefault();
      if (!list().classList.contains("is-busy")) take(grip);
    }
    return;
  }
  if (held.pointer !== null || held.grip !== grip) return;
  const direction = { ArrowUp: -1, ArrowDown: 1 }[event.key];
  if (direction) {
    event.preventDefault();
    const { row } = held;
    const went = step(row, direction);
    grip.focus();
    row.scrollIntoView({ block: "nearest" });
    say(went ? words(row) : `It cannot go further ${direction < 0 ? "up" : "down"}.`);
  } else if (event.key === " " || event.key === "Enter") {
    event.preventDefault();
    putDown();
  } else if (event.key === "Escape") {
    event.preventDefault();
    putBack();
  } else if (event.key === "Tab") {
    putBack(); // whoever goes elsewhere has changed their mind
  }
});
place.addEventListener("keyup", (event) => {
  if (event.key === " " && event.target.closest?.("[data-grip]")) event.preventDefault();
});

// ---- mouse, pen, finger ----
const follow = (x, y) => {
  const { row, kind } = held;
  const rows = kind === "module" ? [...list().children] : [...list().querySelectorAll("[data-lessons]")];
  if (kind === "module") {
    const aim = rows.find((one) => one !== row && y > one.getBoundingClientRect().top && y < one.getBoundingClientRect().bottom);
    if (aim) aim[rows.indexOf(aim) < rows.indexOf(row) ? "before" : "after"](row);
    return;
  }
  const inside = [...list().querySelectorAll("[data-lesson]")].find((one) => {
    const box = one.getBoundingClientRect();
    return one !== row && y > box.top && y < box.bottom;
  });
  if (inside) {
    const box = inside.getBoundingClientRect();
    const half = y < box.top + box.height / 2;
    const spot = half ? inside : inside.nextElementSibling;
    if (spot !== row && (half ? inside.previousElementSibling : inside.nextElementSibling) !== row) {
      inside[half ? "before" : "after"](row);
    }
    return;
  }
  // Over the name of a module: first in it; over its lower end: last in it.
  const part = [...list().children].find((one) => y > one.getBoundingClientRect().top && y < one.getBoundingClientRect().bottom);
  if (!part) return;
  const lessons = part.querySelector("[data-lessons]");
  const head = part.querySelector(".outline-head").getBoundingClientRect();
  if (y < head.bottom) { if (lessons.firstElementChild !== row) lessons.prepend(row); }
  else if (y > lessons.getBoundingClientRect().bottom && lessons.lastElementChild !== row) lessons.append(row);
};
let last = null;
const drift = () => { // near the edge of the window the page moves on
  if (!held || held.pointer === null) return;
  const speed = last.y < EDGE ? last.y - EDGE : last.y > innerHeight - EDGE ? last.y - innerHeight + EDGE : 0;
  if (speed) {
    window.scrollBy(0, speed / 4);
    follow(last.x, last.y);
  }
  requestAnimationFrame(drift);
};
place.addEventListener("pointerdown", (event) => {
  const grip = event.target.closest("[data-grip]");
  if (!grip || event.button || held || list().classList.contains("is-busy")) return;
  event.preventDefault();
  last = { x: event.clientX, y: event.clientY };
  take(grip, event.pointerId);
  grip.focus();
  document.documentElement.setAttribute("data-dragging", "");
  requestAnimationFrame(drift);
});
const mine = (event) => held && held.pointer === event.pointerId;
document.addEventListener("pointermove", (event) => {
  if (!mine(event)) return;
  last = { x: event.clientX, y: event.clientY };
  follow(event.clientX, event.clientY);
});
document.addEventListener("pointerup", (event) => { if (mine(event)) putDown(); });
document.addEventListener("pointercancel", (event) => { if (mine(event)) putBack(); });
document.addEventListener("keydown", (event) => {
  if (event.key === "Escape" && held && held.pointer !== null) putBack();
});

// ---- menus: one at a time, and away with a press elsewhere ----
document.addEventListener("click", (event) => {
  place.querySelectorAll(".outline-menu[open]").forEach((menu) => { if (!menu.contains(event.target)) menu.open = false; });
});
place.addEventListener("keydown", (event) => {
  const menu = event.key === "Escape" && event.target.closest?.(".outline-menu[open]");
  if (menu) {
    menu.open = false;
    menu.querySelector("summary").focus();
  }
});

if (place && form) ready();
