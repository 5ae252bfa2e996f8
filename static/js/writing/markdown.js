// The editor's document as Markdown. Blocks that nobody touched are given back word for word (`sources`).
const escaped = (text) => text
  .replace(/\\(?=[!-/:-@[-`{-~]|$)/g, "\\\\")
  .replace(/[*`]/g, "\\$&")
  .replace(/_+/g, (run, at, all) => (/[\p{L}\p{N}]_+$/u.test(all.slice(0, at) + run) && /^[\p{L}\p{N}]/u.test(all.slice(at + run.length)) ? run : "\\_".repeat(run.length)))
  .replace(/<(?=[A-Za-z/!?])/g, "\\<")
  .replace(/&(?=#?\w+;)/g, "\\&")
  .replace(/\](?=[(:[])/g, "\\]")
  .replace(/!(?=\[|$)/g, "\\!");

// What would begin a heading, a list, a quote or a line of ours.
const lineStart = (text) => text
  .replace(/^(#{1,6})(?=\s|$)/, "\\$1")
  .replace(/^([-+>]|~~~|={1,}\s*$)/, "\\$1")
  .replace(/^(\d{1,9})([.)])(?=\s|$)/, "$1\\$2")
  .replace(/^(:{2,})/, "\\$1")
  .replace(/^\|/, "\\|");

const code = (text) => {
  const runs = text.match(/`+/g) ?? [];
  const fence = "`".repeat(1 + Math.max(0, ...runs.map((run) => run.length)));
  const pad = /^`|`$|^ .* $/.test(text) ? " " : "";
  return `${fence}${pad}${text}${pad}${fence}`;
};

const address = (href) => (/[\s()<>]/.test(href) ? `<${href.replace(/[<>\n]/g, encodeURIComponent)}>` : href);

const opening = { bold: () => "**", italic: () => "*", link: () => "[" };
const closing = {
  bold: () => "**",
  italic: () => "*",
  link: ({ attrs }) => `](${address(attrs.href)}${attrs.title ? ` "${attrs.title.replace(/["\\]/g, "\\$&")}"` : ""})`,
};
const RANK = { link: 0, bold: 1, italic: 2 };

const sameMarks = (one, other) => one.type === other.type && one.eq(other);

// Blanks at the edge of bold or a link stand outside of it, or Markdown would not see the end.
const runs = (block) => {
  const found = [];
  block.forEach((node) => {
    const marks = node.marks.filter((mark) => mark.type.name in RANK);
    const text = node.isText ? node.text.replace(/[\n\t]/g, " ") : null;
    if (text === null || node.marks.some((mark) => mark.type.name === "code")) {
      found.push({ node, marks, text });
      return;
    }
    const [, before, middle, after] = text.match(/^(\s*)([\s\S]*?)(\s*)$/);
    if (!middle || !marks.length) found.push({ node, marks: middle ? marks : [], text });
    else {
      if (before) found.push({ node, marks: [], text: before, blank: true });
      found.push({ node, marks, text: middle });
      if (after) found.push({ node, marks: [], text: after, blank: true });
    }
  });
  // a blank between two runs of the same mark belongs to it
  return found.map((run, index) => (run.blank || (run.text !== null && !run.text.trim())
    ? { ...run, marks: (found[index - 1]?.marks ?? []).filter((mark) => (found[index + 1]?.marks ?? []).some((other) => sameMarks(mark, other))) }
    : run));
};

const leafText = ({ node, text }) => {
  if (node.type.name === "hardBreak") return "\\\n";
  if (node.type.name === "image") return `![${node.attrs.alt}](${address(node.attrs.src)})`;
  return node.marks.some((mark) => mark.type.name === "code") ? code(text) : escaped(text);
};

export const inline = (block) => {
  const all = runs(block);
  let open = [];
  let out = "";
  const close = (count) => { while (open.length > count) { const mark = open.pop(); out += closing[mark.type.name](mark); } };
  all.forEach((run, index) => {
    const wanted = [...run.marks].sort((a, b) => lasting(all, index, b) - lasting(all, index, a) || RANK[a.type.name] - RANK[b.type.name]);
    let same = 0;
    while (same < open.length && wanted.some((mark) => sameMarks(mark, open[same]))) same += 1;
    close(same);
    for (const mark of wanted.filter((one) => !open.some((other) => sameMarks(one, other)))) {
      open.push(mark);
      out += opening[mark.type.name](mark);
    }
    const text = leafText(run);
    out += !out || out.endsWith("\\\n") ? lineStart(text) : text;
  });
  close(0);
  return out.replace(/^\s+/, "").replace(/(\\\n|\s)+$/, "");
};

const lasting = (all, index, mark) => {
  let end = index;
  while (end < all.length && all[end].marks.some((one) => sameMarks(one, mark))) end += 1;
  return end;
};

const indented = (text, by) => text.split("\n").map((line, index) => (line && index ? by + line : line)).join("\n");

const list = (node, mark) => {
  const items = [];
  let tight = node.attrs.tight;
  node.forEach((item) => {
    let only = 0;
    item.forEach((child, _, index) => { if (index && child.type.name !== "bulletList" && child.type.name !== "orderedList") only += 1; });
    if (only) tight = false;
  });
  node.forEach((item, _, index) => {
    const sign = mark(index);
    items.push(sign + indented(children(item, tight ? "\n" : "\n\n"), " ".repeat(sign.length)));
  });
  return items.join(tight ? "\n" : "\n\n");
};

const cell = (node) => inline(node.firstChild).replace(/\\\n/g, " ").replace(/\|/g, "\\|").replace(/\\\\\|/g, "\\|");

const table = (node) => {
  const rows = [];
  node.forEach((row) => {
    const cells = [];
    row.forEach((one) => cells.push(cell(one)));
    rows.push(`| ${cells.join(" | ")} |`);
    if (rows.length === 1) rows.push(`|${" --- |".repeat(cells.length)}`);
  });
  return rows.join("\n");
};

const fenced = (text, language) => {
  const fence = "`".repeat(Math.max(3, ...(text.match(/`+/g) ?? []).map((run) => run.length + 1)));
  return `${fence}${language ?? ""}\n${text}\n${fence}`;
};

const writers = {
  paragraph: (node) => inline(node),
  heading: (node) => `${"#".repeat(node.attrs.level)} ${inline(node).replace(/\\\n/g, " ").replace(/(\s)(#+)$/, "$1\\$2")}`,
  bulletList: (node, before) => list(node, () => (before?.type.name === "bulletList" ? "* " : "- ")),
  orderedList: (node, before) => list(node, (index) => `${(node.attrs.start ?? 1) + index}${before?.type.name === "orderedList" ? ")" : "."} `),
  blockquote: (node) => children(node, "\n\n").split("\n").map((line) => (line ? `> ${line}` : ">")).join("\n"),
  codeBlock: (node) => fenced(node.textContent, node.attrs.language),
  horizontalRule: () => "---",
  table,
  callout: (node) => `::: ${node.attrs.kind}${node.attrs.title ? ` ${node.attrs.title}` : ""}\n${children(node, "\n\n")}\n:::`,
  leaf: (node) => `::${node.attrs.kind} ${node.attrs.ref}`,
};

const children = (parent, gap, sources) => {
  const out = [];
  let before = null;
  parent.forEach((node) => {
    const text = sources?.get(node) ?? writers[node.type.name](node, before);
    if (text) out.push(text);
    before = node;
  });
  return out.join(gap);
};

export const write = (doc, sources) => children(doc, "\n\n", sources);
