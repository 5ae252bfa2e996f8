// Puts the browser's own time zone into the form that asks for it; the reader confirms by pressing the button.
const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
const field = document.querySelector("[data-zone]");
if (zone && field) {
  field.value = zone;
  const name = document.querySelector("[data-zone-name]");
  if (name) name.textContent = zone.replaceAll("_", " ").replaceAll("/", " / ");
}
