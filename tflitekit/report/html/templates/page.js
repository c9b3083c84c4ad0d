"use strict";
// The page tells everything without this script, which adds sorting, tabs and a choice of colours.

const root = document.documentElement;

function themes() {
  const button = document.getElementById("theme");
  const names = ["auto", "light", "dark"];
  let chosen = "auto";
  try { chosen = localStorage.getItem("tflitekit-theme") ?? "auto"; } catch { /* no storage */ }
  const show = () => {
    if (chosen === "auto") delete root.dataset.theme; else root.dataset.theme = chosen;
    button.textContent = `Theme: ${chosen}`;
  };
  button.addEventListener("click", () => {
    chosen = names[(names.indexOf(chosen) + 1) % names.length];
    try { localStorage.setItem("tflitekit-theme", chosen); } catch { /* no storage */ }
    show();
  });
  button.hidden = false;
  show();
}

function sortable(table) {
  const body = table.tBodies[0];
  [...table.tHead.rows[0].cells].forEach((head, column) => {
    const numeric = head.classList.contains("number");
    const button = document.createElement("button");
    button.type = "button";
    button.textContent = head.textContent;
    head.replaceChildren(button);
    button.addEventListener("click", () => {
      const now = head.getAttribute("aria-sort");
      const first = numeric ? "descending" : "ascending";
      const other = numeric ? "ascending" : "descending";
      const order = now === first ? other : first;
      for (const one of head.parentNode.cells) one.removeAttribute("aria-sort");
      head.setAttribute("aria-sort", order);
      const sign = order === "ascending" ? 1 : -1;
      const rows = [...body.rows];
      rows.sort((a, b) => sign * compare(a.cells[column], b.cells[column]));
      body.append(...rows);
    });
  });
}

function compare(a, b) {
  const [first, other] = [number(a), number(b)];
  if (first !== null || other !== null) return (first ?? -Infinity) - (other ?? -Infinity);
  return a.textContent.localeCompare(b.textContent, "en", { numeric: true });
}

// What is not known is below all that is.
function number(cell) {
  return cell.dataset.sort === undefined ? null : Number(cell.dataset.sort);
}

function tabs(group) {
  const panels = [...group.querySelectorAll(":scope > .device")];
  if (panels.length < 2) return;
  const list = document.createElement("div");
  list.setAttribute("role", "tablist");
  list.setAttribute("aria-label", "Devices");
  const heads = panels.map((panel) => {
    const head = document.createElement("button");
    head.type = "button";
    head.id = `${panel.id}-tab`;
    head.textContent = panel.querySelector(".name").textContent;
    head.setAttribute("role", "tab");
    head.setAttribute("aria-controls", panel.id);
    panel.setAttribute("role", "tabpanel");
    panel.setAttribute("aria-labelledby", head.id);
    list.append(head);
    return head;
  });
  const select = (chosen) => panels.forEach((panel, place) => {
    panel.hidden = place !== chosen;
    heads[place].setAttribute("aria-selected", String(place === chosen));
    heads[place].tabIndex = place === chosen ? 0 : -1;
  });
  heads.forEach((head, place) => head.addEventListener("click", () => select(place)));
  list.addEventListener("keydown", (event) => {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (!step) return;
    const next = (heads.indexOf(document.activeElement) + step + heads.length) % heads.length;
    select(next);
    heads[next].focus();
  });
  const follow = () => {
    const target = location.hash && document.getElementById(location.hash.slice(1));
    const place = target ? panels.findIndex((panel) => panel.contains(target)) : -1;
    if (place < 0) return;
    select(place);
    target.scrollIntoView();
  };
  window.addEventListener("hashchange", follow);
  group.prepend(list);
  group.classList.add("tabbed");
  select(0);
  follow();
}

function contents() {
  const wide = matchMedia("(min-width: 1081px)");
  const details = document.querySelector("nav details");
  const fit = () => { details.open = wide.matches; };
  wide.addEventListener("change", fit);
  fit();
}

themes();
contents();
document.querySelectorAll("table.sortable").forEach(sortable);
document.querySelectorAll(".devices").forEach(tabs);
