// Puts an editor in front of each text area that asks for one. The text area stays what is sent and what all else reads:
// without this file, and while anything goes wrong here, it is simply written into.
import { askLeaf } from "./dialogs.js";
import { write } from "./markdown.js";
import { extensions, make } from "./nodes.js";
import { clean } from "./paste.js";
import { toolbar } from "./toolbar.js";

const token = () => document.querySelector("[name=csrfmiddlewaretoken]").value;

const post = async (url, values) => {
  const answer = await fetch(url, { method: "POST", body: new URLSearchParams({ ...values, csrfmiddlewaretoken: token() }) });
  if (!answer.ok) throw new Error(`${url}: ${answer.status}`);
  return answer.json();
};

// What there is to show in a lesson; questions are those that this very page is about to save.
const shelf = async (area) => {
  const course = () => document.querySelector("#id_course, #id_module")?.value ?? "";
  const fetched = () => (area.dataset.shelf ? post(area.dataset.shelf, { of: course(), lesson: area.dataset.lesson ?? "" }) : {});
  let lists = await fetched();
  const questions = () => [...document.querySelectorAll("[name^='checks-'][name$='-question']")]
    .filter((one) => !one.name.includes("__prefix__") && one.value.trim())
    .map((one, index) => ({ ref: String(index + 1), title: `${index + 1}. ${one.value}`, words: "" }));
  const all = (kind) => (kind === "check" ? questions() : lists[kind] ?? []);
  return {
    all,
    find: (kind, ref) => all(kind).find((one) => one.ref === ref),
    empty: (kind) => ({ check: "No question yet: add one below, under “Self-check questions”.", picture: "No picture yet, or none with these words." })[kind] ?? "Nothing found.",
    make: (kind) => (kind === "picture" ? lists.bring : ""), // where a new one is made, for who may
    again: async () => { // asks anew what there is, and tells whether that is something else
      const before = JSON.stringify(lists);
      lists = await fetched();
      return JSON.stringify(lists) !== before;
    },
  };
};

const begin = async (area) => {
  const T = await import(area.dataset.editor);
  const things = await shelf(area);
  const label = document.querySelector(`label[for="${area.id}"]`);
  if (label) label.id ||= `${area.id}-label`;
  const sources = new Map(); // block of the editor -> the words it came from
  let loaded = null; // what was read: its text, its document
  let told = area.value; // the text that the editor shows
  let own = false; // is it we who write into the text area?

  const tell = (text) => {
    told = text;
    if (text === area.value) return;
    own = true;
    area.value = text;
    area.dispatchEvent(new Event("input", { bubbles: true }));
    own = false;
  };
  const save = ({ editor }) => {
    const text = write(editor.state.doc, sources);
    tell(editor.state.doc.eq(loaded.doc) ? loaded.text : text && text + (/\n$/.test(loaded.text) ? "\n" : ""));
  };

  const remember = (doc, words) => {
    loaded = { text: area.value, doc };
    told = area.value;
    if (doc.childCount === words.length) doc.forEach((node, _, index) => words[index] && sources.set(node, words[index]));
  };
  const first = await post(area.dataset.read, { text: area.value });

  const place = make("div", { class: "writing-text prose" });
  const editor = new T.Editor({
    element: place,
    content: first.html,
    injectCSS: false,
    extensions: extensions(T, things, (kind, done) => askLeaf(things, kind, done)),
    editorProps: {
      attributes: { role: "textbox", "aria-multiline": "true", ...(label ? { "aria-labelledby": label.id } : { "aria-label": "Text" }) },
      transformPastedHTML: clean,
      handleTextInput: (view, from, to, text) => {
        if (view.state.selection.node?.type.name !== "leaf") return false; // what is typed on a card goes below it
        editor.chain().insertContentAt(to, { type: "paragraph", content: [{ type: "text", text }] }).run();
        return true;
      },
      handleKeyDown: (view, event) => {
        if (event.key === "F10" && event.altKey) return tools.bar.querySelector("[tabindex='0']").focus(), true;
        if (event.key.toLowerCase() === "k" && (event.ctrlKey || event.metaKey)) return event.preventDefault(), tools.link(), true;
        return false;
      },
    },
    onUpdate: save,
  });

  const load = async () => {
    const fresh = await post(area.dataset.read, { text: area.value });
    editor.commands.setContent(fresh.html, { emitUpdate: false });
    remember(editor.state.doc, fresh.sources);
  };
  remember(editor.state.doc, first.sources);

  const kinds = (area.dataset.kinds ?? "").split(" ").filter(Boolean);
  const tools = toolbar(editor, things, kinds, label?.textContent.replace(/:\s*$/, "") ?? "the text");
  const plain = make("button", { type: "button", "aria-pressed": "false", class: "writing-switch" }, "Show as Markdown");
  const frame = make("div", { class: "writing" }, tools.bar, tools.help, place);
  tools.bar.addEventListener("keydown", (event) => { if (event.key === "Escape") editor.commands.focus(); });
  const turn = async (asMarkdown) => {
    if (!asMarkdown && area.value !== told) await load();
    frame.hidden = asMarkdown;
    area.hidden = !asMarkdown;
    plain.setAttribute("aria-pressed", String(asMarkdown));
  };
  plain.addEventListener("click", () => turn(area.hidden).catch(() => {}));
  area.before(frame);
  area.after(plain);
  area.hidden = true;
  area.addEventListener("input", () => { if (!own && area.hidden) load().catch(() => {}); }); // a draft was brought back
  label?.addEventListener("click", () => { if (area.hidden) editor.commands.focus(); });
  for (const way of document.querySelectorAll(`.faults a[href="#${area.id}"]`)) way.addEventListener("click", (event) => {
    if (!area.hidden) return;
    event.preventDefault();
    editor.commands.focus();
    frame.scrollIntoView();
  });
  area.editor = editor;
};

for (const area of document.querySelectorAll("textarea[data-editor]")) {
  if (!area.name.includes("__prefix__")) begin(area).catch((error) => { area.hidden = false; area.dataset.failed = error.message; });
}
