// The page beside the form, drawn anew a moment after the last change. Nothing is saved, and in the
// sandbox of the frame nothing runs. Without this script the button opens the same page in a tab.
{
  const pane = document.querySelector("[data-preview]");
  const form = pane?.closest("form");

  if (form) {
    const stage = pane.querySelector(".stage");
    const frame = pane.querySelector("iframe");
    const status = pane.querySelector("[role=status]");
    const widths = pane.querySelectorAll("[data-width]");
    const PAUSE = 500;
    let timer;
    let asking;
    let width = 390;

    const show = (html) => {
      const page = new DOMParser().parseFromString(html, "text/html");
      // The frame would refuse each one, and say so in the console.
      for (const script of page.querySelectorAll("script")) script.remove();
      const shown = frame.contentDocument?.querySelector("main");
      if (shown) {
        // In place, so that it stays where the editor has scrolled to.
        shown.replaceWith(page.querySelector("main"));
      } else {
        frame.srcdoc = `<!doctype html>${page.documentElement.outerHTML}`;
      }
    };

    const refused = (answer) => {
      if (answer.redirected) return "You are logged out. Log in again in another tab.";
      return `The preview cannot be made (${answer.status}). What you typed is still here.`;
    };

    const draw = async () => {
      asking?.abort();
      asking = new AbortController();
      const { signal } = asking;
      try {
        const answer = await fetch(pane.dataset.preview, {
          method: "POST",
          body: new FormData(form),
          signal,
        });
        const html = await answer.text();
        const isPage = answer.ok && !answer.redirected;
        if (isPage) show(html);
        status.textContent = isPage ? "As readers would see it. Nothing is saved." : refused(answer);
      } catch (error) {
        if (error.name === "AbortError") return;
        status.textContent = "The site does not answer. It is asked again at the next change.";
      }
    };

    const drawSoon = () => {
      clearTimeout(timer);
      timer = setTimeout(draw, PAUSE);
    };

    // A page wider than the pane is drawn at its own width and made smaller.
    const fit = () => {
      const scale = Math.min(1, stage.clientWidth / width);
      frame.style.width = `${Math.min(width, Math.max(stage.clientWidth / scale, 320))}px`;
      frame.style.height = `${stage.clientHeight / scale}px`;
      frame.style.transform = `scale(${scale})`;
    };

    for (const button of widths) {
      button.addEventListener("click", () => {
        width = Number(button.dataset.width);
        for (const each of widths) each.setAttribute("aria-pressed", String(each === button));
        fit();
      });
    }

    pane.querySelector(".widths").hidden = false;
    stage.hidden = false;
    new ResizeObserver(fit).observe(stage);
    for (const event of ["input", "change", "formset:added", "formset:removed"]) {
      form.addEventListener(event, drawSoon);
    }
    // The choices with a search box tell of a change by jQuery alone.
    window.django?.jQuery(form).on("change", drawSoon);
    draw();
  }
}
