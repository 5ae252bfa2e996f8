// The bar above the text: one stop for the Tab key, arrows go from button to button.
import { askLeaf, askLink } from "./dialogs.js";
import { CALLOUTS, LEAVES, make } from "./nodes.js";

const link = (editor) => askLink(editor.getAttributes("link").href ?? "", (href) => {
  const chain = editor.chain().focus();
  if (href === null) chain.run();
  else if (href === "") chain.extendMarkRange("link").unsetMark("link").run();
  else if (editor.state.selection.empty && !editor.isActive("link")) chain.insertContent({ type: "text", text: href.replace(/^(mailto:|https?:\/\/)/, ""), marks: [{ type: "link", attrs: { href } }] }).run();
  else chain.extendMarkRange("link").setMark("link", { href }).run();
});

const box = (editor, kind) => (editor.isActive("callout", { kind })
  ? editor.chain().focus().lift("callout").run()
  : editor.isActive("callout")
    ? editor.chain().focus().updateAttributes("callout", { kind }).run()
    : editor.chain().focus().wrapIn("callout", { kind }).run()
      || editor.chain().focus().insertContentAt(afterBlock(editor), { type: "callout", attrs: { kind }, content: [{ type: "paragraph" }] }).run());

export const afterBlock = (editor) => {
  const { $from } = editor.state.selection;
  return $from.depth ? $from.after(1) : editor.state.selection.to;
};

const touched = new WeakSet(); // editors that somebody has put a cursor into; without one, things come last
const put = (editor, kind, ref) => editor.chain()
  .insertContentAt(touched.has(editor) ? afterBlock(editor) : editor.state.doc.content.size, { type: "leaf", attrs: { kind, ref } }).focus().run();

// words, what it does, when it is on (if it can be on or off), shortcut
const tools = (editor, shelf, kinds) => [
  ["Bold", () => editor.chain().focus().toggleBold().run(), () => editor.isActive("bold"), "Ctrl+B"],
  ["Italic", () => editor.chain().focus().toggleItalic().run(), () => editor.isActive("italic"), "Ctrl+I"],
  ["Link", () => link(editor), () => editor.isActive("link"), "Ctrl+K"],
  null,
  ["Heading", () => editor.chain().focus().toggleHeading({ level: 2 }).run(), () => editor.isActive("heading", { level: 2 }), "Ctrl+Alt+2"],
  ["Small heading", () => editor.chain().focus().toggleHeading({ level: 3 }).run(), () => editor.isActive("heading", { level: 3 }), "Ctrl+Alt+3"],
  ["List", () => editor.chain().focus().toggleBulletList().run(), () => editor.isActive("bulletList"), "Ctrl+Shift+8"],
  ["Numbers", () => editor.chain().focus().toggleOrderedList().run(), () => editor.isActive("orderedList"), "Ctrl+Shift+7"],
  ["Quote", () => editor.chain().focus().toggleBlockquote().run(), () => editor.isActive("blockquote"), "Ctrl+Shift+B"],
  ["Table", () => editor.chain().focus().insertTable({ rows: 3, cols: 2, withHeaderRow: true }).run(), () => editor.isActive("table")],
  null,
  ...Object.entries(CALLOUTS).map(([kind, words]) => [`Box: ${words.toLowerCase()}`, () => box(editor, kind), () => editor.isActive("callout", { kind })]),
  null,
  ...kinds.map((kind) => [LEAVES[kind], () => askLeaf(shelf, kind, (ref) => put(editor, kind, ref))]),
  null,
  ["Undo", () => editor.chain().focus().undo().run(), null, "Ctrl+Z"],
  ["Redo", () => editor.chain().focus().redo().run(), null, "Ctrl+Shift+Z"],
];

const tableTools = (editor) => [
  ["Row below", () => editor.chain().focus().addRowAfter().run()],
  ["Column after", () => editor.chain().focus().addColumnAfter().run()],
  ["Remove row", () => editor.chain().focus().deleteRow().run()],
  ["Remove column", () => editor.chain().focus().deleteColumn().run()],
  ["Remove table", () => editor.chain().focus().deleteTable().run()],
];

const pressable = ([words, onclick, isOn, shortcut]) => {
  const one = make("button", { type: "button", tabindex: "-1", onclick, onmousedown: (event) => event.preventDefault() }, words);
  if (shortcut) one.title = shortcut;
  one.isOn = isOn;
  return one;
};

const roving = (bar) => {
  const stops = () => [...bar.querySelectorAll("button")].filter((one) => one.offsetParent !== null);
  bar.addEventListener("keydown", (event) => {
    const all = stops();
    const here = all.indexOf(document.activeElement);
    const next = { ArrowRight: here + 1, ArrowLeft: here - 1, Home: 0, End: all.length - 1 }[event.key];
    if (next === undefined || here < 0) return;
    event.preventDefault();
    all.at(next % all.length).focus();
  });
  bar.addEventListener("focusin", (event) => {
    for (const one of bar.querySelectorAll("button")) one.tabIndex = one === event.target ? 0 : -1;
  });
  bar.querySelector("button").tabIndex = 0;
};

const HELP = [
  ["A heading", "## and a blank at the start of a line"], ["A list", "- or 1. and a blank"], ["Bold, italic, link", "Ctrl+B, Ctrl+I, Ctrl+K"],
  ["To the bar and back", "Alt+F10, Escape"], ["A new line in a paragraph", "Shift+Enter"], ["Out of a box or table", "Arrow down, or Enter in an empty line"],
  ["A photograph", "Picture, then Bring in a picture"], ["Words the site fills in", "{emergency_number} {coach_email} {refund_days}"],
];

export const toolbar = (editor, shelf, kinds, name) => {
  const bar = make("div", { class: "writing-bar", role: "toolbar", "aria-label": `Tools for ${name}` });
  let group = make("span", { class: "writing-group" });
  bar.append(group);
  for (const one of tools(editor, shelf, kinds)) {
    if (one) group.append(pressable(one));
    else bar.append((group = make("span", { class: "writing-group" })));
  }
  const forTable = make("span", { class: "writing-group", hidden: true }, ...tableTools(editor).map(pressable));
  const help = make("dl", { class: "writing-help", hidden: true }, ...HELP.map(([what, how]) => make("div", {}, make("dt", {}, what), make("dd", {}, how))));
  const helper = pressable(["Help", () => {
    help.hidden = !help.hidden;
    helper.setAttribute("aria-expanded", String(!help.hidden));
    if (!help.hidden) bar.parentElement.scrollIntoView();
  }]);
  helper.setAttribute("aria-expanded", "false");
  group.append(helper);
  bar.append(forTable);
  roving(bar);
  const refresh = () => {
    forTable.hidden = !editor.isActive("table");
    for (const one of bar.querySelectorAll("button")) if (one.isOn) one.setAttribute("aria-pressed", String(one.isOn()));
  };
  editor.on("focus", () => touched.add(editor));
  editor.on("transaction", refresh);
  refresh();
  return { bar, help, link: () => link(editor) };
};
