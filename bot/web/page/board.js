// The board of a lead: how their people stand, read again every two seconds while it is looked at.
"use strict";

const EVERY_MS = 2000;
const board = { timer: null, shown: "", asked: 0 };
const today = () => node("board-day").value === node("board-day").max;

function showBoard() {
  if (!node("board").hidden) return;
  node("board").hidden = false;
  refreshBoard();
  board.timer = setInterval(() => { if (!document.hidden && today()) refreshBoard(); }, EVERY_MS);
}

function hideBoard() {
  clearInterval(board.timer);
  node("board").hidden = true;
  node("board-people").replaceChildren();
  board.shown = "";
}

async function refreshBoard() {
  const turn = ++board.asked;
  const answer = await call("board", { day: node("board-day").value || null, department: node("board-team").value || null });
  if (turn !== board.asked || node("board").hidden) return; // a later one is under way
  if (answer.error || answer.text) {
    node("board-counts").textContent = answer.error ? say("error_unread") : "";
    if (answer.error === "session") return hideBoard();
    if (answer.text) node("board-said").replaceChildren(...rendered(answer.text));
    return;
  }
  node("board-day").max ||= answer.today;
  node("board-day").value ||= answer.today;
  const { as_of: asOf, ...rest } = answer;
  node("board-note").textContent = say("board_note", { at: asOf });
  const now = JSON.stringify(rest);
  if (now === board.shown) return; // what is read aloud or has the focus stays
  board.shown = now;
  teams(answer.departments);
  node("board-counts").textContent = Object.entries(answer.counts).map(([what, count]) => `${what} ${count}`).join(" · ");
  const held = document.activeElement?.dataset?.user;
  node("board-people").replaceChildren(...answer.people.map(person));
  if (held) document.querySelector(`[data-user="${CSS.escape(held)}"]`)?.focus();
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
      node("board-said").replaceChildren(...rendered(answer.error ? say("error_unread") : answer.text));
      refreshBoard();
    });
    line.append(button);
  }
  return line;
}

function teams(names) {
  const select = node("board-team");
  const known = [...select.options].map((one) => one.value).join();
  if (known === ["", ...names].join()) return;
  const chosen = select.value;
  select.replaceChildren(new Option(say("board_all"), ""), ...names.map((name) => new Option(name, name)));
  select.value = chosen;
}

node("board-title").textContent = say("board");
document.querySelector("label[for=board-day]").textContent = say("board_day");
document.querySelector("label[for=board-team]").textContent = say("board_team");
node("board-form").addEventListener("change", () => {
  node("board-people").replaceChildren();
  board.shown = "";
  refreshBoard();
});
node("board-form").addEventListener("submit", (event) => event.preventDefault());
