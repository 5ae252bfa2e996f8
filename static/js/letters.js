// Letters of a sequence are put in order by dragging their grip, or by keyboard: space takes one up, arrows move it, space
// puts it down, Escape puts it back. What comes out is posted like a press of the buttons, which do the same without us.
const list = document.querySelector("[data-letters]");
const form = document.querySelector("[data-move]");
const live = document.querySelector("[data-says]");
const how = document.querySelector("[data-how]");
let held = null; // {row, grip, next, pointer}

const rows = () => [...list.children];
const say = (words) => { live.textContent = words; };
const where = (row) => `${rows().indexOf(row) + 1} of ${rows().length}`;

// The neighbor goes to the other side, because a row that is taken out of the page loses focus and pointer.
const pass = (row, other) => {
  if (other) row[other === row.previousElementSibling ? "after" : "before"](other);
};
const take = (grip, pointer) => {
  const row = grip.closest("li");
  held = { row, grip, next: row.nextElementSibling, pointer };
  grip.setAttribute("aria-pressed", "true");
  row.classList.add("is-held");
  say(`${row.dataset.title}, taken up: ${where(row)}.`);
};
const letGo = () => {
  const was = held;
  held = null;
  was.grip.setAttribute("aria-pressed", "false");
  was.row.classList.remove("is-held");
  return was;
};
const putBack = () => {
  const { row, grip, next } = letGo();
  list.insertBefore(row, next);
  grip.focus();
  say(`${row.dataset.title} is back where it was.`);
};
const putDown = () => {
  const { row, grip, next } = letGo();
  if (row.nextElementSibling === next) {
    grip.focus();
    say(`${row.dataset.title}, put down where it was.`);
    return;
  }
  form.elements.step.value = row.dataset.step;
  form.elements.before.value = row.nextElementSibling?.dataset.step ?? "";
  form.submit();
};

list?.addEventListener("keydown", (event) => {
  const grip = event.target.closest("[data-grip]");
  if (!grip) return;
  if (event.key === " " || event.key === "Enter") {
    event.preventDefault();
    if (held) putDown();
    else take(grip, null);
  } else if (held && event.key === "Escape") {
    event.preventDefault();
    putBack();
  } else if (held && (event.key === "ArrowUp" || event.key === "ArrowDown")) {
    event.preventDefault();
    const { row } = held;
    const up = event.key === "ArrowUp";
    pass(row, up ? row.previousElementSibling : row.nextElementSibling);
    row.scrollIntoView({ block: "nearest" });
    say(where(row));
  }
});
list?.addEventListener("focusout", (event) => {
  if (held && held.pointer === null && !list.contains(event.relatedTarget)) putBack();
});
list?.addEventListener("pointerdown", (event) => {
  const grip = event.target.closest("[data-grip]");
  if (!grip || event.button !== 0 || held) return;
  event.preventDefault();
  take(grip, event.pointerId);
  grip.setPointerCapture(event.pointerId);
});
list?.addEventListener("pointermove", (event) => {
  if (!held || held.pointer !== event.pointerId) return;
  const { row } = held;
  const middle = (one) => { const box = one.getBoundingClientRect(); return box.top + box.height / 2; };
  while (row.previousElementSibling && event.clientY < middle(row.previousElementSibling)) pass(row, row.previousElementSibling);
  while (row.nextElementSibling && event.clientY > middle(row.nextElementSibling)) pass(row, row.nextElementSibling);
});
list?.addEventListener("pointerup", (event) => { if (held?.pointer === event.pointerId) putDown(); });
list?.addEventListener("pointercancel", (event) => { if (held?.pointer === event.pointerId) putBack(); });

if (list && form) {
  list.querySelectorAll("[data-grip]").forEach((grip) => { grip.hidden = false; });
  how.hidden = false;
}
