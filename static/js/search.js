// Suggests pages while a reader types a search: the combobox with listbox of the ARIA Authoring
// Practices. Without this file the same forms search on submit.
for (const form of document.querySelectorAll("[data-suggest]")) {
  const field = form.elements.q;
  const make = (role, className) => {
    const part = form.appendChild(document.createElement("div"));
    part.setAttribute("role", role);
    part.className = className;
    return part;
  };
  const list = make("listbox", "suggestions");
  const status = make("status", "hidden-text");
  const seen = new Map();
  let wanted = "";
  let timer;

  const options = () => [...list.children];
  const chosen = () => list.querySelector("[aria-selected=true]");
  const isOpen = () => !list.hidden;

  const choose = (option) => {
    chosen()?.setAttribute("aria-selected", "false");
    option?.setAttribute("aria-selected", "true");
    option?.scrollIntoView({ block: "nearest" });
    if (option) field.setAttribute("aria-activedescendant", option.id);
    else field.removeAttribute("aria-activedescendant");
  };

  const close = () => {
    clearTimeout(timer);
    wanted = "";
    choose();
    list.hidden = true;
    field.setAttribute("aria-expanded", "false");
  };

  const show = (html) => {
    choose();
    list.innerHTML = html;
    const count = list.childElementCount;
    list.hidden = !count;
    field.setAttribute("aria-expanded", String(count > 0));
    status.textContent = count ? `${count} suggestion${count > 1 ? "s" : ""}` : "No suggestions";
  };

  const ask = async (text) => {
    if (!seen.has(text)) {
      const answer = await fetch(`${form.dataset.suggest}?${new URLSearchParams({ q: text })}`).catch(() => null);
      if (!answer?.ok) return;
      seen.set(text, await answer.text());
    }
    // Drop an answer that arrives after the next letter or after Escape.
    if (text === wanted) show(seen.get(text));
  };

  const type = () => {
    const text = field.value.trim();
    if (!text) return close();
    clearTimeout(timer);
    wanted = text;
    timer = setTimeout(ask, 120, text);
  };

  const step = (by) => {
    const all = options();
    const at = all.indexOf(chosen());
    choose(all[(at < 0 ? (by > 0 ? 0 : all.length - 1) : at + by + all.length) % all.length]);
  };

  const keys = {
    ArrowDown: () => (isOpen() ? step(1) : type()),
    ArrowUp: () => (isOpen() ? step(-1) : type()),
    Enter: () => isOpen() && chosen()?.click(),
    Escape: () => (isOpen() ? close() : (field.value = "")),
  };

  list.id = `suggestions-${field.id || "header"}`;
  list.hidden = true;
  list.setAttribute("aria-label", "Suggestions");
  for (const [name, value] of Object.entries({ role: "combobox", autocomplete: "off", "aria-autocomplete": "list", "aria-expanded": "false", "aria-controls": list.id, "aria-haspopup": "listbox" })) field.setAttribute(name, value);

  field.addEventListener("input", type);
  field.addEventListener("blur", close);
  field.addEventListener("keydown", (event) => {
    if (event.isComposing || event.altKey || event.ctrlKey || event.metaKey) return;
    // Home, End and letters work in the field, as in the ARIA pattern.
    if (["Home", "End", "ArrowLeft", "ArrowRight"].includes(event.key)) return choose();
    const isTaken = event.key !== "Enter" || (isOpen() && chosen());
    if (event.key in keys && isTaken) {
      event.preventDefault();
      keys[event.key]();
    }
  });
  // Keep the focus in the field when an option is pressed: blur would close the list first.
  list.addEventListener("mousedown", (event) => event.preventDefault());
  form.addEventListener("submit", close);
  // Letters that were typed before this file came count, too.
  if (field === document.activeElement) type();
}
