// Nothing typed at the desk is lost: what is not saved is kept on this device, under the person, the page and the form,
// and offered when the form is opened again. The server says by a cookie what is saved. Before a form is sent we ask
// whether its person is still signed in, so that neither an ended session nor a lost connection takes anything away.
const me = document.querySelector("meta[name=desk-user]");
const START = `desk-draft:${me.content}:`;
const DAYS = 30; // then a draft is forgotten
const WAIT = 400; // ms after the last key
let over = false; // whoever signs out has said that it may go

// ---- the store; without one (a full or locked one) the desk works as before ----
const keep = (key, draft) => { try { localStorage.setItem(key, JSON.stringify(draft)); return true; } catch { return false; } };
const drop = (key) => { try { localStorage.removeItem(key); } catch { /* there is no store */ } };
const all = (start) => {
  try {
    return Object.keys(localStorage).filter((key) => key.startsWith(start)).map((key) => ({ key, ...JSON.parse(localStorage.getItem(key)) }));
  } catch { return []; }
};
for (const cookie of document.cookie.split("; ")) {
  const name = /^desk-saved-([0-9a-f]{16})=/.exec(cookie)?.[1];
  if (!name) continue;
  all(START).filter((one) => one.key.endsWith(`:${name}`)).forEach((one) => drop(one.key));
  document.cookie = `desk-saved-${name}=; path=/; max-age=0; samesite=lax`;
}
all(START).filter((one) => !(Date.now() - one.at < DAYS * 864e5)).forEach((one) => drop(one.key));

// ---- what stands in a form ----
const fieldsOf = (form) => [...form.elements].filter((field) => field.name
  && !["hidden", "file", "password", "submit", "button", "image", "reset"].includes(field.type)
  && !["FIELDSET", "OBJECT", "OUTPUT", "BUTTON"].includes(field.tagName) && !field.name.includes("__prefix__"));
const isText = (field) => field.tagName === "TEXTAREA" || ["text", "email", "url", "number", "tel"].includes(field.type);
const read = (form) => {
  const found = {};
  for (const field of fieldsOf(form)) {
    if (field.type === "radio") { if (field.checked) found[field.name] = field.value; }
    else if (field.type === "checkbox") found[`${field.name}=${field.value}`] = field.checked ? "yes" : "";
    else if (field.type === "select-multiple") found[field.name] = [...field.selectedOptions].map((one) => one.value).join("\n");
    else found[field.name] = field.value;
  }
  return found;
};
const rowsOf = (form) => Object.fromEntries([...form.querySelectorAll("input[name$=-TOTAL_FORMS]")]
  .map((field) => [field.name.replace(/-TOTAL_FORMS$/, ""), Number(field.value)]));
const fill = (form, name, value) => {
  const changed = fieldsOf(form).filter((field) => field.name === name || `${field.name}=${field.value}` === name);
  for (const field of changed) {
    if (field.type === "radio") field.checked = field.value === value;
    else if (field.type === "checkbox") field.checked = value === "yes";
    else if (field.type === "select-multiple") [...field.options].forEach((one) => { one.selected = value.split("\n").includes(one.value); });
    else field.value = value;
    field.dispatchEvent(new Event("input", { bubbles: true }));
    field.dispatchEvent(new Event("change", { bubbles: true }));
  }
};
const labelOf = (form, name) => {
  const field = fieldsOf(form).find((one) => one.name === name || `${one.name}=${one.value}` === name);
  const words = field?.labels?.[0]?.textContent.trim().replace(/:$/, "") ?? name;
  const row = /-(\d+)-/.exec(name);
  return row ? `${words} (row ${Number(row[1]) + 1})` : words;
};

const make = (tag, words = "", name = "") => {
  const made = document.createElement(tag);
  if (words) made.textContent = words;
  if (name) made.className = name;
  return made;
};
const clock = (at) => {
  const then = new Date(at);
  const time = then.toLocaleTimeString([], { hour: "2-digit", minute: "2-digit" });
  return then.toDateString() === new Date().toDateString() ? time : `${then.toLocaleDateString([], { month: "short", day: "numeric" })}, ${time}`;
};
const button = (words, press, name = "button") => {
  const made = make("button", words, name);
  made.type = "button";
  made.addEventListener("click", press);
  return made;
};

// ---- one form ----
const name16 = () => [...crypto.getRandomValues(new Uint8Array(8))].map((byte) => byte.toString(16).padStart(2, "0")).join("");
const watch = (form, place) => {
  const start = `${START}${location.pathname}:${form.id || place}:`;
  const name = name16();
  const key = start + name;
  // It came back: what is in it was never saved. Faults that scripts show of what is saved are none of these.
  const came = document.title.startsWith("Error:") && form.querySelector(".errorlist, .errornote, .conflict");
  const before = came ? Object.fromEntries(Object.entries(read(form)).map(([field]) => [field, null])) : read(form);
  let rows = came ? {} : rowsOf(form);
  let leaving = false;
  let timer = null;

  const tag = make("input");
  tag.type = "hidden";
  tag.name = "_draft";
  tag.value = name;
  form.append(tag);
  const state = make("p", "", "draft-state quiet");
  (form.querySelector(".submit-row") ?? form).append(state);

  const typed = () => Object.entries(read(form)).filter(([field, value]) => (before[field] ?? "") !== value);
  const store = () => {
    clearTimeout(timer);
    timer = null;
    if (over) return;
    const fields = Object.fromEntries(typed().map(([field, value]) => [field, [before[field] ?? null, value]]));
    if (!Object.keys(fields).length) { drop(key); state.textContent = ""; return; }
    const kept = keep(key, { at: Date.now(), fields, rows: rowsOf(form) });
    state.textContent = kept ? `Not saved yet. Kept on this device at ${clock(Date.now())}.` : "Not saved yet. This browser keeps no drafts.";
  };
  const soon = () => { clearTimeout(timer); timer = setTimeout(store, WAIT); };
  form.addEventListener("input", soon);
  form.addEventListener("change", soon);
  if (came) store();

  window.addEventListener("beforeunload", (event) => {
    if (timer) store();
    if (!leaving && !over && typed().length) event.preventDefault();
  });
  window.addEventListener("pagehide", () => { if (timer) store(); });
  window.addEventListener("pageshow", (event) => { if (event.persisted) leaving = false; });

  // ---- what was kept earlier ----
  const restore = (draft) => {
    for (const [prefix, count] of Object.entries(draft.rows ?? {})) {
      const total = form.querySelector(`input[name="${CSS.escape(prefix)}-TOTAL_FORMS"]`);
      const more = form.querySelector(`#${CSS.escape(prefix)}-group .add-row a`);
      for (let tries = 0; more && total && Number(total.value) < count && tries < 50; tries += 1) more.click();
    }
    for (const [field, [, mine]] of Object.entries(draft.fields)) fill(form, field, mine);
    form.dispatchEvent(new CustomEvent("draft:restored"));
    store();
  };
  const compared = (draft) => {
    const list = make("dl");
    const now = read(form);
    for (const [field, [old, mine]] of Object.entries(draft.fields)) {
      const part = make("div");
      const moved = old !== null && field in now && now[field] !== old;
      part.append(
        make("dt", labelOf(form, field)),
        make("dd", moved ? "Saved now (changed since you typed):" : "Saved now:"), make("dd", now[field] || "(empty)", "draft-text"),
        make("dd", "Yours:"), make("dd", mine || "(empty)", "draft-text"),
      );
      list.append(part);
    }
    return list;
  };
  const named = ({ fields }) => {
    const name = (fields.subject ?? fields.title)?.[1].trim();
    return name ? `: “${name.length > 60 ? `${name.slice(0, 59)}…` : name}”` : "";
  };
  const offer = (draft) => {
    const box = make("section", "", "draft-offer");
    const heading = make("h2", `You have unsaved text from ${clock(draft.at)}${named(draft)}`);
    heading.id = `draft-${draft.key.slice(-16)}`;
    box.setAttribute("aria-labelledby", heading.id);
    const ways = make("p", "", "draft-ways");
    const gone = (words) => { box.replaceChildren(make("p", words)); box.tabIndex = -1; box.focus(); };
    const compare = button("Compare", () => {
      const list = box.querySelector("dl");
      compare.setAttribute("aria-expanded", String(!list));
      if (list) list.remove(); else box.append(compared(draft));
    });
    compare.setAttribute("aria-expanded", "false");
    ways.append(
      button("Restore", () => { restore(draft); drop(draft.key); gone("Your text is back in the form. Save it when you are ready."); }, "button default"),
      button("Discard", () => { drop(draft.key); gone("Thrown away."); }), compare,
    );
    box.append(heading, make("p", "It was typed here and never saved."), ways);
    form.before(box);
  };
  const now = read(form);
  for (const draft of all(start).filter((one) => one.key !== key).sort((a, b) => a.at - b.at)) {
    if (Object.entries(draft.fields).every(([field, [, mine]]) => (now[field] ?? "") === mine)) drop(draft.key); // saved, or back already
    else offer(draft);
  }

  // ---- sending ----
  let asking = false;
  let sure = false;
  form.addEventListener("submit", async (event) => {
    const elsewhere = event.submitter?.hasAttribute("formtarget") || event.submitter?.hasAttribute("formaction");
    if (elsewhere) return; // not saving: a look at it in another window
    if (sure || event.defaultPrevented) { leaving = sure; sure = false; return; }
    event.preventDefault();
    if (asking) return;
    store();
    asking = true;
    const submitter = event.submitter;
    const trouble = await pulse(form);
    asking = false;
    form.parentElement.querySelector(".draft-trouble")?.remove();
    if (trouble) {
      form.before(trouble);
      trouble.tabIndex = -1;
      trouble.focus();
      return;
    }
    sure = true;
    if (submitter?.isConnected) form.requestSubmit(submitter); else form.requestSubmit();
  });
};

const pulse = async (form) => {
  const box = make("section", "", "draft-trouble");
  box.setAttribute("role", "alert");
  try {
    const answer = await fetch(me.dataset.pulse, { redirect: "manual", cache: "no-store", signal: AbortSignal.timeout(10_000) });
    const said = answer.ok ? await answer.json() : null;
    if (said?.user === me.content) {
      form.querySelectorAll("input[name=csrfmiddlewaretoken]").forEach((field) => { field.value = said.token; });
      return null;
    }
    if (answer.type === "opaqueredirect" || answer.status === 403 || said) {
      const link = make("a", "Sign in in a new tab");
      link.href = `${me.dataset.login}?next=${encodeURIComponent(me.dataset.pulse.replace(/pulse\/$/, ""))}`;
      link.target = "_blank";
      const words = make("p", "You are not signed in any more, so nothing was sent. Your text is safe: it is still in the form, and kept on this device. ");
      words.append(link, ", then come back here and save again.");
      box.append(words);
      return box;
    }
  } catch { /* no connection, or none that answers */ }
  box.append(make("p", "The site cannot be reached, so nothing was sent. Your text is safe: it is still in the form, and kept on this device. Save again when you are back online."));
  return box;
};

document.querySelectorAll("#content form[method=post]").forEach((form, place) => {
  if (fieldsOf(form).some(isText) && !form.hasAttribute("data-no-draft")) watch(form, place);
});

// Whoever signs out leaves nothing behind on a device that others use.
document.querySelector("#logout-form")?.addEventListener("submit", (event) => {
  const kept = all(START);
  if (!kept.length) return;
  over = confirm("There is text on this device that you have not saved. Sign out and throw it away?");
  if (over) kept.forEach((one) => drop(one.key));
  else event.preventDefault();
});
window.addEventListener("pageshow", (event) => { if (event.persisted) over = false; });
