// Manners every page shares. Nothing here is needed: each page works without it.

// After a failed form the cursor goes to the list of what to look at.
document.querySelector("[data-errors]")?.focus();

// A form is sent once; the pressed button says so until the answer comes.
document.addEventListener("submit", (event) => {
  const form = event.target;
  if (form.dataset.sent || event.defaultPrevented) {
    event.preventDefault();
    return;
  }
  if (form.method !== "post" || form.hasAttribute("data-hx-post")) return;
  form.dataset.sent = "yes";
  event.submitter?.setAttribute("aria-busy", "true");
  setTimeout(wake, 15000, form); // an answer that is a file leaves the page standing
});
const wake = (form) => {
  delete form.dataset.sent;
  form.querySelectorAll("[aria-busy]").forEach((button) => button.removeAttribute("aria-busy"));
};
// Coming back with the browser's Back button finds the form usable again.
window.addEventListener("pageshow", () => document.querySelectorAll("form[data-sent]").forEach(wake));

// The bar with the price steps aside while the price box itself is in sight.
const bar = document.querySelector(".buybar");
const box = document.querySelector(".price");
if (bar && box) {
  new IntersectionObserver(([seen]) => bar.toggleAttribute("data-away", seen.isIntersecting)).observe(box);
}

// The open lesson is in sight in a long outline.
const aside = document.querySelector(".player aside");
const here = aside?.querySelector(".here");
if (here && aside.scrollHeight > aside.clientHeight) {
  aside.scrollTop += here.getBoundingClientRect().top - aside.getBoundingClientRect().top - aside.clientHeight / 3;
}

// A link into a folded answer opens it; paper has no folds.
const unfold = () => {
  const id = decodeURIComponent(location.hash.slice(1));
  const aim = id && document.getElementById(id);
  const fold = aim && (aim.matches("details") ? aim : aim.closest("details"));
  if (fold) fold.open = true;
};
window.addEventListener("hashchange", unfold);
unfold();
window.addEventListener("beforeprint", () => {
  document.querySelectorAll("details:not([open])").forEach((fold) => {
    fold.open = true;
    fold.dataset.folded = "yes";
  });
});
window.addEventListener("afterprint", () => {
  document.querySelectorAll("details[data-folded]").forEach((fold) => {
    fold.open = false;
    delete fold.dataset.folded;
  });
});
