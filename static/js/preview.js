// Previews the content of a form, saved or not, and updates shortly after the last change. It saves
// nothing, and the sandbox of the frame runs no scripts. Without this script the buttons open the
// same page in a tab.
{
  const pane = document.querySelector(".page-preview");
  const ways = [...(pane?.querySelectorAll("[data-width]") ?? [])];

  if (ways.length) {
    const stage = pane.querySelector(".stage");
    const status = pane.querySelector("[role=status]");
    const { form } = ways[0];
    const said = status?.textContent;
    const FAILED = "The preview cannot be made: you are logged out, or the site does not answer. " +
      "What you typed is still here, and the next change asks again.";
    const PAUSE = 600;
    let way, timer;
    let count = 0;

    const arrive = (frame) => {
      // A mail cannot be read from here, nor can an error page, which no frame shows.
      const page = frame.contentDocument;
      if (page?.URL === "about:blank") return;
      if (status) status.textContent = page ? said : FAILED;
      if (status && !page) return frame.remove();
      const shown = stage.querySelector("iframe:not(.coming)");
      const place = shown?.contentDocument?.scrollingElement?.scrollTop;
      if (page && place) page.scrollingElement.scrollTop = place;
      shown?.remove();
      frame.classList.remove("coming");
    };

    const draw = () => {
      clearTimeout(timer);
      time();
      if (!pane.open) return;
      stage.querySelector(".coming")?.remove();
      // Use a new frame each time: a second page in the same frame would be a step for "Back".
      const frame = document.createElement("iframe");
      frame.name = `preview-${(count += 1)}`;
      frame.title = `Preview: ${way.textContent}`;
      frame.className = "coming";
      frame.sandbox = "allow-same-origin allow-popups allow-popups-to-escape-sandbox";
      stage.append(frame);
      frame.addEventListener("load", () => arrive(frame));
      way.formTarget = frame.name;
      form.requestSubmit(way);
    };

    // A mail cannot be read from here, so the server counts its words.
    const time = async () => {
      const shown = pane.querySelector("[data-time]");
      const asked = { method: "POST", body: new URLSearchParams(new FormData(form)) };
      const response = await fetch(shown.dataset.time, asked).catch(() => null);
      if (response?.headers.get("content-type")?.startsWith("text/plain")) {
        shown.textContent = await response.text();
      }
    };

    const drawSoon = () => {
      clearTimeout(timer);
      timer = setTimeout(draw, PAUSE);
    };

    // A page wider than the pane is drawn at its own width and scaled down.
    const fit = () => {
      const { width } = way.dataset;
      stage.style.setProperty("--width", `${width}px`);
      stage.style.setProperty("--scale", Math.min(1, stage.clientWidth / width));
    };

    // The first page that is read at its own size here, else the narrowest.
    const fitting = () =>
      ways.find((each) => each.dataset.width <= stage.clientWidth) ??
      ways.reduce((best, each) => (each.dataset.width - best.dataset.width < 0 ? each : best));

    const choose = (chosen) => {
      way = chosen;
      for (const each of ways) each.setAttribute("aria-pressed", each === way);
      fit();
      draw();
    };

    for (const each of ways) {
      each.addEventListener("click", (event) => {
        event.preventDefault();
        choose(each);
      });
    }
    for (const event of ["input", "change", "formset:added"]) form.addEventListener(event, drawSoon);
    document.addEventListener("formset:removed", drawSoon);
    // Selects with a search box report changes only through jQuery. Admin triggers a change for
    // each of them once when the page is ready, before this runs.
    window.django?.jQuery(($) => $(form).on("change", drawSoon));
    for (const hidden of pane.querySelectorAll("[hidden]")) hidden.hidden = false;
    pane.addEventListener("toggle", draw);
    choose(fitting());
    new ResizeObserver(fit).observe(stage);
  }
}
