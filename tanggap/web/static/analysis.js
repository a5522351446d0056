// The analyst's pages: a threshold that answers at once, labels by one key, jobs that go on.
// Everything here also works without it, by plain forms and links.

const JOBS_MS = 5_000;
const SHORTCUTS_KEY = "tanggap-pintasan";
const LANGUAGE = document.documentElement.lang;
const WHOLE = new Intl.NumberFormat(LANGUAGE);
const TENTHS = new Intl.NumberFormat(LANGUAGE, { minimumFractionDigits: 1, maximumFractionDigits: 1 });

// --- What a threshold would do ---------------------------------------------------------------

function answerThresholds(form) {
  const curve = JSON.parse(form.dataset.curve);
  const typed = form.querySelector("#ambang");
  const slider = form.querySelector("#geser");
  const share = (part, of) => (of ? `${TENTHS.format(100 * part / of)}%` : "–");

  function show(hundredths) {
    const routed = curve.routed[hundredths], wrong = curve.wrong[hundredths];
    const said = {
      routed: WHOLE.format(routed),
      share: share(routed, curve.n),
      wrong: WHOLE.format(wrong),
      accuracy: share(routed - wrong, routed),
      left: WHOLE.format(curve.n - routed - curve.aside),
      fraction: (hundredths / 100).toFixed(2),
    };
    for (const [name, text] of Object.entries(said)) {
      for (const place of document.querySelectorAll(`[data-out="${name}"]`)) place.textContent = text;
    }
  }

  for (const control of [typed, slider]) {
    control.addEventListener("input", () => {
      if (control.value === "" || !control.validity.valid) return;
      const other = control === typed ? slider : typed;
      other.value = control.value;
      show(Number(control.value));
    });
  }
  form.querySelector("#sektor").addEventListener("change", () => {
    typed.disabled = true;  // another sector begins with its own threshold
    form.requestSubmit();
  });
  addEventListener("pageshow", () => { typed.disabled = false; });
}

// --- One key, one label ----------------------------------------------------------------------

function labelByKeys() {
  let pressed = false;  // a second key before the next page would label the same text again
  addEventListener("pageshow", () => { pressed = false; });
  addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing || event.repeat) return;
    if (event.target.closest?.("input, select, textarea, dialog")) return;
    if (localStorage.getItem(SHORTCUTS_KEY) === "mati") return;
    const wanted = document.querySelector(`main [data-key="${CSS.escape(event.key)}"]`);
    if (!wanted) return;
    event.preventDefault();
    if (pressed) return;
    pressed = true;
    wanted.click();
  });
}

// --- Jobs that go on -------------------------------------------------------------------------

// What the page says beside the jobs (candidate, reports) is of before their end.
function showTheOutcome() {
  const address = new URL(location.href);
  address.searchParams.delete("pesan");
  address.hash = "";  // with one the browser would only scroll
  location.replace(address);
}

function watchJobs(place) {
  let tag = "";

  async function look() {
    if (document.hidden || !place.querySelector("[data-under-way]")) return;
    const headers = tag ? { "If-None-Match": tag } : {};
    const answer = await fetch(place.dataset.jobs, { headers, cache: "no-store" });
    if (answer.status === 401) { location.reload(); return; }
    if (answer.status !== 200) return;
    tag = answer.headers.get("ETag") ?? "";
    place.innerHTML = await answer.text();  // our own fragment, escaped where it was made
    if (!place.querySelector("[data-under-way]")) showTheOutcome();
  }

  // A network hiccup is not worth a word: the next look is seconds away.
  const tick = () => look().catch(() => {});
  setInterval(tick, JOBS_MS);
  tick();
}

const form = document.querySelector("form[data-curve]");
if (form) answerThresholds(form);
if (document.querySelector("main [data-key]")) labelByKeys();
const jobs = document.querySelector("[data-jobs]");
if (jobs) watchJobs(jobs);
