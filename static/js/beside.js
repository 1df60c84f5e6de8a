// The panel beside a form: finds series and terms as you type, and inserts one into the text that
// was last written in. Without this file the search opens the same list in another tab.
{
  const panel = document.querySelector(".to-copy");
  const search = panel?.querySelector("form");
  const TEXT = "#content-main .vLargeTextField";
  const PAUSE = 250;
  let text, timer;
  let count = 0;

  const find = async () => {
    clearTimeout(timer);
    const turn = (count += 1);
    const asked = new URLSearchParams(new FormData(search));
    const response = await fetch(`${search.action}?part=found&${asked}`).catch(() => null);
    if (!response?.ok || response.redirected) return;
    const list = await response.text();
    if (turn === count) panel.querySelector(".found").innerHTML = list; // the newest question counts
  };

  const insert = (token) => {
    text ??= document.querySelector(TEXT);
    text.focus();
    // Unlike setRangeText it can be undone.
    if (!document.execCommand("insertText", false, token)) text.setRangeText(token);
  };

  if (panel) {
    panel.addEventListener("toggle", () => panel.open && find());
    search.addEventListener("submit", (event) => {
      event.preventDefault();
      find();
    });
    search.addEventListener("input", () => {
      clearTimeout(timer);
      timer = setTimeout(find, PAUSE);
    });
    panel.addEventListener("click", ({ target }) => {
      const button = target.closest("[data-insert]");
      if (button) insert(button.dataset.insert);
    });
    document.addEventListener("focusin", ({ target }) => {
      if (target.matches(TEXT)) text = target;
    });
    for (const link of document.querySelectorAll("a[href='#to-copy']")) {
      link.addEventListener("click", () => (panel.open = true));
    }
  }
}
