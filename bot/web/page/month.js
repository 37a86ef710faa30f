// The person's month: a mark a day, the details of one day, and a request for a make-up punch.
"use strict";

const month = { shown: null, day: null, check: null, key: null };
const DAY_MS = 86400000;

// The month is read when it first comes into view.
const inView = new IntersectionObserver((entries) => {
  if (entries.some((entry) => entry.isIntersecting)) {
    inView.disconnect();
    readMonth(null);
  }
});

function showMonth() {
  node("month").hidden = false;
  if (!month.shown) inView.observe(node("month"));
}

function forgetMonth() {
  inView.disconnect();
  node("month").hidden = true;
  month.shown = null;
}

async function readMonth(day) {
  const answer = await call("month", day ? { day } : {});
  if (answer.error) {
    node("month-totals").replaceChildren(...rendered(trouble(answer)));
    return;
  }
  month.shown = answer;
  node("month-title").textContent = dated(answer.month, { year: "numeric", month: "long" });
  node("month-earlier").disabled = !answer.has_earlier;
  node("month-later").disabled = !answer.has_later;
  node("month-totals").textContent = answer.totals;
  node("month-days").replaceChildren(...cells(answer));
  showOneDay(null);
  offerClosing(answer.closes);
}

function plainButton(label, act) {
  const button = made("button", label);
  button.type = "button";
  button.className = "second";
  button.addEventListener("click", act);
  return button;
}

// The person confirms the figures of a past month, or objects. Leads and HR also see who has not answered.
function offerClosing(closes) {
  node("close").hidden = !closes;
  node("close-text").replaceChildren();
  closingSteps([say("close_show"), showFigures], state.day?.is_lead && [say("close_status"), () => tellClosing("status", {})]);
}

function closingSteps(...steps) {
  node("close-reason-part").hidden = true;
  node("close-actions").replaceChildren(...steps.filter(Boolean).map(([label, act]) => plainButton(label, act)));
}

async function tellClosing(path, step) {
  const answer = await call(path, { day: month.shown.month, ...step });
  node("close-text").replaceChildren(...rendered(answer.error ? trouble(answer) : answer.text));
  return answer;
}

async function showFigures() {
  const { seen } = await tellClosing("figures", {});
  if (!seen) return;
  const answer = async (step, reason) => {
    await tellClosing("close", { step, seen, reason });
    closingSteps([say("close_show"), showFigures]);
  };
  closingSteps([say("close_confirm"), () => answer("confirmed", "")], [say("close_object"), () => {
    const reason = node("close-reason").value.trim();
    if (reason) answer("objected", reason);
    else node("close-reason").focus();
  }]);
  node("close-reason").value = "";
  node("close-reason-part").hidden = false;
}

// The first of the month `months` away from the shown one, as the server writes dates.
function otherMonth(months) {
  const [year, number] = month.shown.month.split("-").map(Number);
  return new Date(Date.UTC(year, number - 1 + months, 1)).toISOString().slice(0, 10);
}

function cells({ month: first, today, days }) {
  const known = new Map(days.map((day) => [day.day, day]));
  const begins = Date.parse(first);
  const empty = Array.from({ length: (new Date(begins).getUTCDay() + 6) % 7 }, () => made("li"));
  const dates = [];
  for (let at = begins; at < Date.parse(otherMonth(1)); at += DAY_MS) dates.push(new Date(at).toISOString().slice(0, 10));
  return [...empty, ...dates.map((date) => made("li", cell(date, known.get(date), date === today)))];
}

function cell(date, day, isToday) {
  const number = String(Number(date.slice(8)));
  if (!day) return made("span", number);
  const button = made("button", made("b", number), made("small", day.arrived));
  button.type = "button";
  button.dataset.standing = day.standing;
  button.setAttribute("aria-label", [dated(date), day.word, day.arrived].filter(Boolean).join(", "));
  button.setAttribute("aria-pressed", "false");
  if (isToday) button.setAttribute("aria-current", "date");
  button.addEventListener("click", () => showOneDay(day, button));
  return button;
}

function showOneDay(day, pressed) {
  for (const other of document.querySelectorAll("#month-days [aria-pressed]")) other.setAttribute("aria-pressed", String(other === pressed));
  month.day = day;
  node("month-day").hidden = !day;
  node("correct").hidden = true;
  node("month-day-actions").hidden = false;
  node("correct-said").replaceChildren();
  if (!day) return;
  node("month-day-title").textContent = `${dated(day.day)} · ${day.word}`;
  node("month-day-title").dataset.standing = day.standing;
  node("month-day-text").replaceChildren(...rendered([...day.lines.map((line) => `- ${line}`), ...day.notes].join("\n")));
  node("month-day-actions").replaceChildren(...day.wrong.map((check) => plainButton(say("correct", { what: check.what }), () => askCorrection(check))));
}

function askCorrection(check) {
  month.check = check;
  month.key = freshKey();
  node("correct-title").textContent = say("correct", { what: check.what });
  node("correct-time").value = check.due.slice(11);
  node("correct-reason").value = "";
  node("correct-said").replaceChildren();
  node("month-day-actions").hidden = true;
  node("correct").hidden = false;
  node("correct-time").focus();
}

// The moment with that time of day which is nearest to when the check was due: a night ends on the next date.
function nearest(due, time) {
  const at = Date.parse(`${due.slice(0, 10)}T${time.padStart(5, "0")}Z`);
  const goal = Date.parse(`${due}Z`);
  const moments = [-DAY_MS, 0, DAY_MS].map((days) => at + days);
  const best = moments.reduce((one, other) => (Math.abs(other - goal) < Math.abs(one - goal) ? other : one));
  return new Date(best).toISOString().slice(0, 16);
}

async function sendCorrection() {
  const { direction, due } = month.check;
  node("correct-send").disabled = true;
  const at = nearest(due, node("correct-time").value);
  const answer = await call("correct", { key: month.key, direction, at, reason: node("correct-reason").value });
  node("correct-send").disabled = false;
  node("correct-said").replaceChildren(...rendered(answer.error ? trouble(answer) : answer.text));
  if (answer.sent) node("correct").hidden = true;
}

node("month-weekdays").append(...Array.from({ length: 7 }, (_, day) => made("li", dated(`2024-01-0${day + 1}`, { weekday: "narrow" }))));
node("month-earlier").setAttribute("aria-label", say("month_earlier"));
node("month-later").setAttribute("aria-label", say("month_later"));
node("month-earlier").addEventListener("click", () => readMonth(otherMonth(-1)));
node("month-later").addEventListener("click", () => readMonth(otherMonth(1)));
node("month-day").setAttribute("aria-labelledby", "month-day-title");
document.querySelector("label[for=correct-time]").textContent = say("correct_time");
document.querySelector("label[for=correct-reason]").textContent = say("correct_reason");
document.querySelector("label[for=close-reason]").textContent = say("close_reason");
node("correct-send").textContent = say("correct_send");
node("correct").addEventListener("submit", (event) => {
  event.preventDefault();
  sendCorrection();
});
