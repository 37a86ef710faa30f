// What stands around the chat: people, the wire, the fault switches.

import { apiName } from "./names.js";
import { plain } from "./markdown.js";

const SHOWN_ROWS = 80;
const SHOWN_PEOPLE = 60;
const CLOCK_IN = ["signed", "record_upload"];

export function node(tag, className, ...children) {
  const made = document.createElement(tag);
  if (className) made.className = className;
  made.append(...children);
  return made;
}

export function avatar(name, key) {
  const letters = /^[\x20-\x7e]+$/u.test(name) ? name.split(" ").map((part) => part[0]).join("").slice(0, 2) : name.slice(-2);
  const hue = [...key].reduce((sum, sign) => (sum * 31 + sign.codePointAt(0)) % 8, 0);
  const made = plain("span", letters, `avatar hue${hue}`);
  made.setAttribute("aria-hidden", "true");
  return made;
}

// --- people -----------------------------------------------------------------

export function showPeople(root, people, { speaker, unread, choose }) {
  const teams = grouped(people);
  root.replaceChildren(...[...teams].map(([name, members]) => team(name, members, { speaker, unread, choose })));
}

function grouped(people) {
  const teams = new Map();
  for (const one of people) teams.set(one.department, [...(teams.get(one.department) ?? []), one]);
  return teams;
}

function team(name, members, view) {
  const head = node("div", "team-head", plain("h3", name), plain("span", `${members.length} people`, "quiet"));
  const rows = members.slice(0, SHOWN_PEOPLE).map((one) => person(one, view));
  const more = members.length > SHOWN_PEOPLE ? [plain("p", `and ${members.length - SHOWN_PEOPLE} more`, "quiet more")] : [];
  return node("div", "team", head, ...rows, ...more);
}

function person(one, { speaker, unread, choose }) {
  const title = node("span", "person-name", plain("span", one.name));
  if (one.lead) title.append(plain("span", "lead", "tag"));
  if (unread.has(one.user_id)) title.append(plain("span", "new", "tag fresh"));
  const row = node("button", "person", avatar(one.name, one.user_id), title);
  row.type = "button";
  row.setAttribute("aria-pressed", String(one.user_id === speaker));
  row.addEventListener("click", () => choose(one.user_id));
  return row;
}

// --- the wire -----------------------------------------------------------------

export class Rows {
  constructor(root, describe, empty) {
    this.root = root;
    this.describe = describe;
    this.empty = empty;
    this.rows = new Map();
    root.replaceChildren(plain("p", empty, "empty"));
  }

  put(key, item) {
    const row = this.rows.get(key) ?? this.add(key);
    row.fill(this.describe(item));
    if (this.rows.size > SHOWN_ROWS) this.drop(this.rows.keys().next().value);
  }

  add(key) {
    if (!this.rows.size) this.root.replaceChildren();
    const row = new Row();
    this.rows.set(key, row);
    this.root.prepend(row.root);
    return row;
  }

  drop(key) {
    this.rows.get(key).root.remove();
    this.rows.delete(key);
  }

  clear() {
    this.rows.clear();
    this.root.replaceChildren(plain("p", this.empty, "empty"));
  }
}

class Row {
  constructor() {
    this.summary = node("summary", "");
    this.body = node("div", "row-body");
    this.root = node("details", "row", this.summary, this.body);
    this.root.addEventListener("toggle", () => this.open());
    this.parts = [];
  }

  fill({ when, title, about, state, tone, parts }) {
    const text = node("span", "row-text", plain("span", title, "row-title"), plain("span", about, "quiet small"));
    this.summary.replaceChildren(plain("span", when, "row-time"), text, plain("span", state, `chip ${tone}`));
    this.parts = parts;
    this.open();
  }

  open() {
    if (this.root.open) this.body.replaceChildren(...this.parts.map(([label, value]) => block(label, value)));
  }
}

function block(label, value) {
  const text = typeof value === "string" ? value : JSON.stringify(value, null, 2);
  const copy = plain("button", "Copy", "copy");
  copy.type = "button";
  copy.addEventListener("click", async () => {
    await navigator.clipboard.writeText(text);
    copy.textContent = "Copied";
    setTimeout(() => (copy.textContent = "Copy"), 1200);
  });
  return node("div", "block", node("div", "block-head", plain("span", label), copy), node("pre", "", typeof value === "string" ? text : coloured(text)));
}

function coloured(text) {
  const code = node("code", "");
  const token = /("(?:\\.|[^"\\])*")(\s*:)?|\b(?:true|false|null)\b|-?\d+(?:\.\d+)?/gu;
  let end = 0;
  for (const found of text.matchAll(token)) {
    code.append(text.slice(end, found.index));
    const kind = found[2] ? "k" : found[1] ? "s" : "n";
    code.append(plain("span", found[1] ?? found[0], kind), found[2] ?? "");
    end = found.index + found[0].length;
  }
  code.append(text.slice(end));
  return code;
}

export function describeFrame(frame, { nameOf, longTime }) {
  const data = frame.frame.data ?? {};
  const said = data.text?.content ?? data.content?.recognition ?? data.msgtype ?? frame.frame.headers?.eventType ?? "";
  const titles = { "/v1.0/im/bot/messages/get": "Robot callback", "*": "Event", disconnect: "Disconnect" };
  const again = frame.tries > 1 ? " (again)" : "";
  const who = frame.user_id ? `${nameOf(frame.user_id)}: ` : "";
  const ack = frame.ack;
  const wanted = frame.topic && frame.topic !== "disconnect"; // nobody answers a farewell, nor what is no frame
  return {
    when: longTime(frame.at),
    title: (titles[frame.topic] ?? (frame.topic || "Not a frame")) + again,
    about: `${who}${String(said).trim()}`,
    state: ack ? `ACK ${ack.code} · ${ack.ms} ms` : wanted ? (frame.pushed_again ? "no ACK, sent again" : "no ACK yet") : "no ACK expected",
    tone: ack ? (ack.code === 200 ? "good" : "bad") : wanted && !frame.pushed_again ? "wait" : "plain",
    parts: [["Frame", frame.frame], ...(ack ? [["ACK", ack]] : [])],
  };
}

export function describeCall(call, { nameOf, longTime }) {
  const answer = call.answer ?? {};
  const code = answer.errcode ?? answer.code;
  const fine = call.status === 200 && typeof answer === "object" && !(Number(answer.errcode ?? 0));
  const refused = code === undefined ? `HTTP ${call.status}` : `HTTP ${call.status} · ${code}`;
  const state = call.status === null ? "no answer" : fine ? "OK" : refused;
  const who = call.user_id ? call.user_id.split(",").map(nameOf).join(", ") : "";
  const authorization = call.headers.Authorization;
  return {
    when: longTime(call.at),
    title: apiName(call.api),
    about: [who, `${call.ms ?? "…"} ms`].filter(Boolean).join(" · "),
    state,
    tone: call.status === null ? "wait" : fine ? "good" : "bad",
    parts: [
      ["Request", `${call.method} ${call.path}`],
      ...(authorization ? [["Authorization", authorization.replaceAll(",", ",\n")]] : []),
      ["Body", call.request],
      ["Answer", call.answer ?? "none"],
    ],
  };
}

// --- faults -----------------------------------------------------------------

const ONCE = [
  ["drop", "Cut the connection", "TCP is gone without a farewell"],
  ["disconnect", "Ask the bot to reconnect", "SYSTEM disconnect, then 10 s of silence"],
  ["garbage_frame", "Push a garbage frame", "Half a frame that is not JSON"],
  ["token_expired", "Expire access tokens", "The next call finds its token invalid"],
];
const STREAM = [
  ["deliver_twice", true, "Deliver everything twice", "The same callback is pushed two times"],
  ["redeliver_unacked_s", 5, "Push again sooner without ACK", "After 5 s and not only after 60"],
  ["webhook_expired", true, "Session webhooks have expired", "The bot has to answer another way"],
  ["cards_refused", true, "Refuse ActionCards", "The bot has to send its buttons as links"],
];
const APIS = [
  ["api_slow_ms", 4000, "Answer 4 s late", "It is done at once, the answer is slow"],
  ["accept_then_hang", true, "Take it, never answer", "Done, but the bot cannot know"],
  ["http_500", true, "HTTP 500", "Nothing is done"],
  ["html", 502, "An HTML page instead of JSON", "HTTP 502 from some proxy"],
  ["qps", true, "Too many calls", "Code 90018, nothing is done"],
  ["permission", true, "Permission withdrawn", "Somebody unticked the scope"],
  ["quota", true, "Monthly quota used up", "Code 90020 until next month"],
];

export class FaultPanel {
  constructor(root, turn) {
    this.turn = turn;
    this.switches = new Map();
    this.scope = node("select", "");
    this.scope.append(option("clock", "only the clock-in APIs"), option("all", "all APIs"));
    this.scope.addEventListener("change", () => this.again());
    const scoped = node("label", "scope", "APIs that are hit ", this.scope);
    const calm = plain("button", "Turn everything off", "key");
    calm.type = "button";
    calm.addEventListener("click", () => turn(Object.fromEntries([...this.switches.keys()].map((name) => [name, false]))));
    root.append(
      plain("p", "Make the pretend DingTalk misbehave and watch what the bot does about it.", "quiet lead-in"),
      group("Happens at once", node("div", "once", ...ONCE.map((one) => this.action(...one)))),
      group("Stream", ...STREAM.map((one) => this.toggle(...one))),
      group("APIs", scoped, ...APIS.map((one) => this.toggle(...one, true))),
      calm,
    );
  }

  action(name, label, about) {
    const button = node("button", "act", plain("strong", label), plain("span", about, "quiet small"));
    button.type = "button";
    button.addEventListener("click", () => this.turn({ [name]: true }));
    return button;
  }

  toggle(name, value, label, about, scoped) {
    const box = node("input", "switch");
    box.type = "checkbox";
    box.addEventListener("change", () => this.turn({ [name]: box.checked ? this.spec(value, scoped) : false }));
    this.switches.set(name, { box, value, scoped });
    return node("label", "toggle", node("span", "", plain("strong", label), plain("span", about, "quiet small")), box);
  }

  spec(value, scoped) {
    return scoped && this.scope.value === "clock" ? { value, apis: CLOCK_IN } : { value };
  }

  again() {
    const on = [...this.switches].filter(([, { box, scoped }]) => scoped && box.checked);
    if (on.length) this.turn(Object.fromEntries(on.map(([name, { value }]) => [name, this.spec(value, true)])));
  }

  show(faults) {
    let on = 0;
    for (const [name, { box, scoped }] of this.switches) {
      box.checked = Boolean(faults[name]);
      on += box.checked ? 1 : 0;
      if (box.checked && scoped) this.scope.value = faults[name].apis.length ? "clock" : "all";
    }
    return on;
  }
}

function group(title, ...children) {
  return node("fieldset", "group", plain("legend", title), ...children);
}

export function option(value, text) {
  const made = plain("option", text);
  made.value = value;
  return made;
}
