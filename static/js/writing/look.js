// The lesson beside its form: drawn anew by the site a moment after somebody typed, in a frame where nothing runs.
const pane = document.querySelector("[data-look]");
const form = pane?.closest("form");
const PAUSE = 400;

if (form) {
  const frame = pane.querySelector("iframe");
  const stage = pane.querySelector(".look-stage");
  const told = pane.querySelector("[data-look-told]");
  told.setAttribute("role", "status");
  let theme = matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light";
  let asked = null;
  let timer = 0;

  const page = () => frame.contentDocument;
  const dress = () => { page().documentElement.dataset.theme = theme; };
  const fit = () => {
    const wide = stage.classList.contains("is-desktop");
    frame.style.zoom = wide ? String(Math.min(stage.clientWidth / 1280, 1)) : "";
  };
  const press = (button, name) => {
    for (const one of button.parentElement.children) one.setAttribute("aria-pressed", String(one === button));
    return button.dataset[name];
  };

  const words = () => {
    const values = new URLSearchParams();
    for (const [name, value] of new FormData(form)) if (typeof value === "string") values.append(name, value);
    values.set("lesson", pane.dataset.lesson);
    return values;
  };
  const draw = async () => {
    asked?.abort();
    asked = new AbortController();
    try {
      const answer = await fetch(pane.dataset.look, { method: "POST", body: words(), signal: asked.signal });
      if (!answer.ok || answer.redirected) throw new Error(String(answer.status));
      const fresh = new DOMParser().parseFromString(await answer.text(), "text/html");
      const faults = fresh.getElementById("faults");
      if (told.innerHTML !== (faults?.innerHTML ?? "")) told.replaceChildren(...(faults?.cloneNode(true).childNodes ?? []));
      faults?.replaceChildren();
      const old = page()?.getElementById("main");
      if (old) old.replaceChildren(...fresh.getElementById("main").childNodes);
    } catch (error) {
      if (error.name !== "AbortError") told.textContent = "The look beside the text could not be brought up to date. Your words are still in the form.";
    }
  };
  const soon = () => { clearTimeout(timer); timer = setTimeout(draw, PAUSE); };

  frame.addEventListener("load", () => { dress(); draw(); });
  frame.src = `${pane.dataset.look}?lesson=${pane.dataset.lesson}`;
  stage.hidden = false;
  for (const one of pane.querySelectorAll(".look-choice")) one.hidden = false;
  pane.addEventListener("click", (event) => {
    const button = event.target.closest("button[aria-pressed]");
    if (!button) return;
    if (button.dataset.width) {
      stage.className = `look-stage is-${press(button, "width")}`;
      fit();
    } else {
      theme = press(button, "themeChoice");
      dress();
    }
  });
  press(pane.querySelector(`[data-theme-choice=${theme}]`), "themeChoice");
  new ResizeObserver(fit).observe(stage);
  form.addEventListener("input", soon);
  form.addEventListener("change", soon);
}
