// Disables the buttons that act on the saved version until an edited form is saved.
const form = document.querySelector("#content-main > form");
const buttons = document.querySelectorAll(".object-actions button");
if (form && buttons.length) {
  form.addEventListener("input", () => {
    for (const button of buttons) button.disabled = true;
  });
}
