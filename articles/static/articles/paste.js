// What comes from Word, Google Docs and web pages: paragraphs, headings, lists, quotations, links
// and emphasis stay. The editor's schema drops what it does not know; here is what it cannot know.
import { Extension, pm, Plugin } from "django-prose-editor/editor";

const INVISIBLE = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u00ad\u200b\u200c\u200e\u200f\u2028\u2029\u2060\ufeff]/g;
const GONE = "script, style, meta, link, title, xml, img, picture, svg, video, audio, iframe, object, embed, form, button, input, select, textarea, noscript, template, figcaption, [hidden], [aria-hidden=true]";
const BLOCKS = "p, div, h2, h3, ul, ol, li, blockquote, table, tr, section, article, hr, pre";
const KNOWN = `${BLOCKS}, tbody, tr, td, br, a, b, strong, i, em, ruby, rt, rp, cite`;
const KEPT = new Set(["href", "lang"]);
// Of a link: who sent the reader, and nothing about where it leads.
const TRACKING = /^(?:utm_\w+|fbclid|gclid|dclid|yclid|msclkid|twclid|mc_[ce]id|igshid|_ga|_gl|ref_src|cmpid)$/;

function straight(href) {
  let address;
  try {
    address = new URL(href);
  } catch {
    return href;
  }
  const wrapped =
    (/(^|\.)google\.[a-z.]+$/.test(address.hostname) && address.pathname === "/url" && (address.searchParams.get("q") || address.searchParams.get("url"))) ||
    (address.hostname.endsWith(".safelinks.protection.outlook.com") && address.searchParams.get("url"));
  if (wrapped && /^https?:/.test(wrapped)) return straight(wrapped);
  const followers = [...address.searchParams.keys()].filter((name) => TRACKING.test(name));
  if (!followers.length) return href;
  for (const name of followers) address.searchParams.delete(name);
  return address.href;
}

function rename(element, name) {
  const other = element.ownerDocument.createElement(name);
  other.append(...element.childNodes);
  element.replaceWith(other);
  return other;
}

// Word has no lists in its clipboard, only paragraphs that look like them.
function listsOfWord(body) {
  for (const item of [...body.querySelectorAll('p[data-style*="mso-list"], p[class*="MsoListParagraph"]')]) {
    const bullet = item.querySelector('[data-style*="mso-list:Ignore"], [data-style*="mso-list: Ignore"]');
    if (!bullet) continue;
    const name = /^\s*[(（]?[0-9０-９a-zA-Zア-ン]+[.)．）]/.test(bullet.textContent) ? "OL" : "UL";
    bullet.remove();
    const before = item.previousElementSibling;
    const list = before && before.tagName === name && before.dataset.word ? before : body.ownerDocument.createElement(name);
    if (list !== before) {
      list.dataset.word = "1";
      item.before(list);
    }
    list.append(rename(item, "li"));
  }
}

// Google Docs says in styles what is bold, and wraps everything in a <b> that is not.
function weightsOfStyles(body) {
  for (const element of [...body.querySelectorAll("[data-style]")]) {
    const style = element.dataset.style;
    element.removeAttribute("data-style");
    // Not what begins another way: Word's mso-bidi-font-weight is about other scripts.
    const isBold = /(?:^|;)\s*font-weight:\s*(?:bold|[6-9]00)/i.test(style);
    const isItalic = /(?:^|;)\s*font-style:\s*(?:italic|oblique)/i.test(style);
    if (element.matches("b, strong") && /(?:^|;)\s*font-weight:\s*(?:normal|[1-5]00)/i.test(style)) element.replaceWith(...element.childNodes);
    else if (element.tagName === "SPAN" && isBold) rename(element, "strong");
    else if (element.tagName === "SPAN" && isItalic) rename(element, "em");
  }
}

// A line break beside a paragraph parts what is parted already.
function dropLooseBreaks(body) {
  const near = (line, side) => {
    let node = line[side];
    while (node && node.nodeType === Node.TEXT_NODE && !node.data.trim()) node = node[side];
    return node;
  };
  for (const line of [...body.querySelectorAll("br")]) {
    const around = [near(line, "previousSibling"), near(line, "nextSibling")];
    if (around.some((node) => !node || (node.nodeType === Node.ELEMENT_NODE && node.matches(BLOCKS)))) line.remove();
  }
}

// Two line breaks in a row are how web pages end a paragraph.
function paragraphsOfBreaks(body) {
  for (const line of [...body.querySelectorAll("br")]) {
    const next = line.nextSibling;
    const isBlank = next && next.nodeType === 3 && !next.data.trim() ? next.nextSibling : next;
    if (!isBlank || isBlank.nodeName !== "BR" || !line.parentElement) continue;
    const block = line.parentElement.closest("p, div") || body;
    if (block !== line.parentElement) continue;
    const rest = body.ownerDocument.createElement("p");
    isBlank.remove();
    while (line.nextSibling) rest.append(line.nextSibling);
    line.remove();
    if (block === body) {
      const first = body.ownerDocument.createElement("p");
      first.append(...body.childNodes);
      body.append(first, rest);
    } else {
      block.after(rest);
    }
  }
}

function cleaned(html) {
  // A copy from this editor is clean already and knows more of its own structure.
  if (html.includes("data-pm-slice")) return html;
  // The policy of the page forbids styles, and scripts in attributes, and a parser that meets one
  // complains. A title is read like a style sheet, as text up to its end, and goes as well.
  const sheets = html.replace(/<(\/?)style(?=[\s/>])/gi, "<$1title");
  const styled = sheets.replace(/<[a-z][^>]*>/gi, (tag) => tag.replace(/\sstyle\s*=/gi, " data-style=").replace(/\son\w+\s*=/gi, " data-gone="));
  const { body } = new DOMParser().parseFromString(styled, "text/html");
  listsOfWord(body);
  weightsOfStyles(body);
  for (const element of body.querySelectorAll(GONE)) element.remove();
  const comments = body.ownerDocument.createTreeWalker(body, NodeFilter.SHOW_COMMENT | NodeFilter.SHOW_TEXT);
  const nodes = [];
  while (comments.nextNode()) nodes.push(comments.currentNode);
  for (const node of nodes) {
    if (node.nodeType === Node.COMMENT_NODE) node.remove();
    else node.data = node.data.replace(INVISIBLE, "").replace(/\u00a0/g, " ");
  }
  for (const heading of body.querySelectorAll("h1")) rename(heading, "h2");
  for (const heading of body.querySelectorAll("h4, h5, h6")) rename(heading, "h3");
  for (const link of body.querySelectorAll("a")) {
    const href = link.getAttribute("href") || "";
    // Bookmarks and footnotes of a document lead nowhere outside it.
    if (/^(?:https?|mailto|tel):/i.test(href)) link.setAttribute("href", straight(href));
    else link.replaceWith(...link.childNodes);
  }
  for (const cell of body.querySelectorAll("td, th")) rename(cell, "p");
  for (const element of [...body.querySelectorAll("*")]) {
    if (!element.matches(KNOWN)) element.replaceWith(...element.childNodes);
    else for (const { name } of [...element.attributes]) if (!KEPT.has(name)) element.removeAttribute(name);
  }
  paragraphsOfBreaks(body);
  dropLooseBreaks(body);
  for (const element of body.querySelectorAll("*")) {
    if (element.matches("p, div, h2, h3, li") && /^[ \u3000]+/.test(element.textContent)) dropIndent(element);
  }
  for (const element of [...body.querySelectorAll("p, div, h2, h3, li, blockquote")].reverse()) {
    if (!element.textContent.trim() && !element.querySelector("hr")) element.remove();
  }
  return body.innerHTML;
}

// The blank at the head of a paragraph is the page's business, not the text's.
function dropIndent(paragraph) {
  const walker = paragraph.ownerDocument.createTreeWalker(paragraph, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    walker.currentNode.data = walker.currentNode.data.replace(/^[ \u3000\n]+/, "");
    if (walker.currentNode.data) return;
  }
}

export const CleanPaste = Extension.create({
  name: "cleanPaste",

  addProseMirrorPlugins() {
    return [
      new Plugin({
        key: new pm.state.PluginKey("cleanPaste"),
        props: {
          transformPastedHTML: cleaned,
          transformPastedText: (text) => text.replace(INVISIBLE, "").replace(/^[ \t\u3000]+/gm, "").trim(),
        },
      }),
    ];
  },
});
