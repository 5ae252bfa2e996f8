// Manners of the desk: words that were typed and not saved are not lost without a question.
const form = document.querySelector(".change-form #content-main > form[method=post]");
if (form) {
  const words = () => new URLSearchParams(new FormData(form)).toString();
  let saved = document.querySelector(".errornote") ? "" : null; // what came back with a fault was never saved
  let leaving = false;
  const begin = () => { saved ??= words(); };
  form.addEventListener("focusin", begin, { once: true });
  form.addEventListener("submit", () => { leaving = true; });
  window.addEventListener("pageshow", () => { leaving = false; });
  window.addEventListener("beforeunload", (event) => {
    if (!leaving && saved !== null && words() !== saved) event.preventDefault();
  });
}
