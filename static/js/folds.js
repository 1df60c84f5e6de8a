// Folds the long parts of a page on a phone, leads links into folded parts, and prints them open.
// Without this file every part is open but those that are folded on all screens.
if (matchMedia("(max-width: 47.99em)").matches) {
  for (const part of document.querySelectorAll("[data-folds]")) {
    const fold = Object.assign(document.createElement("details"), { open: part.dataset.folds === "open" });
    const summary = document.createElement("summary");
    summary.append(part.querySelector("h2"));
    fold.append(summary, ...part.childNodes);
    part.append(fold);
  }
}

const lead = () => {
  const target = document.getElementById(location.hash.slice(1));
  const closed = "details:not([open])";
  let fold = target?.closest(closed);
  if (!fold) return;
  for (; fold; fold = fold.parentElement.closest(closed)) fold.open = true;
  target.scrollIntoView();
};
lead();
addEventListener("hashchange", lead);

let opened = [];
addEventListener("beforeprint", () => {
  opened = [...document.querySelectorAll("main details:not([open])")];
  for (const fold of opened) fold.open = true;
});
addEventListener("afterprint", () => {
  for (const fold of opened) fold.open = false;
});
