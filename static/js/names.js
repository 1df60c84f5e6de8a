// Names a select with a search box by its label. Admin's select2 names it by what is chosen, and an
// empty one not at all.
{
  const name = () => {
    for (const box of document.querySelectorAll(".select2-selection")) {
      const select = box.closest(".select2").previousElementSibling;
      const [label] = select?.labels ?? [];
      const shown = box.querySelector(".select2-selection__rendered");
      if (!label) continue;
      label.id ||= `${select.id}_label`;
      box.setAttribute("aria-labelledby", `${label.id} ${shown.id}`);
      shown.setAttribute("aria-label", label.textContent);
    }
  };

  window.django?.jQuery(name);
  document.addEventListener("formset:added", () => setTimeout(name));
}
