// Shows a card with the definition beside a link to a term, on hover and on keyboard focus.
// Without this file, on touch screens, or switched off, they are plain links. WCAG 2.2, 1.4.13:
// Escape dismisses the card, the pointer may move onto it, and it stays until pointer and focus
// have left.
{
  const LINK = ".prose a.term";
  const OFF = "previews-off";
  const WAIT = 350; // A pointer that passes by opens no card.
  const LEAVE = 250; // Time to cross the gap to the card.
  const GAP = 6; // Room for the outline of a focused link.
  const answers = new Map();
  let isOff = false;
  let isReturning = false;
  let wanted, card, timer;

  const keep = (value) => {
    isOff = value;
    // Storage may be blocked: then the choice lasts until the page is left.
    try {
      if (value) localStorage.setItem(OFF, "1");
      else localStorage.removeItem(OFF);
    } catch {}
  };

  const make = (tag, parts) => Object.assign(document.createElement(tag), parts);
  const button = (textContent, onclick) => make("button", { type: "button", textContent, onclick });

  const notes = [...document.querySelectorAll(".prose:has(a.term)")].map((prose) =>
    prose.appendChild(make("p", { className: "quiet preview-note", role: "status" })),
  );

  const say = () => {
    for (const note of notes) {
      note.replaceChildren(...(isOff ? ["Previews of terms are off. ", button("Turn previews on", turnOn)] : []));
    }
  };

  const turnOn = ({ target }) => {
    const note = target.parentElement;
    keep(false);
    say();
    // The button is gone: its result takes its place and focus.
    note.textContent = "Previews of terms are on.";
    note.tabIndex = -1;
    note.focus();
  };

  const close = () => {
    clearTimeout(timer);
    const link = wanted;
    const hadFocus = card?.contains(document.activeElement);
    card?.remove();
    link?.removeAttribute("aria-describedby");
    wanted = card = undefined;
    // Focus inside a closing card would be lost. Return it to the link, without opening the card.
    isReturning = true;
    if (hadFocus) link.focus();
    isReturning = false;
  };

  const turnOff = () => {
    keep(true);
    close();
    say();
  };

  // Place the card above or below all lines of the link, within the text column.
  const place = (link) => {
    const room = link.closest(".prose").getBoundingClientRect();
    const lines = link.getBoundingClientRect();
    const above = lines.top - card.offsetHeight - GAP;
    const below = lines.bottom + GAP;
    const top = above >= 0 && below + card.offsetHeight > innerHeight ? above : below;
    const left = Math.min(link.getClientRects()[0].left, room.right - card.offsetWidth);
    card.style.top = `${top - room.top}px`;
    card.style.left = `${Math.max(left - room.left, 0)}px`;
  };

  const ask = async (path) => {
    const response = await fetch(path, { credentials: "omit" }).catch(() => null);
    return response?.ok ? response.text() : "";
  };

  const show = async (link) => {
    const path = `${link.pathname}card/`;
    if (!answers.has(path)) answers.set(path, ask(path));
    const innerHTML = await answers.get(path);
    if (!innerHTML || wanted !== link || card) return;
    card = make("span", { className: "preview", role: "group", innerHTML });
    card.ariaLabel = `Preview: ${card.querySelector("b").textContent}`;
    card.append(button("Turn previews off", turnOff));
    // Insert the card after its link, so that Tab reaches its button next. It appears too late to
    // be read out with every link; readers who want the description can ask for it.
    link.after(card);
    link.setAttribute("aria-describedby", "preview-says");
    place(link);
  };

  const want = (link) => {
    if (isOff || isReturning) return;
    if (link !== wanted) close();
    wanted = link;
    clearTimeout(timer);
    if (!card) timer = setTimeout(show, WAIT, link);
  };

  const leave = () => {
    clearTimeout(timer);
    timer = setTimeout(() => {
      const isUsed = wanted?.matches(":hover, :focus-visible") || card?.matches(":hover, :focus-within");
      if (!isUsed) close();
      else if (!card) show(wanted);
    }, LEAVE);
  };

  const isOurs = (place) => place === wanted || card?.contains(place);

  document.addEventListener("pointerover", ({ target, pointerType }) => {
    if (pointerType !== "mouse") return;
    const link = target.closest(LINK);
    if (link) want(link);
    else if (isOurs(target)) clearTimeout(timer);
    else if (wanted) leave();
  });
  document.addEventListener("focusin", ({ target }) => {
    const link = target.closest(LINK);
    if (link?.matches(":focus-visible")) want(link);
  });
  document.addEventListener("focusout", ({ relatedTarget }) => {
    if (wanted && !isOurs(relatedTarget)) leave();
  });
  document.addEventListener("keydown", ({ key }) => {
    if (key === "Escape") close();
  });
  addEventListener("resize", close);

  try {
    isOff = localStorage.getItem(OFF) !== null;
  } catch {}
  say();
}
