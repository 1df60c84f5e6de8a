// The buttons that act on what is saved wait until an edited form is saved.
const form = document.querySelector("#content-main > form");
const buttons = document.querySelectorAll(".object-actions button");
if (form && buttons.length) {
  form.addEventListener("input", () => {
    for (const button of buttons) button.disabled = true;
  });
}
