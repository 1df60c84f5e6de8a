// What a form holds, saved or not, shown beside it, and again a moment after the last change.
// Nothing is saved, and in the sandbox of the frame nothing runs. Without this script the buttons
// open the same page in a tab.
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
      // Mail may not be read from here, and neither may a refusal: a frame shows none of ours.
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
      stage.querySelector(".coming")?.remove();
      // A frame of its own each time: a second page in the same one would be a step for "Back".
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

    const drawSoon = () => {
      clearTimeout(timer);
      timer = setTimeout(draw, PAUSE);
    };

    // A page wider than the pane is drawn at its own width and made smaller.
    const fit = () => {
      const { width } = way.dataset;
      stage.style.setProperty("--width", `${width}px`);
      stage.style.setProperty("--scale", Math.min(1, stage.clientWidth / width));
    };

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
    for (const event of ["input", "change", "formset:added", "formset:removed"]) {
      form.addEventListener(event, drawSoon);
    }
    // The choices with a search box tell of a change by jQuery alone. Admin tells of each of them
    // once when the page is ready, before this.
    window.django?.jQuery(($) => $(form).on("change", drawSoon));
    for (const hidden of pane.querySelectorAll("[hidden]")) hidden.hidden = false;
    choose(ways[0]);
    new ResizeObserver(fit).observe(stage);
  }
}
