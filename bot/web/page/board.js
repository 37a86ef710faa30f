// The board of a lead: the people's checks, live by server-sent events while the page is visible.
"use strict";

const AGAIN_MS = 2000; // between the end of a stream and the next one
const board = { stream: null, shown: "" };
const DAYS = 32; // that the server shows, with today
const main = document.querySelector("main");
const isToday = () => node("board-day").selectedIndex <= 0;

// A lead sees the team first, but not from a link of the chat to punch (#own). A phone shows one of the two views, a wide screen both.
function showBoard() {
  if (!node("board").hidden) return;
  node("board").hidden = node("views").hidden = false;
  view(["#data", "#own"].includes(location.hash) ? "own" : "team");
  watchBoard();
}

function hideBoard() {
  board.stream?.abort();
  node("board").hidden = node("views").hidden = true;
  delete main.dataset.view;
  clearPeople();
}

function view(name) {
  main.dataset.view = name;
  for (const other of ["team", "own"]) node(`view-${other}`).setAttribute("aria-pressed", String(other === name));
  if (name === "own" && state.tooOld) locate();
}

function clearPeople() {
  node("board-people").replaceChildren();
  node("board-counts").replaceChildren();
  board.shown = "";
}

// `fetch` reads the stream, because an EventSource can send no header.
async function watchBoard() {
  board.stream?.abort();
  if (document.hidden || node("board").hidden) return;
  const stream = new AbortController();
  board.stream = stream;
  const problem = await inSession(() => streamed(stream.signal));
  if (stream.signal.aborted) return;
  if (problem) node("board-said").replaceChildren(...rendered(trouble(problem)));
  if (["session", "login"].includes(problem?.error)) hideBoard();
  else if (problem || isToday()) setTimeout(() => { if (board.stream === stream) watchBoard(); }, AGAIN_MS);
}

// Shows each event. Returns the error that kept the stream from opening.
async function streamed(signal) {
  const day = isToday() ? null : node("board-day").value;
  try {
    const response = await send("board", { day, department: Number(node("board-team").value) || null }, signal);
    if (!response.ok) return await response.json();
    const [reader, decoder] = [response.body.getReader(), new TextDecoder()];
    for (let text = ""; ;) {
      const { value, done } = await reader.read();
      if (done) return null;
      const events = (text + decoder.decode(value, { stream: true })).split("\n\n");
      text = events.pop();
      for (const event of events) if (!signal.aborted) showDay(JSON.parse(event.slice("data: ".length)));
    }
  } catch {
    return { error: "network" };
  }
}

function showDay({ as_of: asOf, today, ...day }) {
  if (day.text) {
    clearPeople();
    node("board-said").replaceChildren(...rendered(day.text));
    return;
  }
  showDays(today);
  node("board-note").textContent = say("board_note", { at: asOf });
  const now = JSON.stringify(day);
  if (now === board.shown) return; // keeps the focus, and a screen reader does not read it again
  board.shown = now;
  node("board-title").textContent = day.whose;
  showTeams(day.departments);
  node("board-counts").replaceChildren(...day.counts.map(({ standing, word, count }) => {
    const chip = made("li", `${word} ${count}`);
    chip.dataset.standing = standing;
    return chip;
  }));
  const focused = document.activeElement?.dataset?.user;
  node("board-people").replaceChildren(...day.people.map(person));
  if (focused) document.querySelector(`[data-user="${CSS.escape(focused)}"]`)?.focus();
}

function person({ user_id: id, name, standing, text, nudge }) {
  const line = made("li", made("strong", name), made("span", text));
  line.dataset.standing = standing;
  if (nudge) {
    const button = made("button", say("nudge"));
    button.type = "button";
    button.className = "second";
    button.dataset.user = id;
    button.setAttribute("aria-label", say("nudge_whom", { name }));
    button.addEventListener("click", async () => {
      button.disabled = true;
      const answer = await call("nudge", { user_id: id });
      node("board-said").replaceChildren(...rendered(answer.error ? trouble(answer) : answer.text));
    });
    line.append(button);
  }
  return line;
}

// The chosen day stays, except that a board of today goes on with the new day after midnight.
function showDays(today) {
  const select = node("board-day");
  if (select.options[0]?.value === today) return;
  const chosen = isToday() ? today : select.value;
  const dates = Array.from({ length: DAYS }, (_, days) => new Date(Date.parse(today) - days * 86400000).toISOString().slice(0, 10));
  select.replaceChildren(...dates.map((date, days) => new Option(days ? dated(date) : `${say("today")} · ${dated(date)}`, date)));
  select.value = chosen;
  offerSteps();
}

function offerSteps() {
  const at = Math.max(node("board-day").selectedIndex, 0);
  node("board-earlier").disabled = at === DAYS - 1;
  node("board-later").disabled = at === 0;
}

function chooseDay(step) {
  node("board-day").selectedIndex += step;
  node("board-form").dispatchEvent(new Event("change"));
}

function showTeams(departments) {
  const select = node("board-team");
  const known = [...select.options].map((option) => option.value).join();
  if (known === ["", ...departments.map(({ id }) => id)].join()) return;
  const chosen = select.value;
  select.replaceChildren(new Option(say("board_all"), ""), ...departments.map(({ id, name }) => new Option(name, id)));
  select.value = chosen;
}

node("board-title").textContent = say("board");
document.querySelector("label[for=board-day]").textContent = say("board_day");
document.querySelector("label[for=board-team]").textContent = say("board_team");
node("board-form").addEventListener("change", () => {
  clearPeople();
  offerSteps();
  watchBoard();
});
for (const name of ["team", "own"]) {
  node(`view-${name}`).textContent = say(`view_${name}`);
  node(`view-${name}`).addEventListener("click", () => view(name));
}
for (const [name, step] of [["earlier", 1], ["later", -1]]) {
  node(`board-${name}`).setAttribute("aria-label", say(`day_${name}`));
  node(`board-${name}`).addEventListener("click", () => chooseDay(step));
}
node("board-form").addEventListener("submit", (event) => event.preventDefault());
document.addEventListener("visibilitychange", watchBoard);
