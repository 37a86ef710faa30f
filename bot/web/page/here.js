// The location page: asks the phone where it is, the server what that means, and punches with one tap.
"use strict";

const words = JSON.parse(document.getElementById("words").textContent);
const token = location.hash.slice(1);
const clientIsDingTalk = /DingTalk/u.test(navigator.userAgent);
const ANSWER_MS = 30000;
const LOOK_MS = 3000;
const LOOKS = 45; // a little longer than the question in the chat can be answered
const node = (id) => document.getElementById(id);
const state = { opened: null, fix: null, taken: 0, stands: null, direction: null, unsure: false, sending: false, waiting: null, aging: null };

// A placeholder may name the word for one and that for any other number: {days} {days:day|days}.
function say(key, values = {}) {
  const filled = (all, name, one, many) => (one === undefined ? values[name] : String(values[name]) === "1" ? one : many) ?? all;
  return (words[key] ?? words.error_bad).replace(/\{(\w+)(?::([^|}]*)\|([^}]*))?\}/gu, filled);
}

function distance(metres) {
  if (metres < 1000) return say("metres", { metres: Math.round(metres) });
  return say("kilometres", { km: (metres / 1000).toFixed(1) });
}

// Sentences may stress with **…**; what comes from people or the directory only ever becomes text.
function paragraph(text) {
  const line = document.createElement("p");
  text.split("**").forEach((part, index) => {
    const piece = document.createElement(index % 2 ? "strong" : "span");
    piece.textContent = part;
    line.append(piece);
  });
  return line;
}

// A long text to be read once: a paragraph a sentence, in it a line for each part between semicolons.
function set(text) {
  const after = (ends, said) => said.replace(ends, "$&\n").split("\n"); // no lookbehind: an older iPhone reads none
  return after(/\.\s+(?=\S)|。(?=\S)/gu, text).map((sentence) => {
    const whole = document.createElement("p");
    whole.append(...after(/[;；]\s*(?=\S)/gu, sentence).map((part) => {
      const line = document.createElement("span");
      line.textContent = part;
      return line;
    }));
    return whole;
  });
}

function tell(tone, ...lines) {
  const status = node("status");
  status.dataset.tone = tone;
  status.replaceChildren(...lines.filter(Boolean).flatMap((line) => line.split("\n")).map(paragraph));
}

// Where what has the focus goes away it moves to what is told, before the reason and the new buttons.
function keepFocus(within, change) {
  const held = within.contains(document.activeElement);
  change();
  if (held) node("status").focus();
}

function offer(...buttons) {
  keepFocus(node("actions"), () => node("actions").replaceChildren(...buttons.map(([label, act, second]) => {
    const button = document.createElement("button");
    button.type = "button";
    button.textContent = label;
    if (second) button.className = "second";
    button.addEventListener("click", act);
    return button;
  })));
}

function askReason(show) {
  if (show) node("reason-part").hidden = false;
  else keepFocus(node("reason-part"), () => { node("reason-part").hidden = true; });
}

// --- the server -------------------------------------------------------------

function deviceKey() {
  const fresh = () => [...crypto.getRandomValues(new Uint8Array(32))].map((one) => one.toString(16).padStart(2, "0")).join("");
  const name = "clock-in-bot.device"; // another program may live at the same address
  try {
    if (!/^[0-9a-f]{64}$/u.test(localStorage.getItem(name))) localStorage.setItem(name, fresh());
    return localStorage.getItem(name);
  } catch {
    return fresh();
  }
}
const device = deviceKey();

async function call(path, more = {}) {
  const code = state.corpId ? await loginCode() : null;
  const body = { token, device, ...(code ? { code } : {}), ...more };
  const patience = new AbortController();
  const timer = setTimeout(() => patience.abort(), ANSWER_MS);
  try {
    const response = await fetch(path, {
      method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(body),
      credentials: "omit", cache: "no-store", redirect: "error", signal: patience.signal,
    });
    const answer = await response.json();
    return response.ok || answer.error ? answer : { error: "network" };
  } catch {
    return { error: "network" };
  } finally {
    clearTimeout(timer);
  }
}

// After a tap whose answer never came, an error of the next one does not say whether that first one counted; a call
// that is no tap records nothing whatever becomes of it.
function failed(answer, again) {
  const tapped = state.unsure || again === punch;
  let known = `error_${answer.error}` in words ? `error_${answer.error}` : "error_bad";
  if (!tapped && ["network", "unknown"].includes(answer.error)) known = "error_unread";
  tell("bad", say(state.unsure && !["link", "phone"].includes(answer.error) ? "error_unknown" : known));
  const over = ["link", "phone"].includes(answer.error) || (!state.unsure && ["bad", "origin"].includes(answer.error));
  if (over) {
    node("sketch").setAttribute("hidden", "");
    offer();
  } else {
    offer([say(tapped ? "retry" : "retry_call"), again]);
  }
}

// --- where the person is -----------------------------------------------------

async function locate() {
  clearInterval(state.waiting);
  clearTimeout(state.aging);
  state.stands = null;
  node("notice").hidden = true;
  askReason(false);
  offer();
  tell("", say("locating"));
  try {
    state.fix = await position();
  } catch (error) {
    node("sketch").setAttribute("hidden", "");
    tell("bad", say({ 0: "unsupported", 1: "denied", 3: "timeout" }[error?.code] ?? "unavailable"));
    offer([say("again"), locate, true]);
    return;
  }
  const answer = await call("look", { fix: measured() });
  if (answer.error) failed(answer, locate);
  else if (answer.punch) there(answer.punch); // made in chat meanwhile: the link punches nothing more
  else show(answer);
}

function measured() {
  const { at, ...fix } = state.fix;
  return { ...fix, age_s: (Date.now() - at) / 1000 };
}

// --- what the person sees ---------------------------------------------------

function values(stands) {
  return {
    site: stands.site ?? "", distance: distance(stands.distance_m ?? 0), radius: distance(stands.radius_m ?? 0),
    accuracy: distance(state.fix.accuracy_m), age: Math.round(measured().age_s),
  };
}

function show(stands) {
  state.stands = stands;
  draw(stands);
  const filled = values(stands);
  if (stands.unusable) {
    tell("bad", say(stands.unusable === "untrusted" && clientIsDingTalk ? "untrusted_here" : stands.unusable, filled));
    offer([say("again"), locate, true]);
    return;
  }
  const unknown = stands.sites_unread ? "sites_unread" : "nowhere";
  const where = say(stands.fence === "unknown" ? unknown : stands.fence, filled);
  const warnings = ["simulated", "other_site"].filter((flag) => stands.flags.includes(flag)).map((flag) => say(flag));
  const outside = stands.fence === "outside";
  const instead = state.corpId && state.fix.datum === "wgs84" && say("from_browser");
  if (stands.refused) {
    tell("bad", where, say("accuracy", filled), say("refused"));
    offer([say("again"), locate, true]);
    return;
  }
  tell(stands.fence === "inside" && !warnings.length ? "good" : "warn", where, say("accuracy", filled), instead, ...warnings, counts());
  askReason(outside);
  offerPunch();
  grow();
}

// A position that may be punched with is taken off the page as soon as it is too old for that.
function grow() {
  clearTimeout(state.aging);
  state.aging = setTimeout(() => {
    askReason(false);
    tell("bad", say("too_old"));
    offer([say("again"), locate, true]);
  }, Math.max(0, state.opened.max_age_s - measured().age_s) * 1000);
}

// For which time a tap counts; a link that answers no wish to punch needs no word on it.
function counts() {
  return state.opened.counts && say("counts", state.opened.counts);
}

function offerPunch() {
  const direction = state.opened.direction ?? state.direction;
  const label = say({ OnDuty: "in", OffDuty: "out" }[direction] ?? "punch");
  offer([label, punch], [say("again"), locate, true]);
}

function draw(stands) {
  const drawn = stands.distance_m !== null && stands.radius_m !== null;
  node("sketch").toggleAttribute("hidden", !drawn);
  if (!drawn) return;
  const scale = Math.min(60 / stands.radius_m, 190 / Math.max(stands.distance_m, 1));
  const at = Math.min(90 + stands.distance_m * scale, 290);
  const set = (id, name, value) => node(id).setAttribute(name, String(value));
  const fence = Math.max(stands.radius_m * scale, 4);
  const blur = Math.min(Math.max(state.fix.accuracy_m * scale, 9), 70);
  const middle = (Math.min(90 - fence, at - blur) + Math.max(90 + fence, at + blur)) / 2;
  set("sketch", "viewBox", `${middle - 160} 0 320 150`);
  set("fence", "r", fence);
  set("line", "x2", at);
  set("dot", "cx", at);
  set("blur", "cx", at);
  set("blur", "r", blur);
}

async function punch() {
  if (state.sending) return; // Enter, twice
  const reason = node("reason").value.trim();
  if (!node("reason-part").hidden && !reason) {
    tell("warn", say("reason_missing"), say("outside", values(state.stands)), counts());
    node("reason").focus();
    return;
  }
  clearTimeout(state.aging);
  for (const button of document.querySelectorAll("button")) button.disabled = true;
  tell("", say("sending"));
  state.sending = true;
  const answer = await call("punch", {
    fix: measured(), direction: state.direction, ...(reason ? { reason } : {}),
  });
  state.sending = false;
  state.unsure = ["network", "unknown"].includes(answer.error) || (state.unsure && Boolean(answer.error));
  if (answer.error) failed(answer, punch);
  else came(answer);
  node("status").focus();
}

function came({ state: what, position, punch: made, waits }) {
  const filled = values(position);
  const said = made ? { what: say(made.check_type), at: made.at } : {};
  if (what === "recorded") return finished("good", say("recorded", said), say("recorded_more"));
  if (what === "repeat") return there(made);
  if (what === "already") return finished("warn", say("already", said));
  if (what === "unshown") return finished("warn", say("unshown"));
  if (what === "direction") {
    tell("warn", say("direction"));
    const choose = (direction) => () => { state.direction = direction; punch(); };
    offer([say("in"), choose("OnDuty")], [say("out"), choose("OffDuty")]);
    grow();
  } else if (what === "phone" || what === "phone_unsure") {
    askReason(false);
    tell("warn", say(what, waits), say("phone_more"));
    offer([say("again"), locate, true]);
    waitForYes();
  } else if (what === "phone_enough") {
    askReason(false);
    tell("bad", say("phone_enough"));
    offer([say("again"), locate, true]);
    waitForYes();
  } else if (what === "phone_unasked") {
    tell("bad", say("phone_unasked"));
    offer([say("again"), locate, true]);
  } else if (what === "reason") {
    askReason(true);
    tell("warn", say("outside", filled), say("reason_missing"), counts());
    offerPunch();
    grow();
  } else {
    show(position);
    if (what === "refused") tell("bad", say("refused"));
  }
}

// The yes is said in the chat: the page looks now and then whether it has come.
function waitForYes() {
  let left = LOOKS;
  clearInterval(state.waiting);
  const over = (tellIt) => { clearInterval(waiting); tellIt(); };
  const waiting = state.waiting = setInterval(async () => {
    if (document.hidden) return;
    if (!left--) return over(() => tell("bad", say("phone_over")));
    const opened = await call("open");
    const { punch: made, error } = opened;
    if (state.waiting !== waiting) return;
    if (error === "link") return over(() => finished("bad", say("phone_ended"))); // asking on is guessing
    if (error === "phone") return over(() => failed({ error }, locate));
    if (made) {
      greet(opened);
      there(made, "recorded");
    }
  }, LOOK_MS);
}

// A punch that is there; one that the company's service refused meanwhile does not count.
function there(made, key = "used") {
  const said = { what: say(made.check_type), at: made.at };
  if (made.stands) finished("good", say(key, said), say("recorded_more"));
  else finished("bad", say("not_taken", said));
}

// Nobody's name on a phone that is not known as theirs.
function greet(opened) {
  node("who").textContent = opened.name ? say("who", { name: opened.name }) : say("stranger");
  node("who").hidden = false;
}

function finished(tone, ...lines) {
  clearInterval(state.waiting);
  askReason(false);
  tell(tone, ...lines);
  offer();
}

async function open() {
  tell("", say("loading"));
  if (clientIsDingTalk && typeof dd === "object") {
    const { sign, error } = await call("sign", { language: document.documentElement.lang });
    if (error) return failed({ error }, open);
    if (sign) {
      Object.assign(state, { corpId: sign.corpId, clientId: sign.clientId });
      state.signed = await configured(sign);
    }
  }
  const opened = await call("open");
  if (opened.error) return failed(opened, open);
  state.opened = opened;
  greet(opened);
  if (opened.punch) return there(opened.punch);
  if (!opened.notice) return locate();
  node("notice-title").textContent = say("notice_title");
  node("notice-text").replaceChildren(...set(say("notice", { days: opened.kept_days })));
  node("notice").hidden = false;
  tell("");
  offer([say("notice_go"), locate]);
}

function configured(sign) {
  return promised((resolve) => {
    dd.config({ ...sign, type: 0, jsApiList: ["device.geolocation.get"] });
    dd.ready(() => resolve(true)); // before `config` it would not wait for it
    dd.error(() => resolve(false));
    setTimeout(() => resolve(false), WAIT_MS);
  });
}

document.querySelector("label[for=reason]").textContent = say("reason");
node("reason-hint").textContent = say("reason_hint");
node("reason").addEventListener("keydown", (event) => {
  if (event.key === "Enter" && !event.isComposing && !event.repeat) punch(); // the Enter that chooses a word punches nothing
});
addEventListener("hashchange", () => location.reload()); // another link in the same tab
open();
