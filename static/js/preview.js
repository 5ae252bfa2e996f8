// Shows what the recipient will get whenever a field was left; without this the button below does the same.
const form = document.getElementById("give");
let asked = null;
form?.addEventListener("change", async () => {
  asked?.abort();
  asked = new AbortController();
  const typed = new FormData(form);
  typed.set("show", "gift");
  try {
    const answer = await fetch(form.action, { method: "POST", body: typed, signal: asked.signal });
    if (!answer.ok) return;
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    document.getElementById("shown").replaceChildren(...page.getElementById("shown").childNodes);
  } catch {
    // Overtaken by the next change, or the page was left: the button is there.
  }
});
