// Puts the rows of a form in order by buttons. Without this file the numbers in "Order" do it.
{
  const PLACE = "[name$='-position']";
  const groups = [...document.querySelectorAll(".inline-group")].filter((group) => group.querySelector(PLACE));
  const placeOf = (row) => row.querySelector(PLACE);
  const rowsOf = (group) => [...group.querySelectorAll(".inline-related:not(.empty-form)")].filter(placeOf);
  const status = Object.assign(document.createElement("p"), { className: "visually-hidden" });
  status.setAttribute("aria-live", "polite");

  const arrange = (group, rows) => {
    const after = rowsOf(group).at(-1)?.nextElementSibling;
    for (const row of rows) row.parentNode.insertBefore(row, after);
  };

  const arrangeByPlace = (group) => {
    const number = (row) => (placeOf(row).value === "" ? Infinity : Number(placeOf(row).value));
    const rows = rowsOf(group);
    const ordered = rows.toSorted((one, other) => number(one) - number(other) || 0);
    if (ordered.some((row, at) => row !== rows[at])) arrange(group, ordered);
  };

  // Places begin where those of the group begin: at 0 or 1.
  const write = (group) => {
    const rows = rowsOf(group);
    const first = Math.min(...rows.map((row) => Number(placeOf(row).value)));
    for (const [at, row] of rows.entries()) {
      placeOf(row).value = first + at;
      const label = row.querySelector(".inline_label");
      label.textContent = label.textContent.replace(/^\d+/, first + at);
    }
  };

  const move = (button) => {
    const row = button.closest(".inline-related");
    const group = row.closest(".inline-group");
    const rows = rowsOf(group);
    const from = rows.indexOf(row);
    const to = from + Number(button.dataset.move);
    if (to < 0 || to >= rows.length) return;
    rows.splice(to, 0, ...rows.splice(from, 1));
    arrange(group, rows);
    write(group);
    placeOf(row).dispatchEvent(new Event("change", { bubbles: true }));
    button.focus();
    status.textContent = `Moved to place ${to + 1} of ${rows.length}`;
  };

  const equip = (row) => {
    placeOf(row).closest(".field-position").hidden = true;
    const bar = Object.assign(document.createElement("span"), { className: "moves" });
    for (const [step, sign, label] of [[-1, "↑", "Move up"], [1, "↓", "Move down"]]) {
      const button = Object.assign(document.createElement("button"), { type: "button", textContent: sign, title: label });
      button.dataset.move = step;
      button.setAttribute("aria-label", `${label}: ${row.querySelector(".inline_label").textContent.trim()}`);
      bar.append(button);
    }
    row.querySelector(".inline_label").after(bar);
  };

  for (const group of groups) {
    arrangeByPlace(group);
    for (const row of group.querySelectorAll(".inline-related")) if (placeOf(row)) equip(row);
    group.addEventListener("click", ({ target }) => target.dataset.move && move(target));
    // Admin counts the rows again when one is removed, and stored rows have to come first then.
    group.addEventListener("click", ({ target }) => {
      if (!target.closest(".inline-deletelink")) return;
      const stored = (row) => row.classList.contains("has_original");
      const rows = rowsOf(group);
      write(group);
      arrange(group, [...rows.filter(stored), ...rows.filter((row) => !stored(row))]);
      setTimeout(() => arrangeByPlace(group));
    }, { capture: true });
  }
  if (groups.length) document.body.append(status);
}
