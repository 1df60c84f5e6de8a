// Adds a copy button to each text to copy. Without this file, or where the browser has no clipboard
// (it needs HTTPS), a click selects the whole text.
for (const text of navigator.clipboard ? document.querySelectorAll("[data-copy]") : []) {
  const button = Object.assign(document.createElement("button"), { type: "button", className: "button", textContent: "Copy" });
  button.setAttribute("aria-label", `Copy ${text.textContent}`);
  button.addEventListener("click", async () => {
    await navigator.clipboard.writeText(text.textContent);
    button.textContent = "Copied";
    setTimeout(() => (button.textContent = "Copy"), 2000);
  });
  text.after(" ", button);
}
