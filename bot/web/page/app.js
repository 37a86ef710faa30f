// The card of today: the time due, the position with its verdict, and one tap that punches.
"use strict";

const ANSWER_MS = 30000;
const LATER_MS = [4000, 20000]; // the checks are read again this long after a punch, which may still be under way
const state = {
  day: null, inClient: false, fix: null, stands: null, key: null, unsure: false, sending: false, aging: null, tooOld: false,
};

// --- words and buttons for the person --------------------------------------------------------------------------

function tell(tone, ...lines) {
  const status = node("status");
  status.dataset.tone = tone;
  status.replaceChildren(...lines.filter(Boolean).flatMap(rendered));
}

// If the focused element goes away, the focus moves to the status: reason and buttons come after it.
function keepFocus(within, change) {
  const held = within.contains(document.activeElement);
  change();
  if (held) node("status").focus();
}

function offer(...buttons) {
  keepFocus(node("actions"), () => node("actions").replaceChildren(...buttons.filter(Boolean).map(([label, act, second]) => {
    const button = made("button", label);
    button.type = "button";
    if (second) button.className = "second";
    button.addEventListener("click", act);
    return button;
  })));
}

function askReason(show) {
  if (show) node("reason-part").hidden = false;
  else keepFocus(node("reason-part"), () => { node("reason-part").hidden = true; });
}

function again() {
  return [say("again"), locate, true];
}

// --- the server -----------------------------------------------------------------------------------------------

function send(path, body, signal) {
  return fetch(`app/${path}`, {
    method: "POST", body: JSON.stringify(body), cache: "no-store", redirect: "error", signal,
    headers: { "Content-Type": "application/json", "X-Page-User": state.day?.user_id ?? "" },
  });
}

async function post(path, body) {
  const patience = new AbortController();
  const timer = setTimeout(() => patience.abort(), ANSWER_MS);
  try {
    const response = await send(path, body, patience.signal);
    const answer = await response.json();
    return response.ok || answer.error ? answer : { error: "network" };
  } catch {
    return { error: "network" };
  } finally {
    clearTimeout(timer);
  }
}

// A session lasts an hour. Inside DingTalk's client the page begins the next one without a question.
async function inSession(ask) {
  const answer = await ask();
  if (answer?.error !== "session" || !state.inClient) return answer;
  const entered = await enter();
  if (entered.error) return entered;
  return state.day && entered.user_id !== state.day.user_id ? { error: "session" } : ask();
}

const call = (path, body = {}) => inSession(() => post(path, body));

async function enter() {
  const code = await loginCode(config);
  if (!code) return { error: "session" };
  return post("enter", { code, url: location.href.split("#")[0] });
}

// A call that is no tap records nothing.
function wordsOf(error, tapped) {
  return say(!tapped && ["network", "unknown"].includes(error) ? "error_unread" : `error_${error}`);
}

// If the answer to a tap got lost, an error of the next tap does not tell whether the first one counted.
function failed(answer, retry) {
  if (answer.error === "key") return wasAnotherTap();
  node("sketch").setAttribute("hidden", "");
  if (["session", "login"].includes(answer.error)) return signIn(answer.error);
  const tapped = retry === punch;
  const reference = answer.reference && say("reference", { reference: answer.reference });
  tell("bad", tapped && state.unsure ? say("error_unknown") : wordsOf(answer.error, tapped), reference);
  if (["bad", "origin"].includes(answer.error) && !state.unsure) offer();
  else offer([say(tapped ? "retry" : "retry_call"), retry]);
}

// The lost answer was to a tap that counts, and this tap wanted something else.
function wasAnotherTap() {
  state.key = null;
  state.unsure = false;
  tell("warn", say("error_key"));
  offer(again());
  refresh();
}

// The words about a call that is no tap.
function trouble(answer) {
  const reference = answer.reference ? `\n${say("reference", { reference: answer.reference })}` : "";
  return say("error_unread") + reference;
}

function signIn(error, reference) {
  state.day = null;
  node("who").textContent = document.title;
  node("card-title").textContent = "";
  node("due").hidden = node("today-text").hidden = node("notice-line").hidden = node("data").hidden = true;
  forgetMonth();
  hideBoard();
  askReason(false);
  const why = error !== "session" && wordsOf(error, false);
  const told = reference && say("reference", { reference });
  tell("warn", why, told, say(state.unsure ? "error_unknown" : "signed_out"));
  offer(state.inClient ? [say("retry_call"), start] : [say("sign_in"), () => location.assign("app/login")]);
}

// --- the position ----------------------------------------------------------------------------------------------

async function locate() {
  clearTimeout(state.aging);
  state.stands = null;
  state.tooOld = false;
  node("notice").hidden = true;
  node("notice-line").hidden = false;
  askReason(false);
  offer();
  tell("", state.day.next.done, say("locating"));
  try {
    state.fix = await position(state.inClient);
  } catch (error) {
    state.fix = null;
    node("sketch").setAttribute("hidden", "");
    const why = say({ 0: "unsupported", 1: "denied", 3: "timeout" }[error?.code] ?? "unavailable");
    tell("bad", why, say(state.day.needs_position ? "needs_position" : "may_go_without"));
    offer(...(state.day.needs_position ? [] : punchButtons(true)), again());
    return;
  }
  const answer = await call("look", { fix: measured() });
  if (answer.error) failed(answer, locate);
  else show(answer);
}

function measured() {
  if (!state.fix) return null;
  const { at, ...fix } = state.fix;
  return { ...fix, age_s: (Date.now() - at) / 1000 };
}

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
    tell("bad", say(stands.unusable === "untrusted" && state.inClient ? "untrusted_here" : stands.unusable, filled));
    offer(again());
    return;
  }
  const unknown = stands.sites_unread ? "sites_unread" : "nowhere";
  const where = say(stands.fence === "unknown" ? unknown : stands.fence, filled);
  if (stands.refused) {
    tell("bad", where, say("accuracy", filled), say("refused"));
    offer(again());
    return;
  }
  const instead = state.inClient && state.fix.datum === "wgs84" && say("from_browser");
  const good = stands.fence === "inside" && !stands.simulated;
  tell(good ? "good" : "warn", where, say("accuracy", filled), instead, stands.simulated && say("simulated"), state.day.next.done);
  askReason(stands.fence === "outside");
  offer(...punchButtons(), again());
  grow();
}

// The next punch is one large button. If its direction is open, or nothing is due, there are two plain ones.
function punchButtons(without) {
  const next = state.day.next.direction;
  const label = (direction) => say(direction === "OnDuty" ? "in" : "out") + (without ? say("without") : "");
  return (next ? [next] : ["OnDuty", "OffDuty"]).map((direction) => [label(direction), () => punch(direction), !next]);
}

// A position that becomes too old for a punch goes away with its buttons.
function grow() {
  clearTimeout(state.aging);
  state.aging = setTimeout(() => {
    state.tooOld = true;
    askReason(false);
    tell("bad", say("too_old"));
    offer(again());
  }, Math.max(0, state.day.max_age_s - measured().age_s) * 1000);
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

// --- the tap --------------------------------------------------------------------------------------------------

async function punch(direction) {
  if (state.sending) return; // Enter was pressed twice
  if (typeof direction === "string") state.direction = direction; // else this repeats the last tap
  const reason = node("reason").value.trim();
  if (!node("reason-part").hidden && !reason) {
    tell("warn", say("reason_missing"), say("outside", values(state.stands)));
    node("reason").focus();
    return;
  }
  clearTimeout(state.aging);
  for (const button of document.querySelectorAll("#actions button")) button.disabled = true;
  tell("", say("sending"));
  state.sending = true;
  state.key ??= freshKey(); // stays the same until an answer comes, so that one tap punches once
  const answer = await call("punch", { key: state.key, direction: state.direction, fix: measured(), ...(reason ? { reason } : {}) });
  state.sending = false;
  state.unsure = ["network", "unknown"].includes(answer.error) || (state.unsure && Boolean(answer.error));
  if (!answer.error) state.key = null;
  if (answer.error) failed(answer, punch);
  else came(answer);
  node("status").focus();
}

function came({ state: what, text, good, position: stands }) {
  if (what === "recorded" || what === "already") {
    finished(good ? "good" : "warn", text);
    readMonth(month.shown?.month ?? null);
    for (const ms of LATER_MS) setTimeout(refresh, ms);
  } else if (what === "rejected" || what === "refused") finished("bad", text);
  else if (what === "direction") {
    state.day.next = { direction: null };
    tell("warn", say("direction"));
    offer(...punchButtons(!state.fix), again());
  } else if (what === "needs_position") {
    tell("bad", say("needs_position"));
    offer(again());
  } else {
    show(stands);
    if (what === "reason") tell("warn", say("reason_missing"), say("outside", values(stands)));
  }
}

function finished(tone, text) {
  askReason(false);
  node("reason").value = "";
  tell(tone, text);
  offer([say("another"), another, true]);
  refresh();
}

async function another() {
  await refresh();
  locate();
}

// --- the day --------------------------------------------------------------------------------------------------

async function refresh() {
  const day = await call("day");
  if (!day.error) greet(day);
  return day;
}

function greet(day) {
  state.day = day;
  node("who").textContent = say("who", { name: day.name });
  node("card-title").textContent = `${say("today")} · ${dated(day.date)}`;
  node("due").hidden = !day.due;
  if (day.due) {
    node("due").firstElementChild.textContent = say(day.due.direction === "OnDuty" ? "due_in" : "due_out");
    node("due").lastElementChild.textContent = day.due.at;
  }
  node("today-text").replaceChildren(...rendered(day.today).filter(({ tagName }) => tagName !== "H3")); // the card has the title
  node("today-text").hidden = node("data").hidden = false;
  node("notice-line").hidden = Boolean(day.notice);
  showMonth();
  if (day.is_lead) showBoard();
}

async function start() {
  offer();
  tell("", say("loading"));
  const query = new URLSearchParams(location.search);
  const [error, reference] = [query.get("error"), query.get("reference")];
  if (error) history.replaceState(null, "", location.pathname);
  if (isClient) {
    await loadJsapi();
    const entered = await enter(); // as the person of this client, also beside another person's cookie
    if (!entered.error) {
      state.inClient = true;
      if (entered.sign) await configured(entered.sign);
    } else if (entered.error !== "session") return failed(entered, start);
  }
  const day = await refresh();
  if (error && day.error) return signIn(error, /^[0-9a-f]{8}$/u.test(reference) && reference);
  if (day.error) return failed(day, start);
  showData();
  if (!day.notice) return locate();
  node("notice-title").textContent = say("notice_title");
  node("notice-text").replaceChildren(...rendered(day.notice));
  node("notice").hidden = false;
  tell("");
  offer([say("notice_go"), locate]);
}

async function readData() {
  const answer = await call("data");
  node("data-text").replaceChildren(...rendered(answer.error ? trouble(answer) : answer.text));
  node("data-show").hidden = !answer.error;
}

async function showData() {
  if (location.hash !== "#data" || !state.day) return;
  await readData();
  node("data").scrollIntoView();
}

node("notice-line").replaceChildren(...rendered(say("notice_line")));
node("data-title").textContent = say("data");
node("data-show").textContent = say("data_show");
node("data-show").addEventListener("click", readData);
addEventListener("hashchange", showData);
document.querySelector("label[for=reason]").textContent = say("reason");
node("reason-hint").textContent = say("reason_hint");
node("reason").addEventListener("keydown", (event) => {
  const [direction, other] = state.day.next.direction ? [state.day.next.direction] : ["OnDuty", "OffDuty"];
  if (event.key === "Enter" && !event.isComposing && !event.repeat && !other) punch(direction); // not the Enter that chooses a word of an input method
});
addEventListener("DOMContentLoaded", start);
