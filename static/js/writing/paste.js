// What is pasted from Word, Google Docs or a web page, made plain before the editor's schema sieves it.
const WORD_LIST = /mso-list:\s*l\d+\s+level(\d+)/i;

const wordLists = (root) => {
  let list = null;
  for (const one of [...root.querySelectorAll("p")]) {
    const found = WORD_LIST.exec(one.dataset.style ?? "") || /MsoListParagraph/.test(one.className);
    if (!found) { list = null; continue; }
    for (const mark of one.querySelectorAll("[data-style*='mso-list:Ignore'], [data-style*='mso-list: Ignore']")) {
      one.dataset.mark = mark.textContent.trim();
      mark.remove();
    }
    const sign = one.dataset.mark ?? (/^\s*(\d+[.)]|[·•o§–-])\s+/.exec(one.textContent)?.[1] ?? "");
    if (!one.dataset.mark && one.firstChild?.nodeType === Node.TEXT_NODE) one.firstChild.data = one.firstChild.data.replace(/^\s*(\d+[.)]|[·•o§–-])\s+/, "");
    const tag = /^\d/.test(sign) ? "ol" : "ul";
    if (list?.localName !== tag || list.nextElementSibling !== one) {
      list = document.createElement(tag);
      one.before(list);
    }
    const item = document.createElement("li");
    item.append(...one.childNodes);
    list.append(item);
    one.remove();
  }
};

const rename = (element, tag) => {
  const fresh = document.createElement(tag);
  fresh.append(...element.childNodes);
  element.replaceWith(fresh);
};

// Word and Docs say bold and italic by style; the editor reads tags.
const styled = (root) => {
  for (const one of [...root.querySelectorAll("span[data-style], font[data-style]")]) {
    const style = one.dataset.style;
    const heavy = /font-weight:\s*(bold|[6-9]00)/i.test(style);
    const slanted = /font-style:\s*italic/i.test(style);
    const inner = [...one.childNodes];
    if (heavy) { const bold = document.createElement("strong"); bold.append(...inner); one.append(bold); }
    if (slanted) { const italic = document.createElement("em"); italic.append(...one.childNodes); one.append(italic); }
  }
  for (const one of [...root.querySelectorAll("b[data-style*='font-weight:normal'], b[data-style*='font-weight: normal']")]) one.replaceWith(...one.childNodes);
};

// Even in a document that is never shown the browser would complain of styles and handlers that our policy forbids.
const unstyled = (html) => html
  .replace(/<style[\s\S]*?<\/style\s*>/gi, "")
  .replace(/<[a-z][^>]*>/gi, (tag) => tag.replace(/\s(style|on\w+)(?=\s*=)/gi, " data-$1"));

export const clean = (html) => {
  const page = new DOMParser().parseFromString(unstyled(html), "text/html");
  page.querySelectorAll("script, style, iframe, object, embed, svg, math, template, img, video, audio, form, input, button, select, textarea, link, meta, title, head, [hidden]").forEach((one) => one.remove());
  const walker = page.createTreeWalker(page, NodeFilter.SHOW_COMMENT);
  const comments = [];
  while (walker.nextNode()) comments.push(walker.currentNode);
  comments.forEach((one) => one.remove());
  wordLists(page.body);
  styled(page.body);
  page.querySelectorAll("h1").forEach((one) => rename(one, "h2"));
  page.querySelectorAll("h5, h6").forEach((one) => rename(one, "h4"));
  page.querySelectorAll("a[href^='https://www.google.com/url']").forEach((one) => {
    const real = new URL(one.href).searchParams.get("q");
    if (real) one.setAttribute("href", real);
  });
  page.querySelectorAll("a:not([href]), a[href^='#_'], a[href^='javascript:'], a[href^='data:']").forEach((one) => one.replaceWith(...one.childNodes));
  page.body.querySelectorAll("*").forEach((one) => {
    for (const { name } of [...one.attributes]) if (!["href", "start", "colspan", "rowspan"].includes(name)) one.removeAttribute(name);
  });
  return page.body.innerHTML;
};
