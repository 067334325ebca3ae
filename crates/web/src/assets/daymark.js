// What a script adds to pages that work without one: parts that change by themselves, fields
// checked as they are typed, tips that close, values that copy, switches that save.

const live = document.getElementById("live");
const say = (text) => { if (live) live.textContent = text; };

// ── Parts that change: the server sends whole elements, found by their id. ──

/** What has the focus inside `old`, so that its counterpart in `fresh` can have it back. */
function focusWithin(old, fresh) {
  const focused = document.activeElement;
  if (!old.contains(focused)) return null;
  const all = (root) => [...root.querySelectorAll("a, button, input, select, summary")];
  const kin = (element) => element.id || element.getAttribute("href") || element.name
    || element.getAttribute("popovertarget");
  const same = all(fresh).find((element) => kin(element) && kin(element) === kin(focused));
  return same ?? all(fresh)[all(old).indexOf(focused)];
}

/** Says a change of state once, and not that twelve seconds are thirteen. */
function announce(old, fresh) {
  const state = (root) => root.querySelector("[data-state]");
  const [before, after] = [state(old), state(fresh)];
  if (before && after && before.dataset.state !== after.dataset.state) {
    say(`${fresh.dataset.name ?? ""}: ${after.textContent.trim()}`);
  }
}

function swap(html) {
  const template = document.createElement("template");
  template.innerHTML = html;
  const fresh = template.content.firstElementChild;
  const old = fresh?.id ? document.getElementById(fresh.id) : null;
  if (!old || old.outerHTML === fresh.outerHTML) return;
  announce(old, fresh);
  const folds = [...old.querySelectorAll("details")].map((fold) => fold.open);
  fresh.querySelectorAll("details").forEach((fold, nth) => {
    fold.open = folds[nth] ?? fold.open;
  });
  const focus = focusWithin(old, fresh);
  offerToCopy(fresh);
  const open = [...old.querySelectorAll(":popover-open")].map((sheet) => sheet.id);
  old.replaceWith(fresh);
  for (const id of open) document.getElementById(id)?.showPopover();
  focus?.focus({ preventScroll: true });
  // What was asked for is told until the answer is there.
  const told = old.id.startsWith("facts-") && document.querySelector("[data-then]");
  if (told) told.textContent = told.dataset.then;
}

// A page that is loaded again does not tell again what was just done.
const here = new URL(location.href);
if (here.searchParams.has("note")) {
  here.searchParams.delete("note");
  history.replaceState(null, "", here);
}

const address = document.getElementById("main")?.dataset.stream;
if (address) {
  let stream;
  const listen = () => {
    stream?.close();
    stream = new EventSource(address);
    stream.addEventListener("swap", (event) => swap(event.data));
    stream.addEventListener("reload", () => {
      stream.close();
      location.reload();
    });
  };
  listen();
  // Nobody looks at a page that is hidden; what happened meanwhile comes when it is shown again.
  addEventListener("visibilitychange", () => document.hidden ? stream.close() : listen());
  addEventListener("pagehide", () => stream.close());
  addEventListener("pageshow", (event) => { if (event.persisted) location.reload(); });
}

// ── Fields: the sentence beside the field, while it is typed; the server checks again. ──

const errorOf = (input) => input.form?.querySelector(`[data-error-of="${input.name}"]`);

/** What is wrong with a field, as far as can be seen here. */
function complaint(input) {
  if (input.validity.valueMissing) return "Fill this in.";
  if (input.validity.patternMismatch) return input.dataset.say || "This does not look right.";
  if (input.validity.typeMismatch) return "An e-mail address has the form name@example.org.";
  return "";
}

function show(input, text) {
  const error = errorOf(input);
  if (!error) return;
  error.textContent = text;
  input.closest(".field")?.classList.toggle("wrong", Boolean(text));
  if (text) input.setAttribute("aria-invalid", "true");
  else input.removeAttribute("aria-invalid");
}

for (const form of document.querySelectorAll("form[data-checked]")) {
  form.noValidate = true;
  const inputs = [...form.querySelectorAll("input:not([type=hidden])")];
  for (const input of inputs) {
    // Not before one has left the field for the first time; from then on with every key.
    input.addEventListener("blur", () => { if (input.value) show(input, complaint(input)); });
    input.addEventListener("input", () => {
      if (input.getAttribute("aria-invalid")) show(input, input.value ? complaint(input) : "");
    });
  }
  form.addEventListener("submit", (event) => {
    const wrong = inputs.filter((input) => complaint(input));
    for (const input of wrong) show(input, complaint(input));
    if (wrong.length) {
      event.preventDefault();
      wrong[0].focus();
      return;
    }
    form.querySelector("button[type=submit]")?.setAttribute("aria-busy", "true");
  });
}
document.querySelector(".field.wrong input")?.focus();
addEventListener("pageshow", () => {
  for (const button of document.querySelectorAll("button[aria-busy]")) {
    button.removeAttribute("aria-busy");
  }
});

// ── Tips: Escape closes one until the pointer or the focus comes back. ──

addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  for (const tip of document.querySelectorAll(".tip-text:is(:hover, :focus-within)")) {
    tip.classList.add("closed");
  }
});
for (const type of ["pointerout", "focusout"]) {
  addEventListener(type, (event) => {
    const tip = event.target.closest?.(".tip-text");
    if (tip && !tip.contains(event.relatedTarget)) tip.classList.remove("closed");
  });
}

// ── Values that copy. ──

/** Shows the buttons that copy, where the browser can. */
function offerToCopy(root) {
  if (!navigator.clipboard) return;
  for (const button of root.querySelectorAll("[data-copy]")) button.hidden = false;
}

addEventListener("click", async (event) => {
  const button = event.target.closest?.("[data-copy]");
  if (!button) return;
  await navigator.clipboard.writeText(button.dataset.copy);
  say("Copied.");
  if (button.textContent === "Copied") return;
  const name = button.textContent;
  button.textContent = "Copied";
  setTimeout(() => { button.textContent = name; }, 1600);
});
offerToCopy(document);

// ── Switches that save at once. ──

for (const form of document.querySelectorAll("form[data-save]")) {
  const button = form.querySelector("button[type=submit]");
  button.hidden = true;
  form.addEventListener("change", async () => {
    const body = new URLSearchParams(new FormData(form));
    const answer = await fetch(form.action, { method: "POST", body }).catch(() => null);
    say(answer?.ok ? "Saved." : "This was not saved. Try again.");
    button.hidden = Boolean(answer?.ok);
  });
}

// ── The browser's own time zone, where none is chosen yet. ──

for (const select of document.querySelectorAll("select[data-guess]")) {
  const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
  const isListed = [...select.options].some((option) => option.value === zone);
  if (select.value === "UTC" && isListed) select.value = zone;
}

// ── The part of a page behind the # sign, which browsers keep to themselves: it goes with whoever
// signs in elsewhere to open that page. ──

for (const link of document.querySelectorAll("a[data-next]")) {
  const onward = new URL(link.href);
  onward.searchParams.set("next", onward.searchParams.get("next") + location.hash);
  link.href = onward;
}
