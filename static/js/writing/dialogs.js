// The two questions the editor asks: where a link leads, and which card, drawing, picture or question to show.
import { LEAVES, make } from "./nodes.js";

const ask = (title, ...inner) => {
  const dialog = make("dialog", { class: "ask" });
  const name = make("h2", { id: `ask-${Math.random().toString(36).slice(2)}` }, title);
  dialog.setAttribute("aria-labelledby", name.id);
  dialog.append(name, ...inner);
  dialog.addEventListener("close", () => dialog.remove());
  document.body.append(dialog);
  dialog.showModal();
  return dialog;
};

const button = (words, onclick, kind = "") => make("button", { type: "button", class: `button ${kind}`, onclick }, words);

export const askLink = (href, done) => {
  const field = make("input", { type: "text", id: "ask-href", value: href, autocomplete: "off", spellcheck: "false" });
  const told = make("p", { class: "help", id: "ask-told" }, "A page of the web: https://… A page of this site: its address from the first /. An email address works too.");
  field.setAttribute("aria-describedby", told.id);
  const finish = () => {
    let typed = field.value.trim();
    if (/^[^\s/@:]+@[^\s/@]+\.[^\s/@]+$/.test(typed)) typed = `mailto:${typed}`;
    else if (/^(www\.|[\w-]+\.(com|org|net|gov|edu|co\.uk)\b)/i.test(typed)) typed = `https://${typed}`;
    if (/^(javascript|data|vbscript|file):/i.test(typed)) {
      told.textContent = "A link begins with https:// or with / for a page of this site.";
      field.setAttribute("aria-invalid", "true");
      field.focus();
      return;
    }
    dialog.close();
    done(typed);
  };
  field.addEventListener("keydown", (event) => { if (event.key === "Enter") { event.preventDefault(); finish(); } });
  const tools = [button("Set the link", finish, "default"), button("Cancel", () => { dialog.close(); done(null); })];
  if (href) tools.splice(1, 0, button("Take the link away", () => { dialog.close(); done(""); }));
  const dialog = ask("Link", make("label", { for: field.id }, "Where does it lead?"), field, told, make("p", { class: "ask-tools" }, ...tools));
  field.select();
};

export const askLeaf = (shelf, kind, done) => {
  const field = make("input", { type: "search", id: "ask-search", autocomplete: "off" });
  const list = make("ul", { class: "ask-list" });
  const count = make("p", { role: "status", class: "help" });
  const draw = () => {
    const words = field.value.toLowerCase().split(/\s+/).filter(Boolean);
    const found = shelf.all(kind).filter((one) => words.every((word) => `${one.ref} ${one.title} ${one.words}`.toLowerCase().includes(word)));
    list.replaceChildren(...found.map((one) => make("li", {}, make("button", { type: "button", onclick: () => { dialog.close(); done(one.ref); } },
      ...(one.thumb ? [make("img", { src: one.thumb, alt: "", width: "48", height: "48", loading: "lazy" })] : []),
      make("span", {}, make("b", {}, one.title), make("small", {}, one.words || one.ref))))));
    count.textContent = found.length ? `${found.length} to choose from.` : shelf.empty(kind);
  };
  const again = () => shelf.again().then((isOther) => { if (isOther) draw(); }).catch(() => {});
  const tools = make("p", { class: "ask-tools" }, button("Cancel", () => dialog.close()));
  if (shelf.make(kind)) tools.append(make("a", { class: "button", href: shelf.make(kind), target: "_blank", rel: "noopener" }, "Bring in a picture (a new tab)"));
  field.addEventListener("input", draw);
  field.addEventListener("keydown", (event) => {
    if (event.key !== "Enter") return;
    event.preventDefault();
    if (list.children.length === 1) list.querySelector("button").click();
  });
  const dialog = ask(LEAVES[kind], make("label", { for: field.id }, "Search"), field, count, list, tools);
  window.addEventListener("focus", again); // back from the tab in which a new one was made
  dialog.addEventListener("close", () => window.removeEventListener("focus", again));
  draw();
  if (kind === "picture") again();
};
