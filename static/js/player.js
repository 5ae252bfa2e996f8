// Remembers where the reader is, on the page and in the video: every 15 seconds, on pause, and when the page is left.
const article = document.querySelector("[data-position-url]");
const token = document.querySelector("[name=csrfmiddlewaretoken]")?.value;
const text = document.querySelector("[data-text]");
const video = document.querySelector("[data-player] video");
const PAUSE = 15000;

const percentRead = () => {
  const box = text.getBoundingClientRect();
  const read = window.innerHeight - box.top;
  return Math.round(Math.min(Math.max(read / box.height, 0), 1) * 100);
};

let moved = false; // until the reader scrolls, the place kept from last time is the true one
let sent = null;
const send = () => {
  const place = new URLSearchParams();
  if (moved) place.set("percent", String(percentRead()));
  if (video && video.currentTime > 0) place.set("seconds", String(Math.floor(video.currentTime)));
  if (place.toString() === sent) return;
  sent = place.toString();
  place.set("csrfmiddlewaretoken", token);
  fetch(article.dataset.positionUrl, { method: "POST", body: place, keepalive: true }).catch(() => {
    sent = null; // no connection: the next beat tries again
  });
};

const offerToResume = () => {
  const percent = Number(article.dataset.percent);
  const offer = document.querySelector("[data-resume]");
  if (!offer || percent < 10 || percent > 95) return;
  offer.hidden = false;
  offer.querySelector("a").addEventListener("click", (event) => {
    event.preventDefault();
    const box = text.getBoundingClientRect();
    const top = window.scrollY + box.top + (box.height * percent) / 100 - window.innerHeight;
    window.scrollTo({ top: Math.max(top, 0) });
    offer.hidden = true;
  });
};

if (article && token && text) {
  offerToResume();
  send();
  window.addEventListener("scroll", () => (moved = true), { passive: true, once: true });
  setInterval(() => document.visibilityState === "visible" && send(), PAUSE);
  document.addEventListener("visibilitychange", () => document.visibilityState === "hidden" && send());
  window.addEventListener("pagehide", send);
}

if (video) {
  const place = Number(document.querySelector("[data-player]").dataset.position);
  if (place) {
    video.addEventListener("loadedmetadata", () => {
      if (place < video.duration - 5) video.currentTime = place;
    });
  }
  video.addEventListener("pause", () => article && token && text && send());
}

// What was pressed has been replaced by the answer: the cursor goes on from its button.
document.addEventListener("htmx:afterSwap", (event) => {
  const fresh = document.getElementById(event.detail.target.id);
  fresh?.querySelector("button")?.focus({ preventScroll: true });
});
