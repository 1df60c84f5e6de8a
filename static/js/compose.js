// The preview beside the form: what stands in it, saved or not, drawn anew when it changes.
const composed = document.getElementById("issue_form");
const stage = document.querySelector(".preview-pane .stage");
const ways = [...document.querySelectorAll(".preview-pane button")];
const MAIL_WIDTH = 640;
let way = ways[0];
let count = 0;
let waiting;

function draw() {
  // A frame of its own each time: a second page in the same one would be a step for "Back".
  const frame = document.createElement("iframe");
  frame.name = `preview-${(count += 1)}`;
  frame.title = `Preview: ${way.textContent}`;
  frame.className = `${way.dataset.way} coming`;
  stage.append(frame);
  way.formTarget = frame.name;
  composed.requestSubmit(way);
  frame.addEventListener("load", () => {
    for (const older of stage.querySelectorAll("iframe")) {
      if (older === frame) break;
      older.remove();
    }
    frame.classList.remove("coming");
  });
}

function drawSoon() {
  clearTimeout(waiting);
  waiting = setTimeout(draw, 800);
}

function choose(chosen) {
  way = chosen;
  for (const each of ways) each.setAttribute("aria-pressed", each === way);
  draw();
}

for (const each of ways) {
  each.addEventListener("click", (event) => {
    event.preventDefault();
    choose(each);
  });
}
composed.addEventListener("input", drawSoon);
// That a series or a term was chosen is told by jQuery alone.
window.django?.jQuery(composed).on("select2:select select2:clear", drawSoon);
// A mail is drawn as wide as mail programs show it, and made smaller where there is less room.
new ResizeObserver(() => {
  stage.style.setProperty("--scale", Math.min(1, stage.clientWidth / MAIL_WIDTH));
}).observe(stage);
choose(way);
