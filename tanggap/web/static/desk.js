// What the desk can do beyond plain pages: live counts, keys, copying. All of it is optional.

const POLL_MS = 15_000;
const SHORTCUTS_KEY = "tanggap-pintasan";

document.documentElement.classList.add("js");

// --- Live counts: the list never moves by itself, a banner says what is new. ---------------

function keepCountsLive(banner) {
  const idleMs = Number(banner.dataset.idleMinutes) * 60_000;
  let tag = "";
  let lastAct = Date.now();
  for (const kind of ["pointerdown", "keydown", "scroll"]) {
    // Somebody who walked away must not keep the session alive through this page.
    addEventListener(kind, () => { lastAct = Date.now(); }, { passive: true });
  }

  async function look() {
    if (document.hidden || Date.now() - lastAct > idleMs) return;
    const headers = tag ? { "If-None-Match": tag } : {};
    const answer = await fetch(banner.dataset.live, { headers, cache: "no-store" });
    if (answer.status === 401) { location.reload(); return; }
    if (answer.status !== 200) return;
    tag = answer.headers.get("ETag") ?? "";
    const counts = await answer.json();
    for (const [tab, number] of Object.entries(counts.tabs)) {
      const place = document.querySelector(`[data-count="${tab}"]`);
      if (place) place.textContent = number;
    }
    banner.querySelector("[data-new]").textContent = counts.baru;
    banner.hidden = counts.baru === "0";
  }

  // A network hiccup is not worth a word: the next look is 15 seconds away.
  const tick = () => look().catch(() => {});
  setInterval(tick, POLL_MS);
  document.addEventListener("visibilitychange", tick);
}

// --- Keys ----------------------------------------------------------------------------------

function shortcutsOn() {
  return localStorage.getItem(SHORTCUTS_KEY) !== "mati";
}

function rows() {
  return [...document.querySelectorAll(".item-link")];
}

function move(step) {
  const links = rows();
  const at = links.findIndex((link) => link.closest(".item").contains(document.activeElement));
  const next = links[at < 0 ? (step > 0 ? 0 : links.length - 1) : at + step];
  if (next) {
    next.focus();
    next.closest(".item").scrollIntoView({ block: "nearest" });
  }
}

function within(selector) {
  const row = document.activeElement?.closest(".item");
  return (row ?? (rows().length ? null : document))?.querySelector(selector);
}

// --- Where one was in the list: an act or a look at an item comes back to the same place. ----

const PLACE_KEY = "tanggap-tempat";

function readPlace() {
  return JSON.parse(sessionStorage.getItem(PLACE_KEY) ?? "{}");
}

function writePlace(changes) {
  sessionStorage.setItem(PLACE_KEY, JSON.stringify({ ...readPlace(), ...changes }));
}

// The next row that waits for an act, else the nearest one before, else simply a neighbour.
function rowAfter(row) {
  const all = [...document.querySelectorAll(".item")];
  const at = all.indexOf(row);
  const waits = (other) => other.querySelector(".item-act");
  return all.slice(at + 1).find(waits) ?? all.slice(0, at).findLast(waits)
    ?? all[at + 1] ?? all[at - 1];
}

function returnToPlace(list) {
  const place = readPlace();
  writePlace({ row: "" });
  const row = place.row && document.getElementById(place.row);
  if (row) {
    if (place.list === list.dataset.here) scrollTo({ top: place.scroll, behavior: "instant" });
    row.querySelector(".item-link").focus({ preventScroll: true });
    row.scrollIntoView({ block: "nearest", behavior: "instant" });
  }
  addEventListener("pagehide", () => writePlace({ list: list.dataset.here, scroll: scrollY }));
}

function leadBack(link) {
  const [, number] = location.pathname.match(/^\/aduan\/(\d+)/) ?? [];
  if (!number) return;
  writePlace({ row: `aduan-${number}` });
  // With the filters and the page of the list, as long as the item still stands in it.
  if (link.hasAttribute("data-list")) return;
  const list = readPlace().list;
  const tab = (address) => new URL(address, location.href).searchParams.get("tab");
  if (list && link.dataset.back.split(" ").includes(tab(list))) link.href = list;
}

// What is not of every page belongs to the page's own script, which says whether it took the key.
function offer(key) {
  return !document.dispatchEvent(new CustomEvent("tanggap:key", { detail: key, cancelable: true }));
}

const KEYS = {
  j: () => (rows().length ? move(1) : offer("j")),
  k: () => (rows().length ? move(-1) : offer("k")),
  e: () => offer("e") || within("form[data-confirm]")?.requestSubmit(),
  b: () => within("form[data-bring-back]")?.requestSubmit(),
  a: () => document.querySelector("[data-back]")?.click(),
  u: () => document.querySelector("[data-undo]:not([hidden])")?.requestSubmit(),
  "/": () => {
    const search = document.getElementById("cari");
    if (!search) return;
    document.getElementById("saring").checked = true;
    search.focus();
    search.select();
  },
  "?": () => document.getElementById("bantuan")?.showModal(),
};

addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
  const writing = event.target.closest?.("input:not([type=checkbox]), select, textarea, dialog");
  if (writing) {
    if (event.key === "Escape") writing.blur();
    return;
  }
  const act = KEYS[event.key];
  if (event.repeat && event.key !== "j" && event.key !== "k") return;
  if (event.key !== "?" && !shortcutsOn()) return;
  if (!act) {
    if (offer(event.key)) event.preventDefault();
    return;
  }
  event.preventDefault();
  act();
});

// --- Wiring --------------------------------------------------------------------------------

const banner = document.getElementById("baru");
if (banner) keepCountsLive(banner);

const list = document.querySelector("[data-items]");
if (list) returnToPlace(list);

const back = document.querySelector("[data-back]");
if (back) leadBack(back);

// On a phone the tabs do not all fit: the one that is open must be among those that show.
const open = document.querySelector(".tabs [aria-current]");
if (open) open.parentElement.scrollLeft = open.offsetLeft + open.offsetWidth - open.parentElement.clientWidth;

const toggle = document.getElementById("pintasan-aktif");
if (toggle) {
  toggle.checked = shortcutsOn();
  toggle.addEventListener("change", () => {
    localStorage.setItem(SHORTCUTS_KEY, toggle.checked ? "hidup" : "mati");
  });
}

// The server takes nothing back later than this.
for (const form of document.querySelectorAll("[data-undo]")) {
  setTimeout(() => { form.hidden = true; }, Number(form.dataset.seconds) * 1000);
}

for (const button of document.querySelectorAll("[data-copy]")) {
  button.addEventListener("click", async () => {
    const source = document.getElementById(button.dataset.copy);
    source.select();
    // On plain HTTP there is no clipboard; the text stays selected, ready for Ctrl+C.
    if (!navigator.clipboard) return;
    await navigator.clipboard.writeText(source.value);
    button.textContent = button.dataset.copied;
  });
}

// One press, one act: a second click on a slow line must not send the form again.
addEventListener("submit", (event) => {
  const form = event.target;
  // A download leaves the page as it is: its buttons must work again.
  if (form.method !== "post" || form.hasAttribute("data-download")) return;
  if (form.dataset.sent) event.preventDefault();
  form.dataset.sent = "1";
  // What was undone is looked at again; after anything else comes the next row.
  if (form.matches("[data-undo]")) { if (form.dataset.row) writePlace({ row: form.dataset.row }); return; }
  const row = form.closest(".item") ?? document.getElementById(form.dataset.row ?? "");
  if (row) writePlace({ row: rowAfter(row)?.id ?? "" });
});
addEventListener("pageshow", () => {
  for (const form of document.forms) delete form.dataset.sent;
});
