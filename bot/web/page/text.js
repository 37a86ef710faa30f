// The words of the page in the person's language, and the bot's markdown as elements.
"use strict";

const config = JSON.parse(document.getElementById("config").textContent);
const words = config.words;
const node = (id) => document.getElementById(id);

// A placeholder may name two words, for the number one and for other numbers: {days} {days:day|days}.
function say(key, values = {}) {
  const filled = (all, name, one, many) => (one === undefined ? values[name] : String(values[name]) === "1" ? one : many) ?? all;
  return (words[key] ?? words.error_bad).replace(/\{(\w+)(?::([^|}]*)\|([^}]*))?\}/gu, filled);
}

// A date (2026-11-24) as people of this language write it.
function dated(date, form = { weekday: "short", month: "short", day: "numeric" }) {
  const language = document.documentElement.lang === "zh" ? "zh-CN" : "en-GB";
  return new Intl.DateTimeFormat(language, { ...form, timeZone: "UTC" }).format(new Date(date));
}

// One key is one tap: a repeated call does nothing more.
function freshKey() {
  return [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

function distance(metres) {
  if (metres < 1000) return say("metres", { metres: Math.round(metres) });
  return say("kilometres", { km: (metres / 1000).toFixed(1) });
}

// --- markdown as the bot writes it; words of people only become text -----------------------------------------

function made(name, ...children) {
  const element = document.createElement(name);
  element.append(...children);
  return element;
}

function inline(text) {
  const plain = (part) => part.replace(/\\(?=[^\w\s])/gu, "");
  return text.split(/(\*\*.+?\*\*|`[^`]+`|\[[^\]]+\]\(#\w+\))/u).map((part) => {
    const link = /^\[(.+)\]\((#\w+)\)$/u.exec(part);
    if (link) return Object.assign(made("a", link[1]), { href: link[2] });
    if (part.startsWith("**")) return made("strong", plain(part.slice(2, -2)));
    if (part.startsWith("`")) return made("code", part.slice(1, -1));
    return document.createTextNode(plain(part));
  });
}

function rendered(text) {
  const blocks = [];
  for (const line of text.split(/\n+/u).filter(Boolean)) {
    if (line.startsWith("### ")) blocks.push(made("h3", ...inline(line.slice(4))));
    else if (line.startsWith("- ")) {
      if (blocks.at(-1)?.tagName !== "UL") blocks.push(made("ul"));
      blocks.at(-1).append(made("li", ...inline(line.slice(2))));
    } else if (/^_.*_$/u.test(line)) blocks.push(made("p", made("small", ...inline(line.slice(1, -1)))));
    else blocks.push(made("p", ...inline(line)));
  }
  return blocks;
}
