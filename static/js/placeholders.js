// The list of words that a letter fills in becomes buttons: a press puts one where the cursor was last.
const menu = document.querySelector("[data-placeholders]");
let field = document.querySelector("#id_body");
if (menu && field) {
  document.querySelectorAll("#id_subject, #id_preheader, #id_body").forEach((one) => {
    one.addEventListener("focus", () => { field = one; });
  });
  menu.querySelectorAll("[data-insert]").forEach((word) => {
    const button = document.createElement("button");
    button.type = "button";
    button.className = "button";
    button.textContent = word.textContent;
    button.setAttribute("aria-label", `Put in ${word.textContent}`);
    button.addEventListener("click", () => {
      const alone = word.dataset.insert.startsWith("{button:");
      const target = alone ? document.querySelector("#id_body") : field;
      const [from, to] = [target.selectionStart, target.selectionEnd];
      const chosen = alone && to > from ? `{button:${target.value.slice(from, to).replace(/[{}\n]/g, " ")}}` : word.dataset.insert;
      target.focus();
      target.setRangeText(chosen, from, to, "end");
      target.dispatchEvent(new Event("input", { bubbles: true }));
    });
    word.replaceWith(button);
  });
  menu.querySelector("[data-how]").hidden = false;
}
