// The chat page: who speaks, what was said, and the live view of what goes over the wire.

import { link, plain, render } from "./markdown.js";
import { shown } from "./media.js";
import { FaultPanel, Rows, avatar, describeCall, describeFrame, node, option, showPeople } from "./panels.js";

const CHIPS = ["clock in", "打卡", "clock out", "我今天的考勤", "help"];
const PUNCH_KINDS = ["signed", "upload"];
const MOST_SPEAKERS = 500;
const at = (id) => document.getElementById(id);

const state = { names: new Map(), zone: "Asia/Shanghai", offset: 0, shown: [], unread: new Set(), waiting: false, sending: false, linked: null, everybody: [], mentions: new Map() };
const view = { nameOf: (id) => state.names.get(id) ?? id, longTime: (iso) => clockText(iso, true), shortTime: (iso) => clockText(iso, false) };
const frames = new Rows(at("frames"), (one) => describeFrame(one, view), "Say something, and the frame that carries it to the bot shows here, with the bot's ACK.");
const punches = new Rows(at("punches"), (one) => describeCall(one, view), "Each punch that the bot passes on shows here: the signed request and its answer.");
const calls = new Rows(at("calls"), (one) => describeCall(one, view), "Tokens, contacts, replies and other calls show here.");
const faults = new FaultPanel(at("faults"), (change) => act("faults", change));

// --- talking to the sandbox -----------------------------------------------------

async function get(path) {
  const response = await fetch(`/_sandbox/${path}`);
  return response.json();
}

async function act(path, body) {
  const response = await fetch(`/_sandbox/${path}`, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify(body),
  }).catch(() => null);
  const answer = response ? await response.json() : { error: "the sandbox does not answer" };
  if (path === "messages" && response?.status === 503) note(NOBODY);
  else note(response?.ok ? "" : `That did not work: ${answer.error}.`);
  return response?.ok ? answer : null;
}

const NOBODY = "No bot is connected, so nothing was sent.";

function note(text) {
  at("trouble-note").textContent = text;
  at("trouble-note").hidden = !text;
}

function noteLink(linked) {
  state.linked = linked;
  if (linked && at("trouble-note").textContent === NOBODY) note("");
}

// --- the clock -------------------------------------------------------------------

function clockText(iso, seconds) {
  const form = { timeZone: state.zone, hour: "2-digit", minute: "2-digit", hourCycle: "h23", ...(seconds ? { second: "2-digit" } : {}) };
  return new Intl.DateTimeFormat("en-GB", form).format(new Date(iso));
}

function tick() {
  const now = new Date(Date.now() + state.offset);
  at("time").textContent = clockText(now, true);
  at("time").dateTime = now.toISOString();
  at("date").textContent = new Intl.DateTimeFormat("en-GB", { timeZone: state.zone, weekday: "short", day: "numeric", month: "short" }).format(now);
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

// A text field rather than one for times, which shows 06:05 PM where the clock beside it shows 18:05.
function timeOfDay(typed) {
  const digits = typed.replace(":", "").padStart(4, "0");
  return `${digits.slice(0, 2)}:${digits.slice(2)}`;
}

function localDate() {
  return new Intl.DateTimeFormat("sv-SE", { timeZone: state.zone }).format(new Date(Date.now() + state.offset));
}

// --- people ----------------------------------------------------------------------

function listPeople() {
  showPeople(at("teams"), state.everybody, { speaker: at("speaker").value, unread: state.unread, choose: speakAs });
}

async function fillSpeakers() {
  const people = await get("people");
  state.everybody = people;
  state.names = new Map(people.map((one) => [one.user_id, one.name]));
  const teams = new Map();
  for (const one of people.slice(0, MOST_SPEAKERS)) {
    if (!teams.has(one.department)) teams.set(one.department, Object.assign(node("optgroup"), { label: one.department }));
    teams.get(one.department).append(option(one.user_id, one.name));
  }
  at("speaker").replaceChildren(...teams.values());
  const usual = people.find((one) => !one.lead) ?? people[0];
  at("speaker").value = usual.user_id;
}

function speakAs(userId) {
  at("speaker").value = userId;
  state.unread.delete(userId);
  changeChat();
  if (matchMedia("(max-width: 760px)").matches) showView("chat");
}

// What people do in DingTalk itself, without the bot.

async function leaveToday() {
  const span = at("leave-span").value;
  const userId = at("speaker").value;
  at("leave-span").value = "";
  if (span) {
    const [start, end] = (span === "asked" ? "00:00-23:59:59" : span).split("-").map((time) => `${localDate()}T${time}`);
    await act("leave", { user_id: userId, start, end, approved: span !== "asked" });
  }
}

// --- the chat --------------------------------------------------------------------

const loadChat = calmly(async () => {
  const who = at("speaker").value;
  const conversation = at("conversation").value;
  const entries = await get(`chat?user_id=${encodeURIComponent(who)}&conversation=${conversation}`);
  if (who === at("speaker").value && conversation === at("conversation").value) showChat(entries);
});

function changeChat() {
  offerMentions();
  state.shown = [];
  state.waiting = false;
  at("log").replaceChildren();
  loadChat();
  listPeople();
}

// --- mentions: a group is a department, and its people can be mentioned ------------

function offerMentions() {
  const me = state.everybody.find((one) => one.user_id === at("speaker").value);
  const colleagues = state.everybody.filter((one) => one.department === me.department && one !== me);
  at("mention").replaceChildren(option("", "@ Mention…"), ...colleagues.map((one) => option(one.user_id, one.name)));
  at("mention").hidden = at("conversation").value !== "2" || !colleagues.length;
  state.mentions.clear();
}

function mention() {
  const userId = at("mention").value;
  const box = at("text");
  state.mentions.set(userId, `@${view.nameOf(userId)}`);
  at("mention").value = "";
  box.setRangeText(`${state.mentions.get(userId)} `, box.selectionStart, box.selectionEnd, "end");
  box.focus();
  grow();
}

const mentionedIn = (text) => [...state.mentions].filter(([, link]) => text.includes(link)).map(([userId]) => userId);

function showChat(entries) {
  const same = state.shown.every((one, index) => keyOf(one) === (entries[index] && keyOf(entries[index])));
  if (!same || !entries.length) at("log").replaceChildren(...(entries.length ? [] : [welcome()]));
  else if (!state.shown.length) at("log").replaceChildren();
  const fresh = same ? entries.slice(state.shown.length) : entries;
  at("log").querySelector(".typing")?.remove();
  at("log").append(...fresh.map(bubble));
  state.shown = entries;
  if (entries.at(-1)?.from === "bot") state.waiting = false;
  if (state.waiting) at("log").append(typing());
  if (fresh.length || state.waiting) toEnd();
}

function toEnd() {
  at("log").scrollTop = at("log").scrollHeight;
}

let atEnd = true;

// What grows after it was put there, as a picture does, pushes the end out of sight.
const stay = () => atEnd && toEnd();

function stayAtEnd() {
  const log = at("log");
  log.addEventListener("scroll", () => (atEnd = log.scrollHeight - log.scrollTop - log.clientHeight < 60));
  new ResizeObserver(stay).observe(log);
}

const keyOf = (entry) => `${entry.from}|${entry.at}|${entry.text}`;

function bubble(entry) {
  const bot = entry.from === "bot";
  const mine = entry.user_id === at("speaker").value && !bot;
  const name = bot ? "Clock-in bot" : view.nameOf(entry.user_id);
  const to = bot && entry.conversation === "2" && entry.user_id ? ` → ${view.nameOf(entry.user_id)}` : "";
  const body = node("div", "bubble");
  if (entry.buttons.length) body.classList.add("action-card");
  body.append(entry.medium ? shown(entry.medium, stay) : bot ? render(withNames(entry), say) : entry.text);
  if (entry.buttons.length) body.append(cardButtons(entry));
  const meta = node("p", "meta", plain("span", name + to, "meta-name"), plain("time", view.shortTime(entry.at)));
  return node("article", `said ${bot ? "bot" : mine ? "mine" : "other"}`, bot ? robot() : avatar(name, entry.user_id), node("div", "said-body", meta, body));
}

function cardButtons({ buttons, side_by_side: beside }) {
  return node("div", `card-buttons ${beside ? "beside" : ""}`, ...buttons.map(([label, url]) => link(label, url, say)));
}

// DingTalk shows the name of whom a message notifies, where its text has the user id.
function withNames(entry) {
  return entry.at_user_ids.reduce((text, id) => text.replaceAll(`@${id}`, `@${view.nameOf(id)}`), entry.text);
}

function robot() {
  const picture = node("img", "avatar robot");
  picture.src = "icon.svg";
  picture.alt = "";
  return picture;
}

function typing() {
  const dots = node("div", "bubble dots", node("i", ""), node("i", ""), node("i", ""));
  dots.setAttribute("aria-label", "The bot is at work");
  return node("article", "said bot typing", robot(), dots);
}

function welcome() {
  const name = view.nameOf(at("speaker").value);
  return node("div", "welcome", robot(), plain("h3", `You are ${name}`), plain("p", "Type “clock in” or 打卡, or tap one of the words below. Everything here is made up; the bot is the real one.", "quiet"));
}

// Returns whether the words were taken.
async function say(text) {
  if (!text.trim()) return false;
  state.waiting = true;
  if (state.linked === false) note(NOBODY);
  const sent = await act("messages", { user_id: at("speaker").value, text, conversation: at("conversation").value, mentions: mentionedIn(text) });
  state.waiting = state.waiting && Boolean(sent);
  loadChat();
  return Boolean(sent);
}

// The words leave the box once they are taken; until then a second Enter does not send them twice.
async function submit(event) {
  event?.preventDefault();
  const box = at("text");
  const text = box.value;
  if (state.sending) return;
  state.sending = true;
  const sent = await say(text);
  state.sending = false;
  if (sent && box.value.startsWith(text)) box.value = box.value.slice(text.length);
  grow();
}

function grow() {
  const box = at("text");
  box.style.height = "auto";
  box.style.height = `${Math.min(box.scrollHeight + 2, 140)}px`;
}

// --- what happens ------------------------------------------------------------------

// At most one run at a time and one waiting, a breath between them: a burst of news costs a few requests.
function calmly(work) {
  let busy = false;
  let again = false;
  return async function run() {
    again = busy;
    if (busy) return;
    busy = true;
    const began = performance.now();
    await work().catch(() => {}); // the event source tells when the sandbox is gone
    const breath = Math.max(60, 3 * (performance.now() - began));
    await new Promise((done) => setTimeout(done, breath));
    busy = false;
    if (again) run();
  };
}

const showOverview = calmly(async () => {
  const overview = await get("state");
  setClock(overview);
  at("company").textContent = `${overview.company} · a pretend DingTalk`;
  const linked = overview.connections > 0;
  at("link").textContent = linked ? "bot connected" : "no bot connected";
  at("link").classList.toggle("on", linked);
  noteLink(linked);
  const on = faults.show(overview.faults);
  at("fault-count").textContent = on;
  at("fault-count").hidden = !on;
});

function putFrame(frame) {
  if (frame.type !== "SYSTEM" || frame.topic === "disconnect") frames.put(`${frame.message_id || frame.at}/${frame.tries}`, frame);
}

function putCall(call) {
  (PUNCH_KINDS.includes(call.kind) ? punches : calls).put(call.id, call);
}

function heard(entry) {
  const current = entry.user_id === at("speaker").value;
  if (entry.from === "bot" && entry.user_id && !current) {
    state.unread.add(entry.user_id);
    listPeople();
  }
  if (current || entry.conversation === "2") loadChat();
}

const loadWire = calmly(async () => {
  const [pushed, called, punched] = await Promise.all([get("frames?limit=80"), get("requests?limit=80&kind=api,webhook,send,gateway"), get("requests?limit=80&kind=signed,upload")]);
  [frames, punches, calls].forEach((rows) => rows.clear());
  pushed.forEach(putFrame);
  [...called, ...punched].forEach(putCall);
});

function refresh() {
  showOverview();
  listPeople();
  loadChat();
  loadWire();
}

function listen() {
  const source = new EventSource("/_sandbox/events");
  const on = (kind, take) => source.addEventListener(kind, (event) => take(JSON.parse(event.data)));
  source.addEventListener("open", refresh);
  source.addEventListener("error", () => {
    at("link").textContent = "sandbox is gone";
    at("link").classList.remove("on");
  });
  on("said", heard);
  on("frame", putFrame);
  on("ack", putFrame);
  on("call", putCall);
  on("clock", showOverview);
  on("faults", showOverview);
  on("connections", showOverview);
  on("resync", refresh);
}

// --- wiring ------------------------------------------------------------------------

function showView(name) {
  document.body.dataset.view = name;
  document.querySelectorAll("nav.views button").forEach((one) => one.toggleAttribute("aria-current", one.dataset.view === name));
}

function chooseTab(tab) {
  for (const one of document.querySelectorAll("[role=tab]")) {
    const chosen = one === tab;
    one.setAttribute("aria-selected", String(chosen));
    one.tabIndex = chosen ? 0 : -1;
    at(one.getAttribute("aria-controls")).hidden = !chosen;
  }
}

function moveAmongTabs(event) {
  const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
  const tabs = [...document.querySelectorAll("[role=tab]")];
  const index = tabs.indexOf(event.target);
  if (!step || index < 0) return;
  const next = tabs[(index + step + tabs.length) % tabs.length];
  next.focus();
  chooseTab(next);
}

function wireUp() {
  at("composer").addEventListener("submit", submit);
  at("text").addEventListener("input", grow);
  at("text").addEventListener("keydown", (event) => {
    if (event.key === "Enter" && !event.shiftKey && !event.isComposing) submit(event);
  });
  at("speaker").addEventListener("change", () => speakAs(at("speaker").value));
  at("conversation").addEventListener("change", changeChat);
  at("mention").addEventListener("change", mention);
  at("native-punch").addEventListener("click", () => act("native_punches", { user_id: at("speaker").value }));
  at("leave-span").addEventListener("change", leaveToday);
  at("set-clock").addEventListener("submit", (event) => {
    event.preventDefault();
    moveClock({ move_to: `${localDate()}T${timeOfDay(at("clock-time").value)}` });
  });
  document.querySelectorAll("[data-advance]").forEach((key) => key.addEventListener("click", () => moveClock({ advance_s: Number(key.dataset.advance) })));
  document.querySelectorAll("nav.views button").forEach((one) => one.addEventListener("click", () => showView(one.dataset.view)));
  document.querySelectorAll("[role=tab]").forEach((one) => one.addEventListener("click", () => chooseTab(one)));
  document.querySelector("[role=tablist]").addEventListener("keydown", moveAmongTabs);
  at("chips").append(...CHIPS.map((words) => {
    const chip = plain("button", words, "tap");
    chip.type = "button";
    chip.addEventListener("click", () => say(words));
    return chip;
  }));
}

wireUp();
stayAtEnd();
await fillSpeakers();
changeChat();
listen();
setInterval(tick, 1000);
