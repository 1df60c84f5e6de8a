// Says below a text how long it is, and how long it may be.
for (const text of document.querySelectorAll("[data-count]")) {
  const left = document.createElement("div");
  left.className = "help";
  const count = () => {
    left.textContent = `${text.value.length} of ${text.dataset.count} characters`;
  };
  text.after(left);
  text.addEventListener("input", count);
  count();
}
