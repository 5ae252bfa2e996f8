// The letter beside its form: written anew by the sender's own code a moment after somebody typed, in a frame where nothing
// runs. Without us two buttons open the same page in a new tab.
const pane = document.querySelector("[data-letter]");
const form = pane?.closest("form");
const PAUSE = 400;

if (form) {
  const frame = pane.querySelector("iframe");
  const stage = pane.querySelector(".look-stage");
  const place = (name) => pane.querySelector(`[data-${name}]`);
  const [faults, report] = [place("faults"), place("report")];
  const chosen = { width: "phone", light: "light", pictures: "on" };
  let asked = null;
  let timer = 0;

  const press = (button) => {
    for (const one of button.parentElement.children) one.setAttribute("aria-pressed", String(one === button));
    chosen[button.dataset.choice] = button.value;
  };
  const fit = () => {
    const wide = chosen.width === "desktop";
    stage.className = `look-stage is-${chosen.width}`;
    frame.style.zoom = wide ? String(Math.min(stage.clientWidth / 704, 1)) : "";
  };
  const page = async (more, signal) => {
    const values = new URLSearchParams();
    for (const [name, value] of new FormData(form)) if (typeof value === "string") values.append(name, value);
    for (const [name, value] of Object.entries({ ...chosen, ...more })) values.set(name, value);
    const answer = await fetch(pane.dataset.letter, { method: "POST", body: values, signal });
    if (!answer.ok || answer.redirected) throw new Error(String(answer.status));
    return new DOMParser().parseFromString(await answer.text(), "text/html");
  };
  const put = (into, fresh) => {
    if (into.innerHTML !== (fresh?.innerHTML ?? "")) into.replaceChildren(...(fresh?.cloneNode(true).childNodes ?? []));
  };
  const draw = async () => {
    asked?.abort();
    asked = new AbortController();
    try {
      const fresh = await page({}, asked.signal);
      put(faults, fresh.getElementById("look-faults"));
      const letter = fresh.getElementById("look-letter");
      if (!letter) return; // it cannot be written, and the faults say why: the last look stays
      put(place("inbox"), fresh.getElementById("look-inbox"));
      place("text").textContent = fresh.getElementById("look-text").textContent;
      frame.contentDocument.documentElement.innerHTML = letter.srcdoc;
    } catch (error) {
      if (error.name !== "AbortError") faults.textContent = "The look beside the text could not be brought up to date. Your words are still in the form.";
    }
  };
  const soon = () => { clearTimeout(timer); timer = setTimeout(draw, PAUSE); };

  place("test").addEventListener("click", async (event) => {
    event.preventDefault();
    report.textContent = "Sending …";
    try {
      put(report, (await page({ do: "test" })).getElementById("look-report"));
    } catch {
      report.textContent = "The site did not answer, so nobody knows whether the test went. Your words are still in the form.";
    }
  });
  pane.addEventListener("click", (event) => {
    const button = event.target.closest("[data-choice]");
    if (!button) return;
    press(button);
    fit();
    draw();
  });
  if (matchMedia("(prefers-color-scheme: dark)").matches) press(pane.querySelector("[data-choice=light][value=dark]"));
  for (const one of pane.querySelectorAll(".look-choice")) one.hidden = false;
  place("live").hidden = false;
  frame.addEventListener("load", draw);
  frame.src = pane.dataset.letter;
  new ResizeObserver(fit).observe(stage);
  form.addEventListener("input", soon);
  form.addEventListener("change", soon);
}
