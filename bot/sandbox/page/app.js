// The chat page: speakers, messages, clock, fault switches and the last calls. It asks the sandbox twice a second.

import { link, plain, render } from "./markdown.js";

const CHIPS = ["clock in", "打卡", "clock out", "我今天的考勤", "help"];
const MOST_SPEAKERS = 500;
const EVERY_MS = 500;
const CLOCK_IN = ["signed", "record_upload"];
const NOBODY = "No bot is connected, so nothing was sent.";
const UNANSWERED = "Please try again: the bot did not answer within 2 seconds.";
const at = (id) => document.getElementById(id);

const state = { people: [], zone: "Asia/Shanghai", offset: 0, chat: "", calls: "", mentions: new Map(), sending: false };
const boxes = new Map(); // the fault switches, by name
const drawn = new Map(); // the messages in the log, by number: their JSON and their node

function node(tag, className, ...children) {
  const made = document.createElement(tag);
  made.className = className;
  made.append(...children);
  return made;
}

function option(value, text) {
  const made = plain("option", text);
  made.value = value;
  return made;
}

// --- talking to the sandbox -----------------------------------------------------

async function get(path) {
  return (await fetch(`/_sandbox/${path}`)).json();
}

async function act(path, body) {
  const sent = { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(body) };
  const response = await fetch(`/_sandbox/${path}`, sent).catch(() => null);
  const answer = response ? await response.json() : { error: "the sandbox does not answer" };
  const trouble = { 503: NOBODY, 504: UNANSWERED }[response?.status] ?? `That did not work: ${answer.error}.`;
  note(response?.ok ? "" : trouble);
  return response?.ok ? answer : null;
}

function note(text) {
  at("trouble-note").textContent = text;
  at("trouble-note").hidden = !text;
}

// --- the clock -------------------------------------------------------------------

function clockText(moment, form) {
  return new Intl.DateTimeFormat("en-GB", { timeZone: state.zone, ...form }).format(new Date(moment));
}

function tick() {
  const now = Date.now() + state.offset;
  at("time").textContent = clockText(now, { timeStyle: "medium" });
  at("date").textContent = clockText(now, { weekday: "short", day: "numeric", month: "short" });
}

function setClock({ now, time_zone: zone }) {
  state.zone = zone;
  state.offset = Date.parse(now) - Date.now();
  tick();
}

async function moveClock(change) {
  const moved = await act("clock", change);
  if (moved) setClock(moved);
}

function setTime(event) {
  event.preventDefault();
  const today = new Intl.DateTimeFormat("sv-SE", { timeZone: state.zone }).format(new Date(Date.now() + state.offset));
  moveClock({ move_to: `${today}T${at("clock-time").value}` });
}

// --- people and mentions ----------------------------------------------------------

const nameOf = (userId) => state.people.find((one) => one.user_id === userId)?.name ?? userId;

async function fillSpeakers() {
  state.people = await get("people");
  at("speaker").replaceChildren(...state.people.slice(0, MOST_SPEAKERS).map((one) => option(one.user_id, one.name)));
  at("speaker").value = (state.people.find((one) => !one.lead) ?? state.people[0]).user_id;
}

function fillPositions([name, latitude, longitude]) {
  const away = latitude + 0.03; // about 3 km to the north
  const positions = [[`At ${name}`, latitude], ["3 km away", away]].map(([text, north]) => option(`${north} ${longitude}`, text));
  at("position").replaceChildren(...positions, option("", "Unknown"));
}

function changeChat() {
  const me = state.people.find((one) => one.user_id === at("speaker").value);
  const colleagues = state.people.filter((one) => one.department === me.department && one !== me);
  at("mention").replaceChildren(option("", "@ Mention…"), ...colleagues.map((one) => option(one.user_id, one.name)));
  at("mention").hidden = at("conversation").value !== "2" || !colleagues.length;
  state.mentions.clear();
  showChat();
}

function mention() {
  const userId = at("mention").value;
  const box = at("text");
  state.mentions.set(userId, `@${nameOf(userId)}`);
  at("mention").value = "";
  box.setRangeText(`${state.mentions.get(userId)} `, box.selectionStart, box.selectionEnd, "end");
  box.focus();
}

// --- the chat --------------------------------------------------------------------

async function showChat() {
  const who = `user_id=${encodeURIComponent(at("speaker").value)}&conversation=${at("conversation").value}`;
  const entries = await get(`chat?${who}`);
  const now = `user_id=${encodeURIComponent(at("speaker").value)}&conversation=${at("conversation").value}`;
  if (who !== now) return; // somebody else speaks by now
  const numbers = new Set(entries.map((one) => one.number));
  for (const [number, { node: old }] of drawn) {
    if (numbers.has(number) && who === state.chat) continue;
    old.remove();
    drawn.delete(number);
  }
  state.chat = who;
  entries.forEach(draw);
}

// Draws a changed message anew in its place, and keeps the focus.
function draw(entry) {
  const json = JSON.stringify(entry);
  const old = drawn.get(entry.number);
  if (old?.json === json) return;
  const fresh = bubble(entry);
  drawn.set(entry.number, { json, node: fresh });
  if (old) {
    const focused = old.node.contains(document.activeElement);
    old.node.replaceWith(fresh);
    if (focused) fresh.focus();
  } else {
    at("log").append(fresh);
    at("log").scrollTop = at("log").scrollHeight;
  }
}

function bubble(entry) {
  const bot = entry.speaker === "bot";
  const to = bot && entry.conversation === "2" && entry.user_id ? ` → ${nameOf(entry.user_id)}` : "";
  const who = `${bot ? "Clock-in bot" : nameOf(entry.user_id)}${to} ${clockText(entry.at, { timeStyle: "short" })}`;
  const body = node("div", "bubble", entry.medium ? medium(entry.medium) : bot ? render(withNames(entry.text), does) : entry.text);
  if (entry.title) body.prepend(plain("h3", entry.title));
  if (entry.state) body.append(node("div", "card-state", render(entry.state, does)));
  if (entry.title || entry.buttons.length) body.classList.add("action-card");
  if (entry.buttons.length) body.append(node("div", "card-buttons", ...entry.buttons.map(([label, url]) => link(label, url, does))));
  const mine = !bot && entry.user_id === at("speaker").value;
  const drawing = node("article", `said ${bot ? "bot" : mine ? "mine" : "other"}`, plain("p", who, "meta"), body);
  drawing.tabIndex = -1;
  return drawing;
}

// Where a text has user ids, DingTalk shows the names of these people.
const withNames = (text) => text.replace(/@(\w+)/g, (_, id) => `@${nameOf(id)}`);

// A picture opens in full size. The browser downloads a file.
function medium({ kind, url, name }) {
  const shown = node("a", kind);
  shown.href = url;
  if (kind === "image") {
    const picture = node("img", "");
    picture.src = url;
    picture.alt = `Picture from the bot: ${name}`;
    picture.addEventListener("load", () => (at("log").scrollTop = at("log").scrollHeight));
    shown.target = "_blank";
    shown.append(picture);
  } else {
    shown.download = name;
    shown.append(`Download ${name}`);
  }
  return shown;
}

// Presses a button. An interactive card changes when the bot has answered.
async function press(label, url, button) {
  if (button.ariaBusy === "true") return;
  button.ariaBusy = "true";
  await act("presses", { user_id: at("speaker").value, label, url });
  button.ariaBusy = "false";
  showChat();
}

// The bot's own page opens in the speaker's client, at the chosen position.
function pageAddress(url) {
  const page = new URL(url);
  const isHere = ["127.0.0.1", "localhost", "[::1]"].includes(page.hostname); // a forwarded port may have another number
  if (!isHere || !page.pathname.startsWith("/app")) return url;
  const client = new URLSearchParams({ user_id: at("speaker").value, url });
  const [latitude, longitude] = at("position").value.split(" ");
  if (longitude) {
    client.set("latitude", latitude);
    client.set("longitude", longitude);
  }
  return `/_sandbox/client?${client}`;
}

function showEntries(entries) {
  const shown = JSON.stringify(entries);
  if (shown === state.entries) return;
  state.entries = shown;
  at("entries").hidden = !entries.length;
  at("entries").replaceChildren(...entries.map(entry));
}

function entry({ name, icon, pc_url: url }) {
  const shown = link(localName(name), url, does);
  const picture = node("img", "");
  picture.src = icon.url;
  picture.alt = "";
  shown.className = "tap";
  shown.prepend(picture);
  return shown;
}

// A name is a text, or JSON with a text for each language.
function localName(name) {
  try {
    const names = JSON.parse(name);
    return names.en_US ?? names.zh_CN ?? name;
  } catch {
    return name;
  }
}

// Returns true if the words were sent to the bot.
async function say(text) {
  const mentions = [...state.mentions].filter(([, name]) => text.includes(name)).map(([userId]) => userId);
  const message = { user_id: at("speaker").value, text, conversation: at("conversation").value, mentions };
  const sent = text.trim() && (await act("messages", message));
  showChat();
  return Boolean(sent);
}

// Empties the box once the words are sent. Until then a second Enter sends nothing.
async function submit(event) {
  event.preventDefault();
  const box = at("text");
  const text = box.value;
  if (state.sending) return;
  state.sending = true;
  const sent = await say(text);
  state.sending = false;
  if (sent && box.value.startsWith(text)) box.value = box.value.slice(text.length);
}

// --- calls and faults --------------------------------------------------------------

async function showCalls() {
  const calls = (await get("requests?limit=30")).reverse();
  const shown = JSON.stringify(calls.map((one) => [one.at, one.status]));
  if (shown === state.calls || at("calls").querySelector("[open]")) return; // somebody reads a call
  state.calls = shown;
  at("calls").replaceChildren(...calls.map(call));
}

function call({ at: moment, api, status, ms, path, authorization, request, answer }) {
  const head = plain("summary", `${clockText(moment, { timeStyle: "medium" })} ${api} · ${status ?? "no answer"} · ${ms ?? "…"} ms`);
  const parts = [path, authorization, JSON.stringify(request, null, 1), JSON.stringify(answer, null, 1)];
  return node("details", "", head, plain("pre", parts.filter(Boolean).join("\n")));
}

function drawFaults(switches) {
  const groups = Object.entries(switches).map(([title, faults]) =>
    node("fieldset", "", plain("legend", title), ...Object.entries(faults).map(([name, [value, about]]) => fault(title, name, value, about))));
  const scope = plain("p", "Faults of APIs hit the clock-in APIs here; POST /_sandbox/faults takes other ones.", "quiet");
  at("faults").replaceChildren(...groups, scope);
}

function fault(title, name, value, about) {
  const box = node("input", "");
  box.type = "checkbox";
  box.setAttribute("aria-label", name);
  const spec = title === "APIs" ? { value, apis: CLOCK_IN } : { value };
  box.addEventListener("change", () => act("faults", { [name]: box.checked && (title === "Happens at once" ? true : spec) }));
  boxes.set(name, box);
  return node("div", "toggle", box, node("span", "", plain("strong", name), plain("span", about, "quiet")));
}

// --- what happens ------------------------------------------------------------------

async function showState() {
  const overview = await get("state");
  setClock(overview);
  showEntries(overview.quick_entries);
  for (const [name, box] of boxes) box.checked = Boolean(overview.faults[name]);
  const linked = overview.connections > 0;
  at("link").textContent = linked ? "bot connected" : "no bot connected";
  at("link").classList.toggle("on", linked);
  if (linked && at("trouble-note").textContent === NOBODY) note("");
}

async function look() {
  try {
    await Promise.all([showState(), showChat(), showCalls()]);
  } catch {
    at("link").textContent = "sandbox is gone";
    at("link").classList.remove("on");
  }
  setTimeout(look, EVERY_MS);
}

function wireUp() {
  at("composer").addEventListener("submit", submit);
  at("text").addEventListener("keydown", (event) => {
    if (event.key === "Enter" && !event.shiftKey && !event.isComposing) submit(event);
  });
  at("speaker").addEventListener("change", changeChat);
  at("conversation").addEventListener("change", changeChat);
  at("mention").addEventListener("change", mention);
  at("set-clock").addEventListener("submit", setTime);
  for (const key of document.querySelectorAll("[data-advance]")) {
    key.addEventListener("click", () => moveClock({ advance_s: Number(key.dataset.advance) }));
  }
  for (const words of CHIPS) {
    const chip = plain("button", words, "tap");
    chip.type = "button";
    chip.addEventListener("click", () => say(words));
    at("chips").append(chip);
  }
}

const does = { press, pageAddress }; // what links and buttons do
wireUp();
await fillSpeakers();
drawFaults(await get("page/faults.json"));
fillPositions((await get("page/company.json")).sites[0]);
changeChat();
look();
setInterval(tick, 1000);
