// DingTalk's markdown subset as DOM nodes. Data never becomes HTML.

const CARD = "card://";
const SPEAKS = "dtmd://dingtalkclient/sendMessage?content=";
const PAGE = "dingtalk://dingtalkclient/page/link?";
const INLINE = /\\([\\`*_{}[\]()<>#+\-.!|~@&])|`([^`]+)`|\*\*(.+?)\*\*|\*([^*\s][^*]*)\*|(?<![\p{L}\p{N}_])_([^_\s][^_]*)_(?![\p{L}\p{N}_])|\[((?:\\.|[^\]\\])*)\]\(([^()\s]+)\)/su;

export function render(text, does) {
  const fragment = document.createDocumentFragment();
  let list = null;
  for (const block of text.replace(/\r/g, "").split("\n")) {
    const line = block.trim();
    const item = line.match(/^(?:[-*+]|(\d+)\.)\s+(.*)$/u);
    if (item) {
      const kind = item[1] ? "ol" : "ul";
      if (list?.localName !== kind) list = fragment.appendChild(document.createElement(kind));
      list.append(filled("li", item[2], does));
      continue;
    }
    list = null;
    if (line) fragment.append(paragraph(line, does));
  }
  return fragment;
}

function paragraph(line, does) {
  const heading = line.match(/^(#{1,6})\s+(.*)$/u);
  if (heading) return filled(heading[1].length < 4 ? "h3" : "h4", heading[2], does);
  if (/^(-{3,}|\*{3,})$/u.test(line)) return document.createElement("hr");
  const quote = line.match(/^>\s?(.*)$/u);
  if (quote) return filled("blockquote", quote[1], does);
  const node = filled("p", line, does);
  if (onlyButtons(node)) node.className = "taps";
  return node;
}

function onlyButtons(node) {
  const others = [...node.childNodes].filter((one) => one.localName !== "button");
  const separators = others.every((one) => /^[\s|·]*$/u.test(one.textContent));
  if (!separators || !node.querySelector("button")) return false;
  others.forEach((one) => one.remove());
  return true;
}

function filled(tag, text, does) {
  const node = document.createElement(tag);
  inline(node, text, does);
  return node;
}

function inline(parent, text, does) {
  let rest = text;
  for (let found = rest.match(INLINE); found; found = rest.match(INLINE)) {
    parent.append(rest.slice(0, found.index));
    const [all, escaped, code, strong, star, under, label, url] = found;
    if (escaped) parent.append(escaped);
    else if (code) parent.append(plain("code", code));
    else if (strong) parent.append(filled("strong", strong, does));
    else if (star || under) parent.append(filled("em", star || under, does));
    else parent.append(link(label.replace(/\\(.)/gu, "$1"), url, does));
    rest = rest.slice(found.index + all.length);
  }
  parent.append(rest);
}

// `does` has the functions press(label, url, button) and pageAddress(url).
export function link(label, url, does) {
  if (url.startsWith(SPEAKS) || url.startsWith(CARD))
    return tap(label, (event) => does.press(label, url, event.currentTarget));
  const target = url.startsWith(PAGE) ? new URLSearchParams(url.slice(PAGE.length)).get("url") : url;
  if (!/^https?:\/\//iu.test(target ?? "")) return document.createTextNode(label);
  const anchor = plain("a", label);
  anchor.href = target;
  anchor.target = "_blank";
  anchor.rel = "noopener noreferrer";
  anchor.addEventListener("click", () => (anchor.href = does.pageAddress(target)));
  return anchor;
}

function tap(label, act) {
  const button = plain("button", label, "tap");
  button.type = "button";
  button.addEventListener("click", act);
  return button;
}

export function plain(tag, text, className) {
  const node = document.createElement(tag);
  node.textContent = text;
  if (className) node.className = className;
  return node;
}
