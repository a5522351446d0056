// Triage by keyboard: sectors by number, OPD, marks, who has an item in hand. desk.js has the keys.

const PLACE_KEY = "tanggap-tempat";
const HOLD_AGAIN_MS = 60_000;
const HOLD_FIRST_MS = 1_500;

const place = () => JSON.parse(sessionStorage.getItem(PLACE_KEY) ?? "{}");
const rows = [...document.querySelectorAll(".item[data-version]")];
const picks = document.querySelector("[data-picks-form]");
const opdDialog = document.getElementById("pilih-opd");
const opdForm = opdDialog?.querySelector("form");
const marks = [...document.querySelectorAll("input.mark")];

// --- The row that the keys mean: the one that has, or last had, the focus. --------------------

let current = null;

function pointAt(row) {
  current = row;
  if (!row || !picks) return;
  const address = `/aduan/${row.id.replace("aduan-", "")}`;
  picks.hidden = false;
  picks.action = `${address}/sektor`;
  for (const form of [picks, opdForm]) {
    form.dataset.row = row.id;
    form.elements.expected_version.value = row.dataset.version;
  }
  opdForm.action = `${address}/opd`;
  const list = picks.querySelector(".pick-list");
  const wanted = row.dataset.picks.split(" ");
  for (const button of list.querySelectorAll("button[name=sector]")) button.hidden = true;
  const firstOther = list.querySelector("[data-pick-opd]");
  wanted.forEach((sector, at) => {
    const button = list.querySelector(`button[value="${CSS.escape(sector)}"]`);
    if (!button) return;
    button.hidden = false;
    button.querySelector("kbd").textContent = at + 1;
    list.insertBefore(button, firstOther);
  });
  const aside = list.querySelector("[data-aside]");
  aside.formAction = `${address}/sisihkan`;
}

function rowOf(element) {
  return element?.closest?.(".item[data-version]");
}

if (rows.length) {
  // On a touch screen the bar would only cover the list.
  const keys = matchMedia("(hover: hover) and (min-width: 48rem)");
  document.addEventListener("focusin", (event) => {
    const row = rowOf(event.target);
    if (row && keys.matches) pointAt(row);
  });
  if (rowOf(document.activeElement) && keys.matches) pointAt(rowOf(document.activeElement));
} else if (opdForm) {
  opdForm.action = `${location.pathname.replace(/(\/aduan\/\d+).*/, "$1")}/opd`;
}

// --- OPD by its name: the browser completes it, the form sends its code. ------------------------

function chooseOpd() {
  if (!opdDialog || (rows.length && !current)) return;
  const typed = opdDialog.querySelector("input[list]");
  typed.value = "";
  opdDialog.showModal();
  typed.focus();
}

function opdOf(text) {
  const wanted = text.trim().toLowerCase();
  const options = [...opdDialog.querySelectorAll("option")];
  const names = (option) => [option.value, option.dataset.opd, option.textContent].map((name) => name.toLowerCase());
  return options.find((option) => names(option).includes(wanted))
    ?? options.find((option) => names(option).some((name) => name.startsWith(wanted)))
    ?? options.find((option) => names(option).some((name) => name.includes(wanted)));
}

if (opdDialog) {
  const typed = opdDialog.querySelector("input[list]");
  typed.addEventListener("input", () => typed.setCustomValidity(""));
  opdForm.addEventListener("submit", (event) => {
    const option = opdOf(typed.value);
    opdForm.elements.opd.value = option?.dataset.opd ?? "";
    if (option) return;
    event.preventDefault();
    event.stopPropagation();
    typed.setCustomValidity(typed.dataset.unknown);
    typed.reportValidity();
  });
  opdDialog.querySelector("[data-close]").addEventListener("click", () => opdDialog.close());
  for (const button of document.querySelectorAll("[data-pick-opd]")) {
    button.addEventListener("click", chooseOpd);
  }
}

// --- Marks: many rows, one act. -----------------------------------------------------------------

const bulk = document.getElementById("borongan");

function showMarks() {
  const count = marks.filter((mark) => mark.checked).length;
  const number = bulk.querySelector("[data-marked]");
  number.hidden = count === 0;
  number.textContent = count;
  bulk.querySelector(".marked-keys").hidden = count === 0;
  bulk.classList.toggle("has-marks", count > 0);
}

function anyMarked() {
  return marks.some((mark) => mark.checked);
}

// Whoever has marked rows means them: an act on one row alone would be a surprise.
function actOnMarked(what) {
  bulk.elements.tindakan.value = what;
  bulk.requestSubmit(bulk.querySelector("button[value=ditandai]"));
}

function askForMarked() {
  bulk.querySelector("details").open = true;
  bulk.elements.tindakan.focus();
}

if (bulk) {
  for (const mark of marks) mark.addEventListener("change", showMarks);
  const what = bulk.elements.tindakan;
  const fit = () => {
    for (const field of bulk.querySelectorAll("[data-of]")) {
      field.hidden = !field.dataset.of.split(" ").includes(what.value);
    }
  };
  what.addEventListener("change", fit);
  fit();
  showMarks();
}

// --- Back and forth between items, in the order of the list they came from. ---------------------

if (rows.length) {
  const ids = rows.map((row) => Number(row.id.replace("aduan-", "")));
  sessionStorage.setItem(PLACE_KEY, JSON.stringify({ ...place(), ids }));
}
const [, here] = location.pathname.match(/^\/aduan\/(\d+)/) ?? [];

function step(by) {
  const following = document.querySelector("a.following");
  if (by > 0) { following?.click(); return; }
  const ids = place().ids ?? [];
  const before = ids[ids.indexOf(Number(here)) - 1];
  const from = new URLSearchParams(location.search).get("dari");
  if (before && from) location.href = `/aduan/${before}?dari=${encodeURIComponent(from)}`;
}

if (here) {
  const ids = place().ids ?? [];
  if (!ids.includes(Number(here))) {
    sessionStorage.setItem(PLACE_KEY, JSON.stringify({ ...place(), ids: [...ids, Number(here)] }));
  }
}

// --- Who has this item in hand. -----------------------------------------------------------------

function keepInHand(banner) {
  const idleMs = Number(banner.dataset.idleMinutes) * 60_000;
  let lastAct = Date.now();
  let gone = false;
  for (const kind of ["pointerdown", "keydown", "scroll"]) {
    addEventListener(kind, () => { lastAct = Date.now(); }, { passive: true });
  }
  async function hold() {
    if (gone || document.hidden || Date.now() - lastAct > idleMs) return;
    const answer = await fetch(banner.dataset.hold, { method: "POST" });
    if (answer.status !== 200) return;
    const { lain } = await answer.json();
    banner.querySelector("[data-who]").textContent = lain;
    banner.hidden = lain === "";
  }
  const again = () => hold().catch(() => {});
  // The page before this one may have given the same item back a moment ago.
  setTimeout(again, HOLD_FIRST_MS);
  setInterval(again, HOLD_AGAIN_MS);
  document.addEventListener("visibilitychange", again);
  addEventListener("pageshow", (event) => { gone = false; if (event.persisted) again(); });
  addEventListener("pagehide", () => { gone = true; navigator.sendBeacon(banner.dataset.letGo); });
}

const inHand = document.querySelector("[data-hold]");
if (inHand) keepInHand(inHand);

// --- Keys ---------------------------------------------------------------------------------------

function press(button) {
  if (!button || button.hidden) return;
  button.form.requestSubmit(button);
}

function ready() {
  return picks && (!rows.length || (current && !picks.hidden));
}

const KEYS = {
  j: () => step(1),
  k: () => step(-1),
  o: () => (anyMarked() ? askForMarked() : chooseOpd()),
  x: () => { if (anyMarked()) actOnMarked("sisihkan"); else if (ready()) press(picks.querySelector("[data-aside]")); },
  m: () => {
    const mark = current?.querySelector("input.mark");
    if (!mark) return;
    mark.checked = !mark.checked;
    showMarks();
  },
};

document.addEventListener("tanggap:key", (event) => {
  const key = event.detail;
  const focus = document.activeElement;
  if (key === "e") {
    if (!anyMarked()) return;
    event.preventDefault();
    actOnMarked("setujui");
  } else if (key === " ") {
    if (!focus?.matches(".item-link")) return;
    event.preventDefault();
    KEYS.m();
  } else if (/^[1-9]$/.test(key)) {
    if (!ready()) return;
    event.preventDefault();
    if (anyMarked()) { askForMarked(); return; }
    press(picks.querySelectorAll("button[name=sector]:not([hidden])")[Number(key) - 1]);
  } else if (KEYS[key]) {
    event.preventDefault();
    KEYS[key]();
  }
});
