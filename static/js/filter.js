// Filters the glossary index and the list of series as you type. Without this file the form asks the server.
{
  const field = document.querySelector("#q");
  const status = document.querySelector("#found");
  const groups = [...document.querySelectorAll(".group, .data-page section")];
  const said = status.textContent;
  const fold = (text) =>
    text.normalize("NFKD").replace(/\p{M}/gu, "").toLowerCase().replace(/[\s\p{Pd}_/·]+/gu, " ").trim();
  const rests = [...document.querySelectorAll(".rest")];
  let entries, opened;

  const read = () =>
    groups.flatMap((group) =>
      [...group.querySelectorAll("li")].map((item) => ({ group, item, text: fold(item.textContent) })),
    );

  const announce = (shown, isFiltering) => {
    if (!isFiltering) status.textContent = said;
    else if (shown) status.textContent = `${shown} of ${entries.length} match.`;
    else status.textContent = "No match among these. Press Enter to search everything.";
  };

  // Everything is open while one filters; afterwards what was open before.
  const unfold = (isFiltering) => {
    if (isFiltering) opened ??= rests.filter((rest) => rest.open);
    for (const rest of rests) rest.open = isFiltering || (opened ?? []).includes(rest);
    if (!isFiltering) opened = undefined;
  };

  const filter = () => {
    entries ??= read();
    const words = fold(field.value).split(" ").filter(Boolean);
    const isFiltering = words.length > 0;
    const alive = new Set();
    let shown = 0;
    for (const { group, item, text } of entries) {
      item.hidden = isFiltering && !words.every((word) => text.includes(word));
      if (!item.hidden) {
        shown += 1;
        alive.add(group);
      }
    }
    for (const group of groups) group.hidden = !alive.has(group);
    unfold(isFiltering);
    announce(shown, isFiltering);
  };

  field.addEventListener("input", filter);
}
