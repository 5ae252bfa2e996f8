// What a text may hold, as the editor's schema: what is not named here does not survive a paste.
// `T` is the editor's package, `shelf` names what cards, drawings, pictures and questions there are.
export const CALLOUTS = { tip: "Tip", caution: "Take care", doctor: "See a doctor" };
export const LEAVES = { exercise: "Exercise card", figure: "Drawing", check: "Question", picture: "Picture" };
const SAFE = /^(https?:|mailto:|tel:|[./#?]|\{|[^:]*$)/i;

export const make = (tag, attributes = {}, ...children) => {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else if (typeof value === "boolean") element.toggleAttribute(name, value);
    else element.setAttribute(name, value);
  }
  element.append(...children);
  return element;
};

const link = (T) => T.Mark.create({
  name: "link",
  inclusive: false,
  priority: 1000,
  addAttributes: () => ({ href: { default: "" }, title: { default: null } }),
  parseHTML: () => [{ tag: "a[href]", getAttrs: (node) => SAFE.test(node.getAttribute("href").trim()) && null }],
  renderHTML: ({ HTMLAttributes }) => ["a", HTMLAttributes, 0],
});

const picture = (T) => T.Node.create({
  name: "image", // an image of Markdown, kept as it is; the editor itself makes none
  inline: true,
  group: "inline",
  addAttributes: () => ({ src: { default: "" }, alt: { default: "" }, title: { default: null } }),
  parseHTML: () => [{ tag: "img[data-kept]" }],
  renderHTML: ({ HTMLAttributes }) => ["img", { ...HTMLAttributes, "data-kept": "yes" }],
});

const calloutView = ({ node, editor, getPos }) => {
  const change = (attributes) => editor.chain().command(({ tr }) => {
    tr.setNodeMarkup(getPos(), undefined, { ...editor.state.doc.nodeAt(getPos()).attrs, ...attributes });
    return true;
  }).run();
  const kinds = Object.entries(CALLOUTS).map(([value, words]) => make("option", { value }, words));
  const kind = make("select", { "aria-label": "Kind of box", onchange: () => change({ kind: kind.value }) }, ...kinds);
  const title = make("input", { type: "text", maxlength: "80", onchange: () => change({ title: title.value.trim() }) });
  title.setAttribute("aria-label", "Title of the box; empty takes the usual one");
  const inner = make("div", { class: "callout-text" });
  const dom = make("aside", {}, make("div", { class: "callout-head", contenteditable: "false" }, kind, title), inner);
  const show = (one) => {
    dom.className = `callout ${one.attrs.kind}`;
    kind.value = one.attrs.kind;
    title.value = one.attrs.title;
    title.placeholder = CALLOUTS[one.attrs.kind];
  };
  show(node);
  return {
    dom,
    contentDOM: inner,
    update: (fresh) => fresh.type.name === "callout" && (show(fresh), true),
    stopEvent: (event) => dom.firstChild.contains(event.target),
    ignoreMutation: (change) => !inner.contains(change.target),
  };
};

const callout = (T) => T.Node.create({
  name: "callout",
  group: "top",
  content: "block+",
  defining: true,
  addAttributes: () => ({
    kind: { default: "tip", parseHTML: (element) => element.dataset.callout, renderHTML: () => ({}) },
    title: { default: "", parseHTML: (element) => element.dataset.title || "", renderHTML: () => ({}) },
  }),
  parseHTML: () => [{ tag: "aside[data-callout]" }],
  renderHTML: ({ node }) => ["aside", { "data-callout": node.attrs.kind, "data-title": node.attrs.title }, 0],
  addNodeView: () => calloutView,
});

const leaf = (T, shelf, choose) => T.Node.create({
  name: "leaf",
  group: "top",
  atom: true,
  draggable: true,
  addAttributes: () => ({
    kind: { default: "exercise", parseHTML: (element) => element.dataset.leaf, renderHTML: () => ({}) },
    ref: { default: "", parseHTML: (element) => element.dataset.ref, renderHTML: () => ({}) },
  }),
  parseHTML: () => [{ tag: "div[data-leaf]" }],
  renderHTML: ({ node }) => ["div", { "data-leaf": node.attrs.kind, "data-ref": node.attrs.ref }],
  addNodeView: () => ({ node, editor, getPos }) => {
    const { kind, ref } = node.attrs;
    const known = shelf.find(kind, ref);
    const words = make("span", {}, make("b", {}, LEAVES[kind] ?? kind), ` ${known ? known.title : `${ref}: not there`}`);
    const place = { from: () => getPos(), to: () => getPos() + node.nodeSize };
    const other = make("button", { type: "button", onclick: () => choose(kind, (chosen) => editor.chain()
      .insertContentAt({ from: place.from(), to: place.to() }, { type: "leaf", attrs: { kind, ref: chosen } }).run()) }, "Change");
    const away = make("button", { type: "button", onclick: () => editor.chain()
      .deleteRange({ from: place.from(), to: place.to() }).focus().run() }, "Remove");
    other.setAttribute("aria-label", `Change ${words.textContent}`);
    away.setAttribute("aria-label", `Remove ${words.textContent}`);
    const dom = make("div", { class: known ? "leaf" : "leaf is-lost", contenteditable: "false" });
    if (known?.thumb) dom.append(make("img", { src: known.thumb, alt: "", width: "48", height: "48" }));
    dom.append(words, make("span", { class: "leaf-tools" }, other, away));
    return { dom, stopEvent: (event) => event.target.closest("button") !== null, ignoreMutation: () => true };
  },
});

const tight = { tight: {
  default: true,
  parseHTML: (element) => element.dataset.tight !== "no",
  renderHTML: () => ({}),
} };

// Lists keep whether blank lines part their items; a table is a head and rows of one line each.
export const extensions = (T, shelf, choose) => [
  T.Document.extend({ content: "(block | top)+" }),
  T.Text, T.Paragraph, T.Bold, T.Italic, T.Code, T.HardBreak, T.HorizontalRule, T.Blockquote, T.CodeBlock,
  T.Heading.configure({ levels: [2, 3, 4] }),
  T.ListItem,
  T.BulletList.extend({ addAttributes: () => tight }),
  T.OrderedList.extend({ addAttributes() { return { ...this.parent?.(), ...tight }; } }),
  T.Table.extend({ renderHTML: () => ["table", ["tbody", 0]] }).configure({ resizable: false }),
  T.TableRow,
  T.TableCell.extend({ content: "paragraph", addAttributes: () => ({ colspan: { default: 1 }, rowspan: { default: 1 }, colwidth: { default: null } }) }),
  T.TableHeader.extend({ content: "paragraph", addAttributes: () => ({ colspan: { default: 1 }, rowspan: { default: 1 }, colwidth: { default: null } }) }),
  T.Dropcursor, T.Gapcursor, T.UndoRedo ?? T.History,
  link(T), picture(T), callout(T), leaf(T, shelf, choose),
];
