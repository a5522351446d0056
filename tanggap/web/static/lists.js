// What the list can do beyond the plain page: how close its rows stand, remembered here.

const button = document.querySelector("[data-density]");
const YEAR_SECONDS = 31_536_000;

button?.addEventListener("click", () => {
  const close = document.body.classList.toggle("compact");
  button.setAttribute("aria-pressed", String(close));
  // A cookie, so that the next page comes as it should look and nothing moves.
  document.cookie = `tanggap-kerapatan=${close ? "rapat" : "longgar"}; Path=/antrean; Max-Age=${YEAR_SECONDS}; SameSite=Lax`;
});

// One that is open closes when somebody goes on elsewhere.
const fold = document.querySelector(".save-view");
document.addEventListener("click", (event) => {
  if (fold?.open && !fold.contains(event.target)) fold.open = false;
});
fold?.addEventListener("keydown", (event) => {
  if (event.key === "Escape") fold.open = false;
});
